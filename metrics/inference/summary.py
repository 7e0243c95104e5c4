"""How sure the figures of the operating points are: one value for what a page shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.front_stability import front_stability
from metrics.inference.intervals import intervals, needs_replicates
from metrics.inference.statistics import Interval
from metrics.tally.tally import Floats, Tally

FEW_DEFECTS = 30
FEW_GROUPS = 50
"""Below these, simulation finds intervals that hold the truth clearly less often than they say."""


@dataclass(frozen=True)
class Uncertainty:
    """What resampling says of every operating point, in the order of `metrics.operating_points`.

    Attributes
    ----------
    bootstrap : Bootstrap
        For differences of any two points.
    ranges : mapping of objective id to Interval
        95 % intervals, shape (n,).
    positions : tuple of ndarray of int
        For each model, the positions on its curve that competed for the front.
    front_probability : ndarray, shape (n,)
        How often no point of another model beats the point; NaN where an objective is undefined.
    """

    bootstrap: Bootstrap
    ranges: Mapping[str, Interval]
    positions: tuple[NDArray[np.intp], ...]
    front_probability: Floats


def uncertainty(
    bootstrap: Bootstrap,
    objectives: Sequence[Objective],
    *,
    required: Mapping[str, Sequence[float]] | None = None,
    hidden: Sequence[str] = (),
) -> Uncertainty:
    """Intervals of up to three objectives and the stability of their front, at every operating point.

    Parameters
    ----------
    bootstrap : Bootstrap
    objectives : sequence of Objective
        At most three different ones.
    required : mapping of model to thresholds, optional
        Operating points whose figures are wanted without interpolation.
    hidden : sequence of str
        Models that do not compete.

    Returns
    -------
    Uncertainty

    Notes
    -----
    Every model enters with at most a share of `front_stability.AT_MOST` operating points, spread evenly over
    its own; what lies between two of them is interpolated.
    """
    evaluation = bootstrap.evaluation
    wanted = [own.positions((required or {}).get(own.model, ())) for own in evaluation.curves]
    among = [m for m, own in enumerate(evaluation.curves) if own.model not in hidden]
    stability = front_stability(bootstrap, objectives, wanted, among)
    unique = {o.id: o for o in objectives}

    def of_model(m: int) -> tuple[dict[str, Interval], Floats]:
        at = stability.positions[m]
        ranges = {key: _range(bootstrap, o, m, at) for key, o in unique.items()}
        shares = _between(evaluation.curves[m].distinct, at, stability.probabilities[m])
        for o in unique.values():
            shares[np.isnan(_figures(evaluation, o, m))] = np.nan
        return ranges, shares

    with ThreadPoolExecutor(2) as pool:
        by_model = list(pool.map(of_model, range(len(evaluation.curves))))
    return Uncertainty(
        bootstrap=bootstrap,
        ranges={
            key: Interval(
                np.concatenate([ranges[key].low for ranges, _ in by_model]),
                np.concatenate([ranges[key].high for ranges, _ in by_model]),
            )
            for key in unique
        },
        positions=stability.positions,
        front_probability=np.concatenate([shares for _, shares in by_model]),
    )


class Scarce(Enum):
    """What there may be too few of."""

    DEFECTS = "defects"
    GROUPS = "groups"


@dataclass(frozen=True)
class Scarcity:
    """So few of something that intervals hold the truth clearly less often than they say.

    Attributes
    ----------
    of : Scarce
    count : float
        Defects in the file, or about how many groups.
    """

    of: Scarce
    count: float


def scarcities(tally: Tally) -> tuple[Scarcity, ...]:
    """Why the intervals of a tally may promise too much: fewer than `FEW_DEFECTS` or `FEW_GROUPS`.

    Parameters
    ----------
    tally : Tally
    """
    few = []
    defects = int(tally.rows[1])
    if defects < FEW_DEFECTS:
        few.append(Scarcity(Scarce.DEFECTS, defects))
    if tally.grouped and (groups := about_groups(tally)) < FEW_GROUPS:
        few.append(Scarcity(Scarce.GROUPS, groups))
    return tuple(few)


def about_groups(tally: Tally) -> float:
    """How many groups the rows come in, from how many buckets they fill.

    Parameters
    ----------
    tally : Tally

    Returns
    -------
    float
        Infinite where no bucket is empty.

    Notes
    -----
    Of B buckets, g groups leave about B exp(-g / B) empty: of 100 buckets this tells 50 groups to 4, one
    in twenty times to 8; from about 460 groups none is empty. A tally does not know which rows of a bucket
    are of one group.
    """
    buckets = tally.counts.shape[0]
    empty = buckets - np.count_nonzero(tally.counts[:, 0].sum(axis=(1, 2), dtype=np.int64))
    return float(-buckets * np.log(empty / buckets)) if empty else float("inf")


def _range(
    bootstrap: Bootstrap, objective: Objective, m: int, positions: NDArray[np.intp]
) -> Interval:
    """Intervals at every distinct operating point of a model.

    Notes
    -----
    Where they rest on replicates they are found at the points that competed and interpolated between; an
    interval that would miss its own figure then is widened to hold it.
    """
    own = bootstrap.evaluation.curves[m]
    if not needs_replicates(bootstrap, objective):
        return intervals(bootstrap, objective, m, np.flatnonzero(own.distinct))
    value = _figures(bootstrap.evaluation, objective, m)
    if positions.size == 0:
        return Interval(np.full(value.size, np.nan), np.full(value.size, np.nan))
    ends = intervals(bootstrap, objective, m, positions)
    low, high = (
        np.full(value.size, side.item())
        if side.size == 1
        else _between(own.distinct, positions, side)
        for side in (ends.low, ends.high)
    )
    # Both are NaN where the figure is.
    return Interval(np.minimum(low, value), np.maximum(high, value))


def _figures(evaluation: Evaluation, objective: Objective, m: int) -> Floats:
    """Figures at the distinct operating points of a model."""
    own = evaluation.curves[m]
    counts = own.counts[own.distinct].scaled(*evaluation.factors)
    return objective.values(counts, evaluation.context(m))


def _between(distinct: NDArray[np.bool_], positions: NDArray[np.intp], values: Floats) -> Floats:
    """Values at the distinct operating points of a curve from those at some of them.

    NaN at one of these is no reason for NaN at its neighbours; what lies outside all others has none.
    """
    all_positions = np.flatnonzero(distinct)
    defined = ~np.isnan(values)
    if not defined.any():
        return np.full(all_positions.size, np.nan)
    # By the order of the points: that is how those that competed were spread.
    at = np.searchsorted(all_positions, positions)
    out = np.interp(np.arange(all_positions.size), at[defined], values[defined], np.nan, np.nan)
    out[at[~defined]] = np.nan
    return out
