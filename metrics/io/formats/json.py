"""JSON score files: JSON lines, arrays of flat objects, and tables.

A table is ``{"columns": [...], "data": [[...], ...]}``. Lines that differ only in their values are split at
their commas. All other lines are parsed one by one, with exact errors. Numbers are preserved as written, keys
must be unique, and half surrogates are rejected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jiter
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from metrics.errors import ScoreError, shown, warning
from metrics.io.formats.cells import may_underflow
from metrics.io.formats.column_names import check_names, trim_names
from metrics.io.formats.encoding import UTF8_MARK, TextFile, decode
from metrics.io.formats.source import HEAD_ROWS, FileSource, no_rows

Row = dict[str, Any]
# As an integer it would lose its sign.
MINUS_ZERO = re.compile(rb"-0(?![.0-9eE])")


class Nested(Exception):
    """Raised for a list or an object where a plain value is required."""


def parse(data: bytes, file: str, row: int | None, where: str, *, as_written: bool = True) -> Any:
    """Return the value of a JSON text; ``where`` describes it in messages.

    Without ``as_written`` a number with a point or an exponent may become a float.

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
                float_mode="lossless-float" if as_written else "float",
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
    """Parse unusual JSON with the standard library, or raise an error with the position."""
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
    """Return an ``E_JSON`` error."""
    return ScoreError(
        "E_JSON",
        message,
        file=file,
        row=row,
        hint=_AS_LINES,
    )


def _check_surrogates(value: Any, file: str, row: int | None) -> None:
    """Raise for half of a surrogate pair written as an escape, which is not text."""
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
    """Return a value as text, a number as written; null is returned as `None`.

    Raises
    ------
    Nested
        If the value is a list or an object.
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return str(value)
    raise Nested


def excerpt(value: Any) -> str:
    """Return the beginning of a value, for a quotation in a sentence."""
    return shown(json.loads(json.dumps(value, default=float)), 30)


class Cut(NamedTuple):
    """The values of one key in lines that are split at their commas.

    Attributes
    ----------
    written : pa.StringArray
        Text without its quotes; numbers, ``true`` and ``false`` as written.
    floats : pa.DoubleArray or None
        Values of numbers; infinite if too large for a float.
    is_quoted : bool
    """

    written: pa.StringArray
    floats: pa.DoubleArray | None
    is_quoted: bool


def cut_alike(lines: bytes, keys: Sequence[str]) -> dict[str, Cut] | None:
    """Split lines that differ only in their values; `None` if this is not certain.

    Parameters
    ----------
    lines : bytes
        Lines that each end with a line break.
    keys : sequence of str

    Returns
    -------
    dict of str to Cut, or None
        `None` for lines with an escape, a comma in a text, null, a list or an object. Also `None` if keys
        have another order or other spacing than in the first line.
    """
    signs, count = np.frombuffer(lines, np.uint8), lines.count(b"\n")
    starts = _starts(lines[: lines.index(b"\n")], keys)
    # JSON does not allow control characters in a text.
    if starts is None or b"\\" in lines or np.count_nonzero(signs < ord(" ")) != count:
        return None
    try:
        cells = pacsv.read_csv(
            pa.BufferReader(lines),
            pacsv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=[*starts]),
            pacsv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(starts, pa.string()), strings_can_be_null=False
            ),
        ).combine_chunks()
        found = {
            key: _values_of(cells.column(key).chunk(0), start, end)
            for (key, start), end in zip(
                starts.items(), [""] * (len(starts) - 1) + ["}"], strict=True
            )
        }
    except pa.ArrowInvalid:
        return None
    cuts = {key: cut for key, cut in found.items() if cut is not None}
    # The number of quotes equals those around keys and texts, so no text contains a quote.
    quotes = 2 * len(starts) + 2 * sum(cut.is_quoted for cut in cuts.values())
    are_all = len(cuts) == len(keys) and np.count_nonzero(signs == ord('"')) == count * quotes
    return cuts if are_all else None


def _starts(line: bytes, keys: Sequence[str]) -> dict[str, str] | None:
    """Text before the value of each key, in their order, as in ``{"id": 1, "label": 0}``."""
    starts = {}
    if not line.startswith(b"{"):
        return None
    try:
        for k, cell in enumerate(line.decode().split(",")):
            name, colon, value = cell.partition('":')
            key = name.removeprefix("" if k else "{").removeprefix(" " if k else "")
            if not colon or not key.startswith('"'):
                return None
            starts[key[1:]] = name + colon + (" " if value.startswith(" ") else "")
    except UnicodeDecodeError:
        return None
    return starts if len(starts) == k + 1 and set(starts) == set(keys) else None


def _values_of(cells: pa.StringArray, start: str, end: str) -> Cut | None:
    """Values between a fixed start and end of the cells; `None` if they are of different kinds."""
    if not pc.all(pc.starts_with(cells, start)).as_py():
        return None
    if not pc.all(pc.ends_with(cells, end)).as_py():
        return None
    written = pc.binary_replace_slice(cells, 0, len(start.encode()), "")
    if end:
        written = pc.binary_replace_slice(written, -1, _TO_THE_END, "")
    if written[0].as_py().startswith('"'):
        are_texts = pc.and_(pc.starts_with(written, '"'), pc.ends_with(written, '"'))
        if not pc.all(pc.and_(are_texts, pc.greater(pc.binary_length(written), 1))).as_py():
            return None
        text = pc.binary_replace_slice(written, 0, 1, "")
        return Cut(pc.binary_replace_slice(text, -1, _TO_THE_END, ""), None, is_quoted=True)
    if written[0].as_py() in ("true", "false"):
        words = pa.array(["true", "false"])
        are_words = pc.all(pc.is_in(written, words)).as_py()
        return Cut(written, None, is_quoted=False) if are_words else None
    if not _are_numbers(written):
        return None
    return Cut(written, pc.cast(written, pa.float64()), is_quoted=False)


_TO_THE_END = 2**31 - 1


def _are_numbers(written: pa.StringArray) -> bool:
    """Whether numbers read by Arrow are valid JSON numbers (``01``, ``.5``, ``5.`` and ``nan`` are not)."""
    offsets = np.frombuffer(written.buffers()[1], np.int32)[
        written.offset : written.offset + len(written) + 1
    ]
    if not np.all(offsets[1:] > offsets[:-1]):
        return False
    # The padding without digits ends the last value.
    signs = np.frombuffer(written.buffers()[2].to_pybytes()[: offsets[-1]] + b"--", np.uint8)
    digits: NDArray[np.bool_] = signs - np.uint8(ord("0")) < 10
    first = offsets[:-1] + (signs[offsets[:-1]] == ord("-"))
    has_zero_before = (signs[first] == ord("0")) & digits[first + 1] & (first + 1 < offsets[1:])
    points = np.flatnonzero(signs == ord("."))
    return bool(
        digits[first].all()
        and digits[offsets[1:] - 1].all()
        and not has_zero_before.any()
        and digits[points + 1].all()
    )


def _are_exact(floats: NDArray[np.float64], lines: bytes) -> bool:
    """Whether numbers are finite, and every 0 is certainly written as 0."""
    return bool(np.isfinite(floats).all() and (floats.all() or not may_underflow(lines)))


MAX_LINE, MAX_DOCUMENT = 8 << 20, 256 << 20
_BLOCK, _ROWS = 1 << 20, 32_768
"""Number of bytes read at a time; number of rows of a document returned at a time."""
_TABLE = {"columns", "data", "index", "schema"}
"""Keys of an object that is a table."""
_AS_LINES = 'Write one flat object per line, such as {"id": "u1", "label": 1, "model": 0.2}.'
_AS_RECORDS = 'In pandas: frame.to_json("scores.jsonl", orient="records", lines=True).'
INDEX = "__index_level_0__"
"""Name of the column for a table's index, as in Parquet files of pandas."""


JSON = pa.json_(pa.string())
"""Type of a column that has lists or objects."""


def _json_text(value: Any) -> str | None:
    return None if value is None else json.dumps(_without_marks(value), ensure_ascii=False)


def _without_marks(value: Any) -> Any:
    """Return a value in which numbers that store their text are replaced by plain numbers."""
    if isinstance(value, dict):
        return {key: _without_marks(own) for key, own in value.items()}
    if isinstance(value, list):
        return [_without_marks(own) for own in value]
    return float(value) if isinstance(value, (jiter.LosslessFloat, _Number)) else value


class JsonSource(FileSource):
    """Flat JSON records; see `metrics.io.formats.source.Source`.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        File name as given, for messages.
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
            raise no_rows(name)
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

    def _is_document(self) -> bool:
        """Whether the file is a single JSON value instead of one object on each line."""
        head = b""
        for block in self._text.blocks(_BLOCK):
            head = (head + block).lstrip(b"\xef\xbb\xbf \t\r\n")
            if len(head) >= _BLOCK:
                break
        if not head:
            raise ScoreError("E_EMPTY", "the file must hold rows, got nothing", file=self.name)
        if head.startswith(b"["):
            return True
        line, _, rest = head.partition(b"\n")
        first = _object(line)
        if first is not None:
            return not rest.strip() and _is_table(first)
        # An object that continues on the next line is not a row. One that continues in the next block may be.
        begun = _object(head, begun=True)
        return begun is not None and (bool(rest) or _is_table(begun))

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
        row = line = 0
        for part in self._parts():
            for own in self._lines(part, row, line):
                row += 1
                yield own
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
                raise not_json(self.name, f"{where} must be an object, got {excerpt(value)}", row)
            yield value

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
                is_bare = isinstance(row, list) and not any(map(_is_nested, row))
                raise ScoreError(
                    "E_FORMAT",
                    f"each element must be a flat object, got {excerpt(row)}",
                    file=self.name,
                    row=number,
                    hint=_AS_RECORDS
                    if is_bare
                    else "Write each unit's id, true label and the score of the defect class.",
                )
            yield row

    def _split_rows(self, value: Row) -> Iterator[Row]:
        columns, data = value.get("columns"), value.get("data")
        if not isinstance(columns, list) or not isinstance(data, list):
            raise self._no_table(value)
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

    def _no_table(self, value: Row) -> ScoreError:
        """Return the error for an object that stores its rows in another way."""
        lists = [shown(key) for key, rows in value.items() if isinstance(rows, list)]
        got, hint = "other keys", _AS_LINES
        if isinstance(value.get("schema"), dict) and "data" in lists:
            got, hint = "what pandas writes with orient='table'", _AS_RECORDS
        elif _are_alike(value.values()):
            got, hint = "what pandas writes with orient='columns' or 'index'", _AS_RECORDS
        elif len(lists) == 1:
            got = f"a list under {lists[0]!r}"
            hint = (
                "Write the objects of that list alone, one per line, each with id, label and score."
            )
        text = f'an object that holds all rows must hold them as "columns" and "data", got {got}'
        return ScoreError("E_JSON", text, file=self.name, hint=hint)

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

    def head(self) -> dict[str, pa.Array]:
        """Return the first rows as strings; lists and objects as JSON."""
        return self._head

    def _column(self, rows: list[Row], key: str) -> pa.Array:
        try:
            return pa.array([plain_text(row.get(key)) for row in rows], pa.string())
        except Nested:
            texts = [_json_text(row.get(key)) for row in rows]
            return pa.ExtensionArray.from_storage(JSON, pa.array(texts, pa.string()))

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
        before = 0
        for row in self._rows():
            rows.append(row)
            if len(rows) == _ROWS:
                yield self._batch(rows, columns, numbers, before)
                rows, before = [], before + len(rows)
        yield self._batch(rows, columns, numbers, before)

    def _by_part(self, columns: Sequence[str], numbers: frozenset[str]) -> Iterator[list[pa.Array]]:
        """Split similar lines at their commas, and parse the others one by one."""
        bare = numbers if self._decimal == "." else frozenset()
        fractions = {self._key[name] for name in columns if name not in bare} & self._fractions
        row = line = 0
        are_cut = True
        for part in self._parts():
            arrays = self._cut_at_commas(part, columns, numbers) if are_cut else None
            are_cut = arrays is not None  # if one part cannot be split, later parts rarely can
            if arrays is None and not fractions:
                rows = [*self._lines(part, row, line, as_written=False)]
                arrays = self._floats(rows, part, columns, bare)
                if arrays is not None:
                    self._note_rows(rows, columns, numbers, row)
            if arrays is None:
                arrays = self._batch([*self._lines(part, row, line)], columns, numbers, row)
            row, line = row + len(arrays[0]), line + part.count(b"\n")
            yield arrays

    def _cut_at_commas(
        self, part: bytes, columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array] | None:
        """Return the columns of lines that differ only in values; `None` if they must be parsed."""
        cuts = cut_alike(part, [*self._key.values()])
        if cuts is None:
            return None
        chosen = {name: cuts[self._key[name]] for name in columns}
        arrays = []
        for name, cut in chosen.items():
            if name not in numbers or self._decimal != "." or cut.is_quoted:
                arrays.append(cut.written)
            elif cut.floats is None or not _are_exact(cut.floats.to_numpy(), part):
                return None
            else:
                arrays.append(cut.floats)
        for name, cut in chosen.items():
            if name in numbers and cut.is_quoted:
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
                if not _are_exact(floats, lines):
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


def _object(text: bytes, *, begun: bool = False) -> Row | None:
    """Return an object, also an incomplete one if ``begun``; `None` if it is not an object."""
    if begun:
        # The last character may be split as well.
        text = text.decode(errors="ignore").encode()
    try:
        value = jiter.from_json(text, partial_mode=begun)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_nested(value: Any) -> bool:
    return isinstance(value, (list, dict))


def _is_table(value: Row) -> bool:
    """Whether an object is not a row: it has a part of a table, a list of objects, or similar objects."""
    nested = {key: part for key, part in value.items() if _is_nested(part)}
    lists = [part for part in nested.values() if isinstance(part, list) and len(part) > 1]
    return (
        bool(_TABLE & set(nested))
        or any(isinstance(row, dict) for rows in lists for row in rows[:1])
        or (len(value) > 1 and _are_alike(value.values()))
    )


def _are_alike(parts: Iterable[Any]) -> bool:
    """Whether all parts are objects with the same keys."""
    keys = {frozenset(part) if isinstance(part, dict) else None for part in parts}
    return len(keys) == 1 and None not in keys
