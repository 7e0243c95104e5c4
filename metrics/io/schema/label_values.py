"""Meaning of label values, by known spellings or by the value that the caller names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import (
    ScoreError,
    Wording,
    with_option,
)
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import NUMBER, Place, text_of
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_words import sense_of_words, words_of

# Spelling -> (family, meaning). Numbers are compared as numbers, words in lower case.
_WORDS = {
    "true": ("true/false", 1),
    "false": ("true/false", 0),
    "yes": ("yes/no", 1),
    "no": ("yes/no", 0),
    "y": ("y/n", 1),
    "n": ("y/n", 0),
    "t": ("t/f", 1),
    "f": ("t/f", 0),
}
_NUMBERS = {1.0: ("1", 1), 0.0: ("0", 0), -1.0: ("-1", 0)}


def _number(text: str) -> float | None:
    return float(text) if pc.match_substring_regex(pa.scalar(text), NUMBER).as_py() else None


_NUMBERED = re.compile(r"^[0-9]+:(?=.)")
"""Number of a class before its name, as Weka writes ``1:no``."""


def spelling(level: str) -> tuple[str, int]:
    """Return the family of a spelling and its meaning; ``("", -1)`` if it is unknown."""
    word = _NUMBERED.sub("", level.strip())
    number = _number(word)
    if number is not None:
        return _NUMBERS.get(number, ("", -1))
    return _WORDS.get(word.casefold(), ("", -1))


def levels_of(column: pa.Array, place: Place) -> tuple[list[str | None], NDArray[np.int32]]:
    """Return the distinct values of a label column as text, and the value index of each row, shape ``(n,)``.

    Raises
    ------
    ScoreError
        See `metrics.io.formats.cells.text_of`.
    """
    column = plain(column)
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        column = text_of(column, place)
    encoded = column.dictionary_encode(null_encoding="encode")
    levels: list[str | None] = text_of(encoded.dictionary, place).to_pylist()
    return levels, encoded.indices.to_numpy(zero_copy_only=False)


def ask_positive(levels: str, *, file: str, column: str | None) -> ScoreError:
    """Return the question which value of the label is the defect."""
    return ScoreError(
        "E_POSLABEL",
        f"which label value is the defect must be known, got {levels}",
        file=file,
        column=column,
        hint=Wording("Say it ", with_option("positive"), "."),
    )


def same_value(level: str, named: str | None) -> bool:
    """Whether a label value equals the named value, ignoring case and the form of numbers."""
    if named is None:
        return False
    if level == named or level.strip().casefold() == named.strip().casefold():
        return True
    number = _number(level)
    return number is not None and number == _number(named)


def code_of(level: str, positive: str | None, negative: str | None = None) -> int:
    """Return 1 for a defect, 0 for a good unit, -1 if the spelling is unknown.

    Parameters
    ----------
    level : str
        A value of the label.
    positive, negative : str or None
        The value that the caller names as the defect, or as the only good value.
    """
    if positive is not None:
        return int(same_value(level, positive))
    if negative is not None:
        return int(not same_value(level, negative))
    return spelling(level)[1]


def known_positive(
    levels: Sequence[str], positive: str | None, negative: str | None = None
) -> str | None:
    """Return the value that means defect: as named, or by a known spelling; otherwise `None`."""
    if positive is not None:
        same = [level for level in levels if level == positive]
        same += [level for level in levels if same_value(level, positive)]
        return same[0] if same else None
    if negative is not None:
        others = [level for level in levels if not same_value(level, negative)]
        return others[0] if len(others) == 1 else None
    meanings = {level: spelling(level)[1] for level in levels}
    ones = [level for level, meaning in meanings.items() if meaning == 1]
    return ones[0] if ones and -1 not in meanings.values() else None


def decision_code(
    level: str, levels: Sequence[str], positive: str | None, negative: str | None
) -> int:
    """Return the class that a decision assigns: 1 defect, 0 good, -1 if it is not understood.

    Parameters
    ----------
    level : str
        A value of the column of decisions.
    levels : sequence of str
        Values of the label.
    positive, negative : str or None
        Values named by the caller.

    Notes
    -----
    A value in the label's spelling has the label's meaning. Otherwise 1 and 0, yes and no, words such as
    defect and good, and a class number at the end (``LABEL_1``) are understood.
    """
    if any(same_value(level, value) for value in (*levels, positive, negative)):
        code = code_of(level, positive, negative)
        if code >= 0:
            return code
    if (known := spelling(level)[1]) >= 0:
        return known
    if sense := sense_of_words(words_of(level)):
        return int(sense > 0)
    return {"1": 1, "0": 0}.get(words_of(level)[-1], -1) if words_of(level) else -1


def known_values(
    column: pa.Array, place: Place, label: Label | None, choices: ReadOptions
) -> NDArray[np.int8]:
    """Return the decisions of a column as 1, 0, or -1 if they are not understood, shape ``(n,)``."""
    levels, index = levels_of(column, place)
    known = [level for level in (label.levels if label else ()) if level]
    codes = [
        -1 if level is None else decision_code(level, known, choices.positive, choices.negative)
        for level in levels
    ]
    decisions: NDArray[np.int8] = np.array([*codes, -1], np.int8)[index]
    return decisions


class Label(Protocol):
    """Known values of the label."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Distinct values, possibly not all of them."""
        ...
