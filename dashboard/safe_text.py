"""Text from strangers made safe: without unsafe characters, in one line, or with these characters escaped."""

from __future__ import annotations

import re

# Kinds of characters, each for a class of a regular expression.
CONTROLS = "\x00-\x1f\x7f-\x9f"
"""Characters that start a line, move the cursor or colour the text."""
LINE_ENDS = "\u2028\u2029"
TEXT_DIRECTION_SIGNS = "\u202a-\u202e\u2066-\u2069"
"""Characters that change the text direction of everything after them."""
DIRECTION_MARKS = "\u061c\u200e\u200f"
"""Characters that change the text direction at their position."""
SURROGATES = "\ud800-\udfff"
"""Halves of a surrogate pair, which cannot be encoded."""

_DIRECTION_SIGNS = re.compile(f"[{TEXT_DIRECTION_SIGNS}]")
_UNSEEN = re.compile(f"[{CONTROLS}{LINE_ENDS}{TEXT_DIRECTION_SIGNS}\ufffe\uffff]")
"""Characters that are not drawn, or that change the direction of the following text."""
_UNSAFE = re.compile(
    f"[{CONTROLS}{LINE_ENDS}{TEXT_DIRECTION_SIGNS}{DIRECTION_MARKS}{SURROGATES}\xad\u180e\u200b-\u200d"
    "\u2060-\u2065\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Characters that a terminal obeys, does not show or cannot encode."""
_UNNAMEABLE = re.compile(f"[{CONTROLS}{SURROGATES}]")


def escaped(text: str) -> str:
    r"""Text for a terminal or a log, with the code points of unsafe characters.

    Examples
    --------
    >>> escaped("all\n2026-11-30 ERROR all \x1b[31mred")
    'all\\u000a2026-11-30 ERROR all \\u001b[31mred'
    >>> escaped("a\N{LANGUAGE TAG}")
    'a\\U000e0001'
    """
    return _UNSAFE.sub(lambda found: _escape(ord(found[0])), text)


def _escape(code_point: int) -> str:
    return f"\\u{code_point:04x}" if code_point <= 0xFFFF else f"\\U{code_point:08x}"


def nameable(text: str) -> str:
    """Text without characters that the name of a file must not have."""
    return _UNNAMEABLE.sub("", text)


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
