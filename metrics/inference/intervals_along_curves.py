"""95% intervals at every operating point: computed at some points of each curve, interpolated between."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.objective import Objective, Unit
from metrics.evaluation.objective_in_scenario import scenario_read_by
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import intervals, possible_range
from metrics.inference.share_intervals import is_of_shares
from metrics.tally.kernel import Floats

IntervalCache = Callable[[Hashable, Callable[[], Interval]], Interval]
"""Cache of intervals: called with a key, and with a function that computes the intervals of a new key."""


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Intervals of every operating point, in the order of `metrics.operating_points`.

    Attributes
    ----------
    bootstrap : Bootstrap
        For differences of any two points.
    objectives : tuple of Objective
        At most three different objectives.
    required : tuple of ndarray of int
        For each model, positions on its curve at which figures must not be interpolated.
    hidden : frozenset of str
        Models that do not compete.
    cache : callable
        Cache for results that other scenarios with the same replicates can use as well.

    Notes
    -----
    Intervals are computed on first use and then cached. All models together compute at most
    `replicated_counts.AT_MOST` operating points, in equal parts and spread evenly over each curve. Intervals
    between two computed points are interpolated.
    """

    bootstrap: Bootstrap
    objectives: tuple[Objective, ...]
    required: tuple[NDArray[np.intp], ...]
    hidden: frozenset[str]
    cache: IntervalCache
    _by_model: dict[tuple[str, int], Interval] = field(default_factory=dict, repr=False)

    @cached_property
    def positions(self) -> tuple[NDArray[np.intp], ...]:
        """For each model, the positions on its curve at which figures are not interpolated."""
        return tuple(
            np.empty(0, np.intp)
            if model_curve.model in self.hidden
            else np.union1d(cached, required)
            for model_curve, cached, required in zip(
                self.bootstrap.evaluation.curves,
                self.bootstrap.drawn.positions,
                self.required,
                strict=True,
            )
        )

    def range_of(self, objective: Objective, model: int) -> Interval:
        """95% intervals of an objective at the distinct operating points of a model, each of shape (K,)."""
        key = objective.id, model
        if key not in self._by_model:
            self._by_model[key] = self._range(objective, model)
        return self._by_model[key]

    def _range(self, objective: Objective, model: int) -> Interval:
        """Intervals at every distinct operating point of a model.

        Notes
        -----
        Intervals that need replicates are computed at `positions`. Between two of these points the distances
        of the ends from the figure are interpolated, because a figure may jump where its spread does not. No
        end exceeds the possible range of the figure. An interval that would exclude its own figure is widened
        to include the figure.
        """
        bootstrap, evaluation = self.bootstrap, self.bootstrap.evaluation
        model_curve = evaluation.curves[model]
        if bootstrap.rows_are_independent and is_of_shares(evaluation, objective):
            # Without replicates thousands of points are fast.
            return self._cached(objective, model, np.flatnonzero(model_curve.distinct))
        figures = evaluation.values(objective, model, model_curve.distinct)
        if not self.positions[model].size:
            return Interval(*np.full((2, figures.size), np.nan))
        if objective.of_model:
            ends = self._cached(objective, model, self.positions[model][:1])
            low, high = ends.low, ends.high
        else:
            ends = self._at_positions(objective, model)
            limits = possible_range(objective)
            if objective.unit is Unit.SCORE and not np.isnan(ends.low).all():
                limits = float(np.nanmin(ends.low)), float(np.nanmax(ends.high))
            low, high = (
                _interpolated_end(model_curve, figures, self.positions[model], end, limits)
                for end in (ends.low, ends.high)
            )
        # np.minimum and np.maximum return NaN where the figure is NaN.
        return Interval(np.minimum(low, figures), np.maximum(high, figures))

    def _at_positions(self, objective: Objective, model: int) -> Interval:
        """Intervals at the positions that are not interpolated, ascending."""
        cached = self.bootstrap.drawn.positions[model]
        ends = self._cached(objective, model, cached)
        others = np.setdiff1d(self.positions[model], cached)
        if not others.size:
            return ends
        more = intervals(self.bootstrap, objective, model, others)
        order = np.argsort(np.concatenate([cached, others]))
        return Interval(
            np.concatenate([ends.low, more.low])[order],
            np.concatenate([ends.high, more.high])[order],
        )

    def _cached(self, objective: Objective, model: int, positions: NDArray[np.intp]) -> Interval:
        """Intervals, cached for all scenarios that agree on the objective's inputs."""
        inputs = scenario_read_by(self.bootstrap.evaluation.scenario, [objective])
        return self.cache(
            (objective, model, inputs),
            lambda: intervals(self.bootstrap, objective, model, positions),
        )


def uncertainty(
    bootstrap: Bootstrap,
    objectives: Sequence[Objective],
    *,
    required: Mapping[str, Sequence[float]] | None = None,
    hidden: Sequence[str] = (),
    cache: IntervalCache = lambda key, compute: compute(),
) -> Uncertainty:
    """Intervals of up to three objectives at every operating point.

    Parameters
    ----------
    bootstrap : Bootstrap
    objectives : sequence of Objective
        At most three different objectives.
    required : mapping of model to thresholds, optional
        Operating points at which figures must not be interpolated.
    hidden : sequence of str
        Models that do not compete.
    cache : callable
        Called as ``cache(key, compute)``: returns the cached value of the key for the same replicates, or
        calls ``compute``. By default nothing is cached.
    """
    thresholds = required or {}
    return Uncertainty(
        bootstrap,
        tuple({o.id: o for o in objectives}.values()),
        tuple(
            model_curve.positions(thresholds.get(model_curve.model, ()))
            for model_curve in bootstrap.evaluation.curves
        ),
        frozenset(hidden),
        cache,
    )


def _interpolated_end(
    model_curve: ConfusionCurve,
    figures: Floats,
    positions: NDArray[np.intp],
    ends: Floats,
    limits: tuple[float, float],
) -> Floats:
    """One end at the distinct operating points of a curve, by its distance from their figures.

    Parameters
    ----------
    model_curve : ConfusionCurve
    figures : ndarray of float64, shape (K,)
        Figures of all distinct points.
    positions, ends : ndarray, shape (P,)
        Positions of some points on the curve, and the end at each.
    limits : (float, float)
        Smallest and largest possible end.
    """
    at = np.searchsorted(np.flatnonzero(model_curve.distinct), positions)
    with np.errstate(invalid="ignore"):  # undefined if the figure is infinite
        distances = _interpolated(figures.size, at, ends - figures[at])
        end: Floats = np.clip(figures + distances, *limits)
    end[at] = ends  # exact, without rounding
    return end


def _interpolated(size: int, at: NDArray[np.intp], values: Floats) -> Floats:
    """Values at ``size`` points, interpolated by rank between the values at the positions ``at``.

    A NaN at a position does not spread to its neighbours. Points outside of all positions get NaN.
    """
    defined = ~np.isnan(values)
    if not defined.any():
        return np.full(size, np.nan)
    out = np.interp(np.arange(size), at[defined], values[defined], np.nan, np.nan)
    out[at[~defined]] = np.nan
    return out
