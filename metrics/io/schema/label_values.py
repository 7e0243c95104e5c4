"""Values of a label: their meaning by known spellings, or by the value that the caller names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import ScoreError, Wording, with_option
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import NUMBER, Location, text_of
from metrics.io.read_options import ReadOptions
from metrics.io.schema.score_meaning import Codes
from metrics.io.schema.vocabulary import sense_of_decision, sense_of_words, words_of

# Spelling -> (family, meaning). Numbers are compared as numbers, words in lower case.
_PAIRS = ("true/false", "yes/no", "y/n", "t/f")
_WORDS = {word: (pair, 1 - k) for pair in _PAIRS for k, word in enumerate(pair.split("/"))}
_NUMBERS = {1.0: ("1", 1), 0.0: ("0", 0), -1.0: ("-1", 0)}
# Families of spellings that are reported to the user, because another reading is possible.
ASSUMPTIONS = {pair: pair.split("/") for pair in _PAIRS[1:]} | {"-1": ["1", "-1"]}
_NUMBERED = re.compile(r"^[0-9]+:(?=.)")
"""Number of a class before its name, as Weka writes ``1:no``."""


def _number(text: str) -> float | None:
    return float(text) if pc.match_substring_regex(pa.scalar(text), NUMBER).as_py() else None


def spelling(level: str) -> tuple[str, int]:
    """Return the family of a spelling and its meaning; ``("", -1)`` if it is unknown."""
    word = _NUMBERED.sub("", level.strip())
    number = _number(word)
    if number is not None:
        return _NUMBERS.get(number, ("", -1))
    return _WORDS.get(word.casefold(), ("", -1))


def levels_of(column: pa.Array, location: Location) -> tuple[list[str | None], NDArray[np.int32]]:
    """Return the distinct values of a column as text, and the index of each row's value, shape ``(n,)``."""
    column = plain(column)
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        column = text_of(column, location)
    encoded = column.dictionary_encode(null_encoding="encode")
    levels: list[str | None] = text_of(encoded.dictionary, location).to_pylist()
    return levels, encoded.indices.to_numpy(zero_copy_only=False)


def unknown_defect_error(levels: Sequence[str], *, file: str, column: str | None) -> ScoreError:
    """Return the question which value of the label is the defect."""
    return ScoreError(
        "E_POSLABEL",
        f"which label value is the defect must be known, got {', '.join(levels)}",
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

    The caller may name the value that is the defect (``positive``), or the only good value (``negative``).
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


def likely_defect(levels: Sequence[str]) -> str | None:
    """Return the value that means the defect by its words, next to one that means good; otherwise `None`."""
    senses = {level: sense_of_words(words_of(level)) for level in levels}
    is_clear = sorted(senses.values()) == [-1, 1]
    return next(level for level in senses if senses[level] == 1) if is_clear else None


def decision_code(level: str, levels: Sequence[str], choices: ReadOptions) -> int:
    """Return the class that a decision assigns: 1 defect, 0 good, -1 if it is not understood.

    A value in the spelling of the label's ``levels`` has the label's meaning. Otherwise 1 and 0, yes and no,
    words such as defect and good or reject and ship, and a class number at the end (``LABEL_1``) are
    understood.
    """
    positive, negative = choices.positive, choices.negative
    if any(same_value(level, value) for value in (*levels, positive, negative)):
        code = code_of(level, positive, negative)
        if code >= 0:
            return code
    if (known := spelling(level)[1]) >= 0:
        return known
    if sense := sense_of_decision(words_of(level)):
        return int(sense > 0)
    return {"1": 1, "0": 0}.get(words_of(level)[-1], -1) if words_of(level) else -1


def decisions_of_words(
    words: Sequence[str], levels: Sequence[str], choices: ReadOptions
) -> dict[str, int]:
    """Return the decision of each word that is understood: 1 to reject, 0 to ship; empty without both."""
    codes = {word: decision_code(word, levels, choices) for word in words}
    known = {word: code for word, code in codes.items() if code >= 0}
    return known if len(set(known.values())) == 2 else {}


def decisions_of_column(
    column: pa.Array, location: Location, levels: Sequence[str], choices: ReadOptions
) -> Codes:
    """Return the decisions of a column as 1, 0, or -1 if they are not understood, shape ``(n,)``."""
    values, index = levels_of(column, location)
    codes = [-1 if value is None else decision_code(value, levels, choices) for value in values]
    decisions: Codes = np.array([*codes, -1], np.int8)[index]
    return decisions
