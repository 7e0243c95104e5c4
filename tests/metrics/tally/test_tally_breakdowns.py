"""Tests that the breakdowns of a tally equal a group-by of the rows, from any source of the rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import ScoreError, load_tally, open_scores, tally_scores
from metrics.io.hash_buckets import bucket_of
from metrics.spark.dataframe import tally_dataframe
from metrics.tally.breakdown import BreakdownColumns, Breakdowns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.categories import MAX_CATEGORIES, OTHER
from metrics.tally.failure_breakdowns import count_failures
from metrics.tally.file.tally_file import with_description
from metrics.tally.unit_lists import Point, list_units
from metrics.tally.units import units_at
from tests.metrics.frame_with_parts import MODELS, frame_with_parts
from tests.metrics.odd_frames import (
    ODD_TEXTS,
    TODAY,
    by_column,
    frames,
    made_odd,
    open_odd,
    tally_odd,
)
from tests.metrics.tallied import as_bytes

PARTS_OF_HUNDRED = [
    0, 1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0, 9, 10, 0, 11, 12, 0, 13, 14, 0, 15, 16, 0, 17, 18, 0, 19, 20,
    0, 21, 22, 0, 23, 24, 0, 25, 26, 0, 27, 28, 0, 29, 30, 0, 31, 32, 0, 33, 1, 0, 2, 3, 0, 4, 5, 0, 6, 7,
    0, 8, 9, 0, 10, 11, 0, 12, 13, 0, 14, 15, 0, 16, 17, 0, 18, 19, 0, 20, 21, 0, 22, 23, 0, 24, 25,
    0, 26, 27, 0, 28, 29, 0, 30, 31, 0, 32, 33, 0,
]  # fmt: skip
"""Part of each of 100 buckets. Part 33 is the last part, so the next bucket is in part 1 again."""


def category_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as the tally names them. Those after the first `MAX_CATEGORIES` become `OTHER`."""
    defects = frame["label"] == 1
    parts = {column: frame[column].astype(str) for column in ("odd", "many", "kind")}
    parts["number"] = (
        frame["number"].map({1.0: "1", 2.5: "2.5", 0.0: "0", 1e300: "1e+300"}).fillna("")
    )
    parts["flag"] = frame["flag"].map({True: "true", False: "false"})
    parts["kind"] = parts["kind"].where(defects)
    parts["today"] = (frame["b"] >= 0.5).map({True: "flagged", False: "passed"})
    for column, values in parts.items():
        first = values.dropna().unique()[:MAX_CATEGORIES]
        parts[column] = values.where(values.isin(first) | values.isna(), OTHER)
    return pd.DataFrame(parts)


def row_masses(frame: pd.DataFrame) -> pd.Series:
    """Weight of each row; 1 if rows have no weights."""
    return frame["weight"] if "weight" in frame else pd.Series(1.0, frame.index)


@settings(max_examples=3)
@given(frames(), st.sampled_from([5, 4096]))
def test_breakdowns_equal_a_group_by(frame: pd.DataFrame, limit: int) -> None:
    """The thresholds are the lowest, one in the middle, and infinity."""
    tally = tally_odd(frame, max_thresholds=limit, also=[0.5]).tally
    parts, mass = category_names(frame), row_masses(frame)
    for column, breakdown in by_column(tally.breakdowns):
        assert {*breakdown.categories} == {*parts[column].dropna()}
        assert breakdown.has_others == (parts[column].nunique() > MAX_CATEGORIES)
        for m, model in enumerate(MODELS):
            own_thresholds = tally.finite_thresholds(m)
            for at in [own_thresholds[0], own_thresholds[own_thresholds.size // 2], np.inf]:
                flags = (frame[model] >= at) & (at < np.inf)
                wanted = mass.groupby([parts[column], frame["label"], flags]).sum()
                for got, is_flagged in zip(
                    breakdown.flagged_and_shipped(model, at), (True, False), strict=True
                ):
                    expected = [
                        [wanted.get((name, label, is_flagged), 0.0) for label in (0, 1)]
                        for name in breakdown.categories
                    ]
                    np.testing.assert_allclose(got[0], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("part_of_bucket", [[0], [0, 1, 2, 0, 3, 4, 0], PARTS_OF_HUNDRED], ids=len)
@pytest.mark.parametrize("weighted", [False, True])
def test_units_flagged_by_the_current_system_are_counted_by_part(
    part_of_bucket: list[int], weighted: bool
) -> None:
    """Every third bucket belongs to part 0. The others are dealt to the remaining parts in turn."""
    buckets = len(part_of_bucket)
    frame = made_odd() if weighted else made_odd().drop(columns="weight")
    scores = open_odd(frame)
    tally = tally_scores(scores, by=BreakdownColumns(today=TODAY), also=[0.5], buckets=buckets)
    assert tally.breakdowns is not None
    flagged = tally.breakdowns.flagged_today
    assert flagged is not None
    keys = np.concatenate([rows.keys for rows in scores.labelled_rows()])
    part = np.array(part_of_bucket)[bucket_of(keys, buckets).astype(int)]
    mass = row_masses(frame).to_numpy()
    is_current = frame["b"].to_numpy() >= 0.5
    for m, model in enumerate(MODELS):
        bins = np.searchsorted(tally.finite_thresholds(m), frame[model], side="right")
        wanted = np.zeros_like(flagged[:, m], float)
        np.add.at(wanted, (part, bins, frame["label"].to_numpy()), mass * is_current)
        np.testing.assert_allclose(flagged[:, m], wanted, rtol=1e-12)
    twice = (tally.breakdowns + tally.breakdowns).flagged_today
    assert twice is not None
    np.testing.assert_allclose(twice, 2 * flagged)
    of_file = load_tally(
        as_bytes(with_description(tally, scores, max_thresholds=4096))
    ).tally.breakdowns
    assert of_file is not None
    assert of_file.flagged_today is not None
    np.testing.assert_array_equal(of_file.flagged_today, flagged)
    both = (of_file + tally.breakdowns).flagged_today
    assert both is not None
    np.testing.assert_allclose(both, 2 * flagged)


@pytest.mark.parametrize("cached_bytes", [400_000_000, 0])
def test_breakdowns_are_equal_if_rows_are_cached_or_read_twice(monkeypatch, cached_bytes) -> None:
    scores = open_scores(
        frame_with_parts(3000), models=MODELS, segments=["site", "line", "lot"], defect_type="kind"
    )
    monkeypatch.setattr("metrics.tally.first_pass.MAX_STORED_BYTES", cached_bytes)
    monkeypatch.setattr("metrics.io.scores.BATCH_BYTES", 1)  # batches of 1,024 rows
    by = BreakdownColumns.of(scores.columns, TODAY)
    tally = tally_scores(scores, by=by, also=[0.5], max_thresholds=20)
    assert tally.breakdowns is not None
    asked = count_breakdowns(scores, [0.5], by)
    for breakdown, other in zip(tally.breakdowns.all, asked.all, strict=True):
        at = breakdown.at([np.array([0.5])] * 2)
        assert at.categories == other.categories
        np.testing.assert_array_equal(at.counts, other.counts)
        np.testing.assert_allclose(at.masses, other.masses, rtol=1e-12)


def test_numeric_segments_of_parquet_equal_their_texts(tmp_path) -> None:
    """Cases include empty cells, late texts, and more texts than are counted separately."""
    frame = frame_with_parts(3000).drop(columns="weight")
    frame["site"] = frame["site"].where(frame["site"] != "north", None)
    frame["odd"] = [ODD_TEXTS[k % 5] if k < 2000 else f"late {k % 50}" for k in range(len(frame))]
    frame.to_parquet(path := tmp_path / "rows.parquet")
    found = []
    for source in (path, frame):
        named: dict[str, Any] = {"segments": ["site", "odd", "lot"], "defect_type": "kind"}
        scores = open_scores(source, models=MODELS, **named)
        tally = tally_scores(scores, by=BreakdownColumns.of(scores.columns, TODAY))
        assert tally.breakdowns is not None
        failures = count_failures(scores, Point("a", 0.5, None, TODAY), most=5)
        within = list_units(scores, Point("a", 0.5), within={"site": "", "kind": "dent"})
        rows = [listed.rows for listed in within.values()]
        units = units_at(scores, np.concatenate(rows)[:20])
        lists = {name: (listed.count, listed.parts) for name, listed in failures.lists.items()}
        texts = [batch.column(3).to_pylist() for batch in scores.batches()]
        found.append((tally.breakdowns, failures.breakdowns, lists, units, texts))
    for of_file, of_frame in zip(*found, strict=True):
        if not isinstance(of_file, Breakdowns):
            assert of_file == of_frame
            continue
        for in_file, in_frame in zip(of_file.all, of_frame.all, strict=True):
            assert (in_file.categories, in_file.has_others) == (
                in_frame.categories,
                in_frame.has_others,
            )
            np.testing.assert_array_equal(in_file.counts, in_frame.counts)


def test_fewer_thresholds_and_another_order_of_models_keep_the_counts() -> None:
    breakdowns = tally_odd(made_odd()).tally.breakdowns
    assert breakdowns is not None
    site = breakdowns.segments["odd"]
    fewer = site.at([np.array([0.3, 0.5]), np.array([0.75])]).of_models(("b", "a"))
    assert fewer.thresholds.tolist() == [[0.75, np.inf], [0.3, 0.5]]
    for model, at in (("b", 0.75), ("a", 0.3), ("a", 0.5), ("a", np.inf)):
        for one, other in zip(
            fewer.flagged_and_shipped(model, at), site.flagged_and_shipped(model, at), strict=True
        ):
            np.testing.assert_allclose(one, other)
    assert (fewer.counts[:, :, 0, 2] == 0).all()  # the padding of a model with fewer thresholds


def test_counting_against_an_unknown_current_model_is_refused() -> None:
    frame: Any = SimpleNamespace(columns=["id", "label", "a", "b"])
    with pytest.raises(ScoreError, match="must be one of a, b") as refused:
        tally_dataframe(frame, label="label", id="id", models=["a", "b"], today=("c", 0.5))
    assert refused.value.code == "E_TODAY"
