"""Storage of the tally of a decision, from which its figures can be computed again."""

from __future__ import annotations

import io
import platform
from dataclasses import replace
from importlib import metadata

from dashboard.analysis.counts import dataset_counts
from dashboard.data.dataset import Dataset
from dashboard.decisions.decision import TallyRecord
from dashboard.decisions.stored_tallies import StoredTallies
from metrics import ScoreError, TallyFile, save_tally, tally_scores, with_description
from metrics.tally.breakdown import BreakdownColumns

_LIBRARIES = ("numpy", "pandas", "scipy", "pyarrow", "numba")


def store_tally(dataset: Dataset, tallies: StoredTallies) -> TallyRecord | None:
    """Store the tally of a data set for a decision; `None` if it is too large for a tally file.

    Raises
    ------
    ScoreError
        If the tally cannot be stored.
    """
    content = io.BytesIO()
    try:
        save_tally(_whole_tally(dataset), content)
    except ScoreError as error:
        if error.code != "E_SIZE":
            raise
        return None
    libraries = {"python": platform.python_version()}
    libraries |= {name: metadata.version(name) for name in _LIBRARIES}
    return TallyRecord(tallies.put(content.getvalue()), libraries)


def _whole_tally(dataset: Dataset) -> TallyFile:
    """Tally of a data set with its counts by kind and segment, ready to be saved.

    If the rows name kinds or segments, they are read once more.

    Raises
    ------
    ScoreError
        If the rows are refused.
    """
    scores, counted = dataset.scores, dataset_counts.tally(dataset)
    if isinstance(scores, TallyFile):
        return scores
    if by := BreakdownColumns.of(scores.columns):
        thresholds = [counted.finite_thresholds(m) for m in range(len(counted.models))]
        with dataset_counts.reading_rows():
            by_category = tally_scores(scores, thresholds=thresholds, buckets=1, by=by)
        counted = replace(counted, breakdowns=by_category.breakdowns)
    return with_description(counted, scores, max_thresholds=dataset.max_thresholds)
