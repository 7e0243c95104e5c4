"""Decision curve analysis: the net benefit of acting on a model at different threshold probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.calibration import probabilities
from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.evaluation import Evaluation
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit of a model by the threshold probability from which a unit should be flagged.

    Attributes
    ----------
    at : ndarray of float64, shape (P,)
        Threshold probabilities, between 0 and 1.
    net_benefit : ndarray of float64, shape (P,)
        Net benefit of the model per unit; NaN for a ranking.
    flag_everything : ndarray of float64, shape (P,)
        Net benefit of flagging every unit; shipping every unit has a net benefit of 0.
    """

    at: Floats
    net_benefit: Floats
    flag_everything: Floats


def net_benefit(counts: Confusion, probability: Floats | float) -> Floats:
    """Net benefit: defects caught minus false alarms, weighted by their relative cost, per unit.

    Parameters
    ----------
    counts : Confusion
    probability : float or ndarray that broadcasts with the counts
        Threshold probability: 1 / (1 + c) if a miss costs c false alarms.

    Returns
    -------
    ndarray of float64
        NaN without units.

    Notes
    -----
    With n units and the threshold probability p::

        TP / n - FP / n * p / (1 - p)

    References
    ----------
    Vickers, Elkin: Decision curve analysis: a novel method for evaluating prediction models. Medical
    Decision Making 2006.

    Examples
    --------
    >>> counts = Confusion(np.array(8), np.array(4), np.array(2), np.array(86))
    >>> float(net_benefit(counts, 0.2))  # 8 / 100 - 4 / 100 / 4
    0.07
    """
    odds = np.asarray(probability, np.float64) / (1 - np.asarray(probability, np.float64))
    units = counts.tp + counts.fp + counts.fn + counts.tn
    return ratio(counts.tp - counts.fp * odds, units)


def positions_at(evaluation: Evaluation, model: int, at: Floats) -> NDArray[np.intp]:
    """Positions on a model's curve that flag the units at or above given probabilities.

    Parameters
    ----------
    evaluation : Evaluation
        With scores that can be converted to probabilities.
    model : int
        Position among the tally's models.
    at : ndarray of float64, shape (P,)

    Returns
    -------
    ndarray of int, shape (P,)
    """
    finite = evaluation.curves[model].thresholds[:-1]
    return np.asarray(np.searchsorted(probabilities(finite, evaluation.tally.scale), at), np.intp)


def decision_curve(evaluation: Evaluation, model: int, at: Floats) -> DecisionCurve:
    """Decision curve of a model, its classes re-weighted to the scenario's defect rate.

    Parameters
    ----------
    evaluation : Evaluation
    model : int
        Position among the tally's models.
    at : ndarray of float64, shape (P,)
        Threshold probabilities, above 0 and below 1.

    Notes
    -----
    At each threshold probability the units with at least this probability are flagged. Between two thresholds
    of the tally the higher one is used. A model is of no use at a threshold probability if its net benefit is
    below 0, or below that of flagging every unit.
    """
    counts = evaluation.curves[model].counts.scaled(*evaluation.factors)
    last = counts[-1:]  # the totals of the classes are the same at every position of the curve
    none = np.zeros(1)
    all_flagged = Confusion(last.tp + last.fn, last.fp + last.tn, none, none)
    if evaluation.tally.scale == "rank":
        benefit = np.full(at.shape, np.nan)
    else:
        benefit = net_benefit(counts[positions_at(evaluation, model, at)], at)
    return DecisionCurve(at, benefit, net_benefit(all_flagged, at))
