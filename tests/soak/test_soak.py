from __future__ import annotations

import random
from itertools import islice

import pytest

from metrics import load_tally, open_scores
from tests.soak import exits, segments
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


def test_the_interval_of_the_worst_segment_holds_after_the_worst_was_picked():
    value, shrunken, *_, holds = segments.worst(*segments.WORST["eight parts alike"], 200)
    assert value < 0.55
    assert shrunken == pytest.approx(0.7, abs=0.05)
    assert holds >= 95


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
