"""Units whose label every good model contradicts, by the rule of confident learning."""

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
        Labelled so, and doubted; the most doubtful first.
    missed : float
        Of the doubted defects those that the chosen point misses; summed weights where there are.
    flagged : float
        Of the doubted good units those that it would catch if they were defects.
    doubted : (float, float)
        All doubted good units and defects, summed alike.
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
    """Find units that all of some models take for the other class, in one pass.

    Parameters
    ----------
    scores : Scores
    typical : mapping of str to (float, float)
        Mean probability that the good units and that the defects have, by model that is asked.
    point : Point
        That is chosen.
    catches : float
        Share of the defects that people find among what they inspect.
    most : int
        Units of each class that are kept.

    Returns
    -------
    LabelDoubts

    Raises
    ------
    ScoreError
        As `Scores.keyed_rows`.

    Notes
    -----
    A model doubts a defect whose probability is at or below the mean of the good units', and a good unit
    whose is at or above the mean of the defects': the thresholds of confident learning, which are each
    class's mean self-confidence. The order is that of the mean distance past these means, in units of their
    distance. Scores that are a ranking stand for no probability, and nothing is doubted.

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
        places = [  # 0: as good units score on average, 1: as defects do
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
