"""Tests that only people with a role record a decision."""

from __future__ import annotations

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.parser import UsageError
from dashboard.decisions.register import Register
from tests.dashboard.pages import page_text
from tests.dashboard.signed_in.acts import ANA, OPS, PEOPLE


def test_a_reader_without_a_role_records_nothing(visit, tmp_path):
    for who in ("eve@example.com", OPS, ""):
        page = visit(who)
        assert page.app.button(key="record_open").label == "Report"
        page.press("record_open")
        assert "not propose a decision" in page.notices
        assert "record_now" not in [button.key for button in page.app.button]
    assert not (tmp_path / "decisions.sqlite").exists()


def test_a_role_removed_before_recording_records_nothing(visit, people_file, tmp_path):
    page = visit(ANA)
    assert page.app.button(key="record_open").label == "Propose"
    page.press("record_open").set("text_area", "why", "cheapest")
    people_file.write_text(PEOPLE.replace("ana@", "eve@"))
    page.press("record_now")
    assert "not propose a decision" in page.notices
    assert not (tmp_path / "decisions.sqlite").exists()
    people_file.write_text(PEOPLE)
    page.run().press("record_now")
    assert "Proposed as number 1" in page_text(page)
    assert len(Register(tmp_path / "decisions.sqlite").all()) == 1


def test_an_unreadable_people_file_is_the_reason_shown_to_all(visit, people_file, caplog):
    page = visit(ANA)
    people_file.write_text('executives = ["cleo@example.com"]')
    page.press("record_open")
    assert "cannot read its people file" in page.notices
    assert "you sign for no stakeholder" not in page.notices
    assert "executives must be one of" in caplog.text


def test_the_page_without_decisions_names_the_button_and_the_person(visit):
    page = visit(ANA).turn("decisions")
    assert "press Propose there" in page_text(page)
    assert f"You are signed in as {ANA}." in page_text(page)


def test_a_people_file_needs_sign_in(people_file):
    with pytest.raises(UsageError, match="name --identity-header"):
        app_options(["--people", str(people_file)])
