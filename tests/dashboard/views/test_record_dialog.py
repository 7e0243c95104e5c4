"""Tests of recording, finding and reopening a decision, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl

import pytest

from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.decisions.decision import Spot
from dashboard.decisions.rate_limit import RateLimit
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from dashboard.safe_text import one_way
from dashboard.server import server_resources
from dashboard.session.choices import Choices
from dashboard.session.url import from_query, to_query
from metrics import scenario_from
from metrics.tally.file import archive
from tests.dashboard.decided import DECISION, change_without_triggers
from tests.dashboard.hostile import HOSTILE
from tests.dashboard.pages import FOUR, POINT, STAKEHOLDERS, Page, page_text, words

NAMES = {"data": "Ada", "product": HOSTILE[0], "executive": HOSTILE[8]}
SCENARIO = """
miss_cost = 4
defect_rate = 0.05
units_per_year = 100_000
[payoff]
ship_good = 2.0
ship_defect = -9.0
[limits]
recall = 0.3
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.sqlite"


@pytest.fixture
def open_with_register(folder, monkeypatch, path, tmp_path):
    (tmp_path / "s.toml").write_text(SCENARIO)

    def start(*arguments: str, link=None) -> Page:
        given = arguments or ("--scenario", str(tmp_path / "s.toml"))
        where = ["--register", str(path)]
        return Page(monkeypatch, str(folder / "four.csv"), *where, *given, link=link)

    return start


def at_point():
    return to_query(Choices(point=POINT, seed=7))


def say_all(page: Page, why: str = "cheapest", *, one_by_one: bool = False) -> Page:
    """Fill in the dialog. Fields that exist at first are set in one step, as a browser may do."""
    page.press("record_open")
    for stakeholder in STAKEHOLDERS:
        page.app.text_input(key=f"who_{stakeholder}").set_value(NAMES[stakeholder])
        verdict = "objects" if stakeholder == "product" else "agrees"
        page.app.button_group(key=f"says_{stakeholder}").set_value(verdict)
        if one_by_one:
            page.run()
    page.app.text_area(key="why").set_value(why)
    page.run()
    return page.set("text_area", "words_product", "night shift")


def test_a_record_has_the_figures_of_the_page(open_with_register, path):
    page = say_all(open_with_register(link=at_point()), one_by_one=True)
    figures = [page.figure(stakeholder) for stakeholder in STAKEHOLDERS]
    page.press("record_now")
    [one] = Register(path).all()
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
    open_with_register, path, monkeypatch
):
    monkeypatch.setattr(archive, "MAX_BYTES", 1)
    without = say_all(open_with_register(link=at_point())).press("record_now")
    assert "too large to be kept with it" in page_text(without)
    [one] = Register(path).all()
    assert one.decision.tally is None


def test_missing_fields_are_asked_for_and_nothing_is_recorded(open_with_register, path):
    page = open_with_register().press("record_open").press("record_now")
    assert "Still missing: who the data scientist is" in page.notices
    page = say_all(page, why="")
    page.press("record_now")
    assert "Still missing: why." in page.notices
    page.set("text_area", "words_product", " ").press("record_now")
    assert "the objection of the product manager" in page.notices
    assert not path.exists()


def test_invisible_names_cannot_sign_and_longer_texts_than_can_be_typed_are_cut(
    open_with_register, path
):
    unseen = "\u200b\u3164\u2800\ufe0f\u0301\u2062\u202e"
    page = say_all(open_with_register(), why=unseen).set("text_input", "who_data", unseen)
    page.set("text_area", "words_product", unseen).press("record_now")
    missing = "who the data scientist is, the objection of the product manager, why."
    assert f"Still missing: {missing}" in page.notices
    assert not path.exists()
    page.press("record_close")
    say_all(page, why="w" * 2_001).press("record_now")
    [one] = Register(path).all()
    assert one.decision.why == "w" * 2_000


def test_returning_from_another_page_loses_nothing_and_pressing_twice_records_once(
    open_with_register, path
):
    page = open_with_register().press("record_open").set("text_input", "who_data", "Ada")
    page.turn("models").turn("decide")
    assert not [box for box in page.app.text_input if box.key == "who_data"]
    page.press("record_open")
    assert page.app.text_input(key="who_data").value == "Ada"
    page.press("record_close")
    say_all(page).press("record_now")
    assert len(Register(path).all()) == 1
    page.press("record_close").press("record_open")
    assert page.app.text_input(key="who_data").value == ""  # another decision
    assert len(Register(path).all()) == 1


def test_typed_words_survive_a_failure_to_record(open_with_register, path):
    page = say_all(open_with_register())
    path.write_bytes(b"not a database" * 1000)
    page.press("record_now")
    assert "Nothing that was typed is lost" in page_text(page)
    assert page.app.text_input(key="who_data").value == "Ada"
    page.press("record_close").press("record_open")
    assert page.app.text_area(key="why").value == "cheapest"
    path.unlink()
    page.press("record_now")
    [one] = Register(path).all()
    assert one.decision.why == "cheapest"
    assert verify(path).problems == ()


def test_decisions_are_listed_found_and_compared(open_with_register, path):
    page = say_all(open_with_register(link=at_point()), "the first reason")
    page.press("record_now").press("record_close")
    say_all(page, "the second reason")
    page.set("selectbox", "supersedes", 1)
    page.press("record_now").press("record_close")
    listed = page.turn("decisions")
    text = page_text(listed)
    assert text.index("the second reason") < text.index("the first reason")
    assert "superseded by No. 2" in text
    assert NAMES["product"] in text
    assert "Its data is here, unchanged" in text
    listed.set("text_input", "decisions_text", "FIRST reason")
    assert "the second reason" not in page_text(listed)
    listed.set("text_input", "decisions_text", "nothing like that")
    assert "No decision is about all of that" in page_text(listed)
    listed.set("text_input", "decisions_text", "")
    listed.app.checkbox(key="beside_1").check().run()
    listed.app.checkbox(key="beside_2").check().run()
    [differs] = [m for m in listed.sound().markup if "cg-recorded" in m and ">What<" in m]
    assert "the first reason" in words(differs)
    assert "Fingerprint" not in words(differs)


def test_missing_or_changed_data_is_reported(
    open_with_register, path, folder, tmp_path, monkeypatch
):
    say_all(open_with_register(link=at_point())).press("record_now")
    other = tmp_path / "other" / "four.csv"
    other.parent.mkdir()
    FOUR.write(other)
    other.write_text(other.read_text().replace("u0,", "x0,", 1))
    for file, said in (
        (other, "Its data has changed"),
        (folder / "one.csv", "Its data is not here"),
    ):
        listed = Page(monkeypatch, str(file), "--register", str(path)).turn("decisions")
        assert said in listed.notices
        assert "cheapest" in page_text(listed)


def test_an_empty_register_says_how_to_fill_it_and_a_damaged_one_is_reported(
    open_with_register, path
):
    listed = open_with_register().turn("decisions")
    assert "No decision yet" in page_text(listed)
    path.write_bytes(b"not a database" * 1000)
    assert "the register must be readable" in page_text(listed.run())


def test_a_private_server_stores_no_decisions_and_says_so(open_page):
    page = open_page().press("record_open")
    assert "records no decision" in page.notices
    assert "keeps no decisions" in page_text(page.turn("decisions"))


def test_a_record_has_the_own_name_of_a_renamed_model_and_hidden_intervals(
    open_with_register, path
):
    choices = Choices(point=POINT, names=((POINT.model, "Camera v2"),), intervals=False)
    page = say_all(open_with_register(link=to_query(choices)))
    full = f"Camera v2 (own name {one_way(POINT.model)})"
    assert full in page_text(page)
    assert full not in str(page.facts)  # the page only shows the given name
    page.press("record_now")
    [one] = Register(path).all()
    d = one.decision
    assert d.chosen.words.startswith(f"{full} at ")
    assert d.chosen.model == POINT.model
    said = " ".join([*d.verdict, *(choice.words for choice in d.choices)])
    assert said.count("Camera v2") == said.count(full) > 0
    assert sum(f.low == f.low for f in d.figures) > 10
    link = from_query(dict(parse_qsl(d.query)))[0]
    assert (link.names, link.intervals) == (choices.names, False)


@pytest.fixture
def listed(open_with_register, path):
    """Decisions page after three decisions."""
    for k in range(3):
        Register(path).append(replace(DECISION, why=f"reason {k}."), f"key {k}")
    return open_with_register().turn("decisions")


def test_a_changed_row_is_reported_and_not_shown(listed, path):
    text = "replace(entry, 'reason 1.', 'reason 9.')"
    change_without_triggers(path, f"UPDATE decisions SET entry = {text} WHERE number = 2")
    text = page_text(listed.run())
    assert "This is not all as it was recorded." in text
    assert "Row 2: a row's hash must be that of its text" in text
    assert "reason 2." in text
    assert "reason 9." not in text
    assert "every decision is as it was recorded" not in text


def test_long_texts_are_collapsed(open_with_register, path):
    name = "n" * 40_000  # an earlier version allowed this
    chosen = Spot(name, 0.31, f"{name} at 0.31")
    long = replace(DECISION, chosen=chosen, why="w" * 2_000, objections="o" * 2_000)
    Register(path).append(long, "key")
    listed = open_with_register().turn("decisions")
    at_once = re.sub(r"<details.*?</details>", "", " ".join(listed.markup))
    assert max(map(len, re.findall(r"n+|w+|o+", at_once))) == 300
    folded = re.findall(
        r"<details><summary>Details</summary>(.*?)</details>", " ".join(listed.markup)
    )
    assert folded == ["w" * 2_000, "o" * 2_000]


def test_the_number_of_records_of_a_reader_is_limited(open_with_register, path, monkeypatch):
    monkeypatch.setattr(server_resources, "RateLimit", partial(RateLimit, by_one=1))
    page = open_with_register(link=at_point())
    say_all(page, "reason 0").press("record_now").press("record_close")
    say_all(page, "reason 1").press("record_now")
    assert "at most 1 a minute by one reader" in page_text(page)
    assert len(Register(path).all()) == 1
    assert page.app.text_area(key="why").value == "reason 1"
