"""Tests of the Decisions page: decisions found, compared, and reported as changed or without their data."""

from __future__ import annotations

import re
from dataclasses import replace

from dashboard.decisions.decision import Spot
from dashboard.decisions.register import Register
from tests.dashboard.decided import DECISION, change_without_triggers, record_decisions
from tests.dashboard.pages import FOUR, Page, page_text, words
from tests.dashboard.record_dialog import AT_POINT, NAMES, fill_dialog


def test_decisions_are_listed_found_and_compared(open_with_register, register_file):
    page = fill_dialog(open_with_register(link=AT_POINT), "the first reason")
    page.press("record_now").press("record_close")
    fill_dialog(page, "the second reason")
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
    open_with_register, register_file, folder, tmp_path, monkeypatch
):
    fill_dialog(open_with_register(link=AT_POINT)).press("record_now")
    other = tmp_path / "other" / "four.csv"
    other.parent.mkdir()
    FOUR.write(other)
    other.write_text(other.read_text().replace("u0,", "x0,", 1))
    for file, said in (
        (other, "Its data has changed"),
        (folder / "one.csv", "Its data is not here"),
    ):
        listed = Page(monkeypatch, str(file), "--register", str(register_file)).turn("decisions")
        assert said in listed.notices
        assert "cheapest" in page_text(listed)


def test_an_empty_register_says_how_to_fill_it_and_a_damaged_one_is_reported(
    open_with_register, register_file
):
    listed = open_with_register().turn("decisions")
    assert "No decision yet" in page_text(listed)
    register_file.write_bytes(b"not a database" * 1000)
    assert "the register must be readable" in page_text(listed.run())


def test_a_changed_row_is_reported_and_not_shown(open_with_register, register_file):
    record_decisions(register_file, 3)
    page = open_with_register().turn("decisions")
    entry = "replace(entry, 'reason 1', 'reason 9')"
    change_without_triggers(register_file, f"UPDATE decisions SET entry = {entry} WHERE number = 2")
    text = page_text(page.run())
    assert "This is not all as it was recorded." in text
    assert "Row 2: a row's hash must be that of its text" in text
    assert "reason 2" in text
    assert "reason 9" not in text
    assert "every decision is as it was recorded" not in text


def test_long_texts_are_collapsed(open_with_register, register_file):
    name = "n" * 40_000  # an earlier version allowed this
    chosen = Spot(name, 0.31, f"{name} at 0.31")
    long = replace(DECISION, chosen=chosen, why="w" * 2_000, objections="o" * 2_000)
    Register(register_file).append(long, "key")
    listed = open_with_register().turn("decisions")
    at_once = re.sub(r"<details.*?</details>", "", " ".join(listed.markup))
    assert max(map(len, re.findall(r"n+|w+|o+", at_once))) == 300
    folded = re.findall(
        r"<details><summary>Details</summary>(.*?)</details>", " ".join(listed.markup)
    )
    assert folded == ["w" * 2_000, "o" * 2_000]
