"""Tests that a server reports to be ready only if its readers can work with it."""

from __future__ import annotations

import sqlite3

import pytest

from dashboard.analysis import cache
from dashboard.server import server_resources
from dashboard.server.health import find_faults
from dashboard.server.numba_cache import CACHE_VARIABLE
from tests.dashboard.decided import record_decisions
from tests.dashboard.tables import made

UNUSABLE = "The register of decisions cannot be read or written."


@pytest.fixture
def arguments(tmp_path):
    scores = made().write(tmp_path / "scores.csv")
    given = (
        str(scores),
        "--library", str(tmp_path / "library"),
        "--register", str(tmp_path / "decisions.sqlite"),
    )  # fmt: skip
    yield given
    server_resources.library.forget(given, cache.forget)
    server_resources.register.forget(given)


def test_a_register_is_ready_until_one_of_its_indexes_is_damaged(arguments, tmp_path):
    path = record_decisions(tmp_path / "decisions.sqlite", 12).path
    assert find_faults(arguments, cache.forget) == []
    connection = sqlite3.connect(path)
    [(page,)] = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_decisions_1'"
    )
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek(page * size - size)
        file.write(b"\xff" * size)
    assert find_faults(arguments, cache.forget) == [UNUSABLE]


def test_a_register_that_may_not_be_written_is_not_ready(arguments, tmp_path, monkeypatch):
    path = record_decisions(tmp_path / "decisions.sqlite", 1).path
    assert find_faults(arguments, cache.forget) == []
    monkeypatch.setattr("os.access", lambda file, mode: file != path)
    assert find_faults(arguments, cache.forget) == [UNUSABLE]


def test_a_server_that_cannot_store_compiled_code_is_not_ready(arguments, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "/dev/null/compiled")
    assert find_faults(arguments, cache.forget) == ["What is compiled cannot be written."]
