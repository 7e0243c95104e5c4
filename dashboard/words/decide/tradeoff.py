"""Words on the trade-off chart, on the page and on paper: titles of curves, notes on how to read it."""

from __future__ import annotations

from dashboard.analysis.decide.tradeoff import intervals_within_limits, tradeoff_of
from dashboard.analysis.picked_points import cheapest_threshold
from dashboard.analysis.selection import Selection
from dashboard.words.decide.front import chooses_model_words
from dashboard.words.limits.limit_names import limit_noun
from dashboard.words.names import STAKEHOLDER_TITLES, Names, current_system, threshold_of


def tradeoff_notes(selection: Selection, names: Names, axis: str) -> list[str]:
    """Notes on how to read the trade-off."""
    analysis, curves = selection.analysis, tradeoff_of(selection, axis).curves
    bests = [curve.is_pick for curve in curves if curve.best is not None]
    current = current_system(analysis.scenario)
    limits = dict.fromkeys(limit_noun([line.bound]) for curve in curves for line in curve.limits)
    key = [
        "Ring: the best for this role." if any(bests) else "",
        "" if all(bests) else "Tick: this model’s best for this role.",
        f"Dashed: {current}.",
        *(f"Dashed in blue: {word}." for word in limits),
    ]
    bar = within_limits_words(selection, axis)
    if bar and intervals_within_limits(selection, axis):
        key.append(f"Bar in blue: {bar}.")
    key.append("Bands: 95% intervals.")
    return [
        " ".join(filter(None, key)),
        *(chooses_model_words(s.objective) for s in analysis.stakeholders if s.objective.of_model),
        f"{least_cost_sentence(selection, names)}.",
    ]


def least_cost_sentence(selection: Selection, names: Names) -> str:
    """Sentence about the threshold at which the errors of the selected model cost least."""
    analysis, model = selection.analysis, str(selection.point.model)
    threshold = cheapest_threshold(analysis, model)
    if threshold is None:
        return f"No threshold of {names.model(model)} flags some units and not all"
    return f"Errors cost least at {threshold_of(analysis.evaluation, model, threshold)}"


def within_limits_words(selection: Selection, axis: str) -> str:
    """Name of the bar along the axis of the trade-off; empty without limits.

    It is also empty if a reader set the lower threshold: then only the browser has the bar.
    """
    if not selection.analysis.limits or selection.point.lower is not None:
        return ""
    nowhere = "" if intervals_within_limits(selection, axis) else " nowhere"
    return f"{limit_noun(selection.analysis.limits)} met{nowhere} in this file"


def curve_title(stakeholder: str | None) -> str:
    """Title of a curve of the trade-off."""
    return "Errors" if stakeholder is None else STAKEHOLDER_TITLES[stakeholder]


def tradeoff_alt(model: str, least_cost: str) -> str:
    """Description of the trade-off of a model, for a reader who does not see it."""
    return f"The objectives of the stakeholders along the thresholds of {model}. {least_cost}."


TITLE = "Best trade-offs"
NO_THRESHOLD = "chooses no threshold"
TRADEOFF_SPOKEN = (
    "A unit is flagged where its score is at or above the threshold. Ring: the best for this stakeholder. "
    "Plus: this model’s best for this stakeholder. Thin lines: 95% intervals."
)
EDITABLE = "The chart can be edited. It leaves out points that lie on one another."
"""Notes for the speaker of a slide."""


def threshold_title(model: str) -> str:
    """Title of the curves of a model."""
    return f"Threshold: {model}"


def bar_note(bar: str) -> str:
    """Sentence about the bar along the axis of the curves; empty without a bar."""
    return f"Bar in blue: {bar}." if bar else ""
