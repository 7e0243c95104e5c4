"""Text made safe for HTML templates and for Streamlit's Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard.safe_text import one_line


@cache
def templates(folder: Path, harmless: Callable[[str], str]) -> Environment:
    """Jinja environment for the templates of a folder. Every value is escaped and made harmless.

    Parameters
    ----------
    harmless : callable
        Function that removes dangerous characters from a text.
    """

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


_LINKED = re.compile(r"https?:(?=//)|www(?=\.)|@(?=[-\w])|:(?=[-+\w])", re.IGNORECASE)


_MARKED = re.compile(r"[\\`*\[\]<>~$&]|(?<![^\W_])_|_(?![^\W_])|^[#+=-]|^(?P<count>\d+)(?=[.)])")


def plain(text: object) -> str:
    """Escape text so that Streamlit shows it as it is, in labels, titles and messages that read Markdown.

    Notes
    -----
    Streamlit turns addresses into links and words between colons into pictures after it has read the
    Markdown, in spite of backslashes. An invisible word joiner prevents this.
    """
    joined = _LINKED.sub("\\g<0>\N{WORD JOINER}", one_line(text))
    return _MARKED.sub(
        lambda mark: f"{mark['count'] or ''}\\{'' if mark['count'] else mark[0]}", joined
    )
