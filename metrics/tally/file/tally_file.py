"""Tally files: a small file with all counts, to share instead of the rows.

See `metrics.tally.file.archive` for the format of the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path

import numpy as np

from metrics.errors import Problem, ScoreError, shown
from metrics.io.checked_columns import Columns
from metrics.io.column_uses import ColumnUse, column_uses
from metrics.io.formats.file_on_disk import digest_of
from metrics.io.read_options import RowsHeldOut, Scale
from metrics.io.scores import Scores
from metrics.tally.breakdown import BreakdownColumns, Breakdowns
from metrics.tally.file.archive import read_archive, refuse_oversize, write_archive
from metrics.tally.file.header import Header, read_header
from metrics.tally.file.packed_checks import must_have_both_classes
from metrics.tally.file.packed_tally import pack_tally, unpack_tally
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class TallyFile:
    """A tally with its description.

    Attributes
    ----------
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
        """Return the tally; ``E_THRESHOLD`` unless it is exact at these points (model, threshold)."""
        for model, threshold in points:
            if not self.tally.is_exact(self.tally.index(model), threshold):
                raise self._inexact_threshold_error(model, threshold)
        return self.tally

    def nearest(self, model: str, threshold: float) -> tuple[float, int]:
        """Nearest counted threshold, and the number of units that may be decided differently there."""
        m = self.tally.index(model)
        thresholds = self.tally.finite_thresholds(m)
        above = self.tally.position(m, threshold)
        # These units lie between both neighbours, whichever neighbour is chosen.
        units = int(self.tally.counts[:, m, above].sum(dtype=np.int64))
        neighbours = thresholds[max(0, above - 1) : above + 1]
        # Prefer a score: the next float above a score is hard to read.
        scores = neighbours[~np.isin(np.nextafter(neighbours, -np.inf), thresholds)]
        candidates = scores if scores.size else neighbours
        return float(min(candidates, key=lambda t: abs(t - threshold))), units

    def breakdowns_at(self, thresholds: Sequence[float], by: BreakdownColumns) -> Breakdowns:
        """Counts by category, equal to the result of `metrics.tally.breakdown_counter.count_breakdowns`.

        Parameters
        ----------
        thresholds : sequence of float
            Thresholds at which the tally counts exactly (see `at`).
        by : BreakdownColumns
            Columns and system to count by; the tally must have all of them.

        Raises
        ------
        ScoreError
            ``E_TALLY`` if the tally lacks one of them.
        """
        breakdowns = self.tally.breakdowns or Breakdowns({})
        counted = breakdowns.columns
        for column in by.segments:
            if column not in counted.segments:
                available = ", ".join(map(shown, counted.segments))
                raise self._not_counted_error("by its segments", "--by", column, available)
        kind, today = by.defect_type, by.today
        if kind is not None and kind != counted.defect_type:
            available = shown(counted.defect_type or "")
            raise self._not_counted_error("by its kinds of defect", "--type", kind, available)
        if today is not None and not self._is_counted_system(today, counted.today):
            available = "" if counted.today is None else "{}@{!r}".format(*counted.today)
            way = "against the system that it was counted with"
            raise self._not_counted_error(way, "--today", "{}@{!r}".format(*today), available)
        columns = replace(by, today=None if today is None else counted.today)
        finite = np.unique([t for t in thresholds if t < np.inf]).astype(np.float64)
        return breakdowns.only(columns).each(
            lambda breakdown: breakdown.at([finite] * len(self.models))
        )

    def _is_counted_system(
        self, system: tuple[str, float], counted: tuple[str, float] | None
    ) -> bool:
        """Whether a system flags the same units as the counted one: no score lies between them."""
        if counted is None:
            return False
        if system == counted:
            return True
        (model, threshold), (counted_model, counted_threshold) = system, counted
        if model != counted_model or model not in self.models:
            return False
        m = self.tally.index(model)
        return (
            self.tally.position(m, threshold) == self.tally.position(m, counted_threshold)
            and self.tally.is_exact(m, threshold)
            and self.tally.is_exact(m, counted_threshold)
        )

    def _not_counted_error(self, way: str, option: str, value: str, available: str) -> ScoreError:
        """Error for counts that the tally does not have."""
        return ScoreError(
            "E_TALLY",
            f"a tally must be asked {way}, got {option} {shown(value)}, and it has {available or 'none'}",
            file=self.name,
            value=value,
            hint="Give the score files, or count them again with common-ground tally and "
            f"{option} {shown(value)}.",
        )

    def _inexact_threshold_error(self, model: str, threshold: float) -> ScoreError:
        m = self.tally.index(model)
        thresholds, above = self.tally.finite_thresholds(m), self.tally.position(m, threshold)
        near = " and ".join(f"{t!r}" for t in thresholds[max(0, above - 1) : above + 1].tolist())
        return ScoreError(
            "E_THRESHOLD",
            f"a tally must be asked at its own thresholds, got {threshold!r}, and its nearest are {near}",
            file=self.name,
            column=model,
            value=repr(threshold),
            hint="Ask for one of these, open the score files, or count them again with "
            f"common-ground tally --at {threshold!r}.",
        )


def with_description(
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
    file_names = tuple(Path(file).name for file in scores.files)
    # Folders are removed, because the recipient of a tally has other folders.
    by_name = dict(zip(scores.files, file_names, strict=True))
    header = Header(
        columns=scores.columns,
        held_out=scores.held_out,
        files=file_names,
        counted=(scores.fingerprint,),
        problems=tuple(p.renamed(by_name) for p in (*scores.problems, *problems)),
        max_thresholds=max_thresholds,
    )
    return TallyFile(tally, header, file_names[0], "")


def save_tally(tally: TallyFile, path: str | PathLike[str] | io.BytesIO) -> None:
    """Write a tally file; an existing file is replaced only after a complete write.

    Parameters
    ----------
    tally : TallyFile
        From `with_description`, `load_tally` or `metrics.tally.file.add_files.add_tallies`.
    path : path or BytesIO

    Raises
    ------
    ScoreError
        ``E_SIZE`` if the tally is too large to be opened again.
    OSError
        If the file cannot be written.
    """
    packed = pack_tally(tally.tally, tally.header.as_dict() | {"made_by": _made_by()})
    refuse_oversize(tally.name, packed.header)
    write_archive(packed, path)


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
    packed = read_archive(path, name)
    header = read_header(packed, name)
    must_have_both_classes(packed, name)
    if rows != "unknown":
        header = replace(header, held_out=rows)
    try:
        digest = sha256(path).digest() if isinstance(path, bytes) else digest_of(Path(path))
    except OSError as error:
        raise ScoreError("E_FILE", "the file must stay while it is read", file=name) from error
    tally = unpack_tally(packed, grouped=header.columns.group is not None)
    return TallyFile(tally, header, name, f"sha256:{digest.hex()}")
