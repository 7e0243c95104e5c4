"""A chart of the report as a drawing of its own (SVG), with its title, its names and what it is of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape

from dashboard.figures.look import FONT, LIGHT
from dashboard.figures.svg_marks import harmless, marker, number, text_element
from dashboard.picture import Picture

EDGE, LINE = 16, 17
_LETTER = 0.52
"""Mean width of a letter as a share of its size."""


def alone(picture: Picture, width: int, height: int, foot: str) -> str:
    """Draw a picture with all that stands around it.

    Parameters
    ----------
    picture : Picture
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
    out: list[str] = []
    if not picture.names:
        return out, top
    left, top = float(EDGE), top + LINE
    for color, symbol, name in picture.names:
        shown = textwrap.shorten(harmless(name), 60, placeholder="…")
        wide = 26 + 12 * _LETTER * len(shown)
        if left + wide > width + EDGE and left > EDGE:
            left, top = float(EDGE), top + LINE
        out.append(marker(symbol, left + 6, top - 4, 9, color, color, 0, 1))
        out.append(_text(shown, left + 16, top, 12, LIGHT.ink))
        left += wide
    return out, top


def _wrapped(text: str, size: float, width: int) -> Iterator[str]:
    yield from textwrap.wrap(harmless(text), int(width / (size * _LETTER)))


def _text(text: str, x: float, y: float, size: float, color: str, *, bold: bool = False) -> str:
    marked = f"<b>{_escaped(text)}</b>" if bold else _escaped(text)
    return text_element(marked, x, y, color, size=size)


def _escaped(text: str) -> str:
    return escape(harmless(text))
