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
from metrics.io.formats.json_lines import are_exact, split_alike
from metrics.io.formats.json_text import JsonText
from metrics.io.formats.json_values import (
    Nested,
    Row,
    is_number,
    is_text,
    json_text,
    plain_text,
)
from metrics.io.formats.source import HEAD_ROWS, FileSource, no_rows_error

_ROWS = 32_768
"""Number of rows of a document returned at a time."""
JSON = pa.json_(pa.string())
"""Type of a column that has lists or objects."""


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
        """Split similar lines at their commas, and parse the others one by one."""
        bare = numbers if self._decimal == "." else frozenset()
        fractions = {self._key[name] for name in columns if name not in bare} & self._fractions
        row = line = 0
        is_split = True
        for block in self._text.blocks_of_lines():
            arrays = self._split_at_commas(block, columns, numbers) if is_split else None
            is_split = arrays is not None  # later blocks can rarely be split if this one cannot
            if arrays is None and not fractions:
                rows = [*self._text.rows_of(block, row, line, as_written=False)]
                arrays = self._float_columns(rows, block, columns, bare)
                if arrays is not None:
                    self._note_oddities(rows, columns, numbers, row)
            if arrays is None:
                arrays = self._text_columns(
                    [*self._text.rows_of(block, row, line)], columns, numbers, row
                )
            row, line = row + len(arrays[0]), line + block.count(b"\n")
            yield arrays

    def _split_at_commas(
        self, block: bytes, columns: Sequence[str], numbers: frozenset[str]
    ) -> list[pa.Array] | None:
        """Return the columns of lines that differ only in values; `None` if they must be parsed."""
        split = split_alike(block, [*self._key.values()])
        if split is None:
            return None
        arrays = []
        for name in columns:
            column = split[self._key[name]]
            if name not in numbers or self._decimal != "." or column.is_quoted:
                arrays.append(column.written)
            elif column.floats is None or not are_exact(column.floats.to_numpy(), block):
                return None
            else:
                arrays.append(column.floats)
        for name in columns:
            if name in numbers and split[self._key[name]].is_quoted:
                self._note_text_numbers(name)
        return arrays

    def _float_columns(
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

    def _text_columns(
        self, rows: list[Row], columns: Sequence[str], numbers: frozenset[str], before: int
    ) -> list[pa.Array]:
        self._note_oddities(rows, columns, numbers, before)
        return [self._column(rows, self._key[name]) for name in columns]

    def _note_oddities(
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
