"""Inputs of the inspection of doubtful units and its costs; without a price nobody inspects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.analysis.inspection import best_band_of, hourly_price, is_best_band
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session.choices import MOST, Choices
from dashboard.session.inspection_numbers import inspection_of
from dashboard.views.assumptions.number_field import number_field
from dashboard.views.html_elements import note, write
from dashboard.views.page_recipe import Recipe, recipe_of
from dashboard.words.assumptions import HOW_INSPECTED, NO_UNITS_A_YEAR
from dashboard.words.inspection import hourly_words
from metrics import ScoreError
from metrics.scenario.inspection import WEEK, Inspection


def draw(page: PageView) -> None:
    """Draw all inputs of the inspection; each change takes effect at once."""
    scenario, typed = page.analysis.scenario, page.choices.inspection
    # What was typed before the price is known is no inspection of the scenario yet.
    inspection = scenario.inspection or (Inspection() if typed is None else inspection_of(typed))
    in_money = scenario.payoff is not None and inspection.false_alarms is None
    in_money |= inspection.price is not None
    name = "price" if in_money else "false_alarms"
    unit = scenario.currency if in_money else "false alarms"
    left, right = _columns(2)
    # fmt: off
    _draw_field(
        left, page, f"Inspecting a unit costs ({unit})", name, getattr(inspection, name),
        empty="nobody inspects", least=0.0, step=0.05,
    )
    _draw_field(
        right, page, "Inspections a day (of 365), at most", "units_a_day", inspection.units_a_day,
        empty="as many as pay", step=100.0, disabled=scenario.units_per_year is None,
    )
    _draw_rate(page, "Of 100 defects, caught", "catches", inspection, 1.0)
    _draw_rate(page, "Of 100 good, rejected", "rejects", inspection, 0.5)
    not_timed = inspection.hours is None
    left, middle, right = _columns(3)
    _draw_field(
        left, page, "Minutes an inspection takes", "hours", inspection.hours,
        empty="not known", scale=60, most=24 * 60.0,
    )
    _draw_field(
        middle, page, "Inspectors are busy, %", "utilisation", inspection.utilisation,
        empty="80", scale=100, most=100.0, step=5.0, disabled=not_timed,
    )
    _draw_field(
        right, page, "Plant runs, hours a week", "hours_a_week", inspection.hours_a_week,
        empty=f"all {WEEK}", most=float(WEEK), step=8.0, disabled=not_timed,
    )
    # fmt: on
    if not math.isnan(hourly_price(scenario)):
        write(note(hourly_words(scenario)))
    if scenario.units_per_year is None:
        write(note(NO_UNITS_A_YEAR))
    elif scenario.inspection is None:
        write(note(HOW_INSPECTED))


def _columns(widths: int | Sequence[float]) -> Sequence[AbstractContextManager[Any]]:
    """Columns for fields side by side."""
    return st.columns(widths, vertical_alignment="bottom", gap="xsmall")


def _draw_rate(page: PageView, title: str, name: str, inspection: Inspection, step: float) -> None:
    """Draw a rate of the inspectors, and its range if it was measured."""
    low, high = getattr(inspection, f"{name}_range") or (None, None)
    share: dict[str, Any] = {
        "empty": "exactly", "scale": 100, "least": 0.0, "most": 100.0, "step": step,
    }  # fmt: skip
    first, second, third = _columns((3, 2, 2))
    _draw_field(first, page, title, name, getattr(inspection, name), **share)
    _draw_field(second, page, "from", f"{name}_low", low, **share)
    _draw_field(third, page, "to", f"{name}_high", high, **share)


def _keep_cheapest_band(recipe: Recipe, before: Choices, after: Choices) -> Choices:
    """Choices after a change; a point that was its model's cheapest band becomes the cheapest again."""
    point = before.point
    if point is None:  # the page then shows the cheapest of all points
        return after
    try:
        old, new = (replace(recipe, choices=choices).page() for choices in (before, after))
    except ScoreError:  # the page shows the error
        return after
    if old.selection.point.model != point.model or not is_best_band(
        old.analysis, old.selection.point
    ):
        return after
    return replace(after, point=best_band_of(new.analysis, point.model))


def _draw_field(
    place: AbstractContextManager[Any],
    page: PageView,
    title: str,
    name: str,
    value: float | None,
    *,
    most: float = MOST,
    step: float = 0.5,
    **look: Any,
) -> None:
    """Draw a number of the inspection."""
    base, recipe = page.analysis.dataset.scenario, recipe_of(page)

    def change(choices: Choices, value: float | None) -> Choices:
        return _keep_cheapest_band(recipe, choices, choices.with_inspection(name, value, base))

    key = f"inspection_{name}"
    with place:
        number_field(plain(title), key, value, change, max_value=most, step=step, **look)
