"""First rows of a source, and facts about each column in them, independent of its role."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from metrics.errors import ScoreError
from metrics.io.formats.arrow_arrays import is_text, plain
from metrics.io.formats.cells import COMMA_NUMBER, MISSING, NUMBER, Location, numbers_of, text_of
from metrics.io.formats.nested_cells import looks_nested
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions
from metrics.io.schema.label_values import decisions_of_column
from metrics.io.schema.score_meaning import Codes, Floats
from metrics.io.schema.vocabulary import normal, words_of

_NUMBER, _COMMA = re.compile(NUMBER), re.compile(COMMA_NUMBER)
# Damaged numbers: 0x1p-1, 5d-1, 1_000, '0.5, 1,234.5, 12 %, full-width digits, or infinite.
_SPOILT = re.compile(
    r"^['\"$€£(]?[+-]?\.?\d[\d\s.,_']*([edpx]?[+-]?\w{0,4})?\s*[%)]?$|^[+-]?inf(inity)?$",
    re.IGNORECASE,
)
_LEVELS = 8
"""Largest number of distinct values that are stored."""
_DATE = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|^\d{1,2}:\d{2}|^[\d-]+T\d{2}:")


@dataclass(frozen=True)
class ColumnFacts:
    """Facts about a column from its first rows.

    Attributes
    ----------
    kind : str
        ``number``, ``text``, ``decimal-comma`` (numbers if "," is the decimal sign), ``spoilt``
        (mostly numbers, some unreadable), ``empty`` or ``nested`` (lists, bytes).
    outside, numbers : int
        Number of finite values outside [0, 1], and of finite values.
    binary, whole : bool
        Whether all finite values are 0 or 1; whether all are whole.
    comma : tuple of int and str, or None
        Row (from 1) and text of the first decimal comma.
    """

    name: str
    kind: str
    type_name: str = "text"
    rows: int = 0
    missing: int = 0
    distinct: int = 0
    levels: tuple[str, ...] = ()
    outside: int = 0
    numbers: int = 0
    binary: bool = False
    whole: bool = False
    low: float = 0.0
    high: float = 0.0
    comma: tuple[int, str] | None = None

    @cached_property
    def key(self) -> str:
        """Normalised name, used for all comparisons of names."""
        return normal(self.name)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words of the name, in lower case."""
        return words_of(self.name)

    @property
    def values(self) -> tuple[str, ...]:
        """The first distinct values without the empty one."""
        return tuple(filter(None, self.levels))

    @property
    def is_vector(self) -> bool:
        """Whether the texts look like lists, objects or vectors."""
        known = [level for level in self.levels if level.strip()]
        return self.kind == "text" and bool(known) and all(map(looks_nested, known))


def measure(name: str, array: pa.Array, source: Source, decimal: str) -> ColumnFacts:
    """Return the facts of one column of the first rows."""
    if isinstance(array.type, pa.JsonType):
        return ColumnFacts(name=name, kind="nested", type_name="lists or objects")
    array = plain(array)
    kind = array.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return ColumnFacts(name=name, kind="nested", type_name=str(kind))
    if not (is_text(kind) or pa.types.is_null(kind)):
        return _typed(name, array, source)
    texts = [value or "" for value in text_of(array, Location(source, name)).to_pylist()]
    known_texts = [t for t in texts if t.strip().casefold() not in MISSING]
    fits = _COMMA if decimal == "," else _NUMBER
    numeric = [t for t in known_texts if fits.match(t)]
    spoilt = [
        t
        for t in known_texts
        if not fits.match(t) and not _DATE.match(t) and _SPOILT.match(t.strip())
    ]
    values = np.array([float(t.replace(",", ".")) for t in numeric], np.float64)
    if not known_texts:
        form = "empty"
    elif decimal == "." and _has_decimal_commas(known_texts):
        form = "decimal-comma"
    elif len(numeric) == len(known_texts):
        form = "number"
    else:
        form = "spoilt" if 2 * (len(numeric) + len(spoilt)) > len(known_texts) else "text"
    facts = _facts(name, form, texts, known_texts, values, "text")
    if form != "decimal-comma":
        return facts
    first = next(k for k, text in enumerate(texts) if "," in text)
    return replace(facts, comma=(first + 1, texts[first]))


def _has_decimal_commas(texts: Sequence[str]) -> bool:
    """Whether all texts are numbers, some with a decimal comma and none with a decimal point."""
    if not any("," in t for t in texts) or any("." in t for t in texts):
        return False
    return all(_COMMA.match(t) or _NUMBER.match(t) for t in texts)


def _typed(name: str, array: pa.Array, source: Source) -> ColumnFacts:
    kind = array.type
    try:
        texts = ["" if t is None else t for t in text_of(array, Location(source, name)).to_pylist()]
    except ScoreError:
        return ColumnFacts(name=name, kind="nested", type_name=str(kind))
    known_texts = [t for t in texts if t not in {"", "nan"}]
    number = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    if not any(is_kind(kind) for is_kind in number):
        return _facts(name, "text", texts, known_texts, np.empty(0), str(kind))
    words = {"true": "1", "false": "0"}
    values = np.array([float(words.get(t, t)) for t in known_texts], np.float64)
    return _facts(name, "number" if known_texts else "empty", texts, known_texts, values, str(kind))


def _facts(
    name: str, form: str, texts: list[str], known: list[str], values: np.ndarray, type_name: str
) -> ColumnFacts:
    finite = values[np.isfinite(values)]
    return ColumnFacts(
        name=name,
        kind=form,
        type_name=type_name,
        rows=len(texts),
        missing=len(texts) - len(known),
        distinct=len(set(texts)),
        levels=tuple(sorted(set(texts)))[:_LEVELS],
        outside=int(((finite < 0) | (finite > 1)).sum()),
        numbers=finite.size,
        binary=bool(finite.size) and bool(np.isin(finite, (0.0, 1.0)).all()),
        whole=bool(finite.size) and bool((finite == np.floor(finite)).all()),
        low=float(finite.min()) if finite.size else 0.0,
        high=float(finite.max()) if finite.size else 0.0,
    )


@dataclass(frozen=True)
class FirstRows:
    """First rows of a source under the caller's options, with the facts of its columns."""

    source: Source
    choices: ReadOptions
    facts: tuple[ColumnFacts, ...]

    @classmethod
    def of(cls, source: Source, choices: ReadOptions) -> FirstRows:
        """Measure every column that is not ignored."""
        ignored = choices.ignore or ()
        columns = [(name, a) for name, a in source.head().items() if name not in ignored]
        facts = (measure(name, array, source, choices.sign) for name, array in columns)
        return cls(source, choices, tuple(facts))

    @property
    def file(self) -> str:
        """Name of the source."""
        return self.source.name

    def column(self, name: str | None) -> ColumnFacts | None:
        """Return the facts of a column; `None` if there is no such column."""
        return next((f for f in self.facts if f.name == name), None)

    def without(self, names: Iterable[str]) -> FirstRows:
        """Return the same rows without the facts of some columns."""
        left_out = set(names)
        return replace(self, facts=tuple(f for f in self.facts if f.name not in left_out))

    def numbers(self, names: Iterable[str]) -> dict[str, Floats]:
        """Return the values of columns by name; without the columns that are no numbers."""
        return self._numbers(dict.fromkeys(names, self.choices.sign))

    def scores(self, facts: Iterable[ColumnFacts]) -> dict[str, Floats]:
        """Return the values of the columns that have a number in every row."""
        signs = {"number": self.choices.sign, "decimal-comma": ","}
        return self._numbers(
            {f.name: signs[f.kind] for f in facts if f.kind in signs and not f.missing}
        )

    def _numbers(self, signs: Mapping[str, str]) -> dict[str, Floats]:
        """Return the values of columns, given the decimal sign of each."""
        heads, found = self.source.head(), {}
        for name, sign in signs.items():
            with contextlib.suppress(ScoreError):
                found[name] = numbers_of(heads[name], Location(self.source, name), decimal=sign)
        return found

    def decisions(self, name: str, levels: Sequence[str]) -> Codes:
        """Return a column of decisions as 1, 0 or -1; see `decisions_of_column`."""
        head = self.source.head()[name]
        return decisions_of_column(head, Location(self.source, name), levels, self.choices)
