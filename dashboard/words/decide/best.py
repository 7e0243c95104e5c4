"""Words for the best point of a stakeholder: its place, its limits, its rule, and the distance from it."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.cards import BestShown, best_missing_limits, limits_bind
from dashboard.words.certainty import certainty_in_short
from dashboard.words.limits.limit_names import (
    bound_words,
    limit_noun,
    missed_here,
    within_limits,
    within_noun,
)
from dashboard.words.names import Names
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.gaps import CHANCE, written_gap
from metrics import Objective, Pick, Scenario
from metrics.inference.certainty import RARELY
from metrics.inference.comparison import Chance
from metrics.selection.picks import Rule

_RULES = {
    Rule.BEST: "",
    Rule.IMPLIED_THRESHOLD: "at the threshold its probabilities imply",
    Rule.MOVED_THRESHOLD: "at the nearest threshold within the limits to the one its probabilities imply",
    Rule.LEAST_COST: "at its threshold of least cost",
}


def pick_place(analysis: Analysis, names: Names, o: Objective, pick: Pick) -> str:
    """A pick as text: its model for an objective that ranks models, else its model and threshold."""
    return names.model(pick.model) if o.of_model else names.at(analysis, pick.model, pick.threshold)


def place_of_pick(analysis: Analysis, names: Names, stakeholder: Stakeholder) -> str:
    """A stakeholder's pick as text."""
    assert stakeholder.pick is not None
    return pick_place(analysis, names, stakeholder.objective, stakeholder.pick)


def limit_suffix(analysis: Analysis, stakeholder: Stakeholder) -> str:
    """Words after "best" if a better figure breaks the limits: `` on target``. Otherwise empty."""
    return f" {within_noun(analysis)}" if limits_bind(analysis, stakeholder) else ""


def best_doubt(analysis: Analysis, best: BestShown) -> str:
    """Words after the best on a card that may not hold on new data; empty if it very likely holds.

    `` (uncertain: 59%)`` if it may miss the limits, ``, target missed here`` or ``, lead may be chance``. It
    is also empty until this is known.
    """
    if best.is_broken:
        return f", {missed_here(analysis)}"
    if analysis.is_pending:
        return ""
    if best.is_lead_uncertain:
        return f", lead {CHANCE[Chance.POSSIBLE]}"
    return f" ({certainty_in_short(best.missed)})" if best.missed.exceeds(RARELY) else ""


def best_with_rule(analysis: Analysis, names: Names, stakeholder: Stakeholder) -> str:
    """Best for a stakeholder, with its model, its threshold and the rule that picked it."""
    bound, scenario, pick = stakeholder.bound, analysis.scenario, stakeholder.pick
    if pick is None:
        within = " that meets the limits" if analysis.limits else ""
        if bound is None:
            return f"No threshold{within} flags some units and not all"
        return f"No threshold{within} qualifies {bound_words(bound, scenario)}"
    is_implied = pick.bound is not None and analysis.implies(pick.bound)
    # For an objective that ranks models, neither the threshold nor its rule matters.
    is_of_model = stakeholder.objective.of_model and pick.bound is None
    rule = "" if is_implied or is_of_model else rule_words(pick, scenario)
    value = figure(stakeholder.objective, pick.value, scenario)
    place = place_of_pick(analysis, names, stakeholder)
    best = ", ".join(filter(None, [f"{value} by {place}", rule]))
    if beyond := best_missing_limits(analysis, stakeholder):
        them = "them" if len(analysis.limits) > 1 else "it"
        words = missing_limits_words(analysis, names, stakeholder.objective, beyond)
        return f"Best of all models: {words}; of those that meet {them}: {best}"
    return f"Best for this role{within_limits(analysis)}: {best}"


def missing_limits_words(analysis: Analysis, names: Names, o: Objective, best: Pick) -> str:
    """Best model that misses the limits: ``0.0559 by a, which misses the limit in this file``."""
    value, noun = figure(o, best.value, analysis.scenario), limit_noun(analysis)
    return f"{value} by {names.model(best.model)}, which misses the {noun} in this file"


def regret_words(analysis: Analysis, stakeholder: Stakeholder, value: float) -> tuple[str, bool]:
    """Distance of a figure from the best for a stakeholder, and whether the two read the same."""
    assert stakeholder.pick is not None
    gap = written_gap(stakeholder.objective, value, stakeholder.pick.value, analysis.scenario)
    best = f"the best{limit_suffix(analysis, stakeholder)}"
    return best if gap.is_same else gap.than(best), gap.is_same


def rule_words(pick: Pick, scenario: Scenario) -> str:
    """Words for the rule of a pick at the end of a sentence; empty if it is the best of all points."""
    if pick.bound is not None:
        return bound_words(pick.bound, scenario)
    return _RULES[pick.rule]
