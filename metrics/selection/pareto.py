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
    values = np.asarray(values, np.float64)
    defined = ~np.isnan(values).any(axis=1)
    mask = np.zeros(values.shape[0], bool)
    if not defined.any():
        return mask
    losses = np.column_stack(
        [direction.loss(values[defined, k]) for k, direction in enumerate(directions)]
    )
    for k in np.flatnonzero(np.isinf(losses).any(axis=0)):
        losses[:, k] = np.unique(losses[:, k], return_inverse=True)[1]
    mask[defined] = moocore.is_nondominated(losses, keep_weakly=True)
    return mask
