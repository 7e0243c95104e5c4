"""Words for the two charts of Decide in reports and on slides: titles, captions, speaker notes."""

from __future__ import annotations

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
