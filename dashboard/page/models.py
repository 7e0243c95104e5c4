"""How the candidates compare: each model at the threshold that each stakeholder would pick of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.page import cache
from dashboard.page.state import PageState, Stakeholder, points_of_model
from metrics import Pick, pick
from metrics.evaluation.calibration import logistic_calibration
from metrics.narrative.facts import FLAGGING
from metrics.narrative.formatting import to_digits
from metrics.scenario.serving_cost import cost_of_serving
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


FAR = 20.0
"""How many times another price of a miss, or another defect rate, is out of sight."""


def cheapest_words(
    cost_curve: CostCurve,
    now: float,
    label: Callable[[str], str],
    *,
    where: str,
    unit: str,
    share: bool,
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

    Notes
    -----
    Ends are rounded inwards. An end is named where another model takes over within `FAR` times of where the
    scenario stands: beyond flagging nothing or everything no model wins, and what is further off is no
    question of the meeting's. The chart shows all of it.
    """
    reigns = intervals_by_model(cost_curve)
    k = next((k for k, one in enumerate(reigns) if one.low <= now <= one.high), None)
    if k is None:
        k = 0 if now < reigns[0].low else len(reigns) - 1
    own = reigns[k]
    who = _who(own, label)

    def written(value: float, *, up: bool | None = None) -> str:
        value = to_digits(100 * value if share else value, 2, up=up)
        return f"{value:,.10g}" + ("\N{NO-BREAK SPACE}%" if share else "")

    least = k > 0 and reigns[k - 1].extreme is None and own.low * FAR >= now
    most = k + 1 < len(reigns) and reigns[k + 1].extreme is None and own.high <= now * FAR
    said_now = f"(now {written(now)})"
    behind = f" {unit}" if unit else ""
    if least and most:
        ends = f"{written(own.low, up=True)} to {written(own.high, up=False)}{behind} {said_now}"
        return f"{who} is cheapest while {where} {ends}"
    if most:
        return f"{who} is cheapest while {where} up to {written(own.high, up=False)}{behind} {said_now}"
    if least:
        return f"{who} is cheapest while {where} at least {written(own.low, up=True)}{behind} {said_now}"
    return (
        f"No other model wins, whatever {where.removesuffix(' are')} {said_now}: {who} is cheapest"
    )


def _who(interval: CostCurveInterval, label: Callable[[str], str]) -> str:
    if interval.extreme is not None:
        return FLAGGING[interval.extreme].capitalize()
    return " and ".join(label(model) for model in interval.models)
