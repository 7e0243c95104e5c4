"""Reader of scores: conversion of written scores to scores that are higher for defects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """Reads the scores of one table.

    Attributes
    ----------
    meaning : ScoreMeaning
    choices : ReadOptions
    scale : {"probability", "percent", "logit", "rank"}
    """

    meaning: ScoreMeaning
    choices: ReadOptions
    scale: Scale

    @property
    def decimal(self) -> str:
        """Decimal sign of text formats."""
        return self.choices.sign

    def besides(self, models: Sequence[str], *, checked: bool) -> tuple[str, ...]:
        """Return the further columns that must be read.

        Parameters
        ----------
        models : sequence of str
        checked : bool
            Whether the pass also checks the meaning of the scores.
        """
        needed = [name for model, name in self.meaning.decision_of.items() if model in models]
        if checked:
            needed += [*self.meaning.decisions, *filter(None, [self.meaning.split])]
        return tuple(name for name in dict.fromkeys(needed) if name not in models)

    def numbers(self, array: pa.Array, place: Place) -> Floats:
        """Return a column as numbers; see `metrics.io.formats.cells.numbers_of`."""
        return numbers_of(array, place, decimal=self.decimal)

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
        """Return the scores of a long file, converting one model's so that they are higher for defects.

        Raise ``E_PREDICTED`` if a predicted class is not understood.

        Parameters
        ----------
        model : str
        scores : ndarray of shape (n,)
            Scores of all models.
        rows : ndarray of shape (n,)
            Which rows are of this model.
        decided : ndarray of shape (n,) or None
        place : Place
            The column of scores.
        """
        of = self.choices.scores_of_model(model) or "defect"
        if of == "defect":
            return scores
        codes = None if decided is None else decided[rows]
        if of == "predicted" and codes is not None and (codes < 0).any():
            row = int(np.flatnonzero(rows)[int(np.flatnonzero(codes < 0)[0])])
            name = self.meaning.decision_of[place.column]
            raise _not_understood(row, Place(place.source, name), self.meaning)
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
        """Return scores that are higher for defects.

        Raise ``E_PREDICTED`` if a predicted class is not understood.
        """
        found = []
        for model, values in zip(models, scores, strict=True):
            of = self.meaning.of_model(model)
            name = self.meaning.decision_of.get(model) if of == "predicted" else None
            codes = None if name is None else decided[name]
            if codes is not None and name is not None and (codes < 0).any():
                row = int(np.flatnonzero(codes < 0)[0])
                raise _not_understood(row, Place(source, name, before), self.meaning)
            found.append(probability_of_defect(values, of, self.scale, codes))
        return found


def _not_understood(row: int, place: Place, meaning: ScoreMeaning) -> ScoreError:
    head = place.source.head()[place.column]
    value = None
    if place.before + row < len(head):
        value = text_of(head, place)[place.before + row].as_py()
    if place.before + row < len(head) and not value:
        return ScoreError(
            "E_PREDICTED",
            "every row must have a predicted class, got nothing",
            **place.at(row),
            hint="Write the class, or remove the row.",
        )
    got = "a value that is not" if value is None else repr(shown(value))
    return ScoreError(
        "E_PREDICTED",
        "the predicted class must be spelled like the label "
        f"({', '.join(map(repr, meaning.label_levels[:4]))}), got {got}",
        **place.at(row),
        value=value,
        hint="Write the predicted class as the label is written.",
    )
