"""A tally with some of its models only, or at some of its thresholds only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.tally.bins import bin_edges, merge_bins
from metrics.tally.kernel import Floats
from metrics.tally.tally import MOST_ROWS, TOO_MANY, Tally


def with_models(tally: Tally, models: Sequence[str]) -> Tally:
    """The tally with the given models only, in the given order."""
    if tuple(models) == tally.models:
        return tally
    breakdowns = tally.breakdowns and tally.breakdowns.each(
        lambda breakdown: breakdown.of_models(models)
    )
    chosen = tally.of_models([tally.index(model) for model in models])
    return replace(chosen, breakdowns=breakdowns)


def at_fewer_thresholds(tally: Tally, thresholds: Sequence[Floats]) -> Tally:
    """The tally at fewer thresholds: for each model an ascending subset of its thresholds.

    Counts are exact. ``between`` is an upper bound where it was above 0 before, because the position of those
    rows is unknown.
    """
    padded, edges = bin_edges(tally.thresholds, thresholds)

    def merged(array: NDArray[Any]) -> NDArray[Any]:
        return merge_bins(array[:, None], edges)[:, 0]

    counts, values = merged(tally.counts), tally.dense_values
    if (counts > MOST_ROWS).any():
        raise OverflowError(TOO_MANY)
    between = tally.between.copy()
    highest = np.full((len(tally.models), padded.shape[1] + 1), -np.inf)
    for m, fewer in enumerate(thresholds):
        old = tally.finite_thresholds(m)
        new_bins = np.append(0, np.searchsorted(fewer, old, side="right"))
        np.maximum.at(highest[m], new_bins, tally.highest[m, : old.size + 1])
        is_dropped = np.append(False, ~np.isin(old, fewer))
        dropped = tally.counts[:, m, : old.size + 1][:, is_dropped]
        between[m] += dropped.sum(axis=(0, 1), dtype=np.int64)
    return replace(
        tally,
        thresholds=padded,
        counts=counts.astype(np.uint32),
        weights=None if tally.weights is None else merged(tally.weights),
        values=None if values is None else merged(values),
        between=np.minimum(between, tally.rows),
        highest=highest,
        miss_prices=None,
        has_mean_prices=False,
        breakdowns=tally.breakdowns
        and tally.breakdowns.each(lambda breakdown: breakdown.at(thresholds)),
    )
