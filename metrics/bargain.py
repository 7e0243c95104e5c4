"""What the seats have to settle: the front, measured by what each seat would pick for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.objective import Objective
from metrics.pareto import is_on_front
from metrics.place import is_ordinary
from metrics.yardstick import own_range

Floats = NDArray[np.float64]

NO_PICKS = "no seat has a pick"
UNDEFINED_AT_PICKS = "undefined at every pick"
NO_FRONT = "no point is on the front"


@dataclass(frozen=True)
class Bargain:
    """The points of the front that may be settled on, and the regrets there.

    Attributes
    ----------
    points : DataFrame
    objectives : tuple of Objective, length K
        One a seat.
    positions : ndarray of int, shape (m,)
        Of the points that are on the front, have no infinite figure and flag neither everything nor
        nothing.
    regrets : ndarray, shape (m, K)
        Of these points.
    own : ndarray, shape (P, K)
        Of the seats' own picks, those alone at which every seat's figure is defined and finite.
    ranges : ndarray, shape (K,)
        The distance, in each objective's unit, that counts as a regret of 1.
    weights : ndarray, shape (K,)
        Of the seats; they add up to K.
    missing : str
        Why there is nothing to settle on; otherwise empty.
    """

    points: pd.DataFrame
    objectives: tuple[Objective, ...]
    positions: NDArray[np.intp]
    regrets: Floats
    own: Floats
    ranges: Floats
    weights: Floats
    missing: str


def bargain(
    points: pd.DataFrame,
    objectives: Sequence[Objective],
    picks: Sequence[int],
    weights: Sequence[float] | None = None,
) -> Bargain:
    """Find the front and measure it.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, at least one row, with the columns of the objectives.
    objectives : sequence of Objective, length K
        One a seat; several seats may have the same.
    picks : sequence of int
        The seats' own picks, as their rows (`Pick.row`); a seat without a pick adds none.
    weights : sequence of float, length K, optional
        How much each seat counts; equal where left out.

    Returns
    -------
    Bargain

    Raises
    ------
    ValueError
        Where there are not as many weights as seats, one is negative or not finite, or all are 0.

    Notes
    -----
    Regret of a seat at x: ``(loss(x) - best) / (worst - best)``, with best and worst over the seats' own
    picks; where these do not differ, over what `metrics.yardstick.own_range` says. Hiding or adding a
    dominated model moves neither the picks nor the front, and so no compromise.

    The front is that of all points. Those that flag everything or nothing are then taken out of it, so
    that a compromise is never worse for all seats than shipping everything.
    """
    counted = _weights(weights, len(objectives))
    figures = points[[o.id for o in objectives]].to_numpy(np.float64)
    ways = [o.direction for o in objectives]
    able = is_on_front(figures, ways) & is_ordinary(points)
    losses = np.column_stack([way.loss(figures[:, k]) for k, way in enumerate(ways)])
    chosen = losses[np.array([points.index.get_loc(row) for row in picks], np.intp)]
    ranges = np.array([own_range(column) for column in chosen.T])
    best = np.array([column[np.isfinite(column)].min(initial=np.inf) for column in chosen.T])
    missing = NO_PICKS if not len(chosen) else UNDEFINED_AT_PICKS if np.isinf(best).any() else ""
    if missing:  # nothing to measure a regret from
        able[:] = False
        best[:] = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        regrets, own = (losses - best) / ranges, (chosen - best) / ranges
    able &= np.isfinite(regrets).all(axis=1)
    return Bargain(
        points=points,
        objectives=tuple(objectives),
        positions=np.flatnonzero(able),
        regrets=regrets[able],
        own=own[np.isfinite(own).all(axis=1)],
        ranges=ranges,
        weights=counted,
        missing=missing or ("" if able.any() else NO_FRONT),
    )


def _weights(weights: Sequence[float] | None, seats: int) -> Floats:
    given = np.ones(seats) if weights is None else np.asarray(weights, np.float64)
    good = given.shape == (seats,) and np.isfinite(given).all() and (given >= 0).all()
    if not (good and given.any()):
        raise ValueError(
            f"weights must be {seats} numbers of at least 0, not all of them 0, got {weights}"
        )
    # By the largest first: a sum of huge weights must not overflow.
    given = given / given.max()
    return given / given.sum() * seats
