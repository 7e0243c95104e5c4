"""95 % confidence intervals of any objective: Wilson for shares of counts, otherwise bootstrap percentiles.

At a set defect rate a figure of both classes is made of two shares, each of a class that is its own sample.
Its interval combines the intervals of both. Replicates cannot show outcomes with a count of zero in the
sample, so these are added separately.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.objective import Objective, Unit, as_read_by
from metrics.evaluation.operating_points import COUNTS, Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.design_effect import mean_of_replicates
from metrics.inference.interval_formulas import (
    Interval,
    percentile_interval,
    ratio_interval,
    rule_of_three,
    wilson_interval,
)
from metrics.scenario.scenario import Scenario
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

DEFECTS, GOODS = ("tp", "fn"), ("fp", "tn")
UNITS = DEFECTS + GOODS
"""Names of the counts of all units."""


@dataclass(frozen=True)
class Share:
    """Outcomes as a share of other outcomes, times a factor.

    Attributes
    ----------
    part, of : tuple of str
        Names of the counts in the numerator and in the denominator.
    factor : float
        Multiplier that turns the share into the figure.
    """

    part: tuple[str, ...]
    of: tuple[str, ...]
    factor: float = 1.0


@dataclass(frozen=True)
class Odds:
    """Two shares, each of a class that is its own sample, whose ratio is an odds.

    Attributes
    ----------
    first, second : Share
    factor : float
        Multiplier of the share that belongs to the odds.
    """

    first: Share
    second: Share
    factor: float = 1.0


def share_of(objective: str, mass: Floats, scenario: Scenario) -> Share | Odds | None:
    """A standard objective as a share of counts, or as a ratio of two shares; `None` if it is neither.

    Parameters
    ----------
    objective : str
        Id of the objective.
    mass : ndarray, shape (2,)
        Good units and defects of the file.
    scenario : Scenario

    Returns
    -------
    Share, Odds or None

    Notes
    -----
    Observed counts vary with the number of defects in the sample: they are shares of all rows. At a set
    defect rate each class has a fixed total. Precision is then the odds of that rate times recall over the
    false alarm rate. If people inspect, counts are expected values.
    """
    if scenario.inspection is not None:
        return None
    on_defects, on_goods = scenario.factors(mass)
    goods, defects = mass[0] * on_goods, mass[1] * on_defects
    units = goods + defects
    if objective == "recall":
        return Share(("tp",), DEFECTS)
    if objective == "missed_defects_per_1000_defects":
        return Share(("fn",), DEFECTS, 1000.0)
    if scenario.defect_rate is None:
        return {
            "missed_defects": Share(("fn",), UNITS, units),
            "false_alarms": Share(("fp",), UNITS, units),
            "misclassified_units": Share(("fn", "fp"), UNITS, units),
            "missed_defects_per_1000_units": Share(("fn",), UNITS, 1000.0),
            "share_flagged": Share(("tp", "fp"), UNITS),
            "precision": Share(("tp",), ("tp", "fp")),
            "shipped_defects_per_million": Share(("fn",), ("fn", "tn"), 1e6),
        }.get(objective)
    by_class: dict[str, Share | Odds] = {
        "missed_defects": Share(("fn",), DEFECTS, defects),
        "false_alarms": Share(("fp",), GOODS, goods),
        "missed_defects_per_1000_units": Share(("fn",), DEFECTS, 1000.0 * scenario.defect_rate),
        "precision": Odds(Share(("tp",), DEFECTS), Share(("fp",), GOODS)),
        "shipped_defects_per_million": Odds(Share(("fn",), DEFECTS), Share(("tn",), GOODS), 1e6),
    }
    return by_class.get(objective)


def is_of_shares(evaluation: Evaluation, objective: Objective) -> bool:
    """Whether the interval of an objective is based on one or two shares of counts (`share_of`)."""
    kind = share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario)
    return objective.is_standard and kind is not None


def _share_interval(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval | None:
    """95 % interval of an objective that is made of one or two shares of counts.

    Parameters
    ----------
    bootstrap : Bootstrap
        Its replicates give the design effect if rows come in groups or have weights.
    objective : Objective
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Positions on the model's curve.

    Returns
    -------
    Interval or None
        Shape (K,), in the objective's unit. NaN ends if all units or no units are flagged, and the share is 0
        or 1 in any sample. `None` if the objective is not made of shares (`share_of`).

    Notes
    -----
    Wilson's interval, with the effective number of rows for each end (`GroupedMean.effect`). Odds of two
    classes use the interval of the ratio of their shares (`interval_formulas.ratio_interval`), scaled to the
    defect rate.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    """
    evaluation = bootstrap.evaluation
    kind = share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario)
    if kind is None or not objective.is_standard:
        return None
    shares = _Shares(bootstrap, model, positions)
    certain = is_extreme(evaluation, model, positions)
    if isinstance(kind, Share):
        share, ends, _ = shares.interval(kind)
        certain &= (share == 0) | (share == 1)
        low, high = kind.factor * ends.low, kind.factor * ends.high
    else:
        first, of_first, first_drawn = shares.interval(kind.first)
        second, of_second, second_drawn = shares.interval(kind.second)
        correlation = _correlation(first_drawn, second_drawn)
        ends = ratio_interval(first, of_first, second, of_second, correlation)
        rate = evaluation.scenario.defect_rate
        assert rate is not None
        with np.errstate(divide="ignore"):
            low, high = (
                kind.factor / (1 + (1 - rate) / rate / end) for end in (ends.low, ends.high)
            )
    return Interval(np.where(certain, np.nan, low), np.where(certain, np.nan, high))


def count_intervals(
    bootstrap: Bootstrap, counts: Confusion, drawn: Confusion
) -> dict[str, Interval]:
    """Wilson's 95 % intervals of observed counts, before the scenario is applied.

    Parameters
    ----------
    bootstrap : Bootstrap
    counts : Confusion of shape (K,)
        As observed.
    drawn : Confusion of shape (R, K)
        The same counts in every replicate.

    Returns
    -------
    dict of str to Interval
        By the name of the count, shape (K,), in rows (or weight).

    Notes
    -----
    Each count is a share of all rows, with the effective number of rows by the design effect.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    """
    return {
        name: count_interval(
            bootstrap, getattr(counts, name), getattr(drawn, name), of_defects=name in DEFECTS
        )
        for name in COUNTS
    }


def count_interval(
    bootstrap: Bootstrap,
    counts: NDArray[Any],
    drawn: NDArray[Any],
    *,
    of_defects: bool,
    within_class: bool = False,
) -> Interval:
    """Wilson's 95 % interval of observed counts of one class; see `count_intervals`.

    Parameters
    ----------
    bootstrap : Bootstrap
    counts : ndarray, shape (K,)
    drawn : ndarray, shape (R, K)
        The counts in every replicate; unused if rows are independent.
    of_defects : bool
        Whether the counts are of defects or of good units.
    within_class : bool
        Whether the counts are a share of the class instead of all rows. A set defect rate fixes the class
        total.
    """
    tally, label = bootstrap.evaluation.tally, int(of_defects)
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


def is_extreme(
    evaluation: Evaluation, model: int, positions: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Operating points that flag everything or nothing in any sample, not only in this one.

    Notes
    -----
    A threshold at infinity flags nothing. A threshold at the lowest score of the file flags everything. A
    threshold between two scores, or beyond all scores, may still separate other units.
    """
    model_curve = evaluation.curves[model]
    counts = model_curve.counts[positions]
    everything = np.asarray(counts.fn + counts.tn == 0) & model_curve.distinct[positions]
    return np.isinf(model_curve.thresholds[positions]) | everything


@dataclass(frozen=True)
class _Shares:
    """Shares of counts at some operating points of a model."""

    bootstrap: Bootstrap
    model: int
    positions: NDArray[np.intp]

    def interval(self, share: Share) -> tuple[Floats, Interval, Floats | None]:
        """A share, its interval, and, for grouped rows, its replicates of shape (R, K)."""
        bootstrap = self.bootstrap
        observed = bootstrap.evaluation.curves[self.model].counts[self.positions]
        trials = _sum(observed, share.of)
        p = ratio(_sum(observed, share.part), trials)
        if bootstrap.rows_are_independent:
            return p, wilson_interval(p * trials, trials), None
        counts = bootstrap.counts(self.model, self.positions)
        replicated_shares = ratio(_sum(counts, share.part), _sum(counts, share.of))
        rows = np.asarray(_sum(self._rows(), share.of), np.float64)
        rest = tuple(name for name in share.of if name not in share.part)
        grouped = mean_of_replicates(
            p, trials, rows, replicated_shares, bootstrap.blocks, self._cluster_mass(share.part)
        )
        return (
            p,
            grouped.interval(self._cluster_mass(rest)),
            replicated_shares if bootstrap.evaluation.tally.grouped else None,
        )

    def _cluster_mass(self, outcomes: tuple[str, ...]) -> float:
        """Mean mass of a group among the units that could have had an outcome."""
        goods, defects, both = self.bootstrap.cluster_masses
        if not set(outcomes) & set(DEFECTS):
            return goods
        return both if set(outcomes) & set(GOODS) else defects

    def _rows(self) -> Confusion:
        """Counts of rows, without weights."""
        tally = self.bootstrap.evaluation.tally
        bins = tally.counts[:, self.model].sum(axis=0, dtype=np.int64)
        shipped = bins.cumsum(axis=0)[self.positions]
        flagged = tally.rows - shipped
        return Confusion(tp=flagged[:, 1], fp=flagged[:, 0], fn=shipped[:, 1], tn=shipped[:, 0])


def _sum(counts: Confusion, names: tuple[str, ...]) -> NDArray[Any]:
    return np.sum([getattr(counts, name) for name in names], axis=0)


def _correlation(first: Floats | None, second: Floats | None) -> Floats:
    """Correlation of two shares over the replicates, shape (K,); 0 if either is constant or not grouped."""
    if first is None or second is None:
        return np.zeros(1)
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    both = ratio((a * b).sum(axis=0), np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
    return np.clip(np.nan_to_num(both), -1, 1)


OUTCOMES = (("fn", "tp", 1), ("tp", "fn", 1), ("fp", "tn", 0), ("tn", "fp", 0))
"""Outcome that may have a count of zero, the other outcome of the class, and the class."""


def extend_for_unseen_outcomes(
    bootstrap: Bootstrap,
    objective: Objective,
    model: int,
    positions: NDArray[np.intp],
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
    ends : Interval of shape (K,)
        Percentiles of the replicates, in the objective's unit.

    Returns
    -------
    Interval
        Shape (K,), never narrower than ``ends``; NaN where the figure is fixed by construction.

    Notes
    -----
    If no defect is missed, all replicates have 0 missed defects. The end towards which a missed defect moves
    the figure is moved outwards. Its distance becomes the root of the sum of two squares (MOVER). The first
    is the distance in the replicates. The second is the change of the figure if about 3 / n of the n defects
    were missed. A missed defect has the mean value of a defect. Points that flag everything or nothing are
    not moved.

    Groups that fail whole may be missing although other defects are missed (`GroupedMean.effect`). If rows
    come in groups, the same is done at any count, with about 3 / G of the caught defects for G groups.

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
        (may_change & is_lacking, figures(at, today))
        for is_lacking, at in _with_unseen_outcomes(bootstrap, model, counts)
    ]
    if objective.is_against_today and evaluation.scenario.today is not None:
        shifted += [
            (np.broadcast_to(is_lacking, may_change.shape), figures(counts, at))
            for is_lacking, at in _with_unseen_outcomes(bootstrap, model, today)
        ]
    fall, rise = np.zeros(positions.size), np.zeros(positions.size)
    for is_lacking, values in shifted:
        shift = np.where(is_lacking, np.nan_to_num(values - figure), 0.0)
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
    """For each outcome: where the file may lack it, and the counts with its largest plausible number."""
    tally = bootstrap.evaluation.tally
    for unseen, other, kind in OUTCOMES:
        is_lacking = np.asarray((getattr(counts, unseen) == 0) | tally.grouped)
        if not is_lacking.any():
            continue
        mass = tally.class_mass[kind]
        share = rule_of_three(mass / bootstrap.cluster_masses[kind])
        more = np.where(is_lacking, getattr(counts, other) * share, 0.0)
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
        yield is_lacking, replace(counts, **changed)


def _is_today(bootstrap: Bootstrap, model: int, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Operating points that equal the current system; without one, those that ship everything."""
    evaluation = bootstrap.evaluation
    model_curve, today = evaluation.curves[model], evaluation.scenario.today
    alone = model_curve.lower is None or model_curve.lower[positions] == positions
    if today is None:
        return np.isinf(model_curve.thresholds[positions]) & alone
    at_threshold: NDArray[np.bool_] = positions == model_curve.position(today.threshold)
    same = at_threshold & (model_curve.model == today.model) & alone
    return same & (evaluation.today_tally is evaluation.tally)


def intervals(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval:
    """95 % interval of an objective at some operating points of a model.

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
        NaN ends also if the figure is constant over the replicates, which does not show how much it may vary.

    Notes
    -----
    Counts and rates use Wilson's interval. If rows are grouped or weighted, the `design_effect` gives the
    effective number of rows. At a set defect rate, figures of both classes combine the intervals of both.
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
    of_shares = _share_interval(bootstrap, objective, model, positions)
    if of_shares is not None:
        return of_shares
    values = bootstrap.values(objective, model, positions)
    ends = percentile_interval(values, blocks=bootstrap.blocks)
    if not objective.of_model:
        ends = extend_for_unseen_outcomes(bootstrap, objective, model, positions, ends)
    size = np.maximum(np.abs(ends.low), np.abs(ends.high))
    with np.errstate(invalid="ignore"):
        flat = ends.high - ends.low <= 1e-9 * size
    return Interval(np.where(flat, np.nan, ends.low), np.where(flat, np.nan, ends.high))


def _needs_replicates(bootstrap: Bootstrap, objective: Objective) -> bool:
    """Whether `intervals` of an objective need replicates; without them thousands of points are fast."""
    evaluation = bootstrap.evaluation
    if objective.of_model or not objective.is_standard:
        return True
    if not bootstrap.rows_are_independent:
        return True
    return not is_of_shares(evaluation, objective)


KeptOrMade = Callable[[Hashable, Callable[[], Interval]], Interval]


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
        For each model, positions on its curve whose figures must not be interpolated.
    hidden : frozenset of str
        Models that do not compete.
    share : callable
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
    share: KeptOrMade
    _found: dict[tuple[str, int], Interval] = field(default_factory=dict, repr=False)

    @property
    def models(self) -> tuple[int, ...]:
        """Positions of the competing models among the evaluation's models."""
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
        """Whether the interval at a position on a curve is computed there, and not interpolated."""
        if objective.of_model or not _needs_replicates(self.bootstrap, objective):
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
        Intervals that need replicates are computed at the points that competed. Between two of these points
        the distances of the ends from the figure are interpolated, because a figure may jump where its spread
        does not. No end exceeds the possible range of the figure. An interval that would exclude its own
        figure is widened to include the figure.
        """
        bootstrap = self.bootstrap
        model_curve, positions = bootstrap.evaluation.curves[m], self.positions[m]
        if not _needs_replicates(bootstrap, objective):
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
        limits = RANGES.get(objective.unit, (-math.inf, math.inf))
        if objective.unit is Unit.SCORE and not np.isnan(ends.low).all():
            # The limits are the least and the largest end that were computed.
            limits = float(np.nanmin(ends.low)), float(np.nanmax(ends.high))
        low, high = (
            np.full(value.size, side.item())
            if side.size == 1
            else _around(value, model_curve.distinct, positions, side, limits)
            for side in (ends.low, ends.high)
        )
        # np.minimum and np.maximum return NaN where the figure is NaN.
        return Interval(np.minimum(low, value), np.maximum(high, value))

    def _kept(self, objective: Objective, m: int, positions: NDArray[np.intp]) -> Interval:
        """Intervals, cached for all scenarios that agree on the objective's inputs."""
        read = as_read_by(self.bootstrap.evaluation.scenario, [objective])
        return self.share(
            (objective, m, read), lambda: intervals(self.bootstrap, objective, m, positions)
        )


def uncertainty(
    bootstrap: Bootstrap,
    objectives: Sequence[Objective],
    *,
    required: Mapping[str, Sequence[float]] | None = None,
    hidden: Sequence[str] = (),
    share: KeptOrMade | None = None,
) -> Uncertainty:
    """Intervals of up to three objectives at every operating point.

    Parameters
    ----------
    bootstrap : Bootstrap
    objectives : sequence of Objective
        At most three different objectives.
    required : mapping of model to thresholds, optional
        Operating points whose figures must not be interpolated.
    hidden : sequence of str
        Models that do not compete.
    share : callable, optional
        Cache, called as ``share(key, make)``: returns the cached value of the key for the same replicates, or
        calls ``make``.

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


def _figures(evaluation: Evaluation, objective: Objective, m: int) -> Floats:
    """Figures at the distinct operating points of a model."""
    model_curve = evaluation.curves[m]
    counts = model_curve.counts[model_curve.distinct].scaled(*evaluation.factors)
    return objective.values(counts, evaluation.context(m))


def _between_others(
    positions: NDArray[np.intp], others: NDArray[np.intp], kept: Interval, more: Interval
) -> Interval:
    """Intervals at ascending positions, merged from those at some of them and those at the others."""
    is_other = np.isin(positions, others)

    def side(of_kept: Floats, of_others: Floats) -> Floats:
        out = np.empty(positions.size)
        out[~is_other], out[is_other] = of_kept, of_others
        return out

    return Interval(side(kept.low, more.low), side(kept.high, more.high))


def _around(
    value: Floats,
    distinct: NDArray[np.bool_],
    positions: NDArray[np.intp],
    ends: Floats,
    limits: tuple[float, float],
) -> Floats:
    """One end at the distinct operating points of a curve, by its distance from their figures.

    Parameters
    ----------
    value : ndarray of float64, shape (K,)
        Figures of all distinct points.
    distinct : ndarray of bool
        Which points of the curve are distinct operating points.
    positions, ends : ndarray, shape (P,)
        Positions of some points on the curve, and the end at each.
    limits : (float, float)
        Smallest and largest possible end.
    """
    at = np.searchsorted(np.flatnonzero(distinct), positions)
    with np.errstate(invalid="ignore"):  # undefined if the figure is infinite
        out: Floats = np.clip(value + _between(distinct, positions, ends - value[at]), *limits)
    out[at] = ends  # exact, without rounding
    return out


def _between(distinct: NDArray[np.bool_], positions: NDArray[np.intp], values: Floats) -> Floats:
    """Values at the distinct operating points of a curve, interpolated from those at some of them.

    A NaN at one of these points does not spread to its neighbours. Points outside all of them get NaN.
    """
    all_positions = np.flatnonzero(distinct)
    defined = ~np.isnan(values)
    if not defined.any():
        return np.full(all_positions.size, np.nan)
    # Interpolation is by rank of the points, because the competing points were spread by rank.
    at = np.searchsorted(all_positions, positions)
    out = np.interp(np.arange(all_positions.size), at[defined], values[defined], np.nan, np.nan)
    out[at[~defined]] = np.nan
    return out
