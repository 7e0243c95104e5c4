"""Lines of JSON that are all flat objects with the same keys, read in one go.

Whatever does not fit is left to the reader of single lines, which alone says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import jiter
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.io.formats.cells import may_underflow
from metrics.io.formats.json_values import MINUS_ZERO

Values = dict[str, list[Any]]


def read_alike(lines: bytes, keys: Sequence[str], *, as_written: bool) -> Values | None:
    """Return the values of every key; None where a line is no object with each of these keys once.

    Parameters
    ----------
    lines : bytes
        Each ends with a line break.
    keys : sequence of str
    as_written : bool
        Keep of numbers with a point or an exponent how they are written.
    """
    array = np.frombuffer(bytearray(b"[" + lines), np.uint8)
    breaks = array == ord("\n")
    count = int(np.count_nonzero(breaks))
    # Each line begins with a brace that opens and ends with one that closes, and opens no other. With commas
    # for line breaks these are as many objects only where each brace that opens is one: not in a string, and
    # not inside another.
    end = b"}\r\n" if lines.endswith(b"\r\n") else b"}\n"
    fits = (
        lines.startswith(b"{")
        and lines.endswith(end)
        and lines.count(end + b"{") + 1 == count == np.count_nonzero(array == ord("{"))
    )
    # Most parts have no such two signs, which are found far sooner than the pattern.
    if not fits or (b"-0" in lines and MINUS_ZERO.search(lines)):
        return None
    # As many colons as values: no key stands twice, which costs time to look for.
    all_differ = np.count_nonzero(array == ord(":")) == count * len(keys)
    array[breaks] = ord(",")
    array[-1] = ord("]")
    try:
        rows = jiter.from_json(
            array.tobytes(),
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=not all_differ,
            float_mode="lossless-float" if as_written else "float",
        )
        values = {key: list(map(itemgetter(key), rows)) for key in keys}
    except (ValueError, KeyError):
        return None
    return values if len(rows) == count and sum(map(len, rows)) == count * len(keys) else None


def as_floats(values: Sequence[Any], lines: bytes) -> pa.Array | None:
    """Return finite numbers as float64; None where one is none, or is read as 0 and may not be written so."""
    if not set(map(type, values)) <= {int, float, jiter.LosslessFloat}:
        return None
    try:
        floats = np.array(values, np.float64)
    except OverflowError:
        return None
    if not np.isfinite(floats).all() or (not floats.all() and may_underflow(lines)):
        return None
    return pa.array(floats)


def as_text(values: Sequence[Any]) -> pa.StringArray | None:
    """Return text, whole numbers or truth values as text; None where they are mixed or of other kinds."""
    types = set(map(type, values))
    if types <= {str, type(None)}:
        return pa.array(values, pa.string())
    if types <= {int, jiter.LosslessFloat}:
        return pa.array(list(map(str, values)), pa.string())
    return pc.cast(pa.array(values, pa.bool_()), pa.string()) if types == {bool} else None
