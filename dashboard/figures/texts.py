"""Texts on Plotly figures: their size, bold parts, hover texts and shortened names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

LETTER, LINE = 6.0, 16
"""Average width of a letter and height of a line in pixels, at the usual size of 12."""


def bold(text: str) -> str:
    """Escape a text and make it bold."""
    return f"<b>{html.escape(text)}</b>"


def hover_lines(title: str, *lines: str) -> str:
    """Text beside the pointer: a bold title, and lines below it."""
    return "<br>".join([bold(title), *map(html.escape, lines)])


def bold_parts(text: str) -> Iterator[tuple[str, bool]]:
    """Unescaped parts of a text, and whether each is bold."""
    for k, part in enumerate(re.split("</?b>", text)):
        if part:
            yield html.unescape(part), k % 2 == 1


LETTERS = 24
"""Largest number of letters of a name beside a mark or an axis."""


def shortened(name: str, most: int = LETTERS) -> str:
    """Long name without its middle, because versions of a model differ at the ends of their names."""
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - 1 - tail]}…{name[len(name) - tail :]}"
