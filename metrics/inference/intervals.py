"""95% confidence intervals of any objective: Wilson for shares of counts, otherwise bootstrap percentiles.

If the scenario sets a defect rate, the two classes are separate samples. A figure of both classes is then
computed from a share of each class, and its interval combines the intervals of both shares. Replicates cannot
show outcomes with a count of zero in the sample, so these are added separately.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.objective import Objective, Unit
from metrics.evaluation.operating_points import COUNTS, Evaluation, is_extreme
from metrics.evaluation.shares_of_counts import DEFECTS, GOODS, UNITS, Odds, Share, share_of, sum_of
from metrics.evaluation.standard_objectives import roc_auc
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.design_effect import mean_of_replicates
from metrics.inference.interval_formulas import (
    Interval,
    area_interval,
    percentile_interval,
    ratio_interval,
    wilson_interval,
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
        return _share_interval(bootstrap, objective, model, positions)
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
    return _undefined_where(is_constant, ends.low, ends.high)


def _area_interval(bootstrap: Bootstrap, model: int, values: Floats) -> Interval:
    """95% interval of a model's ROC AUC, from its replicates of shape (R, 1)."""
    evaluation, blocks = bootstrap.evaluation, bootstrap.blocks
    goods, defects = evaluation.tally.rows.tolist()
    area, error = evaluation.figures[model].roc_auc.value, float(np.nanstd(values))
    low, high = area_interval(area, error, defects, goods, blocks=blocks)
    return Interval(np.array([low]), np.array([high]))


def _undefined_where(mask: NDArray[np.bool_], low: Floats, high: Floats) -> Interval:
    return Interval(np.where(mask, np.nan, low), np.where(mask, np.nan, high))


def is_of_shares(evaluation: Evaluation, objective: Objective) -> bool:
    """Whether the interval of an objective is based on one or two shares of counts (`share_of`)."""
    return share_of(objective, evaluation.tally.class_mass, evaluation.scenario) is not None


def _share_interval(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval:
    """95% interval of an objective that is made of one or two shares of counts (`is_of_shares`).

    Returns
    -------
    Interval
        Shape (K,), in the objective's unit. NaN ends if all units or no units are flagged, and the share is 0
        or 1 in any sample.

    Notes
    -----
    Wilson's interval, with the effective number of rows for each end (`GroupedMean.effective_rows`). Odds of
    two classes use the interval of the ratio of their shares (`interval_formulas.ratio_interval`), scaled to
    the defect rate.
    """
    evaluation = bootstrap.evaluation
    kind = share_of(objective, evaluation.tally.class_mass, evaluation.scenario)
    is_fixed = is_extreme(evaluation, model, positions)
    if isinstance(kind, Share):
        share = _estimated_share(bootstrap, model, positions, kind)
        is_fixed &= (share.value == 0) | (share.value == 1)
        low, high = kind.factor * share.ends.low, kind.factor * share.ends.high
    else:
        rate = evaluation.scenario.defect_rate
        assert isinstance(kind, Odds)
        assert rate is not None
        first, second = (
            _estimated_share(bootstrap, model, positions, share)
            for share in (kind.first, kind.second)
        )
        correlation = _correlation(first.replicates, second.replicates)
        ends = ratio_interval(first.value, first.ends, second.value, second.ends, correlation)
        with np.errstate(divide="ignore"):
            low, high = (
                kind.factor / (1 + (1 - rate) / rate / end) for end in (ends.low, ends.high)
            )
    return _undefined_where(is_fixed, low, high)


@dataclass(frozen=True)
class _EstimatedShare:
    """A share at K operating points, its interval, and its replicates (R, K) if rows come in groups."""

    value: Floats
    ends: Interval
    replicates: Floats | None = None


def _estimated_share(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], share: Share
) -> _EstimatedShare:
    """A share of counts at some operating points of a model."""
    estimated = _share_at_positions(bootstrap, model, positions, share)
    if bootstrap.rows_are_independent:
        return estimated
    return replace(estimated, ends=_along_curve(bootstrap, model, positions, share, estimated.ends))


def _along_curve(
    bootstrap: Bootstrap,
    model: int,
    positions: NDArray[np.intp],
    share: Share,
    ends: Interval,
) -> Interval:
    """Ends that never rise, or never fall, along the curve, if this holds for the share in any sample.

    Parameters
    ----------
    ends : Interval of shape (K,)
        Ends at the positions, each computed from its own point only.

    Notes
    -----
    A higher threshold never misses fewer defects. So a limit of the misses at a higher threshold also limits
    the misses at a lower one, and the lowest of these upper limits is used. This matters for points with few
    misses, which show little about how similar the rows of a group are. Only a few neighbouring points
    compete, and they share most of their misses, so that hardly any coverage is lost.
    """
    if not share.order or bootstrap.evaluation.curves[model].lower is not None:
        return ends
    at = bootstrap.drawn.positions[model]

    def ordered_ends() -> Interval:
        alone = _share_at_positions(bootstrap, model, at, share).ends
        low = np.maximum.accumulate(alone.low[:: share.order])[:: share.order]
        high = np.minimum.accumulate(alone.high[:: -share.order])[:: -share.order]
        # The last element is for positions that have no cached point on one side.
        return Interval(np.append(low, 0.0), np.append(high, 1.0))

    ordered = bootstrap.drawn.cached((model, share.part, share.whole), ordered_ends)
    sides = np.searchsorted(at, positions, "right") - 1, np.searchsorted(at, positions)
    below, above = sides[:: share.order]
    return Interval(
        np.maximum(ends.low, ordered.low[below]), np.minimum(ends.high, ordered.high[above])
    )


def _share_at_positions(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], share: Share
) -> _EstimatedShare:
    """A share of counts at some operating points of a model, each from its own point only."""
    tally = bootstrap.evaluation.tally
    observed = vars(bootstrap.evaluation.curves[model].counts[positions])
    trials = sum_of(observed, share.whole)
    value = ratio(sum_of(observed, share.part), trials)
    if bootstrap.rows_are_independent:
        return _EstimatedShare(value, wilson_interval(value * trials, trials))
    drawn = vars(bootstrap.counts(model, positions))
    replicates = ratio(sum_of(drawn, share.part), sum_of(drawn, share.whole))
    row_counts = vars(_row_counts(bootstrap.evaluation, model, positions))
    rows = np.asarray(sum_of(row_counts, share.whole), np.float64)
    remaining = tuple(name for name in share.whole if name not in share.part)
    grouped = mean_of_replicates(
        value, trials, rows, replicates, bootstrap.blocks, _cluster_mass(bootstrap, share.part)
    )
    ends = grouped.interval(_cluster_mass(bootstrap, remaining))
    return _EstimatedShare(value, ends, replicates if tally.grouped else None)


def _cluster_mass(bootstrap: Bootstrap, outcomes: tuple[str, ...]) -> float:
    """Mean mass of a group among the units that could have had an outcome."""
    goods, defects, both = bootstrap.cluster_masses
    if not set(outcomes) & set(DEFECTS):
        return goods
    return both if set(outcomes) & set(GOODS) else defects


def _row_counts(evaluation: Evaluation, model: int, positions: NDArray[np.intp]) -> Confusion:
    """Counts of rows at some operating points of a model, without weights."""
    tally = evaluation.tally
    if tally.weights is None:
        return evaluation.curves[model].alone.counts[positions]
    bins = tally.counts[:, model].sum(axis=0, dtype=np.int64)
    shipped = bins.cumsum(axis=0)[positions]
    flagged = tally.rows - shipped
    return Confusion(tp=flagged[:, 1], fp=flagged[:, 0], fn=shipped[:, 1], tn=shipped[:, 0])


def _correlation(first: Floats | None, second: Floats | None) -> Floats:
    """Correlation of two shares over the replicates, shape (K,); 0 if either is constant or not grouped."""
    if first is None or second is None:
        return np.zeros(1)
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    both = ratio((a * b).sum(axis=0), np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
    return np.clip(np.nan_to_num(both), -1, 1)


def count_intervals(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp]
) -> dict[str, Interval]:
    """Wilson's 95% intervals of the counts at operating points of a model, before the scenario is applied.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Positions on the model's curve.

    Returns
    -------
    dict of str to Interval
        By the name of the count, shape (K,), in rows (or weight).

    Notes
    -----
    Each count is a share of all rows, with the effective number of rows by the design effect.
    """
    mass = float(bootstrap.evaluation.tally.class_mass.sum())
    ends = {
        name: _estimated_share(bootstrap, model, positions, Share((name,), UNITS)).ends
        for name in COUNTS
    }
    return {name: Interval(end.low * mass, end.high * mass) for name, end in ends.items()}


def count_interval(
    bootstrap: Bootstrap,
    counts: NDArray[Any],
    drawn: NDArray[Any],
    *,
    of_defects: bool | None,
    within_class: bool = False,
) -> Interval:
    """Wilson's 95% interval of observed counts.

    Parameters
    ----------
    bootstrap : Bootstrap
    counts : ndarray, shape (K,)
    drawn : ndarray, shape (R, K)
        The counts in every replicate; unused if rows are independent.
    of_defects : bool or None
        Whether the counts are of defects or of good units; `None` if they are of both.
    within_class : bool
        Whether the counts are a share of the class instead of all rows. A set defect rate fixes the class
        total.
    """
    tally, label = bootstrap.evaluation.tally, 2 if of_defects is None else int(of_defects)
    mass, rows = float(tally.class_mass.sum()), float(tally.rows.sum())
    drawn_mass = np.array(mass)
    if within_class:
        mass, rows = float(tally.class_mass[label]), float(tally.rows[label])
        drawn_mass = bootstrap.class_mass[:, label, None]
    share = np.asarray(counts, np.float64) / mass
    if bootstrap.rows_are_independent:
        ends = wilson_interval(share * rows, rows)
    else:
        ends = mean_of_replicates(
            share,
            np.full(share.shape, mass),
            np.full(share.shape, rows),
            ratio(drawn, drawn_mass),
            bootstrap.blocks,
            bootstrap.cluster_masses[label],
        ).interval(bootstrap.cluster_masses[label if within_class else 2])
    return Interval(ends.low * mass, ends.high * mass)


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
        return _along_curve(bootstrap, model, positions, share, ends)

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
    of_point, of_today = {}, {}
    for unseen in outcomes:
        changed = objective.values(unseen.counts.scaled(*factors), context)
        of_point[unseen.name] = np.where(unseen.is_lacking & may_change, changed - value, 0.0)
    if objective.is_against_today and evaluation.scenario.today is not None:
        for unseen in bootstrap.today_with_unseen_outcomes:
            changed = objective.values(counts, replace(context, today=unseen.counts))
            of_today[unseen.name] = np.where(unseen.is_lacking, changed - value, 0.0)
    fall, rise = np.zeros(positions.size), np.zeros(positions.size)

    def correlation(label: int) -> Floats:
        """Correlation of a class's wrong decisions at the points with those of the current system."""
        if not bootstrap.drawn.tally.grouped:
            return np.zeros(1)
        both = (judged_wrongly(counts, label) for counts in (drawn, bootstrap.today))
        correlations: Floats = cached((key, label), lambda: _correlation(*both))
        return correlations

    for change in _independent_changes(correlation, of_point, of_today):
        defined = np.nan_to_num(change)
        fall = np.hypot(fall, np.minimum(defined, 0))
        rise = np.hypot(rise, np.maximum(defined, 0))
    low = np.where(fall > 0, value - np.hypot(np.maximum(value - ends.low, 0), fall), ends.low)
    high = np.where(rise > 0, value + np.hypot(np.maximum(ends.high - value, 0), rise), ends.high)
    if objective.is_against_today:
        return _undefined_where(_is_today(bootstrap, model, positions), low, high)
    return Interval(low, high)


def _independent_changes(
    correlation: Callable[[int], Floats],
    of_point: Mapping[str, Floats],
    of_today: Mapping[str, Floats],
) -> Iterator[Floats]:
    """Changes of a figure by unseen outcomes of K points and of the current system, each of shape (K,).

    Parameters
    ----------
    correlation : callable
        Correlation of the two over the replicates for good units (0) or defects (1); 0 without groups.
    of_point, of_today : mapping of str to ndarray, shape (K,)
        Change of the figure by the largest plausible number of an outcome, by outcome.

    Notes
    -----
    The point and the current system judge the same rows. A batch with many false alarms of one often has many
    false alarms of the other. The shared part of both changes is their correlation over the replicates. The
    shared parts are added up, and mostly cancel in a difference to the current system.
    """
    for outcome in dict.fromkeys([*of_point, *of_today]):
        changes = [by[outcome] for by in (of_point, of_today) if outcome in by]
        shared = np.zeros(1)
        if len(changes) == 2:
            shared = np.maximum(correlation(int(outcome in DEFECTS)), 0)
        yield np.sqrt(shared) * np.sum(changes, axis=0)
        yield from (np.sqrt(1 - shared) * change for change in changes)


def _is_today(bootstrap: Bootstrap, model: int, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Operating points that equal the current system; without one, those that ship everything."""
    evaluation = bootstrap.evaluation
    model_curve, today = evaluation.curves[model], evaluation.scenario.today
    is_uninspected = model_curve.lower is None or model_curve.lower[positions] == positions
    if today is None:
        return np.isinf(model_curve.thresholds[positions]) & is_uninspected
    is_same_model = model_curve.model == today.model and evaluation.today_tally is evaluation.tally
    at_threshold: NDArray[np.bool_] = positions == model_curve.position(today.threshold)
    return at_threshold & is_uninspected & is_same_model
