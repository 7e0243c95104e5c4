"""Likely label errors by confident learning: units with a label that all good models contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.calibration import probabilities
from metrics.io.scores import Scores
from metrics.tally.kernel import Floats
from metrics.tally.unit_lists import MOST_UNITS, FirstUnits, Point, SmallestKeys


@dataclass(frozen=True)
class LabelDoubts:
    """Units with a label that may be wrong.

    Attributes
    ----------
    defects, goods : FirstUnits
        Doubted units with this label; the most doubtful first.
    missed : float
        Doubted defects that the selected point misses; sum of weights if rows are weighted.
    flagged : float
        Doubted good units that the selected point would catch if they were defects.
    doubted : (float, float)
        All doubted good units and defects; sums of weights if rows are weighted.
    """

    defects: FirstUnits
    goods: FirstUnits
    missed: float
    flagged: float
    doubted: tuple[float, float]


def label_doubts(
    scores: Scores,
    typical: Mapping[str, tuple[float, float]],
    point: Point,
    *,
    catches: float = 1.0,
    most: int = MOST_UNITS,
) -> LabelDoubts:
    """Find units that all given models assign to the other class, in one pass over the rows.

    Parameters
    ----------
    scores : Scores
    typical : mapping of str to (float, float)
        By model: mean probability of the good units, and mean probability of the defects.
    point : Point
        The selected point.
    catches : float
        Share of the inspected defects that people find.
    most : int
        Largest number of units listed for each class.

    Raises
    ------
    ScoreError
        See `Scores.labelled_rows`.

    Notes
    -----
    A model doubts a defect if its probability is at or below the mean of the good units. It doubts a good
    unit if its probability is at or above the mean of the defects. These are the thresholds of confident
    learning: the mean self-confidence of each class. Units are sorted by the mean distance beyond these
    means, relative to the distance between both means. A ranking has no probabilities, so nothing is doubted.

    References
    ----------
    Northcutt, Jiang, Chuang: Confident learning: estimating uncertainty in dataset labels. JAIR 2021.
    """
    means = {model: pair for model, pair in typical.items() if pair[1] > pair[0]}
    # The index of these lists and arrays is the label.
    lists = SmallestKeys.empty(most), SmallestKeys.empty(most)
    doubted, errors_if_right, rows_before = np.zeros(2), np.zeros(2), 0
    for batch in scores.labelled_rows([*means, point.model], ids=False):
        mass = np.ones(batch.labels.size) if batch.weights is None else batch.weights
        at_point = replace(batch, scores=batch.scores[-1:])
        rejected = point.is_rejected(at_point)
        caught = rejected + catches * (point.is_flagged(at_point) & ~rejected)
        probability = [probabilities(of_model, scores.scale) for of_model in batch.scores[:-1]]
        for label, is_contradicted, order in _contradictions(probability, list(means.values())):
            is_doubted = is_contradicted & (batch.labels == label)
            rows = np.flatnonzero(is_doubted)
            lists[label].add(order[rows], rows + rows_before)
            doubted[label] += mass[is_doubted].sum()
            errors_if_right[label] += (mass * np.abs(caught - label))[is_doubted].sum()
        rows_before += batch.labels.size
    return LabelDoubts(
        defects=lists[1].first,
        goods=lists[0].first,
        missed=float(errors_if_right[1]),
        flagged=float(errors_if_right[0]),
        doubted=(float(doubted[0]), float(doubted[1])),
    )


def _contradictions(
    probability: Sequence[Floats], means: Sequence[tuple[float, float]]
) -> Iterator[tuple[int, NDArray[np.bool_], Floats]]:
    """Yield each label, the units that all models assign to the other class, and a key to sort them by.

    Parameters
    ----------
    probability : sequence of ndarray, shape (n,)
        By model.
    means : sequence of (float, float)
        By model: mean probability of the good units, and mean probability of the defects.
    """
    # A position of 0 is the mean of the good units, 1 the mean of the defects.
    positions = [
        (of_model - low) / (high - low)
        for of_model, (low, high) in zip(probability, means, strict=True)
    ]
    if positions:
        mean = np.mean(positions, axis=0)
        yield 0, np.min(positions, axis=0) >= 1, -mean
        yield 1, np.max(positions, axis=0) <= 0, mean
