"""Tests that breakdowns equal a group-by at every threshold, in a file, split and added."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import ScoreError, Scores, add_tallies, load_tally, open_scores, tally_scores
from metrics.evaluation.worst_recall import worst_recalls
from metrics.io.hash_buckets import bucket_of
from metrics.spark.dataframe import tally_dataframe
from metrics.tally.breakdown import Breakdown, BreakdownColumns, Breakdowns
from metrics.tally.breakdown_counter import count_breakdowns
from metrics.tally.categories import MAX_CATEGORIES, OTHER
from metrics.tally.category_codes import PARTS, CategoryCodes
from metrics.tally.failure_breakdowns import count_failures
from metrics.tally.file.tally_file import TallyFile, with_description
from metrics.tally.unit_lists import Point, list_units
from metrics.tally.units import units_at
from tests.metrics.frame_with_parts import MODELS, frame_with_parts
from tests.metrics.opening import error_of
from tests.metrics.tallied import as_bytes, forged

TODAY = ("b", 0.5)
ODD: list[Any] = [
    "",
    "a,b",
    'say "no"',
    "Zürich\n2",
    "💥",
    "other",
    "1",
    " ",
    "=1+1",
    "NaN",
    "é",
    "e\u0301",
]
SEGMENTS = ["odd", "number", "flag", "many"]


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Units with ties, missing cells, and categories that break careless code, in all numbers and kinds."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(30, 300))
    frame = frame_with_parts(n, seed=int(rng.integers(1000)))
    frame["odd"] = rng.choice(ODD[: draw(st.integers(1, len(ODD)))], n)
    frame["number"] = rng.choice([1.0, 2.5, np.nan, -0.0, 1e300], n)
    frame["flag"] = rng.random(n) < 0.5
    frame["many"] = [
        f"m{k}" for k in rng.integers(0, draw(st.sampled_from([2, 31, 33, 34, 60])), n)
    ]
    frame["kind"] = np.where(rng.random(n) < 0.2, "", rng.choice(ODD, n))
    if draw(st.booleans()):
        frame = frame.drop(columns="weight")
    return frame


def open_frame(frame: pd.DataFrame) -> Scores:
    return open_scores(frame, models=MODELS, segments=SEGMENTS, defect_type="kind")


def tallied(frame: pd.DataFrame, **options: Any) -> TallyFile:
    scores = open_frame(frame)
    by = BreakdownColumns.of(scores.columns, TODAY)
    if (like := options.pop("like", None)) is not None:
        by = by.with_categories_of(like.tally.breakdowns)
        options["thresholds"] = [like.tally.finite_thresholds(m) for m in range(2)]
    return with_description(tally_scores(scores, by=by, **options), scores, max_thresholds=4096)


def columns(breakdowns: Breakdowns | None) -> Iterator[tuple[str, Breakdown]]:
    assert breakdowns is not None
    yield from breakdowns.segments.items()
    assert breakdowns.defect_types is not None
    assert breakdowns.today is not None
    yield "kind", breakdowns.defect_types
    yield "today", breakdowns.today


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as the tally names them; beyond the thirty-second the tally's rule applies."""
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


def masses(frame: pd.DataFrame) -> pd.Series:
    return frame["weight"] if "weight" in frame else pd.Series(1.0, frame.index)


@settings(max_examples=3)
@given(frames(), st.sampled_from([5, 4096]))
def test_breakdowns_equal_a_group_by(frame: pd.DataFrame, limit: int) -> None:
    """At the first threshold of each model, one in the middle and infinity."""
    tally = tallied(frame, max_thresholds=limit, also=[0.5]).tally
    parts, mass = named(frame), masses(frame)
    for column, breakdown in columns(tally.breakdowns):
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


@pytest.mark.parametrize("buckets", [1, 7, 100])
@pytest.mark.parametrize("weighted", [False, True])
def test_units_flagged_by_the_current_system_are_counted_by_part(
    buckets: int, weighted: bool
) -> None:
    """Every third bucket in the first part, the others in turn in the rest."""
    frame = made_odd() if weighted else made_odd().drop(columns="weight")
    scores = open_frame(frame)
    tally = tally_scores(scores, by=BreakdownColumns(today=TODAY), also=[0.5], buckets=buckets)
    assert tally.breakdowns is not None
    flagged = tally.breakdowns.flagged_today
    assert flagged is not None
    keys = np.concatenate([rows.keys for rows in scores.labelled_rows()])
    tests = [b for b in range(buckets) if b % 3]
    parts = [0 if b % 3 == 0 else 1 + tests.index(b) % (PARTS - 1) for b in range(buckets)]
    part = np.array(parts)[bucket_of(keys, buckets).astype(int)]
    mass = masses(frame).to_numpy()
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


@settings(max_examples=4)
@given(frames(), st.sampled_from([5, 4096]))
def test_breakdowns_sum_to_the_whole_and_are_read_back_from_a_file(
    frame: pd.DataFrame, limit: int
) -> None:
    made_now = tallied(frame, max_thresholds=limit, also=[0.5])
    found = load_tally(as_bytes(made_now))
    assert found.tally.breakdowns is not None
    assert found.tally.breakdowns.current_point == TODAY
    whole, mass = made_now.tally.counts.sum(axis=0), made_now.tally.weights
    for (column, breakdown), (_, read) in zip(
        columns(made_now.tally.breakdowns), columns(found.tally.breakdowns), strict=True
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
    """The sum has Monday's categories. Further categories of Tuesday are in the rest."""
    monday = tallied(frame.iloc[:cut], max_thresholds=limit, also=[0.5])
    tuesday, week = tallied(frame.iloc[cut:], like=monday), tallied(frame, like=monday)
    added = add_tallies([load_tally(as_bytes(monday)), load_tally(as_bytes(tuesday))])
    assert "W_BREAKDOWNS" not in [p.code for p in added.header.problems]
    for (_, summed), (_, whole), (_, first) in zip(
        columns(added.tally.breakdowns),
        columns(week.tally.breakdowns),
        columns(monday.tally.breakdowns),
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
    file = tallied(made_odd(), max_thresholds=20, also=[0.5])
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


@pytest.mark.parametrize("kept", [400_000_000, 0])
def test_breakdowns_are_equal_from_memory_and_from_a_file(monkeypatch, kept) -> None:
    scores = open_scores(
        frame_with_parts(3000), models=MODELS, segments=["site", "line", "lot"], defect_type="kind"
    )
    monkeypatch.setattr("metrics.tally.first_pass.MAX_STORED_BYTES", kept)
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
    frame["odd"] = [ODD[k % 5] if k < 2000 else f"late {k % 50}" for k in range(len(frame))]
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


@pytest.mark.parametrize("are_counted", [True, False])
def test_the_worst_recalls_equal_a_group_by(are_counted: bool) -> None:
    """Both ways are tested: counts in the tally, and a second pass over the rows."""
    frame = frame_with_parts(800)
    scores = open_scores(frame, models=MODELS, segments=["site", "line"], defect_type="kind")
    tally = tally_scores(scores, by=BreakdownColumns.of(scores.columns) if are_counted else None)
    defects = frame[frame["label"] == 1]
    for found, columns in zip(
        worst_recalls(scores, tally), (["kind"], ["site", "line"]), strict=True
    ):
        assert found is not None
        for m, model in enumerate(MODELS):
            for k, at in enumerate([*tally.finite_thresholds(m), np.inf]):
                caught = defects["weight"].where(defects[model] >= at, 0.0)
                recalls = [
                    caught.groupby(defects[c]).sum() / defects["weight"].groupby(defects[c]).sum()
                    for c in columns
                ]
                assert found[m][k] == pytest.approx(min(r.min() for r in recalls), abs=1e-12)


def test_fewer_thresholds_and_another_order_of_models_keep_the_counts() -> None:
    breakdowns = tallied(made_odd()).tally.breakdowns
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


def made_odd() -> pd.DataFrame:
    frame = frame_with_parts()
    frame["odd"] = [ODD[k % 5] for k in range(len(frame))]
    frame["number"], frame["flag"], frame["many"] = 1, True, "m"
    return frame


def test_a_sum_has_the_common_breakdowns_and_names_the_missing_ones() -> None:
    frame = made_odd()
    one = tallied(frame.iloc[:300])
    scores = open_scores(frame.iloc[300:], models=MODELS, segments=["odd"], group="lot")
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
    [said] = [p for p in added.header.problems if p.code == "W_BREAKDOWNS"]
    assert "kinds of defect in kind" in said.message
    assert "today's answer of b at 0.5" in said.message
    assert "parts of odd" not in said.message
    assert scores.columns.group == "lot"


def test_a_tally_file_answers_for_its_breakdowns_and_refuses_others() -> None:
    frame = made_odd()
    file = tallied(frame, also=[0.5])
    found = file.breakdowns_at(
        [0.5, np.inf], BreakdownColumns(("odd", "flag"), "kind", ("b", 0.5 - 1e-9))
    )
    assert found.columns == BreakdownColumns(("odd", "flag"), "kind", TODAY)
    asked = count_breakdowns(open_frame(frame), [0.5], BreakdownColumns(("odd",), "kind", TODAY))
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


def with_breakdowns_changed(change: Any) -> bytes:
    """Tally file with breakdowns whose header or counts were changed; its checksums are valid."""
    with zipfile.ZipFile(io.BytesIO(ORIGINAL)) as source:
        header = json.loads(source.read("header.json"))
        files = {name: source.read(f"{name}.npy") for name in ("parts", "part_weights")}
    arrays = {name: np.load(io.BytesIO(file)).copy() for name, file in files.items()}
    change(header, header["breakdowns"], *arrays.values())
    members = {
        name: files[name][: -array.nbytes] + array.tobytes() for name, array in arrays.items()
    }
    return forged(header, ORIGINAL, **members)


ORIGINAL = as_bytes(tallied(made_odd()))
FULL = tallied(made_odd().assign(many=[f"m{k % 40}" for k in range(600)]))


def test_too_many_categories_are_refused() -> None:
    """There are thirty-three without the rest, so any other value would be a thirty-fourth."""
    assert FULL.tally.breakdowns is not None
    full = FULL.tally.breakdowns.segments["many"]
    assert load_tally(as_bytes(FULL)).tally.breakdowns is not None
    names = (*full.categories[:-1], "no rest")
    many = replace(full, categories=names, has_others=False)
    crafted = replace(FULL.tally.breakdowns, segments={"many": many})
    file = replace(FULL, tally=replace(FULL.tally, breakdowns=crafted))
    with pytest.raises(ScoreError, match="more categories than are counted apart"):
        load_tally(as_bytes(file))


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("moved", [False, True])
def test_impossible_counts_of_currently_flagged_units_are_refused(by: int, moved: bool) -> None:
    """There are more or fewer units than the system flags, or units in the part of another bucket."""
    of_all = FULL.tally.breakdowns
    assert of_all is not None
    assert of_all.flagged_today is not None
    flagged = of_all.flagged_today.copy()
    there = tuple(np.argwhere((flagged > 0) if by < 0 else (flagged == 0))[0])
    flagged[there] += by * 1e3
    if moved:
        flagged[((there[0] + 1) % PARTS, *there[1:])] -= by * 1e3
    file = replace(
        FULL, tally=replace(FULL.tally, breakdowns=replace(of_all, flagged_today=flagged))
    )
    with pytest.raises(ScoreError, match="that are not the whole"):
        load_tally(as_bytes(file))


@pytest.mark.parametrize("are_whole", [False, True])
def test_every_category_code_is_within_the_bounds(are_whole: bool) -> None:
    """Compiled code does not check the bounds of codes, for any source of the categories."""
    names = tuple(f"m{k}" for k in range(50))
    codes = CategoryCodes(
        BreakdownColumns(("site", "line"), "kind", None, {"site": names}, names), MODELS
    )
    if are_whole:
        codes.close()
    widths = [column.width for column in codes.columns]
    assert [widths[0], widths[2]] == [51, 51]
    new = pa.array([f"n{k}" for k in range(50)])
    for column, width in zip(codes.columns, widths, strict=True):
        assert column.categories.codes(new).max() < width


def _moved(header: Any, columns: Any, parts: Any, weights: Any) -> None:
    taken = np.argwhere(parts[0] > 0)[0]
    parts[(0, *taken)] -= 1
    parts[(1, *taken)] += 2


def _heavier(header: Any, columns: Any, parts: Any, weights: Any) -> None:
    weights[weights > 0] *= 1.5


HOSTILE = {
    "a role that is none": lambda h, a, p, w: a[0].update(role="label"),
    "a category twice": lambda h, a, p, w: a[0]["categories"].__setitem__(1, a[0]["categories"][0]),
    "no categories": lambda h, a, p, w: a[0].update(categories=[]),
    "a column twice": lambda h, a, p, w: a[1].update(column=a[0]["column"]),
    "others without a category": lambda h, a, p, w: a[1].update(has_others=True),
    "one category too few": lambda h, a, p, w: a[0]["categories"].pop(),
    "a type that runs code": lambda h, a, p, w: h.update(part_type="|O"),
    "a format without breakdowns": lambda h, a, p, w: h.update(format=2),
    "a system of no model": lambda h, a, p, w: a[-1].update(model="nobody"),
    "a system without a threshold": lambda h, a, p, w: a[-1].update(threshold=None),
    "a threshold that is text": lambda h, a, p, w: a[-1].update(threshold="0.5"),
    "other answers": lambda h, a, p, w: a[-1].update(categories=["yes", "no"]),
    "parts that are more than the whole": _moved,
    "weights that are more than the whole": _heavier,
    "a weight of nobody": lambda h, a, p, w: w.__setitem__(p == 0, 1.0),
    "weights below 0": lambda h, a, p, w: np.negative(w, out=w),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_invalid_breakdowns_are_refused(what: str) -> None:
    assert error_of(lambda: load_tally(with_breakdowns_changed(HOSTILE[what]))).code == "E_TALLY"


def test_an_unchanged_file_is_read_and_has_the_oldest_sufficient_format() -> None:
    found = load_tally(with_breakdowns_changed(lambda *_: None))
    assert found.tally.breakdowns is not None
    assert json.loads(zipfile.ZipFile(io.BytesIO(ORIGINAL)).read("header.json"))["format"] == 4
    alone = replace(found.tally.breakdowns, flagged_today=None)
    older = as_bytes(replace(found, tally=replace(found.tally, breakdowns=alone)))
    assert json.loads(zipfile.ZipFile(io.BytesIO(older)).read("header.json"))["format"] == 3
    read = load_tally(older).tally.breakdowns
    assert read is not None
    assert read.flagged_today is None
    plain = as_bytes(replace(found, tally=replace(found.tally, breakdowns=None)))
    header = json.loads(zipfile.ZipFile(io.BytesIO(plain)).read("header.json"))
    assert header["format"] == 2
    assert "breakdowns" not in header
    assert load_tally(plain).tally.breakdowns is None


def test_counting_against_an_unknown_current_model_is_refused() -> None:
    frame: Any = SimpleNamespace(columns=["id", "label", "a", "b"])
    with pytest.raises(ScoreError, match="must be one of a, b") as refused:
        tally_dataframe(frame, label="label", id="id", models=["a", "b"], today=("c", 0.5))
    assert refused.value.code == "E_TODAY"
