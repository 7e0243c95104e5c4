"""Figures of the file itself, without the assumed defect rate and number of units."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from metrics import Evaluation, Objective, OperatingPoint, Scenario, point_at
from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.model_metrics import ModelFigures, model_figures


def _without_assumptions(scenario: Scenario) -> Scenario:
    """Scenario with the defect rate and the number of units of the file."""
    return replace(scenario, defect_rate=None, units_per_year=None)


def _evaluation_in_file_reads(analysis: Analysis) -> Hashable:
    if analysis.scenario.inspection is not None:  # the bands depend on the assumptions
        return analysis.scenario
    return _without_assumptions(analysis.scenario)


@part(reads=lambda analysis: None, kind=Kind.PART)
def _model_figures_in_file(analysis: Analysis) -> tuple[ModelFigures, ...]:
    """Figures of all models at the file's own defect rate, which no price changes."""
    evaluation = analysis.evaluation
    return tuple(model_figures(evaluation.tally, c.alone, Scenario()) for c in evaluation.curves)


@part(reads=_evaluation_in_file_reads, kind=Kind.PART)
def _evaluation_in_file(analysis: Analysis) -> Evaluation:
    assumed, observed = analysis.evaluation, _without_assumptions(analysis.scenario)
    return evaluate(
        assumed.tally,
        observed,
        curves=assumed.curves,
        current_tally=assumed.current_tally,
        figures=_model_figures_in_file(analysis),
    )


def figure_in_file(analysis: Analysis, objective: Objective, point: OperatingPoint) -> float:
    """Figure of an operating point without the assumed defect rate and number of units.

    NaN if the figure is undefined, or equal to that with these assumptions. Also NaN for a lower threshold
    that a reader set.
    """
    if analysis.scenario.is_observed or point.lower is not None:
        return math.nan
    evaluation = _evaluation_in_file(analysis)
    observed = point_at(evaluation, [objective], point.model, point.threshold).figures[objective.id]
    assumed = point.figures.get(objective.id, math.nan)
    return math.nan if math.isclose(observed, assumed, rel_tol=1e-9) else observed
