"""Layout of a tally file's arrays: the header that describes them, packing and unpacking.

Counts are stored for the [bucket, model, bin, class] cells that have rows only.

- ``thresholds``, ``losses``, ``infinite``, ``between``, ``calibration`` and ``highest``:
  as in `metrics.tally.tally.Tally`.
- ``occupied``: one bit for each cell, 1 if the cell has rows.
- ``counts``, and if present ``weights`` and ``values``: values of the occupied cells, in order.
- ``parts``, and with weights ``part_weights``: counts of the breakdowns, if present. The categories of all
  columns are concatenated: [category, model, bin, class].
- ``flagged_today``: in a file of format 4 that was counted against the current system, as in
  `metrics.tally.breakdown.Breakdowns`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from metrics.io.read_options import Scale
from metrics.strict_mapping import (
    STRICT,
    AnyFloat,
    Must,
    Switch,
    Text,
    Whole,
    above,
    not_above,
    not_below,
)
from metrics.tally.breakdown import Breakdown, Breakdowns
from metrics.tally.category_codes import PARTS
from metrics.tally.kernel import CALIBRATION_BINS
from metrics.tally.tally import Tally, empty_tally

FORMATS = WITHOUT_BREAKDOWNS, WITH_BREAKDOWNS, WITH_FLAGGED_TODAY = 2, 3, 4
"""Versions of the format. A reader rejects other versions."""
COUNTING = 1
"""Version of the counting; increased if the same rows would give other arrays."""
MAX_BUCKETS = 1 << 16
"""Largest number of buckets in a file."""
_UNCHANGED = ("thresholds", "losses", "infinite", "between", "highest", "calibration")
"""Arrays that have the same shape in the file and in the tally."""


def _are_distinct(names: tuple[str, ...]) -> bool:
    return 0 < len(names) == len({*names})


@dataclass(frozen=True)
class BreakdownHeader:
    """Header entry of a breakdown; model and threshold are those of the current system."""

    __pydantic_config__ = STRICT

    role: Literal["segment", "type", "today"]
    column: Text
    categories: Annotated[tuple[Text, ...], Must("differ", _are_distinct)]
    has_others: Switch
    model: Text | None = None
    threshold: AnyFloat | None = None


def _have_distinct_columns(headers: tuple[BreakdownHeader, ...]) -> bool:
    """Whether each segment occurs once, and there is at most one breakdown of another role."""
    keys = [header.column if header.role == "segment" else (header.role,) for header in headers]
    return len({*keys}) == len(keys)


@dataclass(frozen=True)
class ArrayHeader:
    """Header entry that describes the arrays."""

    __pydantic_config__ = STRICT

    format: Annotated[Whole, Must(f"be one of {FORMATS}", lambda version: version in FORMATS)]
    models: Annotated[tuple[Text, ...], Must("name some models, each once", _are_distinct)]
    scale: Scale
    buckets: Annotated[Whole, above(0), not_above(MAX_BUCKETS)]
    bins: Annotated[Whole, above(0)]
    """Number of thresholds of the model that has most, plus one."""
    cells: Annotated[Whole, not_below(0)]
    """Number of cells that have rows."""
    count_type: Literal["|u1", "<u2", "<u4"]
    weighted: Switch
    valued: Switch
    breakdowns: Annotated[tuple[BreakdownHeader, ...], Must("differ", _have_distinct_columns)] = ()
    part_type: Literal["|u1", "<u2", "<u4", "<i8"] = "<i8"

    @property
    def parts(self) -> int:
        """Number of categories of all breakdowns."""
        return sum(len(header.categories) for header in self.breakdowns)

    @property
    def nbytes(self) -> int:
        """Memory of the unpacked tally, in bytes: counts of 4 bytes, and sums of 8."""
        models = len(self.models)
        cells = self.buckets * models * self.bins * 2 * (4 + 8 * (self.weighted + self.valued))
        losses = self.buckets * models * (8 + 4 * CALIBRATION_BINS) * 8
        tables = self.parts + PARTS * (self.format == WITH_FLAGGED_TODAY)
        return cells + losses + tables * models * self.bins * 2 * (8 + 8 * self.weighted)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        fields = asdict(self)
        if not self.breakdowns:
            del fields["breakdowns"], fields["part_type"]
        return fields


@dataclass(frozen=True)
class PackedTally:
    """A tally in the layout of its file.

    Attributes
    ----------
    about : dict
        Further content of the header, which belongs to the writer of the file.
    arrays : dict of str to ndarray
        Arrays by name, with the types and shapes of `expected_arrays`.
    """

    header: ArrayHeader
    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def rows(self) -> NDArray[np.int64]:
        """Number of rows of each class, shape (2,): good units, defects."""
        rows = np.zeros(2, np.int64)
        for occupied, where in self.buckets():
            is_occupied = occupied[0]  # all models count the same rows
            counts = np.zeros(is_occupied.shape, np.int64)
            counts[is_occupied] = self.arrays["counts"][where][: int(is_occupied.sum())]
            rows += counts.sum(axis=0)
        return rows

    def buckets(self) -> Iterator[tuple[NDArray[np.bool_], slice]]:
        """Yield each bucket's occupied cells, shape (M, K + 1, 2), and the slice of their counts."""
        cells = len(self.header.models), self.header.bins, 2
        start = 0
        for bits in self.arrays["occupied"]:
            occupied = np.unpackbits(bits, count=math.prod(cells)).view(np.bool_).reshape(cells)
            stop = start + int(occupied.sum())
            yield occupied, slice(start, stop)
            start = stop

    def breakdown_headers(self) -> Iterator[tuple[BreakdownHeader, slice]]:
        """Yield each breakdown's header, and the slice of its categories in ``parts``."""
        start = 0
        for header in self.header.breakdowns:
            stop = start + len(header.categories)
            yield header, slice(start, stop)
            start = stop


def expected_arrays(header: ArrayHeader) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each array described by a header."""
    buckets, models, bins, cells = header.buckets, len(header.models), header.bins, header.cells
    table = models, bins, 2
    is_present = {  # the other arrays are in every file
        "weights": header.weighted,
        "values": header.valued,
        "parts": bool(header.breakdowns),
        "part_weights": header.weighted and bool(header.breakdowns),
        "flagged_today": header.format == WITH_FLAGGED_TODAY,
    }
    arrays = {
        "thresholds": ("<f8", (models, bins - 1)),
        "occupied": ("|u1", (buckets, -(-models * bins * 2 // 8))),
        "counts": (header.count_type, (cells,)),
        "weights": ("<f8", (cells,)),
        "values": ("<f8", (cells,)),
        "losses": ("<f8", (buckets, models, 2, 3)),
        "infinite": ("<i8", (buckets, models, 2)),
        "between": ("<i8", (models, 2)),
        "highest": ("<f8", (models, bins)),
        "calibration": ("<f8", (buckets, models, CALIBRATION_BINS, 2, 2)),
        "parts": (header.part_type, (header.parts, *table)),
        "part_weights": ("<f8", (header.parts, *table)),
        "flagged_today": ("<f8" if header.weighted else header.part_type, (PARTS, *table)),
    }
    return {name: form for name, form in arrays.items() if is_present.get(name, True)}


def pack_tally(tally: Tally, about: dict[str, Any] | None = None) -> PackedTally:
    """Pack a tally for a file, or for a message between processes, with further header data."""
    occupied, values = tally.counts != 0, tally.dense_values
    headers, breakdown_arrays = _pack_breakdowns(tally.breakdowns)
    members = {
        "occupied": np.packbits(occupied.reshape(occupied.shape[0], -1), axis=1),
        "counts": _narrow(tally.counts[occupied]),
        "weights": None if tally.weights is None else tally.weights[occupied],
        "values": None if values is None else values[occupied],
        **{name: getattr(tally, name) for name in _UNCHANGED},
        **breakdown_arrays,
    }
    arrays = {
        name: array.astype(array.dtype.newbyteorder("<"), copy=False)
        for name, array in members.items()
        if array is not None
    }
    header = ArrayHeader(
        format=(
            WITH_FLAGGED_TODAY
            if "flagged_today" in arrays
            else WITH_BREAKDOWNS
            if headers
            else WITHOUT_BREAKDOWNS
        ),
        models=tally.models,
        scale=tally.scale,
        buckets=tally.counts.shape[0],
        bins=tally.counts.shape[2],
        cells=arrays["counts"].size,
        count_type=arrays["counts"].dtype.str,
        weighted="weights" in arrays,
        valued="values" in arrays,
        breakdowns=headers,
        part_type=arrays["parts"].dtype.str if headers else "<i8",
    )
    return PackedTally(header, (about or {}) | {"counting": COUNTING}, arrays)


def _narrow(counts: NDArray[Any]) -> NDArray[Any]:
    """Counts in the narrowest type that the file format allows."""
    width = np.min_scalar_type(int(counts.max(initial=0)))
    return counts.astype(width if width.itemsize < 8 else np.int64)


def _pack_breakdowns(
    breakdowns: Breakdowns | None,
) -> tuple[tuple[BreakdownHeader, ...], dict[str, NDArray[Any] | None]]:
    """Headers and arrays of breakdowns, with the categories of all columns concatenated."""
    if breakdowns is None or not breakdowns.all:
        return (), {}
    headers = [_breakdown_header("segment", segment) for segment in breakdowns.segments.values()]
    if breakdowns.defect_types is not None:
        headers.append(_breakdown_header("type", breakdowns.defect_types))
    if breakdowns.today is not None:
        headers.append(_breakdown_header("today", breakdowns.today, breakdowns.current_point))
    counts = [breakdown.counts.sum(axis=0, dtype=np.int64) for breakdown in breakdowns.all]
    weights = [b.weights.sum(axis=0) for b in breakdowns.all if b.weights is not None]
    parts, flagged = _narrow(np.concatenate(counts)), breakdowns.flagged_today
    return tuple(headers), {
        "parts": parts,
        "part_weights": np.concatenate(weights) if weights else None,
        "flagged_today": (
            None if flagged is None else flagged.astype(np.float64 if weights else parts.dtype)
        ),
    }


def _breakdown_header(
    role: Literal["segment", "type", "today"],
    breakdown: Breakdown,
    point: tuple[str, float] | None = None,
) -> BreakdownHeader:
    model, threshold = point or (None, None)
    return BreakdownHeader(
        role=role,
        column=breakdown.column,
        categories=breakdown.categories,
        has_others=breakdown.has_others,
        model=model,
        threshold=threshold,
    )


def unpack_tally(packed: PackedTally, *, grouped: bool = False) -> Tally:
    """Unpack a tally; its arrays are writable."""
    header, arrays = packed.header, packed.arrays
    tally = empty_tally(
        header.models,
        [row[np.isfinite(row)] for row in arrays["thresholds"]],
        scale=header.scale,
        weighted=header.weighted,
        valued=header.valued,
        grouped=grouped,
        buckets=header.buckets,
    )
    dense = {"counts": tally.counts, "weights": tally.weights, "values": tally.dense_values}
    for bucket, (occupied, where) in enumerate(packed.buckets()):
        for name, array in dense.items():
            if array is not None:
                array[bucket][occupied] = arrays[name][where]
    unchanged: dict[str, Any] = {name: _native(arrays[name]) for name in _UNCHANGED}
    return replace(tally, breakdowns=_unpack_breakdowns(packed), **unchanged)


def _unpack_breakdowns(packed: PackedTally) -> Breakdowns | None:
    if not packed.header.breakdowns:
        return None
    counts, weights = packed.arrays["parts"], packed.arrays.get("part_weights")
    flagged = packed.arrays.get("flagged_today")
    thresholds = _native(packed.arrays["thresholds"])
    segments: dict[str, Breakdown] = {}
    defect_types = today = current_point = None
    for header, span in packed.breakdown_headers():
        breakdown = Breakdown(
            column=header.column,
            categories=header.categories,
            models=packed.header.models,
            thresholds=thresholds,
            counts=np.array(counts[span])[None],
            weights=None if weights is None else _native(weights[span])[None],
            has_others=header.has_others,
        )
        if header.role == "segment":
            segments[header.column] = breakdown
        elif header.role == "type":
            defect_types = breakdown
        else:
            assert header.model is not None
            assert header.threshold is not None
            today, current_point = breakdown, (header.model, header.threshold)
    # Sums over several files may have a wider type than a single file.
    if flagged is not None:
        flagged = flagged.astype(np.result_type(flagged, np.uint32))
    return Breakdowns(
        segments=segments,
        defect_types=defect_types,
        today=today,
        current_point=current_point,
        flagged_today=flagged,
    )


def _native(array: NDArray[Any]) -> NDArray[Any]:
    """A writable copy in native byte order."""
    return np.array(array, array.dtype.newbyteorder("="))
