"""Words for the cheapest model, and for the other models at their cheapest."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.decide.cheapest_model import CheapestModel
from dashboard.analysis.models.best_points import attainable_limits
from dashboard.analysis.models.other_models import OtherModel, choosing_thresholds
from dashboard.analysis.picked_points import best_of_each_model
from dashboard.analysis.selection import Selection
from dashboard.words.limits.limit_names import (
    bound_clause,
    condition_clause,
    ignoring_limits,
    limit_noun,
    within_noun,
)
from dashboard.words.names import ROLES, Names
from dashboard.words.numbers.amounts import number
from dashboard.words.phrases import CHANCE, capital, some, weighed_words
from metrics import Scenario
from metrics.errors import counted


def cheapest_words(scenario: Scenario, models: int = 1) -> str:
    """Heading of the point with the lowest cost of errors: ``Lowest error cost of 11 models``.

    If the prices imply the cost, this is ``Highest revenue of 11 models``.
    """
    among = f" of {number(models)} models" if models > 1 else ""
    if scenario.is_revenue_decisive:
        return f"Highest revenue{among}"
    weighed = weighed_words(scenario)
    return f"Lowest error cost{among}{f' with misses {weighed}' if weighed else ''}"


def cheapest_model_words(
    scenario: Scenario, names: Names, cheapest: CheapestModel, within: str = ""
) -> tuple[str, str]:
    """Name of the cheapest model, and whether its lead may be chance.

    Parameters
    ----------
    within : str
        Phrase for limits that are met or ignored; empty if there are none.
    """
    if cheapest.tied:
        heading = capital(f"{within + ', ' if within else ''}cheapest model")
        return f"{heading}: {some(_tied(names, cheapest), 'models')}", "tie"
    lead = f"{capital(within)}, " if within else ""
    better = "earns more" if scenario.is_revenue_decisive else "is cheaper"
    model, rivals = names.model(str(cheapest.point.model)), rivals_words(names, cheapest)
    return f"{lead}{model} {better} than {rivals}:", CHANCE[cheapest.chance]


def rivals_words(names: Names, cheapest: CheapestModel) -> str:
    """Models that could be the cheapest, or the next one: ``a and b``."""
    return some(list(map(names.model, cheapest.rivals)), "models")


def selected_is_cheapest_words(names: Names, cheapest: CheapestModel) -> tuple[str, str]:
    """Models that tie with the selected point, which is the cheapest, and whether that may be chance."""
    if cheapest.tied:
        return f"with {some(_tied(names, cheapest)[1:], 'models')}:", "tie"
    return "", CHANCE[cheapest.chance]


def cheapest_elsewhere_words(
    names: Names, cheapest: CheapestModel, heading: str, aside: str = ""
) -> tuple[str, str]:
    """Cheapest model if another point is selected, and whether its lead may be chance.

    Parameters
    ----------
    heading : str
        From `cheapest_words`.
    aside : str
        Remark that limits are ignored; empty if they are not.
    """
    lowest = f"{capital(aside)}, {heading[:1].lower()}{heading[1:]}" if aside else heading
    if cheapest.tied:
        return f"{lowest}: {some(_tied(names, cheapest), 'models')}", "tie"
    return f"{lowest}: {names.model(str(cheapest.point.model))},", CHANCE[cheapest.chance]


def _tied(names: Names, cheapest: CheapestModel) -> list[str]:
    return [names.model(model) for model in (str(cheapest.point.model), *cheapest.tied)]


def other_models_words(
    selection: Selection, names: Names, stakeholder: Stakeholder, others: Sequence[OtherModel]
) -> str:
    """Sentences about the other models: how many can meet the limits, at which thresholds, in which order."""
    analysis, o = selection.analysis, stakeholder.objective
    chosen, at = str(selection.point.model), choosing_thresholds(analysis, stakeholder)
    rivals = {str(other.point.model) for other in others} - {chosen}
    bound = "" if at.bound is None else f" {bound_clause(at.bound, analysis.scenario)}"
    words, within, aside = [], "", ""
    if attainable_limits(analysis, at):
        best_of_model = best_of_each_model(analysis, at, analysis.limits)
        able = sum(best_of_model[model] is not None for model in rivals)
        if 0 < able < len(rivals):
            count = f"{able} of {counted(len(rivals), 'other model')}"
            condition = condition_clause(at, analysis.scenario)
            able_words = f"{count} can meet the {limit_noun(analysis.limits)} in this file"
            words.append(f"{able_words} {condition}".strip() + ".")
        within, bound = f" {within_noun(analysis.limits)}", "" if words else bound
    elif analysis.limits:
        aside = f"{ignoring_limits(analysis.limits)}, "
    best = "its cheapest" if at.name == "cost" else f"the {ROLES[at.name]}’s best"
    rule = f"{aside}each at {best} threshold{within}{bound}, by {o.superlative} {o.label}."
    words.append(capital(rule))
    if analysis.judges_chance and len(rivals) > 1:
        words.append("A difference is clear only if it stays clear with all models judged at once.")
    return " ".join(words)
