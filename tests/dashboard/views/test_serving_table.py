"""Tests of the serving panel and its inputs, against the command line's figures, and of its links."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.session.url import from_query
from dashboard.words.numbers.amounts import SPACE, money
from metrics import Payoff, Scenario
from metrics.scenario.serving import Serving, Worker
from metrics.scenario.serving_cost import cost_of_serving
from tests.dashboard.pages import FOUR, Page, page_text, words
from tests.dashboard.tables import NASTY

TIMES = {NASTY[0]: 2e-5, NASTY[1]: 5e-4, NASTY[2]: 6e-4}
PRICES = {NASTY[0]: 0.5, NASTY[1]: 0.5, NASTY[2]: 0.5}
TOML = """
units_per_year = 100_000
[payoff]
ship_good = 4.0
reject_good = -1.5
ship_defect = -20.0
reject_defect = -1.5
[serving]
requests_per_hour = 5_000_000
utilisation = 0.5
[limits]
recall = 0.3
"""
SCENARIO = Scenario(
    units_per_year=100_000.0,
    payoff=Payoff(4.0, -1.5, -20.0, -1.5),
    limits={"recall": 0.3},
    serving=Serving(5e6, 0.5, None, {m: Worker(TIMES[m], PRICES[m]) for m in TIMES}),
)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Scores, a models.csv next to them that lacks a time of the last model, and a scenario."""
    scores = FOUR.write(tmp_path / "scores.csv")
    rows = [f'"{m.replace(chr(34), chr(34) * 2)}",{1000 * TIMES[m]!r},{PRICES[m]}' for m in TIMES]
    text = "\n".join(["model,milliseconds_per_unit,price_per_worker_hour", *rows, "gone,1,1"])
    (tmp_path / "models.csv").write_text(text, encoding="utf-8")
    (tmp_path / "s.toml").write_text(TOML, encoding="utf-8")
    return [scores, "--scenario", str(tmp_path / "s.toml")]


def net_of(model: str, scenario: Scenario) -> float:
    """Highest revenue net of serving, computed from the rows."""
    gross = [
        FOUR.value("revenue_impact", model, at, scenario)
        for at in FOUR.thresholds(model)[1:-1]  # some units are flagged, but not all
    ]
    return max(gross) - cost_of_serving(scenario, model).cost_a_year


def panel(page: Page) -> str:
    return next((words(m) for m in page.markup if "cg-serving" in m), "")


def test_without_a_load_the_page_asks_for_it_and_without_times_there_is_no_panel(
    files, monkeypatch, tmp_path
) -> None:
    page = Page(monkeypatch, files[0], link={"intervals": "off"}, at="models")
    assert panel(page) == ""
    said = page_text(page)
    assert "The scoring time of 3 models is known. Enter the requests an hour" in said
    (tmp_path / "alone").mkdir()
    path = FOUR.write(tmp_path / "alone" / "scores.csv")
    page = Page(monkeypatch, path, link={"intervals": "off"}, at="models")
    assert "requests an hour" not in page_text(page)


def test_a_typed_load_is_used_and_is_in_the_link(files, monkeypatch) -> None:
    page = Page(monkeypatch, *files, link={"intervals": "off"}, at="models")
    page.set("number_input", "serving_requests_per_hour", 20_000_000.0)
    assert "at 20 m requests an hour" in page_text(page)
    page.set("number_input", "serving_utilisation", 70.0)
    page.set("number_input", "serving_price_per_worker_hour", 0.1)
    page.app.selectbox(key="serving_model").set_value(NASTY[3]).run()
    page.set("number_input", "serving_time_3", 10.0)
    choices, refused = from_query(page.link)
    assert refused == ()
    serving = choices.scenario(SCENARIO).serving
    assert serving is not None
    assert (serving.requests_per_hour, serving.utilisation) == (2e7, 0.7)
    assert serving.price_of(NASTY[1]) == 0.1
    assert serving.seconds_of(NASTY[3]) == pytest.approx(1e-5)
    cost = money(cost_of_serving(choices.scenario(SCENARIO), NASTY[1]).cost_a_year, "EUR")
    assert cost.replace(SPACE, " ") in panel(page).replace(SPACE, " ")
    again = Page(monkeypatch, *files, link=page.link, at="models")
    assert panel(again) == panel(page)
    page.turn("decide").press("reset_scenario")
    assert "serve" not in page.link
    assert "times" not in page.link


def test_a_stakeholder_and_a_limit_can_be_about_serving(files, monkeypatch) -> None:
    page = Page(monkeypatch, *files, link={"intervals": "off"}, at="models")
    page.turn("decide").set("selectbox", "objective_executive", "serving_cost")
    cost = cost_of_serving(SCENARIO, NASTY[0]).cost_a_year
    assert money(cost, "EUR").replace(SPACE, " ") in page.card("executive").replace(SPACE, " ")
    page.turn("models")
    page.set("selectbox", "limit_add", "scoring_time")
    page.set("number_input", "limit_scoring_time", 100.0)
    said = panel(page)
    for model in NASTY[1:3]:
        assert "missed" in said[said.index(model) :]
    assert "scoring_time:100.0" in page.link["limits"]


def test_evaluate_gives_the_figures_and_judges_limits_on_them(files, run) -> None:
    limits = ["--fail-unless", "scoring_time <= 100", "--fail-unless", "serving_cost < 5000"]
    status, output = run("evaluate", *files, *limits)
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
    assert run("evaluate", *files, "--fail-unless", "serving_cost < 1")[0] == 3


def test_a_named_file_of_workers_is_read_or_refused(files, run, tmp_path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("model,seconds_per_unit\nnobody,1\n", encoding="utf-8")
    status, output = run("evaluate", files[0], "--serving", other)
    [problem] = output["problems"]
    assert (status, problem["code"], problem["column"]) == (2, "E_SERVING", "model")
    assert problem["file"] == str(other)
    other.write_text(f"model,seconds_per_unit\n{NASTY[0]},0.25\n", encoding="utf-8")
    models = run("evaluate", files[0], "--serving", other)[1]["serving"]["models"]
    assert models[NASTY[0]]["seconds_per_unit"] == 0.25
    assert models[NASTY[1]]["seconds_per_unit"] is None
    (tmp_path / "models.csv").write_text("model,seconds_per_unit\na,fast\n", encoding="utf-8")
    assert run("evaluate", files[0])[1]["problems"][0]["value"] == "fast"


def test_an_invalid_file_of_workers_is_reported_at_the_start(files, monkeypatch, tmp_path) -> None:
    (tmp_path / "models.csv").write_text("model,seconds_per_unit\na,-4\n", encoding="utf-8")
    said = " ".join(words(m) for m in Page(monkeypatch, *files).markup)
    assert "seconds_per_unit must be above 0, got '-4'" in said
    assert "row 1" in said
