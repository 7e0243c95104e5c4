"""What people do with doubtful units and what that costs, as inputs; nobody inspects until it has a price."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.markup import escaped, plain
from dashboard.page.inspection import best_band_of, hourly_price, hourly_words, is_best_band
from dashboard.page.state import PageState
from dashboard.session import session
from dashboard.session.choices import LEAST, MOST, Choices, inspection_of
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.snippets import write
from metrics import ScoreError
from metrics.narrative.formatting import before_amount, price_size
from metrics.scenario.inspection import WEEK, Inspection


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
    _rate(page, "Defects an inspector catches, of 100", "catches", inspection, 1.0)
    _rate(page, "Good units rejected by mistake, of 100", "rejects", inspection, 0.5)
    st.number_input(
        "Inspections a day at most",
        min_value=LEAST,
        max_value=MOST,
        value=None,
        step=100.0,
        format="%.6g",
        placeholder="as many as pay",
        help="On average over the 365 days of a year.",
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
    st.number_input(
        "Hours a week that the plant runs",
        min_value=LEAST,
        max_value=float(WEEK),
        value=None,
        step=8.0,
        format="%.6g",
        placeholder=f"all {WEEK}",
        disabled=inspection.hours is None,
        help="Posts are manned in these hours.",
        **_number(page, "hours_a_week", inspection.hours_a_week),
    )
    if not math.isnan(hourly_price(scenario)):
        said = f"That is {hourly_words(scenario)} per inspector hour."
        write(f'<p class="cg-note">{escaped(said)}</p>')
    if scenario.units_per_year is None:
        write('<p class="cg-note">Without units a year nothing is known of a day.</p>')
    elif scenario.inspection is None:
        note = "Between two thresholds a person looks at the unit; below it ships, above it is rejected."
        write(f'<p class="cg-note">{escaped(note)}</p>')


def _rate(page: PageState, asked: str, name: str, inspection: Inspection, step: float) -> None:
    """A rate of inspectors and, where people were measured, within which it lies."""
    ends = getattr(inspection, f"{name}_range") or (None, None)
    look: dict[str, Any] = {
        "min_value": 0.0, "max_value": 100.0, "step": step, "format": "%.6g",
    }  # fmt: skip
    of_rate, lowest, highest = st.columns([2, 1, 1], vertical_alignment="bottom", gap="xsmall")
    with of_rate:
        st.number_input(asked, **look, **_number(page, name, getattr(inspection, name), 100))
    look |= {"value": None, "placeholder": "exactly", "help": MEASURED}
    for column, title, end, value in (
        (lowest, "from", "low", ends[0]), (highest, "to", "high", ends[1]),
    ):  # fmt: skip
        with column:
            st.number_input(title, **look, **_number(page, f"{name}_{end}", value, 100))


MEASURED = (
    "Inspectors are measured, too: the range is in every interval. Left empty, the rate is certain."
)


def _typed(page: PageState) -> Inspection:
    """What is known of inspectors before anybody has said what they cost."""
    values = page.choices.inspection
    return Inspection() if values is None else inspection_of(values)


def _still_best(recipe: Recipe, before: Choices, after: Choices) -> Choices:
    """The choices after; a point that was its model's cheapest band is so under them, too."""
    point = before.point
    if point is None:  # what is shown then is the cheapest of all
        return after
    try:
        old, new = (replace(recipe, choices=choices).page() for choices in (before, after))
    except ScoreError:  # which the page says
        return after
    if old.chosen.model != point.model or not is_best_band(old, old.chosen):
        return after
    return replace(after, point=best_band_of(new, point.model))


def _number(page: PageState, name: str, value: float | None, scale: float = 1) -> dict[str, Any]:
    base, recipe = page.dataset.scenario, recipe_of(page)

    def change(choices: Choices, typed: float | None) -> Choices:
        value = None if typed is None else float(typed) / scale
        return _still_best(recipe, choices, choices.with_inspection(name, value, base))

    shown = None if value is None else float(f"{scale * value:.12g}")
    return session.widget(f"inspection_{name}", shown, change)
