"""What every reader gives: names, a sample of the first rows, and batches of chosen columns."""

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
"""Rows of the sample on which columns are recognised."""


def no_rows(file: str) -> ScoreError:
    """Return what to say of a file that holds a header and nothing else."""
    return ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=file)


class Source(ABC):
    """A table that can be read more than once, front to back.

    Attributes
    ----------
    name : str
        File name as given, or what kind of object it is.
    names : tuple of str
        Column names in order, as read but for spaces around them, all different.
    problems : list of Problem
        Warnings met so far; some come only with a complete pass.
    stamp : tuple or None
        Of the file, taken before anything was read of it; None for what is no file.
    rows_claimed : int or None
        Number of rows, where it is known before they are read.
    """

    names: tuple[str, ...]

    def __init__(
        self, name: str, *, stamp: Stamp | None = None, rows_claimed: int | None = None
    ) -> None:
        self.name, self.stamp, self.rows_claimed = name, stamp, rows_claimed
        self.problems: list[Problem] = []

    def note(self, problem: Problem) -> None:
        """Keep a warning once, however often the rows are read."""
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

        An untyped format gives the columns in ``numbers`` as float64 where every text of a batch is
        a finite number, and as strings where one is not (the caller names it); all others as
        strings.
        """

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return the file, and the data row from 1, behind row ``index`` (from 0) of a column."""
        return self.name, index + 1

    @abstractmethod
    def digest(self) -> bytes:
        """Return the SHA-256 digest of the bytes."""


class TableSource(Source):
    """A table in memory.

    Parameters
    ----------
    name : str
        For messages.
    table : pyarrow.Table
        The columns, with names that differ.
    digest : bytes, optional
        Digest of what it was made of; of its names and values otherwise.
    stamp : tuple, optional
        Of the file that it was read from.
    origin : mapping, optional
        Column to (file, row numbers from 1 of shape ``(rows,)``, or None where rows are numbered).
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
    """What all readers of files share.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name as given, for messages.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(name, stamp=stamp_of(path))
        self._path = path

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the file's bytes."""
        return digest_of(self._path)
