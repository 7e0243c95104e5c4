"""Tests of the sample of distinct values, and of the hashes that choose it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metrics.tally.bottom_k_sample import BottomKSample, hash_floats
from tests.metrics.strategies import ANY, ANY_CORNERS


@given(st.lists(st.integers(0, 60).map(float), max_size=120), st.integers(1, 40), st.data())
def test_a_sample_of_distinct_values_does_not_depend_on_order_or_parts(
    values: list[float], limit: int, data: st.DataObject
) -> None:
    def sample(parts: list[list[float]]) -> BottomKSample:
        distinct = BottomKSample(limit)
        for part in parts:
            distinct.add(np.array(part, np.float64))
        return distinct

    whole = sample([values])
    shuffled = data.draw(st.permutations(values))
    cut = data.draw(st.integers(0, len(values)))
    pieces = sample([shuffled[:cut], shuffled[cut:]])
    assert whole.values.tolist() == pieces.values.tolist()
    assert whole.exact == pieces.exact == (len(set(values)) <= limit)
    assert whole.values.size == min(limit, len(set(values)))
    assert set(whole.values.tolist()) <= set(values)


@given(st.lists(ANY | st.sampled_from(ANY_CORNERS), max_size=20))
def test_floats_have_equal_hashes_exactly_if_they_are_equal(values: list[float]) -> None:
    hashes = hash_floats(np.array(values, np.float64)).tolist()
    for a, first in zip(values, hashes, strict=True):
        for b, second in zip(values, hashes, strict=True):
            assert (first == second) == (a == b)
