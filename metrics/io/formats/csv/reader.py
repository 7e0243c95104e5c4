"""Delimited text files: CSV, TSV and similar, plain or compressed.

The first block determines delimiter and header. Arrow then reads the data, and the standard library's strict
reader checks the result. CSV parsers disagree on stray quotes, NUL bytes and short rows, and some give no
error. If the text has a quote, or a single column, Arrow must find as many records as the strict reader. The
strict reader stops at the first ambiguous byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from metrics.errors import ScoreError, counted, shown, warning
from metrics.io.formats.arrow_arrays import arrow_buffer
from metrics.io.formats.cells import NUMBER, may_underflow
from metrics.io.formats.column_names import nameless_column_error, trim_names
from metrics.io.formats.csv.header import DELIMITERS, CsvHeader, find_header
from metrics.io.formats.csv.records import MAX_RECORD, RecordChecker, csv_rows, lines_are_records
from metrics.io.formats.encoding import UTF8_MARK, TextFile, decode, not_utf8_error
from metrics.io.formats.file_on_disk import stem_of
from metrics.io.formats.source import HEAD_ROWS, FileSource, no_rows_error

BLOCK, _CHUNK = 2 << 20, 1 << 20
"""Number of bytes read at a time, and of a chunk that Arrow's threads parse."""
_HEAD_BYTES = 1 << 20
"""Number of first bytes in which header and first rows are read."""


class CsvSource(FileSource):
    """Delimited text with a header; ``decimal`` is the decimal sign of the numbers."""

    def __init__(self, path: Path, name: str, *, decimal: str = ".") -> None:
        super().__init__(path, name)
        self._decimal = decimal
        self._text = TextFile(path, name)
        self.problems += self._text.notes
        head = self._text.start(_HEAD_BYTES)
        is_whole = len(head) < _HEAD_BYTES
        self._skip = len(UTF8_MARK) if head.startswith(UTF8_MARK) else 0
        header = find_header(decode(head[self._skip :], name, whole=is_whole), name)
        self._delimiter, self._width = header.delimiter, len(header.names)
        has_header = self._has_header(header)
        self._titles = header.names if has_header else (stem_of(path.name),)
        self._skip += header.end if has_header else header.start
        self._head = self._read_head(head[self._skip :], is_whole=is_whole)
        self._keep = [
            k for k, title in enumerate(self._titles) if title.strip() or not self._is_empty(k)
        ]
        self._empty = [k for k in range(self._width) if k not in self._keep]
        if self._empty:
            columns = counted(len(self._empty), "column")
            text = f"left out {columns} without name or values"
            self.note(warning("W_EMPTYCOL", text, file=name))
        self.names, notes = trim_names([self._titles[k] for k in self._keep], name)
        self.problems += notes
        self._note_dialect()
        if not has_header:
            self._check_missing_header()

    def _has_header(self, header: CsvHeader) -> bool:
        """Whether the first line is a header; False for a single column that starts with a number."""
        if self._width > 1 or not re.match(NUMBER, header.names[0].split(" ")[0]):
            return True
        if re.match(NUMBER, header.names[0]):
            return False
        raise ScoreError(
            "E_FORMAT",
            "fields must be separated by commas, semicolons, tabs or vertical bars, "
            f"got {shown(header.names[0])!r}",
            file=self.name,
            hint="Write the file as CSV with a header.",
        )

    def _read_head(self, body: bytes, *, is_whole: bool) -> list[list[str]]:
        """Return the first rows; ``is_whole`` if the body is that of the whole file."""
        end = b"\n" if is_whole and body and not body.endswith((b"\n", b"\r")) else b""
        self._checker().check(body + end, offset=self._offset(0), final=is_whole)
        rows = csv_rows(decode(body, self.name, whole=is_whole), self._delimiter, HEAD_ROWS + 3)
        rows = [row for row in rows if len(row) == self._width]
        if not is_whole and len(rows) < HEAD_ROWS:
            rows = rows[:-1]
        if not rows:
            raise no_rows_error(self.name)
        return rows[:HEAD_ROWS]

    def _check_missing_header(self) -> None:
        """Warn that a file with one column starts with a number, and so has no header.

        Raise ``E_HEADER`` for a first line "0" above fractions, which may be a column number.
        """
        first, rest = self._head[0][0].strip(), [row[0] for row in self._head[1:]]
        if first.isdigit() and rest and all("." in text or "e" in text.lower() for text in rest):
            raise ScoreError(
                "E_HEADER",
                f"the first line must be a name or a number like the others, got {first!r}",
                file=self.name,
                hint="Remove the line if it is a column number, or give the column a name.",
            )
        text = "read as one column without a header, since the first line is a number"
        self.note(warning("W_NOHEADER", text, file=self.name))

    def _is_empty(self, column: int) -> bool:
        return not any(row[column].strip() for row in self._head)

    def _note_dialect(self) -> None:
        is_named_tab = ".tsv" in self._path.suffixes or ".tab" in self._path.suffixes
        if self._delimiter != "," and not (self._delimiter == "\t" and is_named_tab):
            delimiter = DELIMITERS.get(self._delimiter, repr(self._delimiter))
            text = f"read with {delimiter} between fields"
            self.note(warning("W_DIALECT", text, file=self.name))

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows as strings."""
        columns = ([row[k] for row in self._head] for k in self._keep)
        return {n: pa.array(c, pa.string()) for n, c in zip(self.names, columns, strict=True)}

    def _checker(self, width: int | None = None) -> RecordChecker:
        return RecordChecker(self.name, self._delimiter, self._width if width is None else width)

    def _offset(self, offset: int) -> int | None:
        """Offset in the file of bytes after the header; `None` if the bytes differ from the file's."""
        return None if self._text.is_utf16 else self._skip + offset

    def _records(self, checker: RecordChecker) -> Iterator[bytes]:
        """Yield complete records, counted by the checker."""
        carry, skip, offset = b"", self._skip, 0
        for raw in self._text.blocks(BLOCK):
            block = raw
            if skip:
                skip, block = max(0, skip - len(block)), block[skip:]
            data, before = carry + block, checker.records
            # If every line is a record, the strict reader is not needed: Arrow reports lines of another
            # width.
            if self._width > 1 and b"\0" not in data and lines_are_records(data, self._delimiter):
                end = checker.count_lines(data)
            else:
                end = checker.check(data, offset=self._offset(offset))
            if len(data) - end > MAX_RECORD:
                raise checker.unclosed_quote_error()
            records, carry = data[:end], data[end:]
            self._check_utf8(records, offset, before)
            if checker.records > before:
                yield records
            offset += end
        if carry:
            before = checker.records
            checker.check(carry + b"\n", offset=self._offset(offset), final=True)
            self._check_utf8(carry, offset, before)
            self._note_cut(checker.records)
            yield carry + b"\n"

    def _note_cut(self, row: int) -> None:
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
            complete = self._checker(width=0)
            complete.check(records[: error.start])
            row = before + complete.records + 1
            raise not_utf8_error(
                records, error.start, offset=self._skip + offset, row=row, name=self.name
            ) from error

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.io.formats.source.Source.batches`."""
        names = [f"f{self._keep[self.names.index(column)]}" for column in columns]
        floats = {w for w, column in zip(names, columns, strict=True) if column in numbers}
        empty, before = [f"f{k}" for k in self._empty], 0
        checker = self._checker()
        for records in self._records(checker):
            table = self._read(records, [*names, *empty], floats, before)
            if checker.records - before != table.num_rows:
                raise self._disagreement_error(checker.records - before, table.num_rows)
            self._check_empty(table.select(empty), before)
            before = checker.records
            for batch in table.combine_chunks().to_batches(max_chunksize=size):
                yield [batch.column(w) for w in names]

    def _read(self, records: bytes, wanted: list[str], floats: set[str], before: int) -> pa.Table:
        """Read records; columns in which all values are numbers become numbers.

        If Arrow cannot read the records, raise the checker's error, or ``E_FORMAT`` if the checker accepts
        them.
        """
        quotes = b'"' in records  # a quoted field may contain line breaks
        try:
            table = self._parse(records, wanted, floats, None if quotes else _CHUNK)
        except pa.ArrowInvalid:
            pass
        else:
            has_tiny = may_underflow(records)
            if all(_are_exact(table[w], has_tiny=has_tiny) for w in floats):
                return table
        try:
            return self._parse(records, wanted, set(), None)
        except pa.ArrowInvalid as error:
            checker = self._checker()
            checker.records = before
            checker.check(records)
            raise self._disagreement_error(checker.records - before, 0) from error

    def _disagreement_error(self, checked: int, read: int) -> ScoreError:
        return ScoreError(
            "E_FORMAT",
            f"two readings of the text must agree, got {checked} and {read} rows",
            file=self.name,
            hint="Save the file as Parquet.",
        )

    def _check_empty(self, table: pa.Table, before: int) -> None:
        """Check that columns left out as empty are empty in all rows."""
        for k, column in zip(self._empty, table.columns, strict=True):
            filled = pc.greater(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
            if (row := pc.index(filled, True).as_py()) >= 0:
                raise nameless_column_error(
                    k, self.name, row=before + row + 1, value=column[row].as_py()
                )

    def _parse(
        self, records: bytes, wanted: list[str], floats: set[str], chunk: int | None
    ) -> pa.Table:
        if records.startswith(UTF8_MARK):
            # Arrow drops a byte-order mark from every buffer, but here it is part of an id.
            records = UTF8_MARK + records
        return arrow_csv.read_csv(
            pa.BufferReader(arrow_buffer(records)),
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


def _are_exact(column: pa.ChunkedArray, *, has_tiny: bool) -> bool:
    """Whether all values are finite, and no tiny number (``has_tiny``) may have been rounded to 0."""
    arrays = [chunk.to_numpy() for chunk in column.chunks]
    return all(np.isfinite(a).all() and not (has_tiny and (a == 0).any()) for a in arrays)
