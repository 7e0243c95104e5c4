"""Tally files: a small file with all counts, to share instead of the rows.

The header describes what was counted and how (`Header`). The arrays are a `packed` tally. Both are in a zip
archive, which is read as untrusted input. The members have this order. All but the first two are NumPy arrays
of format 1.0, little-endian, so that ``numpy.load`` reads them too:

- ``common-ground-tally``: the format's version as text, uncompressed, so that the first bytes identify the
  file.
- ``header.json``: description and sizes of the arrays.
- ``thresholds``, ``losses``, ``infinite``, ``between``, ``calibration`` and ``highest``:
  as in `metrics.tally.tally.Tally`.
- ``occupied``: for each bucket the bits of its [model, bin, class] cells that have rows.
- ``counts``, and if present ``weights`` and ``values``: of these cells only, in order.
- ``parts``, and with weights ``part_weights``: counts of the breakdowns, if present. The categories of all
  columns are concatenated: [category, model, bin, class].
- ``flagged_today``: in a file of format 4 that was counted against the current system, as in
  `metrics.tally.breakdown.Breakdowns`.

Every member has a checksum. Sizes are checked before unpacking: each array must have the size in the header,
and all arrays together must fit into `MAX_BYTES` of memory. The checksums are verified next, then the
consistency of the arrays.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from metrics import strict_mapping
from metrics.errors import Problem, ScoreError, shown, warning
from metrics.io.atomic_write import replacing
from metrics.io.checked_columns import Columns
from metrics.io.column_uses import ColumnUse, column_uses
from metrics.io.formats.compression import ZIP_DAMAGE
from metrics.io.formats.file_on_disk import TALLY_SIGN, digest_of, unreadable
from metrics.io.read_options import RowsHeldOut, Scale
from metrics.io.scores import TRAINING, Scores
from metrics.strict_mapping import (
    STRICT,
    STRICT_NUMBER,
    Must,
    StructureError,
    Switch,
    Text,
    Whole,
    above,
    not_above,
    not_below,
)
from metrics.tally.breakdown import (
    ANSWERS,
    FLAGGED,
    MAX_CATEGORIES,
    OTHER,
    PARTS,
    Axes,
    Breakdown,
    Breakdowns,
    part_of_buckets,
)
from metrics.tally.kernel import LOG_LOSS
from metrics.tally.tally import Tally, empty_tally

FORMATS = WITHOUT_BREAKDOWNS, WITH_BREAKDOWNS, FORMAT = 2, 3, 4
"""Versions of the format; the last adds the current system's flags. A reader rejects other versions."""
MAX_BYTES = 2 << 30
"""Memory limit for the arrays of one tally, in bytes."""
MAX_HEADER, MAX_BUCKETS, CALIBRATION_BINS = 8 << 20, 1 << 16, 15


def _is_some_once(names: tuple[str, ...]) -> bool:
    return 0 < len(names) == len({*names})


@dataclass(frozen=True)
class AxisHeader:
    """Header entry of a breakdown; model and threshold are those of the current system."""

    __pydantic_config__ = STRICT

    role: Literal["segment", "type", "today"]
    column: Text
    categories: Annotated[tuple[Text, ...], Must("differ", _is_some_once)]
    has_others: Switch
    model: Text | None = None
    threshold: Annotated[float, STRICT_NUMBER] | None = None


def _has_each_once(axes: tuple[AxisHeader, ...]) -> bool:
    segments = [axis.column for axis in axes if axis.role == "segment"]
    roles = [axis.role for axis in axes if axis.role != "segment"]
    return len({*segments}) == len(segments) and len({*roles}) == len(roles)


@dataclass(frozen=True)
class ArrayHeader:
    """Header entry that describes the arrays."""

    __pydantic_config__ = STRICT

    format: Annotated[Whole, Must(f"be one of {FORMATS}", lambda version: version in FORMATS)]
    models: Annotated[tuple[Text, ...], Must("name some models, each once", _is_some_once)]
    scale: Scale
    buckets: Annotated[Whole, above(0), not_above(MAX_BUCKETS)]
    bins: Annotated[Whole, above(0)]
    """Number of thresholds of the model that has most, plus one."""
    cells: Annotated[Whole, not_below(0)]
    """Number of cells that have rows."""
    count_type: Literal["|u1", "<u2", "<u4"]
    weighted: Switch
    valued: Switch
    breakdowns: Annotated[tuple[AxisHeader, ...], Must("differ", _has_each_once)] = ()
    part_type: Literal["|u1", "<u2", "<u4", "<i8"] = "<i8"

    @property
    def parts(self) -> int:
        """Number of categories of all breakdowns."""
        return sum(len(axis.categories) for axis in self.breakdowns)

    @property
    def tables(self) -> int:
        """Number of [model, bin, class] tables of the breakdowns."""
        return self.parts + PARTS * (self.format == FORMAT)

    @property
    def nbytes(self) -> int:
        """Memory of the unpacked tally, in bytes."""
        models = len(self.models)
        cells = self.buckets * models * self.bins * 2 * (4 + 8 * (self.weighted + self.valued))
        losses = self.buckets * models * (8 + 4 * CALIBRATION_BINS) * 8
        return cells + losses + self.tables * models * self.bins * 2 * (8 + 8 * self.weighted)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        named = asdict(self)
        return named if self.breakdowns else {k: named[k] for k in named if k not in _OF_PARTS}


_OF_PARTS = ("breakdowns", "part_type")


@dataclass(frozen=True)
class PackedTally:
    """A tally in the layout of its file.

    Attributes
    ----------
    header : ArrayHeader
    about : dict
        Further content of the header, which belongs to the writer of the file.
    arrays : dict of str to ndarray
        By the names of the members, with the types and shapes of `expected_arrays`.
    """

    header: ArrayHeader
    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def rows(self) -> NDArray[np.int64]:
        """Number of rows of each class, shape (2,): good units, defects."""
        rows = np.zeros(2, np.int64)
        for occupied, where in self.buckets():
            first = occupied[0]  # all models count the same rows
            counts = np.zeros(first.shape, np.int64)
            counts[first] = self.arrays["counts"][where][: int(first.sum())]
            rows += counts.sum(axis=0)
        return rows

    def buckets(self) -> Iterator[tuple[NDArray[np.bool_], slice]]:
        """Yield each bucket's cells that have rows, shape (M, K + 1, 2), and the slice of their counts."""
        cells = len(self.header.models), self.header.bins, 2
        start = 0
        for bits in self.arrays["occupied"]:
            occupied = np.unpackbits(bits, count=math.prod(cells)).view(np.bool_).reshape(cells)
            stop = start + int(occupied.sum())
            yield occupied, slice(start, stop)
            start = stop


def must_fit(file: str, header: ArrayHeader) -> None:
    """Raise ``E_SIZE`` if a tally is too large for a file."""
    if header.nbytes > MAX_BYTES:
        raise ScoreError(
            "E_SIZE",
            f"a tally must take at most {MAX_BYTES >> 20:,} MiB, got {header.nbytes >> 20:,} for "
            f"{len(header.models):,} models of up to {header.bins - 1:,} thresholds",
            file=file,
            hint="Count fewer models or segments, or at fewer thresholds with --max-thresholds.",
        )


def write_packed(
    packed: PackedTally, out: str | os.PathLike[str] | io.BytesIO, *, private: bool = False
) -> None:
    """Write a tally atomically, replacing an existing file. Equal tallies give equal bytes."""
    if isinstance(out, io.BytesIO):
        _write(packed, out)
        return
    with replacing(Path(out), private=private) as file:
        _write(packed, file)


def _write(packed: PackedTally, file: Any) -> None:
    header = packed.header
    text = json.dumps(packed.about | header.as_dict(), sort_keys=True, ensure_ascii=True)
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        _put(archive, TALLY_SIGN.decode(), str(header.format).encode(), zipfile.ZIP_STORED)
        _put(archive, "header.json", text.encode())
        for name in expected_arrays(header):
            array = packed.arrays[name]
            start = array_start(array.dtype.str, array.shape)
            _put(archive, f"{name}.npy", start + np.ascontiguousarray(array).tobytes())


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name)  # dated 1980, so that equal tallies give equal bytes
    info.compress_type, info.external_attr = how, 0o600 << 16
    archive.writestr(info, data)


def array_start(dtype: str, shape: tuple[int, ...]) -> bytes:
    """Start of the file of an array with this type and shape; the same for any NumPy version."""
    about = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    padding = -(10 + len(about) + 1) % 64
    text = f"{about}{' ' * padding}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def expected_arrays(header: ArrayHeader) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each array described by a header."""
    buckets, models, bins, cells = header.buckets, len(header.models), header.bins, header.cells
    table = models, bins, 2
    is_there = {
        "weights": header.weighted,
        "values": header.valued,
        "parts": bool(header.breakdowns),
        "part_weights": header.weighted and bool(header.breakdowns),
        "flagged_today": header.format == FORMAT,
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
    return {name: form for name, form in arrays.items() if is_there.get(name, True)}


_END_OF_ARCHIVE = b"PK\x05\x06"
_MAX_MEMBERS = 15


def read_packed(source: str | os.PathLike[str] | bytes, name: str | None = None) -> PackedTally:
    """Read and check a tally file; ``name`` is used in messages.

    Raises
    ------
    ScoreError
        ``E_TALLY`` if it is not a complete tally file, ``E_VERSION`` if a newer version wrote it, ``E_SIZE``
        if it is too large, ``E_FILE`` if it cannot be read.
    """
    called = name or ("a tally" if isinstance(source, bytes) else str(source))

    def refuse(what: str) -> NoReturn:
        raise ScoreError(
            "E_TALLY",
            f"a tally file must be whole and undamaged, got {what}",
            file=called,
            hint="Copy the file again, or make it anew with common-ground tally.",
        )

    with contextlib.ExitStack() as stack:
        try:
            file: Any = io.BytesIO(source) if isinstance(source, bytes) else None
            file = file or stack.enter_context(Path(source).open("rb"))  # type: ignore[arg-type]
            _judge_end(file, refuse)
            archive = stack.enter_context(zipfile.ZipFile(file))
            _judge_members(archive, refuse)
            header, about = _header(archive, called, refuse)
            arrays = _arrays(archive, header, refuse)
        except ScoreError:
            raise
        except ZIP_DAMAGE as error:
            refuse(f"damage: {error}")
        except OSError as error:
            raise unreadable(error, called) from error
    packed = PackedTally(header, about, arrays)
    _check(packed, refuse)
    return packed


def must_have_both_classes(packed: PackedTally, file: str) -> None:
    """Raise ``E_TALLY`` if good units or defects are missing: such a tally cannot be used for a choice."""
    goods, defects = (int(n) for n in packed.rows)
    if not goods or not defects:
        raise ScoreError(
            "E_TALLY",
            f"a tally must count good units and defects, got {goods:,} and {defects:,}",
            file=file,
            hint="Add it to tallies of other rows, or count the score files anew.",
        )


def _judge_end(file: Any, refuse: Callable[[str], NoReturn]) -> None:
    """Check the end of the archive first, so that a list of a million members is never read."""
    start = file.read(30 + len(TALLY_SIGN))
    if not start.startswith(b"PK\x03\x04") or start[30:] != TALLY_SIGN:
        refuse("another kind of file")
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 22))
    end = file.read(22)
    if len(end) < 22 or not end.startswith(_END_OF_ARCHIVE) or end[20:] != b"\0\0":
        refuse("one that is cut short")
    if (
        int.from_bytes(end[10:12], "little") > _MAX_MEMBERS
        or int.from_bytes(end[12:16], "little") > 4096
    ):
        refuse("more parts than a tally has")
    file.seek(0)


def _judge_members(archive: zipfile.ZipFile, refuse: Callable[[str], NoReturn]) -> None:
    """Check that the members are adjacent and do not overlap."""
    free = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if info.header_offset < free:
            refuse("parts that overlap")
        free = info.header_offset + 30 + len(info.orig_filename.encode()) + info.compress_size
    if free > archive.start_dir:
        refuse("parts that overlap")


def _header(
    archive: zipfile.ZipFile, file: str, refuse: Callable[[str], NoReturn]
) -> tuple[ArrayHeader, dict[str, Any]]:
    """Read the header: the description of the arrays, and the remaining content."""
    version = _member(archive, TALLY_SIGN.decode(), 16, refuse, exact=False)
    if version not in {str(known).encode() for known in FORMATS}:
        if version.isdigit():
            raise ScoreError(
                "E_VERSION",
                f"a tally file must be of format {WITHOUT_BREAKDOWNS} to {FORMAT}, got format {int(version)}",
                file=file,
                hint="Open it with the version of Common Ground that wrote it, or a newer one.",
            )
        refuse("no version")
    try:
        given = json.loads(_member(archive, "header.json", MAX_HEADER, refuse, exact=False))
        names = {field.name for field in fields(ArrayHeader)}
        of_arrays = {name: value for name, value in given.items() if name in names}
        header = strict_mapping.read(ArrayHeader, of_arrays)
    except StructureError as error:
        fault = error.faults[0]
        refuse(f"a header whose {fault.key} is {shown(fault.got)} and must {shown(fault.rule)}")
    except (ValueError, AttributeError, RecursionError):
        refuse("a header that says other things than a tally's")
    roles = {axis.role for axis in header.breakdowns}
    if (header.format == WITHOUT_BREAKDOWNS and roles) or (
        header.format == FORMAT and "today" not in roles
    ):
        refuse("other breakdowns than a file of its format has")
    must_fit(file, header)
    if header.cells > header.buckets * len(header.models) * header.bins * 2:
        refuse("more counts than cells")
    return header, {name: value for name, value in given.items() if name not in names}


def _member(
    archive: zipfile.ZipFile,
    name: str,
    size: int,
    refuse: Callable[[str], NoReturn],
    *,
    exact: bool = True,
) -> bytes:
    """Read a member of exactly (or at most) ``size`` bytes, and verify its checksum."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        refuse(f"no {name}")
    if info.file_size > size or (exact and info.file_size != size):
        refuse(f"{info.file_size:,} bytes of {name} where {size:,} belong")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        refuse(f"{name} packed in another way")
    with archive.open(info) as member:
        data = member.read(size)
    if len(data) != info.file_size:
        refuse(f"{name} cut short")
    return data


def _arrays(
    archive: zipfile.ZipFile, header: ArrayHeader, refuse: Callable[[str], NoReturn]
) -> dict[str, Any]:
    arrays = {}
    for name, (dtype, shape) in expected_arrays(header).items():
        start = array_start(dtype, shape)
        size = math.prod(shape) * np.dtype(dtype).itemsize
        data = _member(archive, f"{name}.npy", len(start) + size, refuse)
        if not data.startswith(start):
            refuse(f"{name} of another type or shape")
        arrays[name] = np.frombuffer(data, dtype, offset=len(start)).reshape(shape)
    return arrays


def _check(packed: PackedTally, refuse: Callable[[str], NoReturn]) -> None:
    """Check that the arrays are consistent, as counting makes them."""
    arrays = packed.arrays
    thresholds, counts, between = arrays["thresholds"], arrays["counts"], arrays["between"]
    weights, losses, calibration = arrays.get("weights"), arrays["losses"], arrays["calibration"]
    never = [arrays["infinite"], between, losses[..., 1:], calibration]
    finite = np.isfinite(thresholds)
    widths = finite.sum(axis=1)
    if widths.size and (widths.min() == 0 or widths.max() != thresholds.shape[1]):
        refuse("thresholds that nobody counts at")
    before, after = thresholds[:, :-1], thresholds[:, 1:]
    if not np.where(finite[:, 1:], after > before, after == np.inf).all():
        refuse("thresholds that do not ascend")
    if thresholds.size and not (finite | (thresholds == np.inf)).all():
        refuse("thresholds that are no numbers")
    if packed.header.scale == "logit":
        # The unclipped loss of one row may be 1e300, times its weight.
        losses = losses[~np.isposinf(losses) | (np.arange(losses.shape[-1]) != LOG_LOSS)]
    sums = [a for a in (weights, arrays.get("values"), losses, calibration) if a is not None]
    with np.errstate(over="ignore"):
        if not all(np.isfinite(np.abs(array).sum()) for array in sums):
            refuse("sums that are no numbers")
    if any((array < 0).any() for array in never) or (counts == 0).any():
        refuse("counts below what is counted")
    if weights is not None and (weights <= 0).any():
        refuse("weights that are not above 0")
    cells = len(packed.header.models), packed.header.bins, 2
    beyond = np.arange(cells[1])[None, :] > widths[:, None]
    whole, whole_weights = np.zeros(cells, np.int64), np.zeros(cells)
    for (occupied, where), infinite in zip(packed.buckets(), arrays["infinite"], strict=True):
        if where.stop > counts.size or occupied[beyond].any():
            refuse("cells beyond the thresholds")
        of_cells = np.zeros(cells, np.int64)
        of_cells[occupied] = counts[where]
        of_bucket = of_cells.sum(axis=1)
        if (of_bucket != of_bucket[:1]).any() or (infinite > of_bucket).any():
            refuse("models that count different rows")
        whole += of_cells
        end = where.stop
        if weights is None:
            continue
        # Values may cancel in a cell and leave only rounding errors, so they cannot be checked in this way.
        weighed = np.zeros(cells)
        weighed[occupied] = weights[where]
        whole_weights += weighed
        masses = weighed.sum(axis=1)
        # Sums in another order differ by rounding.
        if (np.abs(masses - masses[:1]) > 1e-9 * masses).any():
            refuse("models whose weights are of different rows")
    if end != counts.size or (between > whole.sum(axis=1)).any():
        refuse("counts without a cell")
    low = np.pad(thresholds, ((0, 0), (1, 0)), constant_values=-np.inf)
    high = np.pad(thresholds, ((0, 0), (0, 1)), constant_values=np.inf)
    highest = arrays["highest"]
    inside = (highest >= low) & (highest < high) & np.isfinite(highest)
    fits = np.where(whole.any(axis=2), inside, highest == -np.inf) | np.isnan(highest)
    if not fits.all():
        refuse("highest scores that lie elsewhere")
    _check_parts(packed, whole, whole_weights, refuse)


def _check_parts(
    packed: PackedTally,
    whole: NDArray[np.int64],
    whole_weights: NDArray[np.float64],
    refuse: Callable[[str], NoReturn],
) -> None:
    """Check that the categories of each breakdown sum to the whole, cell by cell; kinds: of defects."""
    first, weights = 0, packed.arrays.get("part_weights")
    for axis in packed.header.breakdowns:
        span = slice(first, first + len(axis.categories))
        first = span.stop
        is_today = axis.role == "today"
        has_rest = OTHER in axis.categories
        if len(axis.categories) > MAX_CATEGORIES + has_rest or axis.has_others > has_rest:
            refuse("more categories than are counted apart")
        if is_today and (axis.categories != ANSWERS or axis.model not in packed.header.models):
            refuse("another answer than today's system gives")
        if is_today == (axis.threshold is None or math.isnan(axis.threshold)):
            refuse("today's system without a threshold")
        counts = packed.arrays["parts"][span].astype(np.int64, copy=False)
        of_class = [0, 1] if axis.role == "type" else [1, 1]
        if (counts < 0).any() or (counts.sum(axis=0) != whole * of_class).any():
            refuse("parts that are not the whole")
        if is_today and "flagged_today" in packed.arrays:
            _check_flagged_today(packed, span.start + FLAGGED, refuse)
        if weights is None:
            continue
        if not np.isfinite(weights[span]).all() or ((weights[span] > 0) != (counts > 0)).any():
            refuse("parts whose weights are not above 0")
        # Sums in another order differ by rounding.
        masses = whole_weights * of_class
        if (np.abs(weights[span].sum(axis=0) - masses) > 1e-9 * masses).any():
            refuse("parts whose weights are not the whole")


def _check_flagged_today(packed: PackedTally, row: int, refuse: Callable[[str], NoReturn]) -> None:
    """Check that the current system's flagged units sum to its row, and no part exceeds its rows."""
    arrays = packed.arrays
    flagged, sums = arrays["flagged_today"], arrays.get("weights", arrays["counts"])
    whole = arrays.get("part_weights", arrays["parts"])[row]
    of_parts = np.zeros(flagged.shape, np.float64)
    parts = part_of_buckets(packed.header.buckets)
    for part, (occupied, where) in zip(parts, packed.buckets(), strict=True):
        of_parts[part][occupied] += sums[where]
    # Sums of weights in another order differ by rounding.
    away = np.abs(flagged.sum(axis=0, dtype=np.float64) - whole) > 1e-9 * whole
    if away.any() or not ((flagged >= 0) & (flagged <= of_parts * (1 + 1e-9))).all():
        refuse("parts of what today's system flags that are not the whole")


COUNTING = 1
"""Version of the counting; increased if the same rows would give other arrays."""
MAX_TEXT = 10_000
"""Largest number of characters of a text in the header."""

_Some = Must("name at least one", bool)
_Warning = Annotated[Problem, Must("be a warning", lambda problem: problem.severity == "warning")]


@dataclass(frozen=True)
class Header:
    """Description of what was counted, and how.

    Attributes
    ----------
    columns : Columns
        Column roles. Rows that come in groups have a group column.
    held_out : {"held-out", "out-of-fold", "training", "unknown"}
    files : tuple of str
        Names of the score files, without folders.
    counted : tuple of str
        Fingerprint of each data set in the tally; several if tallies were added.
    problems : tuple of Problem
        Warnings of the input checks.
    max_thresholds : int
    """

    __pydantic_config__ = STRICT

    columns: Columns
    held_out: RowsHeldOut
    files: Annotated[tuple[Text, ...], _Some]
    counted: Annotated[tuple[Text, ...], _Some]
    problems: tuple[_Warning, ...]
    max_thresholds: Annotated[Whole, not_below(0)]

    def all_problems(self, file: str, *, complete: bool) -> tuple[Problem, ...]:
        """Warnings of the input checks, and limitations of the tally; if complete, it holds every score."""
        training = [TRAINING] if self.held_out == "training" else []
        others = [p for p in self.problems if p.code != TRAINING.code]
        return tuple(dict.fromkeys([*others, *training, *_limits(file, complete)]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self) | {"problems": [problem.packed() for problem in self.problems]}


def _limits(file: str, complete: bool) -> list[Problem]:
    """Limitations of a tally, and the row data that it still contains."""
    text = "a tally holds counts, not rows: no unit can be looked at, and no further part of them counted"
    inexact = "; at thresholds between its own it is not exact"
    open_rows = "For these open the score files."
    limits = [warning("W_TALLY", text + ("" if complete else inexact), file=file, hint=open_rows)]
    if complete:
        limits.append(
            warning(
                "W_SCORESINSIDE",
                "every distinct score is a threshold, so whoever has the file has the scores, without ids",
                file=file,
                hint="To hand on less, count with a smaller --max-thresholds.",
            )
        )
    return limits


def read_header(packed: PackedTally, file: str) -> Header:
    """Read the description in a tally file.

    Raises
    ------
    ScoreError
        ``E_TALLY`` if the content is not that of a tally, ``E_VERSION`` if another version counted it.
    """
    fields = dict(packed.about)
    fields.pop("made_by", None)
    if (counting := fields.pop("counting", None)) != COUNTING:
        raise ScoreError(
            "E_VERSION",
            f"a tally must be counted as this version counts (version {COUNTING}), got {counting!r}",
            file=file,
            hint="Count the score files anew with common-ground tally.",
        )

    def refuse(key: str, rule: str, value: object) -> NoReturn:
        raise ScoreError(
            "E_TALLY",
            f"a tally file must say what was counted: {key} must {rule}, got {shown(value)}",
            file=file,
            column=key,
            value=None if value is None else shown(value),
            hint="Make it anew with common-ground tally.",
        )

    def hold_length(texts: Iterable[str | None]) -> None:
        for text in texts:
            if text is not None and len(text) > MAX_TEXT:
                refuse("a text", f"have at most {MAX_TEXT:,} characters", text)

    hold_length(_texts(fields))
    try:
        header = strict_mapping.read(Header, fields)
    except StructureError as error:
        fault = error.faults[0]
        refuse(fault.key, fault.rule, fault.value)
    # Many short texts may add up to a very long one.
    hold_length(text for problem in header.problems for text in (problem.message, problem.hint))
    columns = header.columns
    if columns.models != packed.header.models:
        refuse("columns.models", "be those that are counted", ", ".join(columns.models))
    for name, column, is_counted in (
        ("weight", columns.weight, packed.header.weighted),
        ("value", columns.value, packed.header.valued),
    ):
        if (column is not None) != is_counted:
            refuse(f"columns.{name}", "be named where it is counted, and only there", column)
    return header


def _texts(given: Any) -> Iterator[str]:
    """All texts in a nested structure."""
    if isinstance(given, str):
        yield given
    inside = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    for part in inside:
        yield from _texts(part)


def packed(tally: Tally, about: dict[str, Any] | None = None) -> PackedTally:
    """A tally in the layout of a file or of a message between processes, with further header data."""
    occupied, values = tally.counts != 0, tally.dense_values
    axes, parts = _packed_parts(tally.breakdowns)
    own = {
        "occupied": np.packbits(occupied.reshape(occupied.shape[0], -1), axis=1),
        "counts": _narrow(tally.counts[occupied]),
        "weights": None if tally.weights is None else tally.weights[occupied],
        "values": None if values is None else values[occupied],
        **{name: getattr(tally, name) for name in _AS_IN_TALLY},
        **parts,
    }
    arrays = {
        name: array.astype(array.dtype.newbyteorder("<"), copy=False)
        for name, array in own.items()
        if array is not None
    }
    header = ArrayHeader(
        format=FORMAT
        if "flagged_today" in arrays
        else WITH_BREAKDOWNS
        if axes
        else WITHOUT_BREAKDOWNS,
        models=tally.models,
        scale=tally.scale,
        buckets=tally.counts.shape[0],
        bins=tally.counts.shape[2],
        cells=arrays["counts"].size,
        count_type=arrays["counts"].dtype.str,
        weighted="weights" in arrays,
        valued="values" in arrays,
        breakdowns=axes,
        part_type=arrays["parts"].dtype.str if axes else "<i8",
    )
    return PackedTally(header, (about or {}) | {"counting": COUNTING}, arrays)


_AS_IN_TALLY = ("thresholds", "losses", "infinite", "between", "highest", "calibration")


def _narrow(counts: NDArray[Any]) -> NDArray[Any]:
    """Counts in the narrowest type that the file format allows."""
    width = np.min_scalar_type(int(counts.max(initial=0)))
    return counts.astype(width if width.itemsize < 8 else np.int64)


def _packed_parts(
    breakdowns: Breakdowns | None,
) -> tuple[tuple[AxisHeader, ...], dict[str, NDArray[Any] | None]]:
    """Breakdowns in the layout of a file, with the categories of all columns concatenated."""
    if breakdowns is None or not breakdowns.all:
        return (), {}
    roles = ["segment"] * len(breakdowns.segments)
    roles += ["type"] * (breakdowns.defect_types is not None)
    roles += ["today"] * (breakdowns.today is not None)
    headers = []
    for role, own in zip(roles, breakdowns.all, strict=True):
        point = breakdowns.today_point if role == "today" else None
        headers.append(
            AxisHeader(role, own.column, own.categories, own.has_others, *(point or ()))  # type: ignore[arg-type]
        )
    counts = [own.counts.sum(axis=0, dtype=np.int64) for own in breakdowns.all]
    weights = [own.weights.sum(axis=0) for own in breakdowns.all if own.weights is not None]
    parts, flagged = _narrow(np.concatenate(counts)), breakdowns.flagged_today
    return tuple(headers), {
        "parts": parts,
        "part_weights": np.concatenate(weights) if weights else None,
        "flagged_today": flagged
        if flagged is None
        else flagged.astype(np.float64 if weights else parts.dtype),
    }


def _unpacked_parts(packed: PackedTally) -> Breakdowns | None:
    if not packed.header.breakdowns:
        return None
    counts, weights = packed.arrays["parts"], packed.arrays.get("part_weights")
    flagged = packed.arrays.get("flagged_today")
    thresholds = _native(packed.arrays["thresholds"])
    found: dict[str, list[Breakdown]] = {"segment": [], "type": [], "today": []}
    today, first = None, 0
    for axis in packed.header.breakdowns:
        span = slice(first, first + len(axis.categories))
        first = span.stop
        found[axis.role].append(
            Breakdown(
                axis.column,
                axis.categories,
                packed.header.models,
                thresholds,
                np.array(counts[span])[None],
                None if weights is None else _native(weights[span])[None],
                axis.has_others,
            )
        )
        if axis.model is not None and axis.threshold is not None:
            today = axis.model, axis.threshold
    return Breakdowns(
        {breakdown.column: breakdown for breakdown in found["segment"]},
        next(iter(found["type"]), None),
        next(iter(found["today"]), None),
        today,
        # Sums over several files may have a wider type than a single file.
        None if flagged is None else flagged.astype(np.result_type(flagged, np.uint32)),
    )


def _native(array: NDArray[Any]) -> NDArray[Any]:
    """A writable copy in native byte order."""
    return np.array(array, array.dtype.newbyteorder("="))


def unpacked(packed: PackedTally, *, grouped: bool = False) -> Tally:
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
    laid_out = {"counts": tally.counts, "weights": tally.weights, "values": tally.dense_values}
    for bucket, (occupied, where) in enumerate(packed.buckets()):
        for name, out in laid_out.items():
            if out is not None:
                out[bucket][occupied] = arrays[name][where]
    whole: dict[str, Any] = {
        name: _native(arrays[name]) for name in _AS_IN_TALLY if name != "thresholds"
    }
    return replace(tally, breakdowns=_unpacked_parts(packed), **whole)


@dataclass(frozen=True)
class TallyFile:
    """A tally with its description.

    Attributes
    ----------
    tally : Tally
    header : Header
        Description of what was counted: columns, file names, whether rows were held out, warnings.
    name : str
        Name of the file as given; before saving, the name of the data source.
    fingerprint : str
        ``sha256:`` and the digest of the file's bytes.
    """

    tally: Tally
    header: Header
    name: str
    fingerprint: str

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return self.tally.models

    @property
    def scale(self) -> Scale:
        """Scale of the scores."""
        return self.tally.scale

    @property
    def columns(self) -> Columns:
        """Column roles of the counted data."""
        return self.header.columns

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        """Use of each column with a role. Unused columns are not recorded in a tally."""
        return column_uses((), self.header.columns)

    @property
    def held_out(self) -> RowsHeldOut:
        """Whether the rows were held out from training."""
        return self.header.held_out

    @property
    def files(self) -> tuple[str, ...]:
        """The tally's own file, as given."""
        return (self.name,)

    @property
    def rows(self) -> int:
        """Number of counted rows."""
        return int(self.tally.rows.sum())

    @property
    def positives(self) -> int:
        """Number of defects."""
        return int(self.tally.rows[1])

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Problems found in the rows, and limitations of the tally."""
        return self.header.all_problems(self.name, complete=self.tally.is_complete)

    def check(self) -> TallyFile:
        """Return self: a tally is checked when it is loaded."""
        return self

    def at(self, points: Iterable[tuple[str, float]]) -> Tally:
        """Return the tally if it counts exactly at these points (model, threshold); else ``E_THRESHOLD``."""
        for model, threshold in points:
            if not self.tally.is_exact(self.tally.index(model), threshold):
                raise self._between(model, threshold)
        return self.tally

    def nearest(self, model: str, threshold: float) -> tuple[float, int]:
        """Nearest counted threshold, and the number of units that may be decided differently there."""
        m = self.tally.index(model)
        thresholds = self.tally.finite_thresholds(m)
        above = self.tally.position(m, threshold)
        # The units that may be decided differently lie between both, for either choice.
        units = int(self.tally.counts[:, m, above].sum(dtype=np.int64))
        near = thresholds[max(0, above - 1) : above + 1]
        # Prefer a score: the next float above a score is hard to read.
        scores = near[~np.isin(np.nextafter(near, -np.inf), thresholds)]
        near = scores if scores.size else near
        return float(min(near, key=lambda t: abs(t - threshold))), units

    def breakdowns_at(
        self,
        thresholds: Sequence[float],
        *,
        segments: Sequence[str] = (),
        defect_type: str | None = None,
        today: tuple[str, float] | None = None,
    ) -> Breakdowns:
        """Counts by category, equal to the result of `metrics.tally.breakdown.count_breakdowns`.

        Parameters
        ----------
        thresholds : sequence of float
            Thresholds at which the tally counts exactly (see `at`).
        segments, defect_type, today
            Columns and system to count by; the tally must have all of them.

        Raises
        ------
        ScoreError
            ``E_TALLY`` if the tally lacks one of them.
        """
        breakdowns = self.tally.breakdowns or Breakdowns({})
        has = breakdowns.axes
        for option, column in [*(("--by", c) for c in segments), ("--type", defect_type)]:
            known = has.segments if option == "--by" else (has.defect_type,)
            if column is not None and column not in known:
                raise self._lacks(option, column, ", ".join(shown(c) for c in known if c))
        if today is not None and (has.today is None or not self._is_same_system(today, has.today)):
            got = "" if has.today is None else "{}@{!r}".format(*has.today)
            raise self._lacks("--today", "{}@{!r}".format(*today), got)
        wanted = Axes(tuple(segments), defect_type, None if today is None else has.today)
        finite = np.unique([t for t in thresholds if t < np.inf]).astype(np.float64)
        return breakdowns.only(wanted).each(lambda one: one.at([finite] * len(self.models)))

    def _is_same_system(self, one: tuple[str, float], other: tuple[str, float]) -> bool:
        """Whether two points flag the same units, because no score lies between them."""
        if one == other:
            return True
        if one[0] != other[0] or one[0] not in self.models:
            return False
        m = self.tally.index(one[0])
        same = self.tally.position(m, one[1]) == self.tally.position(m, other[1])
        return same and all(self.tally.is_exact(m, point[1]) for point in (one, other))

    def _lacks(self, option: str, value: str, has: str) -> ScoreError:
        what = {"--by": "by its segments", "--type": "by its kinds of defect"}.get(
            option, "against the system that it was counted with"
        )
        return ScoreError(
            "E_TALLY",
            f"a tally must be asked {what}, got {option} {shown(value)}, and it has {has or 'none'}",
            file=self.name,
            value=value,
            hint="Give the score files, or count them anew with common-ground tally and "
            f"{option} {shown(value)}.",
        )

    def _between(self, model: str, threshold: float) -> ScoreError:
        m = self.tally.index(model)
        thresholds, above = self.tally.finite_thresholds(m), self.tally.position(m, threshold)
        near = " and ".join(f"{t!r}" for t in thresholds[max(0, above - 1) : above + 1].tolist())
        return ScoreError(
            "E_THRESHOLD",
            f"a tally must be asked at its own thresholds, got {threshold!r}, and its nearest are {near}",
            file=self.name,
            column=model,
            value=repr(threshold),
            hint="Ask for one of these, open the score files, or count them anew with "
            f"common-ground tally --at {threshold!r}.",
        )


def described(
    tally: Tally, scores: Scores, *, max_thresholds: int, problems: Sequence[Problem] = ()
) -> TallyFile:
    """A tally with the description of its scores, ready to be saved.

    Parameters
    ----------
    tally : Tally
        Tally of all rows of the scores.
    scores : Scores
        After the pass that counted them.
    max_thresholds : int
        Limit for the choice of the tally's thresholds.
    problems : sequence of Problem
        Further warnings.

    Returns
    -------
    TallyFile
    """
    names = tuple(Path(file).name for file in scores.files)
    # Folders are removed, because the recipient of a tally has other folders.
    by_name = dict(zip(scores.files, names, strict=True))
    header = Header(
        columns=scores.columns,
        held_out=scores.held_out,
        files=names,
        counted=(scores.fingerprint,),
        problems=tuple(p.renamed(by_name) for p in (*scores.problems, *problems)),
        max_thresholds=max_thresholds,
    )
    return TallyFile(tally, header, names[0], "")


def save_tally(tally: TallyFile, path: str | PathLike[str] | io.BytesIO) -> None:
    """Write a tally file; an existing file is replaced only after a complete write.

    Parameters
    ----------
    tally : TallyFile
        From `described`, `load_tally` or `metrics.tally.add.add_tallies`.
    path : path or BytesIO

    Raises
    ------
    ScoreError
        ``E_SIZE`` if the tally is too large to be opened again.
    OSError
        If the file cannot be written.
    """
    own = packed(tally.tally, tally.header.as_dict() | {"made_by": _made_by()})
    must_fit(tally.name, own.header)
    write_packed(own, path)


def _made_by() -> str:
    try:
        return f"common-ground {version('common-ground-dashboard')}"
    except PackageNotFoundError:  # run from a folder without installation
        return "common-ground"


def load_tally(path: str | PathLike[str] | bytes, *, rows: RowsHeldOut = "unknown") -> TallyFile:
    """Open a tally file.

    Parameters
    ----------
    path : path or bytes
        Path of the file, or its content as bytes.
    rows : {"held-out", "out-of-fold", "training", "unknown"}
        Whether the models were trained on the rows; if "unknown", the file's own entry is used.

    Returns
    -------
    TallyFile

    Raises
    ------
    ScoreError
        If the file cannot be read, is damaged, or was counted by another version.
    """
    name = "a tally" if isinstance(path, bytes) else str(path)
    file = read_packed(path, name)
    header = read_header(file, name)
    must_have_both_classes(file, name)
    if rows != "unknown":
        header = replace(header, held_out=rows)
    try:
        digest = sha256(path).digest() if isinstance(path, bytes) else digest_of(Path(path))
    except OSError as error:
        raise ScoreError("E_FILE", "the file must stay while it is read", file=name) from error
    tally = unpacked(file, grouped=header.columns.group is not None)
    return TallyFile(tally, header, name, f"sha256:{digest.hex()}")


__all__ = ["Header", "TallyFile", "described", "load_tally", "save_tally"]
