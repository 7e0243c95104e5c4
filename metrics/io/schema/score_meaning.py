"""Meaning of score values: P(defect), P(good), or confidence in the predicted class.

Two statistics show the meaning: how well a threshold reproduces decisions, and the area under the ROC curve.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from metrics.io.read_options import Scale, ScoresOf

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

SEPARATES, UNLIKE = 0.995, 0.95
"""Balanced accuracy above which decisions are a threshold of a score, and below which they are not."""
NEARER = 0.1
"""Required margin in balanced accuracy for reading scores as confidence in the best of several classes."""
SOME_ROWS = 40
"""Number of rows needed to check scores without decisions."""
RANKS_WELL = 0.97
"""AUC above which scores cannot be confidences in the predicted class."""
CLEAR_ERRORS = 2.58
"""Standard errors from 0.5 that an AUC needs to show the direction of the scores."""

LIMITS: dict[Scale, tuple[float, float]] = {
    "probability": (0.0, 1.0),
    "percent": (0.0, 100.0),
    "logit": (-np.inf, np.inf),
    "rank": (-np.inf, np.inf),
}
"""Smallest and largest score on a scale."""
ROUNDING = 2.5e-7
"""Tolerance above 1 for a probability from 32-bit floats, which is then read as 1."""
PROBABILITIES: tuple[Scale, ...] = ("probability", "percent")
SUM_OF_CLASSES: dict[Scale, float] = {
    "probability": 1.0,
    "percent": 100.0,
    "logit": 0.0,
    "rank": 0.0,
}
"""Sum of the scores of a unit's two classes."""
DECISION_SCORES: dict[Scale, tuple[float, float]] = {
    "probability": (0.0, 1.0),
    "percent": (0.0, 100.0),
    "logit": (-36.0, 36.0),
    "rank": (0.0, 1.0),
}
"""Scores that stand for the decisions to ship and to reject; log-odds of 36 are 1 - 2.3e-16."""


def probability_of_defect(
    scores: Floats, of: ScoresOf, scale: Scale, decided: Codes | None = None
) -> Floats:
    """Convert scores that are higher for the class ``of`` to scores that are higher for defects.

    The score of the other class is 1 - score, 100 - score for per cent, and the negative for log-odds and
    ranks. "predicted" requires ``decided``: 1 if the predicted class is the defect, otherwise 0.
    """
    if of == "defect":
        return scores
    other: Floats = SUM_OF_CLASSES[scale] - scores
    if of == "good":
        return other
    assert decided is not None
    return np.where(decided == 1, scores, other)


def separation(scores: Floats, decided: Codes) -> float:
    """Return the best balanced accuracy of a threshold: ``decided`` is 1 where ``score >= t``.

    The result is between 0.5 and 1; NaN if only one of the two decisions occurs.
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


class Separations(NamedTuple):
    """Balanced accuracy of the best threshold that reproduces decisions, by reading; see `separation`."""

    defect: float
    good: float
    predicted: float

    def reading(self) -> ScoresOf | None:
        """Return the only reading in which the decisions are a threshold; `None` if there is none."""
        found: dict[ScoresOf, float] = dict(zip(get_args(ScoresOf), self, strict=True))
        best = max(found, key=lambda of: found[of])
        others = [value for of, value in found.items() if of != best]
        if found[best] >= SEPARATES and max(others) < UNLIKE + (found[best] - SEPARATES) / 5:
            return best
        if self.defect >= SEPARATES:
            return "defect"
        return None

    def is_of_best_class(self) -> bool:
        """Whether scores are probably the confidence in the best of three or more classes.

        The predicted class is then no threshold of any single class's probability. But it is closer to the
        confidence than to the other readings of the scores.
        """
        return self.predicted >= max(self.defect, self.good) + NEARER


def separations(scores: Floats, decided: Codes, scale: Scale) -> Separations:
    """Return how well a threshold of the scores reproduces decisions, for each of three readings."""
    predicted = probability_of_defect(scores, "predicted", scale, decided)
    return Separations(
        separation(scores, decided), separation(-scores, decided), separation(predicted, decided)
    )


def auc(scores: Floats, labels: Codes) -> tuple[float, float]:
    """Return the area under the ROC curve, and its standard error if scores are independent of the label.

    These are ``P(score of a defect > of a good unit) + P(equal) / 2``, and
    ``sqrt((n + 1) / (12 * positives * negatives))``; both NaN if one class is missing.

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
    """Whether scores separate the classes so well that they cannot be confidences in either class."""
    return labels is not None and bool(auc(scores, labels)[0] >= RANKS_WELL)


Direction = Literal["up", "down", "unclear"]


def direction(scores: Floats, labels: Codes | None) -> Direction:
    """Whether scores clearly increase or decrease for defects."""
    if labels is None:
        return "unclear"
    area, error = auc(scores, labels)
    if not abs(area - 0.5) >= CLEAR_ERRORS * error:
        return "unclear"
    return "up" if area > 0.5 else "down"


def has_only_high_scores(
    low: float, high: float, positives: int, rows: int, scale: Scale, *, is_rising: bool
) -> bool:
    """Whether no score is below one half, and the scores are probably confidences.

    They are if less than half of the units are defects, because the mean of calibrated probabilities is the
    share of defects. They also are if the scores do not clearly rise with the defect (``is_rising``). A
    constant score gives no evidence. ``low`` and ``high`` are the smallest and largest score of all rows.
    """
    if rows < SOME_ROWS or scale not in PROBABILITIES or low == high:
        return False
    is_unlike_defects = 2 * positives < rows or not is_rising
    return low >= SUM_OF_CLASSES[scale] / 2.0 and is_unlike_defects
