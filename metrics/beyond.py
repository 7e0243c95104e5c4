"""What intervals of replicates leave out: outcomes that no row of the sample had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Confusion
from metrics.counted import extreme, lumps
from metrics.margins import Interval, unseen
from metrics.objective import Objective
from metrics.resample import Floats, Resampled

MOVES = (("fn", "tp", 1), ("tp", "fn", 1), ("fp", "tn", 0), ("tn", "fp", 0))
"""An outcome that may be unseen, the other one of its class, and the class."""


def with_unseen(
    resampled: Resampled,
    objective: Objective,
    model: int,
    where: NDArray[np.intp],
    ends: Interval,
    *,
    grouped: bool,
) -> Interval:
    """Ends of replicates moved by what the outcomes that were never seen may add.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
        Of operating points.
    model : int
    where : ndarray of int, shape (K,)
    ends : Interval of shape (K,)
        Percentiles of the replicates.
    grouped : bool

    Returns
    -------
    Interval
        NaN where the figure holds by construction.

    Notes
    -----
    Replicates of 0 missed defects all have 0. The end towards which a missed defect moves the figure lies
    so far out as the root of the sum of two squares says: of the distance that the replicates have, and of
    what the figure would be with about 3 in the number of defects missed (MOVER). A missed defect has the
    mean value of a defect. At flag-everything and flag-nothing there is nothing that could be seen.

    References
    ----------
    Zou, Donner: Construction of confidence limits about effect measures: a general approach. Statistics
    in Medicine 2008.
    """
    evaluation = resampled.evaluation
    counts, context = evaluation.curves[model].counts[where], evaluation.context(model)

    def figures(at: Confusion, today: Confusion) -> Floats:
        scaled = today.scaled(*evaluation.factors)
        return objective.values(at.scaled(*evaluation.factors), replace(context, today=scaled))

    today = evaluation.today_counts
    figure = figures(counts, today)
    able = ~extreme(evaluation, model, where)
    moved = [
        (able & empty, figures(at, today))
        for empty, at in _moves(resampled, model, counts, grouped)
    ]
    against_today = objective.signed and objective.is_standard
    if against_today and evaluation.scenario.today is not None:
        moved += [
            (np.broadcast_to(empty, able.shape), figures(counts, at))
            for empty, at in _moves(resampled, model, today, grouped)
        ]
    fall, rise = np.zeros(where.size), np.zeros(where.size)
    for empty, values in moved:
        apart = np.where(empty, np.nan_to_num(values - figure), 0.0)
        fall = np.hypot(fall, np.minimum(apart, 0))
        rise = np.hypot(rise, np.maximum(apart, 0))
    low = np.where(fall > 0, figure - np.hypot(np.maximum(figure - ends.low, 0), fall), ends.low)
    high = np.where(rise > 0, figure + np.hypot(np.maximum(ends.high - figure, 0), rise), ends.high)
    own = _is_today(resampled, model, where) if against_today else np.zeros(where.size, bool)
    return Interval(np.where(own, np.nan, low), np.where(own, np.nan, high))


def _moves(
    resampled: Resampled, model: int, counts: Confusion, grouped: bool
) -> Iterator[tuple[NDArray[np.bool_], Confusion]]:
    """For each outcome: where it was never seen, and the counts with as many of it as there may be."""
    tally = resampled.evaluation.tally
    at_once = lumps(resampled.evaluation, grouped)
    for none, other, kind in MOVES:
        empty = np.asarray(getattr(counts, none) == 0)
        if not empty.any():
            continue
        mass = tally.class_mass[kind]
        more = np.where(empty, mass * unseen(mass / at_once[kind]), 0.0)
        changed: dict[str, Any] = {
            none: getattr(counts, none) + more,
            other: getattr(counts, other) - more,
        }
        if counts.missed_value is not None and kind == 1 and tally.values is not None:
            mean = tally.values[:, model, :, 1].sum() / mass
            changed["missed_value"] = counts.missed_value + mean * (more if none == "fn" else -more)
        yield empty, replace(counts, **changed)


def _is_today(resampled: Resampled, model: int, where: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which operating points are today's system; without one, every unit is shipped today."""
    evaluation = resampled.evaluation
    own, today = evaluation.curves[model], evaluation.scenario.today
    if today is None:
        return np.isinf(own.thresholds[where])
    place = np.searchsorted(own.thresholds, today.threshold, side="left")
    same: NDArray[np.bool_] = (where == place) & (own.model == today.model)
    return same & (evaluation.today_tally is evaluation.tally)
