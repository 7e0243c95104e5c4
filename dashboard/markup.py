"""Text made safe for a page, and its small marks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.figures.palette import SHAPES, ModelStyle, Palette
from dashboard.words.safe_text import one_line, one_way


@cache
def templates(folder: Path, harmless: Callable[[str], str]) -> Environment:
    """The templates of a folder, in which every value is escaped and every text made harmless."""

    def finalize(value: object) -> object:
        return value if hasattr(value, "__html__") else harmless(str(value))

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def swatch(style: ModelStyle, palette: Palette) -> str:
    """Colour, on paper too, and shape of a model, as a character: Streamlit takes drawings out of markup."""
    return (
        f'<span class="cg-swatch" style="color:{style.color(palette)};--cg-ink:{style.light}" '
        f'aria-hidden="true">{SHAPES[style.symbol]}</span>'
    )


def escaped(text: object) -> str:
    """Any text, harmless inside markup."""
    return html.escape(one_way(text))


def small(words: str) -> str:
    """What stands below a figure in a table's cell, such as its interval; or nothing."""
    return f'<br><span class="cg-small">{escaped(words)}</span>' if words else ""


_LINKED = re.compile(r"https?:(?=//)|www(?=\.)|@(?=[-\w])|:(?=[-+\w])", re.IGNORECASE)


_MARKED = re.compile(r"[\\`*\[\]<>~$&]|(?<![^\W_])_|_(?![^\W_])|^[#+=-]|^(?P<count>\d+)(?=[.)])")


def plain(text: object) -> str:
    """Any text, to be read as it stands where Streamlit reads Markdown: labels, titles, messages.

    Notes
    -----
    An address becomes a link, and a word between colons a picture, only after the Markdown was read: no
    backslash keeps it from that. An invisible word joiner does.
    """
    joined = _LINKED.sub("\\g<0>\N{WORD JOINER}", one_line(text))
    return _MARKED.sub(
        lambda mark: f"{mark['count'] or ''}\\{'' if mark['count'] else mark[0]}", joined
    )
