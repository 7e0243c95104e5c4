"""Reader of scores: conversion of written scores to scores that are higher for defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import ScoreError, shown
from metrics.io.formats.cells import Place, numbers_of, text_of
from metrics.io.formats.source import Source
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.declared_meaning import ScoreMeaning
from metrics.io.schema.labels import known_values
from metrics.io.schema.score_meaning import ROUNDING, Codes, Floats, probability_of_defect


@dataclass(frozen=True)
class ScoreReader:
    """Reads the scores of one table."""

    meaning: ScoreMeaning
    choices: ReadOptions
    scale: Scale

    def besides(self, models: Sequence[str], *, checked: bool) -> tuple[str, ...]:
        """Return the further columns that must be read; more if the pass is ``checked`` for their meaning."""
        needed = [name for model, name in self.meaning.decision_of.items() if model in models]
        if checked:
            needed += [*self.meaning.decisions, *filter(None, [self.meaning.split])]
        return tuple(name for name in dict.fromkeys(needed) if name not in models)

    def numbers(self, array: pa.Array, place: Place) -> Floats:
        """Return a column as numbers; see `metrics.io.formats.cells.numbers_of`."""
        return numbers_of(array, place, decimal=self.choices.sign)

    def scores(self, array: pa.Array, place: Place) -> Floats:
        """Return scores as numbers; a probability slightly above 1 by 32-bit rounding becomes 1."""
        scores = self.numbers(array, place)
        if self.scale == "probability" and scores.size and 1.0 < scores.max() <= 1.0 + ROUNDING:
            return np.minimum(scores, 1.0)
        return scores

    def decided(
        self, columns: Mapping[str, pa.Array], source: Source, before: int
    ) -> dict[str, Codes]:
        """Return the decisions of a batch: 1 defect, 0 good, -1 not understood."""
        levels = self.meaning.label_levels
        decisions = {*self.meaning.decisions, *self.meaning.decision_of.values()}
        return {
            name: known_values(array, Place(source, name, before), levels, self.choices)
            for name, array in columns.items()
            if name in decisions
        }

    def decided_by_models(
        self, models: Sequence[str], scores: Sequence[Floats]
    ) -> dict[str, Codes]:
        """Return the decisions of models that have only the scores 0 and 1."""
        return {
            model: np.where(np.isin(values, (0.0, 1.0)), values, -1.0).astype(np.int8)
            for model, values in zip(models, scores, strict=True)
            if model in self.meaning.decisions
        }

    def of_one_defect(
        self,
        model: str,
        scores: Floats,
        rows: NDArray[np.bool_],
        decided: Codes | None,
        place: Place,
    ) -> Floats:
        """Return the scores of a long file, with those of one model's rows converted as in `of_defect`."""
        of = self.choices.scores_of_model(model) or "defect"
        if of == "defect":
            return scores
        codes = None
        if decided is not None:
            codes = decided[rows]
            if of == "predicted":
                self._require_known(np.where(rows, decided, 0), place)
        turned = scores.copy()
        turned[rows] = probability_of_defect(scores[rows], of, self.scale, codes)
        return turned

    def of_defect(
        self,
        models: Sequence[str],
        scores: Sequence[Floats],
        decided: Mapping[str, Codes],
        source: Source,
        before: int,
    ) -> list[Floats]:
        """Return scores that are higher for defects; ``E_PREDICTED`` for an unclear predicted class."""
        found = []
        for model, values in zip(models, scores, strict=True):
            of, codes = self.meaning.of_model(model), None
            if of == "predicted" and model in self.meaning.decision_of:
                codes = decided[self.meaning.decision_of[model]]
                self._require_known(codes, Place(source, model, before))
            found.append(probability_of_defect(values, of, self.scale, codes))
        return found

    def _require_known(self, decided: Codes, scores: Place) -> None:
        """Raise ``E_PREDICTED`` for the first predicted class that is not understood."""
        if not (decided < 0).any():
            return
        row = int(np.flatnonzero(decided < 0)[0])
        place = replace(scores, column=self.meaning.decision_of[scores.column])
        head, value = place.source.head()[place.column], None
        if place.before + row < len(head):
            value = text_of(head, place)[place.before + row].as_py()
            if not value:
                raise ScoreError(
                    "E_PREDICTED",
                    "every row must have a predicted class, got nothing",
                    **place.at(row),
                    hint="Write the class, or remove the row.",
                )
        got = "a value that is not" if value is None else repr(shown(value))
        raise ScoreError(
            "E_PREDICTED",
            "the predicted class must be spelled like the label "
            f"({', '.join(map(repr, self.meaning.label_levels[:4]))}), got {got}",
            **place.at(row),
            value=value,
            hint="Write the predicted class as the label is written.",
        )
