"""Output to a terminal: safe text, and the progress of long commands."""

from __future__ import annotations

import re
import sys
import time
from types import TracebackType
from typing import IO, TYPE_CHECKING

from dashboard.data.progress import watched
from metrics.errors import CONTROLS, DIRECTION_MARKS, LINE_ENDS, SURROGATES, TEXT_DIRECTION_SIGNS

if TYPE_CHECKING:
    from metrics import Scores

PAUSE = 0.2
"""Seconds between two updates of the progress."""
_TAGS = "\U000e0000-\U000e007f"
# Characters that control a terminal, are invisible or cannot be encoded. Their numbers are written instead.
_UNSAFE = re.compile(
    f"[{CONTROLS}{DIRECTION_MARKS}{LINE_ENDS}{TEXT_DIRECTION_SIGNS}{SURROGATES}{_TAGS}]"
)


def say(text: str, *, end: str = "\n", file: IO[str] | None = None) -> None:
    """Write a line for a person; control characters in the text are escaped.

    Parameters
    ----------
    file : file, optional
        File to write to instead of standard output.
    """
    print(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text), end=end, file=file)


class Progress:
    """Line with the progress of passes over scores; it is shown only on a terminal.

    Parameters
    ----------
    to : file, optional
        Standard error by default; nothing is written if it is no terminal.

    Attributes
    ----------
    scores : Scores
        Scores to tally, whose passes report their progress.
    """

    def __init__(self, scores: Scores, to: IO[str] | None = None) -> None:
        self._out = sys.stderr if to is None else to
        self._source = scores
        self._shown = self._out.isatty()
        self.scores = watched(scores, self._begun, self._read) if self._shown else scores
        self._pass = self._rows = 0
        self._since = self._last = 0.0

    def _begun(self) -> None:
        self._pass += 1
        self._rows = 0
        self._since = self._last = time.monotonic()

    def _read(self, rows: int) -> None:
        self._rows += rows
        now = time.monotonic()
        if now - self._last < PAUSE:
            return
        self._last = now
        # Importing the words loads numba, whose cache folder must be set before.
        from dashboard.words.progress import pass_progress

        total = self._source.rows_claimed
        # Rows that fit in memory are read once. Otherwise there is a second pass, which counts.
        what = "reading" if self._pass == 1 else "counting"
        line = pass_progress(self._rows, total, now - self._since)
        self._out.write(f"\r\x1b[K{what}: {line}")
        self._out.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._out.write("\r\x1b[K")
            self._out.flush()
