"""A tally with all that pages need beside its counts, as one small file to hand on instead of the rows.

The file's header says what was counted and how (`Header`); its arrays are a tally, `packed`. Both lie in a
zip archive, which is read as if somebody meant harm. Its members, in this order; all but the first two are
NumPy arrays of format 1.0, little-endian, so that ``numpy.load`` reads them too:

- ``common-ground-tally``: the format's version as text, stored as it is, so that a file is known by its
  first bytes.
- ``header.json``: what the arrays are of, and their sizes.
- ``thresholds``, ``losses``, ``infinite``, ``between``, ``calibration`` and ``highest``:
  as in `metrics.tally.tally.Tally`.
- ``occupied``: for each bucket the bits of its [model, bin, class] cells that hold rows.
- ``counts``, and where there are any ``weights`` and ``values``: of these cells alone, in order.
- ``parts``, and with weights ``part_weights``: of a file with breakdowns, their counts, the categories of all
  columns one behind the other: [category, model, bin, class].
- ``flagged_today``: of a file of format 4, which was counted against today's system, as in
  `metrics.tally.breakdown.Breakdowns`.

Every member has a checksum. Sizes are judged before anything is unpacked: each array must be as large as
the header makes it, and all of them must fit in `MAX_BYTES` once they are laid out. Then come the checksums,
and then what the arrays say of each other.
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
"""Versions of the container; the last also has what today's system flags. A reader refuses others."""
MAX_BYTES = 2 << 30
"""Room for the arrays of one tally in memory."""
MAX_HEADER, MAX_BUCKETS, CALIBRATION_BINS = 8 << 20, 1 << 16, 15


def _is_some_once(names: tuple[str, ...]) -> bool:
    return 0 < len(names) == len({*names})


@dataclass(frozen=True)
class AxisHeader:
    """What the header of a tally file says of a breakdown; model and threshold are today's system's."""

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
    """What the header of a tally file says of the arrays."""

    __pydantic_config__ = STRICT

    format: Annotated[Whole, Must(f"be one of {FORMATS}", lambda version: version in FORMATS)]
    models: Annotated[tuple[Text, ...], Must("name some models, each once", _is_some_once)]
    scale: Scale
    buckets: Annotated[Whole, above(0), not_above(MAX_BUCKETS)]
    bins: Annotated[Whole, above(0)]
    """The widest model's thresholds and one more."""
    cells: Annotated[Whole, not_below(0)]
    """That hold rows."""
    count_type: Literal["|u1", "<u2", "<u4"]
    weighted: Switch
    valued: Switch
    breakdowns: Annotated[tuple[AxisHeader, ...], Must("differ", _has_each_once)] = ()
    part_type: Literal["|u1", "<u2", "<u4", "<i8"] = "<i8"

    @property
    def parts(self) -> int:
        """Categories of all breakdowns."""
        return sum(len(axis.categories) for axis in self.breakdowns)

    @property
    def tables(self) -> int:
        """Tables of [model, bin, class] that the breakdowns have."""
        return self.parts + PARTS * (self.format == FORMAT)

    @property
    def nbytes(self) -> int:
        """Memory that the tally takes once it is laid out."""
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
    """A tally as it lies in its file.

    Attributes
    ----------
    header : ArrayHeader
    about : dict
        What the header says besides, which is the business of whoever wrote it.
    arrays : dict of str to ndarray
        By the names of the members, of the types and shapes of `expected_arrays`.
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
        """Yield for each bucket which cells hold rows, shape (M, K + 1, 2), and where their counts are."""
        cells = len(self.header.models), self.header.bins, 2
        start = 0
        for bits in self.arrays["occupied"]:
            occupied = np.unpackbits(bits, count=math.prod(cells)).view(np.bool_).reshape(cells)
            stop = start + int(occupied.sum())
            yield occupied, slice(start, stop)
            start = stop


def must_fit(file: str, header: ArrayHeader) -> None:
    """Refuse a tally that is too large for a file (``E_SIZE``)."""
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
    """Write a tally; an existing file is replaced only once all is written. Equal ones give equal bytes."""
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
    info = zipfile.ZipInfo(name)  # of 1980: equal tallies give equal bytes
    info.compress_type, info.external_attr = how, 0o600 << 16
    archive.writestr(info, data)


def array_start(dtype: str, shape: tuple[int, ...]) -> bytes:
    """The bytes that an array of this type and shape begins with in a file, the same from any numpy."""
    about = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    padding = -(10 + len(about) + 1) % 64
    text = f"{about}{' ' * padding}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def expected_arrays(header: ArrayHeader) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each array that a header announces."""
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
    """Read and check a tally file, whose name as given is for messages.

    Raises
    ------
    ScoreError
        ``E_TALLY`` for what is no whole tally file, ``E_VERSION`` for one that a newer version wrote,
        ``E_SIZE`` for one that is too large, ``E_FILE`` where it cannot be read.
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
    """Refuse a tally of no use (``E_TALLY``): nothing can be chosen without good units, or defects."""
    goods, defects = (int(n) for n in packed.rows)
    if not goods or not defects:
        raise ScoreError(
            "E_TALLY",
            f"a tally must count good units and defects, got {goods:,} and {defects:,}",
            file=file,
            hint="Add it to tallies of other rows, or count the score files anew.",
        )


def _judge_end(file: Any, refuse: Callable[[str], NoReturn]) -> None:
    """Look at the end of the archive first: a list of a million members is not to be read."""
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
    """Hold the members to lie one behind the other: no bytes count for two of them."""
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
    """Read the header: what it says of the arrays, and the rest of it."""
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
    """Read a member of so many bytes, or of at most so many, and hold it to its checksum."""
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
    """Hold the arrays to what the counting gives."""
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
        # There one row's unclipped loss may be 1e300, times its weight.
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
        # Of values the same cannot be told: they may cancel in a cell, and then only rounding is left.
        weighed = np.zeros(cells)
        weighed[occupied] = weights[where]
        whole_weights += weighed
        masses = weighed.sum(axis=1)
        # A sum in another order differs by its rounding.
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
    """Hold the categories of each breakdown to be the whole, cell by cell; kinds are of defects alone."""
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
        # A sum in another order differs by its rounding.
        masses = whole_weights * of_class
        if (np.abs(weights[span].sum(axis=0) - masses) > 1e-9 * masses).any():
            refuse("parts whose weights are not the whole")


def _check_flagged_today(packed: PackedTally, row: int, refuse: Callable[[str], NoReturn]) -> None:
    """Hold what today's system flags to be the whole of its row, and no part to have more than its rows."""
    arrays = packed.arrays
    flagged, sums = arrays["flagged_today"], arrays.get("weights", arrays["counts"])
    whole = arrays.get("part_weights", arrays["parts"])[row]
    of_parts = np.zeros(flagged.shape, np.float64)
    parts = part_of_buckets(packed.header.buckets)
    for part, (occupied, where) in zip(parts, packed.buckets(), strict=True):
        of_parts[part][occupied] += sums[where]
    # A sum of weights in another order differs by its rounding.
    away = np.abs(flagged.sum(axis=0, dtype=np.float64) - whole) > 1e-9 * whole
    if away.any() or not ((flagged >= 0) & (flagged <= of_parts * (1 + 1e-9))).all():
        refuse("parts of what today's system flags that are not the whole")


COUNTING = 1
"""Version of the counting: raised when the same rows would give other arrays."""
MAX_TEXT = 10_000
"""Characters of a text in the header."""

_Some = Must("name at least one", bool)
_Warning = Annotated[Problem, Must("be a warning", lambda problem: problem.severity == "warning")]


@dataclass(frozen=True)
class Header:
    """What was counted, and how.

    Attributes
    ----------
    columns : Columns
        As they were mapped. Rows that come in groups have a group column.
    held_out : {"held-out", "out-of-fold", "training", "unknown"}
    files : tuple of str
        Names of the score files, without folders.
    counted : tuple of str
        Fingerprint of each data set that is in the tally; of one more than one, it was added.
    problems : tuple of Problem
        What the gate warned of.
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
        """What the gate warned of, and what the tally cannot do: a complete one holds every score."""
        training = [TRAINING] if self.held_out == "training" else []
        others = [p for p in self.problems if p.code != TRAINING.code]
        return tuple(dict.fromkeys([*others, *training, *_limits(file, complete)]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self) | {"problems": [problem.packed() for problem in self.problems]}


def _limits(file: str, complete: bool) -> list[Problem]:
    """What a tally cannot do, and what of the rows is still in it."""
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
    """Read what a tally file says of itself.

    Raises
    ------
    ScoreError
        ``E_TALLY`` where it says other things than a tally's, ``E_VERSION`` where it was counted in
        another way.
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
    # Parts that are short may make a long text together.
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
    """Every text that a structure holds."""
    if isinstance(given, str):
        yield given
    inside = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    for part in inside:
        yield from _texts(part)


def packed(tally: Tally, about: dict[str, Any] | None = None) -> PackedTally:
    """A tally as it lies in a file or travels between processes, and what else is to be kept with it."""
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
    """Counts in the narrowest type of a file that holds them."""
    width = np.min_scalar_type(int(counts.max(initial=0)))
    return counts.astype(width if width.itemsize < 8 else np.int64)


def _packed_parts(
    breakdowns: Breakdowns | None,
) -> tuple[tuple[AxisHeader, ...], dict[str, NDArray[Any] | None]]:
    """The breakdowns as they lie in a file: the categories of all of them one behind the other."""
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
        # Sums of parts of several files may be wider than what one file has.
        None if flagged is None else flagged.astype(np.result_type(flagged, np.uint32)),
    )


def _native(array: NDArray[Any]) -> NDArray[Any]:
    """A copy in this machine's order of bytes, which may be written to."""
    return np.array(array, array.dtype.newbyteorder("="))


def unpacked(packed: PackedTally, *, grouped: bool = False) -> Tally:
    """Lay out a tally that was packed; its arrays may be written to."""
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
    """A tally and what it is of.

    Attributes
    ----------
    tally : Tally
    header : Header
        What was counted: columns, files by name, whether rows were held out, the gate's warnings.
    name : str
        Of the file as given; of one that is not saved yet what it was counted from.
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
        """What the scores were."""
        return self.tally.scale

    @property
    def columns(self) -> Columns:
        """The columns of what was counted, as they were mapped."""
        return self.header.columns

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        """What each column with a role was taken for; what was not used is not known of a tally."""
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
        """Number of rows that were counted."""
        return int(self.tally.rows.sum())

    @property
    def positives(self) -> int:
        """Number of defects."""
        return int(self.tally.rows[1])

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What the gate found in the rows, and what a tally cannot do."""
        return self.header.all_problems(self.name, complete=self.tally.is_complete)

    def check(self) -> TallyFile:
        """Return self: a tally was checked when it was loaded."""
        return self

    def at(self, points: Iterable[tuple[str, float]]) -> Tally:
        """Return the tally, which counts exactly at these points (model, threshold); else ``E_THRESHOLD``."""
        for model, threshold in points:
            if not self.tally.is_exact(self.tally.index(model), threshold):
                raise self._between(model, threshold)
        return self.tally

    def nearest(self, model: str, threshold: float) -> tuple[float, int]:
        """The counted threshold nearest to one that isn't, and how many units may fall otherwise there."""
        m = self.tally.index(model)
        thresholds = self.tally.finite_thresholds(m)
        above = self.tally.position(m, threshold)
        # Whichever of the two is taken: who may fall otherwise lies between them.
        units = int(self.tally.counts[:, m, above].sum(dtype=np.int64))
        near = thresholds[max(0, above - 1) : above + 1]
        # Rather a score than the next float above one, which nobody can read.
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
        """Counts of parts of the rows, as `metrics.tally.breakdown.count_breakdowns` would give them.

        Parameters
        ----------
        thresholds : sequence of float
            At which the tally counts exactly: `at` says so.
        segments, defect_type, today
            By what; of each of them the tally must have the counts.

        Raises
        ------
        ScoreError
            ``E_TALLY`` where it lacks one of them.
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
        """Whether two points flag the same units: no score lies between them."""
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
    """A tally with what its scores say of themselves, ready to be saved.

    Parameters
    ----------
    tally : Tally
        Of all rows of the scores.
    scores : Scores
        After the pass that counted them.
    max_thresholds : int
        Limit under which its thresholds were chosen.
    problems : sequence of Problem
        Further warnings.

    Returns
    -------
    TallyFile
    """
    names = tuple(Path(file).name for file in scores.files)
    # Who gets the tally knows other folders.
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
    """Write a tally file; an existing one is replaced only once all is written.

    Parameters
    ----------
    tally : TallyFile
        From `described`, `load_tally` or `metrics.tally.add.add_tallies`.
    path : path or BytesIO

    Raises
    ------
    ScoreError
        ``E_SIZE`` where it is too large to be opened again.
    OSError
        Where the file cannot be written.
    """
    own = packed(tally.tally, tally.header.as_dict() | {"made_by": _made_by()})
    must_fit(tally.name, own.header)
    write_packed(own, path)


def _made_by() -> str:
    try:
        return f"common-ground {version('common-ground-dashboard')}"
    except PackageNotFoundError:  # run from a folder that was never installed
        return "common-ground"


def load_tally(path: str | PathLike[str] | bytes, *, rows: RowsHeldOut = "unknown") -> TallyFile:
    """Open a tally file.

    Parameters
    ----------
    path : path or bytes
        Bytes are the content of such a file.
    rows : {"held-out", "out-of-fold", "training", "unknown"}
        Whether the models were trained on the rows; where it is "unknown", what the file says.

    Returns
    -------
    TallyFile

    Raises
    ------
    ScoreError
        Where it cannot be read, is damaged, or counts in another way.
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
