"""Band of the Pareto front of two objectives: where the front would lie in other samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import moocore
import numba
import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.evaluation.points_of_models import PointsOfModels
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.confidence_level import TAIL
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import Floats

BAND_REPLICATES = 200
"""Number of resamples for a band. With more resamples its ends move by less than the width of a line."""
CELLS = 2048
"""Number of intervals of the first objective used to discard dominated points before sorting."""
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
"""Objectives that more misses or more false alarms never make better."""


def are_of_errors(objectives: Sequence[Objective], scenario: Scenario) -> bool:
    """Whether more errors of either kind never make any of the objectives better."""
    # The cost of a miss is NaN if an error earns more than a correct decision.
    is_costly = scenario.has_single_miss_cost and scenario.payoffs.miss_cost > 0
    return is_costly and all(o.id in OF_ERRORS for o in objectives)


def may_be_on_any_front(
    drawn: ReplicatedCounts, positions: Sequence[NDArray[np.intp]]
) -> list[NDArray[np.intp]]:
    """Positions of the points that may be on the front of some resample of a band, by their errors.

    At any other point, some point has no more errors of either kind in the same resample. If the objectives
    are `are_of_errors`, no front has such a point, for any cost of an error.
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
