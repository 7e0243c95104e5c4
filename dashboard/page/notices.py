"""What a page must say first: choices that the data cannot give, and of how little its intervals are."""

from __future__ import annotations

from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.data.library import Dataset
from dashboard.session.choices import Choices
from dashboard.words.numbers import price_size, threshold
from dashboard.words.phrases import scarcity_words
from metrics import OBJECTIVES, Objective
from metrics.errors import counted
from metrics.inference.sample_size import scarcities


def unavailable_choices(
    choices: Choices, dataset: Dataset, evaluated: ScenarioFigures
) -> tuple[str, ...]:
    """What was asked for and cannot be had, one sentence each."""
    models = dataset.scores.models
    unknown = [p.model for p in (choices.point, choices.pin) if p and p.model not in models]
    unknown += [model for model in choices.hidden if model not in models]
    hidden = [p.model for p in (choices.point, choices.pin) if p and p.model in choices.hidden]
    lines = [f"There is no model {model!r} in this data." for model in dict.fromkeys(unknown)]
    lines += [f"{model} was chosen and is hidden." for model in dict.fromkeys(hidden)]
    if set(models) <= set(choices.hidden):
        lines.append("Every model was hidden; all are shown.")
    lines += [
        f"{_capital(o.label)} is undefined {_why(o, evaluated)}; cost of errors stands in for it."
        for o in map(OBJECTIVES.__getitem__, dict.fromkeys(choices.objectives))
        if o.id not in evaluated.objectives
    ]
    lines += [
        f"{_unjudged(OBJECTIVES[bound[0]], evaluated)} The default limit applies."
        for bound in choices.bounds
        if bound is not None and bound[0] not in evaluated.objectives
    ]
    lines += [
        _unjudged(OBJECTIVES[name], evaluated)
        for name, _ in choices.limits_in(dataset.scenario)
        if name not in evaluated.objectives
    ]
    if choices.scenario(dataset.scenario).miss_cost_by_type and not dataset.names_kinds:
        lines.append("This data does not say of which kind a defect is: every miss costs the same.")
    inspection = evaluated.evaluation.scenario.inspection
    if (
        inspection is not None
        and inspection.units_a_day is not None
        and (evaluated.evaluation.scenario.units_per_year is None)
    ):
        lines.append(
            f"The limit of inspections, {price_size(inspection.units_a_day)} a day, cannot be kept without "
            "units a year: as many are inspected as pay."
        )
    return (*lines, *_moved(choices, dataset))


def _moved(choices: Choices, dataset: Dataset) -> list[str]:
    """That a tally does not count today's system at the threshold that was asked for."""
    asked = choices.scenario(dataset.scenario)
    found, units = dataset.countable(asked)
    if asked.today is None or found.today is None or found.today == asked.today:
        return []
    model = dict(choices.names).get(asked.today.model) or asked.today.model
    return [
        f"This tally does not count {model} at {threshold(asked.today.threshold)}: today’s system stands at "
        f"{threshold(found.today.threshold)}, its nearest threshold; at most {counted(units, 'unit')} would "
        "fall otherwise."
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unjudged(objective: Objective, evaluated: ScenarioFigures) -> str:
    why = _why(objective, evaluated)
    return f"The limit on {objective.label} cannot be judged: it is undefined {why}."


OF_PARTS = ("worst_kind_recall", "worst_segment_recall")
"""Least of several recalls, of which nobody knows what inspectors make of it."""


def _why(objective: Objective, evaluated: ScenarioFigures) -> str:
    """Why an objective is undefined at every point."""
    if objective.needs_serving:
        return "until all that it takes is given under “Serving”"
    if objective.is_against_today:
        return "here, since today’s system earns nothing to compare with"
    evaluation = evaluated.evaluation
    if objective.id in OF_PARTS and evaluation.scenario.inspection is not None:
        alone = evaluation.alone.curves[0].counts
        if getattr(alone, objective.id) is not None:
            return "where people inspect"
    return "for this data"


def scarcity_notices(choices: Choices, figures: ScenarioFigures) -> list[str]:
    """That there are few defects or groups, whether or not the page shows how sure its figures are."""
    consequence = (
        "the intervals hold the truth less often than they say"
        if choices.intervals
        else "every figure may be far off"
    )
    limits = (name for name, _ in choices.limits_in(figures.evaluation.scenario))
    known = (OBJECTIVES.get(name) for name in (*choices.objectives, *limits))
    of_values = any(o is not None and o.needs_value for o in known)
    return [
        f"{scarcity_words(scarcity)}: {consequence}."
        for scarcity in scarcities(figures.evaluation.tally, of_values=of_values)
    ]
