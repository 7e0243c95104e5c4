"""Single units by their positions in the data: id, class, scores, segments and picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.io.scores import Scores
from metrics.io.validation.read_batches import Batch


@dataclass(frozen=True)
class Unit:
    """Unit as it was read.

    Attributes
    ----------
    scores : mapping of str to float
        By model.
    parts : mapping of str to str
        Segments and kind of defect of the unit, by column.
    picture : str
        Address of the unit's picture in the file; empty if the file has none.
    """

    id: str
    is_defect: bool
    scores: Mapping[str, float]
    parts: Mapping[str, str]
    picture: str = ""


def units_at(
    scores: Scores, rows: NDArray[np.int64], *, picture: str | None = None
) -> dict[int, Unit]:
    """Units by their positions in the data, read in one pass.

    Parameters
    ----------
    scores : Scores
    rows : ndarray of int64
        Positions, from 0. Positions after the last row are left out of the result.
    picture : str, optional
        Column with the address of a unit's picture.

    Returns
    -------
    dict of int to Unit
        By position.

    Raises
    ------
    ScoreError
        See `Scores.labelled_rows`.
    """
    sorted_rows = np.unique(rows)
    units: dict[int, Unit] = {}
    if not sorted_rows.size:
        return units
    start = 0
    for batch in scores.labelled_rows(also=() if picture is None else (picture,)):
        stop = start + batch.labels.size
        first, last = np.searchsorted(sorted_rows, [start, stop])
        for row in sorted_rows[first:last].tolist():
            units[row] = _unit(scores, batch, row - start, picture)
        start = stop
        if len(units) == sorted_rows.size:
            break
    return units


def _unit(scores: Scores, batch: Batch, k: int, picture: str | None) -> Unit:
    """Unit in row ``k`` of a batch."""
    values = zip(scores.models, batch.scores, strict=True)
    return Unit(
        id=str(batch.ids.text[k].as_py()),
        is_defect=bool(batch.labels[k] == 1),
        scores={model: float(model_scores[k]) for model, model_scores in values},
        parts={name: str(batch.parts[name][k].as_py()) for name in scores.columns.parts},
        picture="" if picture is None else str(batch.parts[picture][k].as_py()).strip(),
    )
