"""Cells with the scores of all classes, which are expanded to one column for each class.

Vertex AI, BigQuery ML, Spark ML, Snowflake and pipelines write a list, an object or a vector into one cell.
The first rows determine the content of the cells, and all rows must have the same content.
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

_INPUTS = frozenset("instance input inputs record example row".split())
"""Names of columns that hold a model's input, including the label."""
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


def looks_nested(text: str) -> bool:
    """Whether a text looks like a list, an object or a vector."""
    stripped = text.strip()
    return stripped.startswith(_OPENS) and stripped.endswith(_CLOSES)


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
    is_sparse = isinstance(value, tuple) and len(value) == 3 and isinstance(value[1], list)
    return _dense(*value) if is_sparse else value


def _dense(size: Any, indices: Any, values: Any) -> list[float]:
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

    Another column may hold the names of the ``classes``. ``depth`` is the nesting level of this value in the
    cell. The result is `None` if the value is not understood.
    """
    if depth > 4:
        return None
    if isinstance(value, (list, tuple, np.ndarray)):
        return _scores_in_list(list(value), classes, depth)
    if isinstance(value, Mapping):
        return _scores_in_object(value, depth)
    return None


def _scores_in_list(values: list[Any], classes: Any, depth: int) -> Cell | None:
    if not 0 < len(values) <= _MOST_CLASSES:
        return None
    if len(values) == 1 and not _is_number(values[0]):
        return scores_in(values[0], None, depth + 1)
    if all(map(_is_number, values)):
        names = classes if isinstance(classes, (list, tuple)) else None
        if names is not None and len(names) == len(values):
            return {str(name): float(v) for name, v in zip(names, values, strict=True)}
        return {str(k): float(v) for k, v in enumerate(values)}
    scores: Cell = {}
    for value in values:
        cell = _scores_in_object(value, depth + 1) if isinstance(value, Mapping) else None
        if cell is None or set(cell) != {"label", "score"} or cell["label"] in scores:
            return None
        scores[cell["label"]] = cell["score"]
    return scores


def _scores_in_object(value: Mapping[str, Any], depth: int) -> Cell | None:
    keys = {str(key).casefold(): key for key in value}
    if {"type", "values"} <= keys.keys() and isinstance(value[keys["values"]], list):
        values = value[keys["values"]]
        size, indices = value.get(keys.get("size", "")), value.get(keys.get("indices", ""))
        dense = _dense(size, indices, values) if size and indices is not None else values
        return _scores_in_list(dense, None, depth + 1)
    names = next((value[keys[key]] for key in _CLASSES if key in keys), None)
    scores = next((value[keys[key]] for key in _SCORES if key in keys), None)
    if isinstance(names, (list, tuple)) and isinstance(scores, (list, tuple)):
        return (
            _scores_in_list(list(scores), names, depth + 1) if len(names) == len(scores) else None
        )
    label = next((value[keys[key]] for key in _LABEL if key in keys), None)
    score = next((value[keys[key]] for key in _SCORE if key in keys), None)
    if isinstance(label, (str, int, bool)) and isinstance(score, (int, float)):
        return {"label": class_text(label), "score": float(score)}
    if len(value) > 1 and all(map(_is_number, value.values())):
        return {str(key): float(score) for key, score in value.items()}
    for key, part in value.items():
        words = words_of(str(key))
        if (is_score(words) or is_predicted(words)) and isinstance(part, (list, tuple, Mapping)):
            return scores_in(part, names, depth + 1)
    return {"label": class_text(label)} if isinstance(label, (str, int, bool)) else None


def class_text(label: Any) -> str:
    """Return a class as text; truth values in lower case."""
    return str(label).lower() if isinstance(label, bool) else str(label)


@dataclass(frozen=True)
class Expansion:
    """A column of nested values, and the columns created from it.

    Attributes
    ----------
    column : str
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
    """Return the content of each cell of a column; `None` if it is not understood."""
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


def expanded(source: Source) -> Source:
    """Return a source whose nested scores are separate columns; unchanged if it has none."""
    heads = source.head()
    nested = [name for name, array in heads.items() if _holds_nested(array)]
    if not nested:
        return source
    class_lists = [name for name in nested if _is_class_list(heads[name])]
    taken = set(source.names)
    expansions = []
    for name in nested:
        expansion = None
        if normal(name) in _INPUTS:
            expansion = _input_expansion(name, heads, taken)
        elif is_label(name):
            expansion = _label_expansion(name, heads, taken)
        elif _is_named_score(name) and name not in class_lists:
            expansion = _expansion(name, heads, next(iter(class_lists), None), taken)
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
