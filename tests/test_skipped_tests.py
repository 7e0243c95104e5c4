"""Tests of the summary of the skipped tests."""

from __future__ import annotations

from tests.skipped_tests import skipped_summary


def test_skipped_tests_are_counted_by_reason():
    assert skipped_summary([]) == ""
    reasons = ["Skipped: needs nginx", "no strace", "Skipped: needs nginx"]
    assert skipped_summary(reasons) == "Not run: 2 (needs nginx); 1 (no strace)"
