"""Threshold-free metrics of a model: log loss, Brier score, calibration error, ROC AUC, average precision.

The ranking metrics (ROC AUC, average precision) are computed from the bins of the model's curve. They are
exact if all rows of every bin share one score. In a bin with several scores the order of the rows is unknown.
The figure is then the midpoint of its possible range, and its bound is half the width of the range.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from metrics.evaluation.confusion import ConfusionCurve
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class Bounded:
    """A figure and its largest possible error (0 if the figure is exact)."""

    value: float
    bound: float


def _descending(
    curve: ConfusionCurve, defects: float, goods: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Defects, good units, and whether all rows have one score, of each bin; highest scores first."""
    bins = curve.bins[::-1].astype(np.float64)
    return bins[:, 1] * defects, bins[:, 0] * goods, curve.ties[::-1]


def roc_auc(curve: ConfusionCurve) -> Bounded:
    """Probability that a random defect scores above a random good unit; a tie counts half.

    Returns
    -------
    Bounded
        NaN if a class is missing.

    Notes
    -----
    The trapezoid rule over the bins. An unordered bin with ``p`` of the ``P`` defects and ``n`` of the
    ``N`` good units can shift the area by p n / (2 P N).

    References
    ----------
    Hanley, McNeil: The meaning and use of the area under a receiver operating characteristic (ROC) curve.
    Radiology 1982.
    """
    p, n, ties = _descending(curve, 1.0, 1.0)
    pairs = p.sum() * n.sum()
    if not pairs:
        return Bounded(np.nan, 0.0)
    below = n.sum() - np.cumsum(n)
    area = float((p * (below + n / 2)).sum() / pairs)
    return Bounded(area, float((p * n / 2)[~ties].sum() / pairs))


def average_precision(curve: ConfusionCurve, defects: float = 1.0, goods: float = 1.0) -> Bounded:
    """Average precision: sum over the thresholds of precision times the increase of recall.

    Parameters
    ----------
    curve : ConfusionCurve
    defects, goods : float
        Factors on the classes, from the scenario's defect rate.

    Returns
    -------
    Bounded
        NaN without defects.

    Notes
    -----
    Take an unordered bin with ``p`` defects and ``n`` good units, after ``T`` defects and ``F`` good units.
    Its contribution is largest if the defects come first and tie: p (T + p) / (T + p + F). The contribution
    is smallest if the good units come first: the integral of (T + x) / (T + x + F + n) over x from 0 to p.
    """
    p, n, ties = _descending(curve, defects, goods)
    total = p.sum()
    if not total:
        return Bounded(np.nan, 0.0)
    true = np.cumsum(p)
    false = np.cumsum(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        tied = np.where(p > 0, p * true / (true + false), 0.0)
        most = np.where(p > 0, p * true / (true + false - n), 0.0)
        start = true - p + false
        # (T + x) / (S + x) with S = T + F + n integrates to p - (F + n) log((S + p) / S)
        least = np.where(
            (p > 0) & (start > 0), p - false * np.log1p(p / np.where(start > 0, start, 1.0)), p
        )
    open_bins = ~ties & (p > 0) & (false > 0)  # precision is 1 before the first good unit
    middle = np.where(open_bins, (most + least) / 2, tied)
    bound = np.where(open_bins, (most - least) / 2, 0.0)
    return Bounded(float(middle.sum() / total), float(bound.sum() / total))


@dataclass(frozen=True)
class ModelFigures:
    """Threshold-free figures of one model under a scenario; NaN if undefined.

    Attributes
    ----------
    log_loss : float
        Mean cross-entropy in nats; infinite if a unit has a score of exactly 0 or 1 on the wrong side.
    log_loss_clipped : float
        Log loss with probabilities clipped at float64 epsilon; used to rank models.
    infinite_rows : int
        Number of rows with an infinite unclipped log loss.
    brier : float
        Mean squared error of the probabilities.
    calibration_error : float
        Expected calibration error over 15 equally wide bins.
    roc_auc, average_precision : Bounded
        Figures with their largest possible error; above 0 if there are too few thresholds for an exact
        figure.
    """

    log_loss: float
    log_loss_clipped: float
    infinite_rows: int
    brier: float
    calibration_error: float
    roc_auc: Bounded
    average_precision: Bounded


def model_figures(tally: Tally, curve: ConfusionCurve, scenario: Scenario) -> ModelFigures:
    """Threshold-free figures of a model, its classes re-weighted to the scenario's defect rate.

    Parameters
    ----------
    tally : Tally
    curve : ConfusionCurve
        Curve of one of the tally's models.
    scenario : Scenario

    Returns
    -------
    ModelFigures
        Losses and calibration are NaN if scores are only a ranking.

    Notes
    -----
    Brier score: the mean of ``(probability - outcome) ** 2``. Log loss: the mean of the negative natural
    logarithm of the probability of the observed class. Calibration error: sum over bins of |summed
    probability - defects| / units.

    References
    ----------
    Brier: Verification of forecasts expressed in terms of probability. Monthly Weather Review 1950.
    Guo et al.: On calibration of modern neural networks. ICML 2017 (expected calibration error).
    """
    model = tally.index(curve.model)
    mass = tally.class_mass
    defects, goods = scenario.factors(mass)
    ranking = roc_auc(curve), average_precision(curve, defects, goods)
    if tally.scale == "rank":
        nan = float("nan")
        return ModelFigures(nan, nan, 0, nan, nan, *ranking)
    by_class = np.array([goods, defects])
    units = float((by_class * mass).sum())
    losses = by_class @ tally.losses[:, model].sum(axis=0) / units
    infinite = int(tally.infinite[:, model].sum())
    bins = tally.calibration[:, model].sum(axis=0)
    summed_probability = bins[:, :, 1] @ by_class
    summed_defects = bins[:, 1, 0] * defects
    return ModelFigures(
        log_loss=np.inf if infinite else float(losses[LOG_LOSS]),
        log_loss_clipped=float(losses[LOG_LOSS_CLIPPED]),
        infinite_rows=infinite,
        brier=float(losses[SQUARED_ERROR]),
        calibration_error=float(np.abs(summed_probability - summed_defects).sum() / units),
        roc_auc=ranking[0],
        average_precision=ranking[1],
    )


UNINFORMED: dict[str, Callable[[float], float]] = {
    "log_loss": lambda rate: float(entr(rate) + entr(1 - rate)),
    "brier": lambda rate: rate * (1 - rate),
    "roc_auc": lambda rate: 0.5,
    "average_precision": lambda rate: rate,
}
"""Figures of a model that predicts the defect rate for every unit, as functions of the rate."""
