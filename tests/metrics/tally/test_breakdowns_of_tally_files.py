"""Tests that breakdowns in tally files are read back, added, and used instead of the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import ScoreError, add_tallies, load_tally, open_scores, tally_scores
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.file.tally_file import with_description
from tests.metrics.frame_with_parts import MODELS
from tests.metrics.odd_frames import TODAY, by_column, frames, made_odd, open_odd, tally_odd
from tests.metrics.tallied import as_bytes


@settings(max_examples=4)
@given(frames(), st.sampled_from([5, 4096]))
def test_breakdowns_sum_to_the_whole_and_are_read_back_from_a_file(
    frame: pd.DataFrame, limit: int
) -> None:
    made_now = tally_odd(frame, max_thresholds=limit, also=[0.5])
    found = load_tally(as_bytes(made_now))
    assert found.tally.breakdowns is not None
    assert found.tally.breakdowns.current_point == TODAY
    whole, mass = made_now.tally.counts.sum(axis=0), made_now.tally.weights
    for (column, breakdown), (_, read) in zip(
        by_column(made_now.tally.breakdowns), by_column(found.tally.breakdowns), strict=True
    ):
        assert (breakdown.categories, breakdown.has_others) == (read.categories, read.has_others)
        np.testing.assert_array_equal(breakdown.counts, read.counts)
        both = breakdown.counts.sum(axis=(0, 1))
        np.testing.assert_array_equal(both[..., 1], whole[..., 1])
        assert (both[..., 0] == (0 if column == "kind" else whole[..., 0])).all()
        if breakdown.weights is not None and read.weights is not None and mass is not None:
            np.testing.assert_array_equal(breakdown.weights, read.weights)
            defects = breakdown.weights.sum(axis=(0, 1))[..., 1]
            np.testing.assert_allclose(defects, mass.sum(axis=0)[..., 1], rtol=1e-9)


@settings(max_examples=4)
@given(frames(), st.integers(5, 28), st.sampled_from([5, 4096]))
def test_breakdowns_of_days_sum_to_the_week(frame: pd.DataFrame, cut: int, limit: int) -> None:
    """The sum has Monday's categories. Further categories of Tuesday are in `OTHER`."""
    monday = tally_odd(frame.iloc[:cut], max_thresholds=limit, also=[0.5])
    tuesday, week = tally_odd(frame.iloc[cut:], like=monday), tally_odd(frame, like=monday)
    added = add_tallies([load_tally(as_bytes(monday)), load_tally(as_bytes(tuesday))])
    assert "W_BREAKDOWNS" not in [p.code for p in added.header.problems]
    for (_, summed), (_, whole), (_, first) in zip(
        by_column(added.tally.breakdowns),
        by_column(week.tally.breakdowns),
        by_column(monday.tally.breakdowns),
        strict=True,
    ):
        assert summed.categories == whole.categories
        assert whole.categories[: len(first.categories)] == first.categories
        assert summed.has_others >= whole.has_others
        np.testing.assert_array_equal(summed.counts, whole.counts)
        if summed.weights is not None and whole.weights is not None:
            np.testing.assert_allclose(summed.weights, whole.weights, rtol=1e-12)


def test_counts_of_a_file_stay_narrow_and_their_sums_do_not_overflow() -> None:
    """Otherwise the counts of a wide file would need eight times the memory."""
    file = tally_odd(made_odd(), max_thresholds=20, also=[0.5])
    read = load_tally(as_bytes(file))
    of_file, of_read = file.tally.breakdowns, read.tally.breakdowns
    assert of_file is not None
    assert of_read is not None
    wide, narrow = of_file.segments["flag"], of_read.segments["flag"]
    assert [one.counts.dtype.itemsize for one in (wide, narrow)] == [4, 1]
    half = [np.array([0.5])] * 2
    assert wide.at(half).counts.max() > 255
    assert (wide.at(half).counts == narrow.at(half).counts).all()
    total = wide
    for _ in range(9):
        total, narrow = total + wide, narrow + of_read.segments["flag"]
    assert (total.counts == narrow.counts).all()
    assert total.counts.max() > 255
    assert as_bytes(read) == as_bytes(file)
    for one, other in zip(
        wide.flagged_and_shipped("a", 0.5, rows=True),
        of_read.segments["flag"].flagged_and_shipped("a", 0.5, rows=True),
        strict=True,
    ):
        assert one.dtype == other.dtype
        assert (one == other).all()


def test_a_sum_has_the_common_breakdowns_and_names_the_missing_ones() -> None:
    frame = made_odd()
    one = tally_odd(frame.iloc[:300])
    plain = open_scores(frame.iloc[300:], models=MODELS, segments=["odd"])
    chosen = [one.tally.finite_thresholds(m) for m in range(2)]
    by = BreakdownColumns(("odd",), None, ("b", 0.75)).with_categories_of(one.tally.breakdowns)
    other = with_description(
        tally_scores(plain, thresholds=chosen, by=by), plain, max_thresholds=4096
    )
    added = add_tallies([replace(one, header=replace(one.header, columns=plain.columns)), other])
    assert added.tally.breakdowns is not None
    assert added.tally.breakdowns.columns == BreakdownColumns(("odd",))
    assert added.tally.breakdowns.segments["odd"].counts[:, :, 0].sum() == len(frame)
    [note] = [p for p in added.header.problems if p.code == "W_BREAKDOWNS"]
    assert "kinds of defect in kind" in note.message
    assert "today's answer of b at 0.5" in note.message
    assert "parts of odd" not in note.message


def test_a_tally_file_gives_its_breakdowns_and_refuses_others() -> None:
    frame = made_odd()
    file = tally_odd(frame, also=[0.5])
    # No score of b lies between this threshold and the counted one, so both systems are the same.
    same_system = "b", 0.5 - 1e-9
    found = file.breakdowns_at(
        [0.5, np.inf], BreakdownColumns(("odd", "flag"), "kind", same_system)
    )
    assert found.columns == BreakdownColumns(("odd", "flag"), "kind", TODAY)
    asked = count_breakdowns(open_odd(frame), [0.5], BreakdownColumns(("odd",), "kind", TODAY))
    np.testing.assert_array_equal(found.segments["odd"].counts, asked.segments["odd"].counts)
    assert asked.today is not None
    assert found.today is not None
    np.testing.assert_array_equal(found.today.counts, asked.today.counts)
    for lacking in (
        BreakdownColumns(("nowhere",)),
        BreakdownColumns(defect_type="odd"),
        BreakdownColumns(today=("a", 0.5)),
        BreakdownColumns(today=("b", 0.7)),
    ):
        with pytest.raises(ScoreError, match="and it has") as refused:
            file.breakdowns_at([0.5], lacking)
        assert refused.value.code == "E_TALLY"
