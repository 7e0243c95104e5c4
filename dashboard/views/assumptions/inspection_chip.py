"""What people do with doubtful units and what that costs, as inputs; nobody inspects until it has a price."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from dashboard.markup import escaped, plain
from dashboard.page.inspection import hourly_price, hourly_words
from dashboard.page.state import PageState
from dashboard.session import session
from dashboard.session.choices import LEAST, MOST, Choices, inspection_of
from dashboard.views.snippets import write
from metrics.narrative.formatting import before_amount, price_size
from metrics.scenario.inspection import Inspection


def words(page: PageState) -> str:
    """What the chip says: nothing but its name while nobody inspects."""
    inspection = page.scenario.inspection
    if inspection is None:
        return "inspection"
    if inspection.price is not None:
        return f"inspection {before_amount(page.scenario.currency)}{price_size(inspection.price)}"
    assert inspection.false_alarms is not None
    return f"inspection {price_size(inspection.false_alarms)} alarms"


def draw(page: PageState) -> None:
    """All inputs of the inspection, each in force as soon as it is changed."""
    scenario = page.scenario
    inspection = scenario.inspection or _typed(page)
    in_money = scenario.payoff is not None and inspection.false_alarms is None
    in_money |= inspection.price is not None
    name = "price" if in_money else "false_alarms"
    unit = scenario.currency if in_money else "false alarms"
    st.number_input(
        plain(f"Inspecting a unit costs ({unit})"),
        min_value=0.0,
        max_value=MOST,
        value=None,
        step=0.05,
        format="%.6g",
        placeholder="nobody inspects",
        help="Doubtful units go to a person once this is known. Left empty, a model ships or rejects alone.",
        **_number(page, name, getattr(inspection, name)),
    )
    st.number_input(
        "Defects an inspector catches, of 100",
        min_value=0.0,
        max_value=100.0,
        step=1.0,
        format="%.6g",
        **_number(page, "catches", inspection.catches, 100),
    )
    st.number_input(
        "Good units rejected by mistake, of 100",
        min_value=0.0,
        max_value=100.0,
        step=0.5,
        format="%.6g",
        **_number(page, "rejects", inspection.rejects, 100),
    )
    st.number_input(
        "Inspections a day at most",
        min_value=LEAST,
        max_value=MOST,
        value=None,
        step=100.0,
        format="%.6g",
        placeholder="as many as pay",
        help="On every day of the year.",
        disabled=scenario.units_per_year is None,
        **_number(page, "units_a_day", inspection.units_a_day),
    )
    st.number_input(
        "Minutes an inspection takes",
        min_value=LEAST,
        max_value=24 * 60.0,
        value=None,
        step=0.5,
        format="%.6g",
        placeholder="not known",
        **_number(page, "hours", inspection.hours, 60),
    )
    st.number_input(
        "Minutes a unit may wait for an inspector",
        min_value=LEAST,
        max_value=MOST,
        value=None,
        step=5.0,
        format="%.6g",
        placeholder="any",
        disabled=inspection.hours is None,
        **_number(page, "longest_wait_hours", inspection.longest_wait_hours, 60),
    )
    if not math.isnan(hourly_price(scenario)):
        said = f"That is {hourly_words(scenario)} per inspector hour."
        write(f'<p class="cg-note">{escaped(said)}</p>')
    if scenario.units_per_year is None:
        write('<p class="cg-note">Without units a year nothing is known of a day.</p>')
    elif scenario.inspection is None:
        note = "Between two thresholds a person looks at the unit; below it ships, above it is rejected."
        write(f'<p class="cg-note">{escaped(note)}</p>')


def _typed(page: PageState) -> Inspection:
    """What is known of inspectors before anybody has said what they cost."""
    values = page.choices.inspection
    return Inspection() if values is None else inspection_of(values)


def _number(page: PageState, name: str, value: float | None, scale: float = 1) -> dict[str, Any]:
    base = page.dataset.scenario

    def change(choices: Choices, typed: float | None) -> Choices:
        return choices.with_inspection(name, None if typed is None else float(typed) / scale, base)

    shown = None if value is None else float(f"{scale * value:.12g}")
    return session.widget(f"inspection_{name}", shown, change)
