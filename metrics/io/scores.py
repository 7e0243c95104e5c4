"""Scores behind the only gate: what comes out of them is checked, and code past it trusts its types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, warning
from metrics.io.checked_columns import Columns, layout_of, schema_of
from metrics.io.column_uses import ColumnUse, column_uses
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.file_on_disk import stamp_of
from metrics.io.formats.source import Source
from metrics.io.hashing import KeyedRows
from metrics.io.read_options import ReadOptions, RowsHeldOut, Scale
from metrics.io.schema.doubts import ScoreMeaning
from metrics.io.schema.score_reader import ScoreReader
from metrics.io.validation.checks import Checks
from metrics.io.validation.read_batches import Batch, ReadAhead, as_rows, read_batches
from metrics.io.validation.related_rows import RowSample, note_related_rows
from metrics.parallel import ahead


@dataclass(frozen=True)
class ScoreTable:
    """One table with its columns known.

    Attributes
    ----------
    sources : tuple of Source
        What was opened: the fingerprint is made of it, and it goes on finding problems while it is read.
    notes : list of Problem
        Warnings about the columns.
    meaning : ScoreMeaning
        What the scores are of.
    unused : dict of str to str
        Columns that are not read, and why.
    uses : tuple of ColumnUse
        What each column of the files is taken for.
    """

    source: Source
    columns: Columns
    files: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: list[Problem] = field(default_factory=list)
    scale: Scale = "probability"
    held_out: RowsHeldOut = "unknown"
    meaning: ScoreMeaning = field(default_factory=ScoreMeaning)
    unused: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[ColumnUse, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings met so far; complete after one complete pass."""
        found = (problem for source in self.sources for problem in source.problems)
        return tuple(dict.fromkeys([*found, *self.notes]))


BATCH_ROWS, BATCH_BYTES = 131_072, 16_000_000
USUAL_THRESHOLDS = 4096
"""Thresholds of a model, at most, where nobody asks for more or fewer."""


TRAINING = Problem(
    "W_TRAINING",
    "warning",
    "the models were trained on these rows, so every figure flatters them",
    hint="Judge them on rows that no model has seen.",
)


class Scores:
    """Scores of candidate models on labelled units, in checked batches.

    Attributes
    ----------
    models : tuple of str
    columns : Columns
    scale : {"probability", "percent", "logit", "rank"}
        How to read a score. Values are given as they were read, unless they are said to be of the good or
        the predicted class; see `metrics.io.schema.score_meaning.probability_of_defect`.
    held_out : {"held-out", "out-of-fold", "training", "unknown"}
    files : tuple of str
        Names as given.
    layout : ColumnLayout
    rows, positives : int or None
        Known after one complete pass.
    """

    def __init__(
        self,
        table: ScoreTable,
        choices: ReadOptions,
        *,
        held_out: RowsHeldOut,
    ) -> None:
        self._table, self._source, self._choices = table, table.source, choices
        self.columns, self.scale, self.files = table.columns, table.scale, table.files
        self.held_out = held_out
        self.rows: int | None = None
        self.positives: int | None = None
        self._found: tuple[Problem, ...] = ()
        self._checks: Checks | None = None
        self._fingerprint: str | None = None
        self.layout = layout_of(table.columns)
        self._reader = ScoreReader(table.meaning, choices, table.scale)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order of the file."""
        return self.columns.models

    @property
    def named_columns(self) -> tuple[str, ...]:
        """All columns that can be read: of several files, and of a long one, those with a role."""
        return self._source.names

    @property
    def unused(self) -> Mapping[str, str]:
        """Columns that are not read, and why."""
        return self._table.unused

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        """What each column of the files is taken for; none is left out."""
        return self._table.uses or column_uses((), self.columns, unused=self.unused)

    @property
    def meaning(self) -> ScoreMeaning:
        """What the scores of each model are of, and which columns were read to check that."""
        return self._table.meaning

    @property
    def rows_claimed(self) -> int | None:
        """Number of rows, where it is known before the first pass."""
        return self._source.rows_claimed if self.rows is None else self.rows

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings met so far; complete after one complete pass."""
        warnings: tuple[Problem, ...] = (TRAINING,) if self.held_out == "training" else ()
        most = self.layout.most_thresholds
        if most < USUAL_THRESHOLDS:
            text = (
                f"the {len(self.models):,} models are counted at {most:,} thresholds each, or at few more, "
                "so that the counts of all fit into memory"
            )
            warnings += (
                warning("W_MANYMODELS", text, hint="Leave out models that nobody would ship."),
            )
        read = (*self._table.problems, *self._source.problems)
        return tuple(dict.fromkeys([*read, *warnings, *self._found]))

    @property
    def fingerprint(self) -> str:
        """``sha256:`` and the digest of all bytes and of the options that change what is read."""
        if self._fingerprint is None:
            self._must_be_unchanged()
            whole = hashlib.sha256()
            for digest, models in sorted((s.digest(), self._from(s)) for s in self._table.sources):
                whole.update(digest + models)
            options = {name: value for name, value in asdict(self._choices).items() if value}
            whole.update(json.dumps(options, sort_keys=True).encode())
            read: list[object] = [self.models, self.columns.segments]
            if self.columns.defect_type is not None:
                read.append(self.columns.defect_type)
            whole.update(json.dumps(read).encode())
            self._must_be_unchanged()
            self._fingerprint = f"sha256:{whole.hexdigest()}"
        return self._fingerprint

    def _from(self, source: Source) -> bytes:
        """Of several files, the models that come from this one: their names may be the file's."""
        if len(self._table.sources) == 1:
            return b""
        own = [m for m in self.models if self._source.locate(m, 0)[0] == source.name]
        return json.dumps(own).encode()

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the batches."""
        return schema_of(self.columns)

    def batches(self, size: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """Yield all rows in the order of the input, at most ``size`` at a time.

        Yields
        ------
        pyarrow.RecordBatch
            id (string), label (int8, 1 = defect), weight and value (float64), group, segments and
            kind of defect (string) where present, then a float64 column per model; see `layout`.

        Raises
        ------
        ScoreError
            At the first value that breaks a rule; duplicate ids and a missing class at the end.
        """
        schema = self.schema
        for batch in self._checked(size):
            numbers = [own for own in (batch.weights, batch.values) if own is not None]
            group = [] if batch.group is None else [batch.group]
            texts = [*group, *(plain(batch.parts[name]) for name in self.columns.parts)]
            columns = [batch.ids.text, batch.labels, *numbers, *texts, *batch.scores]
            arrays = [own if isinstance(own, pa.Array) else pa.array(own) for own in columns]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def keyed_rows(self, size: int | None = None) -> Iterator[KeyedRows]:
        """Yield all rows as the tally counts them, at most ``size`` at a time.

        Parameters
        ----------
        size : int, optional
            By default as many as `BATCH_BYTES` of scores hold, and at most `BATCH_ROWS`.

        Raises
        ------
        ScoreError
            As `batches`; where a pass over the same files was complete, it is not checked once more
            what that pass has found to hold of all rows together.
        """
        size = size or self._usual_size
        again = self._checks is not None
        for batch in self._again(size) if again else self._checked(size, ahead):
            yield as_rows(batch)

    def labelled_rows(
        self,
        models: Sequence[str] | None = None,
        *,
        ids: bool = True,
        also: Sequence[str] = (),
    ) -> Iterator[Batch]:
        """Yield all rows with their segments and kinds of defect, to be counted by these.

        Parameters
        ----------
        models : sequence of str, optional
            Whose scores are wanted, in this order; all in that of the file where it is not said.
        ids : bool
            Whether the units' ids are; without, rows are numbered where the files were checked before.
        also : sequence of str
            Further columns, of `named_columns`, to be given as texts among the parts.

        Raises
        ------
        ScoreError
            As `keyed_rows`.
        """
        wanted = tuple(self.models if models is None else models)
        if also and self._checks is None:
            for _ in self._checked(self._usual_size, ahead):
                pass
        if self._checks is not None:
            columns = replace(
                self.columns,
                models=wanted,
                id=self.columns.id if ids else (),
                segments=(*self.columns.segments, *also),
            )
            yield from self._again(self._usual_size, columns)
            return
        at = [self.models.index(name) for name in wanted]
        for batch in self._checked(self._usual_size, ahead):
            yield batch._replace(scores=tuple(batch.scores[k] for k in at))

    def unkeyed_rows(self) -> Iterator[KeyedRows]:
        """Yield once more, without keys and labels, all rows that a complete pass has checked.

        Raises
        ------
        ScoreError
            Where the files are no longer what they were.
        """
        columns = replace(self.columns, id=(), group=None, segments=(), defect_type=None)
        for batch in self._again(self._usual_size, columns, keyed=False):
            yield as_rows(batch)

    @property
    def _usual_size(self) -> int:
        """As many rows as `BATCH_BYTES` of scores hold, and at most `BATCH_ROWS`."""
        return max(1024, min(BATCH_ROWS, BATCH_BYTES // (8 * max(1, len(self.models)))))

    def _checked(self, size: int, early: ReadAhead = iter) -> Iterator[Batch]:
        """Yield all rows, each checked, and at the end all of them together."""
        c = self.columns
        checks = Checks(self._source, c, self._choices, self.scale, self._table.meaning)
        before, sample = 0, RowSample(len(c.models))
        self._must_be_unchanged()
        for batch in read_batches(self._source, c, self._reader, size, checks, early=early):
            before += batch.labels.size
            if not checks.doomed:
                sample.add(batch.labels, batch.scores)
                yield batch
        checks.finish(before)
        related = note_related_rows(self._source, c, sample, before)
        self._must_be_unchanged()
        self.rows, self.positives = before, checks.positives
        self._found = (*checks.warnings(), *related)
        checks.rest()
        self._checks = checks
        self.columns = replace(c, positive=checks.positive)

    def _again(
        self, size: int, columns: Columns | None = None, *, keyed: bool = True
    ) -> Iterator[Batch]:
        """Yield rows of files that were checked whole before and are the same still."""
        assert self._checks is not None
        own, checks = columns or self.columns, self._checks
        self._must_be_unchanged()
        for batch in read_batches(
            self._source, own, self._reader, size, checks, again=True, keyed=keyed, early=ahead
        ):
            self._must_fit(batch.scores)
            yield batch
        self._must_be_unchanged()

    def _must_fit(self, scores: Sequence[NDArray[np.float64]]) -> None:
        """Refuse scores that were on their scale when they were checked, and no longer are."""
        assert self._checks is not None
        if all(self._checks.is_on_scale(own) for own in scores):
            return
        self._must_be_unchanged()
        raise ScoreError(
            "E_RANGE",
            f"scores must stay on the {self.scale} scale, and were changed since they were opened",
            file=self.files[0],
            hint="Open them again.",
        )

    def _must_be_unchanged(self) -> None:
        """Refuse files that are no longer those that were opened: their figures would mix."""
        for source in self._table.sources:
            if source.stamp is not None and stamp_of(source.name) != source.stamp:
                raise ScoreError(
                    "E_FILE",
                    "a file must stay as it is while it is open, and it was changed",
                    file=source.name,
                    hint="Open it again.",
                )

    def take_as_checked(
        self, rows: int, positives: int, positive: str, problems: Sequence[Problem]
    ) -> None:
        """Take on what a complete pass over the same bytes, read in the same way, has found.

        Parameters
        ----------
        rows, positives : int
        positive : str
            Spelling of the label value that means defect.
        problems : sequence of Problem
            The warnings.

        Notes
        -----
        Whoever calls it has compared the fingerprints.
        """
        self.rows, self.positives = rows, positives
        self.columns = replace(self.columns, positive=positive)
        self._found = tuple(p for p in problems if p.code != TRAINING.code)

    def check(self) -> Scores:
        """Make one complete validating pass if none was made; return self.

        Raises
        ------
        ScoreError
            Where the input is refused.
        """
        if self.rows is None:
            for _ in self.batches():
                pass
        return self
