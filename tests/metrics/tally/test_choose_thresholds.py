"""Tests that thresholds are observed scores, independent of row order, and exact where they must be."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from tests.metrics.made_rows import Rows, chosen_thresholds
from tests.metrics.strategies import many_rows, rows

LIMITS = st.integers(2, 20) | st.just(4096)
SIX = Rows(np.array([0, 1, 0, 1, 0, 1], np.int8), {"a": np.arange(6) / 8})
"""Each class has fewer scores than a limit of 4, and both together have more."""


@example(SIX, 4)
@given(many_rows() | rows(scale="rank"), LIMITS)
def test_above_the_limit_the_rarer_class_keeps_its_scores(data: Rows, limit: int) -> None:
    """All scores of the rarer class become thresholds if they fit; otherwise both classes are thinned."""
    defects = data.labels == 1
    rarer = defects if defects.sum() <= (~defects).sum() else ~defects
    chosen = chosen_thresholds(data, max_thresholds=limit)
    for scores, thresholds in zip(data.scores.values(), chosen, strict=True):
        distinct, rare = np.unique(scores), np.unique(scores[rarer])
        assert np.isfinite(thresholds).all()
        assert (np.diff(thresholds) > 0).all()
        assert thresholds[0] == scores.min()
        if distinct.size <= limit:
            assert thresholds.tolist() == distinct.tolist()
        elif rare.size <= limit:
            with np.errstate(over="ignore"):
                above = np.nextafter(rare, np.inf)
            assert np.isin(rare, thresholds).all()
            assert np.isin(above[np.isfinite(above)], thresholds).all()
            assert np.isin(thresholds, np.concatenate([distinct, above])).all()
            assert thresholds.size <= limit + rare.size + 1
        else:
            assert np.isin(thresholds, distinct).all()
            assert thresholds.size <= limit + 1


@given(many_rows(models=1), LIMITS)
def test_nearly_as_many_thresholds_are_chosen_as_the_limit_allows(data: Rows, limit: int) -> None:
    """A choice of the fewest thresholds would meet all other rules."""
    (thresholds,) = chosen_thresholds(data, max_thresholds=limit)
    assert thresholds.size >= min(limit, np.unique(data.scores["model 0"]).size) - limit // 4 - 1


@given(many_rows() | rows(scale="rank"), LIMITS, st.randoms(use_true_random=False), st.data())
def test_the_choice_does_not_depend_on_order_or_batches(
    data: Rows, limit: int, random, draw: st.DataObject
) -> None:
    order = list(range(data.labels.size))
    random.shuffle(order)
    mixed = data.take(order)
    object.__setattr__(mixed, "size", draw.draw(st.integers(1, data.labels.size)))
    first = chosen_thresholds(data, max_thresholds=limit)
    again = chosen_thresholds(mixed, max_thresholds=limit)
    assert [thresholds.tolist() for thresholds in first] == [
        thresholds.tolist() for thresholds in again
    ]


@given(rows(), st.lists(st.floats(-2, 2) | st.just(float("inf")), max_size=4), LIMITS)
def test_requested_thresholds_are_added(data: Rows, also: list[float], limit: int) -> None:
    plain = chosen_thresholds(data, max_thresholds=limit)
    asked = chosen_thresholds(data, max_thresholds=limit, also=also)
    for without, thresholds in zip(plain, asked, strict=True):
        assert thresholds.tolist() == sorted({*without.tolist(), *filter(np.isfinite, also)})
