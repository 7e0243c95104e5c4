"""What intervals of replicates leave out: outcomes with a count of zero in the sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.share_intervals import is_extreme
from metrics.inference.statistics import Interval, rule_of_three
from metrics.tally.sparse_sums import Floats

OUTCOMES = (("fn", "tp", 1), ("tp", "fn", 1), ("fp", "tn", 0), ("tn", "fp", 0))
"""An outcome that may be unseen, the other one of its class, and the class."""


def extend_for_zero_counts(
    bootstrap: Bootstrap,
    objective: Objective,
    model: int,
    positions: NDArray[np.intp],
    ends: Interval,
) -> Interval:
    """Ends of replicates moved by what the outcomes that were never seen may add.

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
        Of operating points.
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        On the model's curve.
    ends : Interval of shape (K,)
        Percentiles of the replicates, in the objective's unit.

    Returns
    -------
    Interval
        Of shape (K,), never narrower than ``ends``; NaN where the figure holds by construction.

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
    evaluation = bootstrap.evaluation
    counts, context = evaluation.curves[model].counts[positions], evaluation.context(model)

    def figures(at: Confusion, today: Confusion) -> Floats:
        scaled = today.scaled(*evaluation.factors)
        return objective.values(at.scaled(*evaluation.factors), replace(context, today=scaled))

    today = evaluation.today_counts
    figure = figures(counts, today)
    may_change = ~is_extreme(evaluation, model, positions)
    shifted = [
        (may_change & empty, figures(at, today))
        for empty, at in _with_unseen_outcomes(bootstrap, model, counts)
    ]
    if objective.is_against_today and evaluation.scenario.today is not None:
        shifted += [
            (np.broadcast_to(empty, may_change.shape), figures(counts, at))
            for empty, at in _with_unseen_outcomes(bootstrap, model, today)
        ]
    fall, rise = np.zeros(positions.size), np.zeros(positions.size)
    for empty, values in shifted:
        shift = np.where(empty, np.nan_to_num(values - figure), 0.0)
        fall = np.hypot(fall, np.minimum(shift, 0))
        rise = np.hypot(rise, np.maximum(shift, 0))
    low = np.where(fall > 0, figure - np.hypot(np.maximum(figure - ends.low, 0), fall), ends.low)
    high = np.where(rise > 0, figure + np.hypot(np.maximum(ends.high - figure, 0), rise), ends.high)
    certain = (
        _is_today(bootstrap, model, positions)
        if objective.is_against_today
        else np.zeros(positions.size, bool)
    )
    return Interval(np.where(certain, np.nan, low), np.where(certain, np.nan, high))


def _with_unseen_outcomes(
    bootstrap: Bootstrap, model: int, counts: Confusion
) -> Iterator[tuple[NDArray[np.bool_], Confusion]]:
    """For each outcome: where it was never seen, and the counts with as many of it as there may be."""
    tally = bootstrap.evaluation.tally
    for unseen, other, kind in OUTCOMES:
        empty = np.asarray(getattr(counts, unseen) == 0)
        if not empty.any():
            continue
        mass = tally.class_mass[kind]
        more = np.where(empty, mass * rule_of_three(mass / bootstrap.cluster_masses[kind]), 0.0)
        changed: dict[str, Any] = {
            unseen: getattr(counts, unseen) + more,
            other: getattr(counts, other) - more,
        }
        if counts.missed_value is not None and kind == 1 and tally.values is not None:
            mean = tally.value_bins(model)[..., 1].sum() / mass
            changed["missed_value"] = counts.missed_value + mean * (
                more if unseen == "fn" else -more
            )
        if counts.missed_price is not None and kind == 1 and tally.miss_prices is not None:
            mean = tally.miss_prices[:, model].sum() / mass
            changed["missed_price"] = counts.missed_price + mean * (
                more if unseen == "fn" else -more
            )
        yield empty, replace(counts, **changed)


def _is_today(bootstrap: Bootstrap, model: int, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which operating points are today's system; without one, every unit is shipped today."""
    evaluation = bootstrap.evaluation
    model_curve, today = evaluation.curves[model], evaluation.scenario.today
    alone = model_curve.lower is None or model_curve.lower[positions] == positions
    if today is None:
        return np.isinf(model_curve.thresholds[positions]) & alone
    at_threshold: NDArray[np.bool_] = positions == model_curve.position(today.threshold)
    same = at_threshold & (model_curve.model == today.model) & alone
    return same & (evaluation.today_tally is evaluation.tally)
