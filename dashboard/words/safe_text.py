"""Text from files and readers made harmless: without Unicode direction marks and without line breaks."""

from __future__ import annotations

import re

from metrics.errors import TURNS

_TURNS = re.compile(f"[{TURNS}]")


def one_way(text: object) -> str:
    """Text without characters that change the direction of the text after them."""
    return _TURNS.sub("\N{REPLACEMENT CHARACTER}", str(text))


def one_line(text: object) -> str:
    """Text in one line, for the options of a select box, which Streamlit shows unchanged."""
    return " ".join(one_way(text).split())
