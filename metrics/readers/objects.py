"""Tables in memory: pandas, polars, DuckDB, Arrow, and whatever streams Arrow data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from metrics.errors import ScoreError
from metrics.readers.base import TableSource
from metrics.readers.csv_dialect import check_names


def read_object(given: Any) -> TableSource:
    """Take a table in memory.

    Parameters
    ----------
    given : object
        A pandas, polars or Arrow table, a DuckDB relation, a mapping of column names to arrays, or any
        object with ``__arrow_c_stream__`` or ``__arrow_c_array__``. Read once, to its end.

    Raises
    ------
    ScoreError
        ``E_TYPE`` where a column cannot be held in Arrow, ``E_DUPCOL``, ``E_NOROWS``.
    TypeError
        Where the object is no table.
    """
    name = f"<{type(given).__module__.split('.')[0]} {type(given).__name__}>"
    try:
        table = _table(given)
    except (pa.ArrowException, ValueError) as error:
        raise ScoreError(
            "E_TYPE",
            f"each column must hold values of one kind, got: {error}",
            file=name,
            hint="Write ids as text and scores as float64.",
        ) from error
    check_names(tuple(table.column_names), name)
    if table.num_rows == 0:
        raise ScoreError("E_NOROWS", "the table must hold rows, got 0", file=name)
    return TableSource(name, table)


def _table(given: Any) -> pa.Table:
    if isinstance(given, pa.Table):
        return given
    if isinstance(given, Mapping):
        return pa.table(dict(given))
    if type(given).__module__.split(".")[0] == "pandas" and hasattr(given, "columns"):
        named = any(title is not None for title in given.index.names)
        frame = given.rename(columns=str)
        return pa.Table.from_pandas(frame, preserve_index=named).replace_schema_metadata(None)
    if hasattr(given, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(given).read_all()
    if hasattr(given, "__arrow_c_array__"):
        return pa.table(given)
    raise TypeError(
        "source must be a path, a list of paths or a table such as a data frame, "
        f"got {type(given).__name__}"
    )
