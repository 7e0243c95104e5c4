"""Labels of all rows as 0 and 1: counts of the values, and errors for values of unknown meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metrics.errors import Got, Option, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.formats.cells import MISSING, Location
from metrics.io.schema.label_values import (
    ASSUMPTIONS,
    code_of,
    same_value,
    spelling,
    unknown_defect_error,
)
from metrics.io.schema.score_meaning import Codes

_TOTAL = frozenset("total totals sum all gesamt summe mean average".split()) | {"grand total"}
FEW_STRAY_ROWS = 3
"""Largest number of unknown labels that count as stray rows, if they are at most 1% of all rows."""
MOST_LEVELS = 10_000
"""Largest number of distinct values that are counted."""


class LabelMap:
    """Maps label texts to 0 and 1 batch by batch, and counts the values.

    ``location`` is the label column, for messages. The caller may name the value that means defect
    (``positive``) or the good one (``negative``); every other value is then of the other class.
    """

    def __init__(
        self, location: Location, positive: str | None, negative: str | None = None
    ) -> None:
        self._location, self._positive, self._negative = location, positive, negative
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
        location = replace(self._location, before=before)
        levels = [level for level in spelt if level is not None]
        if len(levels) < len(spelt):
            missing = [k for k, level in enumerate(spelt) if level is None]
            raise _missing_label_error(location, int(np.argmax(np.isin(index, missing))), None)
        rows = np.bincount(index, minlength=len(levels))
        if len(self._counts) + len(levels) > MOST_LEVELS:
            raise self._multiclass_error()
        for k, level in enumerate(levels):
            if level.strip().casefold() in MISSING and not self._is_named(level):
                raise _missing_label_error(location, int(np.argmax(index == k)), level)
            if level not in self._codes:
                self._seen_at[level] = before + int(np.argmax(index == k))
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
                **self._location.whole,
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
                **self._location.whole,
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
                **self._location.whole,
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
        """Return the error if only some of the values are known: a stray row, two or several classes."""
        total = sum(self._counts.values())
        rows = sum(self._counts[level] for level in unknown)
        distinct_spellings = len({spelling(level) for level in self._counts} - {("", -1)})
        if distinct_spellings == 2 and rows <= FEW_STRAY_ROWS and total >= 100 * rows:
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
            **self._location.at(self._seen_at[level]),
            value=level,
            hint="Remove the row if it is a total, or correct the label.",
        )

    def _listed(self) -> str:
        common_spellings = [repr(shown(level, 30)) for level, _ in self._counts.most_common(6)]
        return ", ".join(common_spellings) + (", …" if len(self._counts) > 6 else "")

    def _multiclass_error(self) -> ScoreError:
        return ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {len(self._counts)}: {self._listed()}",
            **self._location.whole,
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
        return unknown_defect_error([self._listed()], **self._location.whole)

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
                    **self._location.whole,
                )
                for family, (bad, good) in ASSUMPTIONS.items()
                if family in families
            ]
        if len(self._counts) <= 2:
            return []
        others = "good" if self._positive is not None else "a defect"
        text = f"every label but {self._named!r} counts as {others}: {self._listed()}"
        return [warning("W_ONEVSREST", text, **self._location.whole)]


def _missing_label_error(location: Location, row: int, text: str | None) -> ScoreError:
    return ScoreError(
        "E_LABEL_NA",
        f"every unit must have a label, got {shown(text) if text else 'nothing'}",
        **location.at(row),
        value=text,
        hint="Label the unit, or remove the row.",
    )
