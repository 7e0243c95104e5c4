"""Facts about open data: files, scores and label."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.dataset import Dataset
from dashboard.words.data.problems import SCALES
from dashboard.words.phrases import first_of
from metrics import TallyFile

NO_PROBABILITIES = ": no log loss, Brier score or calibration"
"""Figures that are undefined for scores that only rank the units."""


def data_facts(dataset: Dataset) -> list[tuple[str, str]]:
    """Facts about a data set as names and values. A value is empty if the fact does not apply."""
    columns, uses, entry = dataset.scores.columns, dataset.column_uses, dataset.entry
    label = next(column.name for column in uses if column.use == "label")
    positive = columns.positive if entry is None else entry.columns["positive"]
    scale = dataset.scores.scale
    has_id = any(column.use == "id" for column in uses)
    return [
        ("Files", ", ".join(Path(file).name for file in dataset.files)),
        ("Counted from", _counted_from(dataset)),
        ("Scores are", f"{SCALES[scale]}{NO_PROBABILITIES if scale == 'rank' else ''}"),
        ("Defective", f"where {label} is {positive}"),
        ("Id", "" if has_id else "none: rows are numbered"),
    ]


def _counted_from(dataset: Dataset) -> str:
    """Names of the score files that a tally was counted from; empty for data that has its rows."""
    scores = dataset.scores
    if not isinstance(scores, TallyFile):
        return ""
    names, several = first_of(scores.header.files, 6), len(scores.header.counted)
    return f"{names} ({several} tallies added)" if several > 1 else names
