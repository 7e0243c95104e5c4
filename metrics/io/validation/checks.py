"""Checks over a complete pass: unique ids, labels of two classes, scores on their scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import Problem, ScoreError, Wording, counted, shown, warning, with_option
from metrics.io.checked_columns import Columns
from metrics.io.formats.cells import Place, category_of
from metrics.io.formats.source import Source, no_rows
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.column_words import words_of
from metrics.io.schema.declared_meaning import ScoreMeaning, turned_notes
from metrics.io.schema.doubts import find_doubts
from metrics.io.schema.labels import LabelMap, levels_of
from metrics.io.schema.score_meaning import LIMITS, Codes, Floats, MeaningSample
from metrics.io.validation.id_checks import IdChecks
from metrics.io.validation.ids import Ids
from metrics.io.validation.score_ranges import ScoreRanges

FEW_POSITIVES = 30


class Checks:
    """Running checks of one pass over a source."""

    def __init__(
        self,
        source: Source,
        columns: Columns,
        choices: ReadOptions,
        scale: Scale,
        meaning: ScoreMeaning | None = None,
    ) -> None:
        self._source, self._columns, self._scale = source, columns, scale
        self._choices, self._meaning = choices, meaning or ScoreMeaning()
        self._labels = LabelMap(Place(source, columns.label), choices.positive, choices.negative)
        self._sample = MeaningSample(columns.models)
        self._splits: Counter[str] = Counter()
        self._ids = IdChecks(source, columns.id)
        self._ranges = ScoreRanges(columns.models, scale, source.name)
        self._doubts: list[Problem] = []
        self._groupless = 0
        self.positives = 0
        # After a label without a meaning the pass only continues to report the exact error.
        self.doomed = False

    @property
    def positive(self) -> str:
        """Spelling of the label value that means defect."""
        return self._labels.positive()

    @property
    def levels(self) -> dict[str, int]:
        """Number of occurrences of each label value."""
        return self._labels.levels

    def ids(self, ids: Ids) -> Ids:
        """Record the data needed to find repeated or odd ids; return the ids."""
        self._ids.add(ids)
        return ids

    def labels(self, column: pa.Array, ids: Ids, before: int) -> NDArray[np.int8]:
        """Return the labels as 0 and 1."""
        place = Place(self._source, self._columns.label, before)
        codes = self._labels.codes(*levels_of(column, place), ids.last, before)
        if (codes < 0).any():
            self.doomed = True
            self._labels.refuse_unknown(complete=False)
        self.positives += int((codes == 1).sum())
        return codes

    def labels_again(self, column: pa.Array, before: int) -> NDArray[np.int8]:
        """Return labels that were already checked, as 0 and 1."""
        place = Place(self._source, self._columns.label, before)
        return self._labels.known(*levels_of(column, place))

    def is_on_scale(self, values: NDArray[np.float64]) -> bool:
        """Whether scores that were already checked are still on their scale."""
        return self._ranges.is_on_scale(values)

    def rest(self) -> None:
        """Release the ids after all checks of them."""
        self._ids.close()

    def weights(self, values: NDArray[np.float64], place: Place, *, positive: bool) -> None:
        """Check that weights are above zero."""
        if not positive or not (values <= 0).any():
            return
        row = int(np.flatnonzero(values <= 0)[0])
        raise ScoreError(
            "E_WEIGHT",
            f"weights must be above 0, got {values[row]:g}",
            **place.at(row),
            value=repr(float(values[row])),
            hint="Remove rows of no weight.",
        )

    def groups(self, text: pa.StringArray) -> None:
        """Count the rows without a group."""
        self._groupless += int(pc.sum(pc.equal(pc.binary_length(text), 0)).as_py() or 0)

    def scores(
        self, model: int, values: NDArray[np.float64], label: NDArray[np.int8], place: Place
    ) -> None:
        """Check that scores are on their scale, and record values that affect the log loss."""
        if self.doomed:
            # An invalid label, such as that of a row of totals, explains an invalid score.
            values, label = values[label >= 0], label[label >= 0]
        if values.size == 0:
            return
        if not self._ranges.is_on_scale(values):
            self._labels.refuse_total()
            raise self._off_scale(values, place)
        self._ranges.add(model, values, label)

    def _off_scale(self, values: NDArray[np.float64], place: Place) -> ScoreError:
        """Return the error for the first score that is not on the scale."""
        least, most = LIMITS[self._scale]
        row = int(np.flatnonzero((values < least) | (values > most))[0])
        return ScoreError(
            "E_RANGE",
            f"a score on the {self._scale} scale must lie between {least:g} and {most:g}, "
            f"got {float(values[row])!r}",
            **place.at(row),
            value=repr(float(values[row])),
            hint=Wording(
                "Correct it if it is a slip, or say what the scores are ",
                with_option("scale", "percent", "logit", "rank"),
                ".",
            ),
        )

    def meaning(
        self,
        labels: Codes,
        scores: Sequence[Floats],
        decided: Mapping[str, Codes],
        witnesses: Mapping[str, pa.Array],
        before: int,
    ) -> None:
        """Sample some rows to check the meaning of the scores, and count the rows of a split."""
        if self.doomed:
            return
        self._sample.add(labels, scores, decided)
        if (split := self._meaning.split) is not None and split in witnesses:
            text = category_of(witnesses[split], Place(self._source, split, before))
            for pair in pc.value_counts(text).to_pylist():
                self._splits[pair["values"]] += pair["counts"]

    def finish(self, rows: int) -> None:
        """Run the checks that need all rows: number of rows, classes, duplicate ids."""
        if rows == 0:
            raise no_rows(self._source.name)
        self._labels.refuse_unknown(complete=True)
        self._ids.refuse_repeated()
        self._ranges.finish(rows, self.positives)
        self._check_meaning()

    def _check_meaning(self) -> None:
        """Raise questions about scores that all rows together make doubtful."""
        problems = find_doubts(
            self._sample.evidence(self._meaning.named),
            self._meaning,
            self._choices,
            self._scale,
            self._source.name,
            lows=self._ranges.only_high_scores(),
        )
        if any(problem.severity == "error" for problem in problems):
            raise ScoreError.of(problems)
        self._doubts = problems

    def warnings(self) -> list[Problem]:
        """Return the warnings after a complete pass."""
        file = self._source.name
        notes = [
            *self._doubts,
            *turned_notes(self._columns.models, self._choices, self._scale, file),
            *self._labels.warnings(),
            *self._ids.warnings(),
        ]
        if self._meaning.split is not None:
            note = _split_warning(self._splits, self._meaning.split, file)
            notes += [] if note is None else [note]
        notes += self._ranges.warnings()
        if self._groupless:
            have = "row has" if self._groupless == 1 else "rows have"
            text = f"{self._groupless:,} {have} no group; together they count as one"
            notes.append(warning("W_NOGROUP", text, file=file, column=self._columns.group))
        if self.positives < FEW_POSITIVES:
            text = f"only {counted(self.positives, 'defect')}: every figure is uncertain"
            notes.append(warning("W_FEWPOSITIVES", text, file=file))
        return notes


def _split_warning(counts: Mapping[str, int], column: str, file: str) -> Problem | None:
    """Report the number of rows of each split, if some were used for training."""
    train = [value for value in counts if _is_train(value)]
    if not train or len(counts) < 2:
        return None
    listed = ", ".join(
        f"{counted(rows, 'row')} {shown(value, 30)!r}" for value, rows in counts.items()
    )
    return warning(
        "W_SPLIT",
        f"rows of several splits are counted together: {listed}",
        file=file,
        column=column,
        hint="Leave out the rows that models were trained on: they flatter every figure.",
    )


def _is_train(value: str) -> bool:
    return any(word.startswith("train") or word in ("fit", "learn") for word in words_of(value))
