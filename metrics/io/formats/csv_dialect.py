"""Delimiter, header and first rows of delimited text, judged on its first block.

What to say where the scan of delimited text stops.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.io.formats import csv_scan as scan

SAVE_AS_UTF8 = 'Save it again as UTF-8 (in a spreadsheet: as "CSV UTF-8").'


def stopped(
    found: int, state: NDArray[np.int64], *, name: str, width: int, offset: int
) -> ScoreError:
    """Return the error for what stopped a scan.

    Parameters
    ----------
    found : int
        What `metrics.io.formats.csv_scan.scan_block` returned, not ``FINE``.
    state : array
        Of the scan.
    name : str
        Of the file.
    width : int
        Fields of the header.
    offset : int
        Bytes of the file before the block.
    """
    row = int(state[scan.RECORDS]) + 1
    if found == scan.NUL:
        return ScoreError(
            "E_NUL",
            f"text must hold no NUL byte, got one at offset {offset + int(state[scan.AT])}",
            file=name,
            row=row,
            hint="The file is damaged or not text; write it again.",
        )
    if found == scan.AFTER_QUOTE:
        return ScoreError(
            "E_QUOTE",
            "a closing quote must end its field, got more text behind it",
            file=name,
            row=row,
            hint="Double the quotes that are part of the text.",
        )
    if found == scan.BLANK:
        return ScoreError(
            "E_SCORE_NA",
            "a file of one column must hold no empty line, got one before this row",
            file=name,
            row=row,
            hint="Fill in or remove the line.",
        )
    return ScoreError(
        "E_WIDTH",
        f"a row must have as many fields as the header ({width}), got {int(state[scan.FOUND])}",
        file=name,
        row=row,
        hint="Quote fields that contain the delimiter, or write the file again.",
    )


def unclosed(state: NDArray[np.int64], name: str) -> ScoreError:
    """Return the error for a quote that is still open at the end."""
    return ScoreError(
        "E_QUOTE",
        "a quote that is opened must be closed, got the end of the file",
        file=name,
        row=int(state[scan.QUOTE_RECORD]) + 1,
        hint="Close the quote, or double it where it is part of the text.",
    )


def not_utf8(records: bytes, at: int, *, offset: int, row: int, name: str) -> ScoreError:
    """Return the error for a byte that is no UTF-8, at ``at`` of these records."""
    return ScoreError(
        "E_ENCODING",
        f"the text must be UTF-8, got byte 0x{records[at]:02x} at offset {offset + at}",
        file=name,
        row=row,
        hint=SAVE_AS_UTF8,
    )


def beyond_header(text: str, row: int, name: str) -> ScoreError:
    """Return the error for a value in a column that has no name and seemed to be empty."""
    return ScoreError(
        "E_WIDTH",
        f"a column without a name must be empty, got {text!r}",
        file=name,
        row=row,
        value=text,
        hint="Name the column, or quote fields that contain the delimiter.",
    )


DELIMITERS = ",;\t|"


_CHECKED_ROWS = 20


# A spreadsheet's first line that names the delimiter, perhaps quoted or filled up to the table's width.
_SAID = re.compile(r'[\r\n]*"?sep=([^\r\n])"?\1*(?:\r\n|[\r\n]|$)', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How the text is written.

    Attributes
    ----------
    delimiter : str
        One character of `DELIMITERS`.
    names : tuple of str
        The header's cells as written.
    header, start : int
        Offsets of the first byte of the header, and of the data behind it.
    """

    delimiter: str
    names: tuple[str, ...]
    header: int
    start: int


def decode(data: bytes, name: str, *, whole: bool) -> str:
    """Decode UTF-8; a character cut by the end of the block is left off unless ``whole``.

    Raises
    ------
    ScoreError
        ``E_ENCODING`` with the offset of the first bad byte, ``E_NUL``.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        len(data) > 3 and 4 * data[:4096].count(0) > len(data[:4096])
    ):
        raise ScoreError(
            "E_ENCODING",
            "the text must be UTF-8, got what looks like UTF-16",
            file=name,
            hint=SAVE_AS_UTF8,
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not whole and error.end == len(data) and len(data) - error.start < 4:
            return data[: error.start].decode("utf-8")
        row = max(0, len(csv_rows(data[: error.start].decode("utf-8") + "?", ",")) - 1)
        raise ScoreError(
            "E_ENCODING",
            f"the text must be UTF-8, got byte 0x{data[error.start]:02x} at offset {error.start}",
            file=name,
            row=row or None,
            hint=SAVE_AS_UTF8,
        ) from error


def csv_rows(text: str, delimiter: str, limit: int | None = None) -> list[list[str]]:
    """Split text into records; empty lines are none."""
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if row:
            rows.append(row)
            if limit is not None and len(rows) >= limit:
                break
    return rows


def find_dialect(text: str, name: str) -> Dialect:
    """Find delimiter and header.

    The delimiter is the one that splits header and first rows into the same number of fields, more than one;
    of several the one with most fields.

    Raises
    ------
    ScoreError
        ``E_EMPTY``, ``E_TOOMANYCOLS``, ``E_NAMELEN``.
    """
    if not text.strip(" \t\r\n\ufeff"):
        raise ScoreError("E_EMPTY", "the file must hold a header and rows, got nothing", file=name)
    start = 0
    named = None
    if said := _SAID.match(text):
        named, start = said[1], said.end()
        if not named.isascii() or named.isalnum() or named in "\"'.+-_":
            raise ScoreError(
                "E_FORMAT",
                f"fields must be separated by a sign that is no part of them, got {named!r}",
                file=name,
                hint="Write the file with commas, semicolons, tabs or vertical bars.",
            )
    delimiter = named or _delimiter(text[start : start + 262_144])
    end = _record_end(text, start, delimiter)
    header = csv_rows(text[start:end], delimiter, 2)
    if not header:
        raise ScoreError("E_EMPTY", "the file must hold a header and rows, got none", file=name)
    if len(header) > 1:
        raise ScoreError(
            "E_QUOTE",
            "the quotes of the header must have one reading, got two",
            file=name,
            hint="Quote each name as a whole, or write no quotes.",
        )
    return Dialect(delimiter, tuple(header[0]), _bytes(text[:start]), _bytes(text[:end]))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8"))


def _delimiter(text: str) -> str:
    widths: dict[str, int] = {}
    fallback: dict[str, int] = {}
    complete = text.endswith(("\n", "\r"))
    for candidate in DELIMITERS:
        try:
            rows = csv_rows(text, candidate, _CHECKED_ROWS + 1)
        except csv.Error:
            continue
        if not complete and len(rows) > 2 and len(rows) <= _CHECKED_ROWS:
            rows.pop()
        width, others = len(rows[0]) if rows else 0, Counter(len(row) for row in rows[1:])
        fallback[candidate] = width
        if width > 1 and set(others) <= {width}:
            widths[candidate] = width
    best = widths or fallback
    return max(best, key=lambda d: (best[d], -DELIMITERS.index(d))) if best else ","


def _record_end(text: str, start: int, delimiter: str) -> int:
    """Offset behind the first record from ``start`` on and its line break."""
    k, seen, mode = start, False, "start"
    while k < len(text):
        c = text[k]
        k += 1
        if mode == "quoted":
            mode = "closed" if c == '"' else mode
        elif c in "\r\n":
            if seen:
                return k + 1 if c == "\r" and text[k : k + 1] == "\n" else k
            continue
        elif c == '"' and mode in {"start", "closed"}:
            mode = "quoted"
        else:
            mode = "start" if c == delimiter else "plain"
        seen = True
    return k
