"""Meaning of score values: P(defect), P(good), or confidence in the predicted class.

The same rules apply to the first rows and to a sample of all rows (`MeaningSample`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
FEW_ROWS, SOME_ROWS = 30, 50
"""Number of rows needed to use decisions without a recognisable name, and to check scores without decisions.
"""
ENOUGH_ROWS = 4_096
"""Largest number of rows in which decisions are compared with scores."""
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
_WHOLE: dict[Scale, float] = {"probability": 1.0, "percent": 100.0, "logit": 0.0, "rank": 0.0}
"""Sum of the scores of a unit's two classes."""


def probability_of_defect(
    scores: Floats, of: ScoresOf, scale: Scale, decided: Codes | None = None
) -> Floats:
    """Return scores that are higher for defects, from scores of which a higher one supports the class ``of``.

    The score of the other class is 1 - score, 100 - score for per cent, and the negative for log-odds and
    ranks. "predicted" requires ``decided``: 1 if the predicted class is the defect, otherwise 0.
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


def has_only_high_scores(low: float, high: float, positives: int, rows: int, scale: Scale) -> bool:
    """Whether no score is below one half although less than half of the units are defects.

    The mean of calibrated probabilities is the share of defects, so such scores are probably confidences. A
    constant score gives no evidence. ``low`` and ``high`` are the smallest and largest score of all rows.
    """
    if rows < SOME_ROWS or scale not in PROBABILITIES or low == high:
        return False
    return low >= _WHOLE[scale] / 2.0 and 2 * positives < rows


def complements(columns: Sequence[Floats], scale: Scale | None) -> list[tuple[int, int]]:
    """Find the positions of pairs of columns with a constant sum: the two classes of one model.

    Without a scale the sum may be 1, 100 or 0. No column is in two pairs. The sum must be constant in 99% of
    the rows. Rounding to d decimals changes a sum by at most one unit of the last decimal. A
    constant column and its complement are not a pair, because they give no evidence.
    """
    if len(columns) < 2 or not columns[0].size:
        return []
    values = np.stack(columns)
    varies = values.min(axis=1) < values.max(axis=1)
    # Detectors with 0 in most rows add up to 0 there, although they are two models.
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
                if (np.abs(values[j] + values[k] - whole) <= size).mean() >= 0.99:
                    pairs.append((k, int(j)))
                    taken |= {k, int(j)}
                    break
            if k in taken:
                break
    return pairs


def _slack(values: Floats, whole: float) -> Floats:
    """Tolerance of a sum for rounding: two decimals for probabilities, relative for log-odds."""
    if whole == 0.0:
        return 0.001 * np.maximum(1.0, np.abs(values))
    return np.full(values.shape, 0.01001 * whole if _is_rounded(values, whole) else 0.0005 * whole)


def _is_rounded(values: Floats, whole: float) -> bool:
    """Whether all values have at most three decimals, relative to the whole."""
    return bool((np.abs(np.round(values / whole, 3) - values / whole) < 1e-9).all())


def never_below(first: Floats, second: Floats) -> bool:
    """Whether one column is at least another in every row, as in a list sorted by score."""
    return bool((first >= second).all()) and bool((first > second).any())


@dataclass(frozen=True)
class Doubt:
    """Class of which scores may be instead of the defect, and the column of decisions that shows this.

    Without decisions, either no score is below one half, or the name speaks of the good class.
    """

    of: ScoresOf
    decision: str | None = None


@dataclass(frozen=True)
class Evidence:
    """Some rows of one model, with the related decisions.

    Attributes
    ----------
    scores : ndarray of shape (n,)
        Scores as read.
    labels : ndarray of shape (n,) or None
        1 for a defect; `None` if the label's spelling is not understood.
    decided : mapping of str to ndarray of shape (n,)
        Columns of decisions, 1 for a defect.
    unordered : frozenset of str
        Columns of decisions in which the defect's value is unknown.
    named : collection of str
        Columns of decisions whose names say that they are decisions.
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
) -> Doubt | None:
    """Return the doubt about a model's scores that columns of decisions cause.

    Decisions that are a threshold of the scores as they are remove all doubt. The decisions of the model
    itself, named by ``decision``, take precedence over those of other models.
    """
    readings: dict[str, ScoresOf | None] = {}
    step = -(-evidence.scores.size // ENOUGH_ROWS) or 1
    scores = evidence.scores[::step]
    for name, every in evidence.decided.items():
        decided = every[::step]
        known = decided >= 0
        is_named = name in evidence.named
        if name == model or (not is_named and np.count_nonzero(known) < FEW_ROWS):
            continue
        found = separations(scores[known], decided[known], scale)
        reading = found.reading()
        if reading is None and not is_binary and is_named and found.is_of_best_class():
            reading = "predicted"
        if name not in evidence.unordered or reading == "predicted":
            readings[name] = reading
    if decision is not None and readings.get(decision) is not None:
        readings = {decision: readings[decision]}
    if "defect" in readings.values():
        return None
    for name, reading in readings.items():
        if reading == "good" or (reading == "predicted" and scale != "rank"):
            return Doubt(reading, name)
    return None


class MeaningSample:
    """Some rows of every batch, with equal numbers of defects and good units, to check scores at the end.

    The share of defects affects neither an AUC nor a threshold that reproduces decisions.
    """

    _MOST_OF_BATCH, _MOST = 1_024, 16_384

    def __init__(self, models: Sequence[str]) -> None:
        self._models = models
        self._labels: list[Codes] = []
        self._scores: list[list[Floats]] = [[] for _ in models]
        self._decided: dict[str, list[Codes]] = {}
        self._rows = 0

    def add(self, labels: Codes, scores: Sequence[Floats], decided: Mapping[str, Codes]) -> None:
        """Add some rows of a batch: labels, scores of each model as read, decisions by column."""
        rows = np.concatenate([_spread_rows(labels, code, self._MOST_OF_BATCH) for code in (0, 1)])
        self._labels.append(labels[rows])
        for parts, model_scores in zip(self._scores, scores, strict=True):
            parts.append(model_scores[rows])
        for name, codes in decided.items():
            self._decided.setdefault(name, []).append(codes[rows])
        self._rows += rows.size
        if self._rows > self._MOST:
            self._halve()

    def _halve(self) -> None:
        self._labels = [np.concatenate(self._labels)[::2]]
        self._scores = [[np.concatenate(parts)[::2]] for parts in self._scores]
        self._decided = {
            name: [np.concatenate(parts)[::2]] for name, parts in self._decided.items()
        }
        self._rows = self._labels[0].size

    def evidence(self, named: frozenset[str]) -> dict[str, Evidence]:
        """Return the sampled rows, by model."""
        labels = np.concatenate(self._labels)
        decided = {name: np.concatenate(parts) for name, parts in self._decided.items()}
        return {
            model: Evidence(np.concatenate(parts), labels, decided, named)
            for model, parts in zip(self._models, self._scores, strict=True)
        }


def _spread_rows(labels: Codes, code: int, most: int) -> NDArray[np.intp]:
    """Return evenly spread rows with a label, at most ``most``."""
    rows = np.flatnonzero(labels == code)
    return rows[:: max(1, -(-rows.size // most))]
