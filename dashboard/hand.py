"""What of a report follows the reader's hand where scripts may run: the threshold, drawn and in words.

The report is whole without it. The script is the same in every report and named by its hash in the report's
policy; what it shows comes as text in attributes, which it never makes markup of.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from dashboard.figures.svg_marks import harmless

SCRIPT = Path(__file__).with_name("report.js")
Place = tuple[float, float] | None


@dataclass(frozen=True)
class Dots:
    """Where a point lies on a drawing at each of the thresholds.

    Attributes
    ----------
    places : sequence of sequence of (x, y) or None
        For each dot its place at each threshold, in the drawing's own pixels; None where it has none.
    upright : (top, bottom) or None
        Ends of the line through the dots; None draws none.
    """

    places: tuple[tuple[Place, ...], ...]
    upright: tuple[float, float] | None = None

    def attribute(self) -> str:
        """Markup of the attribute that carries it."""
        rounded = [
            [None if at is None else [round(at[0], 1), round(at[1], 1)] for at in dot]
            for dot in self.places
        ]
        text = json.dumps({"dots": rounded, "upright": self.upright}, separators=(",", ":"))
        return f' data-dots="{escape(text)}"'


@dataclass(frozen=True)
class Hand:
    """The thresholds that can be looked at.

    Attributes
    ----------
    words : sequence of str
        What each of them does, in words.
    chosen : int
        Position of the one that was decided on.
    """

    words: Sequence[str]
    chosen: int

    def markup(self) -> str:
        """The control; it is hidden until the script shows it."""
        said = escape(json.dumps([harmless(words) for words in self.words]))
        return (
            f'<div class="hand" data-words="{said}" hidden><label>Look along the thresholds '
            f'<input type="range" min="0" max="{len(self.words) - 1}" step="1" value="{self.chosen}" '
            'autocomplete="off"></label>'
            '<output></output> <button type="button" hidden>Back to the chosen one</button></div>'
        )


def script() -> tuple[str, str]:
    """The script, and how a policy names it."""
    text = SCRIPT.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"
