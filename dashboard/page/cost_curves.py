"""Which model is cheapest at every cost of a miss and defect rate, how often in resamples, and in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis, defect_rate_of
from dashboard.analysis.scenario_figures import visible
from dashboard.words.numbers import (
    entered,
    to_digits,
)
from dashboard.words.phrases import joined
from dashboard.words.verdict import FLAGGING
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.cost_curve_stability import (
    CostCurveStability,
    cost_curve_stability,
    grid_around,
)
from metrics.selection.cost_curve import (
    CostCurve,
    CostCurveInterval,
    Segment,
    by_defect_rate,
    by_miss_cost,
    intervals_by_model,
)
from metrics.selection.picks import is_least


@dataclass(frozen=True)
class CostCurves:
    """Who is cheapest where.

    Attributes
    ----------
    by_cost, by_rate : CostCurve
        The cheapest for every cost of a miss, and for every defect rate.
    stability : mapping of str to CostCurveStability
        Of "cost" and "rate", how often; empty where it is not shown or not yet known.
    """

    by_cost: CostCurve
    by_rate: CostCurve
    stability: Mapping[str, CostCurveStability]


def cost_curves_of(analysis: Analysis) -> CostCurves:
    """Derive it once for everything that it follows from; the point under discussion is not among that."""
    return cache.STORE.get(
        analysis.keyed("cost curves", analysis.intervals_key), lambda: _cost_curves(analysis)
    )


def _cost_curves(analysis: Analysis) -> CostCurves:
    # What another price of a miss makes cheapest is asked of the models alone: a band follows the price.
    alone = visible(analysis.figures_alone.points, analysis.picks_key.hidden)
    of_models = analysis.figures_alone.evaluation
    cost, rate = by_miss_cost(alone, of_models), by_defect_rate(alone, of_models)
    often = {}
    if analysis.uncertainty is not None:
        bootstrap = replace(analysis.uncertainty.bootstrap, evaluation=of_models)
        miss, share = analysis.evaluation.miss_cost, float(defect_rate_of(analysis))
        often = {
            "cost": cost_curve_stability(cost, alone, bootstrap, grid=grid_around(cost, miss)),
            "rate": cost_curve_stability(rate, alone, bootstrap, grid=grid_around(rate, share)),
        }
    return CostCurves(cost, rate, often)


DIGITS = 2
"""Significant digits of where one model gives way to another; more where a stretch is narrow."""


def cheapest_words(
    cost_curve: CostCurve,
    now: float,
    label: Callable[[str], str],
    *,
    where: str,
    unit: str,
    share: bool,
    level: Sequence[str] = (),
    seems: bool = False,
) -> str:
    """Which model is cheapest where the scenario stands, and how far that may move.

    Parameters
    ----------
    now : float
        Where the scenario stands on the axis.
    label : callable
        A model as the page calls it.
    where : str
        ``a miss costs`` or ``defects are``.
    unit : str
        Behind the number.
    share : bool
        Whether the axis is a share, written in per cent.
    level : sequence of str
        Other models whose errors cost as little now.
    seems : bool
        Whether it may be chance that no other is cheaper.

    Notes
    -----
    An end is named where another model takes over: beyond flagging nothing or everything no model wins.
    """
    reigns = intervals_by_model(cost_curve)
    k = next((k for k, one in enumerate(reigns) if one.low <= now <= one.high), None)
    if k is None:
        k = 0 if now < reigns[0].low else len(reigns) - 1
    own = reigns[k]
    who, least, most = _who(own, label), k > 0, k + 1 < len(reigns)
    least = least and reigns[k - 1].extreme is None
    most = most and reigns[k + 1].extreme is None
    low, high = ends_of(own, share=share)
    said_now = f"(now {axis_value(now, share=share) if share else entered(now)})"
    behind = f" {unit}" if unit else ""
    verb, any_value = "is", "whatever the defect rate" if share else f"whatever {where}"
    is_cheapest = "seems cheapest in this file" if seems else "is cheapest"
    if level:
        names = joined([who, *(label(model) for model in level)])
        tie, now_last = f"{names} tie {said_now}; ", ""
    else:
        verb = "tie as" if len(own.models) > 1 and own.extreme is None else verb
        tie, now_last = "", f" {said_now}"
    if not least and not most:
        if level:
            return f"{tie}no model beats {who}, {any_value}"
        if verb == "is":
            return f"No other model wins, {any_value}{now_last}: {who} {is_cheapest}"
        return f"{who} tie, and no other model wins, {any_value}{now_last}"
    # That a miss is worth a false alarm at least nobody has to be told.
    from_low = least and (share or own.low >= 1 or now < 1)
    ends = (
        f"{low} to {high}" if from_low and most else f"up to {high}" if most else f"at least {low}"
    )
    cheapest = is_cheapest if verb == "is" else "tie as the cheapest"
    return f"{tie}{who} {cheapest} while {where} {ends}{behind}{now_last}"


def axis_value(value: float, digits: int = DIGITS, *, share: bool, up: bool | None = None) -> str:
    """A cost of a miss, or a defect rate, in few digits."""
    value = to_digits(100 * value if share else value, digits, up=up)
    return f"{value:,.10g}" + ("\N{NO-BREAK SPACE}%" if share else "")


def ends_of(stretch: CostCurveInterval | Segment, *, share: bool) -> tuple[str, str]:
    """Where a stretch begins and ends, both rounded inwards, so that what is said holds there."""
    for digits in range(DIGITS, 8):
        low, high = (
            to_digits(stretch.low, digits, up=True),
            to_digits(stretch.high, digits, up=False),
        )
        if low < high:
            break
    return (
        axis_value(stretch.low, digits, share=share, up=True),
        axis_value(stretch.high, digits, share=share, up=False),
    )


def as_cheap(analysis: Analysis, cost_curve: CostCurve) -> list[str]:
    """Models whose errors cost as little now as those of the model that the cost curve names."""
    points = visible(analysis.figures_alone.points, analysis.picks_key.hidden)  # as the cost curve
    cost = points["cost_of_errors"].to_numpy(np.float64)
    least = is_least(cost) & is_ordinary(points)
    ends = cost_curve.segments[0].low, cost_curve.segments[-1].high
    now = float(np.clip(analysis.evaluation.miss_cost, *ends))
    here = cost_curve.at(now)
    named = {here.point.model}
    for stretch in intervals_by_model(cost_curve):
        if stretch.low <= now <= stretch.high:
            named = set(stretch.models)
    if here.point.extreme is not None:
        return []
    return [str(m) for m in points["model"][least].unique() if m not in named]


def who(interval: CostCurveInterval, label: Callable[[str], str]) -> str:
    """Who is cheapest over a stretch, within a sentence."""
    if interval.extreme is not None:
        return FLAGGING[interval.extreme]
    return joined([label(model) for model in interval.models])


def _who(interval: CostCurveInterval, label: Callable[[str], str]) -> str:
    named = who(interval, label)
    return named if interval.extreme is None else named.capitalize()
