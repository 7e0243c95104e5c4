"""Tests of replicated counts: how buckets are drawn, and counts of points with and without a cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.confusion import confusion_curve
from metrics.evaluation.evaluation import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.replicated_counts import ReplicatedCounts, bucket_weights
from metrics.scenario.scenario import Scenario
from tests.metrics.made_rows import Rows
from tests.metrics.samples import units
from tests.metrics.strategies import DYADIC, rows
from tests.metrics.tallied import tally_of


@given(rows(weights=None), st.integers(0, 10_000))
def test_only_buckets_that_hold_rows_are_drawn_and_a_seed_repeats_the_draw(
    data: Rows, seed: int
) -> None:
    tally = tally_of(data)
    weights = bucket_weights(tally, replicates=50, seed=seed)
    is_filled = tally.counts[:, 0].sum(axis=(1, 2)) > 0
    assert (weights[:, ~is_filled] == 0).all()
    assert (weights.sum(axis=1) == is_filled.sum()).all()
    drawn = Bootstrap.draw(evaluate(tally, Scenario()), replicates=50, seed=seed)
    assert np.array_equal(drawn.drawn.weights, weights)
    assert drawn.blocks == is_filled.sum()
    assert np.array_equal(weights, bucket_weights(tally, replicates=50, seed=seed))
    if is_filled.sum() > 3:
        assert not np.array_equal(weights, bucket_weights(tally, replicates=50, seed=seed + 1))


def test_draws_are_multinomial() -> None:
    rng = np.random.default_rng(1)
    data = Rows(np.arange(4000) % 2 == 0, {"a": rng.random(4000)})
    tally = tally_of(replace(data, labels=data.labels.astype(np.int8)))
    weights = bucket_weights(tally, replicates=20_000, seed=3)
    assert weights.mean(axis=0) == pytest.approx(1.0, abs=0.05)
    assert weights.var() == pytest.approx(1 - 1 / 100, abs=0.02)  # 100 buckets


@pytest.mark.parametrize("is_compact", [False, True])
@given(rows(weights=DYADIC, valued=True, most=20))
def test_counts_of_a_point_are_the_same_with_and_without_the_cache(
    is_compact: bool, data: Rows
) -> None:
    tally = tally_of(data)
    assert isinstance(tally.values, np.ndarray)
    tally = replace(tally, miss_prices=tally.values[..., 1])
    curves = evaluate(tally, Scenario()).curves
    if is_compact:
        tally = tally.compact()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("metrics.inference.replicated_counts.AT_MOST", 3)
        drawn = ReplicatedCounts.draw(tally, curves, replicates=9)
        for position in range(curves[0].thresholds.size):
            cached = drawn.counts(0, np.array([position]))
            alone = drawn.counts_of(drawn.bucket_counts(0, np.array([position])))
            for name, counts in vars(alone).items():
                if counts is not None:
                    np.testing.assert_allclose(vars(cached)[name], counts, rtol=1e-12)


@pytest.mark.parametrize(("most", "more"), [(2**16, 0), (2**16, 1), (2**32, 1)])
def test_narrow_integers_hold_all_counts_of_a_resample(most: int, more: int) -> None:
    """The replicate draws the largest bucket every time."""
    tally = tally_of(units(300, 0.3, 4))
    buckets, here = len(tally.counts), int(tally.bucket_mass.sum(axis=1).argmax())
    counts = tally.counts.astype(np.uint64)
    counts *= most // (buckets * int(tally.bucket_mass.max())) + more
    tally = replace(tally, counts=counts)
    always = np.zeros((1, buckets))
    always[0, here] = buckets
    drawn = ReplicatedCounts(tally, (confusion_curve(tally, 0),), always)
    positions = drawn.positions[0]
    shipped = counts[here, 0].cumsum(axis=0)[positions] * float(buckets)
    found = drawn.counts(0, positions)
    np.testing.assert_allclose(
        np.stack([found.tn[0], found.fn[0]], axis=1), shipped * drawn.scale[0], rtol=1e-15
    )
