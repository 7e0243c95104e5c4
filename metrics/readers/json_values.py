"""One JSON text to plain values: numbers as they were written, every key once, no half characters."""

from __future__ import annotations

import json
from typing import Any

from metrics.errors import ScoreError, shown

Row = dict[str, Any]


class Number(str):
    """A JSON number as it was written."""


class Nested(Exception):
    """A list or an object stands where a plain value must."""


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _pairs(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise KeyError(next(name for name in names if names.count(name) > 1))
    return row


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=Number,
    parse_int=Number,
    parse_constant=_no_constant,
)


def bad(file: str, message: str, row: int | None) -> ScoreError:
    """Return the ``E_JSON`` to raise."""
    return ScoreError(
        "E_JSON",
        message,
        file=file,
        row=row,
        hint='Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.',
    )


def parse(text: str, file: str, row: int | None, where: str) -> Any:
    """Return the value of a JSON text, of which ``where`` says what it is.

    Raises
    ------
    ScoreError
        ``E_JSON``, ``E_DUPCOL``, ``E_ENCODING``.
    """
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
        raise bad(file, text, row) from error
    except RecursionError as error:
        raise bad(file, f"{where} must be JSON that is not deeply nested", row) from error
    except ValueError as error:
        raise bad(file, f"{where} must be JSON: {error}", row) from error
    if "\\u" in text:
        _check_surrogates(value, file, row)
    return value


def _check_surrogates(value: Any, file: str, row: int | None) -> None:
    """Refuse half of a character written as an escape, which is no text."""
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


def plain_text(value: Any) -> str | None:
    """Return a value as text; null stays None.

    Raises
    ------
    Nested
        For lists and objects.
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Nested
