"""The only gate: whatever holds scores is opened here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

from metrics.columns import Choices, RowsHeldOut, Scale
from metrics.readers.estimators import open_estimators
from metrics.readers.opening import open_table
from metrics.scores import Scores


def open_scores(
    source: str | PathLike[str] | Sequence[str | PathLike[str]] | object,
    *,
    label: str | None = None,
    id: str | Sequence[str] | None = None,
    positive: str | float | bool | None = None,
    models: Sequence[str] | None = None,
    weight: str | None = None,
    value: str | None = None,
    group: str | None = None,
    segments: Sequence[str] | None = None,
    scale: Scale | None = None,
    decimal: str | None = None,
    model_key: str | Sequence[str] | None = None,
    score: str | None = None,
    common_ids: bool = False,
    rows: RowsHeldOut = "unknown",
    X: Any = None,
    y: Any = None,
    progress: Callable[[int], None] | None = None,
) -> Scores:
    """Open scores of candidate models; columns are recognised by name unless they are named here.

    Parameters
    ----------
    source : path, list of paths, or object
        One score file; a label file and score files that join on the id; a table in memory; or a dict of
        fitted scikit-learn classifiers, which are asked for their scores of ``X``.
    label, id, weight, value, group : str, optional
        Column names; ``id`` may be several: together they name a unit, or each file calls it otherwise.
    positive : str, number or bool, optional
        The label value that means defect.
    models, segments : sequence of str, optional
        Column names.
    scale : {"probability", "percent", "logit", "rank"}, optional
        How to read the scores; probabilities by default.
    decimal : {".", ","}, optional
        Decimal sign of text formats.
    model_key, score : str, optional
        The columns of a long file, which has one row per unit and model; ``model_key`` may be several
        that together name a model.
    common_ids : bool
        Of files that hold different units, keep the units that are in all of them; ``W_COMMONIDS`` says
        how many were left out.
    rows : {"held-out", "out-of-fold", "training", "unknown"}
        Whether the models were trained on these rows; where it is "unknown", what a converted file says.
    X, y : array_like of shape (n, features) and (n,), optional
        Features and true labels of n units, for a dict of classifiers. Where ``X`` is a data frame,
        ``id``, ``weight``, ``value``, ``group`` and ``segments`` name columns of it.
    progress : callable, optional
        Called with the number of rows so far where they are read before there are units: joined files, and
        a long file. What it raises is passed on.

    Returns
    -------
    Scores

    Raises
    ------
    ScoreError
        Where the input cannot be read in exactly one way.
    """
    choices = Choices.of(
        id=id, label=label, positive=positive, models=models, weight=weight, value=value, group=group,
        segments=segments, scale=scale, decimal=decimal, model_key=model_key, score=score,
        common_ids=common_ids,
    )  # fmt: skip
    asked = X is not None or y is not None
    tell = progress or (lambda rows: None)
    table = open_estimators(source, X, y, choices) if asked else open_table(source, choices, tell)
    return Scores(table, choices, held_out=table.held_out if rows == "unknown" else rows)
