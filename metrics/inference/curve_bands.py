"""Confidence bands around whole curves: ROC, precision-recall and decision curve, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import moocore
import numba
import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.decision_curve import net_benefit
from metrics.evaluation.objective import Objective
from metrics.evaluation.points_of_models import PointsOfModels
from metrics.evaluation.rates import false_alarm_rate, precision, recall
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.confidence_level import TAIL
from metrics.inference.interval_formulas import Interval, percentile_interval
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import Floats

BAND_REPLICATES = 200
"""Number of resamples for a band. With more resamples its ends move by less than the width of a line."""
CELLS = 2048
"""Number of intervals of the first objective used to discard dominated points before sorting."""


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
    """Band of curves, shape (R, K), at some x; the curves' x falls with the threshold."""
    replicates = np.full((len(x), grid.size), np.nan)
    for r in range(len(x)):
        defined = ~(np.isnan(x[r]) | np.isnan(y[r]))
        if defined.any():
            replicates[r] = np.interp(grid, x[r, defined][::-1], y[r, defined][::-1])
    return percentile_interval(replicates, blocks=bootstrap.blocks)


OF_ERRORS = {
    "missed_defects",
    "false_alarms",
    "misclassified_units",
    "recall",
    "cost_of_errors",
    "revenue",
    "revenue_impact",
    "revenue_impact_percent",
}
"""Objectives that do not get better with more errors of either kind."""


def are_of_errors(objectives: Sequence[Objective], scenario: Scenario) -> bool:
    """Whether more errors of either kind never make any of the objectives better."""
    # The cost of a miss is NaN if an error earns more than a correct decision.
    is_costly = scenario.has_single_miss_cost and scenario.payoffs.miss_cost > 0
    return is_costly and all(o.id in OF_ERRORS for o in objectives)


def may_be_on_any_front(
    drawn: ReplicatedCounts, positions: Sequence[NDArray[np.intp]]
) -> list[NDArray[np.intp]]:
    """Positions at which no other point has fewer errors of both kinds in every resample of a band.

    The fronts of objectives that are `are_of_errors` have no other points, for any cost of an error.
    """
    points = PointsOfModels(positions)
    if not points.positions.size:
        return [*positions]
    counts = points.counts(drawn.part(0, BAND_REPLICATES).counts)
    is_candidate = _may_be_on_front(counts.fn, counts.fp, CELLS).any(axis=0)
    return [points.positions[is_candidate & (points.models == m)] for m in range(len(positions))]


@dataclass(frozen=True)
class AttainmentBand:
    """Two lines of corners, each of shape (n, 2): figures of the two objectives, in their units.

    The best figure of the first objective comes first.

    Attributes
    ----------
    easily : ndarray
        Line that nearly every resample's front attains.
    hardly : ndarray
        Line that hardly any front attains.
    """

    easily: Floats
    hardly: Floats


def attainment_band(
    bootstrap: Bootstrap, across: Objective, up: Objective, positions: Sequence[NDArray[np.intp]]
) -> AttainmentBand | None:
    """Band in which the front of two objectives would lie in other samples.

    Parameters
    ----------
    bootstrap : Bootstrap
    across, up : Objective
        Objectives of the two axes.
    positions : sequence of ndarray of int
        For each model, the positions on its curve that compete; empty for a model that does not compete.

    Returns
    -------
    AttainmentBand or None
        Band of at most `BAND_REPLICATES` resamples; `None` if no point is defined on both axes in any of
        them.

    Notes
    -----
    The empirical attainment function is the share of fronts that reach a pair of figures. The band lies
    between the pairs that 97.5% and 2.5% of the fronts reach, pointwise.

    References
    ----------
    Fonseca, Guerreiro, López-Ibáñez, Paquete: On the computation of the empirical attainment function.
    EMO 2011.
    """
    resampled = bootstrap.part(0, BAND_REPLICATES)
    values = across.reads_values or up.reads_values
    points = PointsOfModels(positions)
    if not points.positions.size:
        return None
    counts = points.counts(partial(resampled.counts, values=values)).scaled(*resampled.factors)
    values_at = resampled.values_at_scaled_counts
    x, y = (o.direction.loss(points.figures(values_at, o, counts)) for o in (across, up))
    may_be_on_front = _may_be_on_front(x, y, CELLS)
    if not may_be_on_front.any():
        return None
    candidates = np.column_stack([x[may_be_on_front], y[may_be_on_front]])
    replicate = np.nonzero(may_be_on_front)[0]
    tail = 100 * TAIL
    surfaces = moocore.eaf(candidates, replicate, percentiles=[tail, 100 - tail])
    signs = [float(o.direction.loss(np.ones(1)).item()) for o in (across, up)]
    easily, hardly = (_line(surfaces, percentile) * signs for percentile in (100 - tail, tail))
    return AttainmentBand(easily, hardly)


def _line(surfaces: Floats, percentile: float) -> Floats:
    """Corners of the attainment surface of a percentile, ascending by the first loss, shape (n, 2)."""
    line = surfaces[np.isclose(surfaces[:, 2], percentile)][:, :2]
    sorted_line: Floats = line[np.argsort(line[:, 0], kind="stable")]
    return sorted_line


@numba.njit(cache=True, nogil=True)
def _may_be_on_front(x: Floats, y: Floats, cells: int) -> NDArray[np.bool_]:
    """Mask of the points that may be on the front of their replicate, from two losses of shape (R, K).

    The range of x is cut into ``cells`` intervals. A point is discarded if the lowest point of its own
    interval, or of an interval with smaller x, dominates it. Of thousands of points about a hundred remain.
    """
    is_candidate = np.zeros(x.shape, np.bool_)
    least, least_before = np.empty(cells), np.empty(cells)
    x_of_least = np.empty(cells)
    cell = np.empty(x.shape[1], np.intp)
    for r in range(x.shape[0]):
        low, high = np.inf, -np.inf
        for k in range(x.shape[1]):
            if np.isfinite(x[r, k]) and np.isfinite(y[r, k]):
                low, high = min(low, x[r, k]), max(high, x[r, k])
        scale = cells / (high - low) if high > low else 0.0
        if not np.isfinite(scale):
            scale = 0.0
        least[:] = np.inf
        for k in range(x.shape[1]):
            cell[k] = -1
            if np.isfinite(x[r, k]) and np.isfinite(y[r, k]):
                cell[k] = min(int((x[r, k] - low) * scale), cells - 1)
                c = cell[k]
                if y[r, k] < least[c] or (y[r, k] == least[c] and x[r, k] < x_of_least[c]):
                    least[c], x_of_least[c] = y[r, k], x[r, k]
        least_before[0] = np.inf
        for c in range(1, cells):
            least_before[c] = min(least_before[c - 1], least[c - 1])
        for k in range(x.shape[1]):
            c = cell[k]
            if c >= 0 and y[r, k] < least_before[c]:
                is_candidate[r, k] = x[r, k] < x_of_least[c] or y[r, k] == least[c]
    return is_candidate
