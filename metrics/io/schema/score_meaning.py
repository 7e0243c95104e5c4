"""What the values of a score say about its meaning: P(defect), P(good) or confidence of the predicted class.

Every function takes plain arrays of some rows, so that the first rows and a sample of all rows are judged
by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metrics.io.read_options import Scale, ScoresOf

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

SEPARATES, UNLIKE = 0.995, 0.95
"""Balanced accuracy from which decisions are a threshold of a score, and below which they are not."""
NEARER = 0.1
"""By how much more the balanced accuracy of the confidence in the best of several classes must be."""
FEW_ROWS, SOME_ROWS = 30, 50
"""Rows from which decisions without a telling name, and scores without decisions, are judged."""
ENOUGH_ROWS = 4_096
"""Rows that decisions are compared with scores in, at most."""
RANKS_WELL = 0.97
"""AUC from which scores are no confidences in whatever class was predicted."""
CLEAR_ERRORS = 2.58
"""Standard errors that an AUC must be away from 0.5 to say which way the scores run."""

LIMITS: dict[Scale, tuple[float, float]] = {
    "probability": (0.0, 1.0),
    "percent": (0.0, 100.0),
    "logit": (-np.inf, np.inf),
    "rank": (-np.inf, np.inf),
}
"""Least and largest score on a scale."""
ROUNDING = 2.5e-7
"""How far above 1 a probability may lie that was computed with 32-bit floats, and is read as 1."""
PROBABILITIES: tuple[Scale, ...] = ("probability", "percent")
_WHOLE: dict[Scale, float] = {"probability": 1.0, "percent": 100.0, "logit": 0.0, "rank": 0.0}
"""What the scores of a unit's two classes add up to."""


class Doubt(Enum):
    """Why scores may not be the probability of a defect."""

    PREDICTED = "decisions are a threshold of the confidence in the predicted class"
    PREDICTED_UNNAMED = "no score is below one half"
    REVERSED_DECISION = "decisions flag low scores"
    REVERSED_NAME = "the name speaks of the good class"


def probability_of_defect(
    scores: Floats, of: ScoresOf, scale: Scale, decided: Codes | None = None
) -> Floats:
    """Return scores that rise with the defect.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        As read.
    of : {"defect", "good", "predicted"}
        What a higher score speaks for.
    scale : {"probability", "percent", "logit", "rank"}
    decided : ndarray of shape (n,), optional
        1 where the predicted class is the defect, else 0; needed for "predicted".

    Returns
    -------
    ndarray of shape (n,)
        The score of the other class is 1 - score, 100 - score of per cent, and the negative of log-odds
        and ranks.
    """
    if of == "defect":
        return scores
    other: Floats = _WHOLE[scale] - scores
    if of == "good":
        return other
    assert decided is not None
    return np.where(decided == 1, scores, other)


def separation(scores: Floats, decided: Codes) -> float:
    """Return the best balanced accuracy of a threshold: ``decided`` is 1 where ``score >= t``.

    Parameters
    ----------
    scores : ndarray of shape (n,)
    decided : ndarray of shape (n,)
        0 or 1.

    Returns
    -------
    float
        Between 0.5 and 1; NaN where only one of the two occurs.
    """
    ones = int(np.count_nonzero(decided))
    if ones in (0, decided.size):
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(decided[order])
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf) != 0)
    true_rate = hits[ends] / ones
    false_rate = (ends + 1 - hits[ends]) / (decided.size - ones)
    return float(max(0.5, (1.0 + (true_rate - false_rate).max()) / 2.0))


@dataclass(frozen=True)
class Separations:
    """How well a threshold reproduces decisions, by what the scores may be of; see `separation`."""

    defect: float
    good: float
    predicted: float

    def reading(self) -> ScoresOf | None:
        """Return the only reading of which the decisions are a threshold; None where there is none."""
        found: dict[ScoresOf, float] = {
            "defect": self.defect,
            "good": self.good,
            "predicted": self.predicted,
        }
        best = max(found, key=lambda of: found[of])
        others = [value for of, value in found.items() if of != best]
        if found[best] >= SEPARATES and max(others) < UNLIKE + (found[best] - SEPARATES) / 5:
            return best
        if self.defect >= SEPARATES:
            return "defect"
        return None

    def is_of_best_class(self) -> bool:
        """Whether scores are most likely the confidence in the best of three classes or more.

        The predicted class is no threshold of any one class's probability then, but nearer to its confidence
        than to the scores read otherwise.
        """
        return self.predicted >= max(self.defect, self.good) + NEARER


def separations(scores: Floats, decided: Codes, scale: Scale) -> Separations:
    """Return how well a threshold of the scores, read in each of three ways, reproduces decisions."""
    predicted = probability_of_defect(scores, "predicted", scale, decided)
    return Separations(
        separation(scores, decided), separation(-scores, decided), separation(predicted, decided)
    )


def auc(scores: Floats, labels: Codes) -> tuple[float, float]:
    """Return the area under the ROC curve and its standard error if scores say nothing of the label.

    Parameters
    ----------
    scores, labels : ndarray of shape (n,)

    Returns
    -------
    float, float
        ``P(score of a defect > of a good unit) + P(equal) / 2``, and
        ``sqrt((n + 1) / (12 * positives * negatives))``; both NaN where one class is missing.

    References
    ----------
    Mann and Whitney (1947), for the variance without ties, which is the larger one.
    """
    positive, negative = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    if not positive.size or not negative.size:
        return float("nan"), float("nan")
    below = np.searchsorted(negative, positive, "left").sum(dtype=np.float64)
    below_or_equal = np.searchsorted(negative, positive, "right").sum(dtype=np.float64)
    pairs = float(positive.size) * negative.size
    error = np.sqrt((positive.size + negative.size + 1) / (12.0 * pairs))
    return float((below + below_or_equal) / (2.0 * pairs)), float(error)


def ranks_well(scores: Floats, labels: Codes | None) -> bool:
    """Whether scores tell defects from good units so well that they cannot be confidences in either."""
    return labels is not None and bool(auc(scores, labels)[0] >= RANKS_WELL)


Direction = Literal["up", "down", "unclear"]


def direction(scores: Floats, labels: Codes | None) -> Direction:
    """Say whether scores clearly rise or fall with the defect."""
    if labels is None:
        return "unclear"
    area, error = auc(scores, labels)
    if not abs(area - 0.5) >= CLEAR_ERRORS * error:
        return "unclear"
    return "up" if area > 0.5 else "down"


def has_only_high_scores(low: float, high: float, positives: int, rows: int, scale: Scale) -> bool:
    """Whether no score is below one half though under half of the units are defects.

    The mean of honest probabilities is the share of defects, so these are most likely confidences. A
    constant score says nothing of its meaning.

    Parameters
    ----------
    low, high : float
        Least and largest score of all rows.
    positives, rows : int
    scale : {"probability", "percent", "logit", "rank"}
    """
    if rows < SOME_ROWS or scale not in PROBABILITIES or low == high:
        return False
    return low >= _WHOLE[scale] / 2.0 and 2 * positives < rows


def complements(
    columns: Sequence[Floats], scale: Scale | None, *, share: float = 0.99
) -> list[tuple[int, int]]:
    """Find pairs of columns of which the sum is constant: the two classes of one model.

    Parameters
    ----------
    columns : sequence of ndarray of shape (n,)
    scale : {"probability", "percent", "logit", "rank"} or None
        None: the sum may be 1, 100 or 0.
    share : float
        Share of the rows in which the sum must hold.

    Returns
    -------
    list of tuple of int
        Positions of the two columns; no column is in two pairs.

    Notes
    -----
    Rounding to d decimals moves a sum by at most one unit of the last decimal. A constant column and its
    complement are no pair, since they say nothing.
    """
    if len(columns) < 2 or not columns[0].size:
        return []
    values = np.stack(columns)
    varies = values.min(axis=1) < values.max(axis=1)
    # Detectors that are silent in most rows add up to 0 there, and are two models all the same.
    speaks = np.count_nonzero(values, axis=1) > values.shape[1] / 2
    wholes = (1.0, 100.0, 0.0) if scale is None else (_WHOLE[scale],)
    some = np.linspace(0, values.shape[1] - 1, min(11, values.shape[1])).astype(int)
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for k in range(len(columns) - 1):
        if k in taken or not varies[k]:
            continue
        for whole in wholes:
            if whole == 0.0 and not speaks[k]:
                continue
            size = _slack(values[k], whole)
            near = np.abs(values[k + 1 :, some] + values[k, some] - whole) <= size[some]
            for j in np.flatnonzero(near.mean(axis=1) >= 0.8) + k + 1:
                if int(j) in taken or not varies[j]:
                    continue
                if (np.abs(values[j] + values[k] - whole) <= size).mean() >= share:
                    pairs.append((k, int(j)))
                    taken |= {k, int(j)}
                    break
            if k in taken:
                break
    return pairs


def _slack(values: Floats, whole: float) -> Floats:
    """How far a sum may be off by rounding: to two decimals of probabilities, relative to log-odds."""
    if whole == 0.0:
        return 0.001 * np.maximum(1.0, np.abs(values))
    return np.full(values.shape, 0.01001 * whole if _is_rounded(values, whole) else 0.0005 * whole)


def _is_rounded(values: Floats, whole: float) -> bool:
    """Whether all values have at most three decimals as a share of the whole."""
    return bool((np.abs(np.round(values / whole, 3) - values / whole) < 1e-9).all())


def never_below(first: Floats, second: Floats) -> bool:
    """Whether one column is at least another in every row, as of a list that is sorted by score."""
    return bool((first >= second).all()) and bool((first > second).any())


@dataclass(frozen=True)
class Evidence:
    """Some rows of one model, and what is known of them.

    Attributes
    ----------
    scores : ndarray of shape (n,)
        As read.
    labels : ndarray of shape (n,) or None
        1 for a defect; None where the label's spelling is not understood.
    decided : mapping of str to ndarray of shape (n,)
        Columns of decisions, 1 for a defect.
    unordered : frozenset of str
        Those of which it is not known which of the two values is the defect.
    named : collection of str
        Those of the columns whose names say that they are decisions.
    """

    scores: Floats
    labels: Codes | None
    decided: Mapping[str, Codes]
    named: frozenset[str] = frozenset()
    unordered: frozenset[str] = frozenset()


def doubt_of_decisions(
    model: str,
    evidence: Evidence,
    scale: Scale,
    *,
    is_binary: bool = True,
    decision: str | None = None,
) -> tuple[Doubt, str] | None:
    """Return what decisions say against the scores of a model, with the column that says so.

    Decisions that are a threshold of the scores as they are remove all doubt; those of the model itself,
    where ``decision`` names them, count before those of others.
    """
    readings: dict[str, ScoresOf | None] = {}
    step = -(-evidence.scores.size // ENOUGH_ROWS) or 1
    scores = evidence.scores[::step]
    for name, every in evidence.decided.items():
        decided = every[::step]
        known = decided >= 0
        if name == model:
            continue
        if name not in evidence.named and np.count_nonzero(known) < FEW_ROWS:
            continue
        found = separations(scores[known], decided[known], scale)
        reading = found.reading()
        if (
            reading is None
            and not is_binary
            and name in evidence.named
            and found.is_of_best_class()
        ):
            reading = "predicted"
        if name not in evidence.unordered or reading == "predicted":
            readings[name] = reading
    if decision is not None and readings.get(decision) is not None:
        readings = {decision: readings[decision]}
    if "defect" in readings.values():
        return None
    for name, reading in readings.items():
        if reading == "predicted" and scale != "rank":
            return Doubt.PREDICTED, name
        if reading == "good":
            return Doubt.REVERSED_DECISION, name
    return None
