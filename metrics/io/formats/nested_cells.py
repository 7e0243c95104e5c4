"""Content of a cell with the scores of all classes: a list, an object, a vector, or its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jiter
import numpy as np

from metrics.io.schema.vocabulary import is_predicted, is_score, words_of

_MOST_CLASSES, _MOST_LEVELS = 1_000, 4
"""Largest number of classes in a cell, and of lists and objects around its scores."""
_OPENS, _CLOSES = ("[", "{", "(", "DenseVector(", "SparseVector(", "array("), ("]", "}", ")")
_CLASSES = (
    "classes labels classnames class_names displaynames display_names label_names names".split()
)
_SCORES = (
    "scores probabilities confidences probs prob proba probability confidence values score predictions"
).split()
_LABEL = (
    "label class classname class_name tag tagname name predicted_label displayname category value"
).split()
_SCORE = "score prob proba probability confidence".split()
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
    """Return a sparse vector in full; empty if its parts are inconsistent."""
    is_consistent = (
        isinstance(size, int)
        and size <= _MOST_CLASSES
        and isinstance(indices, list)
        and isinstance(values, list)
        and len(indices) == len(values)
        and all(isinstance(k, int) and 0 <= k < size for k in indices)
        and all(map(_is_number, values))
    )
    if not is_consistent:
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
    if depth > _MOST_LEVELS:
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
        has_names = isinstance(classes, (list, tuple)) and len(classes) == len(values)
        names = classes if has_names else range(len(values))
        return {str(name): float(score) for name, score in zip(names, values, strict=True)}
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

    def first_of(wanted: Sequence[str]) -> Any:
        return next((value[keys[key]] for key in wanted if key in keys), None)

    names, scores = first_of(_CLASSES), first_of(_SCORES)
    if isinstance(names, (list, tuple)) and isinstance(scores, (list, tuple)):
        has_all = len(names) == len(scores)
        return _scores_in_list(list(scores), names, depth + 1) if has_all else None
    label, score = first_of(_LABEL), first_of(_SCORE)
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
