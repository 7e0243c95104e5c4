"""The limits that a choice must keep to be acceptable to all: setting them, and saying which are broken.

What the limits leave: who keeps each, the best to be had, and by how little one would have to give way.
"""

from __future__ import annotations

import math

import streamlit as st

from dashboard.markup import escaped, plain
from dashboard.page.decision_support import Deciding
from dashboard.page.state import PageState
from dashboard.page.summary import limit_words
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.costs import show
from dashboard.views.parts import write
from metrics import Bound, Direction, Objective, Unit
from metrics.evaluation.operating_points import is_ordinary
from metrics.narrative.facts import FLAGGING
from metrics.narrative.formatting import figure, is_money, number, unit_words
from metrics.narrative.phrases import capital, joined, subject
from metrics.selection.constraints import cheapest_of

FIRST = ("recall", "flagged_per_day", "revenue_impact_percent", "share_flagged")


"""What a room sets limits on first, before the stakeholders' own objectives and the rest."""


ADD = "Add a limit on …"


def draw(table: PageState) -> None:
    """The limits in force, each to be changed or cleared, and a way to add one."""
    before = table.choices.limits_in(table.dataset.scenario)
    with st.expander("Limits", key="limits_box", expanded=bool(before)):
        for bound in table.limits:
            _one(table, bound, before)
        offered = _offered(table)

        def add(choices: Choices, value: str | None) -> Choices:
            if value is None:
                return choices
            now = table.chosen.figures.get(value, math.nan)
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


def _one(table: PageState, bound: Bound, before: tuple[tuple[str, float], ...]) -> None:
    o = bound.objective
    # Shares are said in per cent everywhere, so they are typed so.
    points = 100 if o.unit is Unit.SHARE else 1
    least = "at least" if o.direction is Direction.MAXIMISE else "at most"
    unit = "%" if o.unit in (Unit.SHARE, Unit.PERCENT) else unit_words(o, table.scenario)
    if is_money(o.unit, table.scenario):
        unit = f"{table.scenario.currency} {unit}"
    st.number_input(
        plain(", ".join(filter(None, [capital(subject(o)), least, unit]))),
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


def _offered(table: PageState) -> dict[str, Objective]:
    """Objectives that have no limit yet."""
    known = table.evaluated.objectives
    limited = {bound.objective.id for bound in table.limits}
    names = dict.fromkeys(
        [*FIRST, *(stakeholder.objective.id for stakeholder in table.stakeholders), *known]
    )
    return {name: known[name] for name in names if name in known and name not in limited}


def draw_kept(table: PageState, found: Deciding) -> None:
    judgement = found.judgement
    assert judgement is not None
    write(f'<h2 class="cg-title" id="the-limits">{escaped(finding(table, found))}</h2>')
    rows = []
    for k, (bound, reach) in enumerate(zip(table.limits, judgement.reaches, strict=True)):
        o = bound.objective
        best = "undefined at every point"
        if reach.point is not None:
            where = table.words(reach.point.model, reach.point.threshold)
            best = f"{figure(o, reach.best, table.scenario)} ({where})"
        models = [table.label(model) for model in reach.models]
        by = (
            "no model"
            if not models
            else f"{len(models)} of {table.points['model'].nunique()} models"
        )
        if len(models) == 1:
            by = f"{models[0]} alone"
        cells = [by, best]
        if judgement.give_way:
            way = judgement.give_way[k]
            cells.append(
                "does not help"
                if way is None
                else f"{limit_words(table, way.bound)}: {table.words(way.point.model, way.point.threshold)}"
            )
        name = f"{o.label} {limit_words(table, bound)}"
        rows.append(
            f'<tr><th scope="row">{escaped(name)}</th>'
            + "".join(f"<td>{escaped(cell)}</td>" for cell in cells)
            + "</tr>"
        )
    heads = ["Limit", "Kept somewhere by", "Best to be had"]
    if judgement.give_way:
        heads.append("Giving way on it alone, to")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    write(
        f'<table class="cg-compare cg-limits-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    cheapest = cheapest_of(table.points, judgement.keep)
    if cheapest is not None:
        whose = "it" if len(table.limits) == 1 else "all of them"
        with st.container(horizontal=True, vertical_alignment="center"):
            words = table.words(cheapest.model, cheapest.threshold)
            write(f'<p class="cg-note">Cheapest point that keeps {whose}: {escaped(words)}.</p>')
            show("the cheapest that does", cheapest)
    if judgement.nearest is not None:
        near = judgement.nearest
        binding = " and ".join(table.limits[k].objective.label for k in near.binding)
        words = table.words(near.point.model, near.point.threshold)
        with st.container(horizontal=True, vertical_alignment="center"):
            write(
                f'<p class="cg-note">Nearest to keeping all: {escaped(words)}; '
                f"what binds there is {escaped(binding)}.</p>"
            )
            show("the nearest point", near.point)


def finding(table: PageState, found: Deciding) -> str:
    """What the limits leave, in one sentence."""
    judgement = found.judgement
    assert judgement is not None
    count = len(table.limits)
    every = {1: "the limit", 2: "both limits"}.get(count, f"all {count} limits")
    if judgement.is_kept:
        kept = table.points[judgement.keep & is_ordinary(table.points)]
        models = kept["model"].unique()
        names = table.label(str(models[0])) if len(models) == 1 else f"{len(models)} models"
        one = len(kept) == 1
        thresholds = "threshold" if one else "thresholds"
        return f"{number(len(kept))} {thresholds} of {names} {'keeps' if one else 'keep'} {every}"
    if judgement.extremes:
        return f"Only {joined([FLAGGING[e] for e in judgement.extremes], 'or')} keeps {every}"
    return f"No point keeps {every}"
