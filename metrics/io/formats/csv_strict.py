"""The standard library's strict reader as a second opinion on delimited text.

CSV parsers disagree on stray quotes, NUL bytes and short rows, and some say nothing. Where text holds a
quote, or one column, Arrow must find as many records as the strict reader, which stops at the first byte that
has more than one reading.
"""

from __future__ import annotations

import csv
import io
import sys
import threading
from collections.abc import Iterator
from itertools import islice

from metrics.errors import ScoreError

MAX_RECORD = 32 << 20
"""Bytes of a record, at most."""


class Referee:
    """Counts the records of delimited text, block by block, and refuses what is none.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    delimiter : str
    width : int
        Fields that each record must have; 0: any number.

    Attributes
    ----------
    records : int
        Those so far.
    """

    def __init__(self, name: str, delimiter: str, width: int) -> None:
        self._name, self._delimiter, self._width = name, delimiter, width
        self._blank_lines = self._after_return = False
        self.records = 0

    def judge(self, data: bytes, *, offset: int | None = None, final: bool = False) -> int:
        """Return the length of the complete records that the text begins with, and count them.

        Parameters
        ----------
        data : bytes
            Begins with a record.
        offset : int or None
            Bytes of the file before these; None where the file's bytes are others.
        final : bool
            Nothing follows.

        Raises
        ------
        ScoreError
            ``E_WIDTH``, ``E_QUOTE``, ``E_NUL``; ``E_SCORE_NA`` for an empty line in a file of one column.
        """
        nul = data.find(b"\0")
        text = data if nul < 0 else data[:nul]
        end = len(text) if final or nul >= 0 else end_of_lines(text)
        # Where a byte stops the text, what it stands in is no record yet.
        breaks = text[: end_of_lines(text)].decode("latin-1") if nul >= 0 else None
        most = sys.maxsize if breaks is None else sum(1 for _ in io.StringIO(breaks, newline=""))
        # A line break may be cut in two.
        start = 1 if self._after_return and data.startswith(b"\n") else 0
        # As Latin-1, in which every byte is a character: what is compared is ASCII.
        text_lines = io.StringIO(text[start:end].decode("latin-1"), newline="")
        exhausted = False

        def lines() -> Iterator[str]:
            nonlocal exhausted
            yield from text_lines
            exhausted = True

        reader = csv.reader(lines(), delimiter=self._delimiter, strict=True)
        complete = 0
        try:
            with _LONG_FIELDS:
                for record in reader:
                    if reader.line_num > most:
                        break
                    self._count(record)
                    complete = reader.line_num
        except csv.Error as error:
            if not exhausted:
                raise self._error(
                    "E_QUOTE",
                    "a closing quote must end its field, got more text behind it",
                    "Double the quotes that are part of the text.",
                ) from error
            if final and nul < 0:
                raise self.unclosed() from error
            text_lines.seek(0)
            end = start + sum(map(len, islice(text_lines, complete)))
        if nul >= 0:
            where = "" if offset is None else f" at offset {offset + nul}"
            raise self._error(
                "E_NUL",
                f"text must hold no NUL byte, got one{where}",
                "The file is damaged or not text; write it again.",
            )
        self._after_return = text[:end].endswith(b"\r")
        return end

    def count_lines(self, data: bytes) -> int:
        """Return the length of the complete lines, and count those that are not empty as records."""
        end = end_of_lines(data)
        lines = data[:end]
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n\n" in lines or lines.startswith(b"\n"):
            lines = b"".join(line + b"\n" for line in lines.split(b"\n") if line)
        self.records += lines.count(b"\n")
        return end

    def _count(self, record: list[str]) -> None:
        """Take in a record; the reader gives an empty line as one without fields."""
        if not record:
            self._blank_lines = True
            return
        if self._width and len(record) != self._width:
            raise self._error(
                "E_WIDTH",
                f"a row must have as many fields as the header ({self._width}), got {len(record)}",
                "Quote fields that contain the delimiter, or write the file again.",
            )
        if self._width == 1 and self._blank_lines and self.records:
            # In a file of one column an empty line would be a missing value.
            raise self._error(
                "E_SCORE_NA",
                "a file of one column must hold no empty line, got one before this row",
                "Fill in or remove the line.",
            )
        self.records += 1

    def unclosed(self) -> ScoreError:
        """Return the error for a quote of the next record that is still open at the end."""
        return self._error(
            "E_QUOTE",
            "a quote that is opened must be closed, got the end of the file",
            "Close the quote, or double it where it is part of the text.",
        )

    def _error(self, code: str, message: str, hint: str) -> ScoreError:
        return ScoreError(code, message, file=self._name, row=self.records + 1, hint=hint)


def end_of_lines(text: bytes) -> int:
    """Return the offset behind the last line break, or behind the first half of one that is cut in two."""
    return max(text.rfind(b"\n"), text.rfind(b"\r")) + 1


class _FieldSizeLimit:
    """Lets the csv module read long fields while a block runs: its limit is one for the whole process."""

    def __init__(self, limit: int) -> None:
        self._limit, self._before, self._readers = limit, 0, 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if not self._readers:
                self._before = csv.field_size_limit(self._limit)
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._readers -= 1
            if not self._readers:
                csv.field_size_limit(self._before)


_LONG_FIELDS = _FieldSizeLimit(2 * MAX_RECORD)
