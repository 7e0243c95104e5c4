"""Evidence for the selected point: ROC, precision-recall, reliability and decision curves with bands."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.analysis.evidence.model_calibration import ModelCalibration, calibration_of_model
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, OperatingPoint
from metrics.evaluation.calibration import Reliability, probabilities, reliability
from metrics.evaluation.confusion import Confusion
from metrics.evaluation.decision_curve import decision_curve, net_benefit
from metrics.evaluation.rates import false_alarm_rate, precision, recall
from metrics.inference.calibration_intervals import reliability_interval
from metrics.inference.curve_bands import net_benefit_band, precision_recall_band, roc_band
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import intervals
from metrics.selection.cost_curve import LEAST_RATIO
from metrics.tally.kernel import Floats

MOST_POINTS = 240
"""Largest number of points of a curve, spread evenly over its thresholds."""
RATES = np.unique(np.concatenate([np.geomspace(1e-3, 1, 30), np.linspace(0, 1, 31)]))
"""False alarm rates at which the band of the ROC curve is computed."""
RECALLS = np.linspace(0.02, 1, 50)
"""Recalls at which the band of the precision is computed."""
PRICE_FACTOR, PRICES = 5.0, 121
"""The decision curve spans 1/5 to 5 times the price of a miss, at this number of prices."""


@dataclass(frozen=True)
class Line:
    """A curve with its 95% band and an operating point.

    Attributes
    ----------
    x, y : ndarray of float64, shape (K,)
    along : ndarray of float64, shape (G,)
        Values of ``x`` at which the band is computed.
    band : Interval or None
        Shape (G,); `None` if intervals are not computed.
    point : (float, float)
        Operating point; NaN if the model is shown without a threshold.
    """

    x: Floats
    y: Floats
    along: Floats
    band: Interval | None
    point: tuple[float, float]


@dataclass(frozen=True)
class ModelEvidence:
    """Curves of a model, with an operating point at a threshold.

    Attributes
    ----------
    threshold : float or None
        `None` if the model is shown without an operating point.
    thresholds : ndarray of float64, shape (K,)
        Thresholds along `roc` and `precision_recall`.
    roc : Line
        Recall along the false alarm rate.
    precision_recall : Line
        Precision along the recall.
    reliability_ends : Interval or None
        Band of the share of defects in each bin of `reliability`; `None` if intervals are not computed.
    probability : float
        Probability at the threshold; NaN for a ranking, and without a threshold.
    decision : Line
        Net benefit of the threshold for each threshold probability. Its point is at the price of a miss.
        Without a threshold this is the decision curve.
    decision_curve : ndarray of float64
        Net benefit if the threshold follows the probability; NaN for a ranking.
    """

    model: str
    threshold: float | None
    thresholds: Floats
    roc: Line
    precision_recall: Line
    reliability: Reliability
    reliability_ends: Interval | None
    probability: float
    decision: Line
    decision_curve: Floats


@dataclass(frozen=True)
class Evidence:
    """Curves and figures of the selected point and of the compared point.

    Attributes
    ----------
    shown : tuple of ModelEvidence
        Curves of the selected point. Those of the compared point follow if it has a model and differs.
    auc : tuple of (float, (float, float))
        ROC AUC of each model, with its interval.
    calibration : tuple of ModelCalibration
        Calibration of each model.
    everything : ndarray of float64
        Net benefit of rejecting every unit, along the decision curve.
    """

    shown: tuple[ModelEvidence, ...]
    auc: tuple[tuple[float, tuple[float, float]], ...]
    calibration: tuple[ModelCalibration, ...]
    everything: Floats

    @property
    def rate(self) -> float:
        """Share of defects that occurred."""
        return self.calibration[0].rate

    @property
    def benefit_of_everything(self) -> float:
        """Net benefit of rejecting every unit at the price of a miss."""
        line = self.shown[0].decision
        return float(np.interp(line.point[0], line.along, self.everything))


def _points_shown(selection: Selection) -> tuple[tuple[OperatingPoint, bool], ...]:
    """Points on the charts, and whether the threshold of each is marked."""
    selected, compared = selection.point, selection.compared
    is_model = selection.is_compared_with_a_model
    is_other_threshold = not is_model and compared.threshold != selected.threshold
    if compared.model is None or (compared.model == selected.model and not is_other_threshold):
        return ((selected, True),)
    return (selected, True), (compared, not is_model)


def _reads(selection: Selection) -> tuple[object, ...]:
    shown = (
        (str(point.model), point.threshold if has_threshold else None)
        for point, has_threshold in _points_shown(selection)
    )
    return selection.analysis.intervals_key, tuple(shown)


@part(reads=_reads)
def evidence_of(selection: Selection) -> Evidence:
    """Curves of the selected point and the compared one."""
    analysis, points = selection.analysis, _points_shown(selection)
    evaluation = analysis.evaluation.alone
    price = evaluation.miss_cost or LEAST_RATIO  # an axis of ratios has no 0
    at = 1 / (1 + price)
    along = 1 / (1 + price * np.geomspace(PRICE_FACTOR, 1 / PRICE_FACTOR, PRICES))
    models = [evaluation.tally.index(str(point.model)) for point, _ in points]
    shown = []
    for (point, has_threshold), m in zip(points, models, strict=True):
        evidence = _model_evidence(analysis, point, m, along, at)
        shown.append(evidence if has_threshold else _without_threshold(evidence))
    return Evidence(
        shown=tuple(shown),
        auc=tuple(_auc(analysis, m) for m in models),
        calibration=tuple(calibration_of_model(analysis, m) for m in models),
        everything=decision_curve(evaluation, models[0], along).flag_everything,
    )


def _model_evidence(
    analysis: Analysis, point: OperatingPoint, m: int, along: Floats, at: float
) -> ModelEvidence:
    """Curves of a model without inspectors, and the place of its operating point on each curve.

    Parameters
    ----------
    m : int
        Position of the model in the tally.
    along : ndarray of float64
        Threshold probabilities along the decision curve.
    at : float
        Threshold probability at the price of a miss.
    """
    evaluation = analysis.evaluation.alone
    model_curve = evaluation.curves[m]
    k = model_curve.position(point.threshold)
    positions = _spread(model_curve.distinct, k)
    counts = model_curve.counts[positions]
    at_point = Confusion(*(np.array(n) for n in point.counts.values()))
    if analysis.scenario.inspection is not None:
        at_point = model_curve.at(point.threshold)
    scaled, scaled_at_point = (c.scaled(*evaluation.factors) for c in (counts, at_point))
    recall_band, precision_band, benefit_band, reliability_band = _bands(
        analysis, m, k, positions, along
    )
    probability = probabilities(np.array([point.threshold]), evaluation.tally.scale)[0]
    return ModelEvidence(
        model=str(point.model),
        threshold=point.threshold,
        thresholds=model_curve.thresholds[positions],
        roc=Line(
            false_alarm_rate(counts), recall(counts), RATES, recall_band,
            (float(false_alarm_rate(at_point)), float(recall(at_point))),
        ),
        precision_recall=Line(
            recall(counts), precision(scaled), RECALLS, precision_band,
            (float(recall(at_point)), float(precision(scaled_at_point))),
        ),
        reliability=reliability(evaluation, m),
        reliability_ends=reliability_band,
        probability=float(probability) if 0 <= probability <= 1 else math.nan,
        decision=Line(
            along, net_benefit(scaled_at_point, along), along, benefit_band,
            (at, float(net_benefit(scaled_at_point, at))),
        ),
        decision_curve=decision_curve(evaluation, m, along).net_benefit,
    )  # fmt: skip


def _bands(
    analysis: Analysis, m: int, k: int, positions: NDArray[np.intp], along: Floats
) -> tuple[Interval | None, ...]:
    """Bands of ROC, precision, net benefit at position ``k``, and reliability; `None` if not computed."""
    if analysis.uncertainty is None:
        return (None,) * 4
    evaluation = analysis.evaluation.alone
    bootstrap = replace(analysis.bootstrap, evaluation=evaluation)
    return (
        roc_band(bootstrap, m, positions, RATES),
        precision_recall_band(bootstrap, m, positions, RECALLS),
        net_benefit_band(bootstrap, m, np.array([k]), along),
        None if evaluation.tally.scale == "rank" else reliability_interval(bootstrap, m),
    )


def _without_threshold(evidence: ModelEvidence) -> ModelEvidence:
    """Curves of a model without an operating point. Its net benefit is the decision curve."""
    undefined = math.nan, math.nan
    return replace(
        evidence,
        threshold=None,
        roc=replace(evidence.roc, point=undefined),
        precision_recall=replace(evidence.precision_recall, point=undefined),
        probability=math.nan,
        decision=replace(evidence.decision, y=evidence.decision_curve, band=None, point=undefined),
    )


def _spread(distinct: NDArray[np.bool_], required: int) -> NDArray[np.intp]:
    """At most `MOST_POINTS` positions on a curve, with both ends, and the position ``required``."""
    positions = np.flatnonzero(distinct)
    chosen = np.unique(np.linspace(0, positions.size - 1, MOST_POINTS).round().astype(np.intp))
    return np.union1d(positions[chosen], [required])


def _auc(analysis: Analysis, m: int) -> tuple[float, tuple[float, float]]:
    value = analysis.evaluation.figures[m].roc_auc.value
    if analysis.uncertainty is None:
        return value, (math.nan, math.nan)
    ends = intervals(analysis.bootstrap, OBJECTIVES["roc_auc"], m, np.array([0]))
    return value, (ends.low.item(), ends.high.item())
