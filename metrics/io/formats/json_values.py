"""One JSON text to plain values: numbers as they were written, every key once, no half characters."""

from __future__ import annotations

import json
import re
from typing import Any

import jiter

from metrics.errors import ScoreError, shown
from metrics.io.formats.text import decode

Row = dict[str, Any]
# As an integer it would lose its sign.
MINUS_ZERO = re.compile(rb"-0(?![.0-9eE])")


class Nested(Exception):
    """A list or an object stands where a plain value must."""


def parse(data: bytes, file: str, row: int | None, where: str) -> Any:
    """Return the value of a JSON text, of which ``where`` says what it is.

    Raises
    ------
    ScoreError
        ``E_JSON``, ``E_DUPCOL``, ``E_ENCODING``.
    """
    if not MINUS_ZERO.search(data):
        try:
            return jiter.from_json(
                data,
                allow_inf_nan=False,
                cache_mode="keys",
                catch_duplicate_keys=True,
                float_mode="lossless-float",
            )
        except ValueError:
            pass
    return _parse_or_explain(decode(data, file, whole=True), file, row, where)


class _Number(str):
    """A JSON number as it was written."""


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
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_no_constant,
)


def _parse_or_explain(text: str, file: str, row: int | None, where: str) -> Any:
    """Read by the standard library what is seldom met, or say what is wrong with it and where."""
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
        raise not_json(file, text, row) from error
    except RecursionError as error:
        raise not_json(file, f"{where} must be JSON that is not deeply nested", row) from error
    except ValueError as error:
        raise not_json(file, f"{where} must be JSON: {error}", row) from error
    if "\\u" in text:
        _check_surrogates(value, file, row)
    return value


def not_json(file: str, message: str, row: int | None) -> ScoreError:
    """Return the ``E_JSON`` to raise."""
    return ScoreError(
        "E_JSON",
        message,
        file=file,
        row=row,
        hint='Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.',
    )


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


def is_text(value: Any) -> bool:
    """Whether a value was written as text, not as a number."""
    return type(value) is str


def is_number(value: Any) -> bool:
    """Whether a value was written as a number."""
    return isinstance(value, (int, jiter.LosslessFloat, _Number)) and not isinstance(value, bool)


def plain_text(value: Any) -> str | None:
    """Return a value as text, a number as it was written; null stays None.

    Raises
    ------
    Nested
        For lists and objects.
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return str(value)
    raise Nested


def excerpt(value: Any) -> str:
    """Return the beginning of a value as a sentence quotes it."""
    return shown(json.loads(json.dumps(value, default=float)), 30)
