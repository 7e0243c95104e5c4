"""Data as the command line names it: its title, its scenario, and where it is found again."""

from __future__ import annotations

import pytest

from dashboard.cli_open import app_options
from dashboard.library import open_dataset, title_of
from metrics import Scenario, ScoreError, read_scenario
from sample_data import SCENARIO, SCORES
from tests.dashboard.tables import NASTY, made

ROWS = made()


@pytest.fixture
def path(tmp_path):
    return ROWS.write(tmp_path / "line_2_night shift.v3.csv")


def test_files_are_opened_as_the_options_say(path, tmp_path):
    dataset = open_dataset(app_options([path]))
    assert dataset.scores.models == NASTY
    assert dataset.title == "line 2 night shift"
    assert dataset.scenario == Scenario()
    assert dataset.fingerprint == dataset.scores.fingerprint
    scenario = tmp_path / "s.toml"
    scenario.write_text("miss_cost = 8\n")
    dataset = open_dataset(
        app_options(
            [
                path,
                "--model",
                NASTY[1],
                "--rows",
                "held-out",
                "--max-thresholds",
                "7",
                "--scenario",
                str(scenario),
            ]
        )
    )
    assert dataset.scores.models == (NASTY[1],)
    assert dataset.scores.held_out == "held-out"
    assert dataset.max_thresholds == 7
    assert dataset.scenario == Scenario(miss_cost=8)


def test_the_warnings_are_those_of_the_gate(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,label,a\nu1,1,0.5\nu2,0,0.25\n")
    dataset = open_dataset(app_options([str(path)]))
    dataset.scores.check()
    assert dataset.problems == dataset.scores.problems
    assert [p.code for p in dataset.problems] == ["W_FEWPOSITIVES"]


def test_without_files_the_sample_is_opened():
    dataset = open_dataset(app_options([]))
    assert dataset.scores.files == (str(SCORES),)
    assert dataset.scores.held_out == "held-out"
    assert dataset.scenario == read_scenario(SCENARIO)
    assert dataset.title == "Line 3 camera trial"


def test_what_is_refused_is_raised(path, tmp_path):
    with pytest.raises(ScoreError, match=r"none\.csv"):
        open_dataset(app_options([str(tmp_path / "none.csv")]))
    with pytest.raises(ScoreError, match="none"):
        open_dataset(app_options([path, "--scenario", str(tmp_path / "none.toml")]))


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("/somewhere/line_3.csv.gz",), "line 3"),
        ((".scores",), ".scores"),
        (("a.csv", "b.csv"), "a and 1 more"),
        (("a.csv", "b.csv", "c.csv"), "a and 2 more"),
        ((), "scores"),
    ],
)
def test_a_title_is_the_files_name(files, title):
    assert title_of(files) == title
