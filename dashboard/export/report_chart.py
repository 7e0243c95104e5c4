"""A chart of the report: its drawing under what it says, in the report or as a file of its own (SVG).

Where scripts may run, the threshold follows the reader's hand, drawn and in words; the report is whole
without. The script is the same in every report and named by its hash in the report's policy; what it shows
comes as text in attributes, which it never makes markup of.
"""

from __future__ import annotations

import base64
import hashlib
import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from dashboard.export.plotly_to_svg import harmless, marker, number, text_element
from dashboard.figures.palette import FONT, LIGHT

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

    def as_json(self) -> str:
        """What the script reads."""
        rounded = [
            [None if at is None else [round(at[0], 1), round(at[1], 1)] for at in dot]
            for dot in self.places
        ]
        return json.dumps({"dots": rounded, "upright": self.upright}, separators=(",", ":"))


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

    def as_json(self) -> str:
        """The words, as the script reads them."""
        return json.dumps([harmless(words) for words in self.words])


def script() -> tuple[str, str]:
    """The script, and how a policy names it."""
    text = SCRIPT.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"


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


EDGE, LINE = 16, 17


_LETTER = 0.52
"""Mean width of a letter as a share of its size."""


def alone(picture: Picture, width: int, height: int, foot: str) -> str:
    """Draw a picture with all that stands around it.

    Parameters
    ----------
    width, height : int
        Of its chart.
    foot : str
        What it is of, and whether anybody has decided on it.

    Returns
    -------
    str
        An SVG file that fetches nothing. Every text in it is escaped.
    """
    body: list[str] = []
    top = float(EDGE)
    for text, size, color, bold in (
        (picture.title, 15, LIGHT.ink, True),
        (picture.finding, 13, LIGHT.ink, False),
    ):
        for line in _wrapped(text, size, width):
            top += 1.3 * size
            body.append(_text(line, EDGE, top, size, color, bold=bold))
    top += 10
    body.append(
        picture.svg.replace(
            "<svg ", f'<svg x="{EDGE}" y="{number(top)}" width="{width}" height="{height}" ', 1
        )
    )
    top += height + 6
    names, top = _names(picture, width, top)
    body += names
    for text in (picture.note, foot):
        for line in _wrapped(text, 11, width):
            top += LINE
            body.append(_text(line, EDGE, top, 11, LIGHT.muted))
    wide, high = width + 2 * EDGE, round(top + EDGE)
    alt = _escaped(f"{picture.title}. {picture.finding}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" role="img" aria-label="{alt}" '
        f'font-family="{_escaped(FONT)}" font-size="12">'
        f'<rect width="{wide}" height="{high}" fill="{LIGHT.paper}"/>{"".join(body)}</svg>\n'
    )


def _names(picture: Picture, width: int, top: float) -> tuple[list[str], float]:
    """What the markers stand for, in rows, and where those end."""
    lines: list[str] = []
    if not picture.names:
        return lines, top
    left, top = float(EDGE), top + LINE
    for color, symbol, name in picture.names:
        shown = textwrap.shorten(harmless(name), 60, placeholder="…")
        wide = 26 + 12 * _LETTER * len(shown)
        if left + wide > width + EDGE and left > EDGE:
            left, top = float(EDGE), top + LINE
        lines.append(marker(symbol, left + 6, top - 4, 9, color, color, 0, 1))
        lines.append(_text(shown, left + 16, top, 12, LIGHT.ink))
        left += wide
    return lines, top


def _wrapped(text: str, size: float, width: int) -> Iterator[str]:
    yield from textwrap.wrap(harmless(text), int(width / (size * _LETTER)))


def _text(text: str, x: float, y: float, size: float, color: str, *, bold: bool = False) -> str:
    marked = f"<b>{_escaped(text)}</b>" if bold else _escaped(text)
    return text_element(marked, x, y, color, size=size)


def _escaped(text: str) -> str:
    return escape(harmless(text))
