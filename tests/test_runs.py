"""Tests that property tests use the same examples every time, and many more in ``make soak``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from tests.runs import QUICK, WIDER, scale_examples, skipped_summary

IS_SOAK = settings.get_current_profile_name() == "soak"


def test_examples_are_random_only_in_a_soak():
    assert settings().derandomize is not IS_SOAK


def test_examples_depend_on_the_loaded_modules_only_in_a_soak():
    """Hypothesis draws constants from loaded modules, so examples would change with the code."""
    is_local: Callable[[str], bool] = vars(providers)["is_local_module_file"]
    assert is_local("/project/metrics/scores.py") is IS_SOAK


@pytest.mark.parametrize(("share", "examples"), [(WIDER, 60), (1, 3), (QUICK, 1)])
def test_a_share_applies_to_tests_with_their_own_number_of_examples(share, examples):
    tried = []

    @settings(max_examples=3, database=None)
    @given(st.integers())
    def property_test(number):
        tried.append(number)

    scale_examples({property_test, None}, share)
    property_test()
    assert len(tried) == examples


def test_skipped_tests_are_counted_by_reason():
    assert skipped_summary([]) == ""
    reasons = ["Skipped: needs nginx", "no strace", "Skipped: needs nginx"]
    assert skipped_summary(reasons) == "Not run: 2 (needs nginx); 1 (no strace)"
