"""How often limits are missed at a point on new data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.analysis.analysis import Analysis, pick_of, point_of
from dashboard.analysis.optimism import on_new_data, range_of, samples_of
from dashboard.analysis.picked_points import GAIN, pick_like
from metrics import Bound, OperatingPoint
from metrics.evaluation.standard_objectives import (
    beyond_share,
    payoff_of,
    revenue_impact_percent,
)
from metrics.inference.certainty import DECIDED, NOT_KNOWN, Basis, LimitsMissed, share_beyond
from metrics.inference.interval_formulas import TAIL
from metrics.selection.choice import CompromiseChoice, conditions_of
from metrics.tally.kernel import Floats


def limits_missed(
    analysis: Analysis, bounds: Sequence[Bound], point: OperatingPoint
) -> LimitsMissed:
    """How often any of some limits is missed at a point.

    The share of a pick allows for its choice. It is an estimate if a limit that is not clearly met decided
    the pick, or if the interval of a figure holds the limit although nearly all resamples agree.
    """
    if analysis.uncertainty is None:
        return NOT_KNOWN
    worst = np.full(analysis.bootstrap.replicates, -np.inf)
    for bound in bounds:
        short = shortfall_in_samples(analysis, bound, point)
        if short is None:
            return NOT_KNOWN
        worst = np.maximum(worst, short)
    share = share_above(worst)
    if TAIL < share < 1 - TAIL:
        is_decided = any(_has_decided_pick(analysis, bound, point) for bound in bounds)
        return DECIDED if is_decided else LimitsMissed(share)
    is_met = share <= TAIL
    beyond = [_share_beyond(analysis, bound, point, is_met=is_met) for bound in bounds]
    estimate = max(beyond, default=0.0) if is_met else 1 - min(beyond)
    return (
        LimitsMissed(estimate, Basis.INTERVAL)
        if min(estimate, 1 - estimate) > 0
        else LimitsMissed(share)
    )


def shortfall_in_samples(analysis: Analysis, bound: Bound, point: OperatingPoint) -> Floats | None:
    """Shortfall of a point from a limit in samples of new data, shape (R,); positive if the limit is missed.

    For a limit in per cent of the current revenue, the shortfall is in money. Money is also defined in
    samples in which the current system makes a loss. The result is `None` if it makes a loss in the file.
    """
    o = bound.objective
    is_percent = o.compute is revenue_impact_percent
    drawn = samples_of(analysis, GAIN if is_percent else o, point)
    if drawn is None:
        return None
    if not is_percent:
        return o.direction.loss(drawn - bound.value)
    if not analysis.current_worth > 0:
        return None
    earned = payoff_of(analysis.bootstrap.today, analysis.scenario)[:, 0]
    beyond: Floats = beyond_share(drawn, earned, bound.value)
    return -beyond


def share_above(short: Floats) -> float:
    """Share of the defined samples that miss a target; NaN if no sample is defined."""
    defined = ~np.isnan(short)
    return float((short[defined] > 0).mean()) if defined.any() else math.nan


def _share_beyond(
    analysis: Analysis, bound: Bound, point: OperatingPoint, *, is_met: bool
) -> float:
    """Share of samples beyond a limit by the figure's 95% interval; 0 if no end lies beyond the limit.

    No resample of a file without missed defects has any, but the interval allows for some.
    """
    o, at_choice = bound.objective, on_new_data(analysis, bound.objective, point)
    expected = point.figures[o.id] if at_choice is None else at_choice.expected
    ends = range_of(analysis, o, point)
    beyond = [end for end in ends if not math.isnan(end) and bound.is_met(end) != is_met]
    return max((share_beyond(bound.value, expected, end) for end in beyond), default=0.0)


def _has_decided_pick(analysis: Analysis, bound: Bound, point: OperatingPoint) -> bool:
    """Whether a limit is met and another point would have been picked without it."""
    picked = pick_like(analysis, point)
    if picked is None or not bound.is_met(point.figures[bound.objective.id]):
        return False
    point, choice = picked
    # A compromise depends on the picks, and the limits may move these.
    if isinstance(choice, CompromiseChoice):
        return bound in choice.limits
    conditions = conditions_of(replace(choice, limits=()), analysis.evaluation)
    if bound.objective in [condition.objective for condition in conditions]:
        return True
    others = tuple(limit for limit in choice.limits if limit != bound)
    if len(others) == len(choice.limits):
        return False
    best = pick_of(analysis, choice.objective, choice.bound, others)
    return best is None or point_of(analysis.points, best.row).place != point.place
