from __future__ import annotations

import random
from itertools import islice

import numpy as np
import pytest

from metrics import load_tally, open_scores
from tests.soak import beside, chosen, exits, segments
from tests.soak.made import Cell
from tests.soak.mutate import mutations
from tests.soak.server import Held, faults
from tests.soak.targets import TARGETS, seeds


@pytest.mark.parametrize("kind", TARGETS)
def test_a_few_mutations_break_no_reader(kind, tmp_path):
    for data in islice(mutations(seeds(kind), random.Random(1)), 300):
        TARGETS[kind](data, tmp_path)


@pytest.mark.parametrize("kind", TARGETS)
def test_the_search_starts_from_files_that_open(kind, tmp_path):
    path = tmp_path / f"scores.{kind}"
    path.write_bytes(seeds(kind)[0][1:])
    if kind == "jsonl":
        path.write_bytes(seeds(kind)[2][1:])
        assert open_scores(path, models=["a"]).check().positives == 2
    elif kind == "tally":
        assert load_tally(path).positives == 2
    else:
        assert open_scores(path).check().positives == 1


def test_intervals_of_all_segments_hold_their_truth_at_once():
    held = segments.covered(Cell(500, 0.3), 40)
    assert min(held.values()) >= segments.LEAST


def test_the_truth_of_made_models_is_that_of_many_rows():
    """Their formula against a million rows, to four standard errors of a share."""
    population, rows = chosen.of_normal_scores(), 1_000_000
    labels, scores = population.draw(rows, 0.1, np.random.default_rng(1))
    model, threshold = population.today
    true = population.truth(model, np.array(threshold), rows, 0.1)
    caught = (scores[model] >= threshold)[labels == 1].mean()
    alarms = (scores[model] >= threshold)[labels == 0].mean()
    assert caught == pytest.approx(float(true["recall"]), abs=4 * 0.5 / 1e5**0.5)
    assert alarms == pytest.approx(float(true["false_alarms"]) / 9e5, abs=4 * 0.4 / 9e5**0.5)
    assert true["revenue_impact"] == pytest.approx(0, abs=1e-6)


def test_at_the_least_cost_page_and_command_line_say_the_same_and_hold_the_truth():
    """Of a few samples, with picks and truth of the simulation's own."""
    population = chosen.of_normal_scores()
    held, met = [], []
    for draw in range(4):
        said, limits = chosen.said_of(population, 1000, 0.06, draw)
        of = {one[:2]: one[2:] for one in said}
        for figure in ("cost_of_errors", "missed_defects"):
            ends = of["command line, cheapest model", figure]
            assert ends == pytest.approx(of["page, cheapest", figure])
            held.append(ends[0] <= ends[2] <= ends[1])
        met += limits
    assert sum(held) >= 7
    assert (
        abs(np.mean([share for *_, share, _ in met]) - np.mean([is_met for *_, is_met in met]))
        < 0.2
    )


def test_the_interval_of_the_worst_segment_holds_after_the_worst_was_picked():
    value, shrunken, *_, holds = segments.worst(*segments.WORST["eight parts alike"], 200)
    assert value < 0.55
    assert shrunken == pytest.approx(0.7, abs=0.05)
    assert holds >= 95


def test_no_threshold_beside_the_cheapest_looks_surer_than_the_cheapest():
    """Nor do its intervals miss the truth, of which the cheapest has too much luck without a correction."""
    cost = beside.beside(chosen.of_normal_scores(), 2000, 0.03, 12)["cost_of_errors"]
    pick = beside.PICK
    assert (cost.met.mean(axis=0) <= cost.met[:, pick].mean() + 0.005).all()
    assert (cost.expected >= cost.expected[:, [pick]] - 1e-9).all()
    lucky, said = ((own - cost.figure).mean(axis=0) for own in (cost.truth, cost.expected))
    assert lucky[pick] == lucky.max() > 10
    assert (said > lucky - 5).all()
    assert (np.diff(said)[:pick] > 0).all()
    assert (np.diff(said)[pick:] < 0).all()
    assert ((cost.low <= cost.truth) & (cost.truth <= cost.high)).mean() > 0.9


def test_a_run_that_fails_is_told(tmp_path, monkeypatch):
    assert list(exits.failures(tmp_path, 2, at_once=2)) == []
    monkeypatch.setattr(exits, "inputs", lambda folder: [folder / "gone.csv"])
    (told,) = exits.failures(tmp_path, 1)
    assert told.startswith("run 0 of gone.csv: exit 2")


def test_what_a_server_still_holds_is_told():
    first = Held(500.0, 12, 40, 0, ("clock.json",))
    assert faults(first, Held(600.0, 12, 40, 0, ("clock.json",))) == []
    assert faults(first, Held(601.0, 13, 41, 1, ("clock.json", "rows.parquet"))) == [
        "memory grew from 500 to 601 MB",
        "threads grew from 12 to 13",
        "files grew from 40 to 41",
        "processes grew from 0 to 1",
        "left in the library: rows.parquet",
    ]
