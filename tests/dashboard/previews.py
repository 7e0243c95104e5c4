"""Previews of files as an upload process gives them: columns of the first rows, with their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def column(
    name: str,
    kind: str,
    levels: Iterable[str] = (),
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    """Column of a preview: its kind, and its values or their range."""
    return {"name": name, "kind": kind, "levels": list(levels), "low": low, "high": high}


def first_rows(columns: list[dict[str, Any]], **uses: list[str]) -> dict[str, Any]:
    """First rows of a file: its columns, and column names by role."""
    by_name = {name: use for use, names in uses.items() for name in names}
    taken = [c | {"taken": {"name": c["name"], "use": by_name.get(c["name"])}} for c in columns]
    return {"name": "s.csv", "columns": taken, "rows": []}


COLUMNS = [
    column("id", "text", ["u", "v"]),
    column("y", "text", ["0", "1"]),
    column("a", "number", (), 0.1, 0.9),
]
FIRST_ROWS = first_rows(COLUMNS, id=["id"], label=["y"], models=["a"])
