"""What every reader gives: names, a sample of the first rows, and batches of chosen columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Problem

HEAD_ROWS = 1_000
"""Rows of the sample on which columns are recognised."""


class Source(Protocol):
    """A table that can be read more than once, front to back.

    Attributes
    ----------
    name : str
        File name as given, or what kind of object it is.
    names : tuple of str
        Column names in order, exactly as written, all different.
    problems : list of Problem
        Warnings met so far.
    """

    name: str
    names: tuple[str, ...]
    problems: list[Problem]

    def head(self) -> list[pa.Array]:
        """Return the first `HEAD_ROWS` rows, one array per column; untyped formats give strings."""
        ...

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns, at most ``size`` rows at a time.

        An untyped format gives the columns in ``numbers`` as float64 where every text of a batch is
        a finite number, and as strings where one is not (the caller names it); all others as
        strings.
        """
        ...

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return the file, and the data row from 1, behind row ``index`` (from 0) of a column."""
        ...

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""
        ...


class TableSource:
    """A table in memory; see `Source`.

    Parameters
    ----------
    name : str
        For messages.
    table : pyarrow.Table
        The columns, with names that differ.
    digest : bytes, optional
        Digest of what it was made of; of its Arrow IPC stream otherwise.
    origin : mapping, optional
        Column to (file, row numbers from 1 of shape ``(rows,)``, or None where rows are numbered).
    """

    def __init__(
        self,
        name: str,
        table: pa.Table,
        *,
        digest: bytes | None = None,
        origin: Mapping[str, tuple[str, NDArray[np.int64] | None]] | None = None,
    ) -> None:
        self.name, self.table = name, table
        self.names: tuple[str, ...] = tuple(table.column_names)
        self.problems: list[Problem] = []
        self._digest, self._origin = digest, origin or {}

    def head(self) -> list[pa.Array]:
        """Return the first rows."""
        return [column.slice(0, HEAD_ROWS).combine_chunks() for column in self.table.columns]

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `Source.batches`."""
        chosen = [self.table.column(self.names.index(name)) for name in columns]
        for start in range(0, self.table.num_rows, size):
            yield [column.slice(start, size).combine_chunks() for column in chosen]

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return file and row of a value; see `Source.locate`."""
        file, rows = self._origin.get(column, (self.name, None))
        return file, index + 1 if rows is None else int(rows[index])

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""
        if self._digest is None:
            sink = _HashSink()
            with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), self.table.schema) as writer:
                writer.write_table(self.table)
            self._digest = sink.whole.digest()
        return self._digest


class _HashSink:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self) -> None:
        self.whole = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.whole.update(data)
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass
