"""A tally with all that pages need beside its counts, as one small file to hand on instead of the rows.

What a tally file says of the rows that were counted.

Between a tally and what lies in its file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, warning
from metrics.io.columns import Columns, RowsHeldOut, Scale
from metrics.io.formats.source import digest_of
from metrics.io.scores import TRAINING, Scores
from metrics.tally.file_format import (
    Packed,
    must_fit,
    must_have_both_classes,
    read_packed,
    write_packed,
)
from metrics.tally.tally import Tally, empty_tally

MOST_TEXT = 10_000


COUNTING = 1


"""Version of the counting: raised when the same rows would give other arrays."""


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

    columns: Columns
    held_out: RowsHeldOut
    files: tuple[str, ...]
    counted: tuple[str, ...]
    problems: tuple[Problem, ...]
    max_thresholds: int

    def all_problems(self, file: str, *, complete: bool) -> tuple[Problem, ...]:
        """What the gate warned of, and what the tally cannot do.

        Parameters
        ----------
        file : str
            Name of the tally.
        complete : bool
            Whether every score is one of its thresholds.
        """
        said = [TRAINING] if self.held_out == "training" else []
        kept = [p for p in self.problems if p.code != TRAINING.code]
        return tuple(dict.fromkeys([*kept, *said, *_limits(file, complete)]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return asdict(self)


def _limits(file: str, complete: bool) -> list[Problem]:
    """What a tally cannot do, and what of the rows is still in it."""
    text = "a tally holds counts, not rows: no unit can be looked at, and no further part of them counted"
    inexact = "; at thresholds between its own it is not exact"
    open_rows = "For these open the score files."
    said = [warning("W_TALLY", text + ("" if complete else inexact), file=file, hint=open_rows)]
    if complete:
        said.append(
            warning(
                "W_SCORESINSIDE",
                "every distinct score is a threshold, so whoever has the file has the scores, without ids",
                file=file,
                hint="To hand on less, count with a smaller --max-thresholds.",
            )
        )
    return said


OF_COLUMNS = (
    "id label positive model models weight value group segment segments scale decimal model_key score "
    "common_ids"
).split()


"""Options of `metrics.open_scores`, by keyword and on the command line, that come before the counting."""


def refuse_options(named: Iterable[str], file: str) -> None:
    """Refuse options that say how columns are read.

    Parameters
    ----------
    named : iterable of str
        Those that were given, by keyword.
    file : str
        Name of the tally.

    Raises
    ------
    ScoreError
        ``E_TALLY``.
    """
    for name in named:
        if name in OF_COLUMNS:
            option = name if name not in ("models", "segments") else name.removesuffix("s")
            raise ScoreError(
                "E_TALLY",
                "how columns are read must be said when a tally is made, "
                f"got --{option.replace('_', '-')}",
                file=file,
                hint="Leave it out, or give the score files.",
            )


def header_from(said: Mapping[str, Any], file: str) -> Header:
    """Read what a tally file says of itself.

    Parameters
    ----------
    said : mapping
        From its JSON.
    file : str
        Its name, for messages.

    Returns
    -------
    Header

    Raises
    ------
    ScoreError
        ``E_TALLY`` where it says other things than a tally's, ``E_VERSION`` where it was counted in
        another way.
    """
    if (counting := said.get("counting")) != COUNTING:
        raise ScoreError(
            "E_VERSION",
            f"a tally must be counted as this version counts (version {COUNTING}), got {counting!r}",
            file=file,
            hint="Count the score files anew with common-ground tally.",
        )
    try:
        columns = dict(said["columns"])
        header = Header(
            columns=Columns(
                id=_texts(columns["id"]),
                label=_text(columns["label"]),
                positive=_text(columns["positive"]),
                models=_texts(columns["models"]),
                weight=_perhaps(columns["weight"]),
                value=_perhaps(columns["value"]),
                group=_perhaps(columns["group"]),
                segments=_texts(columns["segments"]),
            ),
            held_out=cast(RowsHeldOut, _one_of(said["held_out"], get_args(RowsHeldOut))),
            files=_texts(said["files"]),
            counted=_texts(said["counted"]),
            problems=tuple(_problem(problem) for problem in said["problems"]),
            max_thresholds=_whole(said["max_thresholds"]),
        )
        _one_of(said["scale"], get_args(Scale))
        if header.columns.models != tuple(said["models"]):
            raise ValueError("models")
        for name, there in (("weight", "weighted"), ("value", "valued")):
            if (getattr(header.columns, name) is not None) != said[there]:
                raise ValueError(name)
        if not header.files or not header.counted:
            raise ValueError("files")
    except (KeyError, TypeError, ValueError) as error:
        raise ScoreError(
            "E_TALLY",
            f"a tally file must say what was counted, got a header that does not ({error})",
            file=file,
            hint="Make it anew with common-ground tally.",
        ) from error
    return header


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError("text")
    return value


def _perhaps(value: object) -> str | None:
    return None if value is None else _text(value)


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("list")
    return tuple(_text(value) for value in values)


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return str(value)


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("number")
    return value


def _problem(said: Mapping[str, Any]) -> Problem:
    row = said["row"]
    return Problem(
        code=_text(said["code"]),
        severity="warning" if said["severity"] != "error" else _never(),
        message=_text(said["message"]),
        file=_perhaps(said["file"]),
        row=None if row is None else _whole(row),
        column=_perhaps(said["column"]),
        value=_perhaps(said["value"]),
        hint=_perhaps(said["hint"]),
    )


def _never() -> Any:
    raise ValueError("a problem that refuses")


def packed(tally: Tally, header: dict[str, Any] | None = None) -> Packed:
    """A tally as it lies in a file or travels between processes.

    Parameters
    ----------
    tally : Tally
    header : dict, optional
        What else is to be kept.
    """
    there = tally.counts != 0
    counts = tally.counts[there]
    most = int(counts.max(initial=0))
    width = np.uint8 if most < 1 << 8 else np.uint16 if most < 1 << 16 else np.uint32
    about = {"models": list(tally.models), "scale": tally.scale, "counting": COUNTING}
    return Packed(
        header=(header or {}) | about,
        thresholds=_little(tally.thresholds),
        occupied=np.packbits(there.reshape(there.shape[0], -1), axis=1),
        counts=_little(counts.astype(width)),
        weights=None if tally.weights is None else _little(tally.weights[there]),
        values=None if tally.values is None else _little(tally.values[there]),
        losses=_little(tally.losses),
        infinite=_little(tally.infinite),
        between=_little(tally.between),
        calibration=_little(tally.calibration),
    )


def _little(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def unpacked(found: Packed) -> Tally:
    """Lay out a tally that was packed; its arrays may be written to."""
    finite = [row[np.isfinite(row)] for row in found.thresholds]
    tally = empty_tally(
        tuple(found.header["models"]),
        finite,
        scale=cast(Scale, found.header["scale"]),
        weighted=found.weights is not None,
        valued=found.values is not None,
        buckets=found.shape[0],
    )
    for bucket, (there, where) in enumerate(found.buckets()):
        tally.counts[bucket][there] = found.counts[where]
        if tally.weights is not None and found.weights is not None:
            tally.weights[bucket][there] = found.weights[where]
        if tally.values is not None and found.values is not None:
            tally.values[bucket][there] = found.values[where]
    return replace(
        tally,
        losses=np.array(found.losses, np.float64),
        infinite=np.array(found.infinite, np.int64),
        between=np.array(found.between, np.int64),
        calibration=np.array(found.calibration, np.float64),
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
        """Whether the rows were held out."""
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
        """Return the tally, which counts exactly at these operating points.

        Parameters
        ----------
        points : iterable of (model, threshold)

        Raises
        ------
        ScoreError
            ``E_THRESHOLD`` for the first point at which it does not.
        """
        for model, threshold in points:
            if not self.tally.is_exact(self.tally.index(model), threshold):
                raise self._between(model, threshold)
        return self.tally

    def nearest(self, model: str, threshold: float) -> tuple[float, int]:
        """Threshold at which a model is counted, nearest to another, and how many units may fall otherwise.

        Parameters
        ----------
        model : str
        threshold : float
            At which it is not counted exactly.
        """
        m = self.tally.index(model)
        own = self.tally.finite_thresholds(m)
        above = self.tally.position(m, threshold)
        # Whichever of the two is taken: who may fall otherwise lies between them.
        units = int(self.tally.counts[:, m, above].sum(dtype=np.int64))
        near = own[max(0, above - 1) : above + 1]
        # Rather a score than the next float above one, which nobody can read.
        scores = near[~np.isin(np.nextafter(near, -np.inf), own)]
        near = scores if scores.size else near
        return float(min(near, key=lambda t: abs(t - threshold))), units

    def _between(self, model: str, threshold: float) -> ScoreError:
        m = self.tally.index(model)
        own, k = self.tally.finite_thresholds(m), self.tally.position(m, threshold)
        near = " and ".join(f"{t!r}" for t in own[max(0, k - 1) : k + 1].tolist())
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
    header = Header(
        columns=scores.columns,
        held_out=scores.held_out,
        files=names,
        counted=(scores.fingerprint,),
        problems=tuple(_by_name(p, scores.files) for p in (*scores.problems, *problems)),
        max_thresholds=max_thresholds,
    )
    return TallyFile(tally, header, names[0], "")


def _by_name(problem: Problem, files: Sequence[str]) -> Problem:
    """A problem that names files without their folders: who gets the tally knows other ones."""
    for file in sorted(files, key=len, reverse=True):
        own = Path(file).name
        problem = replace(
            problem,
            message=problem.message.replace(file, own),
            file=problem.file and problem.file.replace(file, own),
            hint=problem.hint and problem.hint.replace(file, own),
        )
    return problem


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
    buckets, models, bins, _ = tally.tally.counts.shape
    sums = (tally.tally.weights is not None) + (tally.tally.values is not None)
    must_fit(tally.name, buckets, models, bins, sums)
    write_packed(packed(tally.tally, tally.header.as_dict() | {"made_by": _made_by()}), path)


def _made_by() -> str:
    try:
        return f"common-ground {version('common-ground-dashboard')}"
    except PackageNotFoundError:  # run from a folder that was never installed
        return "common-ground"


def load_tally(path: str | PathLike[str], *, rows: RowsHeldOut = "unknown") -> TallyFile:
    """Open a tally file.

    Parameters
    ----------
    path : path
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
    name = str(path)
    found = read_packed(path, name)
    header = header_from(found.header, name)
    must_have_both_classes(found, name)
    if rows != "unknown":
        header = replace(header, held_out=rows)
    try:
        fingerprint = f"sha256:{digest_of(Path(path)).hex()}"
    except OSError as error:
        raise ScoreError("E_FILE", "the file must stay while it is read", file=name) from error
    tally = replace(unpacked(found), grouped=header.columns.group is not None)
    return TallyFile(tally, header, name, fingerprint)


__all__ = ["Header", "TallyFile", "described", "load_tally", "save_tally"]
