"""Words for the differences between models: headline, notes on the matrix, heads of its tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.models.gaps import Gaps
from dashboard.words.limit_names import aside_words, within_noun
from dashboard.words.names import Names
from dashboard.words.numbers import OF_SIMULATIONS, figure, span, tied, unit_noun, unit_period
from dashboard.words.phrases import bound_words, capital, joined
from dashboard.words.resampling import resampled_words
from metrics import Pick, Scenario
from metrics.inference.comparison import Gap
from metrics.inference.optimism import OptimismCorrected

PAIRS = "model against model"
"""Title of the comparison of all pairs."""
MATRIX_TITLE = "Each pair judged on its own"
MATRIX_KEY = (
    "Per cent of simulations in which the row’s model is better than the column’s. "
    "Shaded: may be chance."
)
SHADE_NOTE = (
    "Shaded: the 95% interval of the gap holds 0. Each pair is judged as if only these two had been tried. "
    "The headline asks for more than clear pairs: one of many is easily ahead by luck, so the best must be "
    "ahead if all are judged at once, too."
)
"""Explanation why the shade of a pair may differ from the headline."""
PAIR_HEADS = ("Against", "Gap", "95% of the gap", f"{OF_SIMULATIONS}, this pair alone")
"""Heads of the table of a model's gaps."""
TIE = "tie"
"""Mark of models with equal figures."""
EACH_OTHER, BELOW_IT = "each other model", "each model below it"
"""Words for the models that the best model, and any other model, is compared with."""
INTERVALS_OFF = "How sure the figures are is not shown: see More above."
ROWS_SEEN = (
    "The models were trained on these units, so nothing here shows which differences are real."
)
NO_PICK = "No model has a threshold that this stakeholder would pick."


def gaps_headline(
    analysis: Analysis, names: Names, stakeholder: Stakeholder, gaps: Gaps
) -> tuple[str, str, str]:
    """Headline about the best model and the models that could be as good, all judged at once.

    Returns
    -------
    (str, str, str)
        Condition; names of the best models, which the page emphasises; statement about them.
    """
    o, best = stakeholder.objective, gaps.picks[0]
    rest = list(zip(gaps.picks[1:], gaps.together[1:], strict=True))
    level = [p for p, _ in rest if tied(p.value, best.value)]
    others = [p for p, same in rest if same and p not in level]

    def listed(picks: Sequence[Pick]) -> str:
        return joined([names.model(p.model) for p in picks])

    first = listed([best, *level])
    if not rest:
        return "", first, " is the only model"
    lead = f"{capital(aside_words(analysis))}, " if analysis.limits else ""
    text = f" tie on {o.label}" if level else f" has the {o.superlative} {o.label}"
    if others:
        joint = ", and" if level else ", but that may be chance:"
        return lead, first, f"{text}{joint} {listed(others)} could be 1st, too"
    is_all_level = len(level) == len(rest)
    return lead, first, text if is_all_level else f"{text}, and that is clear"


def judgement_title(gaps: Gaps) -> str:
    """Title above the headline."""
    return "All models judged at once" if len(gaps.picks) > 2 else "The gap"


def better_count(gap: Gap) -> str:
    """Per cent of the simulations in which the first model of a pair is better."""
    return f"{100 * gap.better:.0f}"


def condition_sentences(
    analysis: Analysis, names: Names, stakeholder: Stakeholder, gaps: Gaps
) -> str:
    """Sentences about the condition of each model's best, and about the best within the limits."""
    o, own, bound = stakeholder.objective, stakeholder.pick, stakeholder.bound
    sentences = []
    within = "" if bound is None else f" {bound_words(bound, analysis.scenario)}"
    if within or not o.of_model:
        sentences.append(f"Each model{'' if o.of_model else ' at its best threshold'}{within}.")
    if analysis.limits and own is not None and own.value != gaps.picks[0].value:
        best = f"{names.model(own.model)}, {figure(o, own.value, analysis.scenario)}"
        sentences.append(f"Best {within_noun(analysis)}, as on Decide: {best}.")
    return " ".join(sentences)


def chosen_again_sentence(
    scenario: Scenario,
    stakeholder: Stakeholder,
    corrected: OptimismCorrected | None,
    interval: tuple[float, float] = (math.nan, math.nan),
) -> str:
    """Sentence about the best figure if it is chosen again on new data; empty if unknown or 0."""
    o, best = stakeholder.objective, stakeholder.pick
    if corrected is None or (best is not None and best.value == 0 and not o.signed):
        return ""
    written = figure(o, float(f"{corrected.value:.3g}"), scenario)
    value = f"{written} {unit_noun(o, scenario)}".rstrip()
    low, high = interval
    if not math.isnan(low + high):
        low, high = min(low, corrected.value), max(high, corrected.value)
        known = span(o, corrected.value, low, high, scenario)
        value += f" ({known})" if known else ""
    if unit_period(o, scenario) == "a year":
        return f"Chosen again on new data: about {value} a year."
    return f"Chosen again on as much new data: about {value}."


def single_model_sentence(analysis: Analysis) -> str:
    """Sentences for data with a single model: why there is no difference, and what to do."""
    if len(analysis.dataset.scores.models) == 1:
        why, act = "model is open", " Add another on the Data page."
    elif len(analysis.models) == 1:
        why, act = "model is shown", " Show another on the Data page."
    else:
        why, act = "model has a threshold that this stakeholder would pick", ""
    return f"Only one {why}, so there is no gap to judge.{act}"


OF_THRESHOLD = (
    "An interval allows for the threshold having been picked on these units; that of a pick also for its "
    "model’s being the best of many. Gaps are of thresholds as they stand."
)
"""Explanation of the intervals of the models' best figures."""


def gaps_note(scenario: Scenario, stakeholder: Stakeholder) -> str:
    """Explanation of the matrix."""
    choice = "" if stakeholder.objective.of_model else f" {OF_THRESHOLD}"
    return (
        "Each model at the threshold that this stakeholder would choose of it, which is held, on the same "
        f"{resampled_words(scenario)}; equal ones count half.{choice}"
    )
