"""Partition of a Spark data frame as an input source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from metrics.errors import Problem, ScoreError, Wording
from metrics.io.checked_columns import Columns
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.source import Source
from metrics.io.ids import key_text
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.score_reader import ScoreMeaning, ScoreReader
from metrics.io.validation.read_batches import Batch, read_batches
from metrics.io.validation.running_checks import Checks

FRAME = "the data frame"


@dataclass(frozen=True)
class FrameReading:
    """Reading of a data frame: its columns, the label value of a defect, and the column names of a batch."""

    columns: Columns
    positive: str | None
    scale: Scale
    names: tuple[str, ...]


class Partition(Source):
    """Partition as an input source, which can be read once."""

    def __init__(self, batches: Iterable[pa.RecordBatch], reading: FrameReading) -> None:
        super().__init__(FRAME)
        self._batches, self._columns, self.names = batches, reading.columns, reading.names
        self._ids: tuple[list[pa.Array], int] = ([], 0)
        self._at: int | None = None

    def note(self, problem: Problem) -> None:
        """Ignore warnings; only errors are sent to the driver."""

    def head(self) -> dict[str, pa.Array]:
        """Return no sample, because the roles are known."""
        return {}

    def batches(
        self, columns: Sequence[str], numbers: frozenset[str], size: int
    ) -> Iterator[list[pa.Array]]:
        """Yield the named columns batch by batch; see `metrics.io.formats.source.Source.batches`."""
        rows_before = 0
        for batch in self._batches:
            if batch.num_rows:
                arrays = [plain(batch.column(self.names.index(name))) for name in columns]
                self._ids = arrays[: len(self._columns.id)], rows_before
                yield arrays
                rows_before += batch.num_rows

    def locate(self, column: str, index: int) -> tuple[str, int | None]:
        """Return no row, because a data frame has no order. `unit` gives the unit's id."""
        self._at = index
        return self.name, None

    def unit(self) -> str | None:
        """Id of the unit that was located last; `None` if it is unknown or unreadable."""
        parts, rows_before = self._ids
        if self._at is None or not parts or not 0 <= self._at - rows_before < len(parts[0]):
            return None
        row = self._at - rows_before
        try:
            cells = [part.slice(row, 1) for part in parts]
            text = key_text(self, self._columns.id, cells, 0)[0].as_py()
        except ScoreError:
            return None
        return None if text is None else str(text)

    def digest(self) -> bytes:
        """Return an empty digest, because the bytes are not available here."""
        return b""


class CheckedPartition:
    """Checked rows of a partition."""

    def __init__(self, batches: Iterable[pa.RecordBatch], reading: FrameReading) -> None:
        self._source = Partition(batches, reading)
        choices = ReadOptions(positive=reading.positive)
        reader = ScoreReader(ScoreMeaning(), choices, reading.scale)
        self._checks = Checks(self._source, reading.columns, reader)

    @property
    def levels(self) -> dict[str, int]:
        """Number of occurrences of each label value so far."""
        return self._checks.labels.levels

    def __iter__(self) -> Iterator[Batch]:
        """Yield checked rows for counting.

        Raises
        ------
        ScoreError
            At the first invalid value. The error names the unit's id, because a data frame has no row
            numbers.
        """
        try:
            for batch in read_batches(self._checks, 0):
                if not self._checks.doomed:
                    yield batch
        except ScoreError as error:
            unit = self._source.unit()
            if unit is None:
                raise
            whose = f"It is of unit {unit!r}."
            problems = [
                replace(p, hint=Wording(p.hint, " ", whose) if p.hint else whose)
                for p in error.problems
            ]
            raise ScoreError.of(problems) from error
