"""Interface of all readers: column names, a sample of the first rows, and batches of selected columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError
from metrics.io.formats.arrow_arrays import digest_of_table, plain
from metrics.io.formats.file_on_disk import Stamp, digest_of, stamp_of

HEAD_ROWS = 1_000
"""Number of first rows used to recognise columns."""
BATCH_ROWS = 131_072
"""Largest number of rows of a batch."""


def no_rows_error(file: str) -> ScoreError:
    """Return the error for a file with a header but no rows."""
    return ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=file)


class Source(ABC):
    """A table that can be read several times from start to end.

    Attributes
    ----------
    name : str
        File name as given, or the kind of object.
    names : tuple of str
        Column names in order, unique, without surrounding spaces.
    problems : list of Problem
        Warnings so far; some only occur in a complete pass.
    stamp : tuple or None
        Stamp of the file before reading; `None` if the source is not a file.
    rows_claimed : int or None
        Number of rows, if known before reading.
    """

    names: tuple[str, ...]

    def __init__(
        self, name: str, *, stamp: Stamp | None = None, rows_claimed: int | None = None
    ) -> None:
        self.name, self.stamp, self.rows_claimed = name, stamp, rows_claimed
        self.problems: list[Problem] = []

    def note(self, problem: Problem) -> None:
        """Record a warning once, for any number of passes."""
        if problem not in self.problems:
            self.problems.append(problem)

    @abstractmethod
    def head(self) -> dict[str, pa.Array]:
        """Return the first `HEAD_ROWS` rows by column; untyped formats give strings."""

    @abstractmethod
    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns, at most ``size`` rows at a time.

        An untyped format gives a column in ``numbers`` as float64 if every text of the batch is a finite
        number. Otherwise the column is given as strings, and the caller reports the invalid text. All other
        columns are strings.
        """

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return the file and the data row (from 1) of row ``index`` (from 0) of a column."""
        return self.name, index + 1

    @abstractmethod
    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""


class TableSource(Source):
    """A table in memory, with unique column names.

    ``digest`` is that of the original data; by default it is made of names and values. ``stamp`` is that of
    the file that the table was read from. ``origin`` has the file of a column and its row numbers from 1,
    shape ``(rows,)``, or `None` if rows are numbered.
    """

    def __init__(
        self,
        name: str,
        table: pa.Table,
        *,
        digest: bytes | None = None,
        stamp: Stamp | None = None,
        origin: Mapping[str, tuple[str, NDArray[np.int64] | None]] | None = None,
    ) -> None:
        super().__init__(name, stamp=stamp, rows_claimed=table.num_rows)
        self.table, self.names = table, tuple(table.column_names)
        self._digest, self._origin = digest, origin or {}

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows; see `Source.head`."""
        return {name: plain(self.table.column(name).slice(0, HEAD_ROWS)) for name in self.names}

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `Source.batches`."""
        chosen = [self.table.column(self.names.index(name)) for name in columns]
        for start in range(0, self.table.num_rows, size):
            yield [plain(column.slice(start, size)) for column in chosen]

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return file and row of a value; see `Source.locate`."""
        file, rows = self._origin.get(column, (self.name, None))
        return file, index + 1 if rows is None else int(rows[index])

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""
        if self._digest is None:
            self._digest = digest_of_table(self.table)
        return self._digest


class FileSource(Source):
    """Base class of all readers of files; ``name`` is the file name as given, for messages."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(name, stamp=stamp_of(path))
        self._path = path

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the file's bytes."""
        return digest_of(self._path)
