"""Tests that every cell of a tally equals a count of the rows, and that tallies of parts add."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.io.open import open_scores
from metrics.tally.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.tally.tally import MOST_ROWS, Tally, empty_tally
from tests import oracles
from tests.metrics.made_rows import Rows, chosen_thresholds
from tests.metrics.strategies import SCALES, many_rows, rows, rows_on
from tests.metrics.tallied import assert_same, empty_tally_of, tally_batches, tally_of

VALUED = st.booleans().flatmap(lambda valued: rows(valued=valued))
SCALED = rows_on(*SCALES)


@given(VALUED | SCALED | many_rows(most=120), st.sampled_from([3, 4096]), st.data())
def test_tallies_of_parts_sum_to_the_tally_of_all_rows(
    data: Rows, limit: int, draw: st.DataObject
) -> None:
    thresholds = chosen_thresholds(data, max_thresholds=limit)
    whole = tally_of(data, thresholds=thresholds)
    n = data.labels.size
    part_of = np.array(draw.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    data = data.take(slice(None))  # every row keeps its id
    parts = []
    for k in range(3):
        part = data.take(np.flatnonzero(part_of == k))
        parts.append(tally_batches(empty_tally_of(data, thresholds), part.batches(5), data.columns))
    before = [part.counts.copy() for part in parts]
    assert_same(parts[0] + parts[1] + parts[2], whole, data.mass().sum())
    assert_same(parts[2] + (parts[1] + parts[0]), whole, data.mass().sum())
    for added, counts in zip(parts, before, strict=True):
        np.testing.assert_array_equal(added.counts, counts)
    assert whole.rows.tolist() == [(data.labels == 0).sum(), (data.labels == 1).sum()]


@given(VALUED, st.sampled_from([1, 3, 100]), st.booleans(), st.sampled_from([0, 1]))
def test_every_cell_equals_a_count_row_by_row(
    data: Rows, buckets: int, grouped: bool, first: int
) -> None:
    """Bucket, model, bin and class of each row, one row at a time."""
    n = data.labels.size
    groups = tuple(f"batch {k % 4}" for k in range(n)) if grouped else None
    data = replace(data, groups=groups, ids=tuple(f"u{k}" for k in range(n)))
    thresholds = [t[first::2] for t in chosen_thresholds(data)]
    tally = tally_of(data, thresholds=thresholds, buckets=buckets)
    expected = np.zeros((*tally.counts.shape, 3))
    between = np.zeros((len(data.models), 2), np.int64)
    highest = np.full(tally.highest.shape, -np.inf)
    for row, (label, weight) in enumerate(zip(data.labels, data.mass(), strict=True)):
        bucket = oracles.bucket((groups or data.ids)[row], buckets)
        value = 0.0 if data.values is None else data.values[row]
        for m, scores in enumerate(data.scores.values()):
            b = int((thresholds[m] <= scores[row]).sum())
            expected[bucket, m, b, label] += [1, weight, weight * value]
            between[m, label] += scores[row] not in thresholds[m]
            highest[m, b] = max(highest[m, b], scores[row])
    np.testing.assert_array_equal(tally.counts, expected[..., 0])
    np.testing.assert_array_equal(tally.between, between)
    np.testing.assert_array_equal(tally.highest, highest)
    assert (tally.weights is None, tally.values is None) == (
        data.weights is None,
        data.values is None,
    )
    if tally.weights is not None:
        np.testing.assert_allclose(tally.weights, expected[..., 1], rtol=1e-12)
    if tally.dense_values is not None:
        np.testing.assert_allclose(tally.dense_values, expected[..., 2], rtol=1e-12)
    np.testing.assert_allclose(
        tally.class_mass, [data.mass()[data.labels == k].sum() for k in (0, 1)], rtol=1e-12
    )


@given(SCALED)
def test_losses_of_each_class_equal_sums_over_its_rows(data: Rows) -> None:
    tally = tally_of(data)
    if data.scale == "rank":
        assert not any(part.any() for part in (tally.losses, tally.infinite, tally.calibration))
        return
    weights, epsilon = data.mass(), np.finfo(float).eps
    for m, scores in enumerate(data.scores.values()):
        p = oracles.probabilities(scores, data.scale)
        for label in (0, 1):
            of_class = data.labels == label
            w, likelihood = weights[of_class], (p if label else 1 - p)[of_class]
            clipped = np.clip(likelihood, epsilon, 1 - epsilon)
            found = tally.losses[:, m, label].sum(axis=0)
            close = {"rel": 1e-9, "abs": 1e-12 * w.sum()}
            assert found[LOG_LOSS_CLIPPED] == pytest.approx((w * -np.log(clipped)).sum(), **close)
            assert found[SQUARED_ERROR] == pytest.approx((w * (1 - likelihood) ** 2).sum(), **close)
            if data.scale == "logit":
                margin = scores[of_class] if label else -scores[of_class]
                with np.errstate(over="ignore"):  # 1e9 times 1e300 is more than a float64 holds
                    unclipped, infinite = (w * np.logaddexp(0, -margin)).sum(), 0
            else:
                possible = likelihood > 0
                unclipped = (w[possible] * -np.log(likelihood[possible])).sum()
                infinite = (~possible).sum()
            assert found[LOG_LOSS] == pytest.approx(unclipped, **close)
            assert tally.infinite[:, m, label].sum() == infinite


def empty(**changes) -> Tally:
    """Empty tally of two models, with some arguments changed."""
    usual: dict[str, Any] = {
        "models": ["a", "b"],
        "thresholds": [np.array([0.1, 0.5]), np.array([0.2])],
    }
    return empty_tally(**usual | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"thresholds": [np.array([0.1, 0.5]), np.array([0.3])]}, "equal thresholds"),
        ({"thresholds": [np.array([0.1, 0.5]), np.array([0.2, 0.3])]}, "equal thresholds"),
        ({"thresholds": [np.array([0.1]), np.array([0.2])]}, "equal thresholds"),
        ({"models": ["a", "c"]}, "same models"),
        ({"models": ["b", "a"]}, "same models"),
        ({"scale": "logit"}, "same scale"),
        ({"weighted": True}, "weights"),
        ({"valued": True}, "values"),
    ],
)
def test_different_tallies_do_not_add(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        empty() + empty(**changes)
    with pytest.raises(ValueError, match=message):
        empty(**changes) + empty()


def test_an_unknown_model_is_a_key_error() -> None:
    with pytest.raises(KeyError, match=r"^'c'$"):
        empty().index("c")


def test_a_count_that_would_overflow_is_an_error() -> None:
    scores = open_scores({"label": [1, 0, 1], "m": [0.5, 0.5, 0.7]})
    tally = empty_tally(("m",), [np.array([0.5])])
    batches = list(scores.batches())
    tally.counts[:, 0, 1, 1] = MOST_ROWS
    with pytest.raises(OverflowError, match="4,294,967,295 rows"):
        tally_batches(tally, batches, scores.columns)


@given(VALUED, st.data())
def test_a_threshold_between_scores_that_flags_the_same_units_is_exact(
    data: Rows, draw: st.DataObject
) -> None:
    """The tally has only some scores as thresholds. Any value above all scores of a bin is exact."""
    thresholds = [t[::3] for t in chosen_thresholds(data)]
    tally = tally_of(data, thresholds=thresholds)
    m = draw.draw(st.integers(0, len(data.models) - 1))
    scores = data.scores[data.models[m]]
    at = draw.draw(st.sampled_from([*scores.tolist(), *(np.nextafter(scores, np.inf)).tolist()]))
    k = tally.position(m, at)
    counted = tally.counts[:, m, k + 1 :].sum(axis=(0, 1)).tolist()
    flagged = [int((scores[data.labels == label] >= at).sum()) for label in (0, 1)]
    assert not tally.is_exact(m, at) or counted == flagged
    if counted == flagged:
        assert tally.is_exact(m, at)


def test_the_tally_of_some_buckets_has_their_part_of_every_array() -> None:
    data = Rows(np.tile([0, 1], 40).astype(np.int8), {"a": np.arange(80) / 80})
    whole = tally_of(data)
    sums = whole.counts.astype(float)
    whole = replace(whole, weights=2 * sums, values=3 * sums, miss_prices=7 * sums[..., 1])
    buckets = np.flatnonzero(whole.counts.any(axis=(1, 2, 3)))[::2]
    part = whole.of_buckets(buckets)
    for field in fields(whole):
        in_all = getattr(whole, field.name)
        if isinstance(in_all, np.ndarray) and len(in_all) == len(whole.counts):
            assert np.array_equal(getattr(part, field.name), in_all[buckets]), field.name
