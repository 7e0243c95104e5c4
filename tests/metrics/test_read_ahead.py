"""Tests that a thread computes items ahead in order, only as far as needed, and passes on errors."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.read_ahead import compute_ahead


@given(st.lists(st.integers(), max_size=30))
def test_items_come_in_order(items: list[int]) -> None:
    assert list(compute_ahead(iter(items))) == items


def test_an_error_comes_after_the_items_before_it() -> None:
    def items():
        yield 1
        yield 2
        raise KeyError("third")

    some = compute_ahead(items())
    assert [next(some), next(some)] == [1, 2]
    with pytest.raises(KeyError, match="third"):
        next(some)


def test_closing_early_ends_the_thread() -> None:
    before = threading.active_count()
    made = []

    def items():
        for k in range(1000):
            made.append(k)
            yield k

    some = compute_ahead(items())
    assert next(some) == 0
    some.close()
    assert threading.active_count() == before
    assert len(made) <= 5  # the first item, and a few items computed ahead
