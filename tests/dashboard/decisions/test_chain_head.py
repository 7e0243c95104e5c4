"""Tests that the head of the chain, stored in another file, reveals missing decisions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from dashboard.cli.main import main
from dashboard.decisions import register_file
from dashboard.decisions.chain_head import ChainHead, ChainHeadFile
from dashboard.decisions.register import Register
from metrics import ScoreError
from tests.dashboard.decided import DECISION, change_without_triggers, forge, record_decisions
from tests.metrics.opening import error_of


@pytest.fixture
def register(path, head_file):
    """Register of three decisions."""
    return record_decisions(path, 3, head_file)


def execute(path, query, *values):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def numbers_in(path):
    return [number for (number,) in execute(path, "SELECT number FROM decisions ORDER BY number")]


def codes(register):
    return [(problem.code, problem.row) for problem in register.read().problems]


def test_the_head_is_stored_elsewhere(register, head_file):
    assert register.read().has_stored_head
    assert head_file.read() == ChainHead(3, register.all()[-1].hash, str(register.path))


def test_reading_a_register_stores_its_missing_head(register, path, tmp_path):
    other = ChainHeadFile(tmp_path / "other", path)
    assert other.read() is None
    assert Register(path, other).read().has_stored_head
    assert other.read() == ChainHead(3, register.all()[-1].hash, str(path))


def test_a_deleted_register_is_not_started_again(register, path):
    path.unlink()
    assert codes(register) == [("E_HEAD", None)]
    for act in (register.all, lambda: register.append(DECISION, "key 3")):
        with pytest.raises(ScoreError, match=r"must be where it was, got none, though 3 decisions"):
            act()
    assert not path.exists()


@pytest.mark.parametrize("left", [2, 0])
def test_a_shortened_register_is_reported_and_refuses_new_decisions(register, path, left):
    change_without_triggers(path, f"DELETE FROM decisions WHERE number > {left}")
    # Without the stored end, nothing proves the beginning.
    assert register.read().decisions == ()
    assert codes(register) == [("E_HEAD", None), ("E_CHAIN", None)][: 2 if left else 1]
    with pytest.raises(ScoreError, match="must hold decision 3 as it was recorded"):
        register.append(DECISION, "key 3")
    assert numbers_in(path) == list(range(1, left + 1))


def test_another_end_of_the_same_length_is_reported(register, path, tmp_path):
    other = Register(tmp_path / "other.sqlite")
    for k in range(3):
        other.append(replace(DECISION, why=f"rewritten {k}"), f"key {k}")
    other.path.replace(path)
    assert codes(register) == [("E_HEAD", None), ("E_CHAIN", None)]
    assert register.read().decisions == ()
    assert error_of(register.append, DECISION, "key 3").code == "E_HEAD"


def test_a_changed_row_is_not_shown_as_recorded(register, path):
    assert len(register.all()) == 3
    text = "replace(entry, 'reason 1', 'reason 9')"
    change_without_triggers(path, f"UPDATE decisions SET entry = {text} WHERE number = 2")
    # Row 3 is linked to the end. Row 2 had the hash of row 1.
    assert [one.number for one in register.read().decisions] == [3]
    assert codes(register) == [("E_CHAIN", 2), ("E_CHAIN", None)]


@pytest.mark.parametrize("cached", [True, False])
def test_only_genuine_rows_are_shown(register, path, head_file, cached):
    if cached:
        register.read()
    forge(path, 2, why="something nobody said")
    reading = (register if cached else Register(path, head_file)).read()
    assert [(one.number, one.decision.why) for one in reading.decisions] == [(3, "reason 2")]
    assert codes(register) == [("E_CHAIN", 3), ("E_CHAIN", None)]
    assert "got 2 decisions without a link" in reading.problems[-1].message


def test_no_row_of_a_completely_forged_chain_is_shown(register, path):
    before = forge(path, 2, why="something nobody said")
    forge(path, 3, previous=before, why="something nobody said")
    assert register.read().decisions == ()
    assert codes(register) == [("E_HEAD", None), ("E_CHAIN", None)]


def test_rows_appended_after_the_stored_head_are_shown(register, path, head_file):
    """A server that is killed between writing the row and its head leaves such a row."""
    Register(path).append(replace(DECISION, why="the last words"), "key 3")
    reading = Register(path, head_file).read()
    assert [one.number for one in reading.decisions] == [1, 2, 3, 4]
    assert reading.problems == ()


def test_a_damaged_log_is_reported_and_refuses_new_decisions(register, path):
    """SQLite silently ignores parts of its log with a wrong checksum."""
    before, log = path.read_bytes(), path.with_name(f"{path.name}-wal")
    held = sqlite3.connect(path)
    held.execute("SELECT count(*) FROM decisions").fetchone()
    register.append(replace(DECISION, why="in the log"), "key 3")
    damaged = bytearray(log.read_bytes())
    held.close()
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(before)
    log.write_bytes(damaged)
    assert codes(register)[0] == ("E_HEAD", None)
    with pytest.raises(ScoreError, match="keep them: they may hold decisions that no copy has"):
        register.append(DECISION, "key 4")


def test_nothing_is_appended_to_a_chain_with_a_forged_row(register, path):
    forge(path, 2, why="something nobody said")
    assert error_of(register.append, DECISION, "key 3").code == "E_CHAIN"
    assert numbers_in(path) == [1, 2, 3]


def test_rows_are_checked_again_only_after_a_write(register, path, monkeypatch):
    """Results of checks are cached, but an append by another server is noticed."""
    before = register.read()
    again = Register(path, None).append(replace(DECISION, why="by another server"), "theirs")
    after = register.read()
    assert after.decisions[:3] == before.decisions
    assert all(a is b for a, b in zip(after.decisions, before.decisions, strict=False))
    assert after.decisions[3].hash == again.hash
    monkeypatch.setattr(register_file, "SETTLED_SECONDS", 0.0)  # the last write is old
    register.read()
    monkeypatch.setattr(sqlite3, "connect", None)  # no file is opened again
    assert register.read().decisions == after.decisions


def test_the_later_head_of_two_servers_is_stored(register, head_file):
    head = head_file.read()
    assert head_file.store(1, "0" * 64)
    assert head_file.read() == head


def test_an_unreadable_stored_head_is_reported(register, head_file, tmp_path):
    [place] = (tmp_path / "state").glob("*.json")
    place.write_text("{}")
    assert codes(register) == [("E_HEAD", None)]
    with pytest.raises(ScoreError, match="must be readable"):
        register.append(DECISION, "key 3")


def test_a_decision_is_recorded_though_its_head_cannot_be_stored(path, tmp_path):
    (tmp_path / "state").write_text("no folder")
    register = Register(path, ChainHeadFile(tmp_path / "state" / "heads", path))
    assert register.append(DECISION, "key").number == 1
    assert not register.read().has_stored_head
    (tmp_path / "state").unlink()
    assert register.read().has_stored_head
    assert not Register(path).read().has_stored_head


def test_the_verify_command_accepts_a_register_that_is_gone_and_no_damaged_one(
    register, path, tmp_path, monkeypatch, run
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    heads = tmp_path / "home" / "common-ground" / "heads"
    served = Register(path, ChainHeadFile(heads, path))
    served.read()
    change_without_triggers(path, "DELETE FROM decisions WHERE number = 3")
    execute(path, "DROP TRIGGER no_delete")
    # The command checks the stored head and the missing trigger.
    status, output = run("verify", path)
    assert status == 2
    assert {problem["code"] for problem in output["problems"]} == {"E_HEAD", "E_SCHEMA"}
    assert main(["verify", str(path), "--accept"]) == 2
    assert codes(served) == [("E_HEAD", None), ("E_CHAIN", None)]
    path.unlink()
    assert main(["verify", str(path)]) == 2
    assert main(["verify", str(path), "--accept"]) == 0
    assert served.append(DECISION, "anew").number == 1
    assert main(["verify", str(path)]) == 0
