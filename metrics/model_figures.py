"""The figures of a whole model, whatever the threshold: losses, calibration and ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.confusion import Curve
from metrics.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.ranking import Bounded, average_precision, roc_auc
from metrics.scenario import Scenario
from metrics.tally import Tally


@dataclass(frozen=True)
class ModelFigures:
    """Figures of one model under a scenario; NaN where undefined.

    Attributes
    ----------
    log_loss : float
        Mean cross-entropy in nats; infinite where a unit was scored exactly 0 or 1 on the wrong side.
    log_loss_clipped : float
        The same with probabilities clipped at float64 epsilon: what ranks models.
    infinite_rows : int
        How many rows make the unclipped one infinite.
    brier : float
        Mean squared error of the probabilities.
    calibration_error : float
        Expected calibration error over 15 equally wide bins.
    roc_auc, average_precision : Bounded
        With the largest possible error where thresholds are too few for an exact figure.
    """

    log_loss: float
    log_loss_clipped: float
    infinite_rows: int
    brier: float
    calibration_error: float
    roc_auc: Bounded
    average_precision: Bounded


def model_figures(tally: Tally, curve: Curve, scenario: Scenario) -> ModelFigures:
    """Figures of the model of ``curve``, its classes re-weighted to the scenario's defect rate.

    Notes
    -----
    Calibration error: sum over bins of |summed probability - defects| / units.

    References
    ----------
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
