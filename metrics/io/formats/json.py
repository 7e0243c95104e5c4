"""JSON score files: JSON lines, arrays of flat objects, and tables.

A table is ``{"columns": [...], "data": [[...], ...]}``. Arrow reads lines of plain values. What Arrow rejects
or may change is parsed line by line, with exact errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import jiter
import numpy as np
import pyarrow as pa
import pyarrow.json as arrow_json
from pyarrow.types import is_string

from metrics.errors import ScoreError, shown, warning
from metrics.io.formats.cells import may_underflow
from metrics.io.formats.column_names import trim_names
from metrics.io.formats.encoding import UTF8_MARK, TextFile
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
_BLOCK = 1 << 20
"""Number of bytes read at a time."""


class JsonText(TextFile):
    """The text of a JSON file.

    Attributes
    ----------
    is_document : bool
        Whether the file is a single JSON value instead of one object on each line.
    """

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.is_document = self._detect_document()

    def _detect_document(self) -> bool:
        """Whether the file is a single JSON value instead of one object on each line."""
        head = self.start(_BLOCK).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head:
            raise ScoreError("E_EMPTY", "the file must hold rows, got nothing", file=self._name)
        if head.startswith(b"["):
            return True
        line, _, rest = head.partition(b"\n")
        first = _parse_object(line)
        if first is not None:
            return not rest.strip() and is_table(first)
        # An object that continues on the next line is not a row. One that continues in the next block may be.
        begun = _parse_object(head, partial=True)
        return begun is not None and (bool(rest) or is_table(begun))

    def rows(self) -> Iterator[Row]:
        """Yield all rows."""
        if self.is_document:
            yield from self._document_rows()
            return
        row = line = 0
        for block in self.blocks_of_lines():
            for value in self.rows_of(block, row, line):
                row += 1
                yield value
            line += block.count(b"\n")

    def blocks_of_lines(self) -> Iterator[bytes]:
        """Yield the text in blocks that each end with a complete line."""
        carry, mark = b"", UTF8_MARK
        for block in self.blocks(_BLOCK):
            data = carry + block
            end = data.rfind(b"\n") + 1
            carry = data[end:]
            if end:
                yield data[:end].removeprefix(mark)
                mark = b""
            if len(carry) > MAX_LINE:
                text = f"a line must have at most {MAX_LINE:,} bytes"
                hint = "Write one object per line."
                raise ScoreError("E_SIZE", text, file=self._name, hint=hint)
        if carry := carry.removeprefix(mark):
            yield carry + b"\n"

    def rows_of(self, block: bytes, row: int, line: int) -> Iterator[Row]:
        """Yield the rows of a block of lines, given the number of rows and lines before it."""
        for number, content in enumerate(block.split(b"\n")[:-1], line + 1):
            if not content.strip():
                continue
            row += 1
            where = f"line {number}"
            value = parse(content, self._name, row, where)
            if not isinstance(value, dict):
                text = f"{where} must be an object, got {excerpt(value)}"
                raise not_json_error(self._name, text, row)
            yield value

    def _document_rows(self) -> Iterator[Row]:
        data = bytearray()
        for block in self.blocks(_BLOCK):
            data += block
            if len(data) > MAX_DOCUMENT:
                text = f"a JSON document must have at most {MAX_DOCUMENT:,} bytes"
                hint = "Write JSON lines, CSV or Parquet."
                raise ScoreError("E_SIZE", text, file=self._name, hint=hint)
        value = parse(bytes(data).removeprefix(UTF8_MARK), self._name, None, "the document")
        yield from rows_of_document(value, self._name)


def _parse_object(text: bytes, *, partial: bool = False) -> Row | None:
    """Return the object in a text, also an incomplete one if ``partial``; `None` if there is none."""
    if partial:
        # The last character may be split as well.
        text = text.decode(errors="ignore").encode()
    try:
        value = jiter.from_json(text, partial_mode=partial)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


_ROWS = 32_768
"""Number of rows of a document returned at a time."""
JSON = pa.json_(pa.string())
"""Type of a column that has lists or objects."""
_FEW_FORMS = 8
"""Largest number of distinct fractions in a column of text, such as labels written 0.0 and 1.0."""


class JsonSource(FileSource):
    """Flat JSON records; ``decimal`` is the decimal sign of numbers that are written as text."""

    def __init__(self, path: Path, name: str, *, decimal: str = ".") -> None:
        super().__init__(path, name)
        self._decimal = decimal
        self._text = JsonText(path, name)
        self.problems += self._text.notes
        head = [*islice(self._text.rows(), HEAD_ROWS)]
        if not head:
            raise no_rows_error(name)
        keys = tuple(dict.fromkeys(key for row in head for key in row))
        self.names, notes = trim_names(keys, name)
        self.problems += notes
        self._key = dict(zip(self.names, keys, strict=True))
        self._known = set(keys)
        self._refuse_pipeline(head)
        self._head = {name: self._column(head, key) for name, key in self._key.items()}
        self._types = {key: _type_of([row.get(key) for row in head]) for key in keys}

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
        read = self._batches_of_document if self._text.is_document else self._batches_of_lines
        for arrays in read(columns, numbers):
            for start in range(0, len(arrays[0]), size):
                yield [array.slice(start, size) for array in arrays]

    def _batches_of_document(
        self, columns: Sequence[str], numbers: frozenset[str]
    ) -> Iterator[list[pa.Array]]:
        every, before = self._text.rows(), 0
        while rows := [*islice(every, _ROWS)]:
            yield self._text_columns(rows, columns, numbers, before)
            before += len(rows)

    def _batches_of_lines(
        self, columns: Sequence[str], numbers: frozenset[str]
    ) -> Iterator[list[pa.Array]]:
        """Read lines by Arrow if its result is certainly exact; parse the others one by one."""
        floats = numbers if self._decimal == "." else frozenset()
        schema = self._schema(columns, floats)
        row = line = 0
        for block in self._text.blocks_of_lines():
            arrays = schema and self._arrow_columns(block, columns, floats, schema)
            if arrays is None:
                rows = [*self._text.rows_of(block, row, line)]
                arrays = self._text_columns(rows, columns, numbers, row)
            else:
                for name, array in zip(columns, arrays, strict=True):
                    are_texts = is_string(self._types[self._key[name]])
                    if name in numbers and are_texts and array.null_count < len(array):
                        self._note_text_numbers(name)
            row, line = row + len(arrays[0]), line + block.count(b"\n")
            yield arrays

    def _schema(self, columns: Sequence[str], numbers: frozenset[str]) -> pa.Schema | None:
        """Return the types by which Arrow reads lines; `None` if some values are not plain."""
        types = dict(self._types)
        for name, key in self._key.items():
            if pa.types.is_integer(types[key]) and (name in numbers or name not in columns):
                types[key] = pa.float64()
        return None if JSON in types.values() else pa.schema(types)

    def _arrow_columns(
        self, block: bytes, columns: Sequence[str], numbers: frozenset[str], schema: pa.Schema
    ) -> list[pa.Array] | None:
        """Return the columns of lines of one object each; `None` if Arrow's reading may not be exact."""
        lines = block.replace(b"\r\n", b"\n")
        try:
            lines.decode()
            table = arrow_json.read_json(
                pa.BufferReader(lines),
                arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
                arrow_json.ParseOptions(schema, unexpected_field_behavior="error"),
            )
        except (UnicodeDecodeError, pa.ArrowInvalid):
            return None
        characters = np.frombuffer(lines, np.uint8)
        ends = np.flatnonzero(characters == ord("\n"))
        starts = np.append(0, ends[:-1] + 1)
        are_objects = (characters[starts] == ord("{")) & (characters[ends - 1] == ord("}"))
        # Arrow also accepts two objects on a line, and an object on two lines.
        if table.num_rows != ends.size or not are_objects.all():
            return None
        arrays = {key: table.column(key).combine_chunks() for key in schema.names}
        for array in arrays.values():
            if pa.types.is_floating(array.type):
                floats = array.drop_null().to_numpy()
                if not np.isfinite(floats).all() or (not floats.all() and may_underflow(lines)):
                    return None
        read = []
        for name in columns:
            key, array = self._key[name], arrays[self._key[name]]
            if name not in numbers or not pa.types.is_floating(array.type):
                array = _as_written(array, key, lines)
            if array is None:
                return None
            read.append(array)
        return read

    def _text_columns(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str], before: int
    ) -> list[pa.Array]:
        self._note_late_keys_and_text_numbers(rows, columns, numbers, before)
        return [self._column(rows, self._key[name]) for name in columns]

    def _note_late_keys_and_text_numbers(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str], before: int
    ) -> None:
        """Warn about numbers written as text, and about keys that the first rows lack."""
        for number, row in enumerate(rows, before + 1):
            if not row.keys() <= self._known:
                self._note_late_keys(row, number)
        for name in columns:
            if name in numbers and any(is_text(row.get(self._key[name])) for row in rows):
                self._note_text_numbers(name)

    def _note_text_numbers(self, name: str) -> None:
        self.note(warning("W_STRNUM", "numbers are written as text", file=self.name, column=name))

    def _note_late_keys(self, keys: Iterable[str], row: int) -> None:
        """Warn once about each key that is missing in the rows used to recognise columns."""
        for key in keys:
            if key not in self._known:
                self._known.add(key)
                text = f"left out, since no row before {row:,} has it"
                hint = "Give every row the same keys, and null where there is no value."
                self.note(
                    warning("W_UNUSED", text, file=self.name, row=row, column=shown(key), hint=hint)
                )


def _as_written(array: pa.Array, key: str, lines: bytes) -> pa.StringArray | None:
    """Return the values of a key as text; `None` if a fraction may be written in another form."""
    if not pa.types.is_floating(array.type):
        return array.cast(pa.string())
    codes = array.dictionary_encode()
    number_texts = [*map(repr, codes.dictionary.to_pylist())]
    if array.null_count or len(number_texts) > _FEW_FORMS:
        return None
    name = re.escape(json.dumps(key, ensure_ascii=False))
    either_number = "|".join(map(re.escape, number_texts))
    as_written = re.findall(rf"{name}: ?(?:{either_number})[,}}]".encode(), lines)
    return pa.array(number_texts).take(codes.indices) if len(as_written) == len(array) else None


def _type_of(values: Sequence[Any]) -> pa.DataType:
    """Return the type of the values of a key; `JSON` if they are nested or of several kinds."""
    known = [value for value in values if value is not None]
    if not known:
        return pa.null()
    if all(map(is_text, known)):
        return pa.string()
    if all(isinstance(value, bool) for value in known):
        return pa.bool_()
    if not all(map(is_number, known)):
        return JSON
    are_whole = all(str(value).lstrip("-").isdigit() for value in known)
    return pa.int64() if are_whole else pa.float64()
