"""Evidence for the selected point: ROC, precision-recall, reliability and decision curves with bands."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, OperatingPoint
from metrics.evaluation.calibration import (
    LogisticCalibration,
    Reliability,
    expected_and_observed_rate,
    logistic_calibration,
    probabilities,
    reliability,
)
from metrics.evaluation.confusion import Confusion, false_alarm_rate, precision, ratio, recall
from metrics.evaluation.decision_curve import decision_curve, net_benefit
from metrics.inference.calibration_intervals import (
    LogisticCalibrationInterval,
    calibration_in_the_large,
    logistic_calibration_interval,
    reliability_interval,
)
from metrics.inference.confidence_level import LEVEL
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
"""Largest ratio of a price on the decision curve to the price of a miss, either way; number of prices."""


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
    probability : float
        Probability at the threshold; NaN for a ranking, and without a threshold.
    decision : Line
        Net benefit of the threshold by threshold probability, with a point at the price of a miss. Without a
        threshold this is the decision curve.
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


LARGE_MEAN_ERROR, LARGE_LOSS = 0.1, 0.02
"""Miscalibration that matters: error of the mean as a share of the defects, or share of the log loss that a
recalibration saves, as with a slope of about 0.85."""


class MeanError(Enum):
    """Significant difference between the mean probability of a model and the share of defects."""

    TOO_HIGH = auto()
    TOO_LOW = auto()


class SpreadError(Enum):
    """Significant difference between the calibration slope of a model and 1."""

    TOO_EXTREME = auto()
    TOO_CAUTIOUS = auto()


@dataclass(frozen=True)
class ModelCalibration:
    """Calibration of a model's probabilities.

    Attributes
    ----------
    expected : float
        Share of defects that the probabilities predict; NaN for a ranking.
    rate : float
        Share of defects that occurred, or that the scenario assumes.
    is_rate_assumed : bool
    bias : (float, float) or None
        95% interval of `expected` minus `rate`; `None` if intervals are not computed.
    log_loss : float
        Mean cross-entropy in nats, clipped; NaN for a ranking.

    Notes
    -----
    Mean and slope are judged together: an error is named only if the joint test of intercept and slope
    rejects. Each error beyond its own interval is then named, or else the larger one. If the joint test is
    undefined, as with classes that the scores separate, the mean is judged alone.
    """

    model: str
    expected: float
    rate: float
    is_rate_assumed: bool
    bias: tuple[float, float] | None
    log_loss: float
    fitted: LogisticCalibrationInterval

    @property
    def mean_error(self) -> MeanError | None:
        """Error of the mean probability; `None` if it may be chance or is unknown."""
        distance, _ = self._named_distances
        if distance == 0:
            return None
        return MeanError.TOO_HIGH if distance > 0 else MeanError.TOO_LOW

    @property
    def spread_error(self) -> SpreadError | None:
        """Error of the calibration slope; `None` if it may be chance or is unknown."""
        _, distance = self._named_distances
        if distance == 0:
            return None
        return SpreadError.TOO_CAUTIOUS if distance > 0 else SpreadError.TOO_EXTREME

    @property
    def matters(self) -> bool:
        """Whether an error is named, and is too large to read the scores as probabilities."""
        if self.mean_error is None and self.spread_error is None:
            return False
        saved = 1 - self.fitted.figures.log_loss / self.log_loss
        return saved > LARGE_LOSS or abs(self.expected - self.rate) > LARGE_MEAN_ERROR * self.rate

    @property
    def _named_distances(self) -> tuple[float, float]:
        """Distances of mean and slope from their best values, in half-widths of intervals; 0 if not named."""
        if self.bias is None or self.fitted.p_value >= 1 - LEVEL:
            return 0.0, 0.0
        ends = np.array([self.bias, self.fitted.slope])
        middle, half = ends.mean(axis=1), np.diff(ends)[:, 0] / 2
        distances = np.nan_to_num(ratio(middle - [0.0, 1.0], half))
        sizes = np.abs(distances)
        # Only a joint test that rejects names an error whose interval holds the best value.
        least = 1.0 if math.isnan(self.fitted.p_value) else min(1.0, sizes.max())
        mean, slope = np.where(sizes >= least, distances, 0.0).tolist()
        return mean, slope


@dataclass(frozen=True)
class Evidence:
    """Curves and figures of the selected point and of the compared point.

    Attributes
    ----------
    shown : tuple of ModelEvidence
        Curves of the selected point. Those of the compared point follow if it has a model and differs.
    auc : tuple of (float, (float, float))
        ROC AUC of each model, with its interval.
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
    return Evidence(
        shown=tuple(
            _model_evidence(analysis, point, m, along, at)
            if has_threshold
            else _without_threshold(_model_evidence(analysis, point, m, along, at))
            for (point, has_threshold), m in zip(points, models, strict=True)
        ),
        auc=tuple(_auc(analysis, m) for m in models),
        calibration=tuple(_calibration(analysis, m) for m in models),
        everything=decision_curve(evaluation, models[0], along).flag_everything,
    )


def _model_evidence(
    analysis: Analysis, point: OperatingPoint, m: int, along: Floats, at: float
) -> ModelEvidence:
    evaluation = analysis.evaluation.alone
    model_curve = evaluation.curves[m]
    positions = _spread(model_curve.distinct, model_curve.position(point.threshold))
    counts = model_curve.counts[positions]
    scaled = counts.scaled(*evaluation.factors)
    point_counts = Confusion(*(np.array(n) for n in point.counts.values()))
    if analysis.scenario.inspection is not None:  # the curves are of the model without inspectors
        point_counts = model_curve.at(point.threshold)
    point_scaled = point_counts.scaled(*evaluation.factors)
    point_recall = float(recall(point_counts))
    bands = reliability_ends = None
    is_ranking = evaluation.tally.scale == "rank"
    if analysis.uncertainty is not None:
        b = replace(analysis.bootstrap, evaluation=evaluation)
        bands = (
            roc_band(b, m, positions, RATES),
            precision_recall_band(b, m, positions, RECALLS),
            net_benefit_band(b, m, np.array([model_curve.position(point.threshold)]), along),
        )
        reliability_ends = None if is_ranking else reliability_interval(b, m)
    recall_band, precision_band, benefit_band = bands or (None, None, None)
    probability = probabilities(np.array([point.threshold]), evaluation.tally.scale)[0]
    return ModelEvidence(
        model=str(point.model),
        threshold=point.threshold,
        thresholds=model_curve.thresholds[positions],
        roc=Line(
            false_alarm_rate(counts), recall(counts), RATES, recall_band,
            (float(false_alarm_rate(point_counts)), point_recall),
        ),
        precision_recall=Line(
            recall(counts), precision(scaled), RECALLS, precision_band,
            (point_recall, float(precision(point_scaled))),
        ),
        reliability=reliability(evaluation, m),
        reliability_ends=reliability_ends,
        probability=float(probability) if 0 <= probability <= 1 else math.nan,
        decision=Line(
            along, net_benefit(point_scaled, along), along, benefit_band,
            (at, float(net_benefit(point_scaled, at))),
        ),
        decision_curve=decision_curve(evaluation, m, along).net_benefit,
    )  # fmt: skip


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


def _calibration(analysis: Analysis, m: int) -> ModelCalibration:
    evaluation, unknown = analysis.evaluation.alone, (math.nan, math.nan)
    has_intervals = analysis.uncertainty is not None
    expected, rate = expected_and_observed_rate(evaluation, m)
    has_bias = has_intervals and evaluation.tally.scale != "rank"
    return ModelCalibration(
        model=evaluation.tally.models[m],
        expected=expected,
        rate=rate,
        is_rate_assumed=analysis.scenario.defect_rate is not None,
        bias=calibration_in_the_large(analysis.bootstrap, m) if has_bias else None,
        log_loss=evaluation.figures[m].log_loss_clipped,
        fitted=logistic_calibration_interval(analysis.bootstrap, m)
        if has_intervals
        else LogisticCalibrationInterval(logistic_calibration(evaluation, m), unknown, unknown),
    )


MOST_COMPARED = 12
"""Largest number of models whose calibrations are compared."""


@part(reads=lambda analysis: analysis.intervals_key)
def model_calibrations(analysis: Analysis) -> tuple[ModelCalibration, ...]:
    """Calibration of the shown models with the lowest log loss, in this order; empty for a ranking."""
    evaluation = analysis.evaluation
    if evaluation.tally.scale == "rank":
        return ()
    models = [evaluation.tally.index(model) for model in analysis.models]
    models.sort(key=lambda m: evaluation.figures[m].log_loss_clipped)
    return tuple(_calibration(analysis, m) for m in models[:MOST_COMPARED])


@part(reads=lambda analysis: analysis.scenario.defect_rate, kind=Kind.PART)
def calibrations_of(analysis: Analysis) -> dict[str, LogisticCalibration]:
    """Recalibration of every model by slope and intercept.

    The fit uses the units that it is judged on. Two parameters hardly overfit them.
    """
    evaluation = analysis.evaluation.alone
    return {
        model: logistic_calibration(evaluation, m)
        for m, model in enumerate(evaluation.tally.models)
    }
