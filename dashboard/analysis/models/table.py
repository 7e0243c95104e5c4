"""Table of models: best figure of each model for every stakeholder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.limit_lines import limit_lines
from dashboard.analysis.decide.model_ranking import RankingView
from dashboard.analysis.evidence.model_calibration import calibrations_of
from dashboard.analysis.limits import LimitsStatus, limits_status
from dashboard.analysis.models.best_points import best_points_of, comparing_stakeholder, places_of
from dashboard.analysis.models.other_models import other_models
from dashboard.analysis.optimism import intervals_of_best_points
from dashboard.analysis.picked_points import best_of_each_model
from dashboard.analysis.rankings import has_places
from dashboard.analysis.selection import Selection
from metrics import Pick
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.interval_formulas import Interval
from metrics.scenario.serving_cost import cost_of_serving
from metrics.selection.ties import is_equal


@dataclass(frozen=True)
class Best:
    """Best figure of a model for a stakeholder.

    Attributes
    ----------
    value : float
        NaN if the stakeholder would pick no threshold of the model.
    ends : (float, float)
        95% interval, which allows for the choice of the model's threshold; NaN if unknown.
    rank : int or None
        1 for the best model; equal figures share a rank.
    places : (int, int) or None
        First and last place that the model could have, all models judged at once; `None` if unknown.
    """

    value: float
    ends: tuple[float, float]
    rank: int | None
    pick: Pick | None
    places: tuple[int, int] | None = None


@dataclass(frozen=True)
class ModelRow:
    """Row of a model in the table of models.

    Attributes
    ----------
    best : tuple of Best
        Best figure for each stakeholder.
    auc : float
        ROC AUC.
    slope : float
        Calibration slope, ideally 1; NaN for a ranking.
    serving_cost : float
        Cost of serving the model for a year; NaN if unknown.
    infinite_rows : int
        Number of units that make the log loss infinite.
    """

    model: str
    best: tuple[Best, ...]
    auc: float
    slope: float
    serving_cost: float
    infinite_rows: int


@part(reads=lambda analysis: analysis.choices_key)
def rows_of(analysis: Analysis) -> list[ModelRow]:
    """Rows of all visible models, ordered by rank for the last stakeholder, then by the sum of ranks."""
    by_stakeholder = [_best_figures(analysis, stakeholder) for stakeholder in analysis.stakeholders]
    costs, calibrations = _serving_costs(analysis), calibrations_of(analysis)
    rows = []
    for k, model in enumerate(analysis.models):
        figures = analysis.evaluation.figures[analysis.evaluation.tally.index(model)]
        rows.append(
            ModelRow(
                model=model,
                best=tuple(bests[k] for bests in by_stakeholder),
                auc=figures.roc_auc.value,
                slope=calibrations[model].slope,
                serving_cost=costs.get(model, math.nan),
                infinite_rows=int(figures.infinite_rows),
            )
        )
    last = len(rows) + 1
    ranks = {row.model: [best.rank or last for best in row.best] for row in rows}
    return sorted(rows, key=lambda row: (ranks[row.model][-1], sum(ranks[row.model])))


def _best_figures(analysis: Analysis, stakeholder: Stakeholder) -> list[Best]:
    """Best figure of each model for a stakeholder."""
    o, picks = stakeholder.objective, best_of_each_model(analysis, stakeholder)
    picked_figures = [math.nan if p is None else p.value for p in picks.values()]
    losses = o.direction.loss(np.array(picked_figures))
    places, ends = places_of(analysis, stakeholder), intervals_of_best_points(analysis, stakeholder)
    return [
        Best(
            value=value,
            ends=ends[model],
            rank=None if math.isnan(value) else 1 + int((losses < losses[k]).sum()),
            pick=p,
            places=None if p is None else places.get(model),
        )
        for k, ((model, p), value) in enumerate(zip(picks.items(), picked_figures, strict=True))
    ]


def limits_of_models(selection: Selection) -> dict[str, LimitsStatus]:
    """Status of the limits for each model that has a threshold.

    The selected model is judged at the selected point. Another is judged at its cheapest threshold, within
    the limits if it can meet them.
    """
    others = other_models(selection, comparing_stakeholder(selection.analysis, "cost"))
    points = [*(model.point for model in others), selection.point]
    return {str(p.model): limits_status(selection.analysis, p, at_rest=True) for p in points}


def _serving_costs(analysis: Analysis) -> dict[str, float]:
    serving = analysis.scenario.serving
    if serving is None or serving.requests_per_hour is None:
        return {}
    scenario = analysis.scenario
    return {model: cost_of_serving(scenario, model).cost_a_year for model in analysis.models}


def ranking_by(
    analysis: Analysis, k: int, rows: Sequence[ModelRow], coloured: frozenset[str]
) -> RankingView:
    """Ranking of the models by their best figure for the k-th stakeholder."""
    o = analysis.stakeholders[k].objective
    defined = [row for row in rows if math.isfinite(row.best[k].value)]
    defined.sort(key=lambda row: float(o.direction.loss(np.asarray(row.best[k].value))))
    low, high = (np.array([row.best[k].ends[end] for row in defined]) for end in (0, 1))
    return RankingView(
        objective=o,
        models=tuple(row.model for row in defined),
        rows=np.zeros(len(defined), np.int32),
        values=np.array([row.best[k].value for row in defined]),
        coloured=coloured,
        today=analysis.current.figures[o.id],
        undefined=len(rows) - len(defined),
        ends=Interval(low, high) if np.isfinite(low).any() else None,
        without=tuple(row.model for row in rows if row not in defined),
        limits=limit_lines(analysis, "x", o),
    )


@part(reads=lambda analysis: analysis.picks_key)
def has_many_limit_lines(analysis: Analysis) -> bool:
    """Whether a ranking shows more than one limit as a line."""
    objectives = (s.objective for s in analysis.stakeholders)
    return any(len(limit_lines(analysis, "x", o)) > 1 for o in objectives)


@part(reads=lambda analysis: analysis.intervals_key)
def chances_of_best(analysis: Analysis) -> tuple[Chance, ...]:
    """For each stakeholder, whether the lead of its best model over all others may be chance."""
    return tuple(_chance_of_best(analysis, s) for s in analysis.stakeholders)


def _chance_of_best(analysis: Analysis, stakeholder: Stakeholder) -> Chance:
    if not (analysis.judges_chance and has_places(stakeholder.objective)):
        return Chance.UNKNOWN
    best_points = best_points_of(analysis, stakeholder)
    others = zip(best_points.picks[1:], best_points.may_lead[1:], strict=True)
    is_open = any(same and not is_equal(p.value, best_points.picks[0].value) for p, same in others)
    return Chance.POSSIBLE if is_open else Chance.CLEAR


def marked_models(selection: Selection) -> dict[str, Literal["today", "chosen"]]:
    """Marks of the current model and of the selected model, by model."""
    current = selection.analysis.current.model
    marks: dict[str, Literal["today", "chosen"]] = {} if current is None else {current: "today"}
    marks[str(selection.point.model)] = "chosen"
    return marks
