"""Words for the comparison of the models: headlines about the limits and about the best model."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.models.best_points import (
    BestPoints,
    attainable_limits,
    comparing_stakeholder,
)
from dashboard.analysis.models.other_models import choosing_thresholds, nearest_to_limits
from dashboard.analysis.picked_points import best_of_each_model
from dashboard.analysis.points_table import point_of
from dashboard.analysis.selection import Selection
from dashboard.words.limits.certainty import met_in_simulations
from dashboard.words.limits.limit_names import (
    condition_clause,
    ignoring_limits,
    limit_noun,
    within_noun,
)
from dashboard.words.names import Names
from dashboard.words.phrases import MAY_BE_CHANCE, capital, joined
from metrics import OperatingPoint, Pick
from metrics.inference.certainty import NOT_KNOWN
from metrics.selection.ties import is_equal

MODEL_AGAINST_MODEL = "Model against model"
"""Title of the comparison."""
INTERVALS_OFF = "How sure the figures are is not shown: see More above."
ROWS_SEEN = (
    "The models were trained on these units, so nothing here shows which differences are real."
)
NO_PICK = "No model has a threshold that this stakeholder would pick."


def limits_headline(selection: Selection, names: Names, stakeholder: Stakeholder) -> str:
    """Headline about the only model that meets the limits, or that none does; empty if several do."""
    analysis = selection.analysis
    at = comparing_stakeholder(analysis, "cost") if stakeholder.objective.of_model else stakeholder
    able = [best for best in best_of_each_model(analysis, at, analysis.limits).values() if best]
    if not analysis.limits or len(able) > 1 or len(analysis.models) == 1:
        return ""
    who, sure = "no model", ""
    for best in able:
        who = f"only {names.model(best.model)}"
        # At the threshold that is compared with other models, which is not always the stakeholder's.
        by = choosing_thresholds(analysis, stakeholder)
        shown = best_of_each_model(analysis, by, analysis.limits)[best.model] or best
        sure = _how_sure(analysis, point_of(analysis.points_of(best.model), shown.row))
    met = f"In this file {who} meets the {limit_noun(analysis.limits)}"
    text = f"{met} {condition_clause(at, analysis.scenario)}".strip() + sure
    is_chosen = any(best.model == selection.point.model for best in able)
    if not is_chosen and able:
        return text
    nearest = nearest_to_limits(analysis, at, [best.model for best in able])
    if nearest is None:
        return text
    what = "it" if len(analysis.limits) == 1 else "them"
    return f"{text}; {names.model(str(nearest.model))} comes nearest to {what}{_how_sure(analysis, nearest)}"


def _how_sure(analysis: Analysis, point: OperatingPoint) -> str:
    """How often a point meets the limits on new data; empty if unknown.

    For example `` (on new data: met in 61% of simulations)``.
    """
    missed = (
        limits_missed(analysis, analysis.limits, point) if analysis.judges_chance else NOT_KNOWN
    )
    return "" if missed.is_unknown else f" (on new data: {met_in_simulations(missed)})"


def headline_words(
    selection: Selection, names: Names, stakeholder: Stakeholder, best_points: BestPoints
) -> tuple[str, str, str]:
    """Headline about the best model and the models that could be as good, all judged at once.

    The selected model is named if it is clearly behind.

    Returns
    -------
    (str, str, str)
        Condition; names of the best models, which the page emphasises; statement about them.
    """
    analysis, chosen = selection.analysis, str(selection.point.model)
    o, best = stakeholder.objective, best_points.picks[0]
    rest = list(zip(best_points.picks[1:], best_points.may_lead[1:], strict=True))
    tied_picks = [p for p, _ in rest if is_equal(p.value, best.value)]
    others = [p for p, same in rest if same and p not in tied_picks]

    def listed(picks: Sequence[Pick]) -> str:
        return joined([names.model(p.model) for p in picks])

    first = listed([best, *tied_picks])
    if not rest:
        return "", first, " is the only model"
    lead = ""
    if analysis.limits:
        # If no point meets the limits, the best points ignore them.
        is_within = attainable_limits(analysis, stakeholder)
        about_limits = within_noun if is_within else ignoring_limits
        lead = f"{capital(about_limits(analysis.limits))}, "
    text = f" tie on {o.label}" if tied_picks else f" has the {o.superlative} {o.label}"
    leading = [best, *tied_picks, *others]
    is_behind = chosen in {p.model for p in best_points.picks} - {p.model for p in leading}
    behind = f"; {names.model(chosen)} is clearly behind" if is_behind and others else ""
    if others:
        joint = ", and" if tied_picks else f", but that {MAY_BE_CHANCE}:"
        return lead, first, f"{text}{joint} {listed(others)} could be 1st, too{behind}"
    if len(tied_picks) < len(rest):
        text += ", clearly ahead of the others" if tied_picks else ", and that is clear"
    return lead, first, text
