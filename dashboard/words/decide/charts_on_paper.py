"""Words for the two charts of Decide in reports and slides: titles, series, captions, speaker notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dashboard.analysis.decide.front import RankingView
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


def editable_note(left_out: int = 0, most: int = 0) -> str:
    """Sentences about editing a chart, and about what its data leave out.

    Parameters
    ----------
    left_out : int
        Number of points of the front that are left out.
    most : int
        Largest number of thresholds of a curve; 0 for a chart without curves.
    """
    note = "The chart can be edited."
    if most:
        note = f"The charts can be edited; each curve holds at most {most} thresholds, evenly."
    if left_out:
        note += f" {number(left_out)} of the front's points are left out, evenly."
    return note


def ranking_below(view: RankingView) -> str:
    """Caption of a ranking of the models."""
    return f"{view.objective.label.capitalize()} {NO_THRESHOLD}. Lines: 95 % intervals."


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
