"""JSON score files: JSON lines, arrays of flat objects, and tables.

A table is ``{"columns": [...], "data": [[...], ...]}``. Lines that differ only in their values are split at
their commas. All other lines are parsed one by one, with exact errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import jiter
import numpy as np
import pyarrow as pa

from metrics.errors import ScoreError, shown, warning
from metrics.io.formats.column_names import trim_names
from metrics.io.formats.encoding import UTF8_MARK, TextFile
from metrics.io.formats.json_lines import are_exact, split_alike
from metrics.io.formats.json_values import (
    Nested,
    Row,
    excerpt,
    is_number,
    is_table,
    is_text,
    json_text,
    not_json_error,
    parse,
    plain_text,
    rows_of_document,
)
from metrics.io.formats.source import HEAD_ROWS, FileSource, no_rows_error

MAX_LINE, MAX_DOCUMENT = 8 << 20, 256 << 20
"""Largest number of bytes of a line, and of a file that is a single JSON value."""
_BLOCK, _ROWS = 1 << 20, 32_768
"""Number of bytes read at a time; number of rows of a document returned at a time."""
JSON = pa.json_(pa.string())
"""Type of a column that has lists or objects."""


class JsonSource(FileSource):
    """Flat JSON records; ``decimal`` is the decimal sign of numbers that are written as text."""

    def __init__(self, path: Path, name: str, *, decimal: str = ".") -> None:
        super().__init__(path, name)
        self._decimal = decimal
        self._text = TextFile(path, name)
        self.problems += self._text.notes
        self._is_document = self._detect_document()
        head = [*islice(self._rows(), HEAD_ROWS)]
        if not head:
            raise no_rows_error(name)
        keys = tuple(dict.fromkeys(key for row in head for key in row))
        self.names, notes = trim_names(keys, name)
        self.problems += notes
        self._key = dict(zip(self.names, keys, strict=True))
        self._known = set(keys)
        self._refuse_pipeline(head)
        self._head = {name: self._column(head, key) for name, key in self._key.items()}
        self._fractions = {
            key for key in keys if any(type(row.get(key)) is jiter.LosslessFloat for row in head)
        }

    def _refuse_pipeline(self, head: list[Row]) -> None:
        """Raise for a classifier's ``{"label", "score"}``: the score belongs to the predicted label."""
        words = {str(row.get("label")) for row in head if not is_number(row.get("label"))}
        if set(self.names) == {"label", "score"} and words:
            raise ScoreError(
                "E_FORMAT",
                "the score must be the defect's, got the score of the predicted label "
                f"({', '.join(sorted(map(repr, words))[:4])})",
                file=self.name,
                hint="Write each unit's id, true label and the score of the defect class.",
            )

    def _detect_document(self) -> bool:
        """Whether the file is a single JSON value instead of one object on each line."""
        head = self._text.start(_BLOCK).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head:
            raise ScoreError("E_EMPTY", "the file must hold rows, got nothing", file=self.name)
        if head.startswith(b"["):
            return True
        line, _, rest = head.partition(b"\n")
        first = _object(line)
        if first is not None:
            return not rest.strip() and is_table(first)
        # An object that continues on the next line is not a row. One that continues in the next block may be.
        begun = _object(head, partial=True)
        return begun is not None and (bool(rest) or is_table(begun))

    def _parts(self) -> Iterator[bytes]:
        """Yield the content in parts that each end with a complete line."""
        carry, mark = b"", UTF8_MARK
        for block in self._text.blocks(_BLOCK):
            data = carry + block
            end = data.rfind(b"\n") + 1
            carry = data[end:]
            if end:
                yield data[:end].removeprefix(mark)
                mark = b""
            if len(carry) > MAX_LINE:
                text, hint = (
                    f"a line must have at most {MAX_LINE:,} bytes",
                    "Write one object per line.",
                )
                raise ScoreError("E_SIZE", text, file=self.name, hint=hint)
        if carry := carry.removeprefix(mark):
            yield carry + b"\n"

    def _rows(self) -> Iterator[Row]:
        if self._is_document:
            yield from self._document_rows()
            return
        row = line = 0
        for part in self._parts():
            for value in self._lines(part, row, line):
                row += 1
                yield value
            line += part.count(b"\n")

    def _lines(self, part: bytes, row: int, line: int, *, as_written: bool = True) -> Iterator[Row]:
        """Yield the rows of some lines, given the number of rows and lines before them."""
        for number, text in enumerate(part.split(b"\n")[:-1], line + 1):
            if not text.strip():
                continue
            row += 1
            where = f"line {number}"
            value = parse(text, self.name, row, where, as_written=as_written)
            if not isinstance(value, dict):
                raise not_json_error(
                    self.name, f"{where} must be an object, got {excerpt(value)}", row
                )
            yield value

    def _document_rows(self) -> Iterator[Row]:
        data = bytearray()
        for block in self._text.blocks(_BLOCK):
            data += block
            if len(data) > MAX_DOCUMENT:
                text = f"a JSON document must have at most {MAX_DOCUMENT:,} bytes"
                hint = "Write JSON lines, CSV or Parquet."
                raise ScoreError("E_SIZE", text, file=self.name, hint=hint)
        value = parse(bytes(data).removeprefix(UTF8_MARK), self.name, None, "the document")
        yield from rows_of_document(value, self.name)

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows as strings; lists and objects as JSON."""
        return self._head

    def _column(self, rows: list[Row], key: str) -> pa.Array:
        try:
            return pa.array([plain_text(row.get(key)) for row in rows], pa.string())
        except Nested:
            texts = [json_text(row.get(key)) for row in rows]
            return pa.ExtensionArray.from_storage(JSON, pa.array(texts, pa.string()))

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.io.formats.source.Source.batches`."""
        read = self._whole if self._is_document else self._by_part
        for arrays in read(columns, numbers):
            for start in range(0, len(arrays[0]), size):
                yield [array.slice(start, size) for array in arrays]

    def _whole(self, columns: Sequence[str], numbers: frozenset[str]) -> Iterator[list[pa.Array]]:
        every, before = self._rows(), 0
        while rows := [*islice(every, _ROWS)]:
            yield self._batch(rows, columns, numbers, before)
            before += len(rows)

    def _by_part(self, columns: Sequence[str], numbers: frozenset[str]) -> Iterator[list[pa.Array]]:
        """Split similar lines at their commas, and parse the others one by one."""
        bare = numbers if self._decimal == "." else frozenset()
        fractions = {self._key[name] for name in columns if name not in bare} & self._fractions
        row = line = 0
        is_split = True
        for part in self._parts():
            arrays = self._split_at_commas(part, columns, numbers) if is_split else None
            is_split = arrays is not None  # if one part cannot be split, later parts rarely can
            if arrays is None and not fractions:
                rows = [*self._lines(part, row, line, as_written=False)]
                arrays = self._floats(rows, part, columns, bare)
                if arrays is not None:
                    self._note_rows(rows, columns, numbers, row)
            if arrays is None:
                arrays = self._batch([*self._lines(part, row, line)], columns, numbers, row)
            row, line = row + len(arrays[0]), line + part.count(b"\n")
            yield arrays

    def _split_at_commas(
        self, part: bytes, columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array] | None:
        """Return the columns of lines that differ only in values; `None` if they must be parsed."""
        split = split_alike(part, [*self._key.values()])
        if split is None:
            return None
        arrays = []
        for name in columns:
            column = split[self._key[name]]
            if name not in numbers or self._decimal != "." or column.is_quoted:
                arrays.append(column.written)
            elif column.floats is None or not are_exact(column.floats.to_numpy(), part):
                return None
            else:
                arrays.append(column.floats)
        for name in columns:
            if name in numbers and split[self._key[name]].is_quoted:
                self._note_text(name)
        return arrays

    def _floats(
        self, rows: list[Row], lines: bytes, columns: Sequence[str], bare: frozenset[str]
    ) -> list[pa.Array] | None:
        """Return numbers as floats; `None` if the written form of a number matters."""
        arrays = []
        for name in columns:
            values = [row.get(self._key[name]) for row in rows]
            types = set(map(type, values))
            if name in bare and types <= {int, float}:
                try:
                    floats = np.array(values, np.float64)
                except OverflowError:
                    return None
                if not are_exact(floats, lines):
                    return None
                arrays.append(pa.array(floats))
            elif float in types:
                return None
            else:
                arrays.append(self._column(rows, self._key[name]))
        return arrays

    def _batch(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str], before: int
    ) -> list[pa.Array]:
        self._note_rows(rows, columns, numbers, before)
        return [self._column(rows, self._key[name]) for name in columns]

    def _note_rows(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str], before: int
    ) -> None:
        """Warn about numbers written as text, and about keys that the first rows lack."""
        for number, row in enumerate(rows, before + 1):
            if not row.keys() <= self._known:
                self._note_late(row, number)
        for name in columns:
            if name in numbers and any(is_text(row.get(self._key[name])) for row in rows):
                self._note_text(name)

    def _note_text(self, name: str) -> None:
        self.note(warning("W_STRNUM", "numbers are written as text", file=self.name, column=name))

    def _note_late(self, keys: Iterable[str], row: int) -> None:
        """Warn once about each key that is missing in the rows used to recognise columns."""
        for key in keys:
            if key not in self._known:
                self._known.add(key)
                text = f"left out, since no row before {row:,} has it"
                hint = "Give every row the same keys, and null where there is no value."
                self.note(
                    warning("W_UNUSED", text, file=self.name, row=row, column=shown(key), hint=hint)
                )


def _object(text: bytes, *, partial: bool = False) -> Row | None:
    """Return the object in a text, also an incomplete one if ``partial``; `None` if there is none."""
    if partial:
        # The last character may be split as well.
        text = text.decode(errors="ignore").encode()
    try:
        value = jiter.from_json(text, partial_mode=partial)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
