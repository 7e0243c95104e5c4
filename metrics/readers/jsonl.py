"""JSON lines, an array of flat objects, and tables as ``{"columns": [...], "data": [[...], ...]}``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from metrics.errors import Problem, ScoreError, shown, warning
from metrics.readers.base import HEAD_ROWS
from metrics.readers.csv_dialect import check_names, decode
from metrics.readers.stream import blocks, compression_of

MAX_LINE, MAX_DOCUMENT = 8 << 20, 256 << 20
_BLOCK, _ROWS = 1 << 20, 32_768
Row = dict[str, Any]


class _Number(str):
    """A JSON number as it was written."""


class _Nested(Exception):
    pass


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _pairs(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise KeyError(next(name for name in names if names.count(name) > 1))
    return row


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_no_constant,
)


class JsonSource:
    """Flat JSON records; see `metrics.readers.base.Source`."""

    def __init__(self, path: Path, name: str) -> None:
        self.name, self.problems, self._path = name, list[Problem](), path
        self._kind = compression_of(path, name)
        self._document = self._is_document()
        head: list[Row] = []
        for row in self._rows():
            head.append(row)
            if len(head) == HEAD_ROWS:
                break
        if not head:
            raise ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=name)
        self._head = head
        self.names = tuple(dict.fromkeys(key for row in head for key in row))
        check_names(self.names, name)
        self._refuse_pipeline()

    def _refuse_pipeline(self) -> None:
        """A classifier's ``{"label", "score"}`` gives the score of the label that it predicted."""
        words = {
            str(row.get("label")) for row in self._head if not isinstance(row.get("label"), _Number)
        }
        if set(self.names) == {"label", "score"} and words:
            raise ScoreError(
                "E_FORMAT",
                "the score must be the defect's, got the score of the predicted label "
                f"({', '.join(sorted(map(repr, words))[:4])})",
                file=self.name,
                hint="Write each unit's id, true label and the score of the defect class.",
            )

    def _is_document(self) -> bool:
        head = b""
        for block in blocks(self._path, self.name, self._kind, _BLOCK):
            head += block.lstrip(b"\xef\xbb\xbf \t\r\n") if not head else block
            if head:
                break
        if not head:
            raise ScoreError("E_EMPTY", "the file must hold rows, got nothing", file=self.name)
        if head.startswith(b"["):
            return True
        start = head.lstrip(b"{ \t\r\n")[:16]
        return start.startswith((b'"columns"', b'"data"', b'"index"'))

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        carry, number = b"", 0
        for block in blocks(self._path, self.name, self._kind, _BLOCK):
            parts = (carry + block).split(b"\n")
            carry = parts.pop()
            for part in parts:
                number += 1
                yield number, part
            if len(carry) > MAX_LINE:
                raise ScoreError(
                    "E_SIZE",
                    f"a line must have at most {MAX_LINE:,} bytes",
                    file=self.name,
                    hint="Write one object per line.",
                )
        if carry:
            yield number + 1, carry

    def _rows(self) -> Iterator[Row]:
        if self._document:
            yield from self._document_rows()
            return
        row = 0
        for number, line in self._lines():
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            row += 1
            text = decode(line, self.name, whole=True)
            value = self._parse(text, row, f"line {number}")
            if "\\u" in text:
                self._check_surrogates(value, row)
            if not isinstance(value, dict):
                raise self._bad(f"line {number} must be an object, got {shown(value)}", row)
            yield value

    def _check_surrogates(self, value: Any, row: int | None) -> None:
        """Refuse half of a character written as an escape, which is no text."""
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ScoreError(
                "E_ENCODING",
                "text must be Unicode characters, got half of a surrogate pair",
                file=self.name,
                row=row,
                hint="Write the file again from text that was decoded right.",
            ) from error

    def _bad(self, message: str, row: int | None) -> ScoreError:
        return ScoreError(
            "E_JSON",
            message,
            file=self.name,
            row=row,
            hint='Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.',
        )

    def _parse(self, text: str, row: int | None, where: str) -> Any:
        try:
            return _DECODER.decode(text.strip())
        except KeyError as error:
            raise ScoreError(
                "E_DUPCOL",
                f"a key must occur once in an object, got {shown(error.args[0])!r} twice in {where}",
                file=self.name,
                row=row,
                column=str(error.args[0]),
                hint="Remove one of them.",
            ) from error
        except json.JSONDecodeError as error:
            text = f"{where} must be JSON, got an error at column {error.colno}: {error.msg}"
            raise self._bad(text, row) from error
        except RecursionError as error:
            raise self._bad(f"{where} must be JSON that is not deeply nested", row) from error
        except ValueError as error:
            raise self._bad(f"{where} must be JSON: {error}", row) from error

    def _document_rows(self) -> Iterator[Row]:
        data = bytearray()
        for block in blocks(self._path, self.name, self._kind, _BLOCK):
            data += block
            if len(data) > MAX_DOCUMENT:
                raise ScoreError(
                    "E_SIZE",
                    f"a JSON document must have at most {MAX_DOCUMENT:,} bytes",
                    file=self.name,
                    hint="Write JSON lines, CSV or Parquet.",
                )
        text = decode(bytes(data).removeprefix(b"\xef\xbb\xbf"), self.name, whole=True)
        value = self._parse(text, None, "the document")
        if "\\u" in text:
            self._check_surrogates(value, None)
        if isinstance(value, dict):
            yield from self._split_rows(value)
            return
        for number, row in enumerate(value, 1):
            if not isinstance(row, dict):
                raise ScoreError(
                    "E_FORMAT",
                    f"each element must be a flat object, got {shown(row, 30)}",
                    file=self.name,
                    row=number,
                    hint="Write each unit's id, true label and the score of the defect class.",
                )
            yield row

    def _split_rows(self, value: Row) -> Iterator[Row]:
        columns, data = value.get("columns"), value.get("data")
        if not isinstance(columns, list) or not isinstance(data, list):
            raise self._bad('the document must hold "columns" and "data"', None)
        names = tuple(str(name) for name in columns)
        check_names(names, self.name)
        for number, row in enumerate(data, 1):
            if not isinstance(row, list) or len(row) != len(names):
                raise ScoreError(
                    "E_WIDTH",
                    f"a row must have {len(names)} values, got {shown(row, 30)}",
                    file=self.name,
                    row=number,
                    hint="Write the file again.",
                )
            yield dict(zip(names, row, strict=True))

    def head(self) -> list[pa.Array]:
        """Return the first rows as strings; a column that holds lists or objects as lists."""
        return [self._column(self._head, name) for name in self.names]

    def _column(self, rows: list[Row], name: str) -> pa.Array:
        try:
            return pa.array([_text(row.get(name)) for row in rows], pa.string())
        except _Nested:
            return pa.nulls(len(rows), pa.list_(pa.null()))

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.readers.base.Source.batches`."""
        rows: list[Row] = []
        for row in self._rows():
            rows.append(row)
            if len(rows) == min(size, _ROWS):
                yield self._batch(rows, columns, numbers)
                rows = []
        if rows:
            yield self._batch(rows, columns, numbers)

    def _batch(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array]:
        for name in columns:
            if name in numbers and any(type(row.get(name)) is str for row in rows):
                note = warning(
                    "W_STRNUM", "numbers are written as text", file=self.name, column=name
                )
                if note not in self.problems:
                    self.problems.append(note)
        return [self._column(rows, name) for name in columns]

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return file and row of a value; see `metrics.readers.base.Source.locate`."""
        return self.name, index + 1

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the file's bytes."""
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    raise _Nested
