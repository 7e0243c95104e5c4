"""Tests of the inspection table of a scenario."""

from __future__ import annotations

import pytest

from metrics.errors import ScoreError
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario_file import scenario_from


@pytest.mark.parametrize(
    "table",
    [{}, {"price": 0.3, "false_alarms": 0.1}, {"price": -1.0}, {"price": 0.3, "catches": 1.2},
     {"price": 0.3, "hours": 25.0}, {"price": 0.3, "units_a_day": 0.0}, {"cost": 0.3},
     {"price": 0.3, "hours_a_week": 169.0}, {"price": 0.3, "catches_range": 0.9},
     {"price": 0.3, "catches_range": [0.9]}, {"price": 0.3, "catches_range": [0.99, 0.9]},
     {"price": 0.3, "rejects_range": [0.0, 1.1]}, {"price": 0.3, "rejects_range": [0.02, 0.03]},
     {"price": 0.3, "catches": 0.8, "catches_range": [0.9, 1.0]}], ids=str,
)  # fmt: skip
def test_an_inspection_with_a_missing_or_invalid_number_is_refused(
    table: dict[str, float],
) -> None:
    with pytest.raises(ScoreError, match="inspection"):
        scenario_from({"inspection": table})


def test_an_inspection_needs_only_a_price_and_may_have_ranges() -> None:
    assert scenario_from({"inspection": {"price": 0.3}}).inspection == Inspection(price=0.3)
    ranged = {"price": 0.3, "catches_range": [0.9, 1], "rejects_range": [0.0, 0.01]}
    assert scenario_from({"inspection": ranged}).inspection == Inspection(
        price=0.3, catches_range=(0.9, 1.0), rejects_range=(0.0, 0.01)
    )
