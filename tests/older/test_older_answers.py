"""Scores, tallies, Parquet and scenario of version 0.1.0 give the same answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow.parquet as pq
import pytest

import metrics
from tests.older.doors import OLD, command, differences, told

ASKED: dict[str, dict[str, Any]] = json.loads((OLD / "answers/commands.json").read_text())
OPTIONS = tuple(ASKED["evaluate_monday"]["command"][2:-4])
"""How the days were read."""


def without_words(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer whose problems are told without prose."""
    kept = ("code", "severity", "file", "row", "column", "value")
    problems = [{name: problem[name] for name in kept} for problem in answer["problems"]]
    return {**answer, "problems": problems}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_command_answers_as_it_did(name, capsys):
    asked = ASKED[name]
    status, answer = told(capsys, *asked["command"])
    assert status == 0
    before, now = without_words(asked["answer"]), without_words(answer)
    # Fewer than a hundred defects are warned of since; then it was fewer than thirty.
    now["problems"] = [
        problem
        for problem in now["problems"]
        if problem in before["problems"] or problem["code"] != "W_FEW"
    ]
    assert differences(before, now) == []


def test_the_same_objectives_are_listed(capsys):
    assert command()(["objectives"]) == 0
    now = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    lines = (OLD / "answers/objectives.txt").read_text().splitlines()
    before = [line.split()[:2] for line in lines]
    assert [one for one in now if one in before] == before  # more may have come since


def test_rows_are_converted_to_the_same_values(capsys, tmp_path):
    made = tmp_path / "monday.parquet"
    status, _ = told(capsys, "convert", "scores/monday.csv", *OPTIONS, "-o", made)
    assert status == 0
    assert pq.read_table(made).equals(pq.read_table("scores/monday.parquet"))


def test_a_converted_file_says_of_itself_what_it_did():
    scores = metrics.open_scores("scores/monday.parquet").check()
    columns = ASKED["check_parquet"]["answer"]["columns"]
    assert list(scores.models) == columns["models"]
    assert scores.columns.positive == columns["positive"]
    assert (scores.columns.weight, scores.columns.value) == ("weight", "value")
    assert scores.columns.segments == tuple(columns["segments"])


def test_a_tally_has_what_it_counted():
    opened = metrics.load_tally("tallies/monday.tally")
    answer = ASKED["check_monday"]["answer"]
    assert opened.header.counted == (answer["fingerprint"],)
    assert (opened.held_out, opened.scale) == ("held-out", "probability")
    assert list(opened.models) == answer["columns"]["models"]
    assert int(opened.tally.rows.sum()) == answer["rows"]
    assert int(opened.tally.rows[1]) == answer["positives"]


def test_rows_counted_now_add_to_an_old_tally(capsys, tmp_path):
    tuesday, week = tmp_path / "tuesday.tally", tmp_path / "week.tally"
    like = ("--like", "tallies/monday.tally", "-o", tuesday)
    assert told(capsys, "tally", "scores/tuesday.csv", *OPTIONS, *like)[0] == 0
    assert told(capsys, "tally", "--add", "tallies/monday.tally", tuesday, "-o", week)[0] == 0
    asked = ASKED["evaluate_week_tally"]
    _, answer = told(
        capsys, *(week if part == "tallies/week.tally" else part for part in asked["command"])
    )
    for name in ("rows", "positives", "models", "front"):
        assert differences(asked["answer"][name], answer[name], name) == []


def test_a_scenario_of_every_key_means_the_same():
    s = metrics.read_scenario("scenario.toml")
    assert (s.miss_cost, s.defect_rate, s.units_per_year) == (6.5, 0.031, 2_400_000)
    assert s.currency == "CHF"
    assert s.payoff == metrics.Payoff(4.0, -1.5, -20.0, -1.25)
    assert s.today == metrics.Today("rule", 0.4)
    assert dict(s.limits) == {"missed_defects_per_1000_defects": 450, "share_flagged": 0.35}
    load = s.serving
    assert load is not None
    assert (load.requests_per_hour, load.peak_requests_per_hour) == (900_000, 1_500_000)
    assert (load.longest_wait_ms, load.in_time, load.price_per_worker_hour) == (20, 0.95, 0.3)
    workers = {
        name: (worker.seconds_per_unit, worker.price_per_worker_hour)
        for name, worker in load.models.items()
    }
    assert workers == {
        "boosting": (0.0015, 0.12),
        "svm, rbf": (0.00625, None),
        "rule": (0.0002, 0.05),
    }
