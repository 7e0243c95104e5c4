"""Tests of recording, finding and reopening a decision, without a browser."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl

import pytest

from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from dashboard.safe_text import one_way
from dashboard.server import server_resources
from dashboard.session.choices import Choices
from dashboard.session.url import from_query, to_query
from metrics import scenario_from
from metrics.tally.file import archive
from tests.dashboard.pages import FOUR, POINT, STAKEHOLDERS, page_text
from tests.dashboard.record_dialog import AT_POINT, NAMES, fill_dialog


def test_a_record_has_the_figures_of_the_page(open_with_register, register_file):
    page = fill_dialog(open_with_register(link=AT_POINT).with_intervals(), one_by_one=True)
    figures = [page.figure(stakeholder) for stakeholder in STAKEHOLDERS]
    page.press("record_now")
    [one] = Register(register_file).all()
    assert "Recorded as number 1" in page_text(page)
    assert "too large to be kept" not in page_text(page)
    assert one.hash in page_text(page)
    d = one.decision
    assert d.tally is not None
    assert (d.chosen.model, d.chosen.threshold) == (POINT.model, POINT.threshold)
    assert [" ".join(stakeholder.chosen.text.split()) for stakeholder in d.stakeholders] == figures
    scenario = scenario_from(d.scenario)
    for figure in d.figures:
        expected = FOUR.value(figure.id, POINT.model, POINT.threshold, scenario)
        assert figure.value == pytest.approx(expected, rel=1e-9, nan_ok=True), figure.id
    assert d.counts == FOUR.counts(POINT.model, POINT.threshold)
    assert (d.seed, d.why, d.stakeholders[1].words) == (7, "cheapest", "night shift")
    assert [(stakeholder.name, stakeholder.verdict) for stakeholder in d.stakeholders] == [
        (NAMES["data"], "agrees"), (NAMES["product"], "objects"), (NAMES["executive"], "agrees"),
    ]  # fmt: skip
    assert all(f.low <= f.high for f in d.figures if f.low == f.low)
    assert sum(f.low == f.low for f in d.figures) > 10
    assert d.data.rows == len(FOUR.labels)
    assert one.is_sealed(read_or_create_seal_key())
    assert d.data.files == ("four.csv",)
    assert "/" not in d.data.title


def test_the_dialog_says_that_the_counts_are_too_large_to_store(
    open_with_register, register_file, monkeypatch
):
    monkeypatch.setattr(archive, "MAX_BYTES", 1)
    without = fill_dialog(open_with_register(link=AT_POINT)).press("record_now")
    assert "too large to be kept with it" in page_text(without)
    [one] = Register(register_file).all()
    assert one.decision.tally is None


def test_missing_fields_are_asked_for_and_nothing_is_recorded(open_with_register, register_file):
    page = open_with_register().press("record_open").press("record_now")
    assert "Still missing: who the data scientist is" in page.notices
    page = fill_dialog(page, why="")
    page.press("record_now")
    assert "Still missing: why." in page.notices
    page.set("text_area", "words_product", " ").press("record_now")
    assert "the objection of the product manager" in page.notices
    assert not register_file.exists()


def test_invisible_names_cannot_sign_and_longer_texts_than_can_be_typed_are_cut(
    open_with_register, register_file
):
    unseen = "\u200b\u3164\u2800\ufe0f\u0301\u2062\u202e"
    page = fill_dialog(open_with_register(), why=unseen).set("text_input", "who_data", unseen)
    page.set("text_area", "words_product", unseen).press("record_now")
    missing = "who the data scientist is, the objection of the product manager, why."
    assert f"Still missing: {missing}" in page.notices
    assert not register_file.exists()
    page.press("record_close")
    fill_dialog(page, why="w" * 2_001).press("record_now")
    [one] = Register(register_file).all()
    assert one.decision.why == "w" * 2_000


def test_returning_from_another_page_loses_nothing_and_pressing_twice_records_once(
    open_with_register, register_file
):
    page = open_with_register().press("record_open").set("text_input", "who_data", "Ada")
    page.turn("models").turn("decide")
    assert not [box for box in page.app.text_input if box.key == "who_data"]
    page.press("record_open")
    assert page.app.text_input(key="who_data").value == "Ada"
    page.press("record_close")
    fill_dialog(page).press("record_now")
    assert len(Register(register_file).all()) == 1
    page.press("record_close").press("record_open")
    assert page.app.text_input(key="who_data").value == ""  # another decision
    assert len(Register(register_file).all()) == 1


def test_typed_words_survive_a_failure_to_record(open_with_register, register_file):
    page = fill_dialog(open_with_register())
    register_file.write_bytes(b"not a database" * 1000)
    page.press("record_now")
    assert "Nothing that was typed is lost" in page_text(page)
    assert page.app.text_input(key="who_data").value == "Ada"
    page.press("record_close").press("record_open")
    assert page.app.text_area(key="why").value == "cheapest"
    register_file.unlink()
    page.press("record_now")
    [one] = Register(register_file).all()
    assert one.decision.why == "cheapest"
    assert verify(register_file).problems == ()


def test_a_private_server_stores_no_decisions_and_says_so(open_page):
    page = open_page().press("record_open")
    assert "records no decision" in page.notices
    assert "keeps no decisions" in page_text(page.turn("decisions"))


def test_a_record_has_the_own_name_of_a_renamed_model_and_hidden_intervals(
    open_with_register, register_file
):
    choices = Choices(point=POINT, names=((POINT.model, "Camera v2"),), intervals=False)
    page = fill_dialog(open_with_register(link=to_query(choices)))
    full = f"Camera v2 (own name {one_way(POINT.model)})"
    assert full in page_text(page)
    assert full not in str(page.facts)  # the page only shows the given name
    page.press("record_now")
    [one] = Register(register_file).all()
    d = one.decision
    assert d.chosen.words.startswith(f"{full} at ")
    assert d.chosen.model == POINT.model
    said = " ".join([*d.verdict, *(choice.words for choice in d.choices)])
    assert said.count("Camera v2") == said.count(full) > 0
    assert sum(f.low == f.low for f in d.figures) > 10
    link = from_query(dict(parse_qsl(d.query)))[0]
    assert (link.names, link.intervals) == (choices.names, False)


def test_the_number_of_records_of_a_reader_is_limited(
    open_with_register, register_file, monkeypatch
):
    monkeypatch.setattr(server_resources, "RateLimit", partial(RateLimit, by_one=1))
    page = open_with_register(link=AT_POINT)
    fill_dialog(page, "reason 0").press("record_now").press("record_close")
    fill_dialog(page, "reason 1").press("record_now")
    assert "at most 1 a minute by one reader" in page_text(page)
    assert len(Register(register_file).all()) == 1
    assert page.app.text_area(key="why").value == "reason 1"
