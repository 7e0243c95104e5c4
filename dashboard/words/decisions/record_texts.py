"""Texts that are written into the record of a decision: basis of the figures, objectives, choices, costs."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.choice_costs import ChoiceCosts
from dashboard.analysis.decide.decision import DecisionValues
from dashboard.decisions.decision import Choice
from dashboard.safe_text import one_line
from dashboard.words.decide.best import (
    choice_name,
    missing_limits_words,
    place_of_pick,
    regret_words,
)
from dashboard.words.decide.cards import rank_words
from dashboard.words.evidence.model_evidence import calibration_sentence
from dashboard.words.limits.limit_names import condition_clause, within_limits
from dashboard.words.names import Names
from dashboard.words.notices import audit_notice
from dashboard.words.numbers.amounts import count, digits, entered
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.phrases import weight_words
from metrics import Bound, Evaluation, Scenario

PICKED = "95% ranges are for new data; those at a threshold allow for the choice."
"""Sentence about the intervals at a point that was picked on the data."""
IF_TRAINED = "If a model was trained on these units, every figure is too good."
"""Warning if it is unknown whether the rows were held out."""


def miss_words(scenario: Scenario) -> str:
    """Price of a miss, and of kinds with another price: ``5 false alarms (crack: 12)``."""
    each = entered(scenario.miss_cost / scenario.miss_weight)
    words = f"{each} false alarms{weight_words(scenario)}"
    kinds = [
        f"{one_line(kind) or '(empty)'}: {entered(price)}"
        for kind, price in (scenario.miss_cost_by_type or {}).items()
    ]
    return f"{words} ({', '.join(kinds)})" if kinds else words


def basis(evaluation: Evaluation) -> str:
    """Sentences about what the figures count, such as a year of production, and the price of a miss."""
    scenario, rows = evaluation.scenario, evaluation.tally.class_mass
    observed = float(rows[1] / rows.sum())
    price = f"A miss costs {miss_words(scenario)}."
    if scenario.is_observed:
        return f"Figures are this file’s own. {price}"
    rate, source = observed, "the file’s own rate"
    if scenario.defect_rate is not None:
        rate, source = scenario.defect_rate, f"the file has {digits(100 * observed)}%"
    volume = "as many units as the file has"
    if scenario.units_per_year is not None:
        volume = f"{count(scenario.units_per_year)} units a year"
    return f"Figures are for {volume} at {digits(100 * rate)}% defects ({source}). {price}"


def basis_of_record(
    analysis: Analysis, values: DecisionValues, names: Names, scarcity: Sequence[str]
) -> str:
    """Sentences about the basis of the figures, the effect of the choice, and doubts about the figures."""
    picked = [PICKED] if values.is_picked else []
    if values.is_picked and analysis.held_out == "unknown":
        picked.append(IF_TRAINED)
    doubts = [*audit_notice(analysis.labels_from), *scarcity]
    if values.calibration.matters:
        subject = names.model(values.calibration.model)
        doubts.append(f"{calibration_sentence(values.calibration, subject)}.")
    return " ".join([basis(analysis.evaluation), *picked, *doubts])


def objective_of_record(
    stakeholder: Stakeholder, limits: Sequence[Bound], scenario: Scenario
) -> str:
    """A stakeholder's objective with its condition: ``highest recall with false alarms at most 40``."""
    o, condition = stakeholder.objective, condition_clause(stakeholder, scenario)
    if stakeholder.is_bound_implied:
        return f"{o.superlative} {o.label}{within_limits(limits, scenario)}"
    return f"{o.superlative} {o.label} {condition}".rstrip()


def pick_of_record(analysis: Analysis, names: Names, stakeholder: Stakeholder) -> str:
    """A stakeholder's pick, then the best model of all if that breaks the limits."""
    place = place_of_pick(analysis.evaluation, names, stakeholder)
    best = stakeholder.best_missing_limits
    if best is None:
        return place
    return f"{place}; best of all: {missing_limits_words(analysis, names, stakeholder.objective, best)}"


def cost_of_record(cost: str, place: tuple[tuple[int, int], int] | None) -> str:
    """Distance from a stakeholder's best, with the model's rank if known: ``the best, 1st of 4 models``."""
    return f"{cost}, {rank_words(*place)} models" if cost and place else cost


def choices_of_record(
    analysis: Analysis, names: Names, choices: Sequence[ChoiceCosts]
) -> tuple[Choice, ...]:
    """The selected point, the picks, the compromises that exist, and the current system."""
    *others, selected = choices
    return tuple(_choice(analysis, names, choice) for choice in (selected, *others))


def _choice(analysis: Analysis, names: Names, choice: ChoiceCosts) -> Choice:
    """Texts of a choice. A figure without a value is a dash, such as a model's at no single threshold."""
    texts, costs, scenario, evaluation = [], [], analysis.scenario, analysis.evaluation
    for stakeholder, value in zip(analysis.stakeholders, choice.figures, strict=True):
        o, text, cost = stakeholder.objective, "–", ""
        if value is not None:
            text = f"{figure(o, value, scenario)} {unit_words(o, scenario)}".rstrip()
            cost, _ = regret_words(analysis, stakeholder, value)
        texts.append(text)
        costs.append(cost)
    place = (
        names.point(evaluation, choice.point)
        if choice.picker is None
        else place_of_pick(evaluation, names, choice.picker)
    )
    return Choice(choice_name(choice, analysis.limits, scenario), place, tuple(texts), tuple(costs))
