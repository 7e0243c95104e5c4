"""Tests of the errors of a point: lists of units, and counts by segment and kind, against a data frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metrics import open_scores
from metrics.tally.failure_breakdowns import BOTH, CURRENT, REJECTED_FROM, SELECTED, count_failures
from metrics.tally.unit_lists import Point, UnitList, list_units
from metrics.tally.units import units_at
from tests.metrics.frame_with_parts import MODELS, frame_with_parts

INFINITY = float("inf")


def open_frame(frame: pd.DataFrame, *, weighted: bool, checked: bool):
    data = frame if weighted else frame.drop(columns="weight")
    scores = open_scores(
        data, models=MODELS, segments=["site", "line"], defect_type="kind", group="lot"
    )
    return scores.check() if checked else scores


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
    scores = open_frame(frame, weighted=False, checked=checked)
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
    scores = open_frame(frame, weighted=False, checked=checked)
    assert column in scores.named_columns
    units = units_at(scores, np.array([4, 6]), picture=column)
    assert [units[k].picture for k in (4, 6)] == frame[column].iloc[[4, 6]].str.strip().tolist()
    assert units[4].parts.keys() == {"site", "line", "kind"}
    assert units_at(scores, np.array([4]))[4].picture == ""


@pytest.mark.parametrize("today", [("b", 0.5), None])
def test_lists_of_failures_in_a_segment_equal_a_sorted_frame(monkeypatch, today):
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    frame = frame_with_parts(2500)
    scores = open_frame(frame, weighted=False, checked=True)
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


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("buckets", [1, 100])
def test_counts_by_segment_equal_a_group_by(weighted, buckets):
    frame, at = frame_with_parts(), 0.37
    scores = open_frame(frame, weighted=weighted, checked=True)
    found = count_failures(scores, Point("a", at, today=("b", 0.5)), buckets=buckets).breakdowns
    mass = frame["weight"] if weighted else pd.Series(1.0, frame.index)
    flags = {SELECTED: frame["a"] >= at, CURRENT: frame["b"] >= 0.5}
    flags[BOTH] = flags[SELECTED] & flags[CURRENT]
    breakdowns = [*found.segments.values(), found.defect_types, found.today]
    answers = flags[CURRENT].map({False: "passed", True: "flagged"})
    columns = [frame["site"], frame["line"].astype(str), frame["kind"], answers]
    assert len(breakdowns) == len(columns)
    for breakdown, column in zip(breakdowns, columns, strict=True):
        assert breakdown is not None
        rows = frame["label"] == 1 if breakdown is found.defect_types else frame["label"] >= 0
        for name, is_flagged in flags.items():
            flagged, shipped = breakdown.flagged_and_shipped(name, REJECTED_FROM)
            assert len(flagged) == buckets
            for got, those in ((flagged, rows & is_flagged), (shipped, rows & ~is_flagged)):
                wanted = mass[those].groupby([column[those], frame["label"][those]]).sum()
                for c, category in enumerate(breakdown.categories):
                    for label in (0, 1):
                        expected = wanted.get((category, label), 0.0)
                        assert got[:, c, label].sum() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("today", [("b", 0.5), None])
def test_defects_by_kind_and_segment_equal_a_group_by(monkeypatch, weighted, today):
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    frame = frame_with_parts(2500)
    scores = open_frame(frame, weighted=weighted, checked=True)
    found = count_failures(scores, Point("a", 0.6, ship_below=0.3, today=today)).pairs
    rows = frame[frame["label"] == 1].assign(mass=frame["weight"] if weighted else 1.0)
    rows["becomes"] = (rows["a"] >= 0.3).astype(int) + (rows["a"] >= 0.6)
    rows["before"] = 0 if today is None else (rows["b"] >= 0.5).astype(int)
    assert found.keys() == {"site", "line"}
    for column, pairs in found.items():
        assert pairs.is_whole
        wanted = rows.groupby(["kind", rows[column].astype(str), "before", "becomes"])["mass"].sum()
        counted = {
            (*pair, before, becomes): counts[before, becomes]
            for pair, counts in pairs.counts.items()
            for before in range(2)
            for becomes in range(3)
            if counts[before, becomes]
        }
        assert counted == pytest.approx(wanted.to_dict())


def test_no_pair_is_counted_if_there_are_too_many(monkeypatch):
    """Pairs of a later batch are not counted either."""
    monkeypatch.setattr("metrics.tally.failure_breakdowns.MOST_PAIRS", 3)
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    frame = frame_with_parts(2500)
    frame.loc[2 * 1024 :, ["site", "kind"]] = ["north", "dent"]  # a single pair
    scores = open_frame(frame, weighted=False, checked=True)
    pairs = count_failures(scores, Point("a", 0.5)).pairs["site"]
    assert (pairs.counts, pairs.is_whole) == ({}, False)
