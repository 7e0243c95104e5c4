"""Tests of reading scenarios: every key, invalid keys by name, and unreadable files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from metrics.errors import ScoreError
from metrics.scenario.scenario import Looks, Payoff, Scenario, Today
from metrics.scenario.scenario_file import read_scenario, scenario_from
from tests.metrics.opening import error_of

FULL = """
miss_cost = 7
defect_rate = 0.031
units_per_year = 2_400_000
currency = " USD "
[payoff]
ship_good = 4.0
reject_good = -1.5
[today]
model = "rule"
threshold = 0.4
[limits]
revenue_impact_percent = 30
"""


def test_a_file_can_set_every_key(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(FULL, encoding="utf-8")
    assert read_scenario(path) == Scenario(
        miss_cost=7.0,
        defect_rate=0.031,
        units_per_year=2_400_000.0,
        currency="USD",
        payoff=Payoff(ship_good=4.0, reject_good=-1.5, ship_defect=None, reject_defect=0.0),
        today=Today("rule", 0.4),
        limits={"revenue_impact_percent": 30.0},
    )
    assert read_scenario(path).payoffs.ship_defect == -7.0  # left out: minus the cost of a miss
    assert scenario_from({}) == Scenario()


@pytest.mark.parametrize(
    ("data", "key", "value"),
    [
        ({"mis_cost": 5}, "mis_cost", "5"),
        ({"miss_cost": 0}, "miss_cost", "0"),
        ({"miss_cost": -1}, "miss_cost", "-1"),
        ({"miss_cost": "5"}, "miss_cost", "5"),
        ({"miss_cost": True}, "miss_cost", "True"),
        ({"miss_cost": None}, "miss_cost", None),
        ({"miss_cost": math.inf}, "miss_cost", "inf"),
        ({"miss_cost": math.nan}, "miss_cost", "nan"),
        ({"miss_cost": 10**400}, "miss_cost", str(10**400)),
        ({"defect_rate": 0.0}, "defect_rate", "0.0"),
        ({"defect_rate": 1.0}, "defect_rate", "1.0"),
        ({"units_per_year": 0}, "units_per_year", "0"),
        ({"currency": ""}, "currency", ""),
        ({"currency": " \t"}, "currency", " \t"),
        ({"currency": "thirteen long"}, "currency", "thirteen long"),
        ({"currency": 5}, "currency", "5"),
        ({"payoff": 3}, "payoff", "3"),
        ({"payoff": {"ship": 1}}, "payoff.ship", "1"),
        ({"payoff": {"ship_good": "much"}}, "payoff.ship_good", "much"),
        ({"today": {"model": "a"}}, "today.threshold", None),
        ({"today": {"threshold": 0.5}}, "today.model", None),
        ({"today": {"model": "a", "threshold": None}}, "today.threshold", None),
        ({"today": {"model": 3, "threshold": 0.5}}, "today.model", "3"),
        ({"limits": {"recall": "high"}}, "limits.recall", "high"),
        ({"limits": {"recall": False}}, "limits.recall", "False"),
        ({"limits": [1]}, "limits", "[1]"),
    ],
)
def test_a_wrong_key_is_named(data: dict[str, object], key: str, value: str | None) -> None:
    with pytest.raises(ScoreError, match=r"must be .*, got ") as caught:
        scenario_from(data, file="s.toml")
    [problem] = caught.value.problems
    assert (problem.code, problem.column, problem.value) == ("E_SCENARIO", key, value)
    assert problem.file == "s.toml"
    assert problem.hint


def test_every_invalid_key_is_named_and_an_unknown_one_with_the_valid_ones() -> None:
    with pytest.raises(ScoreError) as caught:
        scenario_from({"miss_cost": "5", "today": {"model": "a", "at": 1}, "payoff": {"ship": 1}})
    first, *_, last = caught.value.problems
    assert {p.column for p in caught.value.problems} == {
        "miss_cost", "payoff.ship", "today.at", "today.threshold",
    }  # fmt: skip
    assert first.message == "scenario key miss_cost must be a finite number, got '5'"
    assert last.message == "scenario key today.at must be one of model, threshold, got 1"


@pytest.mark.parametrize("content", [b"miss_cost = ", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.toml"
    if content is not None:
        path.write_bytes(content)
    error = error_of(read_scenario, path)
    assert (error.code, error.file) == ("E_SCENARIO", str(path))


def test_the_number_of_a_look_is_between_one_and_the_number_of_looks() -> None:
    assert scenario_from({"looks": {"of": 10, "this": 2}}).looks == Looks(10, 2)
    assert scenario_from({"looks": {"of": 3}}).looks == Looks(3)
    for wrong in ({"of": 0}, {"of": 3, "this": 4}, {"of": 3, "this": 0}, {"this": 1}, {"of": 2.5}):
        with pytest.raises(ScoreError, match=r"scenario key looks\.(of|this) must"):
            scenario_from({"looks": wrong})
