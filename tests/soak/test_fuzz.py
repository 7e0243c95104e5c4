"""Tests that fuzzing starts in its own process, and reports a reader that broke."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.repository import ROOT

FUZZ = "from tests.soak.fuzz import run_fuzzers; print(run_fuzzers([{kind!r}], 1))"


def run(kind: str) -> str:
    """Output of fuzzing one kind. Other tests replace the main module, from which processes start."""
    command = [sys.executable, "-c", FUZZ.format(kind=kind)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow  # the process loads the library without its compiled code
def test_a_reader_that_breaks_is_reported():
    assert run("jsonl").splitlines()[-1] == "0"
    broken = run("no such kind")
    assert broken.splitlines()[-1] == "1"
    assert "no such kind: a reader broke" in broken
