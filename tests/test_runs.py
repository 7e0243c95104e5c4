"""Tests that property tests use the same examples every time, and many more in ``make soak``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from tests.runs import QUICK, WIDER, not_run, search

HUNTING = settings.get_current_profile_name() == "soak"


def test_only_a_soak_leaves_examples_to_chance():
    assert settings().derandomize is not HUNTING


def test_only_in_a_soak_do_examples_depend_on_what_is_loaded():
    """Hypothesis takes numbers and texts out of the modules of the project."""
    is_own: Callable[[str], bool] = vars(providers)["is_local_module_file"]
    assert is_own("/project/metrics/scores.py") is HUNTING


@pytest.mark.parametrize(("share", "examples"), [(WIDER, 60), (1, 3), (QUICK, 1)])
def test_a_run_reaches_tests_that_say_how_many_examples_they_want(share, examples):
    tried = []

    @settings(max_examples=3, database=None)
    @given(st.integers())
    def own(number):
        tried.append(number)

    search({own, None}, share)
    own()
    assert len(tried) == examples


def test_what_was_not_run_is_counted_by_its_reason():
    assert not_run([]) == ""
    reasons = ["Skipped: needs nginx", "no strace", "Skipped: needs nginx"]
    assert not_run(reasons) == "Not run: 2 (needs nginx); 1 (no strace)"
