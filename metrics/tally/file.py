"""A tally with all that pages need beside its counts, as one small file to hand on instead of the rows.

The file's header says what was counted and how (`Header`); its arrays are a tally, `packed`. How both lie in
the file, and what is checked before anything of it is believed, is in `metrics.tally.file_format`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from metrics import strict_mapping
from metrics.errors import Keyword, Option, Problem, ScoreError, shown, warning
from metrics.io.columns import Columns
from metrics.io.formats.files import digest_of
from metrics.io.options import RowsHeldOut, Scale
from metrics.io.scores import TRAINING, Scores
from metrics.strict_mapping import STRICT, Must, StructureError, Text, Whole, not_below
from metrics.tally.breakdown import Axes, Breakdown, Breakdowns
from metrics.tally.file_format import (
    AxisHeader,
    Packed,
    must_fit,
    must_have_both_classes,
    read_packed,
    write_packed,
)
from metrics.tally.tally import Tally, empty_tally

COUNTING = 1
"""Version of the counting: raised when the same rows would give other arrays."""
MAX_TEXT = 10_000
"""Characters of a text in the header."""
READING_OPTIONS = (
    "id label positive model models weight value group segment segments by type defect_type scale decimal "
    "model_key score common_ids"
).split()
"""Options of `metrics.open_scores`, by keyword and on the command line, that come before the counting."""
OF_COMMAND_LINE = ("segment", "by", "type")
"""Those that the command line names otherwise than by a keyword."""

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


def refuse_options(named: Iterable[str], file: str) -> None:
    """Refuse options, by keyword, that say how columns are read (``E_TALLY``)."""
    for name in named:
        if name in READING_OPTIONS:
            own = name in OF_COMMAND_LINE
            flag = f"--{name}" if own else Option(cast(Keyword, name)).flag
            raise ScoreError(
                "E_TALLY",
                f"how columns are read must be said when a tally is made, got {flag}",
                file=file,
                hint="Leave it out, or give the score files.",
            )


def read_header(packed: Packed, file: str) -> Header:
    """Read what a tally file says of itself.

    Raises
    ------
    ScoreError
        ``E_TALLY`` where it says other things than a tally's, ``E_VERSION`` where it was counted in
        another way.
    """
    given = dict(packed.about)
    given.pop("made_by", None)
    if (counting := given.pop("counting", None)) != COUNTING:
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

    hold_length(_texts(given))
    try:
        header = strict_mapping.read(Header, given)
    except StructureError as error:
        fault = error.faults[0]
        refuse(fault.key, fault.rule, fault.value)
    # Parts that are short may make a long text together.
    hold_length(text for problem in header.problems for text in (problem.message, problem.hint))
    columns = header.columns
    if columns.models != packed.models:
        refuse("columns.models", "be those that are counted", ", ".join(columns.models))
    for name, column, sums in (
        ("weight", columns.weight, packed.weights),
        ("value", columns.value, packed.values),
    ):
        if (column is None) != (sums is None):
            refuse(f"columns.{name}", "be named where it is counted, and only there", column)
    return header


def _texts(given: Any) -> Iterator[str]:
    """Every text that a structure holds."""
    if isinstance(given, str):
        yield given
    inside = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    for part in inside:
        yield from _texts(part)


def packed(tally: Tally, about: dict[str, Any] | None = None) -> Packed:
    """A tally as it lies in a file or travels between processes, and what else is to be kept with it."""
    occupied, values = tally.counts != 0, tally.dense_values
    counts = tally.counts[occupied]
    most = int(counts.max(initial=0))
    width = np.uint8 if most < 1 << 8 else np.uint16 if most < 1 << 16 else np.uint32
    return Packed(
        about=(about or {}) | {"counting": COUNTING},
        models=tally.models,
        scale=tally.scale,
        thresholds=_little_endian(tally.thresholds),
        occupied=np.packbits(occupied.reshape(occupied.shape[0], -1), axis=1),
        counts=_little_endian(counts.astype(width)),
        weights=None if tally.weights is None else _little_endian(tally.weights[occupied]),
        values=None if values is None else _little_endian(values[occupied]),
        losses=_little_endian(tally.losses),
        infinite=_little_endian(tally.infinite),
        between=_little_endian(tally.between),
        highest=_little_endian(tally.highest),
        calibration=_little_endian(tally.calibration),
        **_packed_parts(tally.breakdowns),
    )


def _packed_parts(breakdowns: Breakdowns | None) -> dict[str, Any]:
    """The breakdowns as they lie in a file: the categories of all of them one behind the other."""
    if breakdowns is None or not breakdowns.all:
        return {}
    headers = [
        AxisHeader("segment", own.column, own.categories, own.has_others)
        for own in breakdowns.segments.values()
    ]
    kinds, today = breakdowns.defect_types, breakdowns.today
    if kinds is not None:
        headers.append(AxisHeader("type", kinds.column, kinds.categories, kinds.has_others))
    if today is not None and breakdowns.today_point is not None:
        headers.append(
            AxisHeader("today", today.column, today.categories, False, *breakdowns.today_point)
        )
    counts = np.concatenate([own.counts.sum(axis=0, dtype=np.int64) for own in breakdowns.all])
    most = int(counts.max(initial=0))
    width = next((k for k in (np.uint8, np.uint16, np.uint32) if most <= np.iinfo(k).max), np.int64)
    weights = [own.weights.sum(axis=0) for own in breakdowns.all if own.weights is not None]
    return {
        "breakdowns": tuple(headers),
        "parts": _little_endian(counts.astype(width)),
        "part_weights": _little_endian(np.concatenate(weights)) if weights else None,
    }


def _unpacked_parts(packed: Packed) -> Breakdowns | None:
    if packed.parts is None:
        return None
    counts, weights, first = packed.parts, packed.part_weights, 0
    found: dict[str, list[Breakdown]] = {"segment": [], "type": [], "today": []}
    today: tuple[str, float] | None = None
    for axis in packed.breakdowns:
        own = slice(first, first + len(axis.categories))
        first = own.stop
        found[axis.role].append(
            Breakdown(
                axis.column,
                axis.categories,
                packed.models,
                np.array(packed.thresholds, np.float64),
                np.array(counts[own])[None],
                None if weights is None else np.array(weights[own], np.float64)[None],
                axis.has_others,
            )
        )
        if axis.model is not None and axis.threshold is not None:
            today = axis.model, axis.threshold
    return Breakdowns(
        {own.column: own for own in found["segment"]},
        next(iter(found["type"]), None),
        next(iter(found["today"]), None),
        today,
    )


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def unpacked(packed: Packed, *, grouped: bool = False) -> Tally:
    """Lay out a tally that was packed; its arrays may be written to."""
    finite = [row[np.isfinite(row)] for row in packed.thresholds]
    tally = empty_tally(
        packed.models,
        finite,
        scale=packed.scale,
        weighted=packed.weights is not None,
        valued=packed.values is not None,
        grouped=grouped,
        buckets=packed.shape[0],
    )
    values = tally.dense_values
    for bucket, (occupied, where) in enumerate(packed.buckets()):
        tally.counts[bucket][occupied] = packed.counts[where]
        if tally.weights is not None and packed.weights is not None:
            tally.weights[bucket][occupied] = packed.weights[where]
        if values is not None and packed.values is not None:
            values[bucket][occupied] = packed.values[where]
    return replace(
        tally,
        losses=np.array(packed.losses, np.float64),
        infinite=np.array(packed.infinite, np.int64),
        between=np.array(packed.between, np.int64),
        highest=np.array(packed.highest, np.float64),
        calibration=np.array(packed.calibration, np.float64),
        breakdowns=_unpacked_parts(packed),
    )


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
        own = self.tally.breakdowns or Breakdowns({})
        has = own.axes
        for option, column in [*(("--by", c) for c in segments), ("--type", defect_type)]:
            known = has.segments if option == "--by" else (has.defect_type,)
            if column is not None and column not in known:
                raise self._lacks(option, column, ", ".join(shown(c) for c in known if c))
        if today is not None and (has.today is None or not self._is_same_system(today, has.today)):
            got = "" if has.today is None else "{}@{!r}".format(*has.today)
            raise self._lacks("--today", "{}@{!r}".format(*today), got)
        wanted = Axes(tuple(segments), defect_type, None if today is None else has.today)
        finite = np.unique([t for t in thresholds if t < np.inf]).astype(np.float64)
        return own.only(wanted).each(lambda one: one.at([finite] * len(self.models)))

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
