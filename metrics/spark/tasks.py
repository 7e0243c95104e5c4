"""What runs on a cluster's executors: the gate and the kernel on one partition, and adding what came of it.

Everything travels as output of a task, so that what a failed task had done is gone with it. A partition
gives one row: ``part`` (its number), ``kind``, and ``data``, bytes that no reader has to trust with code.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError
from metrics.io.hashing import BUCKETS
from metrics.spark.partition import FRAME, FrameReading, Gate
from metrics.tally.counting import count
from metrics.tally.file import packed, unpacked
from metrics.tally.file_format import read_packed, write_packed
from metrics.tally.row_order import ordered
from metrics.tally.tally import Floats, Tally, empty_tally
from metrics.tally.thresholds import FirstPass, ModelSketch

SCHEMA = "part int, kind string, data binary"
SKETCHED, COUNTED, REFUSED = "sketched", "counted", "refused"


@dataclass(frozen=True)
class Sketch:
    """The first pass over a partition: labels, and of each model a sample of at most so many scores."""

    reading: FrameReading
    limit: int

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield one row, or none for a partition without rows."""
        return _one_row(self._sketched, batches)

    def _sketched(self, batches: Iterable[pa.RecordBatch]) -> tuple[str, bytes] | None:
        first = FirstPass(len(self.reading.columns.models), self.limit)
        gate = Gate(batches, self.reading)
        for rows in gate:
            first.add(rows)
        sketches = Sketches(first.totals, gate.levels, first.sketches)
        return (SKETCHED, sketches.as_bytes()) if sketches.levels else None


@dataclass(frozen=True)
class Count:
    """The pass that counts a partition at thresholds that are known."""

    reading: FrameReading
    thresholds: tuple[Floats, ...]
    buckets: int = BUCKETS

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield one row, or none for a partition without rows."""
        return _one_row(self._counted, batches)

    def empty(self) -> Tally:
        """Tally of no rows."""
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
        gate = Gate(batches, self.reading)
        # One thread: the executor's other cores have partitions of their own.
        tally = count(self.empty(), (ordered(rows, self.buckets) for rows in gate), threads=1)
        return (COUNTED, tally_bytes(tally, gate.levels)) if gate.levels else None


def _one_row(
    work: Callable[[Iterable[pa.RecordBatch]], tuple[str, bytes] | None],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Yield what became of a partition; a refusal is an outcome too, and not to be tried again."""
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
    """Add what several partitions gave (rows of `SCHEMA`), one after another: the second stage."""

    def outcomes() -> Iterator[tuple[str, bytes]]:
        for batch in batches:
            yield from zip(batch["kind"].to_pylist(), batch["data"].to_pylist(), strict=True)

    def added(_: object) -> tuple[str, bytes] | None:
        total = Total()
        for kind, data in outcomes():
            total.take(kind, data)
        return total.outcome()

    return _one_row(added, ())


class Total:
    """What was sketched, counted or refused so far."""

    def __init__(self) -> None:
        self.sketches: Sketches | None = None
        self.tally: Tally | None = None
        self.levels: dict[str, int] = {}
        self.refused: list[Problem] = []

    def take(self, kind: str, data: bytes) -> None:
        """Take in one outcome."""
        if kind == REFUSED:
            self.refused += map(Problem.read, json.loads(data))
        elif kind == SKETCHED:
            sketches = Sketches.of(data)
            if self.sketches is None:
                self.sketches = sketches
            else:
                self.sketches.take(sketches)
            self.levels = self.sketches.levels
        else:
            part = read_packed(data, FRAME)
            tally = unpacked(part)
            self.tally = tally if self.tally is None else self.tally + tally
            for level, rows in part.about["levels"].items():
                self.levels[level] = self.levels.get(level, 0) + rows

    def outcome(self) -> tuple[str, bytes] | None:
        """The whole as one outcome; None where there was nothing."""
        if self.refused:
            first = sorted(self.refused, key=str)[:1]
            return REFUSED, json.dumps([p.packed() for p in first]).encode()
        if self.sketches is not None:
            return SKETCHED, self.sketches.as_bytes()
        return None if self.tally is None else (COUNTED, tally_bytes(self.tally, self.levels))


def tally_bytes(tally: Tally, levels: dict[str, int]) -> bytes:
    """A partial tally on its way between processes, with the label values that were met."""
    out = io.BytesIO()
    write_packed(packed(tally, {"levels": levels}), out)
    return out.getvalue()


@dataclass
class Sketches:
    """What the first pass keeps of any number of rows.

    Attributes
    ----------
    totals : ndarray of int, shape (2,)
        Good units and defects.
    levels : dict of str to int
        Label values, and how often each was met.
    models : list of ModelSketch
    parts : int
        Partitions that had rows.
    """

    totals: NDArray[np.int64]
    levels: dict[str, int]
    models: list[ModelSketch]
    parts: int = 1

    def take(self, other: Sketches) -> None:
        """Take in those of other rows."""
        self.totals = self.totals + other.totals
        self.parts += other.parts
        for level, rows in other.levels.items():
            self.levels[level] = self.levels.get(level, 0) + rows
        for sketch, more in zip(self.models, other.models, strict=True):
            sketch.take(more)

    def as_bytes(self) -> bytes:
        """Return all of it as an archive of arrays."""
        arrays: dict[str, NDArray[Any]] = {"totals": self.totals}
        about: dict[str, Any] = {
            "levels": self.levels,
            "limit": [sketch.limit for sketch in self.models],
        }
        about["parts"] = self.parts
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        arrays["lowest"] = np.array([sketch.lowest for sketch in self.models])
        for m, sketch in enumerate(self.models):
            for klass, sample in enumerate(sketch.classes):
                arrays[f"values_{m}_{klass}"] = sample.values
                bound = [] if sample.bound is None else [sample.bound]
                arrays[f"bound_{m}_{klass}"] = np.array(bound, np.uint64)
        out = io.BytesIO()
        np.savez_compressed(out, allow_pickle=False, **arrays)
        return out.getvalue()

    @classmethod
    def of(cls, data: bytes) -> Sketches:
        """Read what `as_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            models = []
            for m, limit in enumerate(about["limit"]):
                sketch = ModelSketch(limit, float(arrays["lowest"][m]))
                for klass, sample in enumerate(sketch.classes):
                    bound = arrays[f"bound_{m}_{klass}"]
                    sample.take(arrays[f"values_{m}_{klass}"], bound[0] if bound.size else None)
                models.append(sketch)
            return cls(arrays["totals"], about["levels"], models, about["parts"])
