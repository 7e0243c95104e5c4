"""Limits on figures: which operating points meet them, how surely, and the risk of missing a target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder, defect_rate_of
from dashboard.analysis.cache import part
from dashboard.analysis.certified import among_visible, certified, standing_of
from dashboard.analysis.optimism import (
    GAIN,
    expectation,
    limits_missed,
    range_of,
    samples_of,
    share_above,
    shortfall_in_samples,
)
from dashboard.analysis.resampled_figures import interval, replicates
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, Unit
from metrics.evaluation.break_even_defect_rate import break_even_defect_rate
from metrics.evaluation.confusion import Confusion
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.certificates.certification import Certification, Standing
from metrics.inference.interval_formulas import TAIL
from metrics.inference.optimism import (
    NOT_KNOWN,
    RARELY,
    AtChoice,
    Basis,
    Certainty,
    LimitsMissed,
)
from metrics.selection.feasibility import Feasibility, cheapest_among, feasibility
from metrics.selection.limits import meets_all
from metrics.tally.kernel import Floats


def broken_limits(analysis: Analysis, point: OperatingPoint) -> tuple[Bound, ...]:
    """Limits that an operating point breaks in this file."""
    return tuple(
        bound
        for bound in analysis.limits
        if not bound.is_met(float(point.figures.get(bound.objective.id, math.nan)))
    )


def meets_limits(analysis: Analysis, point: OperatingPoint) -> bool:
    """Whether an operating point meets all limits in this file."""
    return not broken_limits(analysis, point)


def asks_for_current_level(bound: Bound) -> bool:
    """Whether the value of a limit is the figure of the current system."""
    return bound.objective.is_against_today and bound.value == 0


@dataclass(frozen=True)
class LimitsStatus:
    """Whether an operating point meets the limits, and how surely.

    Attributes
    ----------
    limits : tuple of Bound
        The broken limits; all limits if none is broken.
    is_broken : bool
        Whether the point breaks a limit in this file.
    missed : LimitsMissed
        How often the resamples miss any of ``limits``.
    certification : Certification or None
        `None` if a limit is broken, if the resamples miss one too often, or if the certification is unknown.
    standing : Standing
        Standing of the limits by the certification.
    are_rows_seen : bool
        Whether the models were trained on the rows, so that nothing is known about new data.
    """

    limits: tuple[Bound, ...]
    is_broken: bool = False
    missed: LimitsMissed = NOT_KNOWN
    certification: Certification | None = None
    standing: Standing = Standing.NOT_MET
    are_rows_seen: bool = False

    @property
    def certainty(self) -> Certainty:
        """Certainty that the limits are met on new data."""
        if self.standing is Standing.CERTIFIED:
            return Certainty.CERTIFIED
        return self.missed.certainty

    @property
    def is_doubtful(self) -> bool:
        """Whether limits that are met in this file are more likely missed on new data."""
        return not self.is_broken and (self.are_rows_seen or self.missed.exceeds(0.5))


def limits_status(selection: Selection, point: OperatingPoint, *, at_rest: bool) -> LimitsStatus:
    """Status of the limits at an operating point.

    Parameters
    ----------
    at_rest : bool
        Whether to include the resamples and the certification, which take longer.
    """
    analysis = selection.analysis
    broken = broken_limits(analysis, point)
    limits = broken or analysis.limits
    if not limits or not at_rest:
        return LimitsStatus(limits, bool(broken))
    if analysis.held_out == "training":
        return LimitsStatus(limits, bool(broken), are_rows_seen=True)
    missed = limits_missed(analysis, limits, point)
    standing = Standing.NOT_MET if broken else Standing.MET
    # A limit that more than a few resamples miss is not certified, and certifying takes long.
    is_often = missed.basis is Basis.RESAMPLES and missed.exceeds(RARELY)
    certification = None if broken or is_often else certified(analysis)
    if certification is not None:
        standing = standing_of(analysis, certification, analysis.limits, point)
    return LimitsStatus(limits, bool(broken), missed, certification, standing)


@dataclass(frozen=True)
class Obstacle:
    """Reason why the limits leave no point that is worth selecting.

    Attributes
    ----------
    is_unreachable : bool
        True if no operating point meets the limits. False if no point that meets them costs less than the
        current system.
    best : float
        Best possible figure, if there is a single limit that cannot be reached; NaN otherwise.
    """

    is_unreachable: bool
    best: float = math.nan


@part(reads=lambda analysis: analysis.picks_key)
def obstacle(analysis: Analysis) -> Obstacle | None:
    """Reason why the limits leave no point worth selecting; `None` if they leave a point."""
    if not analysis.limits:
        return None
    best = cheapest_among(analysis.points, meets_all(analysis.points, analysis.limits))
    if best is None:
        [bound, *others] = analysis.limits
        return Obstacle(True, math.nan if others else _best_figure(analysis, bound.objective))
    cost = "cost_of_errors"
    is_cheaper = best.figures[cost] < analysis.current.figures[cost]
    return None if is_cheaper else Obstacle(False)


def _best_figure(analysis: Analysis, o: Objective) -> float:
    loss = o.direction.loss(
        analysis.points[o.id].to_numpy(np.float64)[is_ordinary(analysis.points)]
    )
    return math.nan if np.isnan(loss).all() else float(o.direction.loss(np.nanmin(loss)))


@part(reads=lambda analysis: analysis.picks_key)
def feasibility_of(analysis: Analysis) -> Feasibility | None:
    """Points that meet the limits, and how far the limits would have to be relaxed; `None` without limits."""
    if not analysis.limits:
        return None
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    return feasibility(analysis.points, analysis.limits, picks)


def certified_models(analysis: Analysis) -> tuple[tuple[str, ...] | None, ...] | None:
    """Models with a threshold at which each limit is certified by itself.

    Returns
    -------
    tuple of (tuple of str or None), or None
        An element is `None` if its limit cannot be certified. The result is `None` if the certification is
        unknown.
    """
    certification = certified(analysis)
    if certification is None:
        return None
    points, ordinary = analysis.points, is_ordinary(analysis.points)
    return tuple(
        None
        if mask is None
        else tuple(map(str, points["model"][among_visible(analysis, mask) & ordinary].unique()))
        for mask in certification.each
    )


@dataclass(frozen=True)
class Shortfall:
    """Mean shortfall of the resamples that miss a target.

    Attributes
    ----------
    objective : Objective
        Objective that the shortfall is measured in.
    target, figure : float
        Mean target and mean figure over these resamples.
    """

    objective: Objective
    target: float
    figure: float


@dataclass(frozen=True)
class BreakEven:
    """Defect rate at which the threshold of the selected point just meets a target.

    Attributes
    ----------
    rate : float
    assumed : float
        Defect rate of the scenario.
    is_met : bool
        Whether the target is met at the assumed rate.
    """

    rate: float
    assumed: float
    is_met: bool


@dataclass(frozen=True)
class TargetRisk:
    """Risk that the selected point misses a stakeholder's target.

    Attributes
    ----------
    objective : Objective
        Objective of the target: the stakeholder's, or the same in per cent.
    limit : Bound or None
        Limit that sets the target. `None` without such a limit: the target is then the current figure.
    missed : LimitsMissed
        How often the resamples miss the target.
    is_met : bool
        Whether the target is met in this file.
    shortfall : Shortfall or None
        `None` if no resample misses the target.
    figure, low, high : float
        Figure of the selected point and its 95% interval on new data.
    expected : AtChoice or None
        Figure to expect on new data.
    wanted : Objective
    wanted_figure : float
    wanted_expected : AtChoice or None
        The stakeholder's objective, and its `figure` and `expected`.
    current_worth, current_low, current_high : float
        Payoff that a target in per cent refers to, and its 95% interval; NaN for other targets.
    uncertified : Certification or None
        Certification of a limit that is rarely missed and yet not certified; otherwise `None`.
    break_even : BreakEven or None
        Defect rate at which a target in per cent is just met; `None` for other targets.
    """

    objective: Objective
    limit: Bound | None
    missed: LimitsMissed
    is_met: bool
    shortfall: Shortfall | None
    figure: float
    low: float
    high: float
    expected: AtChoice | None
    wanted: Objective
    wanted_figure: float
    wanted_expected: AtChoice | None
    current_worth: float
    current_low: float
    current_high: float
    uncertified: Certification | None
    break_even: BreakEven | None

    @property
    def is_against_current(self) -> bool:
        """Whether the target is the current figure."""
        return self.limit is None or asks_for_current_level(self.limit)


def target_risk(selection: Selection, stakeholder: Stakeholder) -> TargetRisk | None:
    """Risk that the selected point misses a stakeholder's target; `None` without intervals."""
    analysis, point, wanted = selection.analysis, selection.point, stakeholder.objective
    if analysis.uncertainty is None:
        return None
    limit = next(
        (b for b in analysis.limits if b.objective.id in (wanted.id, wanted.in_proportion)), None
    )
    is_current_level = limit is None or asks_for_current_level(limit)
    o = wanted if limit is None or is_current_level else limit.objective
    is_per_cent = o.unit is Unit.PERCENT and o.is_against_today
    bound = limit
    if bound is None and o.is_against_today:
        bound = Bound(GAIN if is_per_cent else o, 0.0)
    shortfalls = _shortfalls(selection, o, bound)
    if shortfalls is None:
        return None
    shortfall, aim, missed = shortfalls
    value = point.figures.get(o.id, math.nan)
    target = analysis.current.figures.get(o.id, math.nan) if limit is None else limit.value
    loss = o.direction.loss(np.array([value, target]))
    low, high = range_of(analysis, o, point)
    worth, *worth_ends = _current_worth(selection) if is_per_cent else [math.nan] * 3
    is_explained = limit is not None and not is_current_level and missed.share <= TAIL
    return TargetRisk(
        objective=o,
        limit=limit,
        missed=missed,
        is_met=bool(loss[0] <= loss[1]),
        # The shortfall of a target in per cent is in money, as in `shortfall_in_samples`.
        shortfall=_shortfall(GAIN, shortfall, np.zeros(()))
        if is_per_cent
        else _shortfall(o, shortfall, aim),
        figure=point.figures[o.id],
        low=low,
        high=high,
        expected=expectation(analysis, o, point, least=0.0),
        wanted=wanted,
        wanted_figure=point.figures[wanted.id],
        wanted_expected=expectation(analysis, wanted, point, least=0.0),
        current_worth=worth,
        current_low=worth_ends[0],
        current_high=worth_ends[1],
        uncertified=_uncertified(selection, limit) if limit is not None and is_explained else None,
        break_even=_break_even(selection, limit) if limit is not None and is_per_cent else None,
    )


def _shortfalls(
    selection: Selection, o: Objective, bound: Bound | None
) -> tuple[Floats, Floats, LimitsMissed] | None:
    """Shortfall from a target in each resample, the target, and how often the resamples miss it.

    Parameters
    ----------
    bound : Bound or None
        `None` for a target that is the current figure of the objective.
    """
    analysis, point = selection.analysis, selection.point
    if bound is not None:  # so that the share equals the one in the status of the limits
        short = shortfall_in_samples(analysis, bound, point)
        aim: Floats = np.asarray(bound.value)
        missed = limits_missed(analysis, [bound], point)
    else:
        samples = samples_of(analysis, o, point, beside=analysis.current)
        aim = replicates(analysis, o, analysis.current)
        short = None if samples is None else o.direction.loss(samples - aim)
        missed = NOT_KNOWN if short is None else LimitsMissed(share_above(short))
    return None if short is None or missed.is_unknown else (short, aim, missed)


def _current_worth(selection: Selection) -> tuple[float, float, float]:
    """Payoff with the current system, and its 95% interval, which is NaN without prices."""
    analysis = selection.analysis
    if analysis.uncertainty is None:
        return math.nan, math.nan, math.nan
    return analysis.current_worth, *interval(analysis, OBJECTIVES["revenue"], analysis.current)


def _shortfall(o: Objective, short: Floats, aim: Floats) -> Shortfall | None:
    missed = short > 0
    if not missed.any():
        return None
    target = float(np.broadcast_to(aim, short.shape)[missed].mean())
    return Shortfall(o, target, target + float(o.direction.loss(short[missed]).mean()))


def _uncertified(selection: Selection, bound: Bound) -> Certification | None:
    """Certification of a limit that the selected point meets, but is not certified to meet."""
    certification = certified(selection.analysis, (bound,))
    if certification is None:
        return None
    standing = standing_of(selection.analysis, certification, (bound,), selection.point)
    return certification if standing is Standing.MET else None


def _break_even(selection: Selection, target: Bound) -> BreakEven | None:
    analysis = selection.analysis
    scenario = analysis.scenario
    if scenario.payoff is None or scenario.inspection is not None:
        return None
    point, current = (
        Confusion(*np.array(list(p.counts.values()))) for p in (selection.point, analysis.current)
    )
    rate = break_even_defect_rate(point, current, scenario, target.value)
    if math.isnan(rate):
        return None
    is_met = target.is_met(selection.point.figures[target.objective.id])
    return BreakEven(rate, defect_rate_of(analysis), is_met)
