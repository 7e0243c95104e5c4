"""Words for the two charts of Decide in reports and slides: titles, series, captions, speaker notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dashboard.analysis.decide.front import FrontView, RankingView
from dashboard.words.limit_names import LIMIT, TARGET
from dashboard.words.numbers import number
from dashboard.words.phrases import some

CHOSEN, CHOSEN_LINE, TODAY = "chosen", "chosen threshold", "today"
BEST, BEST_OF_MODEL = "best threshold", "this model’s best threshold"
LOWER, UPPER = "95 % interval, low", "95 % interval, high"
FRONT_LINE = "front of the two axes"
"""Names of the series that are no models."""
TITLE = "Best trade-offs"
X_TITLES = {"threshold": "threshold", "flagged": "share flagged", "recall": "recall"}
NO_THRESHOLD = "chooses no threshold"
EDITABLE = "The chart can be edited."


def threshold_title(model: str) -> str:
    """Title of the curves of a model."""
    return f"Threshold: {model}"


def bar_note(bar: str) -> str:
    """Sentence about the bar along the axis of the curves; empty without a bar."""
    return f"Bar in blue: {bar}." if bar else ""


def front_below(selected: str, pale: Sequence[str], beyond: Sequence[str]) -> str:
    """Caption of the front: meaning of lines without a name, and models that are out of sight.

    Parameters
    ----------
    selected : str
        Name of the selected model.
    pale, beyond : sequence of str
        Names of models that are not on the shortlist, and whose points lie beyond the axes.
    """
    sentences = [f"Thin line: {selected} at every threshold."]
    if pale:
        sentences.append(f"Pale: not worth discussing, {some(pale, 'models', most=7)}.")
    if beyond:
        sentences.append(f"On the front beyond the axes: {some(beyond, 'models', most=5)}.")
    return " ".join(sentences)


def front_notes(
    view: FrontView, finding: str, below: str, left_out: Sequence[str], thinned: int
) -> tuple[str, ...]:
    """Speaker notes on the front.

    Parameters
    ----------
    left_out : sequence of str
        Sentences about points that the front does not show.
    thinned : int
        Number of points that the series leave out.
    """
    notes = [
        f"{view.up.label} against {view.across.label} of every model at every threshold. {finding}.",
        "A filled point is beaten by no other for all three stakeholders; the line joins what none beats on "
        "the two axes. Named: the best for each stakeholder, the compromises, today's system and the chosen "
        "point.",
        below,
        *left_out,
        f"{EDITABLE} Points of the front that lie beyond the axes are in its data.",
    ]
    if thinned:
        notes.append(f"{number(thinned)} of the front's points are left out, evenly.")
    return tuple(notes)


def ranking_below(view: RankingView) -> str:
    """Caption of a ranking of the models."""
    return f"{view.objective.label.capitalize()} {NO_THRESHOLD}. Lines: 95 % intervals."


def ranking_notes(view: RankingView, finding: str) -> tuple[str, ...]:
    """Speaker notes on a ranking of the models."""
    return (
        f"The models by {view.objective.label}, the best first. {finding}.",
        "The larger marker is the chosen model's.",
        EDITABLE,
    )


def tradeoff_below(series: Collection[str], current: str, bar: str) -> str:
    """Caption of the curves: meaning of lines and marks.

    Parameters
    ----------
    series : collection of str
        Names of the series in the chart.
    current : str
        Name of the current system.
    bar : str
        Name of the bar along the axis; empty without a bar.
    """
    words = {
        CHOSEN: "Dot and upright line: the chosen threshold.",
        BEST: "Ring: the best for this stakeholder.",
        BEST_OF_MODEL: "Plus: this model’s best for this stakeholder.",
        TODAY: f"Dashed: {current}.",
        **{word: f"Dashed in blue: {word}." for word in (TARGET, LIMIT)},
        LOWER: "Thin lines: 95 % intervals.",
    }
    sentences = [text for name, text in words.items() if name in series]
    return " ".join(filter(None, [*sentences, bar_note(bar)]))


def tradeoff_notes(
    model: str, finding: str, further: str, below: str, most: int
) -> tuple[str, ...]:
    """Speaker notes on the curves.

    Parameters
    ----------
    further : str
        Sentences that follow the finding.
    most : int
        Largest number of thresholds of a curve.
    """
    return (
        f"The objectives of the three stakeholders along the thresholds of {model}. {finding}. {further}",
        f"A unit is flagged where its score is at or above the threshold. {below}",
        f"The charts can be edited; each curve holds at most {most} thresholds, evenly, with those that are "
        "marked among them.",
    )
