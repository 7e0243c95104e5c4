"""Safe log lines: text from clients is escaped and truncated, and floods of equal lines are limited.

Streamlit and uvicorn log parts of what clients send. A terminal would obey control characters in such text. A
line break could forge a line of the server. Megabytes would fill the disk.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable
from typing import Any

MOST_CHARACTERS, MOST_OF_TRACEBACK = 2_000, 8_000
"""Largest number of logged characters of a message, and of a traceback."""
MOST_LINES, SECONDS = 30, 60.0
"""Largest number of lines from one place in the code within a period, and its length in seconds."""
LOGGERS = ("streamlit", "uvicorn", "asyncio", "websockets", "starlette", "dashboard", "metrics")
"""Packages that log text from clients."""
# Control characters, line separators, characters that reverse or hide text, and halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e"
    "\\u2060-\\u206f\\ud800-\\udfff\\ufe00-\\ufe0f\\ufeff\\ufff9-\\ufffb]"
    "|[\\U000e0000-\\U000e0fff]"
)


def escaped(text: str) -> str:
    r"""Text as one log line: without its middle if it is long, with invisible characters escaped.

    Examples
    --------
    >>> escaped("all\n2026-11-30 ERROR all \x1b[31mred")
    'all\\n2026-11-30 ERROR all \\x1b[31mred'
    """
    return _safe(_cut(text, MOST_CHARACTERS)).replace("\n", "\\n")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} more … {text[-half:]}"


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class LogLine(logging.LogRecord):
    """Log record whose message is one line, with an indented traceback below it."""

    def getMessage(self) -> str:  # overrides the method of `logging`
        """Message with its arguments, escaped and truncated."""
        return escaped(super().getMessage().rstrip("\n"))

    @property
    def exc_text(self) -> str | None:
        """Traceback, escaped and truncated."""
        return self._exc_text

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        # The lines are indented, so that no line of an error message looks like a log line.
        self._exc_text = text and _safe(_cut(text, MOST_OF_TRACEBACK)).replace("\n", "\n    ")


class Flood(logging.Filter):
    """Filter that limits the lines per minute from one place in the code, and logs how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """True if a record is logged."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        start, count = self._lines.get(place, (now, 0))
        if now - start >= SECONDS:
            if count > MOST_LINES:
                left = f"[{count - MOST_LINES:,} lines like this one were left out]"
                record.msg = f"{left} {record.msg}"
            start, count = now, 0
        self._lines[place] = start, count + 1
        return count < MOST_LINES


def guard(names: Iterable[str] = LOGGERS) -> None:
    """Escape all log lines of this process, and limit floods from the loggers of some packages.

    Parameters
    ----------
    names : iterable of str
        Packages. Only their existing loggers are limited, so call this after the packages were imported.
    """
    logging.setLogRecordFactory(LogLine)
    flood, packages = Flood(), set(names)
    loggers: dict[str, Any] = logging.root.manager.loggerDict
    for name in [*loggers]:
        if name.partition(".")[0] in packages:
            logging.getLogger(name).addFilter(flood)
