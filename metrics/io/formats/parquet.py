"""Parquet files, read by their types, with page checksums verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from metrics.errors import ScoreError
from metrics.io.formats.arrow_arrays import is_text
from metrics.io.formats.column_names import trim_names
from metrics.io.formats.file_on_disk import without_path
from metrics.io.formats.source import HEAD_ROWS, FileSource, no_rows_error
from metrics.io.stored_roles import read_stored_roles

MANY_ROWS, MAX_DENSITY = 10_000_000, 32
"""Number of rows from which density is limited, and the largest number of rows per byte."""
MAX_CELL = 1 << 20
"""Largest number of bytes of one cell.

Ids are shorter. Compressed, a text of 100 MB may take only 4 kB of the file.
"""
FEW_TEXTS = 64
"""Largest number of distinct texts in the first rows of a column of categories."""
COLUMN_BUFFER = 1 << 18
"""Number of bytes of each column read at once."""
# Exceptions of pyarrow for damaged bytes; names that are not UTF-8 raise the last one.
_DAMAGE = (pa.ArrowException, OSError, UnicodeError)


def values_claimed(path: Path) -> int:
    """Rows times columns according to a Parquet file's footer; 0 if it is damaged or not Parquet."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PAR1":
                return 0
        footer = pq.read_metadata(path)
    except _DAMAGE:
        return 0
    return int(footer.num_rows) * int(footer.num_columns)


class ParquetSource(FileSource):
    """A Parquet file; see `metrics.io.formats.source.Source`."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        file = self._open()
        schema = file.schema_arrow
        self.names, notes = trim_names(schema.names, name)
        self.problems += notes
        self._written = dict(zip(self.names, schema.names, strict=True))
        rows = file.metadata.num_rows
        if rows == 0:
            raise no_rows_error(name)
        size = path.stat().st_size
        if rows > MANY_ROWS and rows > MAX_DENSITY * size:
            raise ScoreError(
                "E_SIZE",
                f"a file must hold at most {MAX_DENSITY} rows per byte, its footer claims {rows:,} "
                f"rows in {size:,} bytes",
                file=name,
                hint="Real scores do not compress this much; write the file again.",
            )
        self.rows_claimed = rows
        self._refuse_long_groups(file.metadata)
        self.stored = read_stored_roles(schema)
        first = next(self._read(file, self.names, HEAD_ROWS, use_threads=False), None)
        if first is None:
            raise no_rows_error(name)
        self._head = dict(zip(self.names, first, strict=True))
        self._repeated = [
            self._written[name]
            for name, column in self._head.items()
            if is_text(column.type) and len(column.unique()) <= FEW_TEXTS < len(column)
        ]

    def _open(self, repeated: Sequence[str] = ()) -> pq.ParquetFile:
        try:
            # With read-ahead, a file of many row groups would be in memory as a whole. Without a buffer for
            # each column, a whole row group would be.
            return pq.ParquetFile(
                self._path,
                page_checksum_verification=True,
                pre_buffer=False,
                buffer_size=COLUMN_BUFFER,
                read_dictionary=[*repeated],
            )
        except _DAMAGE as error:
            raise self._damage_error(error) from error

    def _damage_error(self, error: Exception) -> ScoreError:
        if isinstance(error, MemoryError):
            # Arrow's out-of-memory error is a subclass of the others, but does not mean that the file is
            # damaged.
            raise error
        return ScoreError(
            "E_PARQUET",
            f"a Parquet file must be whole and undamaged, got: {without_path(error, self._path)}",
            file=self.name,
            hint="Copy or write the file again.",
        )

    def _refuse_long_groups(self, footer: pq.FileMetaData) -> None:
        """Raise if the footer implies cells that are too long, before any cell is unpacked.

        Column statistics in the footer are not read, because Arrow aborts the process if they are damaged.
        """
        most = MAX_CELL + footer.num_columns * 64  # other cells of a row are numbers or short texts
        for k in range(footer.num_row_groups):
            group = footer.row_group(k)
            mean = group.total_byte_size // max(1, group.num_rows)
            if mean > most:
                raise self._long_cell_error(mean, None, None)

    def _refuse_long_cells(self, column: pa.Array, name: str, before: int) -> None:
        """Raise for a cell that is too long, before other code processes its text."""
        texts = column.dictionary if pa.types.is_dictionary(column.type) else column
        kind = texts.type
        if not (is_text(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
            return
        lengths = pc.binary_length(texts)
        longest = pc.max(lengths).as_py()
        if longest is not None and longest > MAX_CELL:
            row = pc.index(lengths, longest).as_py()
            if texts is not column:
                row = pc.index(column.indices, pa.scalar(row, column.type.index_type)).as_py()
            raise self._long_cell_error(longest, name, before + row + 1 if row >= 0 else None)

    def _long_cell_error(self, size: int, name: str | None, row: int | None) -> ScoreError:
        return ScoreError(
            "E_SIZE",
            f"a cell must have at most {MAX_CELL:,} bytes, got {size:,}",
            file=self.name,
            row=row,
            column=name,
            hint="Leave out what is no id, label, score or segment; write the file again.",
        )

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows with their types."""
        return self._head

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.io.formats.source.Source.batches`."""
        # Columns with many repeats are read as dictionaries of a few texts.
        yield from self._read(self._open(self._repeated), columns, size)

    def _read(
        self, file: pq.ParquetFile, columns: Sequence[str], size: int, *, use_threads: bool = True
    ) -> Iterator[list[pa.Array]]:
        written = [self._written[name] for name in columns]
        wanted, before = list(dict.fromkeys(written)), 0
        try:
            for batch in file.iter_batches(size, columns=wanted, use_threads=use_threads):
                for name in columns:
                    self._refuse_long_cells(batch.column(self._written[name]), name, before)
                before += batch.num_rows
                yield [batch.column(name) for name in written]
        except _DAMAGE as error:
            raise self._damage_error(error) from error
