"""Meaning of each model's scores by roles and options, and their conversion to scores of the defect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Got, Option, ScoreError, Wording, shown, warning, with_option
from metrics.io.column_roles import Roles
from metrics.io.formats.cells import Location, numbers_of, text_of
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions, Scale, ScoresOf
from metrics.io.schema.first_rows import ColumnFacts
from metrics.io.schema.label_values import decisions_of_column, levels_of
from metrics.io.schema.score_meaning import (
    DECISION_SCORES,
    ROUNDING,
    Codes,
    Floats,
    probability_of_defect,
)
from metrics.io.schema.vocabulary import is_decision


@dataclass(frozen=True)
class ScoreMeaning:
    """Meaning of each model's scores, and the columns that are read to check this meaning.

    Attributes
    ----------
    of : mapping of str to {"defect", "good", "predicted"}
        By model; other models have scores of the defect.
    decision_of : mapping of str to str
        By model with scores of the predicted class: the column of that class.
    decisions : tuple of str
        Columns of decisions against which scores are checked.
    named : frozenset of str
        Columns of decisions whose names say that they are decisions.
    split : str or None
        Column that marks rows as training or test set.
    label_levels : tuple of str
        Values of the label in the first rows.
    of_defect_class : tuple of str
        Models with a column for each class, where the defect's column is known.
    words : mapping of str to (mapping of str to int)
        By model with decisions in words: the decision of each word, 1 to reject and 0 to ship.
    probabilities : frozenset of str
        Models with probabilities in a file whose other scores are per cent.
    is_asked : bool
        Whether questions may be raised; False for a converted file, which has the answers.
    """

    of: Mapping[str, ScoresOf] = field(default_factory=dict)
    decision_of: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    split: str | None = None
    label_levels: tuple[str, ...] = ()
    of_defect_class: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    probabilities: frozenset[str] = frozenset()
    is_asked: bool = True

    @property
    def is_binary(self) -> bool:
        """Whether the label has at most two values."""
        return len(self.label_levels) <= 2

    def of_model(self, model: str) -> ScoresOf:
        """Return the class that a higher score of a model supports."""
        return self.of.get(model, "defect")


def meaning_of(
    roles: Roles, label: ColumnFacts | None, choices: ReadOptions, file: str
) -> ScoreMeaning:
    """Return the meaning of the scores according to roles and options.

    Raise ``E_COLUMN`` if an option names a missing model, ``E_PREDICTED`` if confidences have no column of
    the predicted class, or more than two classes.
    """
    check_named_models(roles.models, choices, file)
    _check_decision(roles, choices, file)
    scores_of = {m: of for m in roles.models if (of := choices.scores_of_model(m)) is not None}
    named = frozenset(filter(is_decision, roles.decisions))
    if choices.decision is not None:
        named |= {choices.decision}
    levels = () if label is None else label.values
    for model, of in scores_of.items():
        if of == "predicted" and model not in roles.decision_of:
            raise _missing_decision_error(model, roles, named, file)
        if of == "predicted" and len(levels) > 2:
            raise ScoreError(
                "E_PREDICTED",
                "the confidence in the predicted class gives a defect's probability of two classes only, "
                f"got {len(levels)}",
                file=file,
                column=model,
                hint="Write the defect's probability as a column of its own.",
            )
    return ScoreMeaning(
        of={model: of for model, of in scores_of.items() if of != "defect"},
        decision_of=dict(roles.decision_of),
        decisions=roles.decisions,
        named=named,
        split=roles.split,
        label_levels=levels,
        of_defect_class=roles.of_defect_class,
    )


def _check_decision(roles: Roles, choices: ReadOptions, file: str) -> None:
    """Raise ``E_OPTION`` if the column of the predicted class is the label or a model."""
    decision = choices.decision
    if decision is None or decision not in (roles.label, *roles.models):
        return
    is_label = decision == roles.label
    rule = " must not name the label" if is_label else " must name no model"
    raise ScoreError(
        "E_OPTION",
        Wording(Option("decision"), rule, Got(repr(shown(decision)))),
        file=file,
        column=decision,
        hint="Name the column of the predicted class."
        if is_label
        else Wording("Leave it out of those named ", with_option("models"), "."),
    )


def check_named_models(models: Sequence[str], choices: ReadOptions, file: str) -> None:
    """Raise ``E_COLUMN`` if an option for the scores of a single model names no model."""
    for option in choices.scores_of or ():
        name = option.rpartition("=")[0].strip()
        if name and name not in models:
            model_names = ", ".join(shown(model) for model in models[:12])
            raise ScoreError(
                "E_COLUMN",
                Wording(Option("scores_of"), f" must name a model, got {shown(name)!r}"),
                file=file,
                column=name,
                hint=f"The models are: {model_names}.",
            )


def _missing_decision_error(
    model: str, roles: Roles, named: frozenset[str], file: str
) -> ScoreError:
    candidates = [name for name in roles.decisions if name in named]
    return ScoreError(
        "E_PREDICTED",
        "the confidence in the predicted class must come with a column of that class",
        file=file,
        column=model,
        hint=Wording("Name it ", with_option("decision", *candidates[:4]), "."),
    )


@dataclass(frozen=True)
class ScoreReader:
    """Reads the scores of one table."""

    meaning: ScoreMeaning
    choices: ReadOptions
    scale: Scale

    def further_columns(self, models: Sequence[str], *, checked: bool) -> tuple[str, ...]:
        """Return the further columns that must be read; more if the pass is ``checked`` for their meaning."""
        needed = [name for model, name in self.meaning.decision_of.items() if model in models]
        if checked:
            needed += [*self.meaning.decisions, *filter(None, [self.meaning.split])]
        return tuple(name for name in dict.fromkeys(needed) if name not in models)

    def numbers(self, array: pa.Array, location: Location) -> Floats:
        """Return a column as numbers; see `metrics.io.formats.cells.numbers_of`."""
        return numbers_of(array, location, decimal=self.choices.sign)

    def scores(self, array: pa.Array, location: Location) -> Floats:
        """Return scores as numbers; a probability slightly above 1 by 32-bit rounding becomes 1.

        Probabilities beside per cent become per cent; ``E_RANGE`` if such a score is above 1.
        Words of a column that the caller names as a model are decisions; see `DECISION_SCORES`.
        """
        if location.column in self.meaning.words:
            return self._decisions_in_words(array, location)
        scores = self.numbers(array, location)
        is_beside_percent = location.column in self.meaning.probabilities
        if not scores.size or not (is_beside_percent or self.scale == "probability"):
            return scores
        if 1.0 < scores.max() <= 1.0 + ROUNDING:
            scores = np.minimum(scores, 1.0)
        return self._percent(scores, location) if is_beside_percent else scores

    def _percent(self, scores: Floats, location: Location) -> Floats:
        """Return probabilities as per cent; ``E_RANGE`` for the first one above 1."""
        if not (scores > 1.0).any():
            return 100.0 * scores
        row = int(np.argmax(scores > 1.0))
        raise ScoreError(
            "E_RANGE",
            "scores between 0 and 1 beside per cent are read as probabilities, "
            f"which must not be above 1, got {float(scores[row])!r}",
            **location.at(row),
            value=repr(float(scores[row])),
            hint="Write all models' scores on one scale.",
        )

    def _decisions_in_words(self, array: pa.Array, location: Location) -> Floats:
        """Return decisions in words as scores; raise for the first value that is no decision."""
        words = self.meaning.words[location.column]
        values, index = levels_of(array, location)
        codes = [-1 if value is None else words.get(value, -1) for value in values]
        decided = np.array([*codes, -1], np.int8)[index]
        if (decided < 0).any():
            row = int(np.argmax(decided < 0))
            self.numbers(array.slice(row, 1), replace(location, before=location.before + row))
            return self.numbers(
                array, location
            )  # a number, which raises unless all values are numbers
        self._note_decisions(array, decided, location)
        return np.array(DECISION_SCORES[self.scale])[decided]

    def _note_decisions(self, array: pa.Array, decided: Codes, location: Location) -> None:
        """Note which words were read as decisions to reject, once for each column."""
        known = {(problem.code, problem.column) for problem in location.source.problems}
        if decided.any() and ("W_DECISIONS", location.column) not in known:
            word = text_of(array, location)[int(np.argmax(decided))].as_py()
            text = f"{shown(word)!r} is read as the decision to reject a unit"
            location.source.note(warning("W_DECISIONS", text, **location.whole))

    def predicted_classes(
        self, columns: Mapping[str, pa.Array], source: Source, rows_before: int
    ) -> dict[str, Codes]:
        """Return the predicted classes of a batch: 1 defect, 0 good, -1 not understood."""
        levels = self.meaning.label_levels
        class_columns = {*self.meaning.decisions, *self.meaning.decision_of.values()}
        return {
            name: decisions_of_column(
                array, Location(source, name, rows_before), levels, self.choices
            )
            for name, array in columns.items()
            if name in class_columns
        }

    def predicted_classes_of_models(
        self, models: Sequence[str], scores: Sequence[Floats]
    ) -> dict[str, Codes]:
        """Return the predicted classes of models that have only the scores 0 and 1."""
        return {
            model: np.where(np.isin(values, (0.0, 1.0)), values, -1.0).astype(np.int8)
            for model, values in zip(models, scores, strict=True)
            if model in self.meaning.decisions
        }

    def defect_scores_of_rows(
        self,
        model: str,
        scores: Floats,
        rows: NDArray[np.bool_],
        predicted_classes: Codes | None,
        location: Location,
    ) -> Floats:
        """Return the scores of a long file; those of one model's rows are converted as in `defect_scores`."""
        of = self.choices.scores_of_model(model) or "defect"
        if of == "defect":
            return scores
        codes = None
        if predicted_classes is not None:
            codes = predicted_classes[rows]
            if of == "predicted":
                self._require_known(np.where(rows, predicted_classes, 0), location)
        turned = scores.copy()
        turned[rows] = probability_of_defect(scores[rows], of, self.scale, codes)
        return turned

    def defect_scores(
        self,
        models: Sequence[str],
        scores: Sequence[Floats],
        predicted_classes: Mapping[str, Codes],
        source: Source,
        rows_before: int,
    ) -> list[Floats]:
        """Return scores that are higher for defects; ``E_PREDICTED`` for an unclear predicted class."""
        found = []
        for model, values in zip(models, scores, strict=True):
            of, codes = self.meaning.of_model(model), None
            if of == "predicted" and model in self.meaning.decision_of:
                codes = predicted_classes[self.meaning.decision_of[model]]
                self._require_known(codes, Location(source, model, rows_before))
            found.append(probability_of_defect(values, of, self.scale, codes))
        return found

    def _require_known(self, predicted_classes: Codes, scores: Location) -> None:
        """Raise ``E_PREDICTED`` for the first predicted class that is not understood."""
        if not (predicted_classes < 0).any():
            return
        row = int(np.argmax(predicted_classes < 0))
        location = replace(scores, column=self.meaning.decision_of[scores.column])
        head, value = location.source.head()[location.column], None
        if location.before + row < len(head):
            value = text_of(head, location)[location.before + row].as_py()
            if not value:
                raise ScoreError(
                    "E_PREDICTED",
                    "every row must have a predicted class, got nothing",
                    **location.at(row),
                    hint="Write the class, or remove the row.",
                )
        got = "a value that is not" if value is None else repr(shown(value))
        raise ScoreError(
            "E_PREDICTED",
            "the predicted class must be spelled like the label "
            f"({', '.join(map(repr, self.meaning.label_levels[:4]))}), got {got}",
            **location.at(row),
            value=value,
            hint="Write the predicted class as the label is written.",
        )
