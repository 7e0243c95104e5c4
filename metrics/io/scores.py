"""Checked scores: batches of rows that passed all input checks, so that later code can trust their types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, warning
from metrics.io.checked_columns import Columns, schema_of
from metrics.io.column_uses import ColumnUse
from metrics.io.formats.arrow_arrays import plain
from metrics.io.formats.file_on_disk import stamp_of
from metrics.io.formats.source import BATCH_ROWS, Source
from metrics.io.max_thresholds import MAX_THRESHOLDS
from metrics.io.read_options import ReadOptions, RowsHeldOut
from metrics.io.recognise import RecognisedTable
from metrics.io.schema.score_reader import ScoreReader
from metrics.io.validation.read_batches import Batch, ReadAhead, read_batches
from metrics.io.validation.running_checks import Checks
from metrics.io.validation.undeclared_groups import RowSample, related_rows_warnings
from metrics.read_ahead import compute_ahead

BATCH_BYTES = 16_000_000
"""Largest number of bytes of the scores of a batch."""
TRAINING = Problem(
    "W_TRAINING",
    "warning",
    "the models were trained on these rows, so every figure flatters them",
    hint="Judge them on rows that no model has seen.",
)


class Scores:
    """Scores of candidate models on labelled units, in checked batches.

    Parameters
    ----------
    source : Source
        The table of all units.
    known : RecognisedTable
    choices : ReadOptions
    sources : sequence of Source
        Opened inputs. They are the basis of the fingerprint, and record problems while they are read.
    files : tuple of str
        Names as given; an attribute, too, like the next two.
    uses : tuple of ColumnUse
        Use of every column of the files.
    held_out : {"held-out", "out-of-fold", "training", "unknown"}

    Attributes
    ----------
    models : tuple of str
    columns : Columns
    scale : {"probability", "percent", "logit", "rank"}
        How to read a score. Values are returned as read, except scores of the good or the predicted class;
        see `metrics.io.schema.score_meaning.probability_of_defect`.
    meaning : ScoreMeaning
        Meaning of each model's scores, and the columns that were read to check it.
    unused : mapping of str to str
        Columns that are not read, and the reason.
    options : dict
        Keyword options of `metrics.open_scores` about the columns, as given.
    rows, positives : int or None
        Known after one complete pass.
    """

    def __init__(
        self,
        source: Source,
        known: RecognisedTable,
        choices: ReadOptions,
        *,
        sources: Sequence[Source],
        files: tuple[str, ...],
        uses: tuple[ColumnUse, ...],
        held_out: RowsHeldOut,
    ) -> None:
        self._source, self._sources, self._notes = source, sources, known.notes
        self.options = {name: value for name, value in asdict(choices).items() if value}
        roles = {
            f.name: getattr(known.roles, f.name) for f in fields(Columns) if f.name != "positive"
        }
        self.columns = Columns(positive=choices.positive or "1", **roles)
        self.meaning, self.scale, self.unused = known.meaning, known.scale, known.roles.unused
        self.files, self.uses, self.held_out = files, uses, held_out
        self.rows: int | None = None
        self.positives: int | None = None
        self._warnings: tuple[Problem, ...] = ()
        self._checks: Checks | None = None
        self._fingerprint: str | None = None
        self._digest = ""
        self._reader = ScoreReader(known.meaning, choices, known.scale)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order of the file."""
        return self.columns.models

    @property
    def named_columns(self) -> tuple[str, ...]:
        """All columns that can be read; for several files or a long file, only those with a role."""
        return self._source.names

    @property
    def rows_claimed(self) -> int | None:
        """Number of rows, if known before the first pass."""
        return self._source.rows_claimed if self.rows is None else self.rows

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings so far; complete after one complete pass."""
        warnings: tuple[Problem, ...] = (TRAINING,) if self.held_out == "training" else ()
        most = self.columns.most_thresholds
        if most < MAX_THRESHOLDS:
            text = (
                f"the {len(self.models):,} models are counted at {most:,} thresholds each, or at few more, "
                "so that the counts of all fit into memory"
            )
            warnings += (
                warning("W_MANYMODELS", text, hint="Leave out models that nobody would ship."),
            )
        read = [problem for source in self._sources for problem in source.problems]
        notes = [*self._notes, *self._source.problems, *warnings, *self._warnings]
        return tuple(dict.fromkeys([*read, *notes]))

    @property
    def fingerprint(self) -> str:
        """``sha256:`` and the digest of all bytes and of the options that affect reading."""
        if self._fingerprint is None:
            self._refuse_changed_files()
            whole = hashlib.sha256()
            digests = sorted((s.digest(), self._models_from(s)) for s in self._sources)
            for digest, models in digests:
                whole.update(digest + models)
            self._digest = hashlib.sha256(b"".join(digest for digest, _ in digests)).hexdigest()
            whole.update(json.dumps(self.options, sort_keys=True).encode())
            read: list[object] = [self.models, self.columns.segments]
            if self.columns.defect_type is not None:
                read.append(self.columns.defect_type)
            whole.update(json.dumps(read).encode())
            self._refuse_changed_files()
            self._fingerprint = f"sha256:{whole.hexdigest()}"
        return self._fingerprint

    @property
    def digest(self) -> str:
        """Digest of all bytes, for any options."""
        return self._digest if self.fingerprint else ""

    def _models_from(self, source: Source) -> bytes:
        """The models of this source among several files, whose names may come from the file name."""
        if len(self._sources) == 1:
            return b""
        models = [m for m in self.models if self._source.locate(m, 0)[0] == source.name]
        return json.dumps(models).encode()

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
            kind of defect (string) where present, then a float64 column per model.

        Raises
        ------
        ScoreError
            At the first invalid value; for duplicate ids and a missing class at the end.
        """
        schema = self.schema
        for batch in self._checked(size):
            numbers = [array for array in (batch.weights, batch.values) if array is not None]
            group = [] if batch.group is None else [batch.group]
            texts = [*group, *(plain(batch.parts[name]) for name in self.columns.parts)]
            columns = [batch.ids.text, batch.labels, *numbers, *texts, *batch.scores]
            arrays = [c if isinstance(c, pa.Array) else pa.array(c) for c in columns]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def labelled_rows(
        self,
        models: Sequence[str] | None = None,
        *,
        ids: bool = True,
        also: Sequence[str] = (),
    ) -> Iterator[Batch]:
        """Yield all rows with their segments and kinds of defect, for counting.

        Parameters
        ----------
        models : sequence of str, optional
            Models whose scores are returned, in this order; by default all, in file order.
        ids : bool
            Whether to return the units' ids. If false, rows are numbered, provided that the files were
            checked before.
        also : sequence of str
            Further columns of `named_columns` to return as texts among the parts.

        Raises
        ------
        ScoreError
            See `batches`. After a complete pass over the same files, checks of all rows together are not
            repeated.
        """
        names = tuple(self.models if models is None else models)
        if also and self._checks is None:
            for _ in self._checked(self._usual_size, compute_ahead):
                pass
        if self._checks is not None:
            columns = replace(
                self.columns,
                models=names,
                id=self.columns.id if ids else (),
                segments=(*self.columns.segments, *also),
            )
            yield from self._again(columns)
            return
        positions = [self.models.index(name) for name in names]
        for batch in self._checked(self._usual_size, compute_ahead):
            yield replace(batch, scores=tuple(batch.scores[k] for k in positions))

    @property
    def _usual_size(self) -> int:
        """Number of rows that fits into `BATCH_BYTES` of scores, at most `BATCH_ROWS`."""
        return max(1024, min(BATCH_ROWS, BATCH_BYTES // (8 * max(1, len(self.models)))))

    def _checked(self, size: int, early: ReadAhead = iter) -> Iterator[Batch]:
        """Yield all rows, each checked; at the end check all of them together."""
        c = self.columns
        checks = Checks(self._source, c, self._reader)
        before, sample = 0, RowSample(len(c.models))
        self._refuse_changed_files()
        for batch in read_batches(checks, size, early=early):
            before += batch.labels.size
            if not checks.doomed:
                sample.add(batch.labels, batch.scores)
                yield batch
        checks.finish(before)
        related = related_rows_warnings(self._source, c, sample, before)
        self._refuse_changed_files()
        self.rows, self.positives = before, checks.positives
        self._warnings = (*checks.warnings(), *related)
        checks.ids.close()
        self._checks = checks
        self.columns = replace(c, positive=checks.labels.positive())

    def _again(self, columns: Columns) -> Iterator[Batch]:
        """Yield rows of files that were checked completely and have not changed."""
        assert self._checks is not None
        self._refuse_changed_files()
        size = self._usual_size
        for batch in read_batches(self._checks, size, columns, again=True, early=compute_ahead):
            self._refuse_changed_scores(batch.scores)
            yield batch
        self._refuse_changed_files()

    def _refuse_changed_scores(self, scores: Sequence[NDArray[np.float64]]) -> None:
        """Raise for scores that are off their scale now, although they were on their scale when checked."""
        assert self._checks is not None
        if all(self._checks.ranges.is_on_scale(values) for values in scores):
            return
        self._refuse_changed_files()
        raise ScoreError(
            "E_RANGE",
            f"scores must stay on the {self.scale} scale, and were changed since they were opened",
            file=self.files[0],
            hint="Open them again.",
        )

    def _refuse_changed_files(self) -> None:
        """Raise for files that changed since they were opened, because figures would mix two versions."""
        for source in self._sources:
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
        """Adopt the results of a complete pass over the same bytes with the same options.

        Parameters
        ----------
        rows, positives : int
        positive : str
            Spelling of the label value that means defect.
        problems : sequence of Problem
            The warnings.

        Notes
        -----
        The caller must have compared the fingerprints.
        """
        self.rows, self.positives = rows, positives
        self.columns = replace(self.columns, positive=positive)
        self._warnings = tuple(p for p in problems if p.code != TRAINING.code)

    def check(self) -> Scores:
        """Validate all rows in one complete pass, unless done before; return self.

        Raises
        ------
        ScoreError
            If the input is rejected.
        """
        if self.rows is None:
            for _ in self.batches():
                pass
        return self
