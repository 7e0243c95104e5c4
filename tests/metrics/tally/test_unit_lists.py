"""Tests of the lists of units at a point against a sorted frame, and of the units themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metrics.tally.failure_breakdowns import count_failures
from metrics.tally.unit_lists import Point, UnitList, list_units
from metrics.tally.units import units_at
from tests.metrics.frame_with_parts import MODELS, frame_with_parts, open_frame_with_parts

INFINITY = float("inf")


def sort_lists(
    frame: pd.DataFrame, at: float, today: tuple[str, float] | None
) -> dict[UnitList, list[int]]:
    """Positions of the units of every list, by a stable sort of the rows."""
    is_defect, score = frame["label"] == 1, frame["a"]
    flagged = (score >= at) & (at < INFINITY)
    lists = {
        UnitList.MISSED: (is_defect & ~flagged, score),
        UnitList.FALSE_ALARMS: (~is_defect & flagged, -score),
        UnitList.DOUBTFUL: (flagged | (at < INFINITY), (score - at).abs()),
    }
    if today is not None:
        before = (frame[today[0]] >= today[1]) & (today[1] < INFINITY)
        lists |= {
            UnitList.NEWLY_CAUGHT: (is_defect & flagged & ~before, -score),
            UnitList.NEWLY_MISSED: (is_defect & ~flagged & before, score),
            UnitList.NEWLY_FLAGGED: (~is_defect & flagged & ~before, -score),
            UnitList.NEWLY_PASSED: (~is_defect & ~flagged & before, score),
        }
    return {
        name: key[those].sort_values(kind="stable").index.tolist()
        for name, (those, key) in lists.items()
    }


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize(
    ("at", "today"),
    [
        (0.5, ("b", 0.5)),
        (0.31, ("a", 0.7)),
        (0.5, None),
        (INFINITY, ("b", 0.5)),
        (0.5, ("b", INFINITY)),
    ],
)
def test_lists_of_failures_equal_a_sorted_frame(monkeypatch, at, today, checked):
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    frame = frame_with_parts(2500)
    scores = open_frame_with_parts(frame, weighted=False, checked=checked)
    found = count_failures(scores, Point("a", at, today=today), most=7)
    wanted = sort_lists(frame, at, today)
    assert {name: unit_list.count for name, unit_list in found.lists.items()} == {
        name: len(rows) for name, rows in wanted.items()
    }
    for name, unit_list in found.lists.items():
        assert unit_list.rows.tolist() == wanted[name][:7], name
    units = units_at(scores, np.concatenate([unit_list.rows for unit_list in found.lists.values()]))
    for row, unit in units.items():
        read = frame.iloc[row]
        assert (unit.id, unit.is_defect) == (read["id"], read["label"] == 1)
        assert unit.scores == {model: read[model] for model in MODELS}
        assert unit.parts == {name: str(read[name]) for name in ("site", "line", "kind")}
    assert units_at(scores, np.empty(0, np.int64)) == {}


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("column", ["where", "id", "site"])
def test_the_path_of_a_picture_may_be_in_any_text_column(column, checked):
    frame = frame_with_parts(50)
    frame["where"] = [f" folder/{k}.jpg " if k % 3 else "" for k in range(len(frame))]
    scores = open_frame_with_parts(frame, weighted=False, checked=checked)
    assert column in scores.named_columns
    units = units_at(scores, np.array([4, 6]), picture=column)
    assert [units[k].picture for k in (4, 6)] == frame[column].iloc[[4, 6]].str.strip().tolist()
    assert units[4].parts.keys() == {"site", "line", "kind"}
    assert units_at(scores, np.array([4]))[4].picture == ""


@pytest.mark.parametrize("today", [("b", 0.5), None])
def test_lists_of_failures_in_a_segment_equal_a_sorted_frame(monkeypatch, today):
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    frame = frame_with_parts(2500)
    scores = open_frame_with_parts(frame, weighted=False, checked=True)
    within = {"site": "", "kind": "dent"}
    among = frame[(frame["site"] == "") & (frame["kind"] == "dent")]
    point = Point("a", 0.5, today=today)
    found = list_units(scores, point, within=within, most=7)
    everything = count_failures(scores, point, most=7).lists
    wanted, of_all = sort_lists(among, 0.5, today), sort_lists(frame, 0.5, today)
    for name, unit_list in found.items():
        assert unit_list.count == len(wanted[name])
        assert unit_list.rows.tolist() == wanted[name][:7], name
        counted = frame.loc[of_all[name], ["site", "line", "kind"]].astype(str)
        by_part = {c: counted[c].value_counts().to_dict() for c in counted if len(counted)}
        assert everything[name].parts == ({} if name is UnitList.DOUBTFUL else by_part)
