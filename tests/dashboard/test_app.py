"""Tests of the start: the first file is counted before the first visit, and a page shows a rejected file."""

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
from dashboard.session.choices import Choices
from metrics import ScoreError
from metrics.inference.replicated_counts import ReplicatedCounts
from tests.dashboard.pages import APP, Page
from tests.dashboard.tables import made


@pytest.fixture
def prepare_app(monkeypatch):
    """Prepare the app with a command line, and reset it afterwards."""
    command_lines = []

    def prepare(*arguments):
        command_line = ("--private", *arguments)
        command_lines.append(command_line)
        monkeypatch.setattr(sys, "argv", [str(APP), *command_line])
        make_ready(command_line)
        return command_line

    yield prepare
    for command_line in command_lines:
        server_resources.library.forget(command_line, cache.forget)


def test_the_first_file_is_counted_and_evaluated(prepare_app, tmp_path, monkeypatch):
    file = made(("plain", "other"), seed=21, rows=6_000).write(tmp_path / "first.csv")
    (tmp_path / "scenario.toml").write_text('[today]\nmodel = "plain"\nthreshold = 0.2345\n')
    arguments = prepare_app(file, "--scenario", str(tmp_path / "scenario.toml"))
    [first] = server_resources.library(arguments, cache.forget).public_data

    def never(*_):
        raise AssertionError("the result must come from the cache")

    monkeypatch.setattr(dataset_counts, "TallyJob", never)
    monkeypatch.setattr(figures_by_scenario, "figures_under", never)
    monkeypatch.setattr(ReplicatedCounts, "draw", never)
    scenario, _ = first.countable(first.scenario)
    assert len(scenario_figures(first, scenario).points) > 100
    assert dataset_counts.draw(first, Choices().seed, scenario).replicates > 100


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
