"""Inputs of production: the number of units a year, and the defect rate."""

from __future__ import annotations

from dataclasses import replace

from dashboard.page_view import PageView
from dashboard.session.choices import LEAST
from dashboard.views.assumptions.number_field import labelled, number_field
from dashboard.views.html_elements import note, write
from dashboard.words.assumptions import file_rate_words


def draw_volume(page: PageView) -> None:
    """Draw the number of units a year."""
    number_field(
        labelled("Units a year", page.analysis.scenario.units_per_year),
        "units_per_year",
        page.analysis.scenario.units_per_year,
        lambda c, v: replace(c, units_per_year=v or 0.0),
        empty="figures of this file",
        step=100_000.0,
        format="%.0f",
    )


def draw_defect_rate(page: PageView) -> None:
    """Draw the defect rate in production, with the file's rate."""
    mass = page.analysis.evaluation.tally.class_mass
    rate = page.analysis.scenario.defect_rate
    write(note(file_rate_words(float(mass[1] / mass.sum()), is_used=rate is None)))
    number_field(
        "Defects in production, %",
        "defect_rate",
        rate,
        lambda c, v: replace(c, defect_rate=v or 0.0),
        scale=100,
        empty="as in the file",
        least=100 * LEAST,
        max_value=100 * (1 - LEAST),
        step=0.1,
        format="%.4g",
    )
