"""Tests of the number of inspectors against calculations by hand."""

from __future__ import annotations

import math

import pytest

from metrics.scenario.capacity import round_up
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Scenario


@pytest.mark.parametrize(
    ("units_an_hour", "minutes", "utilisation", "people"),
    [
        (40, 1.2, 0.8, 1),
        (40, 1.3, 0.8, 2),
        (100, 6, 0.8, 13),
        (100, 6, 1.0, 10),
        (30, 7, 0.7, 5),
        (0.001, 1, 0.8, 1),
    ],
)
@pytest.mark.parametrize("hours_a_week", [None, 80])
def test_the_number_of_inspectors_by_hand(
    units_an_hour: float,
    minutes: float,
    utilisation: float,
    people: int,
    hours_a_week: float | None,
) -> None:
    plan = Inspection(hours=minutes / 60, utilisation=utilisation, hours_a_week=hours_a_week)
    units = units_an_hour * 365 * 24 * (hours_a_week or 168) / 168
    assert Scenario(units_per_year=1e6, inspection=plan).inspectors(units) == people


def test_inspectors_are_unknown_without_a_time_volume_or_unit() -> None:
    timed = Inspection(price=1, hours=0.1)
    assert Scenario(units_per_year=1e6, inspection=Inspection(price=1)).inspectors(10) is None
    assert Scenario(units_per_year=1e6).inspectors(10) is None
    assert Scenario(inspection=timed).inspectors(10) is None
    for units in (0, math.nan):
        assert Scenario(units_per_year=1e6, inspection=timed).inspectors(units) is None


@pytest.mark.parametrize("whole", [1, 3, 7, 1_000_003])
def test_rounding_up_ignores_rounding_error_alone(whole: int) -> None:
    assert round_up(math.nextafter(whole, math.inf)) == whole
    assert round_up(whole + 1e-6) == whole + 1
