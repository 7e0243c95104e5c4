"""Calibration of a model's probabilities: expected rate, reliability diagram, slope and intercept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from metrics.evaluation.confusion import ratio
from metrics.evaluation.evaluation import Evaluation
from metrics.io.read_options import Scale
from metrics.tally.kernel import EPSILON, Floats
from metrics.tally.tally import Tally

MOST_STEPS, CONVERGED = 60, 1e-9
"""Largest number of Newton steps, and relative size of a step after which the fit has converged."""
SMALLEST_STEP = 1e-12
"""Size of a step that is not halved any more."""
MOST_CONDITION = 1e14
"""Condition number from which a matrix counts as singular, such as the Hessian of separated classes."""


@dataclass(frozen=True)
class Reliability:
    """Predicted and observed share of defects, in bins of probability of equal width.

    Attributes
    ----------
    predicted : ndarray of float64, shape (15,)
        Mean probability of the units in each bin; NaN in an empty bin.
    observed : ndarray of float64, shape (15,)
        Share of defective units in each bin; NaN in an empty bin.
    units : ndarray of float64, shape (15,)
        Number of units in each bin, in the scenario.
    """

    predicted: Floats
    observed: Floats
    units: Floats


@dataclass(frozen=True)
class LogisticCalibration:
    """Recalibration of a model by its log-odds: logit P(defect) = intercept + slope * logit(probability).

    All attributes are NaN if undefined.

    Attributes
    ----------
    intercept : float
        0 if the mean level is right.
    slope : float
        1 if the spread is right; below 1 if the probabilities are too extreme.
    log_loss : float
        Mean cross-entropy in nats of the recalibrated probabilities, on the units of the fit.
    """

    intercept: float
    slope: float
    log_loss: float = float("nan")


def probabilities(scores: Floats, scale: Scale) -> Floats:
    """Convert scores to probabilities.

    Parameters
    ----------
    scores : ndarray of float64
    scale : {"probability", "percent", "logit", "rank"}

    Returns
    -------
    ndarray of float64, shape of ``scores``
        NaN for a ranking, which has no probabilities.

    Examples
    --------
    >>> probabilities(np.array([0.0, 50.0, 100.0]), "percent").tolist()
    [0.0, 0.5, 1.0]
    """
    if scale == "rank":
        return np.full(np.shape(scores), np.nan)
    if scale == "logit":
        return np.asarray(expit(scores), np.float64)
    return scores / 100 if scale == "percent" else np.asarray(scores, np.float64)


def expected_and_observed_rate(evaluation: Evaluation, model: int) -> tuple[float, float]:
    """Share of defects that a model predicts, NaN for a ranking, and the scenario's share of defects."""
    by_class = np.array(evaluation.factors[::-1])
    masses = evaluation.tally.class_mass * by_class
    observed = float(masses[1] / masses.sum())
    if evaluation.tally.scale == "rank":
        return float("nan"), observed
    predicted = evaluation.tally.calibration[:, model, :, :, 1].sum(axis=(0, 1))
    return float(predicted @ by_class / masses.sum()), observed


def reliability(evaluation: Evaluation, model: int) -> Reliability:
    """Reliability diagram of a model, its classes re-weighted to the scenario's defect rate.

    Parameters
    ----------
    evaluation : Evaluation
    model : int
        Position among the tally's models.

    Returns
    -------
    Reliability
        NaN everywhere for a ranking.

    Notes
    -----
    In each bin, with weights w, probabilities p and outcomes y of its units::

        predicted = sum w p / sum w        observed = sum w y / sum w

    References
    ----------
    Murphy, Winkler: Reliability of subjective probability forecasts of precipitation and temperature.
    Journal of the Royal Statistical Society C 1977.
    DeGroot, Fienberg: The comparison and evaluation of forecasters. The Statistician 1983.
    """
    defects, goods = evaluation.factors
    bins = evaluation.tally.calibration[:, model].sum(axis=0)
    by_class = np.array([goods, defects])
    units = bins[:, :, 0] @ by_class
    return Reliability(
        predicted=ratio(bins[:, :, 1] @ by_class, units),
        observed=ratio(bins[:, 1, 0] * defects, units),
        units=units,
    )


def bin_logits(tally: Tally, model: int) -> Floats:
    """Log-odds of the rows in each threshold bin.

    Parameters
    ----------
    tally : Tally
    model : int
        Position among the tally's models.

    Returns
    -------
    ndarray of float64, shape (k + 1,)
        Log-odds of the bin's score. If a bin has several scores, the midpoint of the lowest and the highest
        is used. NaN for a ranking.
    """
    thresholds = tally.finite_thresholds(model)
    lowest = np.append(thresholds[:1], thresholds)  # bin 0 lies below the first threshold
    highest = tally.highest[model, : lowest.size]
    highest = np.where(np.isfinite(highest), highest, lowest)
    lowest = np.where(np.arange(lowest.size) == 0, highest, lowest)
    middle = lowest + (highest - lowest) / 2
    if tally.scale == "logit":
        return np.clip(middle, logit(EPSILON), -logit(EPSILON))
    clipped = np.clip(probabilities(middle, tally.scale), EPSILON, 1 - EPSILON)
    return np.asarray(logit(clipped), np.float64)


def logistic_calibration(evaluation: Evaluation, model: int) -> LogisticCalibration:
    """Calibration intercept and slope of a model, its classes re-weighted to the scenario's defect rate.

    Parameters
    ----------
    evaluation : Evaluation
    model : int
        Position among the tally's models.

    Returns
    -------
    LogisticCalibration
        NaN for a ranking, if a class is missing, or if the scores separate the classes. The slope would then
        be infinite.

    Notes
    -----
    Maximum likelihood fit of logit P(y = 1) = a + b logit(p), without a penalty, by Newton's method on the
    counts of the threshold bins. The result equals a fit on the rows if every score is a threshold.
    Probabilities are clipped at float64 epsilon.

    References
    ----------
    Cox: Two further applications of a model for binary regression. Biometrika 1958.
    Van Calster et al.: Calibration: the Achilles heel of predictive analytics. BMC Medicine 2019.
    """
    undefined = LogisticCalibration(float("nan"), float("nan"))
    if evaluation.tally.scale == "rank":
        return undefined
    defects, goods = evaluation.factors
    rows = evaluation.curves[model].bins * np.array([goods, defects])
    log_odds = bin_logits(evaluation.tally, model)
    filled = rows.sum(axis=1) > 0
    rows, log_odds = rows[filled], log_odds[filled]
    units, positive = rows.sum(axis=1), rows[:, 1]
    if not positive.sum() or not rows[:, 0].sum() or np.ptp(log_odds) == 0:
        return undefined
    return _fit(log_odds, positive, units) or undefined


def _fit(log_odds: Floats, positive: Floats, units: Floats) -> LogisticCalibration | None:
    """Logistic regression of defects on log-odds by Newton's method; `None` unless it converges.

    A step is halved until the likelihood does not fall.
    """
    design = np.column_stack([np.ones(log_odds.size), log_odds])
    beta, likelihood = np.array([0.0, 1.0]), -np.inf
    for _ in range(MOST_STEPS):
        fitted = expit(design @ beta)
        gradient = design.T @ (positive - units * fitted)
        hessian = (design * (units * fitted * (1 - fitted))[:, None]).T @ design
        if not np.linalg.cond(hessian) < MOST_CONDITION:
            return None
        step = np.linalg.solve(hessian, gradient)
        before, likelihood = _log_likelihood(design @ beta, positive, units), -np.inf
        while likelihood < before and np.abs(step).max() > SMALLEST_STEP:
            likelihood = _log_likelihood(design @ (beta + step), positive, units)
            step = step if likelihood >= before else step / 2
        beta = beta + step
        if np.abs(step).max() <= CONVERGED * max(1.0, np.abs(beta).max()):
            loss = -_log_likelihood(design @ beta, positive, units) / units.sum()
            return LogisticCalibration(float(beta[0]), float(beta[1]), float(loss))
    return None


def _log_likelihood(log_odds: Floats, positive: Floats, units: Floats) -> float:
    return float(positive @ log_odds - units @ np.logaddexp(0, log_odds))
