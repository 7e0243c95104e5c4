"""Tests that property tests repeat their examples outside of a soak, and how many examples they try."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from tests.property_examples import QUICK, WIDER, scale_examples

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

    scale_examples([property_test, property_test], share)
    property_test()
    assert len(tried) == examples


def test_other_tests_are_not_changed():
    def example_test():
        raise AssertionError

    scale_examples([example_test], WIDER)
    assert vars(example_test) == {}
