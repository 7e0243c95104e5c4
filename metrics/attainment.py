"""Where the front of two objectives would lie in other samples: the band between two attained lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moocore
import numpy as np
from numpy.typing import NDArray

from metrics.margins import LEVEL
from metrics.objective import Objective
from metrics.resample import Floats, Resampled

REPLICATES = 200
"""Resamples that a band is drawn from: its ends move by less than a line's width with more."""


@dataclass(frozen=True)
class Attained:
    """Two lines of corners, each shape (n, 2): figures of the two objectives, best of the first first.

    Attributes
    ----------
    easily : ndarray
        What nearly every resample's front attains.
    hardly : ndarray
        What hardly any front attains.
    """

    easily: Floats
    hardly: Floats


def attained(
    resampled: Resampled,
    across: Objective,
    up: Objective,
    where: Sequence[NDArray[np.intp]],
) -> Attained | None:
    """Band of the front of two objectives.

    Parameters
    ----------
    resampled : Resampled
    across, up : Objective
    where : sequence of ndarray of int
        For each model, the positions on its curve that compete; none for one that does not.

    Returns
    -------
    Attained or None
        None where no resample has a point that is defined on both.

    Notes
    -----
    Of each resample's front, the empirical attainment function says which figures it reaches; the band
    lies between what 97.5 % and what 2.5 % of the fronts reach, in each place by itself.

    References
    ----------
    Fonseca, Guerreiro, López-Ibáñez, Paquete: On the computation of the empirical attainment function.
    EMO 2011.
    """
    some = resampled.part(0, REPLICATES)
    replicates = len(some.draws.weights)
    columns: list[list[Floats]] = [[], []]
    for m, at in enumerate(where):
        if at.size == 0:
            continue
        for side, objective in zip(columns, (across, up), strict=True):
            values = objective.direction.loss(some.values(objective, m, at))
            side.append(np.broadcast_to(values, (replicates, at.size)))
    if not columns[0]:
        return None
    x, y = (np.concatenate(side, axis=1) for side in columns)
    fronts = [_front(x[r], y[r]) for r in range(replicates)]
    sets = np.repeat(np.arange(1, replicates + 1), [len(front) for front in fronts])
    points = np.concatenate(fronts)
    if len(points) == 0:
        return None
    share = 100 * (1 - LEVEL) / 2
    found = moocore.eaf(points, sets, percentiles=[share, 100 - share])
    lines = []
    for percentile in (100 - share, share):
        line = found[np.isclose(found[:, 2], percentile)][:, :2]
        line = line[np.argsort(line[:, 0], kind="stable")]
        signs = [float(o.direction.loss(np.ones(1)).item()) for o in (across, up)]
        lines.append(line * signs)
    return Attained(lines[0], lines[1])


def _front(x: Floats, y: Floats) -> Floats:
    """Points that no other beats, by both losses, shape (n, 2)."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    least = np.minimum.accumulate(y)
    kept = np.ones(y.size, bool)
    kept[1:] = y[1:] < least[:-1]
    return np.column_stack([x[kept], y[kept]])
