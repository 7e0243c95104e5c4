"""Calibration of the models' probabilities: errors of the mean and of the spread, and whether they matter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from metrics.evaluation.calibration import (
    LogisticCalibration,
    expected_and_observed_rate,
    logistic_calibration,
)
from metrics.evaluation.confusion import ratio
from metrics.inference.calibration_intervals import (
    LogisticCalibrationInterval,
    calibration_in_the_large,
    logistic_calibration_interval,
)
from metrics.inference.confidence_level import LEVEL

MOST_COMPARED = 12
"""Largest number of models whose calibrations are compared."""
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
    fitted : LogisticCalibrationInterval
        Recalibration by slope and intercept, with intervals.

    Notes
    -----
    Mean and slope are judged together: an error is named only if the joint test of intercept and slope
    rejects. Errors whose interval excludes the ideal value are then named. If there are none, the larger
    error is named. If the joint test is undefined, as with classes that the scores separate, the mean is
    judged alone.
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
        # If the joint test rejects but both intervals include the ideal value, the larger error is named.
        least = 1.0 if math.isnan(self.fitted.p_value) else min(1.0, sizes.max())
        mean, slope = np.where(sizes >= least, distances, 0.0).tolist()
        return mean, slope


def calibration_of_model(analysis: Analysis, m: int) -> ModelCalibration:
    """Calibration of the model at a position in the tally."""
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


@part(reads=lambda analysis: analysis.intervals_key)
def model_calibrations(analysis: Analysis) -> tuple[ModelCalibration, ...]:
    """Calibration of the shown models with the lowest log loss, in this order; empty for a ranking."""
    evaluation = analysis.evaluation
    if evaluation.tally.scale == "rank":
        return ()
    models = [evaluation.tally.index(model) for model in analysis.models]
    models.sort(key=lambda m: evaluation.figures[m].log_loss_clipped)
    return tuple(calibration_of_model(analysis, m) for m in models[:MOST_COMPARED])


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
