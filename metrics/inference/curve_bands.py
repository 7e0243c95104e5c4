"""Confidence bands around whole curves: ROC curve, precision-recall curve and decision curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.decision_curve import net_benefit
from metrics.evaluation.rates import false_alarm_rate, precision, recall
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import Interval, percentile_interval
from metrics.tally.kernel import Floats


def roc_band(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], rates: Floats
) -> Interval:
    """95% band of the recall at some false alarm rates.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Ascending positions on the model's curve; a replicate is linear between two positions.
    rates : ndarray of float64, shape (G,)
        Shares of the good units that are flagged.

    Returns
    -------
    Interval
        Shape (G,), pointwise.

    References
    ----------
    Fawcett: An introduction to ROC analysis. Pattern Recognition Letters 2006 (vertical averaging).
    """
    counts = bootstrap.counts(model, positions)
    return _across(bootstrap, false_alarm_rate(counts), recall(counts), rates)


def precision_recall_band(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], recalls: Floats
) -> Interval:
    """95% band of the scenario's precision at some recalls.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Ascending positions on the model's curve; a replicate is linear between two positions.
    recalls : ndarray of float64, shape (G,)

    Returns
    -------
    Interval
        Shape (G,), pointwise.

    References
    ----------
    Boyd, Eng, Page: Area under the precision-recall curve: point estimates and confidence intervals.
    ECML PKDD 2013.
    """
    counts = bootstrap.counts(model, positions).scaled(*bootstrap.factors)
    return _across(bootstrap, recall(counts), precision(counts), recalls)


def net_benefit_band(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], at: Floats
) -> Interval:
    """95% band of a model's net benefit in the scenario at some threshold probabilities.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (P,) or (1,)
        On the model's curve: the threshold for each probability, or one threshold for all probabilities.
    at : ndarray of float64, shape (P,)

    Returns
    -------
    Interval
        Shape (P,), pointwise.

    References
    ----------
    Vickers, Cronin, Elkin, Gonen: Extensions to decision curve analysis. BMC Medical Informatics and
    Decision Making 2008 (bootstrap of the net benefit).
    """
    counts: Confusion = bootstrap.counts(model, positions).scaled(*bootstrap.factors)
    return percentile_interval(net_benefit(counts, at), blocks=bootstrap.blocks)


def _across(bootstrap: Bootstrap, x: Floats, y: Floats, grid: Floats) -> Interval:
    """Band at some x of curves of shape (R, K); the x of a curve falls with the threshold."""
    replicates = np.full((len(x), grid.size), np.nan)
    for r in range(len(x)):
        defined = ~(np.isnan(x[r]) | np.isnan(y[r]))
        if defined.any():
            replicates[r] = np.interp(grid, x[r, defined][::-1], y[r, defined][::-1])
    return percentile_interval(replicates, blocks=bootstrap.blocks)
