"""Delimiter, header and first rows of delimited text, judged on its first block."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from metrics.errors import ScoreError

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
    if declared := _SAID.match(text):
        named, start = declared[1], declared.end()
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
