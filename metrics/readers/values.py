"""One array in, text or float64 out, or the row and the value that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import ScoreError, shown
from metrics.readers.base import Source

MISSING = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "<na>", "nat", "-", "#n/a", "missing", "?"}
)
"""Spellings of a missing number or label, in lower case. Ids are never missing by spelling."""

# An optional sign, digits with an optional point, an optional exponent; spaces around it.
NUMBER = r"^[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"
COMMA_NUMBER = r"^[ \t]*[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"
_INFINITE = frozenset({"inf", "infinity"})


@dataclass(frozen=True)
class Place:
    """Where an array stands: its source, its column, and the rows before it."""

    source: Source
    column: str
    before: int = 0

    def at(self, row: int) -> dict[str, Any]:
        """Return file, row and column of the value at ``row`` of the array, for `ScoreError`."""
        file, number = self.source.locate(self.column, self.before + row)
        return {"file": file, "row": number, "column": self.column}

    @property
    def whole(self) -> dict[str, Any]:
        """File and column, for what is wrong with all values."""
        return {"file": self.source.locate(self.column, 0)[0], "column": self.column}


def plain(array: pa.Array) -> pa.Array:
    """Return dictionary, view and extension arrays as plain ones."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if pa.types.is_string_view(array.type) or pa.types.is_large_string(array.type):
        array = pc.cast(array, pa.string())
    return array


def is_text(kind: pa.DataType) -> bool:
    """Say whether a (plain) type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def text_of(array: pa.Array, place: Place) -> pa.StringArray:
    """Return the values as text; nulls stay null.

    Integers are written in full, truth values as true and false, whole floats as integers.

    Raises
    ------
    ScoreError
        ``E_TYPE`` for bytes, lists and fractions, ``E_ENCODING`` for text that is not UTF-8.
    """
    array = plain(array)
    kind = array.type
    if pa.types.is_string(kind):
        try:
            array.validate(full=True)
        except pa.ArrowInvalid as error:
            raise ScoreError(
                "E_ENCODING",
                "text must be UTF-8, got other bytes",
                **place.whole,
                hint="Write the file again from text that was decoded right.",
            ) from error
        return array
    if pa.types.is_null(kind):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_floating(kind):
        values = pc.cast(array, pa.float64())
        numbers = values.to_numpy(zero_copy_only=False)
        whole = np.isnan(numbers) | ((numbers == np.floor(numbers)) & (np.abs(numbers) < 2.0**53))
        if not whole.all():
            return pc.cast(values, pa.string())
        known = pa.array(np.where(np.isnan(numbers), 0.0, numbers).astype(np.int64))
        return pc.if_else(pa.array(~np.isnan(numbers)), pc.cast(known, pa.string()), None)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_nested(kind):
        raise ScoreError(
            "E_TYPE",
            f"the column must hold text or whole numbers, got {kind}",
            **place.whole,
            hint="Write it as text.",
        )
    try:
        return pc.cast(array, pa.string())
    except pa.ArrowException as error:
        raise ScoreError(
            "E_TYPE",
            f"the column must hold text or whole numbers, got {kind}",
            **place.whole,
            hint="Write it as text.",
        ) from error


def numbers_of(array: pa.Array, place: Place, *, decimal: str = ".") -> NDArray[np.float64]:
    """Return the values as finite float64, shape ``(len(array),)``.

    Raises
    ------
    ScoreError
        ``E_SCORE_NA``, ``E_SCORE_INF``, ``E_NUMBER`` or ``E_TYPE`` with the first row that breaks the rule.
    """
    array = plain(array)
    kind = array.type
    if pa.types.is_null(kind) or array.null_count:
        row = int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0])
        raise _missing(place, row, None)
    if is_text(kind):
        return _numbers_of_text(array, place, decimal)
    if pa.types.is_boolean(kind):
        truth: NDArray[np.float64] = np.asarray(array.to_numpy(zero_copy_only=False), np.float64)
        return truth
    if pa.types.is_integer(kind):
        whole = array.to_numpy(zero_copy_only=False)
        numbers: NDArray[np.float64] = whole.astype(np.float64)
        if whole.size and (whole.max() > 2**53 or whole.min() < -(2**53)):
            row = int(np.flatnonzero((whole > 2**53) | (whole < -(2**53)))[0])
            raise _not_a_number(place, row, str(whole[row]))
        return numbers
    if pa.types.is_decimal(kind):
        # Through the text, since Arrow's own cast is not correctly rounded.
        return _numbers_of_text(pc.cast(array, pa.string()), place, ".")
    if not pa.types.is_floating(kind):
        raise ScoreError(
            "E_TYPE",
            f"scores must be numbers, got {kind}",
            **place.whole,
            hint="Pick the defect's score and write it as a column of its own.",
        )
    numbers = np.asarray(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    bad = ~np.isfinite(numbers)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        if np.isnan(numbers[row]):
            raise _missing(place, row, "NaN")
        raise _infinite(place, row, str(numbers[row]))
    return numbers


def _numbers_of_text(array: pa.StringArray, place: Place, decimal: str) -> NDArray[np.float64]:
    good = pc.match_substring_regex(array, NUMBER if decimal == "." else COMMA_NUMBER)
    good = good.to_numpy(zero_copy_only=False)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise _unreadable(place, row, array[row].as_py(), decimal)
    text = pc.utf8_ltrim(pc.utf8_trim(array, " \t"), "+")
    if decimal == ",":
        text = pc.replace_substring(text, ",", ".")
    numbers = np.asarray(pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    if not np.isfinite(numbers).all():
        row = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise _infinite(place, row, array[row].as_py())
    return numbers


def _unreadable(place: Place, row: int, text: str, decimal: str) -> ScoreError:
    word = text.strip().casefold()
    if word in MISSING:
        return _missing(place, row, text)
    if word.lstrip("+-") in _INFINITE:
        return _infinite(place, row, text)
    return _not_a_number(place, row, text)


def _missing(place: Place, row: int, text: str | None) -> ScoreError:
    got = "nothing" if not (text or "").strip() else shown(text)
    return ScoreError(
        "E_SCORE_NA",
        f"every unit must have a number, got {got}",
        **place.at(row),
        value=text,
        hint="Score the unit, or remove the row from every model.",
    )


def _infinite(place: Place, row: int, text: str) -> ScoreError:
    return ScoreError(
        "E_SCORE_INF",
        f"numbers must be finite, got {shown(text)}",
        **place.at(row),
        value=text,
        hint="Replace it by a finite score.",
    )


def _not_a_number(place: Place, row: int, text: str) -> ScoreError:
    return ScoreError(
        "E_NUMBER",
        f"numbers must be digits with an optional sign, point and exponent, got {shown(text)!r}",
        **place.at(row),
        value=text,
        hint="Write it as a plain number such as 0.25, or name the model columns with --model.",
    )
