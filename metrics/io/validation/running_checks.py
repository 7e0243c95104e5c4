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
from metrics.io.schema.score_meaning import LIMITS, SOME_ROWS, Codes, Floats, direction
from metrics.io.schema.score_meaning_doubts import find_doubts, reversal_warnings
from metrics.io.schema.score_meaning_sample import MeaningSample
from metrics.io.schema.score_reader import ScoreReader
from metrics.io.schema.vocabulary import is_training
from metrics.io.validation.score_ranges import ScoreRanges

FEW_POSITIVES = 30
"""Number of defects below which every figure is called uncertain."""
MOST_DEFECTS = 2 / 3
"""Share of defects above which the label may mark good units."""


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
        self._groupless = self._rows = 0
        self.positives = 0
        self.doomed = False

    def read_labels(self, column: pa.Array, ids: Ids, before: int) -> Codes:
        """Return labels as 0 and 1, and record them."""
        location = Location(self.source, self.columns.label, before)
        last_id = str(ids.text[-1]) if len(ids.text) else ""
        codes = self.labels.codes(*levels_of(column, location), last_id, before)
        if (codes < 0).any():
            self.doomed = True
            self.labels.refuse_unknown(complete=False)
        self.positives += int((codes == 1).sum())
        return codes

    def check_weights(self, values: Floats, location: Location) -> None:
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

    def count_groupless(self, text: pa.StringArray) -> None:
        """Count the rows without a group."""
        self._groupless += int(pc.sum(pc.equal(pc.binary_length(text), 0)).as_py() or 0)

    def check_scores(self, model: int, values: Floats, label: Codes, location: Location) -> None:
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

    def sample_meaning(
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
        self._rows = rows
        reader = self.score_reader
        sample = self._sample.rows_by_model()
        rising = {m for m, some in sample.items() if direction(some.scores, some.labels) == "up"}
        self._doubts = find_doubts(
            sample,
            reader.meaning,
            reader.choices,
            reader.scale,
            self.source.name,
            only_high=self.ranges.only_high_scores(rising),
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
        return [*notes, *few_positives_warning(self.positives, file), *self._most_are_defects()]

    def _most_are_defects(self) -> list[Problem]:
        """Warn if most units are defects by a label whose defect nobody has named: 1 may be a good unit."""
        choices, share = self.score_reader.choices, self.positives / self._rows
        is_named = choices.positive is not None or choices.negative is not None
        if is_named or self._rows < SOME_ROWS or share <= MOST_DEFECTS:
            return []
        text = f"{share:.0%} of the units are defects"
        hint = Wording(
            "If the label marks good units, name the defect ", with_option("positive"), "."
        )
        column = self.columns.label
        return [warning("W_MOSTDEFECTS", text, file=self.source.name, column=column, hint=hint)]


def few_positives_warning(positives: int, file: str | None = None) -> list[Problem]:
    """Return a warning if there are few defects; otherwise nothing."""
    if positives >= FEW_POSITIVES:
        return []
    text = f"only {counted(positives, 'defect')}: every figure is uncertain"
    return [warning("W_FEWPOSITIVES", text, file=file)]


def _split_warning(counts: Mapping[str, int], column: str | None, file: str) -> list[Problem]:
    """Report the number of rows of each split, if some were, or may have been, used for training."""
    of_numbers = all(value.strip().isdigit() for value in counts)
    if column is None or len(counts) < 2 or not (of_numbers or any(map(is_training, counts))):
        return []
    listed = ", ".join(
        f"{counted(rows, 'row')} {shown(value, 30)!r}" for value, rows in counts.items()
    )
    text = f"rows of several splits are counted together: {listed}"
    hint = "Leave out rows that models were trained on: they flatter every figure."
    return [warning("W_SPLIT", text, file=file, column=column, hint=hint)]
