"""Map from the values of a label to 0 and 1, batch by batch, with questions about unclear values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metrics.errors import Got, Option, Problem, ScoreError, Wording, shown, warning, with_option
from metrics.io.formats.cells import MISSING, Place
from metrics.io.schema.label_values import ask_positive, code_of, same_value, spelling

MOST_LEVELS = 10_000
"""Largest number of distinct values that are counted."""
# Families of spellings that are reported to the user, because another reading is possible.
_ASSUMPTIONS = {
    "yes/no": "yes = defect, no = good",
    "y/n": "y = defect, n = good",
    "t/f": "t = defect, f = good",
    "-1": "1 = defect, -1 = good",
}
_TOTAL = frozenset(
    {"total", "totals", "sum", "all", "grand total", "gesamt", "summe", "mean", "average"}
)


class LabelMap:
    """Maps label texts to 0 and 1 batch by batch, and counts the values.

    Parameters
    ----------
    place : Place
        The label column, for messages.
    positive : str or None
        The value that means defect; every other value is then 0.
    negative : str or None
        The value that means a good unit; every other value is then 1.
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
        """Add values counted elsewhere, with their numbers.

        Raises
        ------
        ScoreError
            ``E_MULTICLASS`` if there are far too many values.
        """
        for level, rows in levels.items():
            self._seen_at.setdefault(level, 0)
            self._counts[level] += rows
            self._codes.setdefault(level, self._code(level))
        if len(self._counts) > MOST_LEVELS:
            raise self._many()

    def codes(
        self, spelt: Sequence[str | None], index: NDArray[np.int32], last_id: str, before: int
    ) -> NDArray[np.int8]:
        """Return 0 or 1 for each row, shape ``(n,)``, dtype int8.

        Parameters
        ----------
        spelt, index
            From `levels_of`.
        last_id : str
            Id of the last row.
        before : int
            Number of rows before these.

        Raises
        ------
        ScoreError
            ``E_LABEL_NA`` for a missing label, ``E_LABEL`` for a stray value, ``E_MULTICLASS`` for more than
            two values, ``E_POSLABEL`` if it is unknown which of two values is the defect.
        """
        place = replace(self._place, before=before)
        levels = [level for level in spelt if level is not None]
        if len(levels) < len(spelt):
            missing = [k for k, level in enumerate(spelt) if level is None]
            raise self._missing(place, int(np.flatnonzero(np.isin(index, missing))[0]), None)
        rows = np.bincount(index, minlength=len(levels))
        if len(self._counts) + len(levels) > MOST_LEVELS:
            raise self._many()
        for k, level in enumerate(levels):
            is_named = same_value(level, self._positive) or same_value(level, self._negative)
            if level.strip().casefold() in MISSING and not is_named:
                raise self._missing(place, int(np.flatnonzero(index == k)[0]), level)
            if level not in self._seen_at:
                self._seen_at[level] = before + int(np.flatnonzero(index == k)[0])
            self._counts[level] += int(rows[k])
        if index.size:
            self._last = (last_id, str(levels[index[-1]]))
        for level in levels:
            if level not in self._codes:
                self._codes[level] = self._code(level)
        return self.known(levels, index)

    def known(self, levels: Sequence[str | None], index: NDArray[np.int32]) -> NDArray[np.int8]:
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
        codes: NDArray[np.int8] = meanings[index]
        return codes

    def _code(self, level: str) -> int:
        return code_of(level, self._positive, self._negative)

    def refuse_unknown(self, *, complete: bool) -> None:
        """Raise if the values so far are ambiguous.

        Parameters
        ----------
        complete : bool
            Whether all rows were seen, so that both classes must have occurred.
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
                hint=f"The label has: {self._levels()}.",
            )

    def _refuse_unclear(self, *, complete: bool) -> None:
        """Raise if the spellings of the values do not say which value is the defect."""
        counts = self._counts
        families = {spelling(level)[0] for level in counts}
        unknown = [level for level in counts if spelling(level)[0] == ""]
        are_numbers = families <= {"0", "1", "-1"}
        if unknown and len(unknown) < len(counts):
            if complete:
                raise self._partly_unknown(unknown)
        elif unknown and len(counts) > 2:
            raise self._many()
        elif unknown and (complete or len(counts) == 2):
            raise self._ask()
        elif {"0", "-1"} <= families or (not are_numbers and len(families) > 1):
            raise self._many() if len(counts) > 2 else self._ask()

    def _partly_unknown(self, unknown: list[str]) -> ScoreError:
        """Return the error for values of which only some are known: a stray row, two or several classes."""
        total = sum(self._counts.values())
        rows = sum(self._counts[level] for level in unknown)
        known = len({spelling(level) for level in self._counts} - {("", -1)})
        if known == 2 and rows <= 3 and total >= 100 * rows:
            return self._stray(unknown[0])
        return self._ask() if len(self._counts) == 2 else self._many()

    def refuse_total(self) -> None:
        """Raise if the last row so far is a row of totals, by its id and its invalid label."""
        last_id, last = self._last or ("", "")
        if self._positive is None and self._negative is None:
            others = {spelling(level) for level in self._counts if level != last}
            is_stray = spelling(last)[1] < 0 and len(others - {("", -1)}) == 2
        else:
            is_named = same_value(last, self._positive) or same_value(last, self._negative)
            is_stray = not is_named and len(self._counts) > 2
        if is_stray and self._counts[last] == 1 and last_id.strip().casefold() in _TOTAL:
            raise self._stray(last)

    def _stray(self, level: str) -> ScoreError:
        total = sum(self._counts.values())
        return ScoreError(
            "E_LABEL",
            f"labels must be one of two values, got {shown(level)!r} once among {total:,}",
            **self._place.at(self._seen_at[level]),
            value=level,
            hint="Remove the row if it is a total, or correct the label.",
        )

    def _levels(self) -> str:
        names = [repr(shown(level, 30)) for level, _ in self._counts.most_common(6)]
        return ", ".join(names) + (", …" if len(self._counts) > 6 else "")

    def _many(self) -> ScoreError:
        return ScoreError(
            "E_MULTICLASS",
            f"the label must have two values, got {len(self._counts)}: {self._levels()}",
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

    def _ask(self) -> ScoreError:
        return ask_positive(self._levels(), **self._place.whole)

    def _missing(self, place: Place, row: int, text: str | None) -> ScoreError:
        return ScoreError(
            "E_LABEL_NA",
            f"every unit must have a label, got {shown(text) if text else 'nothing'}",
            **place.at(row),
            value=text,
            hint="Label the unit, or remove the row.",
        )

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
        if self._named is not None:
            if len(self._counts) > 2:
                others = "good" if self._positive is not None else "a defect"
                text = f"every label but {self._named!r} counts as {others}: {self._levels()}"
                return [warning("W_ONEVSREST", text, **self._place.whole)]
            return []
        return [
            warning("W_LABELMAP", f"label read as {pair}", **self._place.whole)
            for family, pair in _ASSUMPTIONS.items()
            if family in families
        ]
