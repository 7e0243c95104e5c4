"""Scores from fitted scikit-learn classifiers on labelled units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.errors import Keyword, Option, Problem, ScoreError, Wording, shown, warning
from metrics.io.checked_columns import Columns
from metrics.io.column_roles import require
from metrics.io.column_uses import column_uses
from metrics.io.formats.cells import Place, text_of
from metrics.io.formats.column_names import check_names
from metrics.io.formats.source import TableSource
from metrics.io.read_options import ReadOptions, Scale
from metrics.io.schema.label_values import known_positive
from metrics.io.schema.score_reader import ScoreMeaning
from metrics.io.scores import ScoreTable
from metrics.io.validation.score_ranges import HARD

_NAME = "<estimators>"
_EPSILON = float(np.finfo(np.float64).eps)


def open_estimators(given: object, X: Any, y: Any, choices: ReadOptions) -> ScoreTable:
    """Compute the scores of each classifier for ``X``.

    Parameters
    ----------
    given : mapping of str to classifier
        Fitted, with ``classes_``; the keys name the models.
    X, y : array_like
        See `metrics.io.open.open_scores`.
    choices : ReadOptions

    Returns
    -------
    ScoreTable
        For each model the probability of the defect class if available, otherwise its decision function,
        otherwise its decisions as 0 and 1.

    Raises
    ------
    TypeError
        If ``given`` is not a mapping, or if ``X`` or ``y`` is missing.
    ScoreError
        ``E_TYPE`` if a model is not a fitted classifier, ``E_SHAPE`` if lengths differ, ``E_POSLABEL`` if the
        defect class is unknown, ``E_RANGE`` if a decision function would have to be read as a probability,
        ``E_COLUMN``, ``E_DUPCOL``.

    Notes
    -----
    On the logit scale a probability p becomes log(p / (1 - p)), clipped at float64 epsilon, to be comparable
    with decision functions that are log-odds. On the rank scale it is unchanged.
    """
    if not isinstance(given, Mapping) or X is None or y is None:
        raise TypeError("classifiers must be a dict of name to fitted classifier, with X and y")
    scale: Scale = choices.scale or "probability"
    labels = _labels(y)
    problems: list[Problem] = []
    models = {
        str(key): _scores(str(key), estimator, X, choices.positive, scale, problems)
        for key, estimator in given.items()
    }
    if not models:
        raise _error("E_NOMODEL", "there must be a classifier, got none", None, "Name one.")
    for name, scores in models.items():
        if scores.shape != (len(labels),):
            raise _error(
                "E_SHAPE",
                f"there must be one score per label, got {scores.shape[0]:,} for {len(labels):,}",
                name,
                "Give X and y of the same units.",
            )
    side = _side_columns(X, choices)
    label = choices.label or "label"
    while label in models or label in side:
        label += "_"
    names = [label, *side, *models]
    check_names(tuple(names), _NAME)
    arrays = [labels, *side.values(), *map(pa.array, models.values())]
    source = TableSource(_NAME, pa.Table.from_arrays(arrays, names=names))
    if not len(labels):
        raise _error("E_NOROWS", "there must be labelled units, got 0", None, "Give X and y.")
    _refuse_meaning(choices)
    columns = Columns(
        id=choices.id or (),
        label=label,
        positive=choices.positive or "1",
        models=tuple(models),
        weight=choices.weight,
        value=choices.value,
        group=choices.group,
        segments=choices.segments or (),
        defect_type=choices.defect_type,
    )
    meaning, uses = ScoreMeaning(is_asked=False), column_uses((), columns)
    files = (_NAME,)
    return ScoreTable(
        source, columns, files, (source,), problems, scale, meaning=meaning, uses=uses
    )


def _refuse_meaning(choices: ReadOptions) -> None:
    """Raise ``E_OPTION`` for options on the meaning of scores, which the classes already give."""
    for keyword in ("scores_of", "decision"):
        if getattr(choices, keyword):
            raise ScoreError(
                "E_OPTION",
                Wording(Option(keyword), " must not be said of fitted classifiers"),
                file=_NAME,
                hint="Their classes say whose probability each of their columns holds.",
            )


def _labels(y: Any) -> pa.Array:
    """Return the true labels; a masked label is missing."""
    hidden = np.flatnonzero(np.ma.getmaskarray(y) if np.ma.isMaskedArray(y) else ())
    if hidden.size:
        raise ScoreError(
            "E_LABEL_NA",
            "every unit must have a label, got a masked one",
            file=_NAME,
            row=int(hidden[0]) + 1,
            hint="Label the unit, or remove the row from X and y.",
        )
    try:
        return pa.array(np.asarray(y).tolist(), from_pandas=True)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        text = f"labels must be values of one kind, got: {shown(error, 120)}"
        raise _error("E_TYPE", text, None, "Give y as numbers or as text.") from error


def _error(code: str, message: str, model: str | None, hint: str) -> ScoreError:
    return ScoreError(code, message, file=_NAME, column=model, hint=hint)


def _side_columns(X: Any, choices: ReadOptions) -> dict[str, pa.Array]:
    """Columns of the feature frame that the caller gives another role."""
    columns = [str(name) for name in getattr(X, "columns", ())]
    roles: tuple[Keyword, ...] = (
        "id", "weight", "value", "group", "defect_type", "decision", "segments",
    )  # fmt: skip
    return {
        require(columns, name, Option(role), _NAME): pa.array(np.asarray(X[name]).tolist())
        for role in roles
        for name in choices.named(role)
    }


def _scores(
    name: str,
    estimator: Any,
    X: Any,
    positive: str | None,
    scale: Scale,
    problems: list[Problem],
) -> NDArray[np.float64]:
    k = _defect_class(name, estimator, positive)
    if hasattr(estimator, "predict_proba"):
        return _on_scale(_column(estimator.predict_proba(X), k, name, problems), scale)
    if hasattr(estimator, "decision_function"):
        if scale not in ("logit", "rank"):
            raise _error(
                "E_RANGE",
                "scores must be probabilities unless it is said otherwise, "
                f"{shown(name)} has a decision function only",
                name,
                "Say scale='rank' (or 'logit' if it gives log-odds), or calibrate the classifier.",
            )
        values = np.asarray(estimator.decision_function(X))
        if values.ndim == 1:
            # With two classes, a positive sign supports the second class.
            values = np.column_stack([-values, values])
        return _column(values, k, name, problems)
    decided = np.asarray(estimator.predict(X)) == estimator.classes_[k]
    if scale in ("logit", "rank"):
        # On other scales the checks of the scores give this warning.
        problems.append(warning("W_HARD", HARD, file=_NAME, column=name))
    return _on_scale(decided.astype(np.float64), scale)


def _defect_class(name: str, estimator: Any, positive: str | None) -> int:
    """Index of the defect among the classes of the fitted estimator."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or not hasattr(estimator, "predict"):
        raise _error(
            "E_TYPE",
            f"each model must be a fitted classifier with classes_, got {type(estimator).__name__}",
            name,
            "Fit it first; a regressor or an outlier detector has no defect class.",
        )
    if np.ndim(classes) != 1 or len(classes) < 2 or isinstance(classes, list):
        raise _error(
            "E_TYPE",
            f"each classifier must tell two classes apart, got {shown(classes)}",
            name,
            "Fit it on one label with both classes.",
        )
    source = TableSource(_NAME, pa.table({"classes_": pa.array(np.asarray(classes).tolist())}))
    texts = text_of(source.table.column(0), Place(source, "classes_")).to_pylist()
    defect = known_positive(texts, positive)
    if defect is None:
        listed = [repr(shown(text, 30)) for text in texts[:6]]
        raise _error(
            "E_POSLABEL",
            f"which class is the defect must be known, got {', '.join(listed)}",
            name,
            "Say it with positive=.",
        )
    return int(texts.index(defect))


def _column(values: Any, k: int, name: str, problems: list[Problem]) -> NDArray[np.float64]:
    array = np.asarray(values)
    if array.ndim != 2 or array.shape[1] <= k:
        raise _error(
            "E_SHAPE",
            f"a classifier must give a column of scores for each class, got shape {array.shape}",
            name,
            "Use a classifier of one label.",
        )
    if array.dtype == np.float32:
        text = "scores are computed with about 7 digits, so that some may be tied"
        problems.append(warning("W_F32", text, file=_NAME, column=name))
    return np.array(array[:, k], np.float64)


def _on_scale(probability: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    if scale == "percent":
        return 100.0 * probability
    if scale == "logit":
        inside = np.clip(probability, _EPSILON, 1.0 - _EPSILON)
        return np.log(inside) - np.log1p(-inside)
    return probability
