"""Tests that a compact tally has the same figures in less memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.confusion import confusion_by_bucket, confusion_curve
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.io.open import open_scores
from metrics.tally.sparse_sums import SparseSums
from metrics.tally.tally import empty_tally
from metrics.tally.tally_scores import tally_scores
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import rows
from tests.metrics.tallied import assert_same, tally_of


@given(rows(), st.integers(1, 9))
def test_a_compact_tally_has_the_same_counts_and_still_adds(data: Rows, limit: int) -> None:
    tally = tally_of(data, max_thresholds=limit)
    small = tally.compact()
    assert_same(small, tally, data.mass().sum())
    assert small.counts.dtype.itemsize == 1
    twice = small + small
    assert_same(twice, tally + tally, 2 * data.mass().sum())
    assert twice.counts.dtype == np.uint32


def test_a_compact_tally_is_as_wide_as_its_fullest_bin() -> None:
    empty = empty_tally(["a"], [np.array([0.5])], buckets=2)
    for most, width in ((0, 1), (255, 1), (256, 2), (65_536, 4)):
        counts = empty.counts.copy()
        counts[1, 0, 1, 0] = most
        small = replace(empty, counts=counts).compact()
        assert small.counts.dtype.itemsize == width
        assert small.counts[1, 0, 1, 0] == most


def test_sparse_values_give_the_same_figures() -> None:
    rng = np.random.default_rng(20_265)
    label = (rng.random(500) < 0.2).astype(int)
    frame = pd.DataFrame({"id": range(500), "label": label, "value": rng.uniform(1, 9, 500)})
    for name in ("a", "b"):
        frame[name] = rng.random(500)
    tally = tally_scores(open_scores(frame))
    small = tally.compact()
    assert isinstance(small.values, SparseSums)
    assert isinstance(tally.values, np.ndarray)
    kept = sum(a.nbytes for a in small.values.places) + sum(a.nbytes for a in small.values.sums)
    assert kept < tally.values.nbytes / 50
    assert_same(small, tally, 5000.0)
    for m in range(2):
        at = tally.finite_thresholds(m)[7].item()
        for ours, theirs in (
            (confusion_by_bucket(small, m, at), confusion_by_bucket(tally, m, at)),
            (confusion_curve(small, m).counts, confusion_curve(tally, m).counts),
        ):
            np.testing.assert_array_equal(ours.missed_value, theirs.missed_value)
            np.testing.assert_array_equal(ours.flagged_good_value, theirs.flagged_good_value)
    np.testing.assert_array_equal(small.of_model(1).values, tally.of_model(1).values)
    replicated = [
        ReplicatedCounts.draw(
            counted, (confusion_curve(counted, 0), confusion_curve(counted, 1)), replicates=9
        ).counts(1, np.array([0, 9]))
        for counted in (small, tally)
    ]
    np.testing.assert_array_equal(replicated[0].missed_value, replicated[1].missed_value)
