"""Records of the live component: words or places of points, and their compact form as columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import compress, islice, pairwise, takewhile
from operator import ne
from typing import Any

Record = dict[str, Any]
"""Data of one operating point for the browser, by slot: its texts, or the positions of its marks.

Values are texts, numbers, booleans, tuples and further records. The slots of a record, or the names of a
tuple, have the same order in all records of a strip.
"""
Path = tuple[str | int, ...]
"""Path to a slot: names of the enclosing records, or positions in tuples, and the name of the slot."""


def as_columns(records: Sequence[Record]) -> Record:
    """Records of the same form as columns, without repeated values and texts.

    Each column is run-length encoded: slots, values and run lengths. The run lengths are empty if all are 1.
    Slots with equal values share a column. A slot has its path in the record, and the beginning and
    end that all its texts have in common, which the values do not repeat.
    """
    columns: dict[Hashable, tuple[list[Any], Sequence[Any], Sequence[int]]] = {}
    if not records:
        return {"size": 0, "columns": []}
    for path, column in _columns(records):
        starts = [0]
        if column.count(column[0]) < len(column):
            starts += compress(range(1, len(column)), map(ne, islice(column, 1, None), column))
        values = [column[k] for k in starts]
        is_shorter = len(values) < len(records)
        runs = [after - k for k, after in pairwise([*starts, len(records)])] if is_shorter else []
        before = after = ""
        if texts := [value for value in values if isinstance(value, str)]:
            before = _common_beginning(texts)
            after = _common_beginning([text[len(before) :][::-1] for text in texts])[::-1]
            ends = slice(len(before), -len(after) or None)
            values = [value[ends] if isinstance(value, str) else value for value in values]
        # The key has the types, because 1.0 equals True.
        key = tuple(values), tuple(map(type, values)), tuple(runs)
        columns.setdefault(key, ([], values, runs))[0].append((path, before, after))
    return {"size": len(records), "columns": list(columns.values())}


def _common_beginning(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    common = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in common)


def _columns(values: Sequence[Any], path: Path = ()) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Path and values of each slot that holds no further record or tuple."""
    first = values[0]
    if not isinstance(first, dict | tuple):
        yield path, values
        return
    rows = map(dict.values, values) if isinstance(first, dict) else values
    for slot, column in zip(_slots(first), zip(*rows, strict=True), strict=True):
        yield from _columns(column, (*path, slot))


def _slots(record: Record | tuple[Any, ...]) -> Iterable[str | int]:
    """Names of the values of a record, or positions in a tuple without names."""
    if isinstance(record, dict):
        return record
    return getattr(record, "_fields", range(len(record)))


def with_dicts(value: Any) -> Any:
    """Convert named tuples within a record to records, for JSON."""
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(map(with_dicts, value))
    if isinstance(value, dict | tuple):
        values = value.values() if isinstance(value, dict) else value
        return dict(zip(_slots(value), map(with_dicts, values), strict=True))
    return value
