"""Delimited text: CSV, TSV and kin, plain or compressed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from metrics.errors import ScoreError, counted, shown, warning
from metrics.io.formats.cells import NUMBER, may_underflow
from metrics.io.formats.column_names import nameless_column, trim_names
from metrics.io.formats.compression import owned
from metrics.io.formats.csv_dialect import csv_rows, find_dialect
from metrics.io.formats.csv_strict import MAX_RECORD, Referee
from metrics.io.formats.files import stem_of
from metrics.io.formats.source import HEAD_ROWS, FileSource
from metrics.io.formats.text import UTF8_MARK, TextFile, decode, not_utf8

BLOCK, _CHUNK = 2 << 20, 1 << 20
_HEAD_BYTES = 1 << 20


class CsvSource(FileSource):
    """Delimited text with a header; see `metrics.io.formats.source.Source`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name as given, for messages.
    decimal : {".", ","}
        Decimal sign of the numbers.
    """

    def __init__(self, path: Path, name: str, *, decimal: str = ".") -> None:
        super().__init__(path, name)
        self._decimal = decimal
        self._text = TextFile(path, name)
        self.problems += self._text.notes
        head = b""
        for block in self._text.blocks(_HEAD_BYTES):
            head += block
            if len(head) >= _HEAD_BYTES:
                break
        whole = len(head) < _HEAD_BYTES
        self._skip = len(UTF8_MARK) if head.startswith(UTF8_MARK) else 0
        text = decode(head[self._skip :], name, whole=whole)
        dialect = find_dialect(text, name)
        self._delimiter = dialect.delimiter
        self._width = len(dialect.names)
        bare = self._width == 1 and re.match(NUMBER, dialect.names[0]) is not None
        if self._width == 1 and re.match(NUMBER, dialect.names[0].split(" ")[0]) and not bare:
            raise ScoreError(
                "E_FORMAT",
                "fields must be separated by commas, semicolons, tabs or vertical bars, "
                f"got {shown(dialect.names[0])!r}",
                file=name,
                hint="Write the file as CSV with a header.",
            )
        self._skip += dialect.header if bare else dialect.start
        body = head[self._skip :]
        end = b"\n" if whole and body and not body.endswith((b"\n", b"\r")) else b""
        self._referee().judge(body + end, offset=self._offset(0), final=whole)
        rows = csv_rows(decode(body, name, whole=whole), self._delimiter, HEAD_ROWS + 3)
        rows = [row for row in rows if len(row) == self._width]
        if not whole and len(rows) < HEAD_ROWS:
            rows = rows[:-1]
        self._head = rows[:HEAD_ROWS]
        self._all = (stem_of(path.name),) if bare else dialect.names
        if not rows:
            raise ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=name)
        self._keep = [
            k for k, title in enumerate(self._all) if title.strip() or not self._is_empty(k)
        ]
        self._empty = [k for k in range(self._width) if k not in self._keep]
        if self._empty:
            columns = counted(len(self._empty), "column")
            text = f"left out {columns} without name or values"
            self.note(warning("W_EMPTYCOL", text, file=name))
        self.names, notes = trim_names([self._all[k] for k in self._keep], name)
        self.problems += notes
        self._tell_dialect()
        if bare:
            self._tell_bare()

    def _tell_bare(self) -> None:
        """A file of one column that begins with a number has no header, unless that is "0" over fractions."""
        first, rest = self._head[0][0].strip(), [row[0] for row in self._head[1:]]
        if first.isdigit() and rest and all("." in text or "e" in text.lower() for text in rest):
            raise ScoreError(
                "E_HEADER",
                f"the first line must be a name or a number like the others, got {first!r}",
                file=self.name,
                hint="Remove the line if it is a column number, or give the column a name.",
            )
        text = "read as one column without a header, since the first line is a number"
        self.problems.append(warning("W_NOHEADER", text, file=self.name))

    def _is_empty(self, column: int) -> bool:
        return not any(row[column].strip() for row in self._head)

    def _tell_dialect(self) -> None:
        tab_named = ".tsv" in self._path.suffixes or ".tab" in self._path.suffixes
        if self._delimiter != "," and not (self._delimiter == "\t" and tab_named):
            title = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}.get(
                self._delimiter, repr(self._delimiter)
            )
            self.problems.append(
                warning("W_DIALECT", f"read with {title} between fields", file=self.name)
            )

    def head(self) -> list[pa.Array]:
        """Return the first rows as strings."""
        return [pa.array([row[k] for row in self._head], pa.string()) for k in self._keep]

    def _referee(self, width: int | None = None) -> Referee:
        return Referee(self.name, self._delimiter, self._width if width is None else width)

    def _offset(self, offset: int) -> int | None:
        """Place in the file of bytes behind the header, where they are the file's own."""
        return None if self._text.is_utf16 else self._skip + offset

    def _records(self, referee: Referee) -> Iterator[bytes]:
        """Yield complete records, which the referee has counted."""
        carry, skip, offset = b"", self._skip, 0
        for raw in self._text.blocks(BLOCK):
            block = raw
            if skip:
                skip, block = max(0, skip - len(block)), block[skip:]
            data, before = carry + block, referee.records
            # Without quotes each line is a record, and Arrow says whether it has its width.
            plain = self._width > 1 and b'"' not in data and b"\0" not in data
            place = self._offset(offset)
            end = referee.count_lines(data) if plain else referee.judge(data, offset=place)
            if len(data) - end > MAX_RECORD:
                raise referee.unclosed()
            records, carry = data[:end], data[end:]
            self._check_utf8(records, offset, before)
            if referee.records > before:
                yield records
            offset += end
        if carry:
            before = referee.records
            referee.judge(carry + b"\n", offset=self._offset(offset), final=True)
            self._check_utf8(carry, offset, before)
            self._tell_cut(referee.records)
            yield carry + b"\n"

    def _tell_cut(self, row: int) -> None:
        self.note(
            warning(
                "W_NOEOL",
                "the last line has no line break, so the file may have been cut",
                file=self.name,
                row=row,
                hint="Compare the number of rows and the last value with the original.",
            )
        )

    def _check_utf8(self, records: bytes, offset: int, before: int) -> None:
        if records.isascii():
            return
        try:
            records.decode("utf-8")
        except UnicodeDecodeError as error:
            complete = self._referee(width=0)
            complete.judge(records[: error.start])
            row = before + complete.records + 1
            place = {"offset": self._skip + offset, "row": row}
            raise not_utf8(records, error.start, **place, name=self.name) from error

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.io.formats.source.Source.batches`."""
        names = [f"f{self._keep[self.names.index(column)]}" for column in columns]
        floats = {w for w, column in zip(names, columns, strict=True) if column in numbers}
        empty, before = [f"f{k}" for k in self._empty], 0
        referee = self._referee()
        for records in self._records(referee):
            table = self._read(records, [*names, *empty], floats, before)
            if referee.records - before != table.num_rows:
                raise self._disagreement(referee.records - before, table.num_rows)
            self._hold_empty(table.select(empty), before)
            before = referee.records
            for batch in table.combine_chunks().to_batches(max_chunksize=size):
                yield [batch.column(w) for w in names]

    def _read(self, records: bytes, wanted: list[str], floats: set[str], before: int) -> pa.Table:
        """Read records, numbers as such where all of them are.

        Raises
        ------
        ScoreError
            What the referee finds where Arrow cannot read them; ``E_FORMAT`` where it finds nothing.
        """
        quotes = b'"' in records  # which may have line breaks between them
        try:
            table = self._parse(records, wanted, floats, None if quotes else _CHUNK)
        except pa.ArrowInvalid:
            pass
        else:
            small = may_underflow(records)
            if all(_as_read(table[w], small) for w in floats):
                return table
        try:
            return self._parse(records, wanted, set(), None)
        except pa.ArrowInvalid as error:
            referee = self._referee()
            referee.records = before
            referee.judge(records)
            raise self._disagreement(referee.records - before, 0) from error

    def _disagreement(self, counted: int, read: int) -> ScoreError:
        return ScoreError(
            "E_FORMAT",
            f"two readings of the text must agree, got {counted} and {read} rows",
            file=self.name,
            hint="Save the file as Parquet.",
        )

    def _hold_empty(self, table: pa.Table, before: int) -> None:
        """What was left out as empty must be so to the end."""
        for k, column in zip(self._empty, table.columns, strict=True):
            filled = pc.greater(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
            if (row := pc.index(filled, True).as_py()) >= 0:
                raise nameless_column(k, self.name, row=before + row + 1, value=column[row].as_py())

    def _parse(
        self, records: bytes, wanted: list[str], floats: set[str], chunk: int | None
    ) -> pa.Table:
        if records.startswith(UTF8_MARK):
            # Arrow drops a byte order mark from every buffer; here it is part of an id.
            records = UTF8_MARK + records
        return arrow_csv.read_csv(
            pa.BufferReader(owned(records)),
            read_options=arrow_csv.ReadOptions(
                column_names=[f"f{k}" for k in range(self._width)],
                block_size=chunk or len(records),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=b'"' in records
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types={w: pa.float64() if w in floats else pa.string() for w in wanted},
                null_values=[],
                strings_can_be_null=False,
                include_columns=list(dict.fromkeys(wanted)),
                decimal_point=self._decimal,
            ),
        )


def _as_read(column: pa.ChunkedArray, small: bool) -> bool:
    """Say whether all values are finite and, where some are small, whether none may have become 0."""
    arrays = [chunk.to_numpy() for chunk in column.chunks]
    return all(np.isfinite(a).all() and not (small and (a == 0).any()) for a in arrays)
