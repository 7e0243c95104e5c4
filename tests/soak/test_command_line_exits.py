"""Tests that exactly the failed runs of the command line are reported."""

from __future__ import annotations

from tests.soak import command_line_exits
from tests.soak.command_line_exits import failures


def test_only_failed_runs_are_reported(tmp_path, monkeypatch):
    assert list(failures(tmp_path, 2, at_once=2)) == []
    monkeypatch.setattr(command_line_exits, "write_inputs", lambda folder: [folder / "gone.csv"])
    (failure,) = failures(tmp_path, 1)
    assert failure.startswith("run 0 of gone.csv: exit 2")
