"""Tests that concurrent writers append each decision once to one chain, and never change it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.decisions.canonical_json import canonical, hash_of
from dashboard.decisions.entry import ORIGIN, hashed_content
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from metrics import ScoreError
from tests.dashboard.decided import DECISION, DECISIONS, record_decisions
from tests.metrics.opening import error_of

APPENDS = 40


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decisions=st.lists(DECISIONS, max_size=4))
def test_records_form_one_chain(tmp_path_factory, decisions):
    path = tmp_path_factory.mktemp("register") / "decisions.sqlite"
    register = Register(path)
    records = [register.append(decision, f"key {k}") for k, decision in enumerate(decisions)]
    assert register.all() == records
    before = ORIGIN
    for number, record in enumerate(records, 1):
        assert (record.number, record.previous) == (number, before)
        text = canonical(hashed_content(number, record.key, before, record.decision.as_dict()))
        before = hash_of(text)
        assert record.hash == before
    if records:
        assert verify(path).problems == ()
        assert verify(path).head == before


def test_a_repeated_attempt_is_recorded_once(tmp_path):
    register = Register(tmp_path / "r.sqlite")
    first = register.append(DECISION, "one attempt")
    again = register.append(replace(DECISION, at="2026-05-04T09:30:01.000000Z"), "one attempt")
    assert again.as_dict() == first.as_dict()
    assert len(register.all()) == 1


def test_a_changed_attempt_gets_the_result_of_the_first(tmp_path):
    register = Register(tmp_path / "r.sqlite")
    register.append(DECISION, "one attempt")
    with pytest.raises(ScoreError, match="number 1"):
        register.append(replace(DECISION, why="another"), "one attempt")
    assert len(register.all()) == 1


def test_a_decision_can_supersede_only_an_existing_one(tmp_path):
    register = Register(tmp_path / "r.sqlite")
    with pytest.raises(ScoreError, match="earlier"):
        register.append(replace(DECISION, supersedes=1), "a")
    register.append(DECISION, "b")
    assert register.append(replace(DECISION, supersedes=1), "c").decision.supersedes == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET hash = hash",
        "UPDATE decisions SET entry = '{}' WHERE number = 1",
        "DELETE FROM decisions WHERE number = 2",
        "DELETE FROM decisions",
        "INSERT OR REPLACE INTO decisions SELECT number, key, previous, hash, '{}' FROM decisions LIMIT 1",
        "INSERT OR REPLACE INTO decisions SELECT 3, key, hash, previous, '{}' FROM decisions "
        "WHERE number = 2",
        "INSERT INTO decisions SELECT 9, 'k', hash, printf('%064d', 1), '{}' FROM decisions WHERE number = 2",
        "INSERT INTO decisions SELECT 3, 'k', previous, printf('%064d', 1), '{}' FROM decisions "
        "WHERE number = 2",
        "REPLACE INTO decisions (number, key, previous, hash, entry) SELECT 3, 'key 0', hash, "
        "printf('%064d', 1), '{}' FROM decisions WHERE number = 2",
    ],
)
def test_records_cannot_be_changed(tmp_path, statement):
    register = record_decisions(tmp_path / "r.sqlite", 2)
    before = [record.as_dict() for record in register.all()]
    connection = sqlite3.connect(register.path)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|must follow"):
        connection.execute(statement)
    connection.rollback()
    connection.close()
    assert [record.as_dict() for record in register.all()] == before


def test_a_lone_surrogate_is_refused_before_writing(tmp_path):
    register = Register(tmp_path / "r.sqlite")
    with pytest.raises(ScoreError):
        register.append(replace(DECISION, why="\ud800"), "a")
    assert not register.path.exists()


def test_another_kind_of_file_stays_unchanged(tmp_path):
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    for act in (Register(path).all, lambda: Register(path).append(DECISION, "a")):
        with pytest.raises(ScoreError, match="file of decisions"):
            act()
    assert path.read_bytes() == before
    path.write_bytes(b"no database at all" * 100)
    assert error_of(lambda: Register(path).append(DECISION, "a")).code == "E_REGISTER"


def test_an_empty_register_lists_nothing(tmp_path):
    register = Register(tmp_path / "deep" / "r.sqlite")
    assert register.all() == []
    assert not register.path.exists()
    register.path.parent.mkdir()
    register.path.touch()
    assert register.all() == []
    register.append(DECISION, "a")
    assert len(register.all()) == 1


def test_a_replaced_file_is_read_again(tmp_path):
    register = record_decisions(tmp_path / "r.sqlite", 3)
    assert len(register.all()) == 3
    other = record_decisions(tmp_path / "other.sqlite", 5)
    Register(register.path).append(replace(DECISION, why="by another server"), "theirs")
    assert register.all()[-1].decision.why == "by another server"
    other.path.replace(register.path)
    assert [record.as_dict() for record in register.all()] == [
        one.as_dict() for one in Register(register.path).all()
    ]
    register.path.unlink()
    assert register.all() == []


# A new process, without the modules that the tests have imported.
APPENDER = """
import json, sys
from dataclasses import replace
from pathlib import Path
from dashboard.decisions.decision import Decision
from dashboard.decisions.register import Register

folder, who, appends = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
decision = Decision.read(json.loads((folder / "decision.json").read_text()))
print("ready", flush=True)
sys.stdin.readline()
register = Register(folder / "new" / "r.sqlite")
numbers = [register.append(replace(decision, why=who), f"{who}-{k}").number for k in range(appends)]
assert numbers == sorted(numbers)
"""


@pytest.mark.parametrize("processes", [3, pytest.param(16, marks=pytest.mark.slow)])
def test_many_processes_append_at_once(tmp_path, processes):
    (tmp_path / "decision.json").write_text(json.dumps(DECISION.as_dict()))
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, str(tmp_path), str(who), str(APPENDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for who in range(processes)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0] * processes
    path = tmp_path / "new" / "r.sqlite"
    keys = {record.key for record in Register(path).all()}
    assert keys == {f"{who}-{k}" for who in range(processes) for k in range(APPENDS)}
    verified = verify(path)
    assert (verified.decisions, verified.problems) == (processes * APPENDS, ())
