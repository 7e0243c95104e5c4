"""Tests of the thresholds that a data set can count: any for rows, its own for a tally."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dashboard.data.dataset import Dataset
from metrics import Scenario, TallyFile, Today, load_tally, open_scores, tally_scores
from metrics.tally.file.tally_file import with_description
from tests.dashboard.tables import made
from tests.metrics.tallied import as_bytes

ROWS = made(rows=300, seed=5)
MODEL = ROWS.models[0]


@pytest.fixture
def tally(tmp_path: Path) -> TallyFile:
    scores = open_scores(ROWS.write(tmp_path / "scores.csv"))
    counted = with_description(tally_scores(scores, max_thresholds=20), scores, max_thresholds=20)
    (tmp_path / "s.tally").write_bytes(as_bytes(counted))
    return load_tally(tmp_path / "s.tally")


@pytest.fixture
def dataset(tally: TallyFile) -> Dataset:
    return Dataset(tally.fingerprint, "s", ("s.tally",), tally, Scenario(), 4096, "command line")


def test_a_scenario_that_a_tally_can_count_is_unchanged(dataset: Dataset, tally: TallyFile) -> None:
    threshold = float(tally.tally.finite_thresholds(0)[4])
    currents = (None, Today(MODEL, threshold), Today("no such model", 0.5))
    for scenario in (Scenario(today=current) for current in currents):
        assert dataset.countable(scenario) == (scenario, 0)
    assert dataset.counts_at(MODEL, threshold)
    assert not dataset.counts_at("no such model", 0.5)


def test_a_current_threshold_between_two_of_the_tally_moves_to_the_lower(
    dataset: Dataset, tally: TallyFile
) -> None:
    thresholds = tally.tally.finite_thresholds(0)
    k = int(np.argmax(np.diff(thresholds)))
    lower, upper = map(float, thresholds[k : k + 2])
    between = lower + 0.25 * (upper - lower)
    moved, units = dataset.countable(Scenario(today=Today(MODEL, between)))
    scores = ROWS.scores[MODEL]
    assert units == ((scores >= lower) & (scores < upper)).sum() > 0
    assert moved.today == Today(MODEL, lower)
    assert not dataset.counts_at(MODEL, between)
