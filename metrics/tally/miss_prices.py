"""What missed defects cost by their kind: one more sum of a tally, exact at every threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from metrics.errors import ScoreError
from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch, as_rows
from metrics.tally.breakdown import OTHER
from metrics.tally.kernel import Floats
from metrics.tally.row_order import OrderedRows, ordered
from metrics.tally.tally import Tally, empty_tally
from metrics.tally.threaded_counting import count


def with_miss_prices(
    tally: Tally, scores: Scores, prices: Mapping[str, float], otherwise: float
) -> Tally:
    """The tally with the summed prices of its defects.

    Parameters
    ----------
    tally : Tally
        Of the rows of ``scores``.
    scores : Scores
        With a column of kinds of defect.
    prices : mapping of str to float
        False alarms that a missed defect of a kind is worth.
    otherwise : float
        The same of a kind that is not named.

    Raises
    ------
    ScoreError
        As `Scores.keyed_rows`.
    """
    thresholds = [tally.finite_thresholds(m) for m in range(len(tally.models))]
    buckets, weighted = len(tally.counts), tally.weights is not None
    priced = empty_tally(
        tally.models, thresholds, scale=tally.scale, weighted=weighted, valued=True, buckets=buckets
    )
    kind = scores.columns.defect_type
    assert kind is not None  # the caller asks first

    def rows() -> Iterator[OrderedRows]:
        for batch in scores.labelled_rows():
            price = _prices(batch, kind, prices, otherwise)
            yield ordered(replace(as_rows(batch), values=price), buckets)

    values = count(priced, rows()).dense_values
    assert values is not None
    return replace(tally, miss_prices=values[..., 1].copy())


def with_miss_prices_counted(
    tally: Tally, prices: Mapping[str, float], otherwise: float
) -> Tally | None:
    """The same from the counts of a tally by kind of defect, if it has them: no row is read.

    Parameters
    ----------
    tally, prices, otherwise
        As of `with_miss_prices`.

    Returns
    -------
    Tally or None
        None where it was not counted by kinds, or a kind that has a price may be among its rest.

    Notes
    -----
    The sums over all buckets are exact. Which kinds lie in which bucket is not known: each bucket is given
    the mean price of a bin's defects, so that nothing drawn from buckets would be as wide as it should be:
    who draws asks `refuse_mean_prices` first.
    """
    kinds = None if tally.breakdowns is None else tally.breakdowns.defect_types
    if kinds is None:
        return None
    # A kind that is called like the rest cannot be told from it.
    if kinds.has_others and not prices.keys() <= {*kinds.categories} - {OTHER}:
        return None
    each = np.array([prices.get(name, otherwise) for name in kinds.categories])
    of_kinds = kinds.masses[0, ..., 1].astype(np.float64)
    summed, mass = np.tensordot(each, of_kinds, axes=1), of_kinds.sum(axis=0)
    mean = np.divide(summed, mass, out=np.zeros_like(summed), where=mass > 0)
    prices_of_bins = np.asarray(mean * tally.masses[..., 1], np.float64)
    return replace(tally, miss_prices=prices_of_bins, has_mean_prices=True)


def refuse_mean_prices(tally: Tally, file: str | None = None) -> None:
    """Refuse to draw from buckets, or to part them, where they don't know what their own defects cost.

    Parameters
    ----------
    tally : Tally
    file : str, optional
        Where it was read from.

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
    """Price of missing each row, whatever its class."""
    kinds = batch.parts[kind].dictionary_encode()
    of_kinds = [prices.get(name, otherwise) for name in kinds.dictionary.to_pylist()]
    each: Floats = np.array(of_kinds, np.float64)[kinds.indices.to_numpy()]
    return each
