"""Checks over a complete pass: unique ids, labels of two classes, scores on their scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.errors import Problem, ScoreError, Wording, counted, shown, warning, with_option
from metrics.io.checked_columns import Columns
from metrics.io.formats.cells import Location, category_of
from metrics.io.formats.source import Source, no_rows_error
from metrics.io.ids import IdChecks, Ids
from metrics.io.schema.label_map import LabelMap
from metrics.io.schema.label_values import levels_of
from metrics.io.schema.score_meaning import LIMITS, Codes, Floats
from metrics.io.schema.score_meaning_doubts import find_doubts, reversal_warnings
from metrics.io.schema.score_meaning_sample import MeaningSample
from metrics.io.schema.score_reader import ScoreReader
from metrics.io.schema.vocabulary import words_of
from metrics.io.validation.score_ranges import ScoreRanges

FEW_POSITIVES = 30


class Checks:
    """Running checks of one pass over a source.

    Attributes
    ----------
    ids : IdChecks
    labels : LabelMap
    ranges : ScoreRanges
    positives : int
        Number of defects so far.
    doomed : bool
        Whether a label had no meaning. The pass then only continues to report the exact error.
    """

    def __init__(self, source: Source, columns: Columns, score_reader: ScoreReader) -> None:
        self.source, self.columns, self.score_reader = source, columns, score_reader
        choices = score_reader.choices
        location = Location(source, columns.label)
        self.labels = LabelMap(location, choices.positive, choices.negative)
        self.ids = IdChecks(source, columns.id)
        self.ranges = ScoreRanges(columns.models, score_reader.scale, source)
        self._sample = MeaningSample(columns.models)
        self._splits: Counter[str] = Counter()
        self._doubts: list[Problem] = []
        self._groupless = 0
        self.positives = 0
        self.doomed = False

    def new_labels(self, column: pa.Array, ids: Ids, before: int) -> Codes:
        """Return labels as 0 and 1, and record them."""
        location = Location(self.source, self.columns.label, before)
        last_id = str(ids.text[-1]) if len(ids.text) else ""
        codes = self.labels.codes(*levels_of(column, location), last_id, before)
        if (codes < 0).any():
            self.doomed = True
            self.labels.refuse_unknown(complete=False)
        self.positives += int((codes == 1).sum())
        return codes

    def weights(self, values: Floats, location: Location) -> None:
        """Check that weights are above zero."""
        if not (values <= 0).any():
            return
        row = int(np.argmax(values <= 0))
        raise ScoreError(
            "E_WEIGHT",
            f"weights must be above 0, got {values[row]:g}",
            **location.at(row),
            value=repr(float(values[row])),
            hint="Remove rows of no weight.",
        )

    def groups(self, text: pa.StringArray) -> None:
        """Count the rows without a group."""
        self._groupless += int(pc.sum(pc.equal(pc.binary_length(text), 0)).as_py() or 0)

    def scores(self, model: int, values: Floats, label: Codes, location: Location) -> None:
        """Check that scores are on their scale, and record values that affect the log loss."""
        if self.doomed:
            # An invalid label, such as that of a row of totals, explains an invalid score.
            values, label = values[label >= 0], label[label >= 0]
        if values.size == 0:
            return
        if not self.ranges.is_on_scale(values):
            self.labels.refuse_total()
            raise self._off_scale(values, location)
        self.ranges.add(model, values, label)

    def _off_scale(self, values: Floats, location: Location) -> ScoreError:
        """Return the error for the first score that is not on the scale."""
        least, most = LIMITS[self.score_reader.scale]
        row = int(np.argmax((values < least) | (values > most)))
        option = with_option("scale", "percent", "logit", "rank")
        return ScoreError(
            "E_RANGE",
            f"a score on the {self.score_reader.scale} scale must lie between {least:g} and {most:g}, "
            f"got {float(values[row])!r}",
            **location.at(row),
            value=repr(float(values[row])),
            hint=Wording("Correct it if it is a slip, or say what the scores are ", option, "."),
        )

    def meaning(
        self,
        labels: Codes,
        scores: Sequence[Floats],
        predicted_classes: Mapping[str, Codes],
        further_arrays: Mapping[str, pa.Array],
        before: int,
    ) -> None:
        """Sample some rows to check the meaning of the scores, and count the rows of a split."""
        if self.doomed:
            return
        self._sample.add(labels, scores, predicted_classes)
        if (split := self.score_reader.meaning.split) is not None and split in further_arrays:
            text = category_of(further_arrays[split], Location(self.source, split, before))
            for pair in pc.value_counts(text).to_pylist():
                self._splits[pair["values"]] += pair["counts"]

    def finish(self, rows: int) -> None:
        """Run the checks that need all rows: their number, classes, duplicate ids, meaning of the scores."""
        if rows == 0:
            raise no_rows_error(self.source.name)
        self.labels.refuse_unknown(complete=True)
        self.ids.refuse_repeated()
        self.ranges.finish(rows, self.positives)
        reader = self.score_reader
        self._doubts = find_doubts(
            self._sample.rows_by_model(),
            reader.meaning,
            reader.choices,
            reader.scale,
            self.source.name,
            only_high=self.ranges.only_high_scores(),
        )
        if any(problem.severity == "error" for problem in self._doubts):
            raise ScoreError.of(self._doubts)

    def warnings(self) -> list[Problem]:
        """Return the warnings after a complete pass."""
        file, score_reader = self.source.name, self.score_reader
        notes = [
            *self._doubts,
            *reversal_warnings(self.columns.models, score_reader.choices, score_reader.scale, file),
            *self.labels.warnings(),
            *self.ids.warnings(),
            *_split_warning(self._splits, score_reader.meaning.split, file),
            *self.ranges.warnings(),
        ]
        if self._groupless:
            have = "row has" if self._groupless == 1 else "rows have"
            text = f"{self._groupless:,} {have} no group; together they count as one"
            notes.append(warning("W_NOGROUP", text, file=file, column=self.columns.group))
        return notes + few_positives_warning(self.positives, file)


def few_positives_warning(positives: int, file: str | None = None) -> list[Problem]:
    """Return a warning if there are few defects; otherwise nothing."""
    if positives >= FEW_POSITIVES:
        return []
    text = f"only {counted(positives, 'defect')}: every figure is uncertain"
    return [warning("W_FEWPOSITIVES", text, file=file)]


def _split_warning(counts: Mapping[str, int], column: str | None, file: str) -> list[Problem]:
    """Report the number of rows of each split, if some were used for training."""
    train = [
        value
        for value in counts
        if any(word.startswith("train") or word in ("fit", "learn") for word in words_of(value))
    ]
    if not train or len(counts) < 2:
        return []
    listed = ", ".join(
        f"{counted(rows, 'row')} {shown(value, 30)!r}" for value, rows in counts.items()
    )
    text = f"rows of several splits are counted together: {listed}"
    hint = "Leave out the rows that models were trained on: they flatter every figure."
    return [warning("W_SPLIT", text, file=file, column=column, hint=hint)]
