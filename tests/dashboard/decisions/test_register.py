"""Tests that concurrent writers append each decision once to one chain, and never change it."""

from __future__ import annotations

import json
import math
import random
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.data.folders import register_path
from dashboard.decisions import register_file
from dashboard.decisions.canonical_json import canonical, hash_of
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.decision import Decision
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.entry import ORIGIN, hashed_content
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from metrics import ScoreError
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from tests.dashboard.decided import DECISION, DECISIONS, recorded
from tests.metrics.opening import error_of
from tests.soak.register import small_disk

APPENDS = 40


@given(DECISIONS)
def test_a_decision_is_read_back_unchanged(decision):
    assert Decision.read(decision.as_dict()) == decision


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decisions=st.lists(DECISIONS, max_size=4))
def test_records_form_one_chain(tmp_path_factory, decisions):
    path = tmp_path_factory.mktemp("register") / "decisions.sqlite"
    register = Register(path)
    given = [register.append(decision, f"key {k}") for k, decision in enumerate(decisions)]
    assert register.all() == given
    before = ORIGIN
    for number, one in enumerate(given, 1):
        assert (one.number, one.previous) == (number, before)
        text = canonical(hashed_content(number, one.key, before, one.decision.as_dict()))
        before = hash_of(text)
        assert one.hash == before
    if given:
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
    register = recorded(tmp_path / "r.sqlite", 2)
    before = [one.as_dict() for one in register.all()]
    connection = sqlite3.connect(register.path)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|must follow"):
        connection.execute(statement)
    connection.rollback()
    connection.close()
    assert [one.as_dict() for one in register.all()] == before


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
    register = recorded(tmp_path / "r.sqlite", 3)
    assert len(register.all()) == 3
    other = recorded(tmp_path / "other.sqlite", 5)
    Register(register.path).append(replace(DECISION, why="by another server"), "theirs")
    assert register.all()[-1].decision.why == "by another server"
    other.path.replace(register.path)
    assert [one.as_dict() for one in register.all()] == [
        one.as_dict() for one in Register(register.path).all()
    ]
    register.path.unlink()
    assert register.all() == []


def test_an_unwritable_register_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    error = error_of(lambda: Register(tmp_path / "file" / "r.sqlite").append(DECISION, "a"))
    assert error.code == "E_REGISTER"
    assert error.hint


def test_a_full_disk_loses_no_decision(tmp_path, monkeypatch):
    """SQLite's limit on pages replaces a full disk; it fails at the same place with the same code."""
    register = recorded(tmp_path / "r.sqlite", 3)
    real = sqlite3.connect

    def full(*args, **kwargs):
        connection = real(*args, **kwargs)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    long = replace(DECISION, why="x" * 100_000)
    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(ScoreError, match="database or disk is full") as refused:
        register.append(long, "the same attempt")
    assert "room" in (refused.value.hint or "")
    assert len(register.all()) == 3
    monkeypatch.setattr(sqlite3, "connect", real)
    assert register.append(long, "the same attempt").number == 4
    assert verify(register.path).problems == ()


def test_the_default_location_is_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert register_path() == tmp_path / "common-ground" / "decisions.sqlite"


# A new process, without the modules that the tests have imported.
APPENDER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.decisions.register import Register
from tests.dashboard.decided import DECISION

folder, who, appends = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
register = Register(folder / "new" / "r.sqlite")
numbers = [register.append(replace(DECISION, why=who), f"{who}-{k}").number for k in range(appends)]
assert numbers == sorted(numbers)
"""


@pytest.mark.parametrize("processes", [3, pytest.param(16, marks=pytest.mark.slow)])
def test_many_processes_append_at_once(tmp_path, processes):
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
    keys = {one.key for one in Register(path).all()}
    assert keys == {f"{who}-{k}" for who in range(processes) for k in range(APPENDS)}
    found = verify(path)
    assert (found.decisions, found.problems) == (processes * APPENDS, ())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"figures": (replace(DECISION.figures[0], expected=80.5), *DECISION.figures[1:])},
        {"chosen": replace(DECISION.chosen, ship_below=0.25)},
    ],
)
def test_unknown_values_are_not_written(changes: dict[str, Any]) -> None:
    written = replace(DECISION, **changes).as_dict()
    assert Decision.read(json.loads(json.dumps(written))).as_dict() == written
    assert ("expected" in written["figures"][0]) == ("figures" in changes)
    assert ("ship_below" in written["chosen"]) == ("chosen" in changes)


@pytest.mark.parametrize("form", [0, 1, 7, 9, "8", 8.0, None])
def test_an_unknown_version_is_refused(form: object) -> None:
    with pytest.raises(ScoreError, match="a decision must be written in form 8, got"):
        Decision.read(DECISION.as_dict() | {"form": form})


def changed(written, path, value):
    """Serialised decision with another value at one path."""
    step, *rest = path
    whole = list(written) if isinstance(written, list) else dict(written)
    if isinstance(whole, dict) and not rest and value is ...:
        del whole[step]
    else:
        whole[step] = changed(whole[step], rest, value) if rest else value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "column", "found"),
    [
        (["data", "rows"], "many", "data.rows", "many"),
        (["data", "rows"], True, "data.rows", "True"),
        (["data", "rows"], 40.5, "data.rows", "40.5"),
        (["data", "models"], "boosting", "data.models", "boosting"),
        (["data", "colour"], "red", "data.colour", "red"),
        (["verdict"], "All three pick boosting.", "verdict", "All three pick boosting."),
        (["verdict", 0], 7, "verdict.0", "7"),
        (["seed"], "0", "seed", "0"),
        (["why"], None, "why", None),
        (["why"], ..., "why", None),
        (["scenario"], [], "scenario", "[]"),
        (["counts", "tp"], "31", "counts.tp", "31"),
        (["chosen", "threshold"], "0.31", "chosen.threshold", "0.31"),
        (["chosen", "threshold"], True, "chosen.threshold", "True"),
        (["seats", 1, "verdict"], "perhaps", "seats.1.verdict", "perhaps"),
        (["seats", 1, "own", "low"], "less", "seats.1.own.low", "less"),
        (["seats", 1, "seat"], ..., "seats.1.seat", None),
        (["seats", 1, "stakeholder"], "data", "seats.1.stakeholder", "data"),
        (["stakeholders"], [], "stakeholders", "[]"),
        (["form"], True, None, "True"),
        (["unsettled"], "recall", "unsettled", "recall"),
        (["unsettled"], [3], "unsettled.0", "3"),
        (["unit_notes"], [{"unit": "a"}], "unit_notes.0.words", None),
        (["certificate"], "certified", "certificate", "certified"),
        (["missed"], "often", "missed", "often"),
    ],
)
def test_an_invalid_field_is_refused_with_its_place(path, value, column, found):
    error = error_of(lambda: Decision.read(changed(DECISION.as_dict(), path, value)))
    [problem] = error.problems
    assert (problem.code, problem.column, problem.value) == ("E_DECISION", column, found)


@pytest.mark.parametrize("written", [None, [], "a decision", {}])
def test_a_decision_must_be_a_mapping(written):
    assert error_of(Decision.read, written).code == "E_DECISION"


@pytest.mark.parametrize(
    ("written", "missed"),
    [
        ({"missed": None}, NOT_KNOWN),
        ({"missed": 0.3}, LimitsMissed(0.3)),
        # Older records may have no count, or an estimate instead.
        ({"missed": None, "missed_uncounted": True}, NOT_KNOWN),
        ({"missed": 0.2, "missed_uncounted": True}, LimitsMissed(0.2)),
        # In still older records the largest number below a half means that there is no count.
        ({"missed": math.nextafter(0.5, 0)}, NOT_KNOWN),
    ],
)
def test_risks_are_read_back_unchanged(written: dict[str, Any], missed: LimitsMissed) -> None:
    record = DECISION.as_dict() | written
    decision = Decision.read(record)
    assert canonical(decision.as_dict()) == canonical(record)
    assert DecisionFacts(decision).missed == missed


def test_infinite_and_whole_figures_are_read_back_unchanged():
    written = changed(DECISION.as_dict(), ["chosen", "threshold"], "inf")
    assert Decision.read(written).chosen.threshold == float("inf")
    assert canonical(Decision.read(written).as_dict()) == canonical(written)
    assert str(Decision.read(written).counts["tp"]) == "31"


@pytest.fixture(scope="module")
def several_pages(tmp_path_factory):
    """Bytes of a register of 12 decisions, and a path to write them to."""
    made = recorded(tmp_path_factory.mktemp("register") / "r.sqlite", 12)
    made.append(replace(DECISION, why="long " * 4_000), "a long one")
    made.read()
    return made.path.read_bytes()


def spoilt_at(data: bytes, place: int, length: int) -> bytes:
    return (
        data[:place]
        + bytes(255 - one for one in data[place : place + length])
        + data[place + length :]
    )


def must_be_acknowledged_only_if_it_is_read(path, kept=None):
    """Try to append; return whether it was acknowledged."""
    try:
        number = Register(path, kept).append(replace(DECISION, why="acknowledged"), "new").number
    except ScoreError:
        return False
    reading = Register(path, kept).read()
    assert reading.problems == ()
    assert (reading.decisions[-1].number, reading.decisions[-1].decision.why) == (
        number,
        "acknowledged",
    )
    assert verify(path).problems == ()
    return True


def test_nothing_is_acknowledged_into_a_register_with_a_damaged_page(tmp_path, several_pages):
    path = tmp_path / "r.sqlite"
    size = int.from_bytes(several_pages[16:18], "big")
    refused = 0
    for place in range(0, len(several_pages), size):
        path.write_bytes(spoilt_at(several_pages, place, size))
        if place == 2 * size:
            error = error_of(lambda: Register(path).append(DECISION, "new"))
            assert all("keep them" in (problem.hint or "") for problem in error.problems)
        refused += not must_be_acknowledged_only_if_it_is_read(path)
        for beside in ("-wal", "-shm"):
            path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
    assert refused == len(several_pages) // size


def test_nothing_is_acknowledged_into_a_register_with_a_few_damaged_bytes(tmp_path, several_pages):
    path, rng, refused = tmp_path / "r.sqlite", random.Random(5), 0
    for _ in range(60):
        place, length = rng.randrange(len(several_pages)), rng.choice((1, 8, 64))
        path.write_bytes(spoilt_at(several_pages, place, length))
        refused += not must_be_acknowledged_only_if_it_is_read(path)
    assert refused > 20


@pytest.fixture
def read_only(tmp_path):
    """Register on a file system that became read-only, and the file with its head."""
    with small_disk(tmp_path, "4m") as place:
        if place is None:
            pytest.skip("no file system may be mounted here")
        kept = ChainHeadFile(tmp_path / "state", place / "r.sqlite")
        yield recorded(place / "r.sqlite", 3, kept)


def make_read_only(register):
    place = str(register.path.parent)
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)


def test_a_register_that_is_read_only_shows_its_decisions_and_takes_none(read_only):
    make_read_only(read_only)
    for register in (read_only, Register(read_only.path, read_only._head_file)):
        reading = register.read()
        assert [one.decision.why for one in reading.decisions] == [
            "reason 0",
            "reason 1",
            "reason 2",
        ]
        assert reading.problems == ()
        assert error_of(register.append, DECISION, "key 3").code == "E_REGISTER"
    assert verify(read_only.path).problems == ()


def test_a_read_only_register_with_an_unreadable_log_is_not_reported_as_shortened(read_only):
    """A server that was killed leaves its last decisions in the log."""
    held = sqlite3.connect(read_only.path)
    held.execute("SELECT count(*) FROM decisions").fetchone()
    read_only.append(DECISION, "in the log")
    log = read_only.path.with_name("r.sqlite-wal").read_bytes()
    held.close()
    read_only.path.with_name("r.sqlite-wal").write_bytes(log)
    make_read_only(read_only)
    try:
        reading = read_only.read()
    except ScoreError as refused:
        found = refused.problems
    else:
        found = reading.problems
        assert len(reading.decisions) == 4
    assert "E_HEAD" not in [problem.code for problem in found]


def test_a_permanently_locked_register_is_reported_soon_to_all(tmp_path, monkeypatch):
    register = recorded(tmp_path / "r.sqlite", 1)
    assert register_file.WAIT_SECONDS <= 10
    monkeypatch.setattr(register_file, "WAIT_SECONDS", 0.5)
    other = sqlite3.connect(register.path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    codes, begun = [], time.monotonic()

    def ask(k):
        act = register.read if k % 2 else lambda: register.append(DECISION, f"key {k}")
        with pytest.raises(ScoreError, match="database is locked") as refused:
            act()
        codes.append(refused.value.code)

    readers = [threading.Thread(target=ask, args=(k,)) for k in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert codes == ["E_REGISTER"] * 8
    assert time.monotonic() - begun < 8 * 0.5 + 4
    other.execute("COMMIT")
    other.close()
    assert len(register.all()) == 1
