"""Prices of missed defects by kind: one more sum in the tally, exact at every threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from metrics.errors import ScoreError
from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch
from metrics.tally.categories import OTHER
from metrics.tally.kernel import Floats
from metrics.tally.row_order import OrderedRows, order_rows
from metrics.tally.tally import Tally, empty_tally
from metrics.tally.tally_scores import count


def with_miss_prices(
    tally: Tally, scores: Scores, prices: Mapping[str, float], otherwise: float
) -> Tally:
    """The tally, extended by the summed prices of its defects.

    Parameters
    ----------
    tally : Tally
        Tally of the rows of ``scores``.
    scores : Scores
        With a column of kinds of defect.
    prices : mapping of str to float
        Cost of a missed defect by kind, in false alarms.
    otherwise : float
        Cost of a kind that is not in ``prices``.

    Raises
    ------
    ScoreError
        See `Scores.labelled_rows`.
    """
    thresholds = [tally.finite_thresholds(m) for m in range(len(tally.models))]
    buckets, weighted = len(tally.counts), tally.weights is not None
    priced = empty_tally(
        tally.models, thresholds, scale=tally.scale, weighted=weighted, valued=True, buckets=buckets
    )
    kind = scores.columns.defect_type
    assert kind is not None  # checked by the caller

    def rows() -> Iterator[OrderedRows]:
        for batch in scores.labelled_rows():
            price = _prices(batch, kind, prices, otherwise)
            yield order_rows(replace(batch, values=price), buckets)

    priced_misses = count(priced, rows()).dense_values
    assert priced_misses is not None
    return replace(tally, miss_prices=priced_misses[..., 1].copy())


def with_mean_miss_prices(
    tally: Tally, prices: Mapping[str, float], otherwise: float
) -> Tally | None:
    """The tally with prices from its own counts by kind of defect, without reading rows.

    Parameters
    ----------
    tally, prices, otherwise
        See `with_miss_prices`.

    Returns
    -------
    Tally or None
        `None` if the tally was not counted by kind, or if a kind with a price may be in `OTHER`.

    Notes
    -----
    The sums over all buckets are exact. The kinds in each bucket are unknown, so each bucket gets the mean
    price of a bin's defects. Intervals from resampled buckets would then be too narrow. Code that resamples
    must therefore call `refuse_mean_prices` first.
    """
    kinds = None if tally.breakdowns is None else tally.breakdowns.defect_types
    if kinds is None:
        return None
    # A kind that has the same name as `OTHER` cannot be distinguished from it.
    if kinds.has_others and not prices.keys() <= {*kinds.categories} - {OTHER}:
        return None
    kind_prices = np.array([prices.get(name, otherwise) for name in kinds.categories])
    defects = kinds.masses[0, ..., 1].astype(np.float64)
    price_sums, mass = np.tensordot(kind_prices, defects, axes=1), defects.sum(axis=0)
    mean = np.divide(price_sums, mass, out=np.zeros_like(price_sums), where=mass > 0)
    miss_prices = np.asarray(mean * tally.masses[..., 1], np.float64)
    return replace(tally, miss_prices=miss_prices, has_mean_prices=True)


def refuse_mean_prices(tally: Tally, file: str | None = None) -> None:
    """Raise if buckets only have mean prices, so that they must not be resampled or split.

    Parameters
    ----------
    tally : Tally
    file : str, optional
        Name of the file that the tally was read from.

    Raises
    ------
    ScoreError
        ``E_TALLY``.
    """
    if tally.has_mean_prices:
        raise ScoreError(
            "E_TALLY",
            "a tally must be asked for no intervals where kinds of defect have prices, as it does not say "
            "how kinds vary among its resamples",
            file=file,
            column="miss_cost_by_type",
            hint="Give the score files, ask for no intervals, or leave the prices out.",
        )


def _prices(batch: Batch, kind: str, prices: Mapping[str, float], otherwise: float) -> Floats:
    """Price of missing each row, for any class."""
    kinds = batch.parts[kind].dictionary_encode()
    kind_prices = [prices.get(name, otherwise) for name in kinds.dictionary.to_pylist()]
    row_prices: Floats = np.array(kind_prices, np.float64)[kinds.indices.to_numpy()]
    return row_prices
