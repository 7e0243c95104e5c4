"""Delimited text files: CSV, TSV and similar, plain or compressed.

The first block determines delimiter and header. Arrow then reads the data, and the standard library's strict
reader checks the result. CSV parsers disagree on stray quotes, NUL bytes and short rows, and some give no
error. If the text has a quote, or a single column, Arrow must find as many records as the strict reader. The
strict reader stops at the first ambiguous byte.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from metrics.errors import ScoreError, counted, shown, warning
from metrics.io.formats.cells import NUMBER, may_underflow
from metrics.io.formats.column_names import nameless_column, trim_names
from metrics.io.formats.compression import owned
from metrics.io.formats.encoding import UTF8_MARK, TextFile, decode, not_utf8
from metrics.io.formats.file_on_disk import stem_of
from metrics.io.formats.source import HEAD_ROWS, FileSource, no_rows

_DELIMITERS = ",;\t|"
_CHECKED_ROWS = 20


# First line of some spreadsheets that gives the delimiter, possibly quoted or padded to the table's width.
_SAID = re.compile(r'[\r\n]*"?sep=([^\r\n])"?\1*(?:\r\n|[\r\n]|$)', re.IGNORECASE)


def _csv_rows(text: str, delimiter: str, limit: int | None = None) -> list[list[str]]:
    """Split text into records; empty lines are skipped."""
    rows: list[list[str]] = []
    with _LONG_FIELDS:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
                if limit is not None and len(rows) >= limit:
                    break
    return rows


def _find_header(text: str, name: str) -> tuple[str, tuple[str, ...], int, int]:
    """Find the delimiter, the header cells as written, and the offsets of the header and of the data.

    The delimiter must split the header and the first rows into the same number of fields, at least two. If
    several do, the one with most fields is used.

    Raises
    ------
    ScoreError
        ``E_EMPTY``, ``E_QUOTE``, ``E_FORMAT``; ``E_HEADER`` if titles or comments precede the header.
    """
    if not text.strip(" \t\r\n\ufeff"):
        raise ScoreError("E_EMPTY", "the file must hold a header and rows, got nothing", file=name)
    start = 0
    named = None
    if declared := _SAID.match(text):
        named, start = declared[1], declared.end()
        if not named.isascii() or named.isalnum() or named in "\"'.+-_":
            raise ScoreError(
                "E_FORMAT",
                f"fields must be separated by a sign that is no part of them, got {named!r}",
                file=name,
                hint="Write the file with commas, semicolons, tabs or vertical bars.",
            )
    sample = text[start : start + 262_144]
    if named is None:
        _refuse_title(sample, name)
    delimiter = named or _delimiter(sample)
    end = _record_end(text, start, delimiter)
    header = _csv_rows(text[start:end], delimiter, 2)
    if not header:
        raise ScoreError("E_EMPTY", "the file must hold a header and rows, got none", file=name)
    if len(header) > 1:
        raise ScoreError(
            "E_QUOTE",
            "the quotes of the header must have one reading, got two",
            file=name,
            hint="Quote each name as a whole, or write no quotes.",
        )
    return delimiter, tuple(header[0]), len(text[:start].encode()), len(text[:end].encode())


def _delimiter(text: str) -> str:
    widths: dict[str, int] = {}
    fallback: dict[str, int] = {}
    complete = text.endswith(("\n", "\r"))
    for candidate in _DELIMITERS:
        try:
            rows = _csv_rows(text, candidate, _CHECKED_ROWS + 1)
        except csv.Error:
            continue
        if not complete and len(rows) > 2 and len(rows) <= _CHECKED_ROWS:
            rows.pop()
        width, others = len(rows[0]) if rows else 0, Counter(len(row) for row in rows[1:])
        fallback[candidate] = width
        if width > 1 and set(others) <= {width}:
            widths[candidate] = width
    best = widths or fallback
    return max(best, key=lambda d: (best[d], -_DELIMITERS.index(d))) if best else ","


def _refuse_title(text: str, name: str) -> None:
    """Raise if the first lines of a text have another width than the table that starts below them.

    Raises
    ------
    ScoreError
        ``E_HEADER`` if a line below the first is certainly the header: all following lines have its width,
        and one of their columns has numbers under a name.
    """
    for delimiter in _DELIMITERS:
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            rows = [(row, records.line_num) for row in islice(records, _CHECKED_ROWS + 1) if row]
        except csv.Error:
            continue
        if len(rows) <= _CHECKED_ROWS and not text.endswith(("\n", "\r")):
            # The sample may end inside a row.
            rows.pop()
        widths = [_filled_width(row) for row, _ in rows]
        if not rows or widths[-1] in {1, widths[0]}:
            continue
        top = max(k for k, width in enumerate(widths, 1) if width != widths[-1])
        (header, line), values = rows[top], [row for row, _ in rows[top + 1 :]]
        if all(title.strip() for title in header) and _names_numbers(header, values):
            raise ScoreError(
                "E_HEADER",
                f"the first line must be the header, got {shown(delimiter.join(rows[0][0]))!r}; "
                f"line {line} looks like the header",
                file=name,
                hint=f"Remove what stands above line {line}.",
            )


def _filled_width(row: list[str]) -> int:
    """Return the number of fields; 1 if all but the first are empty, as in a spreadsheet's title row."""
    return len(row) if any(row[1:]) else 1


def _names_numbers(header: list[str], rows: list[list[str]]) -> bool:
    """Whether a column has only numbers, and a name that is not a number."""
    return any(
        not re.match(NUMBER, title) and all(re.match(NUMBER, value) for value in values)
        for title, *values in zip(header, *rows, strict=True)
        if values
    )


def _record_end(text: str, start: int, delimiter: str) -> int:
    """Offset after the first record from ``start`` on, including its line break."""
    k, seen, mode = start, False, "start"
    while k < len(text):
        c = text[k]
        k += 1
        if mode == "quoted":
            mode = "closed" if c == '"' else mode
        elif c in "\r\n":
            if seen:
                return k + 1 if c == "\r" and text[k : k + 1] == "\n" else k
            continue
        elif c == '"' and mode in {"start", "closed"}:
            mode = "quoted"
        else:
            mode = "start" if c == delimiter else "plain"
        seen = True
    return k


_MAX_RECORD = 32 << 20
"""Largest number of bytes of a record."""


class Referee:
    """Counts the records of delimited text, block by block, and rejects malformed records.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    delimiter : str
    width : int
        Number of fields that each record must have; 0 for any number.

    Attributes
    ----------
    records : int
        Number of records so far.
    """

    def __init__(self, name: str, delimiter: str, width: int) -> None:
        self._name, self._delimiter, self._width = name, delimiter, width
        self._blank_lines = self._after_return = False
        self.records = 0

    def judge(self, data: bytes, *, offset: int | None = None, final: bool = False) -> int:
        """Return the length of the complete records at the start of the text, and count them.

        Parameters
        ----------
        data : bytes
            Text that begins with a record.
        offset : int or None
            Offset of the text in the file; `None` if the file's bytes are different (compressed or
            re-encoded).
        final : bool
            Whether no data follows.

        Raises
        ------
        ScoreError
            ``E_WIDTH``, ``E_QUOTE``, ``E_NUL``; ``E_SCORE_NA`` for an empty line in a file of one column.
        """
        nul = data.find(b"\0")
        text = data if nul < 0 else data[:nul]
        end = len(text) if final or nul >= 0 else _end_of_lines(text)
        # A record that contains the stopping byte is incomplete.
        breaks = text[: _end_of_lines(text)].decode("latin-1") if nul >= 0 else None
        most = sys.maxsize if breaks is None else sum(1 for _ in io.StringIO(breaks, newline=""))
        # A line break may be split between two blocks.
        start = 1 if self._after_return and data.startswith(b"\n") else 0
        # Every byte is a character in Latin-1, and only ASCII characters are compared.
        text_lines = io.StringIO(text[start:end].decode("latin-1"), newline="")
        exhausted = False

        def lines() -> Iterator[str]:
            nonlocal exhausted
            yield from text_lines
            exhausted = True

        reader = csv.reader(lines(), delimiter=self._delimiter, strict=True)
        complete = 0
        try:
            with _LONG_FIELDS:
                for record in reader:
                    if reader.line_num > most:
                        break
                    self._count(record)
                    complete = reader.line_num
        except csv.Error as error:
            if not exhausted:
                raise self._error(
                    "E_QUOTE",
                    "a closing quote must end its field, got more text behind it",
                    "Double the quotes that are part of the text.",
                ) from error
            if final and nul < 0:
                raise self.unclosed() from error
            text_lines.seek(0)
            end = start + sum(map(len, islice(text_lines, complete)))
        if nul >= 0:
            where = "" if offset is None else f" at offset {offset + nul}"
            raise self._error(
                "E_NUL",
                f"text must hold no NUL byte, got one{where}",
                "The file is damaged or not text; write it again.",
            )
        self._after_return = text[:end].endswith(b"\r")
        return end

    def count_lines(self, data: bytes) -> int:
        """Return the length of the complete lines, and count the non-empty lines as records."""
        end = _end_of_lines(data)
        lines = data[:end]
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n\n" in lines or lines.startswith(b"\n"):
            lines = b"".join(line + b"\n" for line in lines.split(b"\n") if line)
        self.records += lines.count(b"\n")
        return end

    def _count(self, record: list[str]) -> None:
        """Count a record; the reader returns an empty line as a record without fields."""
        if not record:
            self._blank_lines = True
            return
        if self._width and len(record) != self._width:
            raise self._error(
                "E_WIDTH",
                f"a row must have as many fields as the header ({self._width}), got {len(record)}",
                "Quote fields that contain the delimiter, or write the file again.",
            )
        if self._width == 1 and self._blank_lines and self.records:
            # In a file with one column an empty line would be a missing value.
            raise self._error(
                "E_SCORE_NA",
                "a file of one column must hold no empty line, got one before this row",
                "Fill in or remove the line.",
            )
        self.records += 1

    def unclosed(self) -> ScoreError:
        """Return the error for a quote of the next record that is still open at the end."""
        return self._error(
            "E_QUOTE",
            "a quote that is opened must be closed, got the end of the file",
            "Close the quote, or double it where it is part of the text.",
        )

    def _error(self, code: str, message: str, hint: str) -> ScoreError:
        return ScoreError(code, message, file=self._name, row=self.records + 1, hint=hint)


def _end_of_lines(text: bytes) -> int:
    """Return the offset after the last line break, or after the first half of a split line break."""
    return max(text.rfind(b"\n"), text.rfind(b"\r")) + 1


class _FieldSizeLimit:
    """Lets the csv module read long fields during a block; its limit applies to the whole process."""

    def __init__(self, limit: int) -> None:
        self._limit, self._before, self._readers = limit, 0, 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if not self._readers:
                self._before = csv.field_size_limit(self._limit)
            self._readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._readers -= 1
            if not self._readers:
                csv.field_size_limit(self._before)


_LONG_FIELDS = _FieldSizeLimit(2 * _MAX_RECORD)


BLOCK, _CHUNK = 2 << 20, 1 << 20
_HEAD_BYTES = 1 << 20


class CsvSource(FileSource):
    """Delimited text with a header; see `metrics.io.formats.source.Source`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        File name as given, for messages.
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
        self._delimiter, titles, header, data = _find_header(text, name)
        self._width = len(titles)
        bare = self._width == 1 and re.match(NUMBER, titles[0]) is not None
        if self._width == 1 and re.match(NUMBER, titles[0].split(" ")[0]) and not bare:
            raise ScoreError(
                "E_FORMAT",
                "fields must be separated by commas, semicolons, tabs or vertical bars, "
                f"got {shown(titles[0])!r}",
                file=name,
                hint="Write the file as CSV with a header.",
            )
        self._skip += header if bare else data
        body = head[self._skip :]
        end = b"\n" if whole and body and not body.endswith((b"\n", b"\r")) else b""
        self._referee().judge(body + end, offset=self._offset(0), final=whole)
        rows = _csv_rows(decode(body, name, whole=whole), self._delimiter, HEAD_ROWS + 3)
        rows = [row for row in rows if len(row) == self._width]
        if not whole and len(rows) < HEAD_ROWS:
            rows = rows[:-1]
        self._head = rows[:HEAD_ROWS]
        self._all = (stem_of(path.name),) if bare else titles
        if not rows:
            raise no_rows(name)
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
        """Raise or warn if a file with one column starts with a number, and so has no header.

        A first line "0" above fractions may be a column number, and raises ``E_HEADER``.
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

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows as strings."""
        columns = ([row[k] for row in self._head] for k in self._keep)
        return {n: pa.array(c, pa.string()) for n, c in zip(self.names, columns, strict=True)}

    def _referee(self, width: int | None = None) -> Referee:
        return Referee(self.name, self._delimiter, self._width if width is None else width)

    def _offset(self, offset: int) -> int | None:
        """Offset in the file of bytes after the header; `None` if the bytes differ from the file's."""
        return None if self._text.is_utf16 else self._skip + offset

    def _records(self, referee: Referee) -> Iterator[bytes]:
        """Yield complete records, counted by the referee."""
        carry, skip, offset = b"", self._skip, 0
        for raw in self._text.blocks(BLOCK):
            block = raw
            if skip:
                skip, block = max(0, skip - len(block)), block[skip:]
            data, before = carry + block, referee.records
            # Without quotes each line is a record, and Arrow reports records of another width.
            plain = self._width > 1 and b'"' not in data and b"\0" not in data
            place = self._offset(offset)
            end = referee.count_lines(data) if plain else referee.judge(data, offset=place)
            if len(data) - end > _MAX_RECORD:
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
        """Read records; columns in which all values are numbers become numbers.

        Raises
        ------
        ScoreError
            Error of the referee if Arrow cannot read the records; ``E_FORMAT`` if the referee finds none.
        """
        quotes = b'"' in records  # a quoted field may contain line breaks
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
        """Check that columns left out as empty are empty in all rows."""
        for k, column in zip(self._empty, table.columns, strict=True):
            filled = pc.greater(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
            if (row := pc.index(filled, True).as_py()) >= 0:
                raise nameless_column(k, self.name, row=before + row + 1, value=column[row].as_py())

    def _parse(
        self, records: bytes, wanted: list[str], floats: set[str], chunk: int | None
    ) -> pa.Table:
        if records.startswith(UTF8_MARK):
            # Arrow drops a byte-order mark from every buffer, but here it is part of an id.
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
    """Whether all values are finite and no small value may have been rounded to 0."""
    arrays = [chunk.to_numpy() for chunk in column.chunks]
    return all(np.isfinite(a).all() and not (small and (a == 0).any()) for a in arrays)
