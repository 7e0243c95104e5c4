"""Words on the front and the ranking of models: names of marks, findings, keys, notes on how to read them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.front import FrontView, Mark, on_front
from dashboard.words.decide.compromises import FAIR
from dashboard.words.limits.limit_names import bound_clause, limit_noun
from dashboard.words.names import STAKEHOLDER_TITLES, Names
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import capital, joined
from metrics import Objective, Scenario
from metrics.errors import counted
from metrics.evaluation.objective import NO_CHECKS

EVERYONES_BEST = "everyone’s best"
"""Name of a point that every stakeholder would pick."""
MARK_WORDS = {"chosen": "chosen", "pinned": "pinned", "outside": "chosen, outside the picture"}
"""Names of the points that the reader can move."""


def mark_label(mark: Mark, scenario: Scenario) -> str:
    """Name of a mark on the front."""
    match mark.kind:
        case "pick":
            return ", ".join(STAKEHOLDER_TITLES[name] for name in mark.stakeholders)
        case "today":
            return NO_CHECKS if scenario.today is None else "today"
        case "beside":
            return "pinned"
        case "compromise":
            return FAIR.lower()
        case "chosen":
            return "chosen"


def names_of_marks(analysis: Analysis, marks: Sequence[Mark]) -> list[str]:
    """Name at each mark. Marks at the same place share a name, which is at the first of them."""
    by_place: dict[tuple[float, float], list[Mark]] = {}
    for mark in marks:
        by_place.setdefault((mark.x, mark.y), []).append(mark)
    names = [""] * len(marks)
    for at_place in by_place.values():
        names[marks.index(at_place[0])] = _name_of_all(analysis, at_place)
    return names


def _name_of_all(analysis: Analysis, marks: Sequence[Mark]) -> str:
    """Common name of marks at the same place.

    A point that every stakeholder would pick has one name for all, and is not also named the fair option.
    """
    labels = [mark_label(mark, analysis.scenario) for mark in marks]
    picks = [mark for mark in marks if mark.kind == "pick"]
    if all(any(_is_best_for(s, mark) for mark in picks) for s in analysis.stakeholders):
        labelled = zip(marks, labels, strict=True)
        labels = [label for mark, label in labelled if mark.kind not in ("pick", "compromise")]
        labels.insert(0, EVERYONES_BEST)
    return ", ".join(labels)


def _is_best_for(stakeholder: Stakeholder, mark: Mark) -> bool:
    """Whether a mark is the best for a stakeholder. A best model is best at every threshold."""
    best = stakeholder.pick
    if best is None or best.model != mark.model:
        return False
    return stakeholder.objective.of_model or best.threshold == mark.threshold


def away_words(mark: Mark, view: FrontView, scenario: Scenario) -> list[str]:
    """Names of a mark that is out of sight, for the horizontal and the vertical axis."""
    axes = (view.across, mark.x), (view.up, mark.y)
    return [f"{mark_label(mark, scenario)}, at {figure(o, value, scenario)}" for o, value in axes]


def front_sentence(analysis: Analysis, names: Names, view: FrontView) -> str:
    """Sentence about the models on the shortlist."""
    models = sorted(view.worth)
    if len(analysis.models) == 1:
        return f"{names.model(analysis.models[0])} is the only model"
    if len(models) != 1:
        return shortlist_words(analysis, view)
    return f"Only {names.model(models[0])} is worth discussing"


def shortlist_words(analysis: Analysis, view: FrontView) -> str:
    """Number of models on the shortlist."""
    everyone = len(analysis.models)
    if everyone == 1:
        return "The only model"
    count = len(view.worth)
    return f"{'All' if count == everyone else f'{count} of'} {everyone} models worth discussing"


def shortlist_note(analysis: Analysis, view: FrontView) -> str:
    """Sentence about the conditions of the shortlist; empty if all models on the front are on it."""
    if view.worth == on_front(view.points):
        return ""
    conditions = dict.fromkeys(s.bound for s in analysis.stakeholders if s.bound is not None)
    within = joined([bound_clause(bound, analysis.scenario) for bound in conditions])
    return f"Worth discussing, in colour: models with such a mark {within}."


def shades(analysis: Analysis, view: FrontView) -> tuple[tuple[str, str], ...]:
    """Names of the lines and shades of the front."""
    met = f"{limit_noun(analysis.limits)} met" if analysis.limits else ""
    return tuple(
        (shade, words)
        for shade, words, is_shown in (
            ("black", "best trade-offs", len(view.line) > 1),
            ("grey", "likely range", view.band is not None),
            ("blue", met, bool(analysis.limits)),
        )
        if is_shown
    )


def certified_note(view: FrontView) -> str:
    """Sentence about the mark of certified points; empty if there are none."""
    certified = None if view.acceptable is None else view.acceptable.certified
    return "" if certified is None or not certified.any() else "Thick: certified."


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


def front_notes(analysis: Analysis, view: FrontView) -> list[str]:
    """Notes on how to read the front."""
    notes = [
        "Best trade-offs: no point of any model is better on both axes. Coloured marks: no other point "
        "is as good for everyone. Thin lines: each model at all its thresholds; point at one.",
        shortlist_note(analysis, view),
    ]
    if view.band:
        notes.append("Grey: where the best trade-offs lie in 95% of simulations.")
    if analysis.limits:
        notes.append(
            f"Blue: {limit_noun(analysis.limits)} met in this file. {certified_note(view)}".rstrip()
        )
    if any(mark.kind == "compromise" for mark in view.marks):
        notes.append("Star: the fair option, the compromise with the smallest worst-case loss.")
    notes.append("Click a marker to choose it; a double click shows everything.")
    return [*filter(None, notes), *left_out_notes(analysis, view)]


def ranking_notes(objective: Objective) -> list[str]:
    """Notes on how to read the ranking of the models."""
    return [
        chooses_model_words(objective),
        "Lines: 95% intervals. Click a dot to choose its model.",
    ]


def chooses_model_words(objective: Objective) -> str:
    """Sentence about an objective that does not depend on the threshold."""
    return f"{capital(objective.label)} chooses a model, not a threshold."


def ranking_alt(o: Objective, finding: str) -> str:
    """Description of the ranking of the models, for a reader who does not see it."""
    return f"The models by {o.label}, the best first. {finding}."


def front_alt(view: FrontView, finding: str) -> str:
    """Description of the front, for a reader who does not see it."""
    return (
        f"{view.up.label} against {view.across.label} of every model at every threshold. {finding}."
    )
