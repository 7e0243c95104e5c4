"""What every reader gives: names, a sample of the first rows, and batches of chosen columns.

Arrow arrays without their wrappings, and in memory that nobody else can change.

A score file on disk: its name, its bytes' digest, and how to tell that it was changed.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, counted, shown, warning

_ROWS = 65_536


def plain(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return dictionary, view, extension and chunked arrays as plain ones."""
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks == 0:
            kind = array.type
            return plain(pa.nulls(0, kind.value_type if pa.types.is_dictionary(kind) else kind))
        parts = [plain(chunk) for chunk in array.chunks]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        # The levels first: not every kind of text can be taken from.
        array = plain(array.dictionary).take(array.indices)
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if pa.types.is_string_view(array.type) or pa.types.is_large_string(array.type):
        array = pc.cast(array, pa.string())
    return array


def is_text(kind: pa.DataType) -> bool:
    """Say whether a (plain) type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def copied(table: pa.Table) -> pa.Table:
    """Return the same table in memory of its own, a column at a time."""
    columns = []
    for k, name in enumerate(table.column_names):
        sink = pa.BufferOutputStream()
        part = table.select([k])
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
        columns.append(pa.ipc.open_stream(sink.getvalue()).read_all().column(name))
    return pa.Table.from_arrays(columns, schema=table.schema)


def digest_of_table(table: pa.Table) -> bytes:
    """Return the SHA-256 digest of names and values, however the rows lie in chunks."""
    sink = _HashSink()
    heads = [plain(column.slice(0, 0)) for column in table.columns]
    schema = pa.schema([(n, a.type) for n, a in zip(table.column_names, heads, strict=True)])
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        for start in range(0, table.num_rows, _ROWS):
            parts = [plain(column.slice(start, _ROWS)) for column in table.columns]
            # Taken afresh, so that nothing but the values is left of where they lay.
            order = pa.array(range(len(parts[0]))) if parts else None
            fresh = [part.take(order) for part in parts]
            writer.write_batch(pa.RecordBatch.from_arrays(fresh, schema=schema))
    return sink.whole.digest()


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


Stamp = tuple[int, int, int]


TALLY_SIGN = b"common-ground-tally"


"""Name of the first member of a tally file, which is a zip archive."""


_ENDINGS = frozenset(
    ".csv .tsv .tab .txt .dat .json .jsonl .ndjson .npy .npz .parquet .pq .gz .gzip .zst .zstd".split()
)


class FileSource:
    """What all readers of files share; see `metrics.io.formats.source.Source`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name as given, for messages.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.stamp = stamp_of(path)
        self.rows_claimed: int | None = None
        self.name, self.problems, self._path = name, list[Problem](), path

    def note(self, problem: Problem) -> None:
        """Keep a warning once, however often the file is read."""
        if problem not in self.problems:
            self.problems.append(problem)

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return file and row of a value; see `metrics.readers.base.Source.locate`."""
        return self.name, index + 1

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the file's bytes."""
        return digest_of(self._path)


def digest_of(path: Path) -> bytes:
    """Return the SHA-256 digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def stamp_of(name: str | Path) -> Stamp | None:
    """Size, time of change and inode of a file; None for what is no file."""
    try:
        found = Path(name).stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def is_tally(name: str | Path) -> bool:
    """Whether the first bytes of a file are those of a tally; also of one that is cut short behind them."""
    try:
        with Path(name).open("rb") as file:
            start = file.read(30 + len(TALLY_SIGN))
    except (OSError, ValueError):
        return False
    return start.startswith(b"PK\x03\x04") and start[30:] == TALLY_SIGN


def refuse_to_replace(files: Iterable[str], target: Path, hint: str) -> None:
    """Refuse to write over a file that is being read, by whatever name.

    Parameters
    ----------
    files : iterable of str
        Those that are read.
    target : path
        To be written.
    hint : str
        What to do instead.

    Raises
    ------
    ScoreError
        ``E_FILE``.
    """
    for file in files:
        same = False
        with contextlib.suppress(OSError, ValueError):  # one that is not there is no other
            same = target.samefile(file)
        if same:
            raise ScoreError(
                "E_FILE",
                "the file to write must be none of those that are read",
                file=file,
                hint=hint,
            )


def stem_of(name: str) -> str:
    """Return a file's name without folder and without the endings of what is read here."""
    title = Path(name).name
    while (ending := Path(title).suffix) and ending.lower() in _ENDINGS:
        title = title.removesuffix(ending)
    return title


def without_path(error: object, path: Path) -> str:
    """Return the text of an error that names no place on the machine."""
    return str(error).replace(str(path), "the file")


MAX_COLUMNS, MAX_NAME = 2_000, 256


def trim_names(written: Sequence[str], file: str) -> tuple[tuple[str, ...], list[Problem]]:
    """Return column names without the spaces around them, and a warning where there were some.

    Raises
    ------
    ScoreError
        As `check_names`.
    """
    names = tuple(name.strip() for name in written)
    check_names(names, file)
    spaced = [k for k, name in enumerate(names) if name != written[k]]
    if not spaced:
        return names, []
    several = f", and of {counted(len(spaced) - 1, 'other')}" if len(spaced) > 1 else ""
    text = f"left out the spaces around the column name {shown(written[spaced[0]])!r}{several}"
    name = names[spaced[0]]
    return names, [warning("W_TRIM", text, file=file, column=name, value=written[spaced[0]])]


def check_names(names: tuple[str, ...], name: str) -> None:
    """Hold column names to the limits.

    Raises
    ------
    ScoreError
        ``E_TOOMANYCOLS``, ``E_NAMELEN``, ``E_DUPCOL``, ``E_COLNAME`` where several have none.
    """
    if len(names) > MAX_COLUMNS:
        raise ScoreError(
            "E_TOOMANYCOLS",
            f"a file must have at most {MAX_COLUMNS:,} columns, got {len(names):,}",
            file=name,
            hint="Keep the id, the label and the scores.",
        )
    for text in names:
        if len(text) > MAX_NAME:
            raise ScoreError(
                "E_NAMELEN",
                f"a column name must have at most {MAX_NAME} characters, got {len(text):,}",
                file=name,
                column=shown(text),
                hint="Shorten the name.",
            )
    nameless = [k for k, text in enumerate(names) if not text]
    if len(nameless) > 1:
        raise nameless_column(nameless[1], name)
    for text, count in Counter(names).items():
        if count > 1:
            raise ScoreError(
                "E_DUPCOL",
                f"column names must differ, got {shown(text)!r} {count} times",
                file=name,
                column=text,
                hint="Rename or remove one of them.",
            )


def nameless_column(
    position: int, file: str, *, row: int | None = None, value: str | None = None
) -> ScoreError:
    """Return the error for a column that has values and no name, at ``position`` (from 0)."""
    got = "" if value is None else f" with the value {shown(value)!r}"
    return ScoreError(
        "E_COLNAME",
        f"a column that holds values must have a name, got none for column {position + 1}{got}",
        file=file,
        row=row,
        value=value,
        hint="Name it in the header, quote fields that contain the delimiter, or remove the column.",
    )


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
        Warnings met so far; some come only with a complete pass.
    stamp : tuple or None
        Of the file, taken before anything was read of it; None for what is no file.
    rows_claimed : int or None
        Number of rows, where it is known before they are read.
    """

    name: str
    names: tuple[str, ...]
    problems: list[Problem]
    stamp: Stamp | None
    rows_claimed: int | None

    def note(self, problem: Problem) -> None:
        """Keep a warning once, however often the rows are read."""
        ...

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
        self.name, self.table, self.stamp = name, table, stamp
        self.rows_claimed: int | None = table.num_rows
        self.names: tuple[str, ...] = tuple(table.column_names)
        self.problems: list[Problem] = []
        self._digest, self._origin = digest, origin or {}

    def note(self, problem: Problem) -> None:
        """Keep a warning once; see `Source.note`."""
        if problem not in self.problems:
            self.problems.append(problem)

    def head(self) -> list[pa.Array]:
        """Return the first rows."""
        return [plain(column.slice(0, HEAD_ROWS)) for column in self.table.columns]

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
