"""What people do with doubtful units and what that costs, as inputs; nobody inspects until it has a price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.analysis.inspection import best_band_of, hourly_price, is_best_band
from dashboard.markup import plain
from dashboard.page_view import PageView
from dashboard.session import session
from dashboard.session.choices import LEAST, MOST, Choices, inspection_of
from dashboard.views.callback_page import Recipe, recipe_of
from dashboard.views.elements import note, write
from dashboard.words.inspection import hourly_words
from metrics import ScoreError
from metrics.scenario.inspection import WEEK, Inspection


def draw(page: PageView) -> None:
    """All inputs of the inspection, each in force as soon as it is changed."""
    scenario = page.scenario
    inspection = scenario.inspection or _typed(page)
    in_money = scenario.payoff is not None and inspection.false_alarms is None
    in_money |= inspection.price is not None
    name = "price" if in_money else "false_alarms"
    unit = scenario.currency if in_money else "false alarms"
    _inspection_row(
        page,
        _InspectionNumber(
            f"Inspecting a unit costs ({unit})", name, getattr(inspection, name), "nobody inspects",
            least=0.0, step=0.05,
            help="Doubtful units go to a person once this is known. Left empty, a model decides alone.",
        ),
        _InspectionNumber(
            "Inspections a day (of 365), at most", "units_a_day", inspection.units_a_day, "as many as pay",
            step=100.0, help="On average over the days of a year, worked or not.",
            disabled=scenario.units_per_year is None,
        ),
    )  # fmt: skip
    _rate(page, "Of 100 defects, caught", "catches", inspection, 1.0)
    _rate(page, "Of 100 good, rejected", "rejects", inspection, 0.5)
    not_timed = inspection.hours is None
    _inspection_row(
        page,
        _InspectionNumber(
            "Minutes an inspection takes", "hours", inspection.hours, "not known", scale=60, most=24 * 60.0,
        ),
        _InspectionNumber(
            "Inspectors are busy, %", "utilisation", inspection.utilisation, "80", scale=100, step=5.0,
            most=100.0, help="Share of an inspector’s time that goes into inspecting.", disabled=not_timed,
        ),
        _InspectionNumber(
            "Plant runs, hours a week", "hours_a_week", inspection.hours_a_week, f"all {WEEK}", step=8.0,
            most=float(WEEK), help="Inspectors are there in these hours.", disabled=not_timed,
        ),
    )  # fmt: skip
    if not math.isnan(hourly_price(scenario)):
        words = f"That is {hourly_words(scenario)} per inspector hour."
        write(note(words))
    if scenario.units_per_year is None:
        write(note("Without units a year nothing is known of a day."))
    elif scenario.inspection is None:
        text = "Between two thresholds a person looks at the unit; below it ships, above it is rejected."
        write(note(text))


@dataclass(frozen=True)
class _InspectionNumber:
    """A number that may be left empty.

    Attributes
    ----------
    title : str
    name : str
        Among `INSPECTION`.
    value : float or None
    empty : str
        What stands there without a number.
    scale : float
        What is typed for a value of 1.
    """

    title: str
    name: str
    value: float | None
    empty: str
    scale: float = 1
    least: float = LEAST
    most: float = MOST
    step: float = 0.5
    help: str | None = None
    disabled: bool = False


def _inspection_row(
    page: PageView, *asked: _InspectionNumber, widths: Sequence[float] | None = None
) -> None:
    """Numbers side by side."""
    places = st.columns(widths or len(asked), vertical_alignment="bottom", gap="xsmall")
    for place, one in zip(places, asked, strict=True):
        with place:
            st.number_input(
                plain(one.title),
                min_value=one.least,
                max_value=one.most,
                value=None,
                step=one.step,
                format="%.6g",
                placeholder=one.empty,
                help=one.help,
                disabled=one.disabled,
                **_number(page, one.name, one.value, one.scale),
            )


def _rate(page: PageView, title: str, name: str, inspection: Inspection, step: float) -> None:
    """A rate of inspectors and, where people were measured, within which it lies."""
    low, high = getattr(inspection, f"{name}_range") or (None, None)
    share = _InspectionNumber(
        "", name, None, "exactly", scale=100, least=0.0, most=100.0, step=step
    )
    _inspection_row(
        page,
        replace(share, title=title, value=getattr(inspection, name)),
        replace(share, title="from", name=f"{name}_low", value=low, help=MEASURED),
        replace(share, title="to", name=f"{name}_high", value=high, help=MEASURED),
        widths=(3, 2, 2),
    )


MEASURED = (
    "Inspectors are measured, too: the range is in every interval. Left empty, the rate is certain."
)


def _typed(page: PageView) -> Inspection:
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
    if old.chosen.model != point.model or not is_best_band(old.analysis, old.chosen):
        return after
    return replace(after, point=best_band_of(new.analysis, point.model))


def _number(page: PageView, name: str, value: float | None, scale: float = 1) -> dict[str, Any]:
    base, recipe = page.dataset.scenario, recipe_of(page)

    def change(choices: Choices, typed: float | None) -> Choices:
        value = None if typed is None else float(typed) / scale
        return _still_best(recipe, choices, choices.with_inspection(name, value, base))

    shown = None if value is None else float(f"{scale * value:.12g}")
    return session.widget(f"inspection_{name}", shown, change)
