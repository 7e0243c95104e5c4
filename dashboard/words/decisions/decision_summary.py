"""Summary of a recorded decision: sentences about its effect, changes from the current system, and limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dashboard.analysis.inspection import SHARE_INSPECTED, SHARE_REJECTED
from dashboard.analysis.resampled_figures import CHANGES
from dashboard.decisions.decision_facts import DecisionFacts
from dashboard.words.inspection import effect_words, inspected_words
from dashboard.words.limits.certainty import certainty_words
from dashboard.words.limits.certified import MET, choice_allowed_words, standing_words
from dashboard.words.limits.limit_names import limit_value, limit_with_value
from dashboard.words.numbers.figures import figure, in_per_cent
from dashboard.words.numbers.gaps import WrittenGap, written_gap
from dashboard.words.numbers.objective_units import unit_words, worth
from dashboard.words.phrases import MAY_BE_CHANCE, all_of, capital
from metrics import OBJECTIVES, Bound, Scenario
from metrics.evaluation.objective import NO_CHECKS
from metrics.evaluation.objective_in_scenario import objective_in_scenario
from metrics.inference.certificates.certification import Standing


def decision_summary(f: DecisionFacts) -> str:
    """Sentences about the selected point: its effect, changes from the current system, and the limits.

    Returns
    -------
    str
        Without the sentences whose figures are not recorded. Empty if this version cannot read the scenario.
    """
    scenario = f.scenario
    if scenario is None:
        return ""
    point, current, sentences = f.shown, f.current, _inspection_sentences(f, scenario)
    if not sentences and {"share_flagged", "recall"} <= point.keys():
        sentences = [effect_words(point)]
    if point.keys() & current.keys() >= set(CHANGES):
        sentences.append(_change_sentence(f, scenario))
    return " ".join(filter(None, [*sentences, limits_sentence(f)]))


def limits_sentence(f: DecisionFacts) -> str:
    """Sentence about whether the selected point meets the limits; empty without limits, or if unknown."""
    bounds, scenario = [limit.bound for limit in f.limits if limit.bound is not None], f.scenario
    is_known = len(bounds) == len(f.limits) and all(b.objective.id in f.shown for b in bounds)
    if scenario is None or not is_known:
        return ""
    in_file = {name: figure.value for name, figure in f.figures.items()}
    return _met_sentence(f, bounds, scenario) or _breaks_or_meets(in_file, bounds, scenario)


def _change_sentence(f: DecisionFacts, scenario: Scenario) -> str:
    """Sentence about the changes of the selected point against the current system."""
    point, current, d, name = f.shown, f.current, f.decision, f.decision.today.words
    against = f"Against {NO_CHECKS}" if scenario.today is None else f"Against today ({name})"
    if all(point[key] == current[key] for key in ("missed_defects", "false_alarms")):
        if d.chosen.model == d.today.model:
            return f"This is today’s system ({name})."
        return f"{against}: the same missed defects and the same false alarms."
    parts = []
    for key in CHANGES:
        gap = written_gap(
            objective_in_scenario(OBJECTIVES[key], scenario), point[key], current[key], scenario
        )
        if gap.is_defined:
            hedge = f" ({MAY_BE_CHANCE})" if key in d.unsettled and not gap.is_same else ""
            parts.append((_change_words(gap, scenario), hedge))
    if parts and scenario.units_per_year is not None:
        parts[-1] = (f"{parts[-1][0]} a\N{NO-BREAK SPACE}year", parts[-1][1])
    return f"{against}: {', '.join(map(''.join, parts))}."


def _change_words(gap: WrittenGap, scenario: Scenario) -> str:
    o = gap.objective
    if gap.is_same:
        return f"the same {o.change_of}" if o.is_against_current else f"as many {o.label}"
    if o.is_against_current and math.isfinite(gap.size):
        # Without payoffs the gain is counted in false alarms.
        unit = "" if scenario.payoff is not None else f" {worth()}"
        return f"{gap.amount}{unit} {'more' if gap.is_more else 'less'} {o.change_of}"
    return gap.words()


def _breaks_or_meets(
    point: Mapping[str, float], bounds: Sequence[Bound], scenario: Scenario
) -> str:
    """Sentence about the limits that a point breaks, or that it meets all. Empty without limits."""
    broken = []
    for bound in bounds:
        value = float(point.get(bound.objective.id, math.nan))
        if not bound.is_met(value):
            written = figure(bound.objective, value, scenario)
            broken.append(
                f"{bound.objective.label} is {written}, not {limit_value(bound, scenario)}"
            )
    if not bounds:
        return ""
    if not broken:
        return f"Meets {all_of(len(bounds), 'limit')}."
    which = f"{len(broken)} of {len(bounds)} limits" if len(bounds) > 1 else "the limit"
    return f"Breaks {which}: {'; '.join(broken)}."


def _inspection_sentences(f: DecisionFacts, scenario: Scenario) -> list[str]:
    """Sentences about the units and the cost of inspecting; empty without inspectors."""
    shares = [f.decision.counts.get(name) for name in (SHARE_INSPECTED, SHARE_REJECTED)]
    if scenario.inspection is None or "units_inspected" not in f.figures or None in shares:
        return []
    inspected, rejected = (float(share) for share in shares if share is not None)
    units = f.figures["units_inspected"].value
    sentences = [inspected_words(inspected, rejected, units, scenario)]
    o, cost = OBJECTIVES["inspection_cost"], f.figures.get("inspection_cost")
    if cost is not None and scenario.inspection.price is not None:
        words = f"{figure(o, cost.shown, scenario)} {unit_words(o, scenario)}".rstrip()
        sentences.append(f"Inspecting costs {words}.")
    if "recall" in f.figures:
        sentences.append(f"Catches {in_per_cent(f.figures['recall'].shown)} of the defects.")
    return sentences


def _met_sentence(f: DecisionFacts, bounds: Sequence[Bound], scenario: Scenario) -> str:
    """Status of the limits if all were met; empty if any was missed, or if this is unknown."""
    certificate = f.decision.certificate
    if f.standing is Standing.NOT_MET or (f.standing is None and f.missed.is_unknown):
        return ""
    if certificate is not None and f.standing is Standing.CERTIFIED:
        standing = standing_words(f.standing, certificate.confidence)
        words = f"{standing}, {choice_allowed_words(certificate.models)}"
    else:
        words = certainty_words(f.missed) or MET
        words += "" if certificate is None else ", not certified"
    names = [limit_with_value(bound, scenario) for bound in bounds]
    if certificate is not None:
        names = [limit.words for limit in certificate.limits]
    if len(names) == 1:
        return f"{capital(names[0])}: {words}."
    return f"{capital(all_of(len(names), 'limit'))} {words}."
