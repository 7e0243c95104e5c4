"""A chart as a report shows it: its drawing under what it says, and what of it follows the reader's hand."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from dashboard.figures.svg_marks import harmless, marker
from dashboard.hand import Dots, Hand

MOST_NAMES = 24
"""Names of models that a page has room for below its chart."""


@dataclass(frozen=True)
class Picture:
    """A chart of the report.

    Attributes
    ----------
    title, finding, note : str
    svg : str
        Its drawing, in which every text was escaped.
    names : tuple of (color, symbol, name)
        What its markers stand for.
    dots : Dots or None
        What on it follows the reader's hand.
    hand : Hand or None
        The control below it.
    """

    title: str
    finding: str
    note: str
    svg: str
    names: tuple[tuple[str, str, str], ...]
    dots: Dots | None = None
    hand: Hand | None = None

    def markup(self) -> str:
        """Its part of the report."""
        note = f'<p class="quiet">{as_text(self.note)}</p>' if self.note else ""
        names = "".join(
            '<li><svg viewBox="-7 -7 14 14" aria-hidden="true">'
            f"{marker(symbol, 0, 0, 10, color, color, 0, 1)}</svg>{as_text(name)}</li>"
            for color, symbol, name in self.names[:MOST_NAMES]
        )
        more = len(self.names) - MOST_NAMES
        names += f"<li>and {more} more</li>" if more > 0 else ""
        listed = f'<ul class="names">{names}</ul>' if names else ""
        dots = "" if self.dots is None else self.dots.attribute()
        hand = "" if self.hand is None else self.hand.markup()
        return (
            f'<figure{dots}><h2>{as_text(self.title)}</h2><figcaption class="finding">{as_text(self.finding)}'
            f"</figcaption>{self.svg}{hand}{note}{listed}</figure>"
        )


def as_text(value: object) -> str:
    """A value as markup that says it and does nothing."""
    return escape(harmless(str(value)))
