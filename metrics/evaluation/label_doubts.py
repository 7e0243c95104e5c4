"""Likely label errors: units whose label all good models contradict, by confident learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.evaluation.calibration import probabilities
from metrics.io.scores import Scores
from metrics.tally.point_failures import MOST_UNITS, FirstRows, FirstUnits, Point


@dataclass(frozen=True)
class LabelDoubts:
    """Units whose label may be wrong.

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

    Returns
    -------
    LabelDoubts

    Raises
    ------
    ScoreError
        See `Scores.keyed_rows`.

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
    informative: Sequence[str] = [name for name, (low, high) in typical.items() if high > low]
    doubtful = [FirstRows.empty(most), FirstRows.empty(most)]
    past, doubted, before = [0.0, 0.0], [0.0, 0.0], 0
    for batch in scores.labelled_rows([*informative, point.model], ids=False):
        size = batch.labels.size
        mass = np.ones(size) if batch.weights is None else batch.weights
        own = batch._replace(scores=batch.scores[-1:])
        rejected, kept = point.rejected(own), point.kept(own)
        caught = rejected + catches * (kept & ~rejected)
        places = [  # 0: mean score of good units, 1: mean score of defects
            (probabilities(of_model, scores.scale) - typical[name][0])
            / (typical[name][1] - typical[name][0])
            for name, of_model in zip(informative, batch.scores[:-1], strict=True)
        ]
        if places:
            mean = np.mean(places, axis=0)
            for label, agree, key in (
                (0, np.min(places, axis=0) >= 1, -mean),
                (1, np.max(places, axis=0) <= 0, mean),
            ):
                those = agree & (batch.labels == label)
                rows = np.flatnonzero(those)
                doubtful[label].add(key[rows], rows + before)
                doubted[label] += float(mass[those].sum())
                past[label] += float((mass * np.abs(caught - label))[those].sum())
        before += size
    return LabelDoubts(
        defects=doubtful[1].first,
        goods=doubtful[0].first,
        missed=past[1],
        flagged=past[0],
        doubted=(doubted[0], doubted[1]),
    )
