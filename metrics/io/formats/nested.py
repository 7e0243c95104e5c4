"""Columns with the scores of all classes in one cell, which are expanded to one column for each class.

Vertex AI, BigQuery ML, Spark ML, Snowflake and pipelines write a list, an object or a vector into one cell.
The first rows determine the content of the cells, and all rows must have the same content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from metrics.errors import ScoreError, shown
from metrics.io.formats.arrow_arrays import is_text, plain
from metrics.io.formats.nested_cells import Cell, class_text, looks_nested, scores_in, value_of
from metrics.io.formats.source import Source
from metrics.io.schema.vocabulary import is_label, is_predicted, is_score, normal, words_of

_INPUTS = frozenset("instance input inputs record example row".split())
"""Names of columns that hold a model's input, including the label."""


@dataclass(frozen=True)
class Expansion:
    """A column of nested values, and the columns created from it.

    Attributes
    ----------
    classes : str or None
        Column that holds the classes of a list of scores.
    parts : dict of str to str
        Class or key of each new column.
    texts : frozenset of str
        New columns that hold text.
    is_plain : bool
        Whether the cells are objects of plain values without scores.
    """

    column: str
    classes: str | None
    parts: Mapping[str, str]
    texts: frozenset[str]
    is_plain: bool = False


class ExpandedSource(Source):
    """A source in which columns of nested scores are replaced by one column for each class.

    Attributes
    ----------
    class_columns : frozenset of str
        New columns with the scores of one class, identified by name and not by rank.
    """

    def __init__(self, source: Source, expansions: Sequence[Expansion]) -> None:
        super().__init__(source.name, stamp=source.stamp, rows_claimed=source.rows_claimed)
        self._source, self.problems = source, source.problems
        self._by_part = {part: expansion for expansion in expansions for part in expansion.parts}
        by_column = {expansion.column: expansion for expansion in expansions}
        class_lists = {expansion.classes for expansion in expansions}
        names: list[str] = []
        for name in source.names:
            if name in by_column:
                names += by_column[name].parts
            elif name not in class_lists:
                names.append(name)
        self.names = tuple(names)
        self.class_columns = frozenset(
            part
            for part, expansion in self._by_part.items()
            if part not in expansion.texts
            if expansion.classes is not None or not _are_positions(expansion.parts)
        )
        self._head = dict(zip(names, self._expand(source.head(), names), strict=True))

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows."""
        return self._head

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `Source.batches`."""
        read: list[str] = []
        for name in columns:
            expansion = self._by_part.get(name)
            if expansion is None:
                read.append(name)
            else:
                read += [expansion.column, *filter(None, [expansion.classes])]
        read = list(dict.fromkeys(read))
        plain_numbers = frozenset(name for name in numbers if name not in self._by_part)
        before = 0
        for arrays in self._source.batches(read, plain_numbers, size):
            yield self._expand(dict(zip(read, arrays, strict=True)), columns, before)
            before += len(arrays[0])

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return file and row of a value; see `Source.locate`."""
        expansion = self._by_part.get(column)
        return self._source.locate(column if expansion is None else expansion.column, index)

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""
        return self._source.digest()

    def _expand(
        self, given: Mapping[str, pa.Array], columns: Sequence[str], before: int = 0
    ) -> list[pa.Array]:
        """Return columns, extracting those of nested values from their cells."""
        cells: dict[str, list[Cell | None]] = {}
        arrays = []
        for name in columns:
            expansion = self._by_part.get(name)
            if expansion is None:
                arrays.append(given[name])
                continue
            column, key = expansion.column, expansion.parts[name]
            if column not in cells:
                cells[column] = _cells(given, expansion)
            values = [None if cell is None else cell.get(key) for cell in cells[column]]
            if None in values:
                k = values.index(None)
                file, row = self.locate(name, before + k)
                raise ScoreError(
                    "E_NESTED",
                    f"every row must hold a score of {key!r}, got {shown(_values(given[column])[k])!r}",
                    file=file,
                    row=row,
                    column=column,
                    hint="Write each class's score as a column of its own.",
                )
            arrays.append(
                pa.array(values, pa.string() if name in expansion.texts else pa.float64())
            )
        return arrays


def _are_positions(parts: Mapping[str, str]) -> bool:
    return list(parts.values()) == [str(k) for k in range(len(parts))]


def _values(array: pa.Array) -> list[Any]:
    values: list[Any] = (array if pa.types.is_nested(array.type) else plain(array)).to_pylist()
    return values


def _cells(given: Mapping[str, pa.Array], expansion: Expansion) -> list[Cell | None]:
    """Return the content of each cell of a column; `None` if a cell is not understood."""
    values = [value_of(value) for value in _values(given[expansion.column])]
    if expansion.is_plain:
        return [
            {key: class_text(part) for key, part in value.items()}
            if isinstance(value, dict)
            else None
            for value in values
        ]
    if expansion.classes is None:
        return [scores_in(value) for value in values]
    classes = [value_of(names) for names in _values(given[expansion.classes])]
    return [scores_in(value, names) for value, names in zip(values, classes, strict=True)]


def expand_nested(source: Source) -> Source:
    """Return a source whose nested scores are separate columns; unchanged if it has none."""
    heads = source.head()
    nested = [name for name, array in heads.items() if _holds_nested(array)]
    if not nested:
        return source
    class_lists = [name for name in nested if _is_class_list(heads[name])]
    used_names = set(source.names)
    expansions = []
    for name in nested:
        expansion = None
        if normal(name) in _INPUTS:
            expansion = _input_expansion(name, heads, used_names)
        elif is_label(name):
            expansion = _label_expansion(name, heads, used_names)
        elif _is_named_score(name) and name not in class_lists:
            expansion = _expansion(name, heads, next(iter(class_lists), None), used_names)
        if expansion is not None:
            expansions.append(expansion)
    return ExpandedSource(source, expansions) if expansions else source


def _is_named_score(name: str) -> bool:
    return is_score(words_of(name)) or is_predicted(words_of(name))


def unreadable_scores(source: Source) -> list[str]:
    """Return columns of nested values that have names like scores but are not understood."""
    heads = source.head()
    return [
        name
        for name, array in heads.items()
        if _holds_nested(array) and _is_named_score(name) and not _is_class_list(array)
    ]


def _holds_nested(array: pa.Array) -> bool:
    if isinstance(array.type, pa.JsonType):
        return True
    array = plain(array)
    if pa.types.is_nested(array.type):
        return True
    if not is_text(array.type):
        return False
    cells = array.slice(0, 20).cast(pa.binary()).to_pylist()
    texts = [cell.decode(errors="replace") for cell in cells if cell]
    return bool(texts) and all(map(looks_nested, texts))


def _is_class_list(array: pa.Array) -> bool:
    """Whether a column has a list of names in every row, such as the classes of scores in another column."""
    values = [value_of(value) for value in _values(array.slice(0, 20)) if value is not None]
    return bool(values) and all(
        isinstance(value, (list, tuple))
        and len(value) > 1
        and all(isinstance(name, str) for name in value)
        for value in values
    )


def _input_expansion(name: str, heads: Mapping[str, pa.Array], taken: set[str]) -> Expansion | None:
    """Return the plain values inside objects such as Vertex AI's ``{"id": "u1", "label": "1"}``."""
    cells = [value_of(value) for value in _values(heads[name])]
    first = cells[0] if cells else None
    if not isinstance(first, Mapping):
        return None
    keys = [str(key) for key, part in first.items() if isinstance(part, (str, int, float, bool))]
    parts = {key if key not in taken else f"{name}_{key}": key for key in keys}
    if not parts or any(not isinstance(cell, Mapping) or not {*keys} <= {*cell} for cell in cells):
        return None
    return Expansion(name, None, parts, frozenset(parts), is_plain=True)


def _label_expansion(name: str, heads: Mapping[str, pa.Array], taken: set[str]) -> Expansion | None:
    """Return the label inside objects such as FiftyOne's ``{"label": "good", "tags": []}``."""
    part = f"{name}_label"
    expansion = Expansion(name, None, {part: "label"}, frozenset({part}))
    cells = _cells(heads, expansion)
    if part in taken or any(cell is None or "label" not in cell for cell in cells):
        return None
    return expansion


def _expansion(
    name: str, heads: Mapping[str, pa.Array], classes: str | None, taken: set[str]
) -> Expansion | None:
    """Return the scores of the classes in a column, if all cells have the same classes."""
    cells = _cells(heads, Expansion(name, classes, {}, frozenset()))
    first = cells[0] if cells else None
    if first is None or any(cell is None or cell.keys() != first.keys() for cell in cells):
        return None
    parts = {f"{name}_{part}" if len(first) > 1 else name: part for part in first}
    if any(part in taken for part in parts if part != name):
        return None
    texts = frozenset(part for part, key in parts.items() if isinstance(first[key], str))
    return Expansion(name, classes, parts, texts)
