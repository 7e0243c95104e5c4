"""Words for the columns of a file: use, meaning of the scores, and reason if a column is not used."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.io.column_uses import ColumnUse
from metrics.io.schema.vocabulary import is_kind_name, is_made_today, words_of

USES: dict[str, str] = {
    "id": "id",
    "label": "label",
    "models": "model",
    "weight": "weight",
    "value": "value",
    "group": "group",
    "segments": "segment",
    "defect_type": "kind of defect",
    "model_key": "model’s name (long file)",
    "score": "score (long file)",
    "decision": "decision",
    "ignore": "not used",
}
"""Names of the uses of a column, by `metrics.io.column_uses.Use`."""
SCORES_OF: dict[str, str] = {
    "defect": "probability of a defect",
    "good": "score of the good class",
    "predicted": "confidence in the predicted class",
}
"""Meaning of a score, by the value of ``scores_of``."""
UNKNOWN = "not known yet"
COLUMN_TABLE = ("Column", "Taken for", "Why")
"""Headings of a table of columns."""


def column_rows(columns: Sequence[ColumnUse]) -> list[tuple[str, str, str]]:
    """Return a row for each column: its name, its use, and the reason if it is not used."""
    return [(c.name, UNKNOWN if c.use is None else USES[c.use], reason(c)) for c in columns]


def reason(column: ColumnUse) -> str:
    """Return details of a column's use, or the reason why it is not used; often empty."""
    if column.use == "value":
        return "for the value of missed defects"
    if column.use in ("models", "score") and column.scores_of != "defect":
        return SCORES_OF[column.scores_of]
    return column.why or ""


def likely_kind(columns: Sequence[ColumnUse]) -> str | None:
    """Return the first unused column that is named like a kind of defect; `None` if the kind has a column."""
    if any(column.use == "defect_type" for column in columns):
        return None
    unused = (column.name for column in columns if column.use == "ignore")
    return next(filter(is_kind_name, unused), None)


def likely_decisions(columns: Sequence[ColumnUse]) -> str | None:
    """Return the first column of decisions that may be those of the system in use today; otherwise `None`.

    Decisions that share a word with a model's name are those of this model.
    """
    of_models = {
        word for column in columns if column.use == "models" for word in words_of(column.name)
    }
    # A column without use is offered by its values, whatever its name.
    decided = (
        column.name
        for column in columns
        if column.has_decisions and (column.use == "ignore" or is_made_today(words_of(column.name)))
    )
    return next((name for name in decided if of_models.isdisjoint(words_of(name))), None)


def use_as_today(name: str) -> str:
    """Label of the button that takes a column of decisions for the system in use today."""
    return f"Use {name} as today’s system"


def use_as_kind(name: str) -> str:
    """Label of the button that takes a column for the kind of a defect."""
    return f"Use {name} as the kind of defect"
