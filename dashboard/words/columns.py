"""Columns in words: what each is taken for, what its scores are of, and why it is not used."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.io.column_uses import ColumnUse

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
"""What a column is taken for, by `metrics.io.column_uses.Use`."""
SCORES_OF: dict[str, str] = {
    "defect": "probability of a defect",
    "good": "score of the good class",
    "predicted": "confidence in the predicted class",
}
"""What a higher score speaks for, by the value of ``scores_of``."""
UNKNOWN = "not known yet"
COLUMN_TABLE = ("Column", "Taken for", "Why")
"""Headings of a table of columns."""


def column_rows(columns: Sequence[ColumnUse]) -> list[tuple[str, str, str]]:
    """Return a row for each column: its name, what it is taken for, and why it is not used."""
    return [(c.name, UNKNOWN if c.use is None else USES[c.use], reason(c)) for c in columns]


def reason(column: ColumnUse) -> str:
    """Return why a column is not used, or what the scores of a model are of where that was said."""
    if column.use in ("models", "score") and column.scores_of != "defect":
        return SCORES_OF[column.scores_of]
    return column.why or ""
