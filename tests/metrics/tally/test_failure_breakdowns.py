"""Tests of the errors of a point by segment and by kind against a group-by."""

from __future__ import annotations

import pandas as pd
import pytest

from metrics.tally.failure_breakdowns import BOTH, CURRENT, REJECTED_FROM, SELECTED, count_failures
from metrics.tally.unit_lists import Point
from tests.metrics.frame_with_parts import frame_with_parts, open_frame_with_parts


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("buckets", [1, 100])
def test_counts_by_segment_equal_a_group_by(weighted, buckets):
    frame, at = frame_with_parts(), 0.37
    scores = open_frame_with_parts(frame, weighted=weighted, checked=True)
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
    scores = open_frame_with_parts(frame, weighted=weighted, checked=True)
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
    scores = open_frame_with_parts(frame, weighted=False, checked=True)
    pairs = count_failures(scores, Point("a", 0.5)).pairs["site"]
    assert (pairs.counts, pairs.is_whole) == ({}, False)
