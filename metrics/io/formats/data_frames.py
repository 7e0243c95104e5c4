"""Tables in memory: pandas, polars, DuckDB, Arrow, and any object that exports Arrow data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from metrics.errors import ScoreError, Wording, warning, with_option
from metrics.io.formats.arrow_arrays import deep_copy
from metrics.io.formats.column_names import trim_names
from metrics.io.formats.source import TableSource


def read_object(given: Any) -> TableSource:
    """Read a table in memory.

    Parameters
    ----------
    given : object
        A pandas, polars or Arrow table, a DuckDB relation, a mapping of column names to arrays, or any object
        with ``__arrow_c_stream__`` or ``__arrow_c_array__``. The object is read once and completely; mutable
        data is copied. An unnamed index of a data frame becomes a column unless it numbers the rows.

    Raises
    ------
    ScoreError
        ``E_TYPE`` if a column cannot be stored in Arrow, ``E_DUPCOL``, ``E_NOROWS``.
    TypeError
        If the object is not a table.
    """
    name = f"<{type(given).__module__.split('.')[0]} {type(given).__name__}>"
    is_frame = type(given).__module__.split(".")[0] == "pandas" and hasattr(given, "columns")
    exports_arrow = hasattr(given, "__arrow_c_stream__") or hasattr(given, "__arrow_c_array__")
    if not (is_frame or exports_arrow or isinstance(given, Mapping)):
        raise TypeError(
            "source must be a path, a list of paths or a table such as a data frame, "
            f"got {type(given).__name__}"
        )
    try:
        if is_frame:
            table = _table_of_pandas(given)
        elif isinstance(given, Mapping):
            table = deep_copy(pa.table(dict(given)))
        else:
            table = pa.table(given)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise ScoreError(
            "E_TYPE",
            f"each column must hold values of one kind, got: {error}",
            file=name,
            hint="Write ids as text and scores as float64.",
        ) from error
    names, notes = trim_names(table.column_names, name)
    if table.num_rows == 0:
        raise ScoreError("E_NOROWS", "the table must hold rows, got 0", file=name)
    source = TableSource(name, table.rename_columns(names))
    source.problems += notes
    if is_frame and _kind_of_index(given) == "repeated":
        text = "left out the index, since its numbers repeat"
        hint = Wording("Name the column of the ids ", with_option("id"), ", or reset the index.")
        source.note(warning("W_UNUSED", text, file=name, hint=hint))
    return source


def _table_of_pandas(given: Any) -> pa.Table:
    frame = given.rename(columns=str)
    kept = _kind_of_index(given) == "kept"
    return deep_copy(pa.Table.from_pandas(frame, preserve_index=kept).replace_schema_metadata(None))


def _kind_of_index(frame: Any) -> Literal["kept", "default", "repeated"]:
    """Kind of the index. It is kept as a column if it has a name, or does more than number the rows."""
    index = frame.index
    if any(title is not None for title in index.names):
        return "kept"
    if index.nlevels > 1 or index.dtype.kind not in "iu":
        return "kept"
    if np.array_equal(index, np.arange(len(index))):
        return "default"
    return "kept" if index.is_unique else "repeated"
