"""The tally: everything the product needs to know of any number of rows, in arrays of one size.

Confusion counts add. After one pass over the rows the tally holds, for every bucket, model, threshold bin
and class, how many rows fell there; point estimates sum over the buckets, resamples weigh the buckets,
and tallies of two batches, files or machines with equal thresholds simply add.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.buckets import BUCKETS
from metrics.grouped import Grouped, grouped, keyed
from metrics.kernel import CALIBRATION_BINS, LINKS, count_rows, empty, lookup
from metrics.scores import Layout, Scale, Scores
from metrics.thresholds import MAX_THRESHOLDS, choose_and_keep
from metrics.workers import Workers

MOST_ROWS = 0xFFFFFFFF
TOO_MANY = f"a bin of a bucket must hold at most {MOST_ROWS:,} rows of a class"


@dataclass(frozen=True)
class Tally:
    """Additive counts of ``M`` models over ``B`` buckets and at most ``K`` thresholds each.

    Attributes
    ----------
    models : tuple of str, length M
    scale : {"probability", "percent", "logit", "rank"}
        What the scores and thresholds are; log loss, Brier score and calibration use the probability they
        stand for, and are undefined for a ranking.
    thresholds : ndarray of float64, shape (M, K)
        Ascending observed scores of each model, padded with infinity (flag nothing).
    counts : ndarray of uint32, shape (B, M, K + 1, 2)
        Rows of each class (0 good, 1 defect) with exactly ``bin`` thresholds at or below their score.
    weights, values : ndarray of float64 like counts, or None
        Summed weights and summed (weighted) unit values, where the data has them.
    losses : ndarray of float64, shape (B, M, 2, 3)
        By class: log loss without its infinite rows, clipped log loss, squared error; summed with weights.
    infinite : ndarray of int64, shape (B, M, 2)
        Rows scored exactly 0 or 1 on the wrong side, whose log loss is infinite.
    between : ndarray of int64, shape (M, 2)
        Rows of each class whose score is none of the thresholds; 0 where every score is a threshold.
    calibration : ndarray of float64, shape (B, M, 15, 2, 2)
        Weight and summed probability of each class in equally wide bins of probability.
    """

    models: tuple[str, ...]
    scale: Scale
    thresholds: NDArray[np.float64]
    counts: NDArray[np.uint32]
    weights: NDArray[np.float64] | None
    values: NDArray[np.float64] | None
    losses: NDArray[np.float64]
    infinite: NDArray[np.int64]
    between: NDArray[np.int64]
    calibration: NDArray[np.float64]

    @property
    def masses(self) -> NDArray[np.uint32] | NDArray[np.float64]:
        """What rates are made of: summed weights where rows are weighted, else counts."""
        return self.counts if self.weights is None else self.weights

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Number of rows of each class, shape (2,): good units, defects."""
        return np.asarray(self.counts[:, 0].sum(axis=(0, 1), dtype=np.int64))

    @cached_property
    def class_mass(self) -> NDArray[np.float64]:
        """Rows of each class, weighted where rows are weighted, shape (2,)."""
        mass: NDArray[np.float64] = self.bucket_mass.sum(axis=0)
        return mass

    @cached_property
    def bucket_mass(self) -> NDArray[np.float64]:
        """Rows of each bucket and class, weighted where rows are weighted, shape (B, 2)."""
        mass: NDArray[np.float64] = self.masses[:, 0].sum(axis=1, dtype=np.float64)
        return mass

    def index(self, model: str) -> int:
        """Position of ``model``; KeyError where the tally has no such model."""
        try:
            return self.models.index(model)
        except ValueError:
            raise KeyError(model) from None

    def finite_thresholds(self, model: int) -> NDArray[np.float64]:
        """Ascending thresholds of one model without the padding."""
        row: NDArray[np.float64] = self.thresholds[model]
        return row[np.isfinite(row)]

    @property
    def is_complete(self) -> bool:
        """Whether every score is a threshold: counts are exact everywhere, and the scores are still in it."""
        return not self.between.any()

    def is_exact(self, model: int, threshold: float) -> bool:
        """Whether the counts of one model are exact at a threshold, be it one of the tally's or not."""
        if not self.between[model].any():
            return True
        own = np.append(self.finite_thresholds(model), np.inf)
        above = int(np.searchsorted(own, threshold, side="left"))
        # Between two thresholds the higher one flags the same units where none lies between them.
        return bool(own[above] == threshold) or not self.counts[:, model, above].any()

    def __add__(self, other: Tally) -> Tally:
        """Tally of the rows of both; ValueError unless models, scale and thresholds are equal."""
        if (self.models, self.scale) != (other.models, other.scale):
            raise ValueError("tallies must be of the same models on the same scale to add")
        if not np.array_equal(self.thresholds, other.thresholds):
            raise ValueError("tallies must have equal thresholds to add")
        if (self.weights is None, self.values is None) != (
            other.weights is None,
            other.values is None,
        ):
            raise ValueError("tallies must both have weights, and both have values, to add")
        counts = self.counts + other.counts
        if (counts < self.counts).any():
            raise OverflowError(TOO_MANY)
        return replace(
            self,
            counts=counts,
            weights=_sum(self.weights, other.weights),
            values=_sum(self.values, other.values),
            losses=self.losses + other.losses,
            infinite=self.infinite + other.infinite,
            between=self.between + other.between,
            calibration=self.calibration + other.calibration,
        )


def _sum(
    a: NDArray[np.float64] | None, b: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    return None if a is None or b is None else a + b


def empty_tally(
    models: Sequence[str],
    thresholds: Sequence[NDArray[np.float64]],
    *,
    scale: Scale = "probability",
    weighted: bool = False,
    valued: bool = False,
    buckets: int = BUCKETS,
) -> Tally:
    """Tally of no rows: the neutral element of addition, and what batches are counted into."""
    count = len(models)
    widest = max((t.size for t in thresholds), default=0)
    padded = np.full((count, widest), np.inf)
    for m, own in enumerate(thresholds):
        padded[m, : own.size] = own
    shape = (buckets, count, widest + 1, 2)
    return Tally(
        models=tuple(models),
        scale=scale,
        thresholds=padded,
        counts=np.zeros(shape, np.uint32),
        weights=np.zeros(shape) if weighted else None,
        values=np.zeros(shape) if valued else None,
        losses=np.zeros((buckets, count, 2, 3)),
        infinite=np.zeros((buckets, count, 2), np.int64),
        between=np.zeros((count, 2), np.int64),
        calibration=np.zeros((buckets, count, CALIBRATION_BINS, 2, 2)),
    )


def tally_batches(tally: Tally, batches: Iterable[pa.RecordBatch], layout: Layout) -> Tally:
    """Count batches into ``tally`` in place, and return it.

    Parameters
    ----------
    tally : Tally
        From `empty_tally`; its arrays are written to.
    batches : iterable of pyarrow.RecordBatch
        In the canonical schema of the gate.
    layout : Layout
        Positions of the columns in a batch; rows are bucketed by their group where there is one, else by
        their id.
    """
    buckets = tally.counts.shape[0]
    return count(tally, (grouped(keyed(batch, layout), buckets) for batch in batches))


def count(tally: Tally, batches: Iterable[Grouped], threads: int | None = None) -> Tally:
    """Count ordered rows into ``tally`` in place: each thread some of the buckets, of every model."""
    finite = [tally.finite_thresholds(m) for m in range(len(tally.models))]
    tables = [lookup(own) for own in finite]
    nothing = np.empty((0, 0, 0))
    with Workers(threads) as workers:
        cuts = np.linspace(0, tally.counts.shape[0], workers.count + 1).round().astype(int).tolist()
        parts = list(pairwise(cuts))
        between = np.zeros((len(parts), *tally.between.shape), np.int64)

        def of_part(rows: Grouped, part: int) -> None:
            first, last = parts[part]
            for m, own in enumerate(rows.scores):
                starts, low, inverse_width = tables[m]
                count_rows(
                    own,
                    rows.edges,
                    first,
                    last,
                    rows.weights if tally.weights is not None else empty(),
                    rows.values if tally.values is not None else empty(),
                    finite[m],
                    starts,
                    low,
                    inverse_width,
                    LINKS[tally.scale],
                    tally.counts[:, m],
                    nothing if tally.weights is None else tally.weights[:, m],
                    nothing if tally.values is None else tally.values[:, m],
                    tally.losses[:, m],
                    tally.infinite[:, m],
                    between[part, m],
                    tally.calibration[:, m],
                )

        total = _rows_of_each(tally)
        for rows in batches:
            total += rows.rows
            workers.each(partial(of_part, rows), len(parts))
        workers.wait()
        tally.between[:] += between.sum(axis=0)
    if total.max(initial=0) > MOST_ROWS and (_rows_of_each(tally) != total).any():
        raise OverflowError(TOO_MANY)
    for known in ("rows", "class_mass", "bucket_mass"):  # of before
        vars(tally).pop(known, None)
    return tally


def _rows_of_each(tally: Tally) -> NDArray[np.int64]:
    """Rows that are counted of each model, shape (M,)."""
    return np.asarray(tally.counts.sum(axis=(0, 2, 3), dtype=np.int64))


def tally_scores(
    scores: Scores,
    *,
    max_thresholds: int = MAX_THRESHOLDS,
    also: Sequence[float] = (),
    thresholds: Sequence[NDArray[np.float64]] | None = None,
    buckets: int = BUCKETS,
) -> Tally:
    """Tally every row of opened score files.

    Parameters
    ----------
    scores : Scores
        From `metrics.open_scores`.
    max_thresholds : int
        Limit on the distinct scores that become thresholds of a model. With very many models it is lower:
        `metrics.scores.Layout.most_thresholds`.
    also : sequence of float
        Thresholds wanted besides, for every model; counts there are exact.
    thresholds : sequence of ndarray, one for each model, optional
        Use these instead of choosing; they ascend and are finite.
    buckets : int
        Number of buckets, at most 65,536.

    Returns
    -------
    Tally

    Raises
    ------
    ScoreError
        Where the gate finds a value that cannot be counted.

    Notes
    -----
    Counts at every threshold are exact, whatever their number. Rows are read once while they fit into
    `metrics.thresholds.KEPT_BYTES`, else a second time once the thresholds are known; memory does not
    grow beyond.
    """
    kept: list[Grouped] | None = None
    if thresholds is None:
        most = min(max_thresholds, scores.layout.most_thresholds)
        thresholds, kept = choose_and_keep(scores, most, also=also, buckets=buckets)
    tally = empty_tally(
        scores.models,
        thresholds,
        scale=scores.scale,
        weighted=scores.layout.weight is not None,
        valued=scores.layout.value is not None,
        buckets=buckets,
    )
    if kept is None:
        return count(tally, (grouped(rows, buckets) for rows in scores.keyed_rows()))
    return count(tally, kept)
