"""Results of the first pass over a partition: label values, categories, and samples of the scores."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.io.checked_columns import Columns
from metrics.io.validation.read_batches import Batch
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.categories import MAX_CATEGORIES
from metrics.tally.choose_thresholds import ModelSketch


@dataclass
class PartitionCategories:
    """The first categories of every column in text order, independent of the partitions.

    Attributes
    ----------
    kinds : set of str
        Kinds of the defects.
    kind : str or None
        Column of the kinds.
    """

    segments: dict[str, set[str]]
    kinds: set[str]
    kind: str | None

    @classmethod
    def of(cls, columns: Columns) -> PartitionCategories:
        """No categories yet."""
        return cls({name: set() for name in columns.segments}, set(), columns.defect_type)

    def add(self, batch: Batch) -> None:
        """Add the categories of some rows."""
        for name, categories in self.segments.items():
            _add_first(categories, pc.unique(batch.parts[name]).to_pylist())
        if self.kind is not None:
            defects = pa.array(batch.labels == 1)
            _add_first(self.kinds, pc.unique(batch.parts[self.kind].filter(defects)).to_pylist())

    def take(self, other: PartitionCategories) -> None:
        """Merge the categories of other rows."""
        for name, categories in self.segments.items():
            _add_first(categories, other.segments[name])
        _add_first(self.kinds, other.kinds)

    def fixed(self, columns: BreakdownColumns) -> BreakdownColumns:
        """The columns with these categories, except categories that are already fixed."""
        segments = {name: tuple(sorted(names)) for name, names in self.segments.items()}
        kinds = (
            tuple(sorted(self.kinds))
            if columns.kind_categories is None
            else columns.kind_categories
        )
        return replace(
            columns,
            segment_categories={**segments, **columns.segment_categories},
            kind_categories=kinds,
        )


def _add_first(categories: set[str], more: Iterable[str]) -> None:
    """Add texts, then reduce them to the number that is counted separately."""
    categories.update(more)
    categories.difference_update(sorted(categories)[MAX_CATEGORIES:])


@dataclass
class PartitionSketches:
    """Results of the first pass over any number of rows.

    Attributes
    ----------
    totals : ndarray of int, shape (2,)
        Good units and defects.
    levels : dict of str to int
        Number of occurrences of each label value.
    parts : int
        Number of partitions that had rows.
    """

    totals: NDArray[np.int64]
    levels: dict[str, int]
    models: list[ModelSketch]
    categories: PartitionCategories
    parts: int = 1

    def take(self, other: PartitionSketches) -> None:
        """Merge the results of other rows."""
        self.totals = self.totals + other.totals
        self.parts += other.parts
        self.categories.take(other.categories)
        self.levels = dict(Counter(self.levels) + Counter(other.levels))
        for sketch, more in zip(self.models, other.models, strict=True):
            sketch.take(more)

    def as_bytes(self) -> bytes:
        """Return all results as an archive of arrays."""
        arrays: dict[str, NDArray[Any]] = {"totals": self.totals}
        names = self.categories
        header = {
            "levels": self.levels,
            "limit": [sketch.limit for sketch in self.models],
            "parts": self.parts,
            "segments": {name: sorted(found) for name, found in names.segments.items()},
            "kinds": sorted(names.kinds),
            "kind": names.kind,
        }
        arrays["about"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
        arrays["lowest"] = np.array([sketch.lowest for sketch in self.models])
        for m, sketch in enumerate(self.models):
            for klass, sample in enumerate(sketch.classes):
                arrays[f"values_{m}_{klass}"] = sample.values
                bound = [] if sample.bound is None else [sample.bound]
                arrays[f"bound_{m}_{klass}"] = np.array(bound, np.uint64)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def of(cls, data: bytes) -> PartitionSketches:
        """Read the result of `as_bytes`."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            header = json.loads(arrays["about"].tobytes())
            models = []
            for m, limit in enumerate(header["limit"]):
                sketch = ModelSketch(limit, float(arrays["lowest"][m]))
                for klass, sample in enumerate(sketch.classes):
                    bound = arrays[f"bound_{m}_{klass}"]
                    sample.take(arrays[f"values_{m}_{klass}"], bound[0] if bound.size else None)
                models.append(sketch)
            segments = {name: set(names_seen) for name, names_seen in header["segments"].items()}
            categories = PartitionCategories(segments, set(header["kinds"]), header["kind"])
            return cls(arrays["totals"], header["levels"], models, categories, header["parts"])
