"""The Pareto front: which points are not dominated, as a mask over an array of figures."""

from __future__ import annotations

from collections.abc import Sequence

import moocore
import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Direction


def is_on_front(values: NDArray[np.float64], directions: Sequence[Direction]) -> NDArray[np.bool_]:
    """Mask of the points that no other point dominates.

    Parameters
    ----------
    values : ndarray of float64, shape (n, d)
        One row for each point, one column for each objective.
    directions : sequence of Direction, length d

    Returns
    -------
    ndarray of bool, shape (n,)
        True if no other point is at least as good in every objective and better in one. Equal points are all
        on the front. A point with an undefined (NaN) objective is not on the front and dominates no point.

    Notes
    -----
    Points with NaN are removed before moocore is called, because moocore would return only such a point. With
    infinite figures in three or more objectives, moocore gives wrong results or ends the process. Such
    figures are replaced by their ranks, which does not change dominance.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[1.0, 5.0], [2.0, 4.0], [2.0, 4.0], [3.0, 4.0], [np.nan, 0.0]])
    >>> is_on_front(points, [Direction.MINIMISE, Direction.MINIMISE]).tolist()
    [True, True, True, False, False]
    """
    # Arrays with a row for each objective are read in the order of memory.
    losses = np.array(
        [direction.loss(column) for column, direction in zip(values.T, directions, strict=True)],
        np.float64,
    )
    mask = np.zeros(losses.shape[1], np.bool_)
    open_points = np.flatnonzero(~np.isnan(losses).any(axis=0))
    is_dominated = _is_dominated_by_neighbour(losses.take(open_points, axis=1))
    open_points = open_points[~is_dominated]
    if not open_points.size:
        return mask
    losses = losses.take(open_points, axis=1).T
    for k in np.flatnonzero(np.isinf(losses).any(axis=0)):
        losses[:, k] = np.unique(losses[:, k], return_inverse=True)[1]
    mask[open_points] = moocore.is_nondominated(losses, keep_weakly=True)
    return mask


def _is_dominated_by_neighbour(losses: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mask of the points that the point before or after dominates, from losses of shape (d, n).

    These are most points of a large file, and they are found much faster than the others.
    """
    before, after = losses[:, :-1], losses[:, 1:]
    is_less, is_more = (after <= before).all(axis=0), (after >= before).all(axis=0)
    is_dominated = np.zeros(losses.shape[1], np.bool_)
    is_dominated[:-1] |= is_less & ~is_more
    is_dominated[1:] |= is_more & ~is_less
    return is_dominated
