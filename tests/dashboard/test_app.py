"""Tests that preparations at the start serve the first visitor, and that no refusal is lost."""

from __future__ import annotations

import sys

import pytest

from dashboard.analysis import cache
from dashboard.analysis.counts import dataset_counts, figures_by_scenario
from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.analysis.thread_turns import Turns
from dashboard.app import make_ready
from dashboard.server import server_resources
from dashboard.session import session
from metrics import ScoreError
from tests.dashboard.pages import APP, Page
from tests.dashboard.tables import made


@pytest.fixture
def prepare_app(tmp_path, monkeypatch):
    """Prepare the app with a command line, and reset it afterwards."""
    given = []

    def ready(*arguments):
        given.append(("--private", *arguments))
        monkeypatch.setattr(sys, "argv", [str(APP), *given[-1]])
        make_ready(given[-1])
        return given[-1]

    yield ready
    for arguments in given:
        server_resources.library.forget(arguments, cache.forget)


def test_the_first_file_is_counted_and_evaluated(prepare_app, tmp_path, monkeypatch):
    file = made(("plain", "other"), seed=21, rows=6_000).write(tmp_path / "first.csv")
    (tmp_path / "scenario.toml").write_text('[today]\nmodel = "plain"\nthreshold = 0.2345\n')
    arguments = prepare_app(file, "--scenario", str(tmp_path / "scenario.toml"))
    [first] = server_resources.library(arguments, cache.forget).public_data

    def never(*_):
        raise AssertionError("it was to be there already")

    monkeypatch.setattr(dataset_counts, "TallyJob", never)
    monkeypatch.setattr(figures_by_scenario, "figures_under", never)
    figures = scenario_figures(first, first.countable(first.scenario)[0])
    assert len(figures.points) > 100


def test_a_refusal_at_the_start_is_left_to_the_page(prepare_app, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("id,label,m\na,1,0.5\na,0,0.25\n")
    arguments = prepare_app(str(file))
    [first] = server_resources.library(arguments, cache.forget).public_data
    with pytest.raises(ScoreError, match="ids must differ"):
        dataset_counts.tally(first)


def test_a_wrong_command_line_is_left_to_the_page(prepare_app):
    prepare_app("--no-such-option")


@pytest.mark.parametrize("is_awaited", [True, False])
def test_a_page_is_drawn_once_while_others_wait(is_awaited, tmp_path, monkeypatch):
    runs_again = []
    monkeypatch.setattr(Turns, "is_awaited", is_awaited)
    monkeypatch.setattr(session, "rerun", lambda: runs_again.append(True))
    Page(monkeypatch, made(rows=400, seed=34 + is_awaited).write(tmp_path / "own.csv"))
    assert any(runs_again) is not is_awaited
