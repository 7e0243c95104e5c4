"""JSON lines, an array of flat objects, and tables as ``{"columns": [...], "data": [[...], ...]}``.

One JSON text to plain values: numbers as they were written, every key once, no half characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import ScoreError, shown, warning
from metrics.io.formats.cells import NOT_ZERO
from metrics.io.formats.csv_dialect import decode
from metrics.io.formats.json_bulk import Shape, find_shape, lines_of, values_of
from metrics.io.formats.source import HEAD_ROWS, FileSource, check_names
from metrics.io.formats.stream import blocks, compression_of

Row = dict[str, Any]


class Number(str):
    """A JSON number as it was written."""


class Nested(Exception):
    """A list or an object stands where a plain value must."""


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
    parse_float=Number,
    parse_int=Number,
    parse_constant=_no_constant,
)


def bad(file: str, message: str, row: int | None) -> ScoreError:
    """Return the ``E_JSON`` to raise."""
    return ScoreError(
        "E_JSON",
        message,
        file=file,
        row=row,
        hint='Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.',
    )


def parse(text: str, file: str, row: int | None, where: str) -> Any:
    """Return the value of a JSON text, of which ``where`` says what it is.

    Raises
    ------
    ScoreError
        ``E_JSON``, ``E_DUPCOL``, ``E_ENCODING``.
    """
    try:
        value = _DECODER.decode(text.strip())
    except KeyError as error:
        raise ScoreError(
            "E_DUPCOL",
            f"a key must occur once in an object, got {shown(error.args[0])!r} twice in {where}",
            file=file,
            row=row,
            column=str(error.args[0]),
            hint="Remove one of them.",
        ) from error
    except json.JSONDecodeError as error:
        text = f"{where} must be JSON, got an error at column {error.colno}: {error.msg}"
        raise bad(file, text, row) from error
    except RecursionError as error:
        raise bad(file, f"{where} must be JSON that is not deeply nested", row) from error
    except ValueError as error:
        raise bad(file, f"{where} must be JSON: {error}", row) from error
    if "\\u" in text:
        _check_surrogates(value, file, row)
    return value


def _check_surrogates(value: Any, file: str, row: int | None) -> None:
    """Refuse half of a character written as an escape, which is no text."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ScoreError(
            "E_ENCODING",
            "text must be Unicode characters, got half of a surrogate pair",
            file=file,
            row=row,
            hint="Write the file again from text that was decoded right.",
        ) from error


def plain_text(value: Any) -> str | None:
    """Return a value as text; null stays None.

    Raises
    ------
    Nested
        For lists and objects.
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Nested


MAX_LINE, MAX_DOCUMENT = 8 << 20, 256 << 20


_BLOCK, _ROWS = 1 << 20, 32_768


_MARK = b"\xef\xbb\xbf"


_TABLE = re.compile(rb'\{\s*"(columns|data|index)"\s*:\s*\[')


INDEX = "__index_level_0__"


"""The column of a table's index, by the name that it has in Parquet files of pandas."""


class JsonSource(FileSource):
    """Flat JSON records; see `metrics.io.formats.source.Source`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its name as given, for messages.
    decimal : {".", ","}
        Decimal sign of numbers that are written as text.
    """

    def __init__(self, path: Path, name: str, *, decimal: str = ".") -> None:
        super().__init__(path, name)
        self._decimal = decimal
        self._kind = compression_of(path, name)
        self._document = self._is_document()
        head: list[Row] = []
        for row in self._rows():
            head.append(row)
            if len(head) == HEAD_ROWS:
                break
        if not head:
            raise ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=name)
        self.names = tuple(dict.fromkeys(key for row in head for key in row))
        check_names(self.names, name)
        self._known = set(self.names)
        self._refuse_pipeline(head)
        self._head = [self._column(head, column) for column in self.names]

    def _refuse_pipeline(self, head: list[Row]) -> None:
        """A classifier's ``{"label", "score"}`` gives the score of the label that it predicted."""
        words = {str(row.get("label")) for row in head if not isinstance(row.get("label"), Number)}
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
        return _TABLE.match(head) is not None

    def _parts(self) -> Iterator[bytes]:
        """Yield the content in parts that each end with a line."""
        carry, mark = b"", _MARK
        for block in blocks(self._path, self.name, self._kind, _BLOCK):
            data = carry + block
            end = data.rfind(b"\n") + 1
            carry = data[end:]
            if end:
                yield data[:end].removeprefix(mark)
                mark = b""
            if len(carry) > MAX_LINE:
                raise ScoreError(
                    "E_SIZE",
                    f"a line must have at most {MAX_LINE:,} bytes",
                    file=self.name,
                    hint="Write one object per line.",
                )
        if carry := carry.removeprefix(mark):
            yield carry + b"\n"

    def _rows(self) -> Iterator[Row]:
        if self._document:
            yield from self._document_rows()
            return
        row = number = 0
        for part in self._parts():
            for line in part.split(b"\n")[:-1]:
                number += 1
                if line.strip():
                    row += 1
                    yield self._row(line, row, number)

    def _row(self, line: bytes, row: int, number: int) -> Row:
        where = f"line {number}"
        value = parse(decode(line, self.name, whole=True), self.name, row, where)
        if not isinstance(value, dict):
            raise bad(self.name, f"{where} must be an object, got {shown(value)}", row)
        return value

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
        text = decode(bytes(data).removeprefix(_MARK), self.name, whole=True)
        value = parse(text, self.name, None, "the document")
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
            raise bad(self.name, 'the document must hold "columns" and "data"', None)
        names = tuple(str(name) for name in columns)
        check_names(names, self.name)
        index = value.get("index")
        if isinstance(index, list) and list(map(str, index)) != list(map(str, range(len(data)))):
            if len(index) != len(data):
                text = f"the index must have a value for each row, got {len(index)} of {len(data)}"
                raise bad(self.name, text, None)
            yield from (
                {INDEX: key, **row} for key, row in zip(index, self._cut(names, data), strict=True)
            )
            return
        yield from self._cut(names, data)

    def _cut(self, names: tuple[str, ...], data: list[Any]) -> Iterator[Row]:
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
        return self._head

    def _column(self, rows: list[Row], name: str) -> pa.Array:
        try:
            return pa.array([plain_text(row.get(name)) for row in rows], pa.string())
        except Nested:
            return pa.nulls(len(rows), pa.list_(pa.null()))

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.readers.base.Source.batches`."""
        read = self._whole if self._document else self._by_part
        for arrays in read(columns, numbers):
            for start in range(0, len(arrays[0]), size):
                yield [array.slice(start, size) for array in arrays]

    def _whole(self, columns: Sequence[str], numbers: frozenset[str]) -> Iterator[list[pa.Array]]:
        rows: list[Row] = []
        for number, row in enumerate(self._rows(), 1):
            self._note_late(row, number)
            rows.append(row)
            if len(rows) == _ROWS:
                yield self._batch(rows, columns, numbers)
                rows = []
        yield self._batch(rows, columns, numbers)

    def _by_part(self, columns: Sequence[str], numbers: frozenset[str]) -> Iterator[list[pa.Array]]:
        """Read lines of one shape in bulk, and each of the others by itself."""
        shape: Shape | None = None
        row = number = 0
        for part in self._parts():
            shape, fits = find_shape(part, shape)
            if shape is not None and fits.all():
                self._note_late(shape.keys, row + 1)
                row, number = row + len(fits), number + len(fits)
                arrays = self._in_bulk(shape, lines_of(part), columns, numbers)
                bare = numbers - shape.texts if self._decimal == "." else frozenset()
                yield [
                    _floats(array) if name in bare else array
                    for name, array in zip(columns, arrays, strict=True)
                ]
                continue
            rows: list[Row] = []
            places: list[int] = []
            blank = 0
            for k, line in enumerate(part.split(b"\n")[:-1]):
                if not line.strip():
                    blank += 1
                elif not fits[k]:
                    rows.append(self._row(line, row + k + 1 - blank, number + k + 1))
                    self._note_late(rows[-1], row + k + 1 - blank)
                    places.append(k)
                elif shape is not None:
                    self._note_late(shape.keys, row + k + 1 - blank)
            arrays = self._batch(rows, columns, numbers)
            if shape is not None and fits.any():
                bulk = self._in_bulk(shape, lines_of(part).filter(fits), columns, numbers)
                order = np.argsort(np.concatenate([np.flatnonzero(fits), places]))
                arrays = [_merged(*pair, order) for pair in zip(bulk, arrays, strict=True)]
            yield arrays
            row, number = row + len(fits) - blank, number + len(fits)

    def _in_bulk(
        self, shape: Shape, lines: pa.StringArray, columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array]:
        written = numbers & shape.texts
        for name in columns:
            if name in written:
                self._note_text(name)
        return values_of(shape, lines, columns)

    def _batch(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array]:
        for name in columns:
            if name in numbers and any(type(row.get(name)) is str for row in rows):
                self._note_text(name)
        return [self._column(rows, name) for name in columns]

    def _note_text(self, name: str) -> None:
        self.note(warning("W_STRNUM", "numbers are written as text", file=self.name, column=name))

    def _note_late(self, keys: Iterable[str], row: int) -> None:
        """Tell once of each key that the rows on which columns are recognised do not have."""
        for key in keys:
            if key not in self._known:
                self._known.add(key)
                text = f"left out, since no row before {row:,} has it"
                hint = "Give every row the same keys, and null where there is no value."
                self.note(
                    warning(
                        "W_NOTSCORE", text, file=self.name, row=row, column=shown(key), hint=hint
                    )
                )


def _floats(texts: pa.StringArray) -> pa.Array:
    """Return numbers as float64; the texts where one is no finite number or may be too small for one."""
    try:
        values = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return texts
    if values.null_count or not np.isfinite(values.to_numpy()).all():
        return texts
    zeros = texts.filter(pc.equal(values, 0.0))
    return texts if pc.any(pc.match_substring_regex(zeros, NOT_ZERO)).as_py() else values


def _merged(bulk: pa.StringArray, rest: pa.Array, order: NDArray[np.intp]) -> pa.Array:
    """Put the values of two kinds of lines in their order; a column with one list is none of text."""
    if not pa.types.is_string(rest.type):
        return pa.nulls(len(order), rest.type)
    return pa.concat_arrays([bulk, rest]).take(pa.array(order))
