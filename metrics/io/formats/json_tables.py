"""Rows of a JSON document: an array of flat objects, or one object that is a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from metrics.errors import ScoreError, shown
from metrics.io.formats.column_names import check_names
from metrics.io.formats.json_values import (
    AS_LINES,
    Row,
    are_similar_objects,
    excerpt,
    is_nested,
    not_json,
)

INDEX = "__index_level_0__"
"""Name of the column for a table's index, as in Parquet files of pandas."""
_TABLE_KEYS = {"columns", "data", "index", "schema"}
_AS_RECORDS = 'In pandas: frame.to_json("scores.jsonl", orient="records", lines=True).'


def rows_of_document(document: Any, file: str) -> Iterator[Row]:
    """Yield the rows of an array of objects, or of a table.

    Raise ``E_FORMAT`` if an element is no object; ``E_JSON`` if an object is no table; ``E_WIDTH``.
    """
    if isinstance(document, dict):
        yield from _rows_of_table(document, file)
        return
    for number, row in enumerate(document, 1):
        if not isinstance(row, dict):
            is_bare = isinstance(row, list) and not any(map(is_nested, row))
            raise ScoreError(
                "E_FORMAT",
                f"each element must be a flat object, got {excerpt(row)}",
                file=file,
                row=number,
                hint=_AS_RECORDS
                if is_bare
                else "Write each unit's id, true label and the score of the defect class.",
            )
        yield row


def _rows_of_table(table: Row, file: str) -> Iterator[Row]:
    columns, data, index = table.get("columns"), table.get("data"), table.get("index")
    if not isinstance(columns, list) or not isinstance(data, list):
        raise _no_table(table, file)
    names = tuple(str(name) for name in columns)
    check_names(names, file)
    rows = _named_rows(names, data, file)
    if isinstance(index, list) and list(map(str, index)) != list(map(str, range(len(data)))):
        if len(index) != len(data):
            text = f"the index must have a value for each row, got {len(index)} of {len(data)}"
            raise not_json(file, text, None)
        rows = ({INDEX: key, **row} for key, row in zip(index, rows, strict=True))
    yield from rows


def _named_rows(names: tuple[str, ...], data: list[Any], file: str) -> Iterator[Row]:
    for number, row in enumerate(data, 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise ScoreError(
                "E_WIDTH",
                f"a row must have {len(names)} values, got {excerpt(row)}",
                file=file,
                row=number,
                hint="Write the file again.",
            )
        yield dict(zip(names, row, strict=True))


def _no_table(value: Row, file: str) -> ScoreError:
    """Return the error for an object that stores its rows in another way."""
    lists = [shown(key) for key, rows in value.items() if isinstance(rows, list)]
    got, hint = "other keys", AS_LINES
    if isinstance(value.get("schema"), dict) and "data" in lists:
        got, hint = "what pandas writes with orient='table'", _AS_RECORDS
    elif are_similar_objects(value.values()):
        got, hint = "what pandas writes with orient='columns' or 'index'", _AS_RECORDS
    elif len(lists) == 1:
        got = f"a list under {lists[0]!r}"
        hint = "Write the objects of that list alone, one per line, each with id, label and score."
    text = f'an object that holds all rows must hold them as "columns" and "data", got {got}'
    return ScoreError("E_JSON", text, file=file, hint=hint)


def is_table(value: Row) -> bool:
    """Whether an object is not a row: it has a part of a table, a list of objects, or similar objects."""
    nested = {key: part for key, part in value.items() if is_nested(part)}
    lists = [part for part in nested.values() if isinstance(part, list) and len(part) > 1]
    return (
        bool(_TABLE_KEYS & set(nested))
        or any(isinstance(rows[0], dict) for rows in lists)
        or (len(value) > 1 and are_similar_objects(value.values()))
    )
