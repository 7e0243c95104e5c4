"""Tests of opening the data that the command line names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from metrics import Scenario, ScoreError, read_scenario
from sample_data import SCENARIO, SCORES
from tests.dashboard.tables import NASTY, made


@pytest.fixture
def path(tmp_path):
    return made().write(tmp_path / "line_2_night shift.v3.csv")


def test_files_are_opened_with_their_options(path, tmp_path):
    dataset = open_dataset(app_options([path]))
    assert dataset.scores.models == NASTY
    assert dataset.title == "line 2 night shift"
    assert dataset.scenario == Scenario()
    assert dataset.fingerprint == dataset.scores.fingerprint
    scenario = tmp_path / "s.toml"
    scenario.write_text("miss_cost = 8\n")
    options = ["--model", NASTY[1], "--rows", "held-out", "--max-thresholds", "7"]
    dataset = open_dataset(app_options([path, *options, "--scenario", str(scenario)]))
    assert dataset.scores.models == (NASTY[1],)
    assert dataset.scores.held_out == "held-out"
    assert dataset.max_thresholds == 7
    assert dataset.scenario == Scenario(miss_cost=8)


def test_without_files_the_sample_is_opened():
    dataset = open_dataset(app_options([]))
    assert dataset.scores.files == (str(SCORES),)
    assert dataset.scores.held_out == "held-out"
    serving = dataset.scenario.serving
    assert serving is not None
    assert set(serving.models) == set(dataset.scores.models)  # measured together with the scores
    assert dataset.scenario == replace(read_scenario(SCENARIO), serving=serving)
    assert dataset.title == "Line 3 camera trial"
    assert dataset.names_kinds


def test_a_refused_file_raises_its_error(path, tmp_path):
    with pytest.raises(ScoreError, match="the file must be readable"):
        open_dataset(app_options([str(tmp_path / "none.csv")]))
    with pytest.raises(ScoreError, match="the scenario must be a readable"):
        open_dataset(app_options([path, "--scenario", str(tmp_path / "none.toml")]))
