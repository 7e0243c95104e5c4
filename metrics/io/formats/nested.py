"""Nested scores: lists, objects and vectors in a cell, expanded to one column for each class.

Vertex AI, BigQuery ML, Spark ML, Snowflake and pipelines write the scores of all classes into one cell. The
cell is a list, an object, or the text of either. The first rows determine the content of the cells, and all
rows must have the same content.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jiter
import numpy as np
import pyarrow as pa

from metrics.errors import ScoreError, shown
from metrics.io.formats.arrow_arrays import is_text, plain
from metrics.io.formats.source import Source
from metrics.io.schema.column_words import is_label, is_predicted, is_score, normal, words_of

_MOST_CLASSES = 1_000
_OPENS, _CLOSES = ("[", "{", "(", "DenseVector(", "SparseVector(", "array("), ("]", "}", ")")
_CLASSES = frozenset(
    "classes labels classnames class_names displaynames display_names label_names names".split()
)
_SCORES = frozenset(
    "scores probabilities confidences probs prob proba probability confidence values score "
    "predictions".split()
)
_LABEL = frozenset(
    "label class classname class_name tag tagname name predicted_label displayname category value".split()
)
_SCORE = frozenset("score prob proba probability confidence".split())
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

Cell = dict[str, Any]
"""Scores by class; or a predicted class under "label" with its "score"."""


@dataclass(frozen=True)
class Expansion:
    """A column of nested values, and the columns created from it.

    Attributes
    ----------
    column : str
    beside : str or None
        Column that holds the classes of a list of scores.
    parts : dict of str to str
        Class or key of each new column.
    texts : frozenset of str
        New columns that hold text.
    is_plain : bool
        Whether the cells are objects of plain values without scores.
    """

    column: str
    beside: str | None
    parts: Mapping[str, str]
    texts: frozenset[str]
    is_plain: bool = False


def looks_nested(text: str) -> bool:
    """Whether a text looks like a list, an object or a vector."""
    known = text.strip()
    return known.startswith(_OPENS) and known.endswith(_CLOSES)


def value_of(cell: Any) -> Any:
    """Return the value that a cell's text represents; `None` for an unreadable text.

    Cells that are not text are returned unchanged. JSON, Python literals, NumPy's ``[0.1 0.9]`` and Spark's
    vectors are supported.
    """
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if not looks_nested(text):
        return None
    try:
        return jiter.from_json(text.encode(), allow_inf_nan=False)
    except ValueError:
        pass
    text = re.sub(
        r"^(DenseVector|SparseVector|array)\((.*?)(, *dtype=.*)?\)$", r"\2", text, flags=re.S
    )
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        # NumPy writes lists without commas.
        if re.fullmatch(r"\[[\s\d.eE+-]*\]", text):
            return [float(number) for number in _NUMBER.findall(text)]
        return None
    return _sparse(*value) if _is_sparse(value) else value


def _is_sparse(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 3
        and isinstance(value[0], int)
        and all(isinstance(part, list) for part in value[1:])
        and len(value[1]) == len(value[2])
    )


def _sparse(size: Any, indices: Any, values: Any) -> list[float]:
    """Return a vector in full; empty if its parts are inconsistent."""
    are_lists = isinstance(indices, list) and isinstance(values, list)
    if not are_lists or len(indices) != len(values) or not isinstance(size, int):
        return []
    if not all(isinstance(k, int) and 0 <= k < size for k in indices) or size > _MOST_CLASSES:
        return []
    if not all(map(_is_number, values)):
        return []
    full = [0.0] * size
    for k, value in zip(indices, values, strict=True):
        full[k] = value
    return full


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def scores_in(value: Any, classes: Any = None, depth: int = 0) -> Cell | None:
    """Return the content of a nested value: scores by class, or a predicted class with its score.

    Parameters
    ----------
    value : object
    classes : object
        Names of the classes, if another column holds them.
    depth : int
        Nesting level of this value in the cell.

    Returns
    -------
    dict or None
        `None` if the value is not understood.
    """
    if depth > 4:
        return None
    if isinstance(value, (list, tuple, np.ndarray)):
        return _of_list(list(value), classes, depth)
    if isinstance(value, Mapping):
        return _of_object(value, depth)
    return None


def _of_list(values: list[Any], classes: Any, depth: int) -> Cell | None:
    if not 0 < len(values) <= _MOST_CLASSES:
        return None
    if len(values) == 1 and not _is_number(values[0]):
        return scores_in(values[0], None, depth + 1)
    if all(map(_is_number, values)):
        names = classes if isinstance(classes, (list, tuple)) else None
        if names is not None and len(names) == len(values):
            return {str(name): float(v) for name, v in zip(names, values, strict=True)}
        return {str(k): float(v) for k, v in enumerate(values)}
    cells = [_of_object(one, depth + 1) if isinstance(one, Mapping) else None for one in values]
    found: Cell = {}
    for cell in cells:
        if cell is None or set(cell) != {"label", "score"} or cell["label"] in found:
            return None
        found[cell["label"]] = cell["score"]
    return found


def _of_object(value: Mapping[str, Any], depth: int) -> Cell | None:
    keys = {str(key).casefold(): key for key in value}
    if {"type", "values"} <= keys.keys() and isinstance(value[keys["values"]], list):
        own = value[keys["values"]]
        size, indices = value.get(keys.get("size", "")), value.get(keys.get("indices", ""))
        dense = _sparse(size, indices, own) if size and indices is not None else own
        return _of_list(dense, None, depth + 1)
    names = next((value[keys[key]] for key in _CLASSES if key in keys), None)
    scores = next((value[keys[key]] for key in _SCORES if key in keys), None)
    if isinstance(names, (list, tuple)) and isinstance(scores, (list, tuple)):
        return _of_list(list(scores), names, depth + 1) if len(names) == len(scores) else None
    label = next((value[keys[key]] for key in _LABEL if key in keys), None)
    score = next((value[keys[key]] for key in _SCORE if key in keys), None)
    if isinstance(label, (str, int, bool)) and isinstance(score, (int, float)):
        return {"label": _class_text(label), "score": float(score)}
    if len(value) > 1 and all(map(_is_number, value.values())):
        return {str(key): float(own) for key, own in value.items()}
    for key, own in value.items():
        words = words_of(str(key))
        if (is_score(words) or is_predicted(words)) and isinstance(own, (list, tuple, Mapping)):
            return scores_in(own, names, depth + 1)
    return {"label": _class_text(label)} if isinstance(label, (str, int, bool)) else None


def _class_text(label: Any) -> str:
    return str(label).lower() if isinstance(label, bool) else str(label)


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
        self._by_part = {part: own for own in expansions for part in own.parts}
        gone = {own.column for own in expansions} | {own.beside for own in expansions}
        by_column = {own.column: own for own in expansions}
        names: list[str] = []
        for name in source.names:
            own = by_column.get(name)
            names += [*own.parts] if own is not None else [] if name in gone else [name]
        self.names = tuple(names)
        self.class_columns = frozenset(
            part
            for own in expansions
            for part in own.parts
            if part not in own.texts and (own.beside is not None or not _are_places(own.parts))
        )
        self._head = dict(zip(names, self._made(source.head(), names), strict=True))

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows."""
        return self._head

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `Source.batches`."""
        wanted: list[str] = []
        for name in columns:
            own = self._by_part.get(name)
            wanted += [name] if own is None else [own.column, *filter(None, [own.beside])]
        wanted = list(dict.fromkeys(wanted))
        plain_numbers = frozenset(name for name in numbers if name not in self._by_part)
        before = 0
        for arrays in self._source.batches(wanted, plain_numbers, size):
            yield self._made(dict(zip(wanted, arrays, strict=True)), columns, before)
            before += len(arrays[0])

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return file and row of a value; see `Source.locate`."""
        own = self._by_part.get(column)
        return self._source.locate(column if own is None else own.column, index)

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""
        return self._source.digest()

    def _made(
        self, given: Mapping[str, pa.Array], wanted: Sequence[str], before: int = 0
    ) -> list[pa.Array]:
        """Return columns, extracting those of nested values from their cells."""
        cells: dict[str, list[Cell | None]] = {}
        found = []
        for name in wanted:
            own = self._by_part.get(name)
            if own is None:
                found.append(given[name])
                continue
            if own.column not in cells:
                cells[own.column] = _cells(given, own)
            key = own.parts[name]
            values = [None if cell is None else cell.get(key) for cell in cells[own.column]]
            bad = next((k for k, value in enumerate(values) if value is None), None)
            if bad is not None:
                file, row = self.locate(name, before + bad)
                got = shown(_texts(given[own.column])[bad])
                raise ScoreError(
                    "E_NESTED",
                    f"every row must hold a score of {key!r}, got {got!r}",
                    file=file,
                    row=row,
                    column=own.column,
                    hint="Write each class's score as a column of its own.",
                )
            found.append(pa.array(values, pa.string() if name in own.texts else pa.float64()))
        return found


def _are_places(parts: Mapping[str, str]) -> bool:
    return list(parts.values()) == [str(k) for k in range(len(parts))]


def _texts(array: pa.Array) -> list[Any]:
    values: list[Any] = (array if pa.types.is_nested(array.type) else plain(array)).to_pylist()
    return values


def _cells(given: Mapping[str, pa.Array], own: Expansion) -> list[Cell | None]:
    values = _texts(given[own.column])
    if own.is_plain:
        found = [value_of(value) for value in values]
        return [
            {key: _class_text(one) for key, one in cell.items()} if isinstance(cell, dict) else None
            for cell in found
        ]
    beside = [None] * len(values) if own.beside is None else _texts(given[own.beside])
    return [
        scores_in(value_of(value), value_of(names))
        for value, names in zip(values, beside, strict=True)
    ]


def expanded(source: Source) -> Source:
    """Return a source whose nested scores are separate columns; unchanged if it has none."""
    heads = source.head()
    nested = [name for name, array in heads.items() if _holds_nested(array)]
    if not nested:
        return source
    lists = {name: _class_lists(heads[name]) for name in nested}
    expansions = []
    for name in nested:
        words = words_of(name)
        if normal(name) in _INPUTS:
            own = _input_expansion(name, heads, set(source.names))
            expansions += [] if own is None else [own]
            continue
        if is_label(name):
            own = _label_expansion(name, heads, set(source.names))
            expansions += [] if own is None else [own]
            continue
        if not (is_score(words) or is_predicted(words)) or lists[name]:
            continue
        beside = next((one for one in nested if lists[one] and one != name), None)
        own = _expansion(name, heads, beside, set(source.names))
        if own is not None:
            expansions.append(own)
    return ExpandedSource(source, expansions) if expansions else source


def unreadable_scores(source: Source) -> list[str]:
    """Return columns of nested values that have names like scores but are not understood."""
    heads = source.head()
    return [
        name
        for name, array in heads.items()
        if _holds_nested(array) and (is_score(words_of(name)) or is_predicted(words_of(name)))
        if not _class_lists(array)
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


def _class_lists(array: pa.Array) -> bool:
    """Whether a column has a list of names in every row, such as the classes of scores in another column."""
    values = [value_of(value) for value in _texts(array.slice(0, 20)) if value is not None]
    return bool(values) and all(
        isinstance(value, (list, tuple))
        and len(value) > 1
        and all(isinstance(one, str) for one in value)
        for value in values
    )


_INPUTS = frozenset("instance input inputs record example row".split())
"""Names of columns that hold a model's input, including the label."""


def _input_expansion(name: str, heads: Mapping[str, pa.Array], taken: set[str]) -> Expansion | None:
    """Return the plain values inside objects such as Vertex AI's ``{"id": "u1", "label": "1"}``."""
    cells = [value_of(value) for value in _texts(heads[name])]
    first = cells[0] if cells else None
    if not isinstance(first, Mapping):
        return None
    keys = [str(key) for key, own in first.items() if isinstance(own, (str, int, float, bool))]
    parts = {key if key not in taken else f"{name}_{key}": key for key in keys}
    if not parts or any(not isinstance(cell, Mapping) or not {*keys} <= {*cell} for cell in cells):
        return None
    return Expansion(name, None, parts, frozenset(parts), is_plain=True)


def _label_expansion(name: str, heads: Mapping[str, pa.Array], taken: set[str]) -> Expansion | None:
    """Return the label inside objects such as FiftyOne's ``{"label": "good", "tags": []}``."""
    part = f"{name}_label"
    cells = _cells(heads, Expansion(name, None, {part: "label"}, frozenset({part})))
    if part in taken or any(cell is None or "label" not in cell for cell in cells):
        return None
    return Expansion(name, None, {part: "label"}, frozenset({part}))


def _expansion(
    name: str, heads: Mapping[str, pa.Array], beside: str | None, taken: set[str]
) -> Expansion | None:
    cells = _cells(heads, Expansion(name, beside, {}, frozenset()))
    first = cells[0] if cells else None
    if first is None or any(cell is None or cell.keys() != first.keys() for cell in cells):
        return None
    parts = {f"{name}_{part}" if len(first) > 1 else name: part for part in first}
    if any(part in taken for part in parts if part != name):
        return None
    texts = frozenset(part for part, key in parts.items() if isinstance(first[key], str))
    return Expansion(name, beside, parts, texts)
