"""The same rows as another tally: its models in another order, or at fewer thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.tally import Tally, empty_tally


def in_order(tally: Tally, models: Sequence[str]) -> Tally:
    """The same tally with these of its models, in this order.

    Parameters
    ----------
    tally : Tally
    models : sequence of str
    """
    if tuple(models) == tally.models:
        return tally
    at = [tally.index(model) for model in models]
    return replace(
        tally,
        models=tuple(models),
        thresholds=tally.thresholds[at],
        counts=tally.counts[:, at],
        weights=None if tally.weights is None else tally.weights[:, at],
        values=None if tally.values is None else tally.values[:, at],
        losses=tally.losses[:, at],
        infinite=tally.infinite[:, at],
        between=tally.between[at],
        calibration=tally.calibration[:, at],
    )


def coarser(tally: Tally, thresholds: Sequence[NDArray[np.float64]]) -> Tally:
    """The same rows at fewer thresholds.

    Parameters
    ----------
    tally : Tally
    thresholds : sequence of ndarray, one for each model
        Ascending; each is one of the tally's.

    Returns
    -------
    Tally
        Its counts are exact. ``between`` is at most too large where it was above 0 before: which of those
        rows lay where is not known.
    """
    out = empty_tally(
        tally.models,
        thresholds,
        scale=tally.scale,
        weighted=tally.weights is not None,
        valued=tally.values is not None,
        buckets=tally.counts.shape[0],
    )
    between = np.zeros_like(tally.between)
    for m, kept in enumerate(thresholds):
        old = tally.finite_thresholds(m)
        # Bin b of the old lies behind so many of the kept thresholds.
        new = np.concatenate([[0], np.searchsorted(kept, old, side="right")])
        for name in ("counts", "weights", "values"):
            source, target = getattr(tally, name), getattr(out, name)
            if source is not None:
                _merge(source[:, m, : old.size + 1], new, target[:, m])
        gone = np.append(False, ~np.isin(old, kept))
        between[m] = tally.between[m] + tally.counts[:, m, : old.size + 1][:, gone].sum(axis=(0, 1))
    total = tally.rows
    return replace(
        out,
        losses=tally.losses,
        infinite=tally.infinite,
        between=np.minimum(between, total),
        calibration=tally.calibration,
    )


def _merge(bins: NDArray[Any], into: NDArray[np.intp], out: NDArray[Any]) -> None:
    """Sum bins, axis 1, into those they lie in; a bin that none lies in stays 0."""
    starts = np.flatnonzero(np.append(True, np.diff(into) > 0))
    summed = np.add.reduceat(
        bins.astype(np.int64 if bins.dtype == np.uint32 else bins.dtype), starts, axis=1
    )
    if bins.dtype == np.uint32 and (summed > np.iinfo(np.uint32).max).any():
        raise OverflowError("a bin of a bucket must hold at most 4,294,967,295 rows")
    out[:, into[starts]] = summed
