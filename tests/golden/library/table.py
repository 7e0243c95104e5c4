"""Decorator and columns of the golden tables of the library."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from metrics import OperatingPoint, Pick
from metrics.inference.comparison import Gap
from tests.golden.library.case import Case

Columns = dict[str, list[Any]]
Rows = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Quantity:
    """Table of the golden values of the library.

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
) -> Callable[[Callable[[Case], Columns | Rows]], Quantity]:
    """Decorator that makes a quantity of the function that tabulates it."""
    return lambda tabulate: Quantity(name, tabulate, is_slow)


def row_by_row(rows: Sequence[dict[str, Any]]) -> Columns:
    """Columns of rows that all have the same keys."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def as_columns(quantity: Columns | Rows) -> Columns:
    """Columns of a quantity that may be given row by row."""
    return quantity if isinstance(quantity, dict) else row_by_row([*quantity])


def of_fields(value: Any) -> dict[str, Any]:
    """Numbers and names of a flat value by field."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def place(point: OperatingPoint | Pick | None) -> dict[str, Any]:
    if point is None:
        return {"model": "", "threshold": math.nan}
    return {"model": point.model or "", "threshold": float(point.threshold)}


def of_gap(gap: Gap | None) -> dict[str, Any]:
    if gap is None:
        return dict.fromkeys(("size", "low", "high", "better"), math.nan) | {"chance": ""}
    return {
        "size": gap.size, "low": gap.low, "high": gap.high, "better": gap.better,
        "chance": gap.chance.name,
    }  # fmt: skip
