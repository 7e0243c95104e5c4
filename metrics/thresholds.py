"""Which thresholds of each model are counted: the pass over the scores that comes before the tally.

Up to a limit every distinct score is a threshold. Above it every distinct score of the rarer class is
one, and so is the next float above it, which keeps ties apart; the rest are quantiles of the other class.
Where even the rarer class has too many distinct scores, quantiles of both classes are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metrics.kernel import hash_floats
from metrics.scores import Scores

MAX_THRESHOLDS = 4096


@dataclass
class DistinctSample:
    """The distinct values of a stream, or past ``limit`` a sample of them that no order can change.

    Notes
    -----
    Keeps the ``limit`` values with the smallest hashes (a bottom-k or KMV sketch), so that the sample is
    the same however the rows are ordered or split.

    References
    ----------
    Beyer et al.: On synopses for distinct-value estimation under multiset operations. SIGMOD 2007.
    """

    limit: int
    values: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    bound: np.uint64 | None = None
    """Hashes above this were dropped; None while nothing was."""

    @property
    def exact(self) -> bool:
        """Whether ``values`` holds every distinct value seen."""
        return self.bound is None

    def add(self, values: NDArray[np.float64]) -> None:
        """Take in more values, in any order."""
        if self.bound is not None:
            values = values[hash_floats(values) <= self.bound]
        if values.size == 0:
            return
        merged = np.union1d(self.values, values + 0.0)  # + 0.0: the two zeros are one score
        if merged.size > self.limit:
            hashes = hash_floats(merged)
            self.bound = np.partition(hashes, self.limit - 1)[self.limit - 1]
            merged = merged[hashes <= self.bound]
        self.values = merged

    def take(self, other: DistinctSample) -> None:
        """Take in what another sample of the same limit has seen: the sample of both, whatever the split."""
        bounds = [bound for bound in (self.bound, other.bound) if bound is not None]
        self.bound = min(bounds, default=None)
        if self.bound is not None:
            self.values = self.values[hash_floats(self.values) <= self.bound]
        self.add(other.values)


@dataclass
class ModelSketch:
    """What the first pass keeps of one model: distinct scores of each class, and the lowest score."""

    limit: int
    lowest: float = np.inf
    classes: tuple[DistinctSample, DistinctSample] = field(init=False)

    def __post_init__(self) -> None:
        """One sample for good units, one for defects."""
        self.classes = (DistinctSample(self.limit), DistinctSample(self.limit))

    def add(self, scores: NDArray[np.float64], labels: NDArray[np.int8]) -> None:
        """Take in one batch of one model."""
        if scores.size:
            self.lowest = min(self.lowest, float(scores.min()))
        defect = labels == 1
        self.classes[0].add(scores[~defect])
        self.classes[1].add(scores[defect])

    def take(self, other: ModelSketch) -> None:
        """Take in what was seen of the same model elsewhere."""
        self.lowest = min(self.lowest, other.lowest)
        for own, more in zip(self.classes, other.classes, strict=True):
            own.take(more)

    def thresholds(self, rarer: int) -> NDArray[np.float64]:
        """Ascending thresholds; ``rarer`` is the class with fewer rows (1: defects)."""
        rare, other = self.classes[rarer], self.classes[1 - rarer]
        if rare.exact and other.exact:
            every = np.union1d(rare.values, other.values)
            if every.size <= self.limit:
                return every
        if rare.exact:
            with np.errstate(over="ignore"):  # infinity, above the largest float, is left out below
                chosen = np.union1d(rare.values, np.nextafter(rare.values, np.inf))
            filling = _quantiles(other.values, self.limit - rare.values.size)
        else:
            chosen = _quantiles(rare.values, self.limit // 2)
            filling = _quantiles(other.values, self.limit - chosen.size)
        every = np.union1d(np.union1d(chosen, filling), [self.lowest])
        finite: NDArray[np.float64] = every[np.isfinite(every)]
        return finite


def _quantiles(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """At most ``count`` of the sorted ``values``, evenly by rank and with both ends."""
    if values.size <= count:
        return values
    if count < 1:
        return values[:0]
    spread: NDArray[np.float64] = values[np.linspace(0, values.size - 1, count).round().astype(int)]
    return spread


def choose_thresholds(
    scores: Scores, *, max_thresholds: int = MAX_THRESHOLDS, also: Sequence[float] = ()
) -> list[NDArray[np.float64]]:
    """Choose the thresholds of every model in one pass over the rows.

    Parameters
    ----------
    scores : Scores
    max_thresholds : int
        Limit on the distinct scores taken of a model, at least 2. Where only the rarer class is taken
        whole, each of its scores brings the next float above it on top of the limit.
    also : sequence of float
        Thresholds that every model gets besides, observed or not.

    Returns
    -------
    list of ndarray, one for each model
        Finite, ascending, distinct, shape (k,) with the lowest observed score among them. They do not
        depend on the order of the rows.

    Raises
    ------
    ScoreError
        From the gate: this is the pass that reads and checks every value.
    """
    sketches = [ModelSketch(max(2, max_thresholds)) for _ in scores.models]
    totals = np.zeros(2, np.int64)
    for batch in scores.batches():
        labels = batch.column(scores.layout.label).to_numpy()
        totals += np.bincount(labels, minlength=2)
        for sketch, position in zip(sketches, scores.layout.models, strict=True):
            sketch.add(batch.column(position).to_numpy(), labels)
    return thresholds_of(sketches, totals, also)


def thresholds_of(
    sketches: Sequence[ModelSketch], totals: NDArray[np.int64], also: Sequence[float] = ()
) -> list[NDArray[np.float64]]:
    """Thresholds of every model once all rows were seen.

    Parameters
    ----------
    sketches : sequence of ModelSketch
    totals : ndarray of int, shape (2,)
        Good units and defects.
    also : sequence of float
        Thresholds that every model gets besides.
    """
    rarer = int(totals[1] <= totals[0])
    extra = np.asarray([t for t in also if np.isfinite(t)], np.float64) + 0.0
    return [np.union1d(sketch.thresholds(rarer), extra) for sketch in sketches]
