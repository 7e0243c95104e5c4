"""Tests of a register that is damaged, locked, or on a full or read-only disk: it takes no decision then."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import threading
import time
from dataclasses import replace

import pytest

from dashboard.decisions import register_file
from dashboard.decisions.chain_head import ChainHeadFile
from dashboard.decisions.register import Register
from dashboard.decisions.verify_register import verify
from metrics import ScoreError
from tests.dashboard.decided import DECISION, record_decisions
from tests.metrics.opening import error_of
from tests.small_disk import small_disk


def test_an_unwritable_register_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    error = error_of(lambda: Register(tmp_path / "file" / "r.sqlite").append(DECISION, "a"))
    assert error.code == "E_REGISTER"
    assert error.hint


def test_a_full_disk_loses_no_decision(tmp_path, monkeypatch):
    """SQLite's limit on pages replaces a full disk; it fails at the same place with the same code."""
    register = record_decisions(tmp_path / "r.sqlite", 3)
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


@pytest.fixture(scope="module")
def several_pages(tmp_path_factory):
    """Bytes of a register of 13 decisions."""
    register = record_decisions(tmp_path_factory.mktemp("register") / "r.sqlite", 12)
    register.append(replace(DECISION, why="long " * 4_000), "a long one")
    register.read()
    return register.path.read_bytes()


def damaged(data: bytes, start: int, length: int) -> bytes:
    """The same bytes, of which some are inverted."""
    end = start + length
    return data[:start] + bytes(255 - byte for byte in data[start:end]) + data[end:]


def is_acknowledged(path) -> bool:
    """Append a decision. Return whether the register took it; it must then be readable and in the chain."""
    try:
        number = Register(path).append(replace(DECISION, why="acknowledged"), "new").number
    except ScoreError:
        return False
    reading = Register(path).read()
    last = reading.decisions[-1]
    assert reading.problems == verify(path).problems == ()
    assert (last.number, last.decision.why) == (number, "acknowledged")
    return True


def test_nothing_is_acknowledged_into_a_register_with_a_damaged_page(tmp_path, several_pages):
    path = tmp_path / "r.sqlite"
    size = int.from_bytes(several_pages[16:18], "big")
    refused = 0
    for start in range(0, len(several_pages), size):
        path.write_bytes(damaged(several_pages, start, size))
        if start == 2 * size:
            error = error_of(lambda: Register(path).append(DECISION, "new"))
            assert all("keep them" in (problem.hint or "") for problem in error.problems)
        refused += not is_acknowledged(path)
        for beside in ("-wal", "-shm"):
            path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
    assert refused == len(several_pages) // size


def test_nothing_is_acknowledged_into_a_register_with_a_few_damaged_bytes(tmp_path, several_pages):
    path, rng, refused = tmp_path / "r.sqlite", random.Random(5), 0
    for _ in range(60):
        start, length = rng.randrange(len(several_pages)), rng.choice((1, 8, 64))
        path.write_bytes(damaged(several_pages, start, length))
        refused += not is_acknowledged(path)
    assert refused > 20


@pytest.fixture
def mounted(tmp_path):
    """Register with its chain head elsewhere, on a file system that a test may make read-only."""
    with small_disk(tmp_path, "4m") as disk:
        if disk is None:
            pytest.skip("no file system may be mounted here")
        path = disk / "r.sqlite"
        yield record_decisions(path, 3, ChainHeadFile(tmp_path / "state", path))


def make_read_only(register):
    folder = str(register.path.parent)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)


def test_a_register_that_is_read_only_shows_its_decisions_and_takes_none(mounted, tmp_path):
    make_read_only(mounted)
    reopened = Register(mounted.path, ChainHeadFile(tmp_path / "state", mounted.path))
    for register in (mounted, reopened):
        reading = register.read()
        reasons = [one.decision.why for one in reading.decisions]
        assert reasons == ["reason 0", "reason 1", "reason 2"]
        assert reading.problems == ()
        assert error_of(register.append, DECISION, "key 3").code == "E_REGISTER"
    assert verify(mounted.path).problems == ()


def test_a_read_only_register_with_an_unreadable_log_is_not_reported_as_shortened(mounted):
    """A server that was killed leaves its last decisions in the log."""
    log = mounted.path.with_name("r.sqlite-wal")
    reader = sqlite3.connect(mounted.path)
    reader.execute("SELECT count(*) FROM decisions").fetchone()
    mounted.append(DECISION, "in the log")
    content = log.read_bytes()
    reader.close()
    log.write_bytes(content)
    make_read_only(mounted)
    try:
        reading = mounted.read()
    except ScoreError as refused:
        problems = refused.problems
    else:
        problems = reading.problems
        assert len(reading.decisions) == 4
    assert "E_HEAD" not in [problem.code for problem in problems]


def test_a_permanently_locked_register_is_reported_soon_to_all(tmp_path, monkeypatch):
    register = record_decisions(tmp_path / "r.sqlite", 1)
    assert register_file.WAIT_SECONDS <= 10
    monkeypatch.setattr(register_file, "WAIT_SECONDS", 0.5)
    other = sqlite3.connect(register.path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    codes, start = [], time.monotonic()

    def use(k):
        act = register.read if k % 2 else lambda: register.append(DECISION, f"key {k}")
        with pytest.raises(ScoreError, match="database is locked") as refused:
            act()
        codes.append(refused.value.code)

    users = [threading.Thread(target=use, args=(k,)) for k in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert codes == ["E_REGISTER"] * 8
    assert time.monotonic() - start < 8 * 0.5 + 4
    other.execute("COMMIT")
    other.close()
    assert len(register.all()) == 1
