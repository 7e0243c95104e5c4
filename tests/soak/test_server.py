"""Tests that growth of a server's memory, threads, files and processes is reported."""

from __future__ import annotations

from tests.soak.server import Held, faults


def test_growth_beyond_a_fifth_and_any_leftover_are_reported():
    first = Held(500.0, 12, 40, 0, ("clock.json",))
    assert faults(first, Held(600.0, 12, 40, 0, ("clock.json",))) == []
    assert faults(first, Held(601.0, 13, 41, 1, ("clock.json", "rows.parquet"))) == [
        "memory grew from 500 to 601 MB",
        "threads grew from 12 to 13",
        "files grew from 40 to 41",
        "processes grew from 0 to 1",
        "left in the library: rows.parquet",
    ]
