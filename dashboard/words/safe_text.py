"""Text from files and readers made harmless: without Unicode direction marks and without line breaks."""

from __future__ import annotations

import re

from metrics.errors import CONTROLS, LINE_ENDS, TEXT_DIRECTION_SIGNS

_DIRECTION_SIGNS = re.compile(f"[{TEXT_DIRECTION_SIGNS}]")
_UNSEEN = re.compile(f"[{CONTROLS}{LINE_ENDS}{TEXT_DIRECTION_SIGNS}\ufffe\uffff]")
"""Characters that are not drawn, or that change the direction of the following text."""


def one_way(text: object) -> str:
    """Text without characters that change the direction of the text after them."""
    return _DIRECTION_SIGNS.sub("\N{REPLACEMENT CHARACTER}", str(text))


def one_line(text: object) -> str:
    """Text in one line, for the options of a select box, which Streamlit shows unchanged."""
    return " ".join(one_way(text).split())


def printable(text: str) -> str:
    """Text without control and direction characters; any white space becomes a space."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"\s", " ", text))


def harmless(text: str) -> str:
    """Text without control and direction characters; white space becomes single spaces."""
    return printable(" ".join(text.split()))
