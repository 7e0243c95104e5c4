"""How much memory a value takes: arrays, frames and texts, and what holds them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

ATOMS = (bool, int, float, complex, str, bytes, bytearray, type(None))


def memory_size(value: Any, shared: tuple[type, ...] = ()) -> int:
    """Bytes that a value holds on to, each object of its parts once.

    Parameters
    ----------
    shared : tuple of type
        What belongs to somebody else, where it is a part of the value.
    """
    seen: dict[int, Any] = {}
    todo, total = [value], 0
    while todo:
        one = todo.pop()
        if id(one) in seen or (one is not value and isinstance(one, shared)):
            continue
        seen[id(one)] = one  # held, or what comes next may have its id
        if isinstance(one, np.ndarray):
            if isinstance(one.base, np.ndarray):  # a view keeps all of what it looks at
                todo.append(one.base)
            else:
                total += one.nbytes
        elif isinstance(one, pd.DataFrame):
            total += int(one.index.memory_usage())
            todo.extend(column for _, column in one.items())
        elif isinstance(one, pd.Series) and isinstance(one.dtype, np.dtype):
            todo.append(one.to_numpy())
        elif isinstance(one, pd.Series):
            total += one.memory_usage(index=False)
        else:
            total += sys.getsizeof(one, 64)
            if isinstance(one, ATOMS):
                continue
            if isinstance(one, Mapping):
                todo.extend(one.keys())
                todo.extend(one.values())
            elif isinstance(one, tuple | list | set | frozenset):
                todo.extend(one)
            elif not isinstance(one, type) and not callable(one):
                todo.extend(getattr(one, "__dict__", {}).values())
    return total
