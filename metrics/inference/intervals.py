"""95% confidence intervals of any objective: Wilson for shares of counts, otherwise bootstrap percentiles.

Replicates cannot show outcomes with a count of zero in the sample, so these are added separately.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import Objective, Unit
from metrics.evaluation.operating_points import is_extreme
from metrics.evaluation.shares_of_counts import DEFECTS, Share
from metrics.evaluation.standard_objectives import roc_auc
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import (
    Interval,
    area_interval,
    percentile_interval,
    undefined_where,
)
from metrics.inference.share_intervals import (
    correlation_over_replicates,
    is_of_shares,
    ordered_along_curve,
    share_interval,
)
from metrics.inference.unseen_outcomes import (
    UnseenOutcome,
    judged_wrongly,
    with_unseen_outcomes,
)
from metrics.tally.kernel import Floats

RANGES = dict.fromkeys(
    (Unit.COUNT, Unit.FALSE_ALARMS, Unit.LOSS, Unit.PER_DAY), (0.0, math.inf)
) | {
    Unit.SHARE: (0.0, 1.0),
    Unit.PER_1000_DEFECTS: (0.0, 1e3),
    Unit.PER_1000_UNITS: (0.0, 1e3),
    Unit.PER_MILLION: (0.0, 1e6),
}
"""Smallest and largest possible figure by unit."""


def possible_range(objective: Objective) -> tuple[float, float]:
    """Smallest and largest possible figure of an objective; a difference is not limited by its unit."""
    unlimited = (-math.inf, math.inf)
    return unlimited if objective.signed else RANGES.get(objective.unit, unlimited)


def intervals(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval:
    """95% interval of an objective at some operating points of a model.

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Positions on the model's curve.

    Returns
    -------
    Interval
        Shape (K,), in the objective's unit, of the scenario; shape (1,) for an objective of a whole model.
        NaN ends if the figure is undefined, or the same in any sample (flagging everything misses nothing).
        NaN ends also if the figure is constant over the replicates, because its spread is then unknown.

    Notes
    -----
    Counts and rates use Wilson's interval. If rows are grouped or weighted, the `design_effect` gives the
    effective number of rows. At a set defect rate, figures of both classes combine the intervals of both.
    The ROC AUC has an interval of its own (`area_interval`).
    Other figures use percentiles of the replicates, widened for the number of buckets and for outcomes with a
    count of zero.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Kish: Survey sampling. 1965 (design effect).
    Hesterberg: What teachers should know about the bootstrap. The American Statistician 2015 (expanded
    percentile interval).
    """
    if not objective.has_interval:
        return Interval(np.full(1, np.nan), np.full(1, np.nan))
    if is_of_shares(bootstrap.evaluation, objective):
        return share_interval(bootstrap, objective, model, positions)
    places = positions[:1] if objective.of_model else positions
    drawn = bootstrap.counts(model, places, values=objective.reads_values)
    values = bootstrap.of_counts(objective, model, drawn)
    ends = percentile_interval(values, blocks=bootstrap.blocks)
    if objective.compute is roc_auc and ends.low[0] < ends.high[0]:
        ends = _area_interval(bootstrap, model, values)
    if not objective.of_model:
        ends = extend_for_unseen_outcomes(bootstrap, objective, model, positions, drawn, ends)
    size = np.maximum(np.abs(ends.low), np.abs(ends.high))
    with np.errstate(invalid="ignore"):
        is_constant = ends.high - ends.low <= 1e-9 * size
    return undefined_where(is_constant, ends.low, ends.high)


def _area_interval(bootstrap: Bootstrap, model: int, values: Floats) -> Interval:
    """95% interval of a model's ROC AUC, from its replicates of shape (R, 1)."""
    evaluation, blocks = bootstrap.evaluation, bootstrap.blocks
    goods, defects = evaluation.tally.rows.tolist()
    area, error = evaluation.figures[model].roc_auc.value, float(np.nanstd(values))
    low, high = area_interval(area, error, defects, goods, blocks=blocks)
    return Interval(np.array([low]), np.array([high]))


def extend_for_unseen_outcomes(
    bootstrap: Bootstrap,
    objective: Objective,
    model: int,
    positions: NDArray[np.intp],
    drawn: Confusion,
    ends: Interval,
) -> Interval:
    """Widen percentile intervals by outcomes that the file may lack by chance.

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
        An objective of operating points.
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Positions on the model's curve.
    drawn : Confusion of shape (R, K)
        The counts at the positions in every replicate, as observed.
    ends : Interval of shape (K,)
        Percentiles of the replicates, in the objective's unit.

    Returns
    -------
    Interval
        Shape (K,), never narrower than ``ends``; NaN if the figure is fixed by construction.

    Notes
    -----
    If no defect is missed, all replicates have 0 missed defects. The end towards which a missed defect moves
    the figure is moved outwards. Its distance becomes the root of the sum of two squares (MOVER). The first
    is the distance in the replicates. The second is the change of the figure if about 3 / n of the n defects
    were missed. A missed defect has the mean value of a defect. Points that flag everything or nothing are
    not moved.

    If rows come in groups, the same is done at any count, since replicates hardly show how much groups may
    differ if few defects are missed. The second change is then so large that the number of missed defects
    alone would have the interval of `GroupedMean`. In a difference to the current system, changes of both
    cancel as far as both vary together (`_independent_changes`).

    References
    ----------
    Zou, Donner: Construction of confidence limits about effect measures: a general approach. Statistics
    in Medicine 2008.
    """
    evaluation = bootstrap.evaluation
    observed = evaluation.curves[model].counts[positions]
    context, factors = evaluation.context(model), evaluation.factors
    counts = observed.scaled(*factors)
    may_change = ~is_extreme(evaluation, model, positions)

    def along_curve(share: Share, ends: Interval) -> Interval:
        return ordered_along_curve(bootstrap, model, positions, share, ends)

    def unseen_outcomes() -> list[UnseenOutcome]:
        return [*with_unseen_outcomes(bootstrap.drawn, observed, drawn, along_curve)]

    is_whole_curve = evaluation.curves[model].lower is None and np.array_equal(
        positions, bootstrap.drawn.positions[model]
    )
    cached: Any = bootstrap.cached
    key: Hashable = model, positions.tobytes()
    if is_whole_curve:  # other scenarios with the same current system use these values as well
        scenario = evaluation.scenario
        cached, key = bootstrap.drawn.cached, (model, scenario.today, scenario.defect_rate)
    outcomes = cached((key, UnseenOutcome), unseen_outcomes)
    value = objective.values(counts, context)
    of_point, of_current = {}, {}
    for unseen in outcomes:
        changed = objective.values(unseen.counts.scaled(*factors), context)
        of_point[unseen.name] = np.where(unseen.is_lacking & may_change, changed - value, 0.0)
    if objective.is_against_current and evaluation.scenario.today is not None:
        for unseen in bootstrap.current_with_unseen_outcomes:
            changed = objective.values(counts, replace(context, today=unseen.counts))
            of_current[unseen.name] = np.where(unseen.is_lacking, changed - value, 0.0)
    fall, rise = np.zeros(positions.size), np.zeros(positions.size)

    def correlation(label: int) -> Floats:
        """Correlation of a class's wrong decisions at the points with those of the current system."""
        if not bootstrap.drawn.tally.grouped:
            return np.zeros(1)
        both = (judged_wrongly(counts, label) for counts in (drawn, bootstrap.today))
        correlations: Floats = cached((key, label), lambda: correlation_over_replicates(*both))
        return correlations

    for change in _independent_changes(correlation, of_point, of_current):
        defined = np.nan_to_num(change)
        fall = np.hypot(fall, np.minimum(defined, 0))
        rise = np.hypot(rise, np.maximum(defined, 0))
    low = np.where(fall > 0, value - np.hypot(np.maximum(value - ends.low, 0), fall), ends.low)
    high = np.where(rise > 0, value + np.hypot(np.maximum(ends.high - value, 0), rise), ends.high)
    if objective.is_against_current:
        return undefined_where(_is_current(bootstrap, model, positions), low, high)
    return Interval(low, high)


def _independent_changes(
    correlation: Callable[[int], Floats],
    of_point: Mapping[str, Floats],
    of_current: Mapping[str, Floats],
) -> Iterator[Floats]:
    """Changes of a figure by unseen outcomes of K points and of the current system, each of shape (K,).

    Parameters
    ----------
    correlation : callable
        Correlation of the two over the replicates for good units (0) or defects (1); 0 without groups.
    of_point, of_current : mapping of str to ndarray, shape (K,)
        Change of the figure by the largest plausible number of an outcome, by outcome.

    Notes
    -----
    The point and the current system judge the same rows. A batch with many false alarms of one often has many
    false alarms of the other. The shared part of both changes is their correlation over the replicates. The
    shared parts are added up, and mostly cancel in a difference to the current system.
    """
    for outcome in dict.fromkeys([*of_point, *of_current]):
        changes = [by[outcome] for by in (of_point, of_current) if outcome in by]
        shared = np.zeros(1)
        if len(changes) == 2:
            shared = np.maximum(correlation(int(outcome in DEFECTS)), 0)
        yield np.sqrt(shared) * np.sum(changes, axis=0)
        yield from (np.sqrt(1 - shared) * change for change in changes)


def _is_current(bootstrap: Bootstrap, model: int, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Operating points that equal the current system; without one, those that ship everything."""
    evaluation = bootstrap.evaluation
    model_curve, today = evaluation.curves[model], evaluation.scenario.today
    is_uninspected = model_curve.lower is None or model_curve.lower[positions] == positions
    if today is None:
        return np.isinf(model_curve.thresholds[positions]) & is_uninspected
    is_same_model = (
        model_curve.model == today.model and evaluation.current_tally is evaluation.tally
    )
    at_threshold: NDArray[np.bool_] = positions == model_curve.position(today.threshold)
    return at_threshold & is_uninspected & is_same_model
