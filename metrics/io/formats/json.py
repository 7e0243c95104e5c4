"""JSON lines, an array of flat objects, and tables as ``{"columns": [...], "data": [[...], ...]}``.

Lines that are all flat objects with the same keys are read in one go. Whatever does not fit is left to the
reader of single lines, which alone says what is wrong with it: numbers as they were written, every key once,
no half characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import jiter
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.errors import ScoreError, shown, warning
from metrics.io.formats.cells import may_underflow
from metrics.io.formats.column_names import check_names, trim_names
from metrics.io.formats.source import HEAD_ROWS, FileSource
from metrics.io.formats.text import UTF8_MARK, TextFile, decode

Row = dict[str, Any]
# As an integer it would lose its sign.
MINUS_ZERO = re.compile(rb"-0(?![.0-9eE])")


class Nested(Exception):
    """A list or an object stands where a plain value must."""


def parse(data: bytes, file: str, row: int | None, where: str) -> Any:
    """Return the value of a JSON text, of which ``where`` says what it is.

    Raises
    ------
    ScoreError
        ``E_JSON``, ``E_DUPCOL``, ``E_ENCODING``.
    """
    if not MINUS_ZERO.search(data):
        try:
            return jiter.from_json(
                data,
                allow_inf_nan=False,
                cache_mode="keys",
                catch_duplicate_keys=True,
                float_mode="lossless-float",
            )
        except ValueError:
            pass
    return _parse_or_explain(decode(data, file, whole=True), file, row, where)


class _Number(str):
    """A JSON number as it was written."""


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


def _parse_or_explain(text: str, file: str, row: int | None, where: str) -> Any:
    """Read by the standard library what is seldom met, or say what is wrong with it and where."""
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
        raise not_json(file, text, row) from error
    except RecursionError as error:
        raise not_json(file, f"{where} must be JSON that is not deeply nested", row) from error
    except ValueError as error:
        raise not_json(file, f"{where} must be JSON: {error}", row) from error
    if "\\u" in text:
        _check_surrogates(value, file, row)
    return value


def not_json(file: str, message: str, row: int | None) -> ScoreError:
    """Return the ``E_JSON`` to raise."""
    return ScoreError(
        "E_JSON",
        message,
        file=file,
        row=row,
        hint='Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.',
    )


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


def is_text(value: Any) -> bool:
    """Whether a value was written as text, not as a number."""
    return type(value) is str


def is_number(value: Any) -> bool:
    """Whether a value was written as a number."""
    return isinstance(value, (int, jiter.LosslessFloat, _Number)) and not isinstance(value, bool)


def plain_text(value: Any) -> str | None:
    """Return a value as text, a number as it was written; null stays None.

    Raises
    ------
    Nested
        For lists and objects.
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return str(value)
    raise Nested


def excerpt(value: Any) -> str:
    """Return the beginning of a value as a sentence quotes it."""
    return shown(json.loads(json.dumps(value, default=float)), 30)


Values = dict[str, list[Any]]


def read_alike(lines: bytes, keys: Sequence[str], *, as_written: bool) -> Values | None:
    """Return the values of every key; None where a line is no object with each of these keys once.

    Parameters
    ----------
    lines : bytes
        Each ends with a line break.
    keys : sequence of str
    as_written : bool
        Keep of numbers with a point or an exponent how they are written.
    """
    array = np.frombuffer(bytearray(b"[" + lines), np.uint8)
    breaks = array == ord("\n")
    count = int(np.count_nonzero(breaks))
    # Each line begins with a brace that opens and ends with one that closes, and opens no other. With commas
    # for line breaks these are as many objects only where each brace that opens is one: not in a string, and
    # not inside another.
    end = b"}\r\n" if lines.endswith(b"\r\n") else b"}\n"
    fits = (
        lines.startswith(b"{")
        and lines.endswith(end)
        and lines.count(end + b"{") + 1 == count == np.count_nonzero(array == ord("{"))
    )
    # Most parts have no such two signs, which are found far sooner than the pattern.
    if not fits or (b"-0" in lines and MINUS_ZERO.search(lines)):
        return None
    # As many colons as values: no key stands twice, which costs time to look for.
    all_differ = np.count_nonzero(array == ord(":")) == count * len(keys)
    array[breaks] = ord(",")
    array[-1] = ord("]")
    try:
        rows = jiter.from_json(
            array.tobytes(),
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=not all_differ,
            float_mode="lossless-float" if as_written else "float",
        )
        values = {key: list(map(itemgetter(key), rows)) for key in keys}
    except (ValueError, KeyError):
        return None
    return values if len(rows) == count and sum(map(len, rows)) == count * len(keys) else None


def as_floats(values: Sequence[Any], lines: bytes) -> pa.Array | None:
    """Return finite numbers as float64; None where one is none, or is read as 0 and may not be written so."""
    if not set(map(type, values)) <= {int, float, jiter.LosslessFloat}:
        return None
    try:
        floats = np.array(values, np.float64)
    except OverflowError:
        return None
    if not np.isfinite(floats).all() or (not floats.all() and may_underflow(lines)):
        return None
    return pa.array(floats)


def as_text(values: Sequence[Any]) -> pa.StringArray | None:
    """Return text, whole numbers or truth values as text; None where they are mixed or of other kinds."""
    types = set(map(type, values))
    if types <= {str, type(None)}:
        return pa.array(values, pa.string())
    if types <= {int, jiter.LosslessFloat}:
        return pa.array(list(map(str, values)), pa.string())
    return pc.cast(pa.array(values, pa.bool_()), pa.string()) if types == {bool} else None


MAX_LINE, MAX_DOCUMENT = 8 << 20, 256 << 20
_BLOCK, _ROWS = 1 << 18, 32_768
"""Bytes that are read at a time, so few that their values stay near the processor, and rows of a document."""
FEW = 64
"""Lines that are read in one go where not all of a part are alike."""
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
        self._text = TextFile(path, name)
        self.problems += self._text.notes
        self._document = self._is_document()
        head: list[Row] = []
        for row in self._rows():
            head.append(row)
            if len(head) == HEAD_ROWS:
                break
        if not head:
            raise ScoreError("E_NOROWS", "the file must hold data rows, got 0", file=name)
        keys = tuple(dict.fromkeys(key for row in head for key in row))
        self.names, notes = trim_names(keys, name)
        self.problems += notes
        self._key = dict(zip(self.names, keys, strict=True))
        self._known = set(keys)
        self._refuse_pipeline(head)
        self._head = [self._column(head, key) for key in keys]
        self._fractions = {
            key for key in keys if any(type(row.get(key)) is jiter.LosslessFloat for row in head)
        }

    def _refuse_pipeline(self, head: list[Row]) -> None:
        """A classifier's ``{"label", "score"}`` gives the score of the label that it predicted."""
        words = {str(row.get("label")) for row in head if not is_number(row.get("label"))}
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
        for block in self._text.blocks(_BLOCK):
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
        carry, mark = b"", UTF8_MARK
        for block in self._text.blocks(_BLOCK):
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
        value = parse(line, self.name, row, where)
        if not isinstance(value, dict):
            raise not_json(self.name, f"{where} must be an object, got {excerpt(value)}", row)
        return value

    def _document_rows(self) -> Iterator[Row]:
        data = bytearray()
        for block in self._text.blocks(_BLOCK):
            data += block
            if len(data) > MAX_DOCUMENT:
                raise ScoreError(
                    "E_SIZE",
                    f"a JSON document must have at most {MAX_DOCUMENT:,} bytes",
                    file=self.name,
                    hint="Write JSON lines, CSV or Parquet.",
                )
        value = parse(bytes(data).removeprefix(UTF8_MARK), self.name, None, "the document")
        if isinstance(value, dict):
            yield from self._split_rows(value)
            return
        for number, row in enumerate(value, 1):
            if not isinstance(row, dict):
                raise ScoreError(
                    "E_FORMAT",
                    f"each element must be a flat object, got {excerpt(row)}",
                    file=self.name,
                    row=number,
                    hint="Write each unit's id, true label and the score of the defect class.",
                )
            yield row

    def _split_rows(self, value: Row) -> Iterator[Row]:
        columns, data = value.get("columns"), value.get("data")
        if not isinstance(columns, list) or not isinstance(data, list):
            raise not_json(self.name, 'the document must hold "columns" and "data"', None)
        names = tuple(str(name) for name in columns)
        check_names(names, self.name)
        index = value.get("index")
        if isinstance(index, list) and list(map(str, index)) != list(map(str, range(len(data)))):
            if len(index) != len(data):
                text = f"the index must have a value for each row, got {len(index)} of {len(data)}"
                raise not_json(self.name, text, None)
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
                    f"a row must have {len(names)} values, got {excerpt(row)}",
                    file=self.name,
                    row=number,
                    hint="Write the file again.",
                )
            yield dict(zip(names, row, strict=True))

    def head(self) -> list[pa.Array]:
        """Return the first rows as strings; a column that holds lists or objects as lists."""
        return self._head

    def _column(self, rows: list[Row], key: str) -> pa.Array:
        try:
            return pa.array([plain_text(row.get(key)) for row in rows], pa.string())
        except Nested:
            return pa.nulls(len(rows), pa.list_(pa.null()))

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns; see `metrics.io.formats.source.Source.batches`."""
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
        """Read lines that are alike in one go, of others a few at a time, and the rest one by one."""
        row = line = 0
        for part in self._parts():
            whole = self._alike(part, columns, numbers)
            if whole is not None:
                row, line = row + len(whole[0]), line + len(whole[0])
                yield whole
                continue
            batches = []
            for piece in _pieces(part):
                arrays = self._alike(piece, columns, numbers)
                if arrays is None:
                    arrays = self._one_by_one(piece, columns, numbers, row, line)
                row, line = row + len(arrays[0]), line + piece.count(b"\n")
                batches.append(arrays)
            yield from _joined(batches)

    def _one_by_one(
        self, lines: bytes, columns: Sequence[str], numbers: frozenset[str], row: int, line: int
    ) -> list[pa.Array]:
        """Return the columns of lines behind so many rows and lines."""
        rows: list[Row] = []
        for number, text in enumerate(lines.split(b"\n")[:-1], line + 1):
            if text.strip():
                rows.append(self._row(text, row + len(rows) + 1, number))
                self._note_late(rows[-1], row + len(rows))
        return self._batch(rows, columns, numbers)

    def _alike(
        self, part: bytes, columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array] | None:
        """Return the columns of lines that are alike; None where they must be read one by one."""
        bare = numbers if self._decimal == "." else frozenset()
        keys = [self._key[name] for name in columns]
        texts = {self._key[name] for name in columns if name not in bare}
        values = read_alike(part, [*self._key.values()], as_written=bool(texts & self._fractions))
        if values is None:
            return None
        arrays = [
            as_text(values[key])
            if key in texts or type(values[key][0]) is str
            else as_floats(values[key], part)
            for key in keys
        ]
        if any(array is None for array in arrays):
            return None
        for name, key in zip(columns, keys, strict=True):
            if name in numbers and type(values[key][0]) is str:
                self._note_text(name)
        return arrays

    def _batch(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array]:
        for name in columns:
            if name in numbers and any(is_text(row.get(self._key[name])) for row in rows):
                self._note_text(name)
        return [self._column(rows, self._key[name]) for name in columns]

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


def _pieces(part: bytes) -> Iterator[bytes]:
    """Yield the lines of a part, a few at a time."""
    lines = [line + b"\n" for line in part.split(b"\n")[:-1]]
    for start in range(0, len(lines), FEW):
        yield b"".join(lines[start : start + FEW])


def _joined(batches: Sequence[list[pa.Array]]) -> Iterator[list[pa.Array]]:
    """Put batches that follow each other together where their columns are of the same types."""
    for _, alike in groupby(batches, key=lambda arrays: [array.type for array in arrays]):
        yield [pa.concat_arrays(column) for column in zip(*alike, strict=True)]
