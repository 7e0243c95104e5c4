"""Tests of the serving panel and its inputs, against the command line's figures, and of its links."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.session.url import from_query
from dashboard.words.numbers.amounts import SPACE, money
from metrics.scenario.serving_cost import cost_of_serving
from tests.dashboard.pages import FOUR, Page, page_text, words
from tests.dashboard.served import SCENARIO, write_served
from tests.dashboard.tables import NASTY


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    return write_served(tmp_path)


def panel_text(page: Page) -> str:
    return next((words(m) for m in page.markup if "cg-serving" in m), "")


def test_without_a_load_the_page_asks_for_it_and_without_times_there_is_no_panel(
    arguments, monkeypatch, tmp_path
) -> None:
    page = Page(monkeypatch, arguments[0], link={"intervals": "off"}, at="models")
    assert panel_text(page) == ""
    said = page_text(page)
    assert "The scoring time of 3 models is known. Enter the requests an hour" in said
    (tmp_path / "alone").mkdir()
    path = FOUR.write(tmp_path / "alone" / "scores.csv")
    page = Page(monkeypatch, path, link={"intervals": "off"}, at="models")
    assert "requests an hour" not in page_text(page)


def test_a_typed_load_is_used_and_is_in_the_link(arguments, monkeypatch) -> None:
    page = Page(monkeypatch, *arguments, link={"intervals": "off"}, at="models")
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
    assert cost.replace(SPACE, " ") in panel_text(page).replace(SPACE, " ")
    again = Page(monkeypatch, *arguments, link=page.link, at="models")
    assert panel_text(again) == panel_text(page)
    page.turn("decide").press("reset_scenario")
    assert "serve" not in page.link
    assert "times" not in page.link


def test_a_stakeholder_and_a_limit_can_be_about_serving(arguments, monkeypatch) -> None:
    page = Page(monkeypatch, *arguments, link={"intervals": "off"}, at="models")
    page.turn("decide").set("selectbox", "objective_executive", "serving_cost")
    cost = cost_of_serving(SCENARIO, NASTY[0]).cost_a_year
    assert money(cost, "EUR").replace(SPACE, " ") in page.card("executive").replace(SPACE, " ")
    page.turn("models")
    page.set("selectbox", "limit_add", "scoring_time")
    page.set("number_input", "limit_scoring_time", 100.0)
    said = panel_text(page)
    for model in NASTY[1:3]:
        assert "missed" in said[said.index(model) :]
    assert "scoring_time:100.0" in page.link["limits"]


def test_an_invalid_file_of_workers_is_reported_at_the_start(
    arguments, monkeypatch, tmp_path
) -> None:
    (tmp_path / "models.csv").write_text("model,seconds_per_unit\na,-4\n", encoding="utf-8")
    said = " ".join(words(m) for m in Page(monkeypatch, *arguments).markup)
    assert "seconds_per_unit must be above 0, got '-4'" in said
    assert "row 1" in said
