"""Setting the limits that every choice must keep."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.markup import plain
from dashboard.page.state import PageState
from dashboard.session import session
from dashboard.session.choices import Choices
from dashboard.views.recipe import recipe_of
from metrics import Bound, Direction, Objective, Unit
from metrics.narrative.formatting import is_money, unit_words
from metrics.narrative.phrases import capital

FIRST = ("recall", "flagged_per_day", "revenue_impact_percent", "share_flagged")
"""What a room sets limits on first, before the stakeholders' own objectives and the rest."""


ADD = "Add a limit on …"


def draw(page: PageState) -> None:
    """The limits in force, each to be changed or cleared, and a way to add one."""
    before = page.choices.limits_in(page.dataset.scenario)
    for bound in page.limits:
        _one(page, bound, before)
    offered, recipe = _offered(page), recipe_of(page)

    def add(choices: Choices, value: str | None) -> Choices:
        if value is None:
            return choices
        now = recipe.at(choices).page().chosen.figures.get(value, math.nan)
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
