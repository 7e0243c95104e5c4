"""Tests that fuzzing starts in its own process, and reports a reader that broke."""

from __future__ import annotations

import pytest

from tests.soak.fuzz import run_fuzzers


@pytest.mark.slow  # the process loads the library without its compiled code
def test_a_reader_that_breaks_is_reported(capsys):
    assert run_fuzzers(["jsonl"], 1) == 0
    assert run_fuzzers(["no such kind"], 1) == 1
    assert "no such kind: a reader broke" in capsys.readouterr().out
