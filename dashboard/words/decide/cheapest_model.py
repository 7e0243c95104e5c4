"""Words for the cheapest model, and for the other models at their cheapest."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.alternatives import CheapestModel
from dashboard.analysis.models.other_models import OtherModel, objectives_judged_at_once
from dashboard.words.limits.limit_names import limit_noun, within_noun
from dashboard.words.names import Names
from dashboard.words.numbers.amounts import number
from dashboard.words.numbers.gaps import CHANCE
from dashboard.words.phrases import capital, joined, some
from metrics import Objective
from metrics.errors import counted


def cheapest_words(models: int = 1, weight: str = "") -> str:
    """Heading of the point with the lowest cost of errors: ``Lowest error cost of 11 models``."""
    among = f" of {number(models)} models" if models > 1 else ""
    return f"Lowest error cost{among}{weight}"


def cheapest_model_words(names: Names, cheapest: CheapestModel) -> tuple[str, str]:
    """Name of the cheapest model, and whether its lead may be chance."""
    if cheapest.tied:
        return f"Cheapest model: {some(_tied(names, cheapest), 'models')}", "tie"
    return (
        f"{names.model(str(cheapest.point.model))} is cheaper than {rivals_words(names, cheapest)}:",
        CHANCE[cheapest.chance],
    )


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
    analysis: Analysis, judged_by: Objective, others: Sequence[OtherModel]
) -> str:
    """Sentences about the thresholds of the other models, their order, and how many can meet the limits."""
    able = sum(other.meets_limits for other in others)
    within = f" {within_noun(analysis)}" if analysis.limits and able else ""
    words = f"Each at its cheapest threshold{within}, by {judged_by.superlative} {judged_by.label}."
    if analysis.judges_chance:
        judged = joined([o.label for o in objectives_judged_at_once(analysis)])
        words += f" A loss in {judged} is clear only with all models judged at once."
    if not analysis.limits or able == len(others):
        return words
    count = f"{able} of {counted(len(others), 'other model')}" if able else "No other model"
    return f"{words} {count} can meet the {limit_noun(analysis)} in this file."
