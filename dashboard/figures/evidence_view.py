"""What the charts of evidence draw of one model, as values."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.evaluation.calibration import Reliability
from metrics.inference.statistics import Interval
from metrics.tally.sparse_sums import Floats


@dataclass(frozen=True)
class Line:
    """A curve, its 95 % band, and the operating point that it is shown for.

    Attributes
    ----------
    x, y : ndarray of float64, shape (K,)
    along : ndarray of float64, shape (G,)
        Where the band is known.
    band : Interval or None
        Of shape (G,); None where it is not known.
    point : (float, float)
        NaN where there is none.
    """

    x: Floats
    y: Floats
    along: Floats
    band: Interval | None
    point: tuple[float, float]


@dataclass(frozen=True)
class ModelEvidence:
    """One model at one threshold, on every chart of evidence.

    Attributes
    ----------
    model : str
    threshold : float
    roc : Line
        Recall along the false alarm rate.
    precision_recall : Line
        Precision along the recall.
    reliability : Reliability
    reliability_ends : Interval or None
    probability : float
        That the threshold stands for; NaN for a ranking.
    decision : Line
        Net benefit of the threshold along the threshold probability; the point at what a miss costs.
    decision_curve : ndarray of float64
        The same where the threshold follows the probability; NaN for a ranking.
    """

    model: str
    threshold: float
    roc: Line
    precision_recall: Line
    reliability: Reliability
    reliability_ends: Interval | None
    probability: float
    decision: Line
    decision_curve: Floats
