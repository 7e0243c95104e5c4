"""The limits that a choice must keep to be acceptable to all: setting them, and saying which are broken."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import session, summary
from dashboard.choices import Choices
from dashboard.views.parts import plain
from dashboard.views.state import Table
from metrics import Bound, Direction, Objective, Unit
from metrics.phrases import capital, subject, wanted
from metrics.wording import is_money, unit_words

FIRST = ("recall", "flagged_per_day", "revenue_impact_percent", "share_flagged")
"""What a room sets limits on first, before the seats' own objectives and the rest."""
ADD = "Add a limit on …"


def draw(table: Table) -> None:
    """The limits in force, each to be changed or cleared, and a way to add one."""
    before = table.choices.limits_in(table.dataset.scenario)
    with st.expander("Limits", key="limits_box", expanded=bool(before)):
        for bound in table.limits:
            _one(table, bound, before)
        offered = _offered(table)

        def add(choices: Choices, value: str | None) -> Choices:
            if value is None:
                return choices
            now = float(table.chosen.get(value, math.nan))
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


def _one(table: Table, bound: Bound, before: tuple[tuple[str, float], ...]) -> None:
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


def _offered(table: Table) -> dict[str, Objective]:
    """Objectives that have no limit yet."""
    known = table.evaluated.objectives
    limited = {bound.objective.id for bound in table.limits}
    names = dict.fromkeys([*FIRST, *(seat.objective.id for seat in table.seats), *known])
    return {name: known[name] for name in names if name in known and name not in limited}


def limits_words(
    table: Table, point: pd.Series, ranges: Mapping[str, tuple[float, float]] | None = None
) -> str:
    """Which limits a point breaks, as `dashboard.summary.limits` has it."""
    return summary.limits(point, table.limits, table.scenario, ranges)


def limit_words(table: Table, bound: Bound) -> str:
    """A limit as the page and the verdict write it: ``at least 80.0 %``."""
    return wanted(bound, table.scenario)
