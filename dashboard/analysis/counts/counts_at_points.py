"""Counts at operating points whose threshold the tally of a data set does not have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.analysis.cache import STORE, Key, Kind
from dashboard.analysis.counts.dataset_counts import priced_key, reading_rows, tally, with_prices
from dashboard.data.dataset import Dataset
from metrics import Scenario, Tally, TallyFile, tally_scores


def _separate_key(dataset: Dataset, thresholds: Sequence[float]) -> Key:
    return Key((dataset.fingerprint,), tuple(thresholds), Kind.COUNTED_SEPARATELY)


def _counted_separately(dataset: Dataset, thresholds: Sequence[float]) -> Tally:
    """Tally at thresholds that the data's tally does not have. The rows are read once more."""

    def count() -> Tally:
        assert not isinstance(dataset.scores, TallyFile)
        by_model = [np.array(thresholds, np.float64)] * len(dataset.scores.models)
        with reading_rows():
            return tally_scores(dataset.scores, thresholds=by_model)

    return STORE.get(_separate_key(dataset, thresholds), count)


def current_place(dataset: Dataset, scenario: Scenario) -> list[tuple[str, float]]:
    """Model and threshold of the current system; empty if the data has no such model."""
    today = scenario.today
    if today is None or today.model not in dataset.scores.models:
        return []
    return [(today.model, today.threshold)]


def is_counted_for(dataset: Dataset, scenario: Scenario) -> bool:
    """Whether a scenario needs no further pass over the rows, once the data is counted."""
    key = priced_key(dataset, scenario)
    if key is not None and dataset.names_kinds and STORE.peek(key) is None:
        return False
    return is_counted_at(dataset, current_place(dataset, scenario))


def is_counted_at(dataset: Dataset, points: Sequence[tuple[str, float]]) -> bool:
    """Whether operating points need no further pass over the rows of this counted data."""
    thresholds = _uncounted(dataset, points)
    if not thresholds or isinstance(dataset.scores, TallyFile):
        return True
    return STORE.peek(_separate_key(dataset, thresholds)) is not None


def _uncounted(dataset: Dataset, points: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Thresholds to count at; empty if the data's tally is exact at all of these operating points."""
    counted = tally(dataset)
    if all(counted.is_exact(counted.index(model), threshold) for model, threshold in points):
        return ()
    return tuple(sorted({threshold for _, threshold in points}))


def counted_at(
    dataset: Dataset, points: Sequence[tuple[str, float]], scenario: Scenario
) -> Tally | None:
    """Separate tally at some operating points; `None` if the data's tally is exact at all of them.

    Parameters
    ----------
    points : sequence of (model, threshold)
        Finite thresholds.
    scenario : Scenario
        Scenario with the prices of missed defects by kind, if any.

    Raises
    ------
    ScoreError
        If the data has no rows and its tally is not exact at these points.
    """
    thresholds = _uncounted(dataset, points)
    if not thresholds:
        return None
    if isinstance(dataset.scores, TallyFile):
        return dataset.scores.at(
            points
        )  # raises an error, because its rows cannot be counted again
    separate = _counted_separately(dataset, thresholds)
    return with_prices(dataset, scenario, separate, *thresholds)
