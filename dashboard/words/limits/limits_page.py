"""Words of the Limits page: who meets the limits, the nearest point, and what is certified."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.certified import announced_looks, certified
from dashboard.analysis.limits import broken_limits, certified_models
from dashboard.words.limits.certified import look_words, needed_rows_sentences, standing_help
from dashboard.words.limits.limit_names import limit_noun, limit_value, limit_with_value
from dashboard.words.names import Names
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import FLAGGING, all_of, joined
from metrics import Bound, OperatingPoint
from metrics.inference.certificates.certification import Standing
from metrics.selection.feasibility import Feasibility


def limits_finding(analysis: Analysis, names: Names, feasibility: Feasibility) -> str:
    """Finding of the Limits page: how many models meet the limits."""
    limits, points = analysis.limits, analysis.points
    the_limits = f"the {limit_noun(limits)}" if len(limits) == 1 else all_of(len(limits), "limit")
    if feasibility.is_feasible:
        able = points[feasibility.meets & analysis.is_ordinary]["model"].unique()
        among = len(analysis.models)
        if among == 1:
            return f"In this file {names.model(str(able[0]))} meets {the_limits}"
        if len(able) == 1:
            return f"In this file only {names.model(str(able[0]))} meets {the_limits}"
        all_of_them = "both" if among == 2 else f"all {among}"
        many = all_of_them if len(able) == among else f"{len(able)} of {among}"
        return f"In this file {many} models meet {the_limits}"
    if feasibility.extremes:
        return (
            f"Only {joined([FLAGGING[e] for e in feasibility.extremes], 'or')} meets {the_limits}"
        )
    return f"No point meets {the_limits}"


def limits_table(
    analysis: Analysis, names: Names, feasibility: Feasibility
) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the table of limits.

    A row has the models that meet a limit in this file, the models certified to meet it (if known), and the
    best possible figure. If no point meets all limits, the value to which relaxing this one suffices follows.
    """
    scenario, relaxations = analysis.scenario, feasibility.relaxations
    certain = _certified_models(analysis, names)
    certified_for = ["Certified for"] if certain else []
    heads = ["Limit", "Met by", *certified_for, "Best possible"]
    heads += ["If only this limit gives way, to"] if relaxations else []
    rows = []
    for k, attained in enumerate(feasibility.attainability):
        bound = attained.bound
        best = "undefined at every point"
        if attained.point is not None:
            best = figure(bound.objective, attained.best, scenario)
        rows.append(
            [
                limit_with_value(bound, scenario),
                _models_words(analysis, names, attained.models),
                *certain[k : k + 1],
                best,
                *(
                    "does not help" if w is None else limit_value(w.bound, scenario)
                    for w in relaxations[k : k + 1]
                ),
            ]
        )
    return heads, rows


def _models_words(analysis: Analysis, names: Names, models: Sequence[str]) -> str:
    """Words for some of the models: ``no model``, ``a only`` or ``3 of 11 models``."""
    if not models:
        return "no model"
    if len(models) == 1:
        return f"{names.model(models[0])} only"
    return f"{len(models)} of {len(analysis.models)} models"


def cheapest_lead(limits: Sequence[Bound]) -> str:
    """Beginning of the sentence about the cheapest point that meets the limits."""
    return f"Cheapest point that meets {'it' if len(limits) == 1 else 'all of them'}"


SET_LIMIT = "A limit that every choice must meet, such as a target of the revenue or a least recall"
"""Help of the button that leads to the limits."""
NEAREST_LEAD = "Nearest to meeting all limits"
"""Beginning of the sentence about the nearest point, if no point meets the limits."""


def missed_there(analysis: Analysis, nearest: OperatingPoint) -> str:
    """Sentence about the limits that the nearest point misses, with a leading space."""
    labels = [bound.objective.label for bound in broken_limits(analysis, nearest)]
    return f" Missed there: {joined(labels)}."


def _certified_models(analysis: Analysis, names: Names) -> tuple[str, ...]:
    """Models that are certified to meet each limit, or the rows that this would take; empty if unknown."""
    certification, models = certified(analysis), certified_models(analysis)
    if certification is None or models is None:
        return ()
    takes = needed_rows_sentences(certification, analysis.evaluation.tally)

    def words(models: tuple[str, ...] | None, needed: str) -> str:
        if models is None:
            return "no such limit can be"
        some = _models_words(analysis, names, models)
        return f"{some}. {needed}" if needed and not models else some

    return tuple(map(words, models, takes))


CERTIFIED_LEAD = "Cheapest that is certified"
"""Beginning of the sentence about the cheapest point at which the limits are certified."""


def certified_meaning(analysis: Analysis, *, is_explained: bool) -> str:
    """Sentences about the meaning of a certified point; empty if certification is unknown.

    Parameters
    ----------
    is_explained : bool
        Whether the page already explains what certified means.
    """
    result = certified(analysis)
    if result is None:
        return ""
    looks = announced_looks(analysis)
    sentences = [] if looks is None else [f"This is {look_words(looks)}."]
    if not is_explained:
        sentences.append(standing_help(Standing.CERTIFIED, result, looks))
    return " ".join(sentences)
