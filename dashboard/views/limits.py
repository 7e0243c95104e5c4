"""The limits that a choice must keep to be acceptable to all: setting them, and what they leave."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.markup import escaped, plain
from dashboard.page.decision_support import DecisionSupport
from dashboard.page.state import PageState
from dashboard.page.summary import limit_words
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.costs import show
from dashboard.views.parts import point_markup, write
from metrics import Bound, Direction, Objective, Unit
from metrics.evaluation.operating_points import is_ordinary
from metrics.narrative.facts import FLAGGING
from metrics.narrative.formatting import figure, is_money, number, unit_words
from metrics.narrative.phrases import capital, joined
from metrics.selection.constraints import cheapest_among

FIRST = ("recall", "flagged_per_day", "revenue_impact_percent", "share_flagged")
"""What a room sets limits on first, before the stakeholders' own objectives and the rest."""


ADD = "Add a limit on …"


def draw(page: PageState) -> None:
    """The limits in force, each to be changed or cleared, and a way to add one."""
    before = page.choices.limits_in(page.dataset.scenario)
    with st.expander("Limits", key="limits_box", expanded=bool(before)):
        for bound in page.limits:
            _one(page, bound, before)
        offered = _offered(page)

        def add(choices: Choices, value: str | None) -> Choices:
            if value is None:
                return choices
            now = page.chosen.figures.get(value, math.nan)
            return choices.with_limit(value, now if math.isfinite(now) else 0.0, before)

        st.selectbox(
            "Add a limit",
            list(offered),
            index=None,
            placeholder=ADD,
            format_func=lambda name: offered[name].label,
            label_visibility="collapsed",
            help="It begins where the chosen point is.",
            **session.widget("limit_add", None, add),
        )


def _one(page: PageState, bound: Bound, before: tuple[tuple[str, float], ...]) -> None:
    o = bound.objective
    # Shares are said in per cent everywhere, so they are typed so.
    points = 100 if o.unit is Unit.SHARE else 1
    least = "at least" if o.direction is Direction.MAXIMISE else "at most"
    unit = "%" if o.unit in (Unit.SHARE, Unit.PERCENT) else unit_words(o, page.scenario)
    if is_money(o.unit, page.scenario):
        unit = f"{page.scenario.currency} {unit}"
    st.number_input(
        plain(", ".join(filter(None, [capital(o.subject), least, unit]))),
        value=None,
        format="%.6g",
        help="Clear it to take the limit away.",
        **session.widget(
            f"limit_{o.id}",
            round(bound.value * points, 10),
            lambda choices, value: choices.with_limit(
                o.id, None if value is None else float(value) / points, before
            ),
        ),
    )


def _offered(page: PageState) -> dict[str, Objective]:
    """Objectives that have no limit yet."""
    known = page.objectives
    limited = {bound.objective.id for bound in page.limits}
    names = dict.fromkeys(
        [*FIRST, *(stakeholder.objective.id for stakeholder in page.stakeholders), *known]
    )
    return {name: known[name] for name in names if name in known and name not in limited}


def draw_kept(page: PageState, support: DecisionSupport) -> None:
    feasibility = support.feasibility
    assert feasibility is not None
    write(f'<h2 class="cg-title" id="the-limits">{escaped(finding(page, support))}</h2>')
    rows = []
    for k, (bound, attained) in enumerate(zip(page.limits, feasibility.attainability, strict=True)):
        o = bound.objective
        best = "undefined at every point"
        if attained.point is not None:
            where = point_markup(page, attained.point.model, attained.point.threshold)
            best = f"{escaped(figure(o, attained.best, page.scenario))} ({where})"
        models = [page.label(model) for model in attained.models]
        by = (
            "no model"
            if not models
            else f"{len(models)} of {page.points['model'].nunique()} models"
        )
        if len(models) == 1:
            by = f"{models[0]} alone"
        cells = [escaped(by), best]
        if feasibility.relaxations:
            way = feasibility.relaxations[k]
            cells.append(
                "does not help"
                if way is None
                else f"{escaped(limit_words(page, way.bound))}: "
                f"{point_markup(page, way.point.model, way.point.threshold)}"
            )
        name = f"{o.label} {limit_words(page, bound)}"
        rows.append(
            f'<tr><th scope="row">{escaped(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    heads = ["Limit", "Kept somewhere by", "Best to be had"]
    if feasibility.relaxations:
        heads.append("Giving way on it alone, to")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    write(
        f'<table class="cg-compare cg-limits-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    cheapest = cheapest_among(page.points, feasibility.keep)
    if cheapest is not None:
        whose = "it" if len(page.limits) == 1 else "all of them"
        with st.container(horizontal=True, vertical_alignment="center"):
            words = point_markup(page, cheapest.model, cheapest.threshold)
            write(f'<p class="cg-note">Cheapest point that keeps {whose}: {words}.</p>')
            show("the cheapest that does", cheapest)
    if feasibility.nearest is not None:
        near = feasibility.nearest
        binding = " and ".join(page.limits[k].objective.label for k in near.binding)
        words = point_markup(page, near.point.model, near.point.threshold)
        with st.container(horizontal=True, vertical_alignment="center"):
            write(
                f'<p class="cg-note">Nearest to keeping all: {words}; '
                f"what binds there is {escaped(binding)}.</p>"
            )
            show("the nearest point", near.point)


def finding(page: PageState, support: DecisionSupport) -> str:
    """What the limits leave, in one sentence."""
    feasibility = support.feasibility
    assert feasibility is not None
    count = len(page.limits)
    every = {1: "the limit", 2: "both limits"}.get(count, f"all {count} limits")
    if feasibility.is_kept:
        kept = page.points[feasibility.keep & is_ordinary(page.points)]
        models = kept["model"].unique()
        names = page.label(str(models[0])) if len(models) == 1 else f"{len(models)} models"
        one = len(kept) == 1
        thresholds = "threshold" if one else "thresholds"
        return f"{number(len(kept))} {thresholds} of {names} {'keeps' if one else 'keep'} {every}"
    if feasibility.extremes:
        return f"Only {joined([FLAGGING[e] for e in feasibility.extremes], 'or')} keeps {every}"
    return f"No point keeps {every}"
