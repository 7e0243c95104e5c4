"""Tests of links and files that cannot be shown: the page says why, and offers a remedy."""

from __future__ import annotations

from tests.dashboard.pages import Page
from tests.dashboard.tables import NASTY


def test_a_link_with_an_unknown_model_says_what_to_do(open_without_intervals):
    page = open_without_intervals(today="0.5@nobody")
    assert page.app.title[0].value == "This link names a model that these files do not have"
    assert "“nobody” is to be today’s system" in page.refusals
    assert all(model in page.refusals for model in NASTY)
    assert "[today]" not in page.refusals
    first, second = page.app.button
    assert (first.label, first.proto.type) == ("Compare with shipping everything", "primary")
    assert (second.label, second.proto.type) == ("Back to the scenario as opened", "secondary")
    page.press("reset_refused")
    assert page.app.title == []
    assert "today" not in page.link
    assert page.figure("product") == open_without_intervals().figure("product")


def test_a_scenario_with_an_unknown_model_offers_a_remedy(folder, monkeypatch):
    scenario = folder / "today.toml"
    scenario.write_text('[today]\nmodel = "nobody"\nthreshold = 0.5\n')
    page = Page(monkeypatch, str(folder / "four.csv"), "--scenario", str(scenario))
    assert page.app.title[0].value == "The scenario names a model that these files do not have"
    # The file was opened with this choice, so there is no change to undo.
    assert [button.label for button in page.app.button] == ["Compare with shipping everything"]
    page.press("no_today")
    assert page.beside[1] == "No checks"


def test_data_that_was_not_opened_is_reported_as_missing(open_without_intervals):
    page = open_without_intervals(data="sha256:" + "0" * 64)
    assert "not here" in page.app.title[0].value
    assert "has not seen" in page.notices
    # The page says what to do.
    assert len(page.app.get("file_uploader")) == 1
    assert page.app.button(key="own").label == "four"
    page.press("own")
    assert page.figure("data") == open_without_intervals().figure("data")
    assert len(page.app.title) == 0


def test_rows_refused_during_counting_are_reported_on_both_pages(open_data_page, folder):
    (folder / "spoilt.csv").write_text("id,label,a\nu1,1,93.1\nu2,0,4\n")
    page = open_data_page("spoilt")
    assert "got 93.1 (spoilt.csv, row 1, column a)" in page.refusals
    assert str(folder) not in "".join(page.markup)
    assert len(page.app.get("file_uploader")) == 1
    assert not any("cg-facts-table" in text for text in page.markup)
