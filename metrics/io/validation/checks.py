"""Checks over a complete pass: unique ids, labels of two classes, scores on their scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from metrics.errors import (
    OneOf,
    Option,
    Problem,
    Quantity,
    ScoreError,
    Wording,
    counted,
    shown,
    warning,
    with_option,
)
from metrics.io.checked_columns import Columns
from metrics.io.formats.cells import Place, category_of
from metrics.io.formats.source import Source, no_rows
from metrics.io.hashing import hash_text
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.column_words import words_of
from metrics.io.schema.declared_meaning import ScoreMeaning, turned_notes
from metrics.io.schema.doubts import find_doubts
from metrics.io.schema.label_values import LabelMap, levels_of
from metrics.io.schema.meaning_sample import MeaningSample
from metrics.io.schema.score_meaning import (
    LIMITS,
    Codes,
    Floats,
    has_only_high_scores,
)
from metrics.io.validation.duplicates import RepeatedHashes, among
from metrics.io.validation.ids import Ids, key_text

FEW_POSITIVES = 30
RARE = 0.001
"""Share of scores outside 0 to 1 below which per cent and log-odds are doubted: defects are rarely rarer."""
SMALL, UNLIKE_PERCENT = 0.05, 50.0
"""Largest score below which probabilities look like errors, and below which per cent look like distances."""
_CALM = "Nothing needs to be done."


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
        self._ids = RepeatedHashes()
        self._odd_ids: list[tuple[pa.StringArray, int]] = []
        count = len(columns.models)
        self._low, self._high = np.full(count, np.inf), np.full(count, -np.inf)
        self._extreme = np.zeros(count, np.int64)
        self._wrong_side = np.zeros(count, np.int64)
        self._no_probability = np.zeros(count, np.int64)
        self._total = np.zeros(count)
        self._doubts: list[Problem] = []
        self._rows = self._groupless = 0
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

    def ids(self, unit: Ids, before: int) -> Ids:
        """Record the data needed to find repeated or odd ids; return the ids."""
        if self._columns.id:
            self._ids.add(unit.hashes)
            if not unit.are_numbers:
                self._note_odd(unit.text, before)
        return unit

    def _note_odd(self, unit: pa.StringArray, before: int) -> None:
        """Record the few ids that trimming or Unicode normalisation would change."""
        trimmed = pc.utf8_trim_whitespace(unit)
        ascii_only = pc.all(pc.string_is_ascii(unit)).as_py()
        normal = trimmed if ascii_only else pc.utf8_normalize(trimmed, form="NFC")
        changed = pc.not_equal(normal, unit)
        if pc.any(changed).as_py():
            self._odd_ids.append((pc.filter(unit, changed), before))

    def labels(self, column: pa.Array, unit: Ids, before: int) -> NDArray[np.int8]:
        """Return the labels as 0 and 1."""
        place = Place(self._source, self._columns.label, before)
        codes = self._labels.codes(*levels_of(column, place), unit.last, before)
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
        least, most = LIMITS[self._scale]
        return values.size == 0 or bool(values.min() >= least and values.max() <= most)

    def rest(self) -> None:
        """Release the ids after all checks of them."""
        self._ids.close()
        self._ids, self._odd_ids = RepeatedHashes(), []

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
        low, high = float(values.min()), float(values.max())
        least, most = LIMITS[self._scale]
        if low < least or high > most:
            row = int(np.flatnonzero((values < least) | (values > most))[0])
            self._labels.refuse_total()
            raise ScoreError(
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
        self._low[model] = min(self._low[model], low)
        self._high[model] = max(self._high[model], high)
        self._no_probability[model] += int(((values < 0) | (values > 1)).sum())
        if self._scale in ("probability", "percent") and (low == least or high == most):
            zero, one = values == least, values == most
            self._extreme[model] += int(zero.sum() + one.sum())
            self._wrong_side[model] += int((zero & (label == 1)).sum() + (one & (label == 0)).sum())
        self._total[model] += float(values.sum())

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
        self._rows = rows
        if rows == 0:
            raise no_rows(self._source.name)
        self._labels.refuse_unknown(complete=True)
        twice = self._ids.repeated()
        if twice.size:
            self._name_duplicates(twice)
        self._check_meaning()

    def _check_meaning(self) -> None:
        """Raise questions about scores that all rows together make doubtful."""
        lows = {
            name: has_only_high_scores(
                self._low[k], self._high[k], self.positives, self._rows, self._scale
            )
            for k, name in enumerate(self._columns.models)
        }
        problems = find_doubts(
            self._sample.evidence(self._meaning.named),
            self._meaning,
            self._choices,
            self._scale,
            self._source.name,
            lows=lows,
        )
        if any(problem.severity == "error" for problem in problems):
            raise ScoreError.of(problems)
        self._doubts = problems

    def _name_duplicates(self, suspects: NDArray[np.uint64]) -> None:
        """Compare the texts of equal hashes; raise for the first pair that is equal."""
        first: dict[str, int] = {}
        before = 0
        for arrays in self._source.batches(self._columns.id, frozenset(), 131_072):
            unit = key_text(self._source, self._columns.id, arrays, before)
            for row in np.flatnonzero(among(hash_text(unit), suspects)):
                text = unit[int(row)].as_py()
                if text in first:
                    name = self._columns.id[0]
                    rows = [
                        self._source.locate(name, k)[1] for k in (first[text], before + int(row))
                    ]
                    raise ScoreError(
                        "E_DUPID",
                        f"ids must differ, got {shown(text)!r} in rows {rows[0]} and {rows[1]}",
                        **Place(self._source, name, before).at(int(row)),
                        value=text,
                        hint=Wording(
                            "Keep one row per unit, name all columns that together are the id ",
                            with_option("id"),
                            ", or the model's column of a long file ",
                            with_option("model_key"),
                            ".",
                        ),
                    )
                first[text] = before + int(row)
            before += len(unit)

    def warnings(self) -> list[Problem]:
        """Return the warnings after a complete pass."""
        turned = turned_notes(self._columns.models, self._choices, self._scale, self._source.name)
        notes = [*self._doubts, *turned, *self._labels.warnings(), *self._id_warnings()]
        file = self._source.name
        if self._meaning.split is not None:
            note = _split_warning(self._splits, self._meaning.split, file)
            notes += [] if note is None else [note]
        for k, name in enumerate(self._columns.models):
            if self._low[k] == self._high[k]:
                text = f"every score is {self._low[k]:g}, so the model cannot rank units"
                notes.append(warning("W_CONSTANT", text, file=file, column=name))
            notes += self._scale_doubts(k, name)
            if self._extreme[k] == self._rows:
                text = "holds decisions only (0 or 1), so the model has a single operating point"
                notes.append(warning("W_HARD", text, file=file, column=name))
        notes += self._log_loss_notes()
        if self._groupless:
            have = "row has" if self._groupless == 1 else "rows have"
            text = f"{self._groupless:,} {have} no group; together they count as one"
            notes.append(warning("W_NOGROUP", text, file=file, column=self._columns.group))
        if self.positives < FEW_POSITIVES:
            text = f"only {counted(self.positives, 'defect')}: every figure is uncertain"
            notes.append(warning("W_FEWPOSITIVES", text, file=file))
        return notes

    def _scale_doubts(self, k: int, name: str) -> list[Problem]:
        """Report scores that seem to be on another scale than specified."""
        low, high, count = self._low[k], self._high[k], int(self._no_probability[k])
        file = self._source.name
        if self._scale in ("percent", "logit") and count < RARE * self._rows:
            what = {"percent": "per cent", "logit": "log-odds"}[self._scale]
            if count == 0:
                some = "none of the scores lies"
            else:
                lie = "score lies" if count == 1 else "scores lie"
                some = f"only {count:,} of {self._rows:,} {lie}"
            text = f"{some} outside 0 to 1, where all would lie if these were probabilities and not {what}"
            hint: str = (
                "If they are probabilities, correct those that are not and open the file again."
            )
            return [warning("W_SCALE", text, file=file, column=name, hint=hint)]
        text = ""
        mean, share = self._total[k] / max(1, self._rows), self.positives / max(1, self._rows)
        if self._scale == "logit" and high <= 0:
            text = "no log-odds are above 0, as if no unit were likely defective"
        elif self._scale == "percent" and high < UNLIKE_PERCENT and low >= 0:
            text = f"no score is above {high:.3g} per cent, so these may be distances"
        elif (
            self._scale == "probability"
            and low < high < SMALL
            and not share / 2 <= mean <= 2 * share
        ):
            text = f"no score is above {high:.2g}, so these may be errors and no probabilities"
        if not text:
            return []
        hint = Wording("If so, say ", Option("scale", ("rank",)), ".")
        return [warning("W_SCALE", text, file=file, column=name, hint=hint)]

    def _log_loss_notes(self) -> list[Problem]:
        """Report models whose log loss is infinite because of scores of exactly 0 or 1, and other models."""
        notes, calm = [], []
        least, most = LIMITS[self._scale]
        what, file = f"exactly {least:g} or {most:g}", self._source.name
        for k, name in enumerate(self._columns.models):
            wrong = int(self._wrong_side[k])
            if wrong:
                wording = Wording(
                    Quantity(wrong, "score is", "scores are"),
                    " exactly ",
                    OneOf((f"{least:g}", f"{most:g}")),
                    " on the wrong side, so the log loss is infinite",
                )
                notes.append(warning("W_LOGLOSS_INF", wording, file=file, column=name))
            elif self._extreme[k]:
                calm.append((name, int(self._extreme[k])))
        if len(calm) == 1:
            name, count = calm[0]
            side = "score is {}, on" if count == 1 else "scores are {}, all on"
            text = f"{count:,} {side.format(what)} the right side, so the log loss is finite"
            notes.append(warning("W_LOGLOSS_INF", text, file=file, column=name, hint=_CALM))
        elif calm:
            text = (
                f"{len(calm)} models have scores of {what}, all on the right side, "
                "so their log loss is finite"
            )
            notes.append(warning("W_LOGLOSS_INF", text, file=file, hint=_CALM))
        return notes

    def _id_warnings(self) -> list[Problem]:
        notes: dict[str, Problem] = {}
        ids_by_reading: dict[str, str] = {}
        for unit, _ in self._odd_ids:
            trimmed = pc.utf8_trim_whitespace(unit)
            normal = pc.utf8_normalize(trimmed, form="NFC")
            is_taken = self._ids.holds(hash_text(normal))
            for k, text in enumerate(normal.to_pylist()):
                if not is_taken[k] and text not in ids_by_reading:
                    ids_by_reading[text] = unit[k].as_py()
                    continue
                code = "W_TRIM" if trimmed[k].as_py() != unit[k].as_py() else "W_UNICODE"
                what = "spaces around them" if code == "W_TRIM" else "their Unicode form"
                notes.setdefault(
                    code,
                    warning(
                        code,
                        f"some ids differ only in {what}, such as {unit[k].as_py()!r}",
                        file=self._source.name,
                        column=self._columns.id[0],
                        value=unit[k].as_py(),
                        hint="They are kept as different units.",
                    ),
                )
        return list(notes.values())


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
