"""Output to a terminal: safe text, and the progress of long commands."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from dashboard.data.progress import WatchedRows
from dashboard.safe_text import escaped

if TYPE_CHECKING:
    from metrics import Scores
    from metrics.io.countable_rows import CountableRows

PAUSE = 0.2
"""Seconds between two updates of the progress."""
_CLEAR = "\r\x1b[K"
"""Characters that empty the line of a terminal."""


def say(text: str, *, file: IO[str] | None = None) -> None:
    """Write a line for a person; unsafe characters in the text are escaped.

    Parameters
    ----------
    file : file, optional
        File to write to instead of standard output.
    """
    print(escaped(text), file=file)


@contextmanager
def shown_progress(scores: Scores, to: IO[str] | None = None) -> Iterator[CountableRows]:
    """Show the progress of passes over scores in one line, if the output is a terminal.

    Parameters
    ----------
    to : file, optional
        Standard error by default.

    Yields
    ------
    CountableRows
        Rows to read instead, whose passes report their progress.
    """
    out = sys.stderr if to is None else to
    if not out.isatty():
        yield scores
        return
    # Importing the words loads numba, whose cache folder must be set before.
    from dashboard.words.progress import pass_progress

    passes = rows = 0
    since = last = 0.0

    def begin_pass() -> None:
        nonlocal passes, rows, since, last
        passes, rows = passes + 1, 0
        since = last = time.monotonic()

    def add_rows(count: int) -> None:
        nonlocal rows, last
        rows += count
        now = time.monotonic()
        if now - last < PAUSE:
            return
        last = now
        # Rows that fit in memory are read once. Otherwise there is a second pass, which counts.
        what = "reading" if passes == 1 else "counting"
        line = pass_progress(rows, scores.rows_claimed, now - since)
        print(f"{_CLEAR}{what}: {line}", end="", file=out, flush=True)

    try:
        yield WatchedRows(scores, begin_pass, add_rows)
    finally:
        print(_CLEAR, end="", file=out, flush=True)
