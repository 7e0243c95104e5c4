"""How sure the figures of the operating points are: one value for what a page shows of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective, as_read_by
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.design_effect import mean_cluster_mass
from metrics.inference.intervals import intervals, needs_replicates
from metrics.inference.statistics import Interval
from metrics.tally.sparse_sums import Floats
from metrics.tally.tally import Tally

Share = Callable[[Hashable, Callable[[], Interval]], Interval]

FEW_DEFECTS = 100
FEW_GROUPS = 50
"""Below these, simulation finds intervals that hold the truth clearly less often than they say."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """What resampling says of every operating point, in the order of `metrics.operating_points`.

    Attributes
    ----------
    bootstrap : Bootstrap
        For differences of any two points.
    objectives : tuple of Objective
        At most three different ones.
    required : tuple of ndarray of int
        For each model, positions on its curve whose figures are wanted without interpolation.
    hidden : frozenset of str
        Models that do not compete.
    share : callable
        Keeps what other scenarios of the same replicates have as well.

    Notes
    -----
    All is found when it is asked for, and then known. Every model has at most a share of
    `replicated_counts.AT_MOST` operating points, spread evenly over its own; what lies between two of them
    is interpolated.
    """

    bootstrap: Bootstrap
    objectives: tuple[Objective, ...]
    required: tuple[NDArray[np.intp], ...]
    hidden: frozenset[str]
    share: Share
    _found: dict[tuple[str, int], Interval] = field(default_factory=dict, repr=False)

    @property
    def models(self) -> tuple[int, ...]:
        """Positions among the evaluation's models of those that compete."""
        curves = self.bootstrap.evaluation.curves
        return tuple(
            m for m, model_curve in enumerate(curves) if model_curve.model not in self.hidden
        )

    @cached_property
    def positions(self) -> tuple[NDArray[np.intp], ...]:
        """For each model, the positions on its curve whose figures are not interpolated."""
        kept = self.bootstrap.drawn.positions
        return tuple(
            np.union1d(own, more) if m in self.models else np.empty(0, np.intp)
            for m, (own, more) in enumerate(zip(kept, self.required, strict=True))
        )

    def is_exact(self, objective: Objective, model: int, position: int) -> bool:
        """Whether the interval at a position on a curve is found there, and not between two others."""
        if objective.of_model or not needs_replicates(self.bootstrap, objective):
            return True
        own = self.positions[model]
        k = int(np.searchsorted(own, position))
        return k < own.size and int(own[k]) == position

    def range_of(self, objective: Objective, model: int) -> Interval:
        """95 % intervals of an objective at the distinct operating points of a model, each of shape (K,)."""
        key = objective.id, model
        if key not in self._found:
            self._found[key] = self._range(objective, model)
        return self._found[key]

    def _range(self, objective: Objective, m: int) -> Interval:
        """Intervals at every distinct operating point of a model.

        Notes
        -----
        Where they rest on replicates they are found at the points that competed and interpolated between; an
        interval that would miss its own figure then is widened to hold it.
        """
        bootstrap = self.bootstrap
        model_curve, positions = bootstrap.evaluation.curves[m], self.positions[m]
        if not needs_replicates(bootstrap, objective):
            return self._kept(objective, m, np.flatnonzero(model_curve.distinct))
        value = _figures(bootstrap.evaluation, objective, m)
        if positions.size == 0:
            return Interval(np.full(value.size, np.nan), np.full(value.size, np.nan))
        if objective.of_model:
            ends = self._kept(objective, m, positions[:1])
        else:
            ends = self._kept(objective, m, bootstrap.drawn.positions[m])
            others = np.setdiff1d(positions, bootstrap.drawn.positions[m])
            if others.size:
                ends = _between_others(
                    positions, others, ends, intervals(bootstrap, objective, m, others)
                )
        low, high = (
            np.full(value.size, side.item())
            if side.size == 1
            else _between(model_curve.distinct, positions, side)
            for side in (ends.low, ends.high)
        )
        # Both are NaN where the figure is.
        return Interval(np.minimum(low, value), np.maximum(high, value))

    def _kept(self, objective: Objective, m: int, positions: NDArray[np.intp]) -> Interval:
        """Intervals that no other scenario changes which says the same of what the objective reads."""
        read = as_read_by(self.bootstrap.evaluation.scenario, [objective])
        return self.share(
            (objective, m, read), lambda: intervals(self.bootstrap, objective, m, positions)
        )

    @cached_property
    def ranges(self) -> Mapping[str, Interval]:
        """95 % intervals by objective id, shape (n,)."""
        every = range(len(self.bootstrap.evaluation.curves))
        found = {o.id: [self.range_of(o, m) for m in every] for o in self.objectives}
        return {
            name: Interval(
                np.concatenate([ends.low for ends in by_model]),
                np.concatenate([ends.high for ends in by_model]),
            )
            for name, by_model in found.items()
        }


def uncertainty(
    bootstrap: Bootstrap,
    objectives: Sequence[Objective],
    *,
    required: Mapping[str, Sequence[float]] | None = None,
    hidden: Sequence[str] = (),
    share: Share | None = None,
) -> Uncertainty:
    """Intervals of up to three objectives at every operating point.

    Parameters
    ----------
    bootstrap : Bootstrap
    objectives : sequence of Objective
        At most three different ones.
    required : mapping of model to thresholds, optional
        Operating points whose figures are wanted without interpolation.
    hidden : sequence of str
        Models that do not compete.
    share : callable, optional
        ``share(key, make)``: gives what it has kept under a key of the same replicates, or makes it.

    Returns
    -------
    Uncertainty
    """
    wanted = required or {}
    return Uncertainty(
        bootstrap,
        tuple({o.id: o for o in objectives}.values()),
        tuple(
            model_curve.positions(wanted.get(model_curve.model, ())).astype(np.intp)
            for model_curve in bootstrap.evaluation.curves
        ),
        frozenset(hidden),
        share or _made_anew,
    )


def _made_anew(key: Hashable, make: Callable[[], Interval]) -> Interval:
    return make()


class Scarce(Enum):
    """What there may be too few of."""

    DEFECTS = "defects"
    GROUPS = "groups"
    VALUES = "values"
    WEIGHTS = "weights"


@dataclass(frozen=True)
class Scarcity:
    """So few of something that intervals hold the truth clearly less often than they say.

    Attributes
    ----------
    of : Scarce
    count : float
        Defects in the file, or about how many groups, or as how many defects of equal weight or value.
    """

    of: Scarce
    count: float


def scarcities(tally: Tally, *, of_values: bool = False) -> tuple[Scarcity, ...]:
    """Why the intervals of a tally may promise too much: fewer than `FEW_DEFECTS` or `FEW_GROUPS`.

    Parameters
    ----------
    tally : Tally
    of_values : bool
        Whether figures are looked at that sum the values of units: few of these may hold most of it.
    """
    few = []
    rows: NDArray[np.int64] = tally.counts[:, 0, :, 1].sum(axis=1, dtype=np.int64)
    defects = int(rows.sum())
    alike = float(defects)
    if defects < FEW_DEFECTS:
        few.append(Scarcity(Scarce.DEFECTS, defects))
    if tally.weights is not None and not tally.grouped:
        alike = _of_equal_mass(tally.bucket_mass[:, 1], rows)
        if alike < min(FEW_DEFECTS, CLEARLY_LESS * defects):
            few.append(Scarcity(Scarce.WEIGHTS, alike))
    if of_values and tally.values is not None:
        valued = _of_equal_mass(tally.value_bins(0)[..., 1].sum(axis=1), rows)
        if valued < min(FEW_DEFECTS, CLEARLY_LESS * alike):
            few.append(Scarcity(Scarce.VALUES, valued))
    if tally.grouped and (groups := about_groups(tally)) < FEW_GROUPS:
        few.append(Scarcity(Scarce.GROUPS, groups))
    return tuple(few)


CLEARLY_LESS = 0.7
"""Of a number: the buckets tell Kish's effective one to 1 in 7, so that only less is due to unlike sizes."""


def _of_equal_mass(masses: Floats, rows: NDArray[np.int64]) -> float:
    """Kish's effective number of single rows, from their mass and number by bucket; all where they are alike.

    Rows fall into buckets by chance: of N with the variance V of their masses, the squares of what buckets
    hold beyond their rows' mean mass sum to V (N^2 - sum n_b^2) / (N - 1) on average.
    """
    count, mass = int(rows.sum()), float(masses.sum())
    pairs = count**2 - int((rows**2).sum())
    if pairs == 0 or mass <= 0:
        return float(count)
    beyond = masses * (count / mass) - rows
    return count / (1 + float((beyond**2).sum()) * (count - 1) / pairs)


def _alike(masses: Floats, count: float) -> float:
    """Kish's effective number of units, from their mass by bucket; ``count``, unless it is clearly fewer."""
    if masses.size < 2:
        return count
    together = mean_cluster_mass(masses)
    alike = float(masses.sum()) / together if together > 0 else math.inf
    return alike if alike < CLEARLY_LESS * count else count


def about_groups(tally: Tally) -> float:
    """How many groups of one size tell as much as those that the rows come in, from the buckets' sizes.

    Parameters
    ----------
    tally : Tally

    Returns
    -------
    float
        Infinite with fewer than two buckets.

    Notes
    -----
    A tally does not know which rows of a bucket are of one group. Of B buckets, g groups leave about
    B exp(-g / B) empty: of 100 buckets this tells 50 groups to 4, one in twenty times to 8; from about 460
    groups none is empty. Groups of unlike sizes count for fewer: Kish's effective number is the mass over
    the mean mass of a unit's own group (`mean_cluster_mass`), 11 where one of 201 groups holds 30 %.

    References
    ----------
    Kish: Survey sampling. 1965.
    """
    mass = tally.bucket_mass.sum(axis=1)
    if mass.size < 2:
        return float("inf")
    empty = mass.size - np.count_nonzero(mass)
    filled = float(-mass.size * np.log(empty / mass.size)) if empty else float("inf")
    return _alike(mass, filled)


def _figures(evaluation: Evaluation, objective: Objective, m: int) -> Floats:
    """Figures at the distinct operating points of a model."""
    model_curve = evaluation.curves[m]
    counts = model_curve.counts[model_curve.distinct].scaled(*evaluation.factors)
    return objective.values(counts, evaluation.context(m))


def _between_others(
    positions: NDArray[np.intp], others: NDArray[np.intp], kept: Interval, more: Interval
) -> Interval:
    """Intervals at ascending positions, from those at some of them and those at all others."""
    is_other = np.isin(positions, others)

    def side(of_kept: Floats, of_others: Floats) -> Floats:
        out = np.empty(positions.size)
        out[~is_other], out[is_other] = of_kept, of_others
        return out

    return Interval(side(kept.low, more.low), side(kept.high, more.high))


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
