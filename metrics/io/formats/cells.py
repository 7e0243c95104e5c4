"""Conversion of one array to text or float64, with the row and value of the first unreadable cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Got, ScoreError, Wording, shown, warning, with_option
from metrics.io.formats.arrow_arrays import is_text, plain
from metrics.io.formats.source import Source

MISSING = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "<na>", "nat", "-", "#n/a", "missing", "?"}
)
"""Spellings of a missing number or label, in lower case. Ids are never missing by spelling."""

# An optional sign, digits with an optional point, an optional exponent, and spaces around.
NUMBER = r"^[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"
COMMA_NUMBER = r"^[ \t]*[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?[ \t]*$"
NOT_ZERO = r"^[^eE]*[1-9]"
"""Pattern for the start of a number that is not 0, no matter how small."""
_INFINITE = frozenset({"inf", "infinity"})
_TINY, _ZEROS = re.compile(rb"[eE]-[0-9]{3}"), b"0" * 300


@dataclass(frozen=True)
class Location:
    """Location of an array: its source, its column, and the number of rows before it."""

    source: Source
    column: str
    before: int = 0

    def at(self, row: int) -> dict[str, Any]:
        """Return file, row and column of the value at ``row`` of the array, for `ScoreError`."""
        file, number = self.source.locate(self.column, self.before + row)
        return {"file": file, "row": number, "column": self.column}

    @property
    def whole(self) -> dict[str, Any]:
        """File and column, for a problem of all values."""
        return {"file": self.source.locate(self.column, 0)[0], "column": self.column}


def text_of(array: pa.Array, location: Location, *, exact: bool = False) -> pa.StringArray:
    """Return the values as text; nulls and NaN are null.

    Integers are written in full, booleans as true and false, whole floats below 2**53 as integers, other
    floats in the shortest form that round-trips. ``exact`` rejects these other floats, because their text has
    more than one form.

    Raise ``E_TYPE`` for bytes and lists, and for floats that ``exact`` rejects; ``E_ENCODING`` for text that
    is not UTF-8.
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
                **location.whole,
                hint="Write the file again from text that was decoded right.",
            ) from error
        return array
    if pa.types.is_null(kind):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_floating(kind):
        return _text_of_floats(array, location, exact=exact)
    is_plain = not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
    try:
        if is_plain and not pa.types.is_nested(kind):
            return pc.cast(array, pa.string())
    except pa.ArrowException:
        pass  # rejected below
    raise ScoreError(
        "E_TYPE",
        f"the column must hold text or whole numbers, got {kind}",
        **location.whole,
        hint="Write it as text.",
    )


def category_of(array: pa.Array, location: Location) -> pa.StringArray | pa.DictionaryArray:
    """Return the values as text, an empty cell as ""; a dictionary array stays a dictionary."""
    if not pa.types.is_dictionary(array.type) or len(array.dictionary) > len(array):
        text = text_of(array, location)
        return text.fill_null("") if text.null_count else text
    texts, codes = array.dictionary, array.indices
    names = text_of(texts, location)
    if names is texts and not names.null_count and not codes.null_count:
        return array  # unchanged, because Arrow would check the codes of a new array again
    names = names.fill_null("")
    if codes.null_count:
        codes = pc.cast(codes, pa.int64()).fill_null(len(names))
        names = pa.concat_arrays([names, pa.array([""])])
    return pa.DictionaryArray.from_arrays(codes, names)


def _text_of_floats(array: pa.Array, location: Location, *, exact: bool) -> pa.StringArray:
    values = pc.cast(array, pa.float64())
    numbers = values.to_numpy(zero_copy_only=False)
    is_number = ~np.isnan(numbers)
    whole = is_number & (numbers == np.floor(numbers)) & (np.abs(numbers) < 2.0**53)
    if exact and (is_number & ~whole).any():
        row = int(np.argmax(is_number & ~whole))
        raise ScoreError(
            "E_TYPE",
            f"an id must be text or a whole number below 2**53, got {float(numbers[row])!r}",
            **location.at(row),
            value=repr(float(numbers[row])),
            hint="Write ids as text.",
        )
    integers = pc.cast(pa.array(np.where(whole, numbers, 0.0).astype(np.int64)), pa.string())
    if not whole.all():
        integers = pc.if_else(pa.array(whole), integers, pc.cast(values, pa.string()))
    return pc.if_else(pa.array(is_number), integers, None)


def numbers_of(array: pa.Array, location: Location, *, decimal: str = ".") -> NDArray[np.float64]:
    """Return the values as finite float64, shape ``(len(array),)``.

    Raise ``E_SCORE_NA``, ``E_SCORE_INF``, ``E_NUMBER`` or ``E_TYPE`` with the first row that is invalid.
    """
    array = plain(array)
    kind = array.type
    if pa.types.is_null(kind) or array.null_count:
        row = int(np.argmax(array.is_null().to_numpy(zero_copy_only=False)))
        raise _number_error(location, row, None, more=array.null_count - 1)
    if is_text(kind):
        return _numbers_of_text(array, location, decimal)
    if pa.types.is_boolean(kind):
        truth: NDArray[np.float64] = np.asarray(array.to_numpy(zero_copy_only=False), np.float64)
        return truth
    if pa.types.is_integer(kind):
        whole = array.to_numpy(zero_copy_only=False)
        numbers: NDArray[np.float64] = whole.astype(np.float64)
        if whole.size and (whole.max() > 2**53 or whole.min() < -(2**53)):
            row = int(np.argmax((whole > 2**53) | (whole < -(2**53))))
            raise _number_error(location, row, str(whole[row]))
        return numbers
    if pa.types.is_decimal(kind):
        # The conversion goes through text, because Arrow's own cast is not correctly rounded.
        return _numbers_of_text(pc.cast(array, pa.string()), location, ".")
    if not pa.types.is_floating(kind):
        raise ScoreError(
            "E_TYPE",
            f"scores must be numbers, got {kind}",
            **location.whole,
            hint="Pick the defect's score and write it as a column of its own.",
        )
    numbers = np.asarray(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    bad = ~np.isfinite(numbers)
    if bad.any():
        row = int(np.argmax(bad))
        raise _number_error(location, row, "NaN" if np.isnan(numbers[row]) else str(numbers[row]))
    return numbers


def _numbers_of_text(
    array: pa.StringArray, location: Location, decimal: str
) -> NDArray[np.float64]:
    good = pc.match_substring_regex(array, NUMBER if decimal == "." else COMMA_NUMBER)
    good = good.to_numpy(zero_copy_only=False)
    if not good.all():
        row = int(np.argmax(~good))
        text = array[row].as_py()
        raise _number_error(location, row, text, more=pc.sum(pc.equal(array, text)).as_py() - 1)
    text = pc.utf8_ltrim(pc.utf8_trim(array, " \t"), "+")
    if decimal == ",":
        text = pc.replace_substring(text, ",", ".")
    numbers = np.asarray(pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    if not np.isfinite(numbers).all():
        row = int(np.argmax(~np.isfinite(numbers)))
        raise _number_error(location, row, array[row].as_py(), overflows=True)
    if not numbers.all():
        _note_underflow(array, numbers, location)
    return numbers


def _note_underflow(
    array: pa.StringArray, numbers: NDArray[np.float64], location: Location
) -> None:
    """Warn about the first number that is not 0 as written, but underflows to 0 in float64."""
    zeros = np.flatnonzero(numbers == 0)
    small = pc.index(pc.match_substring_regex(array.take(pa.array(zeros)), NOT_ZERO), True).as_py()
    known = {(problem.code, problem.column) for problem in location.source.problems}
    if small >= 0 and ("W_UNDERFLOW", location.column) not in known:
        row = int(zeros[small])
        text = array[row].as_py()
        got = f"a number is too small to be told from 0 and is read as 0, got {shown(text)}"
        hint = "Write logarithms or log-odds if such differences count."
        location.source.note(warning("W_UNDERFLOW", got, **location.at(row), value=text, hint=hint))


def may_underflow(text: bytes) -> bool:
    """Whether a number may be too small to differ from 0, by a fast test of its characters."""
    exponent = b"e-" in text or b"E-" in text
    return (exponent and _TINY.search(text) is not None) or _ZEROS in text


def _number_error(
    location: Location, row: int, text: str | None, *, overflows: bool = False, more: int = 0
) -> ScoreError:
    """Return the error for a cell without a finite number: missing, infinite or not a number.

    ``more`` is the number of cells with the same text among the rows after it that were read.
    """
    word = (text or "").strip().casefold()
    message: str
    hint: str
    if word in MISSING:
        code, hint = "E_SCORE_NA", "Enter one, or remove the row from every model."
        message = f"every unit must have a number, got {shown(text) if word else 'nothing'}"
        message += f" here and in at least {more:,} other rows" if more else ""
    elif overflows or word.lstrip("+-") in _INFINITE:
        code, hint = "E_SCORE_INF", "Replace it by a finite score."
        message = Wording("numbers must be finite", Got(shown(text)))
    else:
        rule = "numbers must be digits with an optional sign, point and exponent"
        code, message = "E_NUMBER", Wording(rule, Got(repr(shown(text))))
        plain_number = "Write it as a plain number such as 0.25, or name the model columns "
        hint = Wording(plain_number, with_option("models"), ".")
    return ScoreError(code, message, **location.at(row), value=text, hint=hint)
