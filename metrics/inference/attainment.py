"""Where the front of two objectives would lie in other samples: the band between two attainment surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moocore
import numba
import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.statistics import LEVEL
from metrics.tally.kernel import Floats

REPLICATES = 200
"""Resamples that a band is drawn from: its ends move by less than a line's width with more."""
CELLS = 512
"""Stretches of the first objective by which points are told to be beaten before any is sorted."""


@dataclass(frozen=True)
class AttainmentBand:
    """Two lines of corners, each shape (n, 2): figures of the two objectives, in their units.

    Best of the first objective first.

    Attributes
    ----------
    easily : ndarray
        What nearly every resample's front attains.
    hardly : ndarray
        What hardly any front attains.
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
        Of the two axes.
    positions : sequence of ndarray of int
        For each model, the positions on its curve that compete; none for one that does not.

    Returns
    -------
    AttainmentBand or None
        Of at most `REPLICATES` resamples; None where no resample has a point that is defined on both.

    Notes
    -----
    Of each resample's front, the empirical attainment function says which figures it reaches; the band
    lies between what 97.5 % and what 2.5 % of the fronts reach, in each place by itself.

    References
    ----------
    Fonseca, Guerreiro, López-Ibáñez, Paquete: On the computation of the empirical attainment function.
    EMO 2011.
    """
    first = bootstrap.part(0, REPLICATES)
    replicates = first.replicates
    columns: list[list[Floats]] = [[], []]
    for m, at in enumerate(positions):
        if at.size == 0:
            continue
        counts = first.counts(m, at)
        for side, objective in zip(columns, (across, up), strict=True):
            own = counts[:1] if objective.of_model else counts
            values = objective.direction.loss(first.of_counts(objective, m, own))
            side.append(np.broadcast_to(values, (replicates, at.size)))
    if not columns[0]:
        return None
    x, y = (np.concatenate(side, axis=1) for side in columns)
    may_be = _may_be_on_front(x, y, CELLS)
    fronts = [_front(x[r, own], y[r, own]) for r, own in enumerate(may_be)]
    sets = np.repeat(np.arange(1, replicates + 1), [len(front) for front in fronts])
    points = np.concatenate(fronts)
    if len(points) == 0:
        return None
    share = 100 * (1 - LEVEL) / 2
    surfaces = moocore.eaf(points, sets, percentiles=[share, 100 - share])
    lines = []
    for percentile in (100 - share, share):
        line = surfaces[np.isclose(surfaces[:, 2], percentile)][:, :2]
        line = line[np.argsort(line[:, 0], kind="stable")]
        signs = [float(o.direction.loss(np.ones(1)).item()) for o in (across, up)]
        lines.append(line * signs)
    return AttainmentBand(lines[0], lines[1])


@numba.njit(cache=True, nogil=True)
def _may_be_on_front(x: Floats, y: Floats, cells: int) -> NDArray[np.bool_]:
    """Which points no point of a better stretch of x beats, by both losses of shape (R, K).

    Of thousands of points some hundred are left, and only these have to be sorted.
    """
    out = np.zeros(x.shape, np.bool_)
    least = np.empty(cells)
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
                least[cell[k]] = min(least[cell[k]], y[r, k])
        before = np.inf  # of all better stretches, in place of the stretch's own
        for c in range(cells):
            own = least[c]
            least[c] = before
            before = min(before, own)
        for k in range(x.shape[1]):
            out[r, k] = cell[k] >= 0 and y[r, k] < least[cell[k]]
    return out


def _front(x: Floats, y: Floats) -> Floats:
    """Points that no other beats, by both losses, shape (n, 2)."""
    defined = np.isfinite(x) & np.isfinite(y)
    x, y = x[defined], y[defined]
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    least = np.minimum.accumulate(y)
    on_front = np.ones(y.size, bool)
    on_front[1:] = y[1:] < least[:-1]
    return np.column_stack([x[on_front], y[on_front]])
