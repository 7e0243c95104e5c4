"""Choice of the thresholds of each model: the pass over the scores before the counting.

Up to a limit every distinct score is a threshold. With more scores, every distinct score of the rarer class
is a threshold. The next float above each of these is a threshold as well, so a bin never mixes such a score
with another one. The remaining thresholds are quantiles of the more frequent class. If even the rarer class
has too many distinct scores, all thresholds are quantiles of both classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from metrics.io.validation.read_batches import Batch
from metrics.tally.bottom_k_sample import BottomKSample
from metrics.tally.kernel import Floats


@dataclass
class ModelSketch:
    """State of the first pass for one model: distinct scores of each class, and the lowest score."""

    limit: int
    lowest: float = np.inf
    classes: tuple[BottomKSample, BottomKSample] = field(init=False)

    def __post_init__(self) -> None:
        """Create one sample for good units, and one for defects."""
        self.classes = (BottomKSample(self.limit), BottomKSample(self.limit))

    def add(self, scores: Floats, labels: NDArray[np.int8]) -> None:
        """Add some rows of the model."""
        if scores.size:
            self.lowest = min(self.lowest, float(scores.min()))
        for label, sample in enumerate(self.classes):
            sample.add(scores, labels, label)

    def take(self, other: ModelSketch) -> None:
        """Merge another sketch of the same model."""
        self.lowest = min(self.lowest, other.lowest)
        for sample, more in zip(self.classes, other.classes, strict=True):
            sample.take(more.values, more.bound)

    def thresholds(self, rarer: int) -> Floats:
        """Ascending thresholds; ``rarer`` is the class with fewer rows (1: defects)."""
        rare, other = self.classes[rarer], self.classes[1 - rarer]
        if rare.exact and other.exact:
            distinct = np.union1d(rare.values, other.values)
            if distinct.size <= self.limit:
                return distinct
        if rare.exact:
            with np.errstate(over="ignore"):  # infinity, above the largest float, is removed below
                chosen = np.union1d(rare.values, np.nextafter(rare.values, np.inf))
            filling = _quantiles(other.values, self.limit - rare.values.size)
        else:
            chosen = _quantiles(rare.values, self.limit // 2)
            filling = _quantiles(other.values, self.limit - chosen.size)
        chosen = np.union1d(np.union1d(chosen, filling), [self.lowest])
        finite: Floats = chosen[np.isfinite(chosen)]
        return finite


def _quantiles(values: Floats, count: int) -> Floats:
    """At most ``count`` of the sorted ``values``, evenly spaced by rank, including both ends."""
    if values.size <= count:
        return values
    if count < 1:
        return values[:0]
    spread: Floats = values[np.linspace(0, values.size - 1, count).round().astype(int)]
    return spread


class ThresholdSketches:
    """Distinct scores of every model, collected from the rows to choose the thresholds.

    Attributes
    ----------
    sketches : list of ModelSketch
    totals : ndarray of int, shape (2,)
        Good units and defects.
    """

    def __init__(self, models: int, max_thresholds: int) -> None:
        self.sketches = [ModelSketch(max(2, max_thresholds)) for _ in range(models)]
        self._locks = [Lock() for _ in range(models)]
        self.totals, self._totals_lock = np.zeros(2, np.int64), Lock()

    def add(self, rows: Batch) -> None:
        """Add some rows, from any thread and in any order."""
        defects = np.count_nonzero(rows.labels)
        with self._totals_lock:
            self.totals += (rows.count - defects, defects)
        for sketch, lock, scores in zip(self.sketches, self._locks, rows.scores, strict=True):
            with lock:
                sketch.add(scores, rows.labels)


def thresholds_of(
    sketches: Sequence[ModelSketch], totals: NDArray[np.int64], also: Sequence[float] = ()
) -> list[Floats]:
    """Thresholds of every model after all rows were seen.

    Parameters
    ----------
    sketches : sequence of ModelSketch
        If every score of the rarer class is a threshold, the next floats above them may exceed the limit.
    totals : ndarray of int, shape (2,)
        Good units and defects.
    also : sequence of float
        Additional thresholds for every model, observed or not.

    Returns
    -------
    list of ndarray, one for each model
        Finite, ascending, distinct, shape (k,), including the lowest observed score. They do not depend on
        the order of the rows.
    """
    rarer = int(totals[1] <= totals[0])
    extra = np.asarray([t for t in also if np.isfinite(t)], np.float64) + 0.0
    return [np.union1d(sketch.thresholds(rarer), extra) for sketch in sketches]
