"""Sample of rows by which the meaning of scores is checked: labels, scores and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.io.schema.score_meaning import Codes, Floats


@dataclass(frozen=True)
class SampledRows:
    """Labels and scores of some rows of one model, with the related decisions.

    Attributes
    ----------
    scores : ndarray of shape (n,)
        Scores as read.
    labels : ndarray of shape (n,) or None
        1 for a defect; `None` if the label's spelling is not understood.
    decided : mapping of str to ndarray of shape (n,)
        Columns of decisions, 1 for a defect.
    unordered : frozenset of str
        Columns of decisions in which the defect's value is unknown.
    """

    scores: Floats
    labels: Codes | None
    decided: Mapping[str, Codes]
    unordered: frozenset[str] = frozenset()


class MeaningSample:
    """Some rows of every batch, with equal numbers of defects and good units, to check scores at the end.

    The share of defects affects neither an AUC nor a threshold that reproduces decisions.
    """

    _MOST_ROWS, _MOST_ROWS_OF_CLASS = 16_384, 1_024
    """Largest number of rows in the sample, and of rows of each class that one batch adds."""

    def __init__(self, models: Sequence[str]) -> None:
        self._models = models
        self._labels: list[Codes] = []
        self._scores: list[list[Floats]] = [[] for _ in models]
        self._decided: dict[str, list[Codes]] = {}
        self._rows = 0

    def add(self, labels: Codes, scores: Sequence[Floats], decided: Mapping[str, Codes]) -> None:
        """Add some rows of a batch: labels, scores of each model as read, decisions by column."""
        rows = np.concatenate(
            [_spread_rows(labels, code, self._MOST_ROWS_OF_CLASS) for code in (0, 1)]
        )
        self._labels.append(labels[rows])
        for parts, model_scores in zip(self._scores, scores, strict=True):
            parts.append(model_scores[rows])
        for name, codes in decided.items():
            self._decided.setdefault(name, []).append(codes[rows])
        self._rows += rows.size
        if self._rows > self._MOST_ROWS:
            self._halve()

    def _halve(self) -> None:
        self._labels = [np.concatenate(self._labels)[::2]]
        self._scores = [[np.concatenate(parts)[::2]] for parts in self._scores]
        self._decided = {
            name: [np.concatenate(parts)[::2]] for name, parts in self._decided.items()
        }
        self._rows = self._labels[0].size

    def rows_by_model(self) -> dict[str, SampledRows]:
        """Return the sampled rows, by model."""
        labels = np.concatenate(self._labels)
        decided = {name: np.concatenate(parts) for name, parts in self._decided.items()}
        return {
            model: SampledRows(np.concatenate(parts), labels, decided)
            for model, parts in zip(self._models, self._scores, strict=True)
        }


def _spread_rows(labels: Codes, code: int, most: int) -> NDArray[np.intp]:
    """Return evenly spread rows with a label, at most ``most``."""
    rows = np.flatnonzero(labels == code)
    return rows[:: max(1, -(-rows.size // most))]
