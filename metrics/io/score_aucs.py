"""AUC of the columns that can be scores, in the first rows, for each reading of the scores and each label.

A preview shows them to a user who is asked for the label, for the defect's value, or for what scores mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from metrics.io.column_roles import Roles
from metrics.io.read_options import ScoresOf
from metrics.io.schema.column_problems import label_candidates
from metrics.io.schema.first_rows import ColumnFacts, FirstRows
from metrics.io.schema.label_values import known_positive
from metrics.io.schema.score_meaning import auc, probability_of_defect

MAX_COLUMNS, MAX_DECISIONS = 100, 8
"""Largest numbers of columns with an AUC, and of columns that are tried as the predicted class."""


@dataclass(frozen=True)
class ScoreAuc:
    """Area under the ROC curve of a column in the first rows, for one reading of its scores.

    Attributes
    ----------
    of : {"defect", "good", "predicted"}
    predicted_class_column : str or None
        Column of the predicted class; `None` if the scores support one class in all rows.
    label : str
        Column that is assumed to be the label.
    positive : str
        Label value that is assumed to be the defect.
    """

    of: ScoresOf
    predicted_class_column: str | None
    label: str
    positive: str
    auc: float

    def if_positive(self, level: str) -> float:
        """Return the AUC if the other of the label's two values is the defect."""
        # For a confidence in the predicted class, both the label and P(defect) are then reversed.
        return self.auc if level == self.positive or self.of == "predicted" else 1.0 - self.auc


def find_auc(
    aucs: Iterable[ScoreAuc],
    label: str | None,
    of: str,
    predicted_class_column: str | None,
    positive: str | None = None,
) -> float | None:
    """Return the AUC of a column for one label and one reading of its scores; `None` if it is unknown.

    Parameters
    ----------
    aucs : iterable of ScoreAuc
        All AUCs of the column.
    label, of, predicted_class_column
        See `ScoreAuc`.
    positive : str, optional
        Label value that means defect; by default the assumed value.
    """
    for found in aucs:
        if (found.label, found.of, found.predicted_class_column) == (
            label,
            of,
            predicted_class_column,
        ):
            return found.if_positive(positive or found.positive)
    return None


def aucs_by_column(first: FirstRows, roles: Roles) -> dict[str, tuple[ScoreAuc, ...]]:
    """Return the AUCs of the columns that can be scores, for each possible label."""
    label = first.column(roles.label)
    aucs: dict[str, tuple[ScoreAuc, ...]] = {}
    for candidate in label_candidates(first.facts) if label is None else [label]:
        for name, found in _aucs_by_label(first, roles, candidate).items():
            aucs[name] = (*aucs.get(name, ()), *found)
    return aucs


def _aucs_by_label(
    first: FirstRows, roles: Roles, label: ColumnFacts
) -> dict[str, tuple[ScoreAuc, ...]]:
    """Return the AUCs of the columns that can be scores if a column is the label."""
    levels, choices = label.values, first.choices
    if len(levels) != 2:
        return {}
    positive = known_positive(levels, choices.positive, choices.negative) or levels[1]
    # The label's own values define the classes, so that another column's spelling needs no question.
    known = replace(first, choices=replace(choices, positive=positive, negative=None))
    # A predicted class without a recognisable name has two values.
    used = {*roles.used(), label.name}
    others = [f.name for f in first.facts if f.distinct == 2 and f.name not in used]
    decided = {
        name: known.decisions(name, levels)
        for name in (label.name, *(roles.decisions or others[:MAX_DECISIONS]))
    }
    labels = decided.pop(label.name)
    readings: list[tuple[ScoresOf, str | None]] = [("defect", None), ("good", None)]
    readings += [("predicted", name) for name, codes in decided.items() if (codes >= 0).all()]
    aucs: dict[str, tuple[ScoreAuc, ...]] = {}
    candidates = [f for f in first.facts if f.name not in used]
    for name, scores in islice(first.scores(candidates).items(), MAX_COLUMNS):
        found = []
        for of, class_column in readings:
            codes = None if class_column is None else decided[class_column]
            support = probability_of_defect(scores, of, choices.assumed_scale, codes)
            value = auc(support[labels >= 0], labels[labels >= 0])[0]
            if class_column != name and not math.isnan(value):
                found.append(ScoreAuc(of, class_column, label.name, positive, value))
        aucs[name] = tuple(found)
    return aucs
