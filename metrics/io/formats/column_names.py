"""Validation of column names: trimmed, unique, and limited in length and number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metrics.errors import Problem, ScoreError, counted, shown, warning

MAX_COLUMNS, MAX_NAME = 2_000, 256
"""Largest number of columns, and of characters of a name."""


def trim_names(written: Sequence[str], file: str) -> tuple[tuple[str, ...], list[Problem]]:
    """Return column names without surrounding spaces, and a warning if there were any."""
    names = tuple(name.strip() for name in written)
    check_names(names, file)
    spaced = [k for k, name in enumerate(names) if name != written[k]]
    if not spaced:
        return names, []
    several = f", and of {counted(len(spaced) - 1, 'other')}" if len(spaced) > 1 else ""
    text = f"left out the spaces around the column name {shown(written[spaced[0]])!r}{several}"
    name = names[spaced[0]]
    return names, [warning("W_TRIM", text, file=file, column=name, value=written[spaced[0]])]


def check_names(names: tuple[str, ...], name: str) -> None:
    """Check column names against the limits.

    Raise ``E_TOOMANYCOLS``, ``E_NAMELEN``, ``E_DUPCOL``, ``E_COLNAME`` if several columns have no name.
    """
    if len(names) > MAX_COLUMNS:
        raise ScoreError(
            "E_TOOMANYCOLS",
            f"a file must have at most {MAX_COLUMNS:,} columns, got {len(names):,}",
            file=name,
            hint="Keep the id, the label and the scores.",
        )
    for text in names:
        if len(text) > MAX_NAME:
            raise ScoreError(
                "E_NAMELEN",
                f"a column name must have at most {MAX_NAME} characters, got {len(text):,}",
                file=name,
                column=shown(text),
                hint="Shorten the name.",
            )
    nameless = [k for k, text in enumerate(names) if not text]
    if len(nameless) > 1:
        raise nameless_column_error(nameless[1], name)
    for text, count in Counter(names).items():
        if count > 1:
            raise ScoreError(
                "E_DUPCOL",
                f"column names must differ, got {shown(text)!r} {count} times",
                file=name,
                column=text,
                hint="Rename or remove one of them.",
            )


def nameless_column_error(
    position: int, file: str, *, row: int | None = None, value: str | None = None
) -> ScoreError:
    """Return the error for a column at ``position`` (from 0) that has values but no name."""
    got = "" if value is None else f" with the value {shown(value)!r}"
    return ScoreError(
        "E_COLNAME",
        f"a column that holds values must have a name, got none for column {position + 1}{got}",
        file=file,
        row=row,
        value=value,
        hint="Name it in the header, quote fields that contain the delimiter, or remove the column.",
    )
