"""Facts about open data: files, size, scores and label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dashboard.data.dataset import Dataset
from dashboard.words.data.problems import SCALES
from dashboard.words.data_size import HELD_OUT
from dashboard.words.numbers.amounts import number, rate_words
from dashboard.words.phrases import first_of
from metrics import TallyFile

NO_PROBABILITIES = ": no log loss, Brier score or calibration"
"""Figures that are undefined for scores that only rank the units."""
ORIGINS = {
    "sample": "the sample that comes with Common Ground",
    "command line": "named when the app was started",
    "upload": "uploaded",
}


def data_facts(dataset: Dataset, rows: Sequence[int]) -> list[tuple[str, str]]:
    """Facts about a data set as names and values. A value is empty if the fact does not apply.

    Parameters
    ----------
    rows : sequence of int
        Numbers of good units and of defects.
    """
    units, defects = sum(rows), rows[1]
    columns, uses, entry = dataset.scores.columns, dataset.column_uses, dataset.entry
    label = next(column.name for column in uses if column.use == "label")
    positive = columns.positive if entry is None else entry.columns["positive"]
    scale, held_out = dataset.scores.scale, dataset.scores.held_out
    has_id = any(column.use == "id" for column in uses)
    return [
        ("Files", ", ".join(Path(file).name for file in dataset.files)),
        ("Counted from", _counted_from(dataset)),
        ("Origin", ORIGINS[dataset.origin]),
        ("Units", number(units)),
        ("Defects", f"{number(defects)} ({rate_words(defects / units)})"),
        ("Rows were", "" if held_out == "unknown" else HELD_OUT[held_out]),
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
