"""Header of delimited text: the delimiter, the column names as written, and where the data begins."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import NamedTuple

from metrics.errors import ScoreError, shown
from metrics.io.formats.cells import NUMBER
from metrics.io.formats.csv.records import csv_rows, first_record

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""Delimiters that are detected, with their names."""
_CHECKED_ROWS = 20
"""Number of first rows that must have equal widths."""
_SAMPLE = 262_144
"""Number of characters in which the delimiter is sought."""
# First line of some spreadsheets that gives the delimiter, possibly quoted or padded to the table's width.
_DECLARED = re.compile(r'[\r\n]*"?sep=([^\r\n])"?\1*(?:\r\n|[\r\n]|$)', re.IGNORECASE)


class CsvHeader(NamedTuple):
    """Delimiter, cells of the header as written, and offsets in bytes of the header and of the data."""

    delimiter: str
    names: tuple[str, ...]
    start: int
    end: int


def find_header(text: str, name: str) -> CsvHeader:
    """Find the delimiter and the header at the start of a text.

    The delimiter must split the header and the first rows into the same number of fields, at least two. If
    several do, the one with most fields is used. Raise ``E_EMPTY``, ``E_FORMAT``; ``E_HEADER`` if titles or
    comments precede the header.
    """
    if not text.strip(" \t\r\n\ufeff"):
        raise ScoreError("E_EMPTY", "the file must hold a header and rows, got nothing", file=name)
    declared = _DECLARED.match(text)
    start = declared.end() if declared else 0
    sample = text[start : start + _SAMPLE]
    if declared:
        delimiter = _checked_delimiter(declared[1], name)
    else:
        _refuse_title(sample, name)
        delimiter = _delimiter(sample)
    column_names, length = first_record(text[start:], delimiter)
    if not column_names:
        raise ScoreError("E_EMPTY", "the file must hold a header and rows, got none", file=name)
    before, header = text[:start].encode(), text[start : start + length].encode()
    return CsvHeader(delimiter, tuple(column_names), len(before), len(before) + len(header))


def _checked_delimiter(delimiter: str, name: str) -> str:
    """Return the delimiter that a file declares; ``E_FORMAT`` if it may be part of a field."""
    if not delimiter.isascii() or delimiter.isalnum() or delimiter in "\"'.+-_":
        raise ScoreError(
            "E_FORMAT",
            f"fields must be separated by a sign that is no part of them, got {delimiter!r}",
            file=name,
            hint="Write the file with commas, semicolons, tabs or vertical bars.",
        )
    return delimiter


def _delimiter(text: str) -> str:
    """Return the delimiter that gives most fields, if possible the same number in all rows."""
    widths: dict[str, int] = {}
    even_widths: dict[str, int] = {}
    is_complete = text.endswith(("\n", "\r"))
    for candidate in DELIMITERS:
        try:
            rows = csv_rows(text, candidate, _CHECKED_ROWS + 1)
        except csv.Error:
            continue
        if not is_complete and 2 < len(rows) <= _CHECKED_ROWS:
            rows.pop()
        width = len(rows[0]) if rows else 0
        widths[candidate] = width
        if width > 1 and all(len(row) == width for row in rows):
            even_widths[candidate] = width
    best = even_widths or widths
    return max(best, key=lambda delimiter: best[delimiter], default=",")


def _refuse_title(text: str, name: str) -> None:
    """Raise if the first lines of a text have another width than the table that starts below them.

    Raise ``E_HEADER`` if a line below the first is certainly the header: all following lines have its width,
    and one of their columns has numbers under a name.
    """
    for delimiter in DELIMITERS:
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            rows = [(row, records.line_num) for row in islice(records, _CHECKED_ROWS + 1) if row]
        except csv.Error:
            continue
        if len(rows) <= _CHECKED_ROWS and not text.endswith(("\n", "\r")):
            # The sample may end inside a row.
            rows.pop()
        widths = [_filled_width(row) for row, _ in rows]
        if not rows or widths[-1] in {1, widths[0]}:
            continue
        top = max(k for k, width in enumerate(widths, 1) if width != widths[-1])
        (header, line), values = rows[top], [row for row, _ in rows[top + 1 :]]
        if all(title.strip() for title in header) and _names_numbers(header, values):
            raise ScoreError(
                "E_HEADER",
                f"the first line must be the header, got {shown(delimiter.join(rows[0][0]))!r}; "
                f"line {line} looks like the header",
                file=name,
                hint=f"Remove what stands above line {line}.",
            )


def _filled_width(row: list[str]) -> int:
    """Return the number of fields; 1 if all but the first are empty, as in a spreadsheet's title row."""
    return len(row) if any(row[1:]) else 1


def _names_numbers(header: list[str], rows: list[list[str]]) -> bool:
    """Whether a column has only numbers, and a name that is not a number."""
    return any(
        not re.match(NUMBER, title) and all(re.match(NUMBER, value) for value in values)
        for title, *values in zip(header, *rows, strict=True)
        if values
    )
