"""Decorator and columns of the golden tables of the library."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from metrics import OperatingPoint, Pick
from metrics.inference.comparison.paired_difference import PairedDifference
from tests.golden.library.case import Case

Columns = dict[str, list[Any]]
Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class GoldenTable:
    """Table of golden values of the library, and the function that computes it.

    Attributes
    ----------
    name : str
        Name of the table in the files.
    tabulate : callable
    is_slow : bool
        True if the table is only made for a `Case` with `is_full`.
    """

    name: str
    tabulate: Callable[[Case], Columns | Rows]
    is_slow: bool


def table(
    name: str, *, is_slow: bool = False
) -> Callable[[Callable[[Case], Columns | Rows]], GoldenTable]:
    """Decorator: turn a function of a case into the golden table of this name."""
    return lambda tabulate: GoldenTable(name, tabulate, is_slow)


def row_by_row(rows: Sequence[dict[str, Any]]) -> Columns:
    """Columns of rows that all have the same keys."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def as_columns(values: Columns | Rows) -> Columns:
    """Columns of values that may be given row by row."""
    return values if isinstance(values, dict) else row_by_row([*values])


def field_values(value: Any) -> dict[str, Any]:
    """Numbers and names of a flat value by field."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def place(point: OperatingPoint | Pick | None) -> dict[str, Any]:
    if point is None:
        return {"model": "", "threshold": math.nan}
    return {"model": point.model or "", "threshold": float(point.threshold)}


def gap_columns(gap: PairedDifference | None, prefix: str = "") -> dict[str, Any]:
    """Columns of a gap, each with the prefix in its name."""
    if gap is None:
        values = dict.fromkeys(("size", "low", "high", "better"), math.nan) | {"chance": ""}
    else:
        values = {
            "size": gap.size, "low": gap.low, "high": gap.high, "better": gap.better,
            "chance": gap.chance.name,
        }  # fmt: skip
    return {f"{prefix}{name}": value for name, value in values.items()}
