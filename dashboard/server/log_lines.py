"""Log lines that nobody else writes: what comes from a stranger is escaped and cut, and a flood is counted.

Streamlit and uvicorn log parts of what they are sent. A terminal would obey control characters in it, a line
break would begin a line that looks like the server's own, and megabytes would fill the disk.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from typing import Any

MOST_CHARACTERS, MOST_OF_TRACEBACK = 2_000, 8_000
"""Characters of a message, and of a traceback, that are logged."""
MOST_LINES, SECONDS = 30, 60.0
"""Lines that one place in the code may log within so many seconds."""
LOGGERS = ("streamlit", "uvicorn", "asyncio", "websockets", "starlette", "dashboard", "metrics")
"""Packages that log what the server is sent."""
# Control characters, line separators, signs that turn or hide text, and halves of characters.
_UNSAFE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\ufff9-\\ufffb]"
    "|[\\U000e0000-\\U000e0fff]"
)


def escaped(text: str, most: int = MOST_CHARACTERS) -> str:
    r"""Text as one line of a log: cut, and without a character that a terminal obeys or hides.

    Parameters
    ----------
    text : str
    most : int
        Characters that are kept; of what is longer the beginning and the end.

    Examples
    --------
    >>> escaped("all\n2026-11-30 ERROR all \x1b[31mred")
    'all\\n2026-11-30 ERROR all \\x1b[31mred'
    """
    return _safe(_cut(text, most)).replace("\n", "\\n")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} more … {text[-half:]}"


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class LogLine(logging.LogRecord):
    """A record whose message is one line, and whose traceback is indented below it."""

    def getMessage(self) -> str:  # the name is the library's
        """Message with its arguments, escaped and cut."""
        return escaped(super().getMessage().rstrip("\n"))

    @property
    def exc_text(self) -> str | None:
        """Traceback as it is logged."""
        return self._exc_text

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        # Indented, so that no line of an error's own words begins as the log's lines do.
        self._exc_text = text and _safe(_cut(text, MOST_OF_TRACEBACK)).replace("\n", "\n    ")


class Flood(logging.Filter):
    """Lets one place in the code log so many lines a minute, and then says how many it left out."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is logged."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        begun, count = self._lines.get(place, (now, 0))
        if now - begun >= SECONDS:
            if count > MOST_LINES:
                left = f"[{count - MOST_LINES:,} lines like this one were left out]"
                record.msg = f"{left} {record.msg}"
            begun, count = now, 0
        self._lines[place] = begun, count + 1
        return count < MOST_LINES


def guard(names: Iterable[str] = LOGGERS) -> None:
    """Have all log lines of this process escaped, and floods of these packages' loggers counted.

    Parameters
    ----------
    names : iterable of str
        Packages; those of their loggers that exist now are meant, which is why the server begins with it.
    """
    logging.setLogRecordFactory(LogLine)
    flood, packages = Flood(), set(names)
    known: dict[str, Any] = logging.root.manager.loggerDict
    for name in [*known]:
        if name.partition(".")[0] in packages:
            logging.getLogger(name).addFilter(flood)
