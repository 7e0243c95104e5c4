"""Stability of the Pareto front: how often an operating point stays on it in resamples."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import ratio
from metrics.evaluation.objective import Direction, Objective
from metrics.inference.bootstrap import Bands, Bootstrap, Points
from metrics.inference.replicated_counts import AT_MOST, CHUNK, spread
from metrics.selection.pareto import is_on_front
from metrics.tally.kernel import Floats

PILOT, IN_PILOT = 16, 65_536
"""Number of resamples that select the competing points, and the most points in these resamples."""


def front_probabilities(
    bootstrap: Bootstrap, objectives: Sequence[Objective], asked: Sequence[NDArray[np.intp]]
) -> tuple[Floats, ...]:
    """Share of the resamples in which no operating point of another model dominates a point.

    Parameters
    ----------
    bootstrap : Bootstrap
    objectives : sequence of Objective
        At most three different ones.
    asked : sequence of ndarray of int
        For each model, positions on its curve.

    Returns
    -------
    tuple of ndarray of float64
        A share for each of the ``asked`` positions. Only resamples in which all objectives are defined at the
        position count; NaN if there is none.

    Notes
    -----
    All distinct points of the other models compete, up to `AT_MOST`. With more points, half of the room goes
    to points that are on the front in any of the first `PILOT` resamples. The rest goes to points spread
    evenly over the curves. The share is then an upper bound, because an omitted point dominates no other.

    No share is given for a whole model. One of its many points is nearly always undominated, so two equal
    models would both have a share of about 1.
    """
    unique = list({o.id: o for o in objectives}.values())
    positions = [
        np.union1d(competing, of_model).astype(np.intp)
        for competing, of_model in zip(_competing(bootstrap, unique), asked, strict=True)
    ]
    starts = np.cumsum([0, *(of_model.size for of_model in positions)])
    sizes = [of_model.size for of_model in asked]
    places = np.concatenate([
        start + np.searchsorted(of_model, asked_of_model)
        for start, of_model, asked_of_model in zip(starts[:-1], positions, asked, strict=True)
    ])  # fmt: skip
    models = np.repeat(np.arange(len(asked)), sizes)

    values = any(o.reads_values for o in unique)
    points = [bootstrap.points(m, of_model, values=values) for m, of_model in enumerate(positions)]

    def count_in_part(start: int) -> NDArray[np.int64]:
        losses = _losses(bootstrap.part(start, start + CHUNK), unique, points)
        return _times_undominated(losses, starts, places, models)

    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(count_in_part, range(0, bootstrap.replicates, CHUNK)))
    shares = ratio(*np.sum(counted, axis=0))
    return tuple(np.split(shares, np.cumsum(sizes)[:-1]))


def _competing(bootstrap: Bootstrap, objectives: Sequence[Objective]) -> list[NDArray[np.intp]]:
    """Positions on each model's curve that compete, ascending."""
    curves = bootstrap.evaluation.curves
    distinct = [np.flatnonzero(model_curve.distinct) for model_curve in curves]
    if sum(map(len, distinct)) <= AT_MOST:
        return distinct
    tested = [spread(positions, IN_PILOT // len(curves)) for positions in distinct]
    values = any(o.reads_values for o in objectives)
    points = [bootstrap.points(m, of_model, values=values) for m, of_model in enumerate(tested)]
    losses = _losses(bootstrap.part(0, PILOT), objectives, points)
    directions = [Direction.MINIMISE] * losses.shape[1]
    was_on_front = np.any([is_on_front(sample.T, directions) for sample in losses], axis=0)
    step = max(1, -(-2 * int(was_on_front.sum()) // AT_MOST))
    ends = np.cumsum([of_model.size for of_model in tested])[:-1]
    likely = [
        of_model[mask][::step]
        for of_model, mask in zip(tested, np.split(was_on_front, ends), strict=True)
    ]
    room = (AT_MOST - sum(map(len, likely))) // len(curves)
    return [
        np.union1d(front_positions, spread(positions, room))
        for front_positions, positions in zip(likely, distinct, strict=True)
    ]


def _losses(
    bootstrap: Bootstrap, objectives: Sequence[Objective], points: Sequence[Points | Bands]
) -> Floats:
    """Losses of the points of all models in all replicates, shape (R, 3, n); 0 without a third objective."""
    of_models = []
    for m, of_model in enumerate(points):
        scaled = bootstrap.counts_of(of_model).scaled(*bootstrap.factors)
        losses = np.zeros((bootstrap.replicates, 3, scaled.tp.shape[1]))
        for k, o in enumerate(objectives):
            losses[:, k] = o.direction.loss(bootstrap.values_at_scaled_counts(o, m, scaled))
        of_models.append(losses)
    return np.concatenate(of_models, axis=2)


@numba.njit(cache=True, nogil=True)
def _times_undominated(
    losses: Floats,
    starts: NDArray[np.int64],
    places: NDArray[np.int64],
    models: NDArray[np.int64],
) -> NDArray[np.int64]:
    """How often no point of another model dominates a point, and how often it is defined; shape (2, Q).

    Parameters
    ----------
    losses : ndarray, shape (R, 3, n)
        Less is better. A point with NaN dominates no point.
    starts : ndarray of int, shape (M + 1,)
        First point of each model among the n, and n.
    places, models : ndarray of int, shape (Q,)
        The points among the n, and their models.
    """
    times = np.zeros((2, places.size), np.int64)
    least = np.empty((starts.size - 1, 3))
    for sample in losses:
        first, second, third = sample
        for m in range(starts.size - 1):
            for k in range(3):
                least[m, k] = np.nanmin(sample[k, starts[m] : starts[m + 1]])
        for q in range(places.size):
            a, b, c = first[places[q]], second[places[q]], third[places[q]]
            if np.isnan(a) or np.isnan(b) or np.isnan(c):
                continue
            is_dominated = False
            for m in range(starts.size - 1):
                # Most models are worse in one objective at all their points, often in log loss.
                can_dominate = least[m, 0] <= a and least[m, 1] <= b and least[m, 2] <= c
                if m == models[q] or is_dominated or not can_dominate:
                    continue
                # Without a branch in this loop, a processor compares several points at once.
                for i in range(starts[m], starts[m + 1]):
                    x, y, z = first[i], second[i], third[i]
                    is_better = (x < a) | (y < b) | (z < c)
                    is_dominated |= (x <= a) & (y <= b) & (z <= c) & is_better
            times[0, q] += not is_dominated
            times[1, q] += 1
    return times
