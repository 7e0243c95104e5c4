"""How sure the figures of the operating points are: one value for what a page shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Resampled, draw
from metrics.inference.front_stability import standing
from metrics.inference.intervals import intervals, needs_replicates
from metrics.inference.statistics import Floats, Interval
from metrics.tally.tally import Tally

FEW_DEFECTS = 30
FEW_GROUPS = 50
"""Below these, simulation finds intervals that hold the truth clearly less often than they say."""


@dataclass(frozen=True)
class Uncertainty:
    """What resampling says of every operating point, in the order of `metrics.operating_points`.

    Attributes
    ----------
    resampled : Resampled
        For differences of any two points.
    ranges : mapping of objective id to Interval
        95 % intervals, shape (n,).
    places : tuple of ndarray of int
        For each model, the positions on its curve that competed for the front.
    stands : ndarray, shape (n,)
        How often no point of another model beats the point; NaN where an objective is undefined.
    cautions : tuple of str
        Why the intervals may promise too much.
    """

    resampled: Resampled
    ranges: Mapping[str, Interval]
    places: tuple[NDArray[np.intp], ...]
    stands: Floats
    cautions: tuple[str, ...]


def uncertainty(
    evaluation: Evaluation,
    objectives: Sequence[Objective],
    *,
    seed: int = 0,
    grouped: bool = False,
    asked: Mapping[str, Sequence[float]] | None = None,
    hidden: Sequence[str] = (),
) -> Uncertainty:
    """Resample three objectives and their front.

    Parameters
    ----------
    evaluation : Evaluation
    objectives : sequence of Objective
        At most three different ones.
    seed : int
    grouped : bool
        Whether rows come in groups that share a bucket.
    asked : mapping of model to thresholds, optional
        Operating points whose figures are wanted without interpolation.
    hidden : sequence of str
        Models that do not compete.

    Notes
    -----
    Every model enters with at most a share of `front_stability.AT_MOST` operating points, spread evenly over
    its own; what lies between two of them is interpolated.
    """
    resampled = Resampled(evaluation, draw(evaluation.tally, seed=seed))
    places = []
    for m, own in enumerate(evaluation.curves):
        wanted = (asked or {}).get(evaluation.tally.models[m], ())
        places.append(own.positions(wanted))
    among = [m for m, own in enumerate(evaluation.curves) if own.model not in hidden]
    stood = standing(resampled, objectives, places, among)
    unique = {o.id: o for o in objectives}

    def of_model(m: int) -> tuple[dict[str, Interval], Floats]:
        at = stood.where[m]
        found = {key: _range(resampled, o, m, at, grouped=grouped) for key, o in unique.items()}
        stands = _between(evaluation.curves[m].distinct, at, stood.points[m])
        for o in unique.values():
            stands[np.isnan(_figures(evaluation, o, m))] = np.nan
        return found, stands

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(of_model, range(len(evaluation.curves))))
    return Uncertainty(
        resampled=resampled,
        ranges={
            key: Interval(
                np.concatenate([ranges[key].low for ranges, _ in found]),
                np.concatenate([ranges[key].high for ranges, _ in found]),
            )
            for key in unique
        },
        places=tuple(stood.where),
        stands=np.concatenate([stands for _, stands in found]),
        cautions=cautions(evaluation.tally, grouped=grouped),
    )


def cautions(tally: Tally, *, grouped: bool) -> tuple[str, ...]:
    """Sentences that warn of intervals on little data."""
    out = []
    defects = int(tally.rows[1])
    if defects < FEW_DEFECTS:
        units = "defect" if defects == 1 else "defects"
        out.append(
            f"Only {defects} {units}: the intervals hold the truth less often than they say."
        )
    if grouped and (groups := about_groups(tally)) < FEW_GROUPS:
        units = "group" if round(groups) == 1 else "groups"
        out.append(
            f"Only about {groups:.0f} {units} of units: the intervals hold the truth less often "
            "than they say."
        )
    return tuple(out)


def about_groups(tally: Tally) -> float:
    """How many groups the rows come in, from how many buckets they fill.

    Notes
    -----
    Of B buckets, g groups leave about B exp(-g / B) empty: of 100 buckets this tells 50 groups to 4, one
    in twenty times to 8. Infinite where none is empty, as from about 460 groups. A tally does not know
    which rows of a bucket are of one group.
    """
    buckets = tally.counts.shape[0]
    empty = buckets - np.count_nonzero(tally.counts[:, 0].sum(axis=(1, 2), dtype=np.int64))
    return float(-buckets * np.log(empty / buckets)) if empty else float("inf")


def _range(
    resampled: Resampled, objective: Objective, m: int, where: NDArray[np.intp], *, grouped: bool
) -> Interval:
    """Intervals at every distinct operating point of a model.

    Notes
    -----
    Where they rest on replicates they are found at the points that competed and interpolated between; an
    interval that would miss its own figure then is widened to hold it.
    """
    own = resampled.evaluation.curves[m]
    if not needs_replicates(resampled, objective, grouped=grouped):
        return intervals(resampled, objective, m, np.flatnonzero(own.distinct), grouped=grouped)
    value = _figures(resampled.evaluation, objective, m)
    if where.size == 0:
        return Interval(np.full(value.size, np.nan), np.full(value.size, np.nan))
    ends = intervals(resampled, objective, m, where, grouped=grouped)
    low, high = (
        np.full(value.size, side.item()) if side.size == 1 else _between(own.distinct, where, side)
        for side in (ends.low, ends.high)
    )
    # Both are NaN where the figure is.
    return Interval(np.minimum(low, value), np.maximum(high, value))


def _figures(evaluation: Evaluation, objective: Objective, m: int) -> Floats:
    """Figures at the distinct operating points of a model."""
    own = evaluation.curves[m]
    counts = own.counts[own.distinct].scaled(*evaluation.factors)
    return objective.values(counts, evaluation.context(m))


def _between(distinct: NDArray[np.bool_], where: NDArray[np.intp], values: Floats) -> Floats:
    """Values at the distinct operating points of a curve from those at some of them.

    NaN at one of these is no reason for NaN at its neighbours; what lies outside all others has none.
    """
    places = np.flatnonzero(distinct)
    known = ~np.isnan(values)
    if not known.any():
        return np.full(places.size, np.nan)
    # By the order of the points: that is how those that competed were spread.
    at = np.searchsorted(places, where)
    out = np.interp(np.arange(places.size), at[known], values[known], np.nan, np.nan)
    out[at[~known]] = np.nan
    return out
