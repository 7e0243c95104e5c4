"""Safe log lines: text from clients is escaped and truncated, and floods of equal lines are limited.

Streamlit and uvicorn log parts of what clients send. A terminal would obey control characters in such text. A
line break could forge a line of the server. Megabytes would fill the disk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from dashboard.safe_text import escaped

MOST_CHARACTERS, MOST_OF_TRACEBACK = 2_000, 8_000
"""Largest number of logged characters of a message, and of a traceback."""
MOST_LINES, SECONDS = 30, 60.0
"""Largest number of lines from one place in the code within a period, and its length in seconds."""
LOGGERS = ("streamlit", "uvicorn", "asyncio", "websockets", "starlette", "dashboard", "metrics")
"""Packages that log text from clients."""


def shortened(text: str, most: int) -> str:
    """Text without its middle if it is long."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} more … {text[-half:]}"


class LogLine(logging.LogRecord):
    """Log record whose message is one line, with an indented traceback below it."""

    def getMessage(self) -> str:  # overrides the method of `logging`
        """Message with its arguments, escaped and truncated."""
        return escaped(shortened(super().getMessage().rstrip("\n"), MOST_CHARACTERS))

    @property
    def exc_text(self) -> str | None:
        """Traceback, escaped and truncated."""
        return self._exc_text

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        # The lines are indented, so that no line of an error message looks like a log line.
        if text:
            text = "\n    ".join(map(escaped, shortened(text, MOST_OF_TRACEBACK).split("\n")))
        self._exc_text = text


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
