"""How the candidates compare: each model at the threshold that each stakeholder would pick of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.page import cache
from dashboard.page.state import PageState, Stakeholder, points_of_model
from metrics import Pick, pick
from metrics.evaluation.calibration import logistic_calibration
from metrics.evaluation.operating_points import is_ordinary
from metrics.narrative.facts import FLAGGING
from metrics.narrative.formatting import to_digits
from metrics.narrative.phrases import joined
from metrics.scenario.serving_cost import cost_of_serving
from metrics.selection.cheapest import is_least
from metrics.selection.cost_curve import CostCurve, CostCurveInterval, intervals_by_model


@dataclass(frozen=True)
class Best:
    """The best that a model can do for a stakeholder.

    Attributes
    ----------
    value : float
        NaN where the model has no threshold that the stakeholder would pick.
    ends : (float, float)
        95 % interval; NaN where there is none or it is not known.
    rank : int or None
        1 for the best model; equal figures share a rank.
    pick : Pick or None
    """

    value: float
    ends: tuple[float, float]
    rank: int | None
    pick: Pick | None


@dataclass(frozen=True)
class ModelRow:
    """One model in the table of all.

    Attributes
    ----------
    model : str
    best : tuple of Best
        For each stakeholder.
    auc : float
        Chance that a random defect scores above a random good unit.
    slope : float
        Calibration slope, best 1; NaN for a ranking.
    serving_cost : float
        A year; NaN where it is not known.
    """

    model: str
    best: tuple[Best, ...]
    auc: float
    slope: float
    serving_cost: float


def rows_of(page: PageState) -> list[ModelRow]:
    """Every visible model, those that rank best with all stakeholders together first."""
    return cache.part(page.keyed("models", page.intervals_key), lambda: _rows(page))


def _rows(page: PageState) -> list[ModelRow]:
    models = [str(model) for model in page.points["model"].unique()]
    by_stakeholder = [_bests(page, stakeholder, models) for stakeholder in page.stakeholders]
    costs = _serving_costs(page)
    slopes = cache.part(page.keyed("slopes", page.scenario), lambda: _slopes(page))
    rows = [
        ModelRow(
            model=model,
            best=tuple(bests[k] for bests in by_stakeholder),
            auc=page.evaluation.figures[page.evaluation.tally.index(model)].roc_auc.value,
            slope=slopes[page.evaluation.tally.index(model)],
            serving_cost=costs.get(model, math.nan),
        )
        for k, model in enumerate(models)
    ]
    last = len(rows) + 1
    return sorted(rows, key=lambda row: sum(best.rank or last for best in row.best))


def _bests(page: PageState, stakeholder: Stakeholder, models: list[str]) -> list[Best]:
    """The best of each model for one stakeholder."""
    o = stakeholder.objective
    picks = [
        pick(points_of_model(page.points, model), o, page.evaluation, bound=stakeholder.bound)
        for model in models
    ]
    values = [math.nan if p is None else p.value for p in picks]
    losses = o.direction.loss(np.array(values))
    return [
        Best(
            value=value,
            ends=(math.nan, math.nan)
            if p is None
            else page.range_of(o.id, p.model, p.threshold) or (math.nan, math.nan),
            rank=None if math.isnan(value) else 1 + int((losses < losses[k]).sum()),
            pick=p,
        )
        for k, (p, value) in enumerate(zip(picks, values, strict=True))
    ]


def _slopes(page: PageState) -> list[float]:
    every = range(len(page.evaluation.curves))
    return [logistic_calibration(page.evaluation, m).slope for m in every]


def _serving_costs(page: PageState) -> dict[str, float]:
    serving = page.scenario.serving
    if serving is None or serving.requests_per_hour is None:
        return {}
    models = [str(model) for model in page.points["model"].unique()]
    return {model: cost_of_serving(page.scenario, model).cost_a_year for model in models}


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
) -> str:
    """Which model is cheapest where the scenario stands, and how far that may move.

    Parameters
    ----------
    cost_curve : CostCurve
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
    said_now = f"(now {axis_value(now, share=share)})"
    behind = f" {unit}" if unit else ""
    verb, any_value = "is", f"whatever {where.removesuffix(' are')}"
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
            return f"No other model wins, {any_value}{now_last}: {who} is cheapest"
        return f"{who} tie, and no other model wins, {any_value}{now_last}"
    ends = f"{low} to {high}" if least and most else f"up to {high}" if most else f"at least {low}"
    cheapest = "is cheapest" if verb == "is" else "tie as the cheapest"
    return f"{tie}{who} {cheapest} while {where} {ends}{behind}{now_last}"


def axis_value(value: float, digits: int = DIGITS, *, share: bool, up: bool | None = None) -> str:
    """A cost of a miss, or a defect rate, in few digits."""
    value = to_digits(100 * value if share else value, digits, up=up)
    return f"{value:,.10g}" + ("\N{NO-BREAK SPACE}%" if share else "")


def ends_of(stretch: CostCurveInterval, *, share: bool) -> tuple[str, str]:
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


def as_cheap(page: PageState, cost_curve: CostCurve) -> list[str]:
    """Models whose errors cost as little now as those of the model that the cost curve names."""
    cost = page.points["cost_of_errors"].to_numpy(np.float64)
    least = is_least(cost) & is_ordinary(page.points)
    here = cost_curve.at(page.scenario.miss_cost)
    named = {here.point.model}
    for stretch in intervals_by_model(cost_curve):
        if stretch.low <= page.scenario.miss_cost <= stretch.high:
            named = set(stretch.models)
    if here.point.extreme is not None:
        return []
    return [str(m) for m in page.points["model"][least].unique() if m not in named]


def who(interval: CostCurveInterval, label: Callable[[str], str]) -> str:
    """Who is cheapest over a stretch, within a sentence."""
    if interval.extreme is not None:
        return FLAGGING[interval.extreme]
    return joined([label(model) for model in interval.models])


def _who(interval: CostCurveInterval, label: Callable[[str], str]) -> str:
    named = who(interval, label)
    return named if interval.extreme is None else named.capitalize()
