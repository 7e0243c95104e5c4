"""Tasks on a cluster's executors: checking and counting one partition, and adding the results.

All results are outputs of a task, so that a failed task leaves nothing behind. A partition gives one row:
``part`` (its number), ``kind``, and ``data``, bytes that are read without executing code.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from metrics.errors import Problem, ScoreError
from metrics.io.hash_buckets import BUCKETS
from metrics.spark.partition_sketches import PartitionCategories, PartitionSketches
from metrics.spark.partition_source import FRAME, CheckedPartition, FrameReading
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.category_codes import CategoryCodes
from metrics.tally.category_counts import CategoryCounts
from metrics.tally.choose_thresholds import ThresholdSketches
from metrics.tally.file.archive import read_archive, write_archive
from metrics.tally.file.packed_tally import pack_tally, unpack_tally
from metrics.tally.kernel import Floats
from metrics.tally.row_order import order_rows
from metrics.tally.tally import Tally, empty_tally
from metrics.tally.tally_scores import count

SCHEMA = "part int, kind string, data binary"
"""Columns of a result."""
SKETCHED, COUNTED, REFUSED = "sketched", "counted", "refused"
"""Kinds of results: of the first pass, of the second pass, and an error."""


@dataclass(frozen=True)
class Sketch:
    """First pass over a partition: labels, and a sample of limited size of each model's scores."""

    reading: FrameReading
    limit: int

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield one row, or none for a partition without rows."""
        return _one_row(self._sketched, batches)

    def _sketched(self, batches: Iterable[pa.RecordBatch]) -> tuple[str, bytes] | None:
        first = ThresholdSketches(len(self.reading.columns.models), self.limit)
        partition = CheckedPartition(batches, self.reading)
        names = PartitionCategories.of(self.reading.columns)
        for batch in partition:
            first.add(batch)
            names.add(batch)
        sketches = PartitionSketches(first.totals, partition.levels, first.sketches, names)
        return (SKETCHED, sketches.as_bytes()) if sketches.levels else None


@dataclass(frozen=True)
class Count:
    """Second pass: counts a partition at known thresholds."""

    reading: FrameReading
    thresholds: tuple[Floats, ...]
    buckets: int = BUCKETS
    by: BreakdownColumns | None = None

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield one row, or none for a partition without rows."""
        return _one_row(self._counted, batches)

    def empty(self) -> Tally:
        """Tally without rows."""
        columns = self.reading.columns
        return empty_tally(
            columns.models,
            self.thresholds,
            scale=self.reading.scale,
            weighted=columns.weight is not None,
            valued=columns.value is not None,
            buckets=self.buckets,
        )

    def _counted(self, batches: Iterable[pa.RecordBatch]) -> tuple[str, bytes] | None:
        partition = CheckedPartition(batches, self.reading)
        tally = self.empty()
        codes = CategoryCodes(self.by, tally.models) if self.by else None
        parts = None
        if codes is not None:
            parts = CategoryCounts(tally, codes, are_whole=False, threads=1)
        rows = (
            order_rows(batch, self.buckets, None if codes is None else codes.of(batch))
            for batch in partition
        )
        # One thread only, because the executor's other cores process their own partitions.
        tally = count(tally, rows, threads=1, parts=parts)
        if parts is not None:
            tally = replace(tally, breakdowns=parts.breakdowns(int(tally.rows.sum())))
        return (COUNTED, tally_bytes(tally, partition.levels)) if partition.levels else None


def _one_row(
    work: Callable[[Iterable[pa.RecordBatch]], tuple[str, bytes] | None],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Yield the result of a partition. An invalid input is a result too, so that Spark does not retry it."""
    from pyspark import TaskContext

    context = TaskContext.get()
    part = 0 if context is None else context.partitionId()
    try:
        outcome = work(batches)
    except ScoreError as error:
        outcome = REFUSED, json.dumps([p.packed() for p in error.problems]).encode()
    if outcome is not None:
        kind, data = outcome
        yield pa.RecordBatch.from_arrays(
            [pa.array([part], pa.int32()), pa.array([kind]), pa.array([data], pa.binary())],
            names=["part", "kind", "data"],
        )


def add_up(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add the results of several partitions (rows of `SCHEMA`), one after another: the second stage."""
    return _one_row(_added, batches)


def _added(batches: Iterable[pa.RecordBatch]) -> tuple[str, bytes] | None:
    total = Total()
    for batch in batches:
        for kind, data in zip(batch["kind"].to_pylist(), batch["data"].to_pylist(), strict=True):
            total.take(kind, data)
    return total.outcome()


class Total:
    """Sum of the results so far: sketches, counts or an error."""

    def __init__(self) -> None:
        self.sketches: PartitionSketches | None = None
        self.tally: Tally | None = None
        self.levels: dict[str, int] = {}
        self.refused: list[Problem] = []

    def take(self, kind: str, data: bytes) -> None:
        """Add one result."""
        if kind == REFUSED:
            self.refused += map(Problem.read, json.loads(data))
        elif kind == SKETCHED:
            sketches = PartitionSketches.of(data)
            if self.sketches is None:
                self.sketches = sketches
            else:
                self.sketches.take(sketches)
            self.levels = self.sketches.levels
        else:
            part = read_archive(data, FRAME)
            tally = unpack_tally(part)
            self.tally = tally if self.tally is None else self.tally + tally
            self.levels = dict(Counter(self.levels) + Counter(part.about["levels"]))

    def outcome(self) -> tuple[str, bytes] | None:
        """The sum as one result; `None` if there was none."""
        if self.refused:
            first = sorted(self.refused, key=str)[:1]
            return REFUSED, json.dumps([p.packed() for p in first]).encode()
        if self.sketches is not None:
            return SKETCHED, self.sketches.as_bytes()
        return None if self.tally is None else (COUNTED, tally_bytes(self.tally, self.levels))


def tally_bytes(tally: Tally, levels: dict[str, int]) -> bytes:
    """A partial tally in the format sent between processes, with the label values that occurred."""
    buffer = io.BytesIO()
    write_archive(pack_tally(tally, {"levels": levels}), buffer)
    return buffer.getvalue()
