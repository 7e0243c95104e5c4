"""Values of JSON text: parsing with exact errors, plain text of values as written, and rows of a document.

Numbers are preserved as written, keys must be unique, and half surrogates are rejected. A document is an
array of flat objects, or one object that is a table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import jiter

from metrics.errors import ScoreError, shown
from metrics.io.formats.column_names import check_names
from metrics.io.formats.encoding import decode

Row = dict[str, Any]
AS_LINES = 'Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.'
"""Hint for a file that is not JSON."""
INDEX = "__index_level_0__"
"""Name of the column for a table's index, as in Parquet files of pandas."""
_TABLE_KEYS = {"columns", "data", "index", "schema"}
_AS_RECORDS = 'In pandas: frame.to_json("scores.jsonl", orient="records", lines=True).'


class Nested(Exception):
    """Raised for a list or an object where a plain value is required."""


def parse(data: bytes, file: str, row: int | None, where: str) -> Any:
    """Return the value of a JSON text; ``where`` describes it in messages.

    Raise ``E_JSON``, ``E_DUPCOL``, ``E_ENCODING``.
    """
    try:
        return jiter.from_json(
            data,
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=True,
            float_mode="lossless-float",
        )
    except ValueError:
        return _parse_or_explain(decode(data, file, whole=True), file, row, where)


class _Number(str):
    """A JSON number as it was written."""


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _object_with_unique_keys(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise KeyError(next(name for name in names if names.count(name) > 1))
    return row


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object_with_unique_keys,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_refuse_constant,
)


def _parse_or_explain(text: str, file: str, row: int | None, where: str) -> Any:
    """Parse unusual JSON with the standard library, or raise an error with the position."""
    try:
        value = _DECODER.decode(text.strip())
    except KeyError as error:
        raise ScoreError(
            "E_DUPCOL",
            f"a key must occur once in an object, got {shown(error.args[0])!r} twice in {where}",
            file=file,
            row=row,
            column=str(error.args[0]),
            hint="Remove one of them.",
        ) from error
    except json.JSONDecodeError as error:
        text = f"{where} must be JSON, got an error at column {error.colno}: {error.msg}"
        raise not_json_error(file, text, row) from error
    except RecursionError as error:
        raise not_json_error(
            file, f"{where} must be JSON that is not deeply nested", row
        ) from error
    except ValueError as error:
        raise not_json_error(file, f"{where} must be JSON: {error}", row) from error
    if "\\u" in text:
        _check_surrogates(value, file, row)
    return value


def not_json_error(file: str, message: str, row: int | None) -> ScoreError:
    """Return an ``E_JSON`` error."""
    return ScoreError("E_JSON", message, file=file, row=row, hint=AS_LINES)


def _check_surrogates(value: Any, file: str, row: int | None) -> None:
    """Raise for half of a surrogate pair written as an escape, which is not text."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ScoreError(
            "E_ENCODING",
            "text must be Unicode characters, got half of a surrogate pair",
            file=file,
            row=row,
            hint="Write the file again from text that was decoded right.",
        ) from error


def is_text(value: Any) -> bool:
    """Whether a value was written as text, not as a number."""
    return type(value) is str


def is_number(value: Any) -> bool:
    """Whether a value was written as a number."""
    return isinstance(value, (int, jiter.LosslessFloat, _Number)) and not isinstance(value, bool)


def plain_text(value: Any) -> str | None:
    """Return a value as text, a number as written; null is returned as `None`.

    Raises
    ------
    Nested
        If the value is a list or an object.
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return str(value)
    raise Nested


def excerpt(value: Any) -> str:
    """Return the beginning of a value, for a quotation in a sentence."""
    return shown(json.loads(json.dumps(value, default=float)), 30)


def json_text(value: Any) -> str | None:
    """Return the JSON text of a value with plain numbers; null is returned as `None`."""
    return None if value is None else json.dumps(_plain_numbers(value), ensure_ascii=False)


def _plain_numbers(value: Any) -> Any:
    """Return a value in which numbers that store their text are replaced by plain numbers."""
    if isinstance(value, dict):
        return {key: _plain_numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(part) for part in value]
    return float(value) if isinstance(value, (jiter.LosslessFloat, _Number)) else value


def is_nested(value: Any) -> bool:
    """Whether a value is a list or an object."""
    return isinstance(value, (list, dict))


def are_similar_objects(values: Iterable[Any]) -> bool:
    """Whether all values are objects with the same keys."""
    keys = {frozenset(value) if isinstance(value, dict) else None for value in values}
    return len(keys) == 1 and None not in keys


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
        raise _not_a_table_error(table, file)
    names = tuple(str(name) for name in columns)
    check_names(names, file)
    rows = _named_rows(names, data, file)
    if isinstance(index, list) and list(map(str, index)) != list(map(str, range(len(data)))):
        if len(index) != len(data):
            text = f"the index must have a value for each row, got {len(index)} of {len(data)}"
            raise not_json_error(file, text, None)
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


def _not_a_table_error(value: Row, file: str) -> ScoreError:
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
