"""Tests of the measured size of cached values against known sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.analysis.memory_size import memory_size

SMALL = 2_000
"""Bytes of an array object besides its data."""


@dataclass(frozen=True)
class Holder:
    of: object
    too: object = None


def test_arrays_are_counted_once_at_any_depth():
    array = np.zeros(100_000)
    for value in (
        array,
        [array, array],
        {"a": array},
        Holder(array, array),
        Holder([Holder(array)]),
    ):
        assert 800_000 <= memory_size(value) < 800_000 + SMALL


def test_a_view_counts_the_array_that_it_refers_to():
    array = np.zeros((1000, 100))
    assert 800_000 <= memory_size(array[::10, 3].T) < 800_000 + SMALL


def test_sizes_of_frames_and_texts():
    frame = pd.DataFrame({"a": np.zeros(50_000), "b": np.zeros(50_000)})
    assert 800_000 <= memory_size(Holder(frame)) < 800_000 + SMALL
    assert 800_000 <= memory_size([b"x" * 800_000]) < 800_000 + SMALL


def test_a_column_of_two_frames_is_counted_once():
    one, own = pd.DataFrame({"a": np.zeros(50_000)}), np.ones(100_000)
    both = pd.DataFrame({"a": one["a"].to_numpy(), "b": own[:50_000]}, copy=False)
    assert 1_200_000 <= memory_size(both) < 1_200_000 + 2 * SMALL
    assert 1_200_000 <= memory_size([one, both]) < 1_200_000 + 3 * SMALL


def test_shared_parts_are_not_counted():
    array = np.zeros(100_000)
    assert memory_size(Holder({"a": array}), (np.ndarray,)) < SMALL
    assert memory_size(array, (np.ndarray,)) >= 800_000
