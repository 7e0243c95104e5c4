"""Tests of reading a scenario's load, and of naming its errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from metrics.scenario.scenario import Scenario
from metrics.scenario.scenario_file import read_scenario, scenario_from
from metrics.scenario.serving import Serving, Worker
from tests.metrics.opening import error_of

TEXT = """
[serving]
requests_per_hour = 5_000_000
utilisation = 0.95
price_per_worker_hour = 0.045

[serving.models."boosted, trees"]
seconds_per_unit = 5e-4

[serving.models.cnn]
price_per_worker_hour = 3
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(TEXT, encoding="utf-8")
    serving = read_scenario(path).serving
    assert serving == Serving(
        5e6, 0.95, 0.045, {"boosted, trees": Worker(5e-4), "cnn": Worker(None, 3.0)}
    )
    assert (serving.price_of("cnn"), serving.price_of("other")) == (3.0, 0.045)
    assert (serving.seconds_of("boosted, trees"), serving.seconds_of("cnn")) == (5e-4, None)


def test_every_key_is_optional() -> None:
    assert Scenario().serving is None
    assert scenario_from({"serving": {}}).serving == Serving()


@pytest.mark.parametrize(
    ("table", "key", "rule"),
    [
        (3, "serving", "be a table"),
        ({"requests": 3}, "serving.requests", "be one of"),
        ({"requests_per_hour": 0}, "serving.requests_per_hour", "be above 0"),
        ({"requests_per_hour": 1e12}, "serving.requests_per_hour", "be below 1e+12"),
        ({"requests_per_hour": "many"}, "serving.requests_per_hour", "be a finite number"),
        ({"utilisation": 1.1}, "serving.utilisation", "not be above 1"),
        ({"utilisation": 0}, "serving.utilisation", "be above 0"),
        ({"price_per_worker_hour": -1}, "serving.price_per_worker_hour", "not be below 0"),
        ({"models": {"a": 3}}, "serving.models.a", "be a table"),
        ({"models": {"a": {"speed": 3}}}, "serving.models.a.speed", "be one of"),
        (
            {"models": {"a": {"seconds_per_unit": 0}}},
            "serving.models.a.seconds_per_unit",
            "be above 0",
        ),
        (
            {"models": {"a": {"price_per_worker_hour": -2}}},
            "serving.models.a.price_per_worker_hour",
            "not be below 0",
        ),
    ],
)
def test_an_invalid_key_is_named(table: object, key: str, rule: str) -> None:
    error = error_of(scenario_from, {"serving": table}, file="s.toml")
    [problem] = error.problems
    assert (problem.code, problem.column, problem.file) == ("E_SCENARIO", key, "s.toml")
    assert rule in problem.message
