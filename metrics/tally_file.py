"""A tally with all that pages need beside its counts, as one small file to hand on instead of the rows."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path

import numpy as np

from metrics.columns import Columns, RowsHeldOut, Scale
from metrics.errors import Problem, ScoreError
from metrics.packed import must_fit, write_packed
from metrics.packing import packed, unpacked
from metrics.readers.files import digest_of
from metrics.scores import Scores
from metrics.tally import Tally
from metrics.tally_header import Header, header_from
from metrics.unpack import must_have_both_classes, read_packed


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
        above = int(np.searchsorted(own, threshold, side="left"))
        # Whichever of the two is taken: who may fall otherwise lies between them.
        units = int(self.tally.counts[:, m, above].sum(dtype=np.int64))
        near = own[max(0, above - 1) : above + 1]
        # Rather a score than the next float above one, which nobody can read.
        scores = near[~np.isin(np.nextafter(near, -np.inf), own)]
        near = scores if scores.size else near
        return float(min(near, key=lambda t: abs(t - threshold))), units

    def _between(self, model: str, threshold: float) -> ScoreError:
        own = self.tally.finite_thresholds(self.tally.index(model))
        k = int(np.searchsorted(own, threshold))
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
        From `described`, `load_tally` or `metrics.tally_sum.add_tallies`.
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
    return TallyFile(unpacked(found), header, name, fingerprint)


__all__ = ["Header", "TallyFile", "described", "load_tally", "save_tally"]
