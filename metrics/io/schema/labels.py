"""Values of a label: their meaning by known spellings, or by the value that the caller names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Got, Option, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.cells import MISSING, NUMBER, Place, text_of
from metrics.io.read_options import ReadOptions
from metrics.io.schema.column_words import sense_of_words, words_of
from metrics.io.schema.score_meaning import Codes

# Spelling -> (family, meaning). Numbers are compared as numbers, words in lower case.
_PAIRS = ("true/false", "yes/no", "y/n", "t/f")
_WORDS = {word: (pair, 1 - k) for pair in _PAIRS for k, word in enumerate(pair.split("/"))}
_NUMBERS = {1.0: ("1", 1), 0.0: ("0", 0), -1.0: ("-1", 0)}
# Families of spellings that are reported to the user, because another reading is possible.
_ASSUMPTIONS = {pair: pair.split("/") for pair in _PAIRS[1:]} | {"-1": ["1", "-1"]}
_NUMBERED = re.compile(r"^[0-9]+:(?=.)")
"""Number of a class before its name, as Weka writes ``1:no``."""
_TOTAL = frozenset("total totals sum all gesamt summe mean average".split()) | {"grand total"}
MOST_LEVELS = 10_000
"""Largest number of distinct values that are counted."""


def _number(text: str) -> float | None:
    return float(text) if pc.match_substring_regex(pa.scalar(text), NUMBER).as_py() else None


def spelling(level: str) -> tuple[str, int]:
    """Return the family of a spelling and its meaning; ``("", -1)`` if it is unknown."""
    word = _NUMBERED.sub("", level.strip())
    number = _number(word)
    if number is not None:
        return _NUMBERS.get(number, ("", -1))
    return _WORDS.get(word.casefold(), ("", -1))


def levels_of(column: pa.Array, place: Place) -> tuple[list[str | None], NDArray[np.int32]]:
    """Return the distinct values of a column as text, and the index of each row's value, shape ``(n,)``."""
    column = plain(column)
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        column = text_of(column, place)
    encoded = column.dictionary_encode(null_encoding="encode")
    levels: list[str | None] = text_of(encoded.dictionary, place).to_pylist()
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
    words such as defect and good, and a class number at the end (``LABEL_1``) are understood.
    """
    positive, negative = choices.positive, choices.negative
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
    column: pa.Array, place: Place, levels: Sequence[str], choices: ReadOptions
) -> Codes:
    """Return the decisions of a column as 1, 0, or -1 if they are not understood, shape ``(n,)``."""
    values, index = levels_of(column, place)
    codes = [-1 if value is None else decision_code(value, levels, choices) for value in values]
    decisions: Codes = np.array([*codes, -1], np.int8)[index]
    return decisions


class LabelMap:
    """Maps label texts to 0 and 1 batch by batch, and counts the values.

    ``place`` is the label column, for messages. The caller may name the value that means defect
    (``positive``) or the good one (``negative``); every other value is then of the other class.
    """

    def __init__(self, place: Place, positive: str | None, negative: str | None = None) -> None:
        self._place, self._positive, self._negative = place, positive, negative
        self._codes: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._seen_at: dict[str, int] = {}
        self._last: tuple[str, str] | None = None

    @property
    def levels(self) -> dict[str, int]:
        """Number of occurrences of each value."""
        return dict(self._counts)

    def take(self, levels: Mapping[str, int]) -> None:
        """Add values counted elsewhere, with their numbers; ``E_MULTICLASS`` if there are far too many."""
        for level, rows in levels.items():
            self._seen_at.setdefault(level, 0)
            self._counts[level] += rows
            self._codes.setdefault(level, self._code(level))
        if len(self._counts) > MOST_LEVELS:
            raise self._multiclass_error()

    def codes(
        self, spelt: Sequence[str | None], index: NDArray[np.int32], last_id: str, before: int
    ) -> Codes:
        """Return 0 or 1 for each row, given the result of `levels_of` and the id of the last row.

        Raise ``E_LABEL_NA`` for a missing label, ``E_MULTICLASS`` for far too many values.
        """
        place = replace(self._place, before=before)
        levels = [level for level in spelt if level is not None]
        if len(levels) < len(spelt):
            missing = [k for k, level in enumerate(spelt) if level is None]
            raise _missing_label_error(place, int(np.flatnonzero(np.isin(index, missing))[0]), None)
        rows = np.bincount(index, minlength=len(levels))
        if len(self._counts) + len(levels) > MOST_LEVELS:
            raise self._multiclass_error()
        for k, level in enumerate(levels):
            if level.strip().casefold() in MISSING and not self._is_named(level):
                raise _missing_label_error(place, int(np.flatnonzero(index == k)[0]), level)
            if level not in self._codes:
                self._seen_at[level] = before + int(np.flatnonzero(index == k)[0])
                self._codes[level] = self._code(level)
            self._counts[level] += int(rows[k])
        if index.size:
            self._last = (last_id, str(levels[index[-1]]))
        return self.known(levels, index)

    def known(self, levels: Sequence[str | None], index: NDArray[np.int32]) -> Codes:
        """Return 0 or 1 for each row, if all values occurred before; see `codes`."""
        new = [level for level in levels if level not in self._codes]
        if new:
            raise ScoreError(
                "E_FILE",
                f"a file must stay as it is while it is open, and has the new label {shown(new[0])!r}",
                **self._place.whole,
                hint="Open it again.",
            )
        meanings = np.array([self._codes[str(level)] for level in levels] or [0], np.int8)
        codes: Codes = meanings[index]
        return codes

    def _code(self, level: str) -> int:
        return code_of(level, self._positive, self._negative)

    def _is_named(self, level: str) -> bool:
        return same_value(level, self._positive) or same_value(level, self._negative)

    def refuse_unknown(self, *, complete: bool) -> None:
        """Raise if the values so far are ambiguous.

        After all rows (``complete``) a row of totals is reported as such, and both classes must occur.
        """
        if complete:
            self.refuse_total()
        if self._named is None:
            self._refuse_unclear(complete=complete)
        elif complete:
            self._refuse_unused_name(self._named)
        if complete and len(set(self._codes.values())) < 2:
            level = next(iter(self._counts), "")
            raise ScoreError(
                "E_SINGLECLASS",
                f"both defects and good units must occur, every label is {shown(level)!r}",
                **self._place.whole,
                value=level,
                hint="Add units of the other class.",
            )

    @property
    def _named(self) -> str | None:
        """The value that the caller names as the defect, or as the only good value."""
        return self._positive if self._positive is not None else self._negative

    def _refuse_unused_name(self, named: str) -> None:
        """Raise ``E_POSLABEL`` if the label does not have the value that the caller names."""
        is_positive = self._positive is not None
        if int(is_positive) not in self._codes.values():
            option = Option("positive" if is_positive else "negative")
            raise ScoreError(
                "E_POSLABEL",
                Wording(option, " must be a value of the label", Got(repr(shown(named)))),
                **self._place.whole,
                value=named,
                hint=f"The label has: {self._listed()}.",
            )

    def _refuse_unclear(self, *, complete: bool) -> None:
        """Raise if the spellings of the values do not say which value is the defect."""
        counts = self._counts
        families = {spelling(level)[0] for level in counts}
        unknown = [level for level in counts if spelling(level)[0] == ""]
        are_numbers = families <= {"0", "1", "-1"}
        if unknown and len(unknown) < len(counts):
            if complete:
                raise self._partly_unknown_error(unknown)
        elif unknown and len(counts) > 2:
            raise self._multiclass_error()
        elif unknown and (complete or len(counts) == 2):
            raise self._unknown_defect_error()
        elif {"0", "-1"} <= families or (not are_numbers and len(families) > 1):
            raise self._multiclass_error() if len(counts) > 2 else self._unknown_defect_error()

    def _partly_unknown_error(self, unknown: list[str]) -> ScoreError:
        """Return the error for values of which only some are known: a stray row, two or several classes."""
        total = sum(self._counts.values())
        rows = sum(self._counts[level] for level in unknown)
        known = len({spelling(level) for level in self._counts} - {("", -1)})
        if known == 2 and rows <= 3 and total >= 100 * rows:
            return self._total_row_error(unknown[0])
        return self._unknown_defect_error() if len(self._counts) == 2 else self._multiclass_error()

    def refuse_total(self) -> None:
        """Raise if the last row so far is a row of totals, by its id and its invalid label."""
        last_id, last = self._last or ("", "")
        if self._named is None:
            others = {spelling(level) for level in self._counts if level != last}
            is_stray = spelling(last)[1] < 0 and len(others - {("", -1)}) == 2
        else:
            is_stray = not self._is_named(last) and len(self._counts) > 2
        if is_stray and self._counts[last] == 1 and last_id.strip().casefold() in _TOTAL:
            raise self._total_row_error(last)

    def _total_row_error(self, level: str) -> ScoreError:
        total = sum(self._counts.values())
        return ScoreError(
            "E_LABEL",
            f"labels must be one of two values, got {shown(level)!r} once among {total:,}",
            **self._place.at(self._seen_at[level]),
            value=level,
            hint="Remove the row if it is a total, or correct the label.",
        )

    def _listed(self) -> str:
        names = [repr(shown(level, 30)) for level, _ in self._counts.most_common(6)]
        return ", ".join(names) + (", …" if len(self._counts) > 6 else "")

    def _multiclass_error(self) -> ScoreError:
        return ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {len(self._counts)}: {self._listed()}",
            **self._place.whole,
            hint=Wording(
                "Say which one is the defect ",
                with_option("positive"),
                ", or the only good one ",
                with_option("negative"),
                ", or name another column ",
                with_option("label"),
                ".",
            ),
        )

    def _unknown_defect_error(self) -> ScoreError:
        return unknown_defect_error([self._listed()], **self._place.whole)

    def positive(self) -> str:
        """Return the spelling of defect: as named, or as first seen."""
        if self._positive is not None and self._positive in self._counts:
            return self._positive
        if self._negative is not None and len(self._counts) > 2:
            return f"not {self._negative}"
        defects = [level for level in self._seen_at if self._codes.get(level) == 1]
        return defects[0].strip() if defects else "1"

    def warnings(self) -> list[Problem]:
        """Return assumptions about the spellings, as warnings."""
        families = {spelling(level)[0] for level in self._counts}
        if self._named is None:
            return [
                warning(
                    "W_LABELMAP",
                    f"label read as {bad} = defect, {good} = good",
                    **self._place.whole,
                )
                for family, (bad, good) in _ASSUMPTIONS.items()
                if family in families
            ]
        if len(self._counts) <= 2:
            return []
        others = "good" if self._positive is not None else "a defect"
        text = f"every label but {self._named!r} counts as {others}: {self._listed()}"
        return [warning("W_ONEVSREST", text, **self._place.whole)]


def _missing_label_error(place: Place, row: int, text: str | None) -> ScoreError:
    return ScoreError(
        "E_LABEL_NA",
        f"every unit must have a label, got {shown(text) if text else 'nothing'}",
        **place.at(row),
        value=text,
        hint="Label the unit, or remove the row.",
    )
