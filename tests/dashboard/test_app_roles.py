"""Tests of what people may do on a server on which they sign in."""

from __future__ import annotations

import pytest

from dashboard.arguments import UsageError, app_options
from dashboard.data.library import Library
from dashboard.data.uploads.store import UploadStore
from dashboard.decisions.register import Register
from dashboard.server.health import look
from dashboard.session import session
from tests.dashboard.pages import Page
from tests.dashboard.tables import made
from tests.dashboard.uploaded import keep
from tests.dashboard.views.test_record_dialog import say_all, shown

PEOPLE = """
data_scientist = ["ana@example.com"]
administrators = ["ops@example.com"]
"""


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(PEOPLE)
    return path


@pytest.fixture
def options(tmp_path, people):
    """Command line of a server with sign-in, without its score file."""
    secret = tmp_path / "secret"
    secret.touch(0o600)
    secret.write_text("5e" * 32)
    return [
        *("--identity-header", "X-Forwarded-Email", "--identity-secret-file", str(secret)),
        *("--people", str(people), "--library", str(tmp_path / "library")),
        *("--register", str(tmp_path / "decisions.sqlite"), "--keep-days", "36500"),
    ]


@pytest.fixture
def visit(folder, options, monkeypatch):
    """Open the app as a person who is signed in."""

    def start(who: str, **link: str) -> Page:
        monkeypatch.setattr(session, "signed_in", lambda: who)
        return Page(monkeypatch, str(folder / "four.csv"), *options, link=link)

    return start


def test_a_reader_without_a_role_records_nothing(visit, tmp_path):
    for who in ("eve@example.com", "ops@example.com", ""):
        page = visit(who)
        assert page.app.button(key="record_open").label == "Report"
        page.press("record_open")
        assert "not record a decision" in page.notices
        assert "record_now" not in [button.key for button in page.app.button]
    assert not (tmp_path / "decisions.sqlite").exists()


def test_a_role_that_is_taken_away_before_record_is_pressed_records_nothing(
    visit, people, tmp_path
):
    page = say_all(visit("ana@example.com"))
    people.write_text(PEOPLE.replace("ana", "ben"))
    page.press("record_now")
    assert "not record a decision" in page.notices
    assert not (tmp_path / "decisions.sqlite").exists()
    people.write_text(PEOPLE)
    page.run().press("record_now")
    assert "Recorded as number 1" in shown(page)
    assert len(Register(tmp_path / "decisions.sqlite").all()) == 1


def test_administrators_alone_delete_the_upload_of_another(visit, people, tmp_path):
    store = Library(UploadStore(tmp_path / "library", keep_days=36_500), max_thresholds=4096)
    path = made(rows=300, seed=9).write(tmp_path / "of eve.csv")
    own = keep(store, path, tmp_path / "own").fingerprint
    page = visit("ana@example.com", data=own).turn("data")
    assert f"delete_{own}" not in [button.key for button in page.app.button]
    page = visit("ops@example.com", data=own).turn("data")
    people.write_text("")
    page.press(f"delete_{own}")
    assert store.find(own) is not None
    people.write_text(PEOPLE)
    visit("ops@example.com", data=own).turn("data").press(f"delete_{own}")
    assert store.find(own) is None


def test_a_people_file_that_cannot_be_read_is_told_by_the_health_check(options, people, folder):
    given = [str(folder / "four.csv"), *options]
    assert look(given, lambda _: None) == []
    people.unlink()
    assert look(given, lambda _: None) == ["The people file cannot be read: nobody may sign."]


def test_a_people_file_needs_people_who_sign_in(people):
    with pytest.raises(UsageError, match="name --identity-header"):
        app_options(["--people", str(people)])
