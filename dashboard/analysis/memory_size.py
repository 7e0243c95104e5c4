"""Bytes of a value in memory, with all of its parts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd

from dashboard.analysis.scenario_figures import ScenarioFigures
from metrics import Objective, Tally
from metrics.evaluation.confusion import ConfusionCurve
from metrics.inference.replicated_counts import ReplicatedCounts

LARGE = Tally, ConfusionCurve, ReplicatedCounts, ScenarioFigures
"""Types of large values. Each value is counted in the entry that owns it, and other entries refer to it."""
ATOMS = frozenset((bool, int, float, complex, str, bytes, bytearray, type(None)))
"""Types of values without parts."""
SEQUENCES, MAPPINGS = (tuple, list, set, frozenset), (dict, Mapping)
"""Types of values whose parts are counted."""
PERMANENT = Objective, Enum, type
"""Types of values that the program keeps in any case, so that no entry adds their bytes."""


def memory_size(value: Any, shared: tuple[type, ...] = (), large: set[int] | None = None) -> int:
    """Bytes of a value and of its parts, each object counted once.

    Parameters
    ----------
    shared : tuple of type
        Types of parts that are not counted, since they belong to other values.
    large : set of int, optional
        Set to which the ids of all parts of a type in `LARGE` are added.
    """
    counted_ids: dict[int, Any] = {}
    todo, total = [value], 0
    while todo:
        obj = todo.pop()
        if id(obj) in counted_ids:
            continue
        if type(obj) in ATOMS:
            counted_ids[id(obj)] = obj
            total += sys.getsizeof(obj)
            continue
        if isinstance(obj, PERMANENT):
            continue
        if large is not None and isinstance(obj, LARGE):
            large.add(id(obj))
        if obj is not value and isinstance(obj, shared):
            continue
        counted_ids[id(obj)] = obj  # a reference, so that no later object gets this id
        if isinstance(obj, np.ndarray):
            if isinstance(obj.base, np.ndarray):  # a view keeps its whole base array alive
                todo.append(obj.base)
            else:
                total += obj.nbytes
        elif isinstance(obj, pd.DataFrame):
            total += int(obj.index.memory_usage())
            todo.extend(column for _, column in obj.items())
        elif isinstance(obj, pd.Series) and isinstance(obj.dtype, np.dtype):
            todo.append(obj.to_numpy())
        elif isinstance(obj, pd.Series):
            total += obj.memory_usage(index=False)
        else:
            total += sys.getsizeof(obj, 64)
            if isinstance(obj, SEQUENCES):
                todo.extend(obj)
            elif isinstance(obj, MAPPINGS):
                todo.extend(obj.keys())
                todo.extend(obj.values())
            elif not callable(obj):
                todo.extend(getattr(obj, "__dict__", {}).values())
    return total
