"""Sentences and names on the front and on the trade-off."""

from __future__ import annotations

import math

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.front import FrontView, Mark, line_of, on_front, ties_with
from dashboard.analysis.decide.tradeoff import LeastCost, intervals_within_limits
from dashboard.analysis.scenario_figures import NO_CHECKS
from dashboard.analysis.selection import Selection
from dashboard.words.decide.alternatives import FAIR
from dashboard.words.limit_names import limit_noun
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers import ends, figure, unit_period
from dashboard.words.phrases import bound_words, joined, some
from metrics import OBJECTIVES, Scenario
from metrics.errors import counted


def mark_label(mark: Mark, scenario: Scenario) -> str:
    """Name of a mark on the front."""
    match mark.kind:
        case "pick":
            return ", ".join(mark.titles)
        case "today":
            return NO_CHECKS if scenario.today is None else "today"
        case "beside":
            return "pinned"
        case "compromise":
            return FAIR.lower()
        case "chosen":
            return "chosen"


def front_sentence(analysis: Analysis, names: Names, view: FrontView) -> str:
    """Sentence about the models on the shortlist."""
    models = sorted(view.worth)
    if analysis.points["model"].nunique() == 1:
        return f"{names.model(str(analysis.points['model'].iloc[0]))} is the only model"
    if len(models) != 1:
        return shortlist_words(analysis, view)
    level, apart = ties_with(analysis, models[0])
    if level:
        tied = some([names.model(m) for m in (models[0], *level)], "models")
        return f"{tied} tie but for {joined([o.label for o in apart])}"
    return f"Only {names.model(models[0])} is worth discussing"


def shortlist_words(analysis: Analysis, view: FrontView) -> str:
    """Number of models on the shortlist."""
    everyone = analysis.points["model"].nunique()
    if everyone == 1:
        return "The only model"
    count = len(view.worth) + len(view.level)
    among = f"{'All' if count == everyone else f'{count} of'} {everyone} models"
    return f"{among} tie" if view.level else f"{among} worth discussing"


def shortlist_note(analysis: Analysis, view: FrontView) -> str:
    """Sentence about the conditions of the shortlist; empty if all models on the front are on it."""
    if view.worth == on_front(view.points):
        return ""
    conditions = dict.fromkeys(s.bound for s in analysis.stakeholders if s.bound is not None)
    within = joined([bound_words(bound, analysis.scenario) for bound in conditions])
    return f"Worth discussing, in colour: models with such a mark {within}."


def shades(analysis: Analysis, view: FrontView) -> tuple[tuple[str, str], ...]:
    """Names of the lines and shades of the front."""
    met = f"{limit_noun(analysis)} met" if analysis.limits else ""
    return tuple(
        (shade, words)
        for shade, words, is_shown in (
            ("black", "best trade-offs", len(line_of(view)) > 1),
            ("grey", "likely range", view.band is not None),
            ("blue", met, bool(analysis.limits)),
            ("dotted", "without inspectors", view.alone is not None),
        )
        if is_shown
    )


def certified_note(view: FrontView) -> str:
    """Sentence about the mark of certified points; empty if there are none."""
    known = None if view.acceptable is None else view.acceptable.certified
    return "" if known is None or not known.any() else "Thick: certified."


def left_out_notes(analysis: Analysis, view: FrontView) -> tuple[str, ...]:
    """Sentences about points that the front does not show."""
    notes = []
    if view.undefined:
        points = counted(view.undefined, "point")
        notes.append(f"{points} left out where an objective is undefined.")
    if not any(mark.kind == "today" for mark in view.marks):
        missing = next(
            o.label for o in (view.across, view.up) if np.isnan(analysis.current.figures[o.id])
        )
        notes.append(f"Today has no {missing} to be drawn at.")
    return tuple(notes)


def within_limits_words(selection: Selection, axis: str) -> str:
    """Name of the bar along the axis of the trade-off; empty without limits.

    It is also empty if the inspected band was set by hand: then only the browser knows the bar.
    """
    if not selection.analysis.limits or selection.point.lower is not None:
        return ""
    nowhere = "" if intervals_within_limits(selection, axis) else " nowhere"
    return f"{limit_noun(selection.analysis)} met{nowhere}"


def curve_title(stakeholder: str | None) -> str:
    """Title of a curve of the trade-off."""
    return "Errors" if stakeholder is None else stakeholder


def least_cost_sentence(selection: Selection, names: Names, best: LeastCost | None) -> str:
    """Sentence about the threshold at which the errors of the selected model cost least."""
    model = str(selection.point.model)
    if best is None:
        return f"No threshold of {names.model(model)} flags some units and not all"
    return f"Errors cost least at {threshold_of(selection.analysis.figures, model, best.threshold)}"


def least_cost_figure(scenario: Scenario, best: LeastCost | None) -> str:
    """Sentence about the least cost of errors; empty if there is none."""
    if best is None:
        return ""
    o = OBJECTIVES["cost_of_errors"]
    words = f"Cost of errors there, in false alarms: {figure(o, best.cost, scenario)}"
    period = unit_period(o, scenario)
    words += f" {period}" if period else ""
    interval = ends(o, best.cost, *best.interval, scenario)
    return words + (f" ({interval} on new data)." if interval else ".")


def implied_threshold_note(best: LeastCost | None) -> str:
    """Sentence about the threshold that the probabilities imply; empty for a ranking."""
    if best is None or math.isnan(best.implied_threshold):
        return ""
    advice = ": look at its calibration" if best.is_far_from_implied else ""
    return f"Its probabilities alone would say {best.implied_threshold:.3g}{advice}."
