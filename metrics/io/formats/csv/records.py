"""Records of delimited text, split and checked by the standard library's strict reader."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from itertools import islice

import numpy as np

from metrics.errors import ScoreError

MAX_RECORD = 32 << 20
"""Largest number of bytes of a record."""


# The csv module has one limit for the whole process, which must not be below that of a record.
csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_RECORD))


def csv_rows(text: str, delimiter: str, limit: int) -> list[list[str]]:
    """Return the first records of a text, at most ``limit``, without empty lines."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [*islice(filter(None, records), limit)]


def first_record(text: str, delimiter: str) -> tuple[list[str], int]:
    """Return the first record and the number of characters up to its end; no fields if there is none."""
    lines = io.StringIO(text, newline="")
    records = filter(None, csv.reader(lines, delimiter=delimiter))
    return next(records, []), lines.tell()


class RecordChecker:
    """Counts the records of delimited text, block by block, and rejects malformed records.

    Each record must have ``width`` fields, or any number if the width is 0. ``records`` counts the records so
    far.
    """

    def __init__(self, name: str, delimiter: str, width: int) -> None:
        self._name, self._delimiter, self._width = name, delimiter, width
        self._blank_lines = self._after_return = False
        self.records = 0

    def check(self, data: bytes, *, offset: int | None = None, final: bool = False) -> int:
        """Return the length of the complete records at the start of the text, and count them.

        The text begins with a record, at an ``offset`` in the file; `None` if the file's bytes are different
        (compressed or re-encoded). ``final`` means that no data follows. Raise ``E_WIDTH``, ``E_QUOTE``,
        ``E_NUL``; ``E_SCORE_NA`` for an empty line in a file of one column.
        """
        nul = data.find(b"\0")
        text = data if nul < 0 else data[:nul]
        end = len(text) if final or nul >= 0 else _end_of_lines(text)
        # A record that contains the NUL byte is incomplete.
        most_lines = (
            sys.maxsize if nul < 0 else len(_lines(text[: _end_of_lines(text)]).readlines())
        )
        # A line break may be split between two blocks.
        start = 1 if self._after_return and data.startswith(b"\n") else 0
        lines = _lines(text[start:end])
        complete, open_quote = self._count_records(lines, most_lines)
        if open_quote is not None:
            if final and nul < 0:
                raise self.unclosed_quote_error() from open_quote
            lines.seek(0)
            end = start + sum(map(len, islice(lines, complete)))
        if nul >= 0:
            position = "" if offset is None else f" at offset {offset + nul}"
            raise self._error(
                "E_NUL",
                f"text must hold no NUL byte, got one{position}",
                "The file is damaged or not text; write it again.",
            )
        self._after_return = text[:end].endswith(b"\r")
        return end

    def _count_records(self, lines: io.StringIO, most_lines: int) -> tuple[int, csv.Error | None]:
        """Count the records in at most some lines.

        Return the number of lines of the complete records, and the reader's error if a quote is still open
        after the last line.
        """
        is_exhausted = False

        def read() -> Iterator[str]:
            nonlocal is_exhausted
            yield from lines
            is_exhausted = True

        reader, complete = csv.reader(read(), delimiter=self._delimiter, strict=True), 0
        try:
            for record in reader:
                if reader.line_num > most_lines:
                    break
                self._count(record)
                complete = reader.line_num
        except csv.Error as error:
            if is_exhausted:
                return complete, error
            raise self._error(
                "E_QUOTE",
                "a closing quote must end its field, got more text behind it",
                "Double the quotes that are part of the text.",
            ) from error
        return complete, None

    def count_lines(self, data: bytes) -> int:
        """Return the length of the complete lines, and count the non-empty lines as records."""
        end = _end_of_lines(data)
        lines = data[:end]
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n\n" in lines or lines.startswith(b"\n"):
            lines = b"".join(line + b"\n" for line in lines.split(b"\n") if line)
        self.records += lines.count(b"\n")
        return end

    def _count(self, record: list[str]) -> None:
        """Count a record; the reader returns an empty line as a record without fields."""
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
            # In a file with one column an empty line would be a missing value.
            raise self._error(
                "E_SCORE_NA",
                "a file of one column must hold no empty line, got one before this row",
                "Fill in or remove the line.",
            )
        self.records += 1

    def unclosed_quote_error(self) -> ScoreError:
        """Return the error for a quote of the next record that is still open at the end."""
        return self._error(
            "E_QUOTE",
            "a quote that is opened must be closed, got the end of the file",
            "Close the quote, or double it where it is part of the text.",
        )

    def _error(self, code: str, message: str, hint: str) -> ScoreError:
        return ScoreError(code, message, file=self._name, row=self.records + 1, hint=hint)


def lines_are_records(data: bytes, delimiter: str) -> bool:
    """Whether each complete line is a record: every quote opens or closes a whole field within its line."""
    text = np.frombuffer(data[: _end_of_lines(data)], np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    breaks = np.flatnonzero((text == ord("\n")) | (text == ord("\r")))
    # Index -1 is the last line break, as before the first field.
    outside = text[np.append(quotes[::2] - 1, quotes[1::2] + 1)]
    is_open = np.searchsorted(quotes, breaks) % 2
    ends = [*f"{delimiter}\r\n".encode()]
    return bool(np.isin(outside, ends).all() and not is_open.any())


def _end_of_lines(text: bytes) -> int:
    """Return the offset after the last line break, or after the first half of a split line break."""
    return max(text.rfind(b"\n"), text.rfind(b"\r")) + 1


def _lines(text: bytes) -> io.StringIO:
    """Return lines to read; every byte is a character in Latin-1, and only ASCII characters are compared."""
    return io.StringIO(text.decode("latin-1"), newline="")
