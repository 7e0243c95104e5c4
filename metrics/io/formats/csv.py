"""Delimited text: CSV, TSV and kin, plain or compressed."""

from __future__ import annotations

import csv as standard_csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from metrics.errors import ScoreError, counted, shown, warning
from metrics.io.formats import csv_scan as scan
from metrics.io.formats.cells import NUMBER
from metrics.io.formats.csv_dialect import (
    beyond_header,
    csv_rows,
    decode,
    find_dialect,
    not_utf8,
    stopped,
    unclosed,
)
from metrics.io.formats.source import HEAD_ROWS, FileSource, check_names, stem_of
from metrics.io.formats.stream import blocks, compression_of, owned

BLOCK, MAX_RECORD = 2 << 20, 32 << 20
_HEAD_BYTES = 1 << 20
_TINY, _ZEROS = re.compile(rb"[eE]-[0-9]{3}"), b"0" * 300
_MARK = b"\xef\xbb\xbf"


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
        self._kind = compression_of(path, name)
        head = b""
        for block in blocks(path, name, self._kind, _HEAD_BYTES):
            head += block
            if len(head) >= _HEAD_BYTES:
                break
        whole = len(head) < _HEAD_BYTES
        self._skip = 3 if head.startswith(_MARK) else 0
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
        self._scan_head(head, whole)
        rows = csv_rows(
            decode(head[self._skip :], name, whole=whole), self._delimiter, HEAD_ROWS + 3
        )
        rows = [row for row in rows if len(row) == self._width]
        if not whole and len(rows) < HEAD_ROWS:
            rows = rows[:-1]
        self._head = rows[:HEAD_ROWS]
        self._all = (stem_of(path.name),) if bare else dialect.names
        if not rows:
            raise ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=name)
        self._keep = [k for k, title in enumerate(self._all) if title or not self._is_empty(k)]
        self._empty = [k for k in range(self._width) if k not in self._keep]
        if self._empty:
            columns = counted(len(self._empty), "column")
            text = f"left out {columns} without name or values"
            self.note(warning("W_EMPTYCOL", text, file=name))
        self.names = tuple(self._all[k] for k in self._keep)
        check_names(self.names, name)
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

    def _scan_head(self, head: bytes, whole: bool) -> None:
        state = scan.new_state()
        body = head[self._skip :]
        if whole and body and not body.endswith((b"\n", b"\r")):
            body += b"\n"
        self._scan(body, 0, state, 0)
        if whole and state[scan.MODE] == scan.QUOTED:
            raise unclosed(state, self.name)

    def _scan(self, data: bytes, start: int, state: np.ndarray, offset: int) -> None:
        """Scan a block; raise for what stops it."""
        array = np.frombuffer(data, np.uint8)
        found = scan.scan_block(array, start, ord(self._delimiter), self._width, state)
        if found != scan.FINE:
            raise stopped(
                found, state, name=self.name, width=self._width, offset=self._skip + offset
            )

    def head(self) -> list[pa.Array]:
        """Return the first rows as strings."""
        return [pa.array([row[k] for row in self._head], pa.string()) for k in self._keep]

    def _records(self) -> Iterator[tuple[bytes, int, bool]]:
        """Yield (complete records, their number, line breaks inside quotes?)."""
        state, carry, skip, offset, before = scan.new_state(), b"", self._skip, 0, 0
        source = blocks(self._path, self.name, self._kind, BLOCK)
        for raw in source:
            block = raw
            if skip:
                skip, block = max(0, skip - len(block)), block[skip:]
            data = carry + block
            state[scan.RECORD_END] = state[scan.HIGH] = state[scan.QUOTED_BREAK] = 0
            self._scan(data, len(carry), state, offset)
            end = int(state[scan.RECORD_END])
            if len(data) - end > MAX_RECORD:
                raise unclosed(state, self.name)
            records, carry = data[:end], data[end:]
            if state[scan.HIGH]:
                self._check_utf8(records, offset, before)
            count = int(state[scan.RECORDS])
            if count > before:
                # A quoted break may have been met in the part that is carried over: be careful twice.
                yield records, count - before, bool(state[scan.QUOTED_BREAK]) or b'"' in records
            before, offset = count, offset + end
        if carry:
            self._end(carry, state)
            self._check_utf8(carry, offset, before)
            yield carry + b"\n", 1, True

    def _end(self, carry: bytes, state: np.ndarray) -> None:
        if state[scan.MODE] == scan.QUOTED:
            raise unclosed(state, self.name)
        state[scan.RECORD_END] = 0
        self._scan(carry + b"\n", len(carry), state, 0)
        self.note(
            warning(
                "W_NOEOL",
                "the last line has no line break, so the file may have been cut",
                file=self.name,
                row=int(state[scan.RECORDS]),
                hint="Compare the number of rows and the last value with the original.",
            )
        )

    def _check_utf8(self, records: bytes, offset: int, before: int) -> None:
        try:
            records.decode("utf-8")
        except UnicodeDecodeError as error:
            state = scan.new_state()
            part = np.frombuffer(records[: error.start], np.uint8)
            scan.scan_block(part, 0, ord(self._delimiter), 0, state)
            row = before + int(state[scan.RECORDS]) + 1
            place = {"offset": self._skip + offset, "row": row}
            raise not_utf8(records, error.start, **place, name=self.name) from error

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.readers.base.Source.batches`."""
        wanted = [f"f{self._keep[self.names.index(column)]}" for column in columns]
        floats = {w for w, column in zip(wanted, columns, strict=True) if column in numbers}
        empty, before = [f"f{k}" for k in self._empty], 0
        for records, count, breaks in self._records():
            try:
                table = self._parse(records, [*wanted, *empty], floats, breaks)
            except pa.ArrowInvalid:
                table = self._parse(records, [*wanted, *empty], set(), breaks)
            else:
                small = _may_underflow(records)
                if not all(_as_read(table[w], small) for w in floats):
                    table = self._parse(records, [*wanted, *empty], set(), breaks)
            if table.num_rows != count:
                raise ScoreError(
                    "E_FORMAT",
                    f"two readings of the text must agree, got {count} and {table.num_rows} rows",
                    file=self.name,
                    hint="Save the file as Parquet.",
                )
            self._hold_empty(table.select(empty), before)
            before += count
            for batch in table.combine_chunks().to_batches(max_chunksize=size):
                yield [batch.column(w) for w in wanted]

    def _hold_empty(self, table: pa.Table, before: int) -> None:
        """What was left out as empty must be so to the end."""
        for column in table.columns:
            filled = pc.greater(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
            if (row := pc.index(filled, True).as_py()) >= 0:
                raise beyond_header(shown(column[row].as_py()), before + row + 1, self.name)

    def _parse(self, records: bytes, wanted: list[str], floats: set[str], breaks: bool) -> pa.Table:
        if records.startswith(_MARK):
            # Arrow drops a byte order mark from every buffer; here it is part of an id.
            records = _MARK + records
        return arrow_csv.read_csv(
            pa.BufferReader(owned(records)),
            read_options=arrow_csv.ReadOptions(
                column_names=[f"f{k}" for k in range(self._width)],
                block_size=1 << 20 if not breaks else max(len(records), 1),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=breaks
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


def _may_underflow(records: bytes) -> bool:
    """Say whether a number may be too small to be told from 0, by marks that are quickly found."""
    exponent = b"e-" in records or b"E-" in records
    return (exponent and _TINY.search(records) is not None) or _ZEROS in records


def _as_read(column: pa.ChunkedArray, small: bool) -> bool:
    """Say whether all values are finite and, where some are small, whether none may have become 0."""
    arrays = [chunk.to_numpy() for chunk in column.chunks]
    return all(np.isfinite(a).all() and not (small and (a == 0).any()) for a in arrays)


standard_csv.field_size_limit(MAX_RECORD)
