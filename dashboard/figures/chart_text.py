"""Texts of charts: their size, and Plotly's markup, which supports bold parts and line breaks."""

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
