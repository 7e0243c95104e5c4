"""Tests that `evaluate` states the cost of serving, and judges limits on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from metrics import Scenario
from metrics.scenario.serving_cost import cost_of_serving
from tests.dashboard.pages import FOUR
from tests.dashboard.served import SCENARIO, TIMES, write_served
from tests.dashboard.tables import NASTY


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    return write_served(tmp_path)


def net_of(model: str, scenario: Scenario) -> float:
    """Highest revenue net of serving, computed from the rows."""
    gross = [
        FOUR.value("revenue_impact", model, at, scenario)
        for at in FOUR.thresholds(model)[1:-1]  # some units are flagged, but not all
    ]
    return max(gross) - cost_of_serving(scenario, model).cost_a_year


def test_evaluate_gives_the_figures_and_judges_limits_on_them(arguments, run) -> None:
    limits = ["--fail-unless", "scoring_time <= 100", "--fail-unless", "serving_cost < 5000"]
    status, output = run("evaluate", *arguments, *limits)
    assert status == 0
    assert {
        m for m, j in output["limits"]["models"].items() if all(x["met"] for x in j["limits"])
    } == {NASTY[0]}
    serving = output["serving"]
    assert serving["cheapest"] == NASTY[0]
    finding = " ".join(serving["finding"].split())
    assert finding.startswith("Cheapest model that meets the limit at 5 m requests")
    for model in TIMES:
        own, found = cost_of_serving(SCENARIO, model), serving["models"][model]
        assert found["workers"] == own.workers
        assert found["cost_a_year"] == pytest.approx(own.cost_a_year)
        assert found["net"] == pytest.approx(net_of(model, SCENARIO))
        assert found["missing"] is None
    unknown = serving["models"][NASTY[3]]
    assert (unknown["workers"], unknown["cost_a_year"], unknown["net"]) == (None, None, None)
    assert unknown["missing"] == "its scoring time is not known"
    assert run("evaluate", *arguments, "--fail-unless", "serving_cost < 1")[0] == 3


def test_a_named_file_of_workers_is_read_or_refused(arguments, run, tmp_path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("model,seconds_per_unit\nnobody,1\n", encoding="utf-8")
    status, output = run("evaluate", arguments[0], "--serving", other)
    [problem] = output["problems"]
    assert (status, problem["code"], problem["column"]) == (2, "E_SERVING", "model")
    assert problem["file"] == str(other)
    other.write_text(f"model,seconds_per_unit\n{NASTY[0]},0.25\n", encoding="utf-8")
    models = run("evaluate", arguments[0], "--serving", other)[1]["serving"]["models"]
    assert models[NASTY[0]]["seconds_per_unit"] == 0.25
    assert models[NASTY[1]]["seconds_per_unit"] is None
    (tmp_path / "models.csv").write_text("model,seconds_per_unit\na,fast\n", encoding="utf-8")
    assert run("evaluate", arguments[0])[1]["problems"][0]["value"] == "fast"
