"""Tests that the audit log has one line for each act with its person, and no typed text."""

from __future__ import annotations

import json
import logging
import stat

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.parser import UsageError
from dashboard.decisions.identity import Person
from dashboard.decisions.register import Register
from dashboard.server import audit
from dashboard.session import session
from tests.dashboard.pages import Page


@pytest.fixture
def begun(tmp_path):
    """Function that begins an audit log; its changes are undone afterwards."""
    yield lambda *arguments: audit.begin(["--audit-log", *arguments])
    for handler in [*audit.LOG.handlers]:
        audit.LOG.removeHandler(handler)
        handler.close()
    audit.LOG.setLevel(logging.NOTSET)
    audit.LOG.propagate = True


def test_each_act_is_a_line_with_its_person_and_without_typed_text(
    begun, folder, monkeypatch, tmp_path
):
    path, register = tmp_path / "audit.jsonl", tmp_path / "decisions.sqlite"
    begun(str(path))
    monkeypatch.setattr(session, "visitor", lambda: Person("ana@example.com"))
    page = Page(monkeypatch, str(folder / "four.csv"), "--register", str(register))
    page.press("record_open").set("text_area", "why", "typed reason")
    for stakeholder in ("data", "product", "executive"):
        page.app.text_input(key=f"who_{stakeholder}").set_value("Typed Name")
        page.app.button_group(key=f"says_{stakeholder}").set_value("agrees")
    page.run().press("record_now")
    text = path.read_text()
    opened, recorded = map(json.loads, text.splitlines())
    [one] = Register(register).all()
    assert (opened["act"], opened["data"]) == ("opened", one.decision.data.fingerprint)
    assert (recorded["act"], recorded["number"], recorded["hash"]) == ("recorded", 1, one.hash)
    assert {line["identity"] for line in (opened, recorded)} == {"ana@example.com"}
    assert len({line["session"] for line in (opened, recorded)}) == 1
    assert "ped" not in text.replace("opened", "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_moved_log_is_started_again(begun, tmp_path):
    path = tmp_path / "audit.jsonl"
    begun(str(path))
    actor = audit.Actor("ana", "5e")
    actor.log("exported", file="decision-1.json")
    path.rename(tmp_path / "audit.1")
    actor.log("deleted", data="sha256:0")
    [line] = path.read_text().splitlines()
    assert json.loads(line) | {"at": ""} == {
        "at": "", "act": "deleted", "identity": "ana", "session": "5e", "data": "sha256:0",
    }  # fmt: skip


def test_lines_to_standard_output_are_never_dropped(begun, capsys):
    begun("-")
    for number in range(100):
        audit.Actor("", "5e").log("recorded", number=number)
    said = [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()]
    assert said == list(range(100))


def test_without_the_option_there_is_no_audit_log(capsys):
    audit.begin([])
    audit.Actor("", "5e").log("recorded", number=1)
    assert audit.LOG.handlers == []
    assert capsys.readouterr() == ("", "")


def test_a_log_that_cannot_be_written_is_refused_at_the_start(tmp_path):
    with pytest.raises(UsageError, match="must be a file that can be written"):
        app_options(["--audit-log", str(tmp_path)])
