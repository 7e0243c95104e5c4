"""Tests that a cluster makes the same tally, with rows in any partitions, and after failed tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics import ScoreError, Tally, open_scores
from metrics.spark.dataframe import tally_dataframe
from metrics.tally.breakdown import BreakdownColumns
from metrics.tally.categories import MAX_CATEGORIES, OTHER
from metrics.tally.file.archive import read_archive
from metrics.tally.file.packed_tally import unpack_tally
from metrics.tally.tally_scores import tally_scores
from tests.metrics.frame_with_parts import frame_with_parts
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import SCALES, many_rows, rows
from tests.metrics.tallied import (
    as_bytes,
    assert_same,
    empty_tally_of,
    tally_batches,
    tally_file_of,
)
from tests.spark.frames import PLAIN, ROWS, make_rows, table_of_rows, tally_on_cluster

FEW = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FEW
@given(
    many_rows(most=120)
    | st.sampled_from(SCALES).flatmap(lambda scale: rows(scale=scale, valued=True)),
    st.sampled_from([3, 4096]),
    st.integers(1, 5),
    st.integers(1, 40),
)
def test_local_split_saved_and_cluster_tallies_are_equal(
    spark: Any, data: Rows, limit: int, parts: int, size: int
) -> None:
    local = tally_scores(data, max_thresholds=limit)
    mass = data.mass().sum() * (1 if data.values is None else max(1.0, data.values.max()))
    thresholds = [local.finite_thresholds(m) for m in range(len(data.models))]
    split = tally_batches(empty_tally_of(data, thresholds), data.batches(size), data.columns)
    saved = unpack_tally(read_archive(as_bytes(tally_file_of(data, local))))
    frame = spark.createDataFrame(table_of_rows(data)).repartition(parts)
    cluster = tally_on_cluster(frame, data, max_thresholds=limit)
    for other in (split, saved, cluster):
        assert_same(other, local, mass)


def test_skewed_and_empty_partitions_give_the_same_tally(spark) -> None:
    from pyspark.sql import functions as f

    frame = spark.createDataFrame(table_of_rows(ROWS))
    mass = ROWS.mass().sum() * 90
    skewed = frame.repartition(8, f.when(f.rand(3) < 0.9, 0).otherwise(f.rand(4)))
    for df in (frame.repartition(6, f.lit(1)), skewed, frame.coalesce(1)):
        for limit in (20, 4096):
            assert_same(
                tally_on_cluster(df, ROWS, max_thresholds=limit),
                tally_scores(ROWS, max_thresholds=limit),
                mass,
            )
    assert_same(tally_on_cluster(skewed, ROWS, adders=20), tally_scores(ROWS), mass)


def test_thresholds_may_come_from_another_tally_or_the_caller(spark) -> None:
    day, mass = make_rows(seed=2), ROWS.mass().sum() * 180
    frame = spark.createDataFrame(table_of_rows(day)).repartition(3)
    first = tally_on_cluster(
        spark.createDataFrame(table_of_rows(ROWS)), ROWS, max_thresholds=30, also=[0.5, np.inf]
    )
    assert_same(first, tally_scores(ROWS, max_thresholds=30, also=[0.5]), mass)
    alike = tally_on_cluster(frame, day, like=first, models=tuple(reversed(day.models)))
    backwards = [first.finite_thresholds(m) for m in (2, 1, 0)]
    reverse = day.only(tuple(reversed(day.models)))
    assert_same(alike, tally_scores(reverse, thresholds=backwards), mass)
    ten = tally_on_cluster(frame, day, buckets=10, unique_ids=False)
    assert_same(ten, tally_scores(day, buckets=10), mass)


def test_rows_that_cannot_use_the_thresholds_are_refused(spark) -> None:
    frame = spark.createDataFrame(table_of_rows(ROWS))
    for options in ({"models": ROWS.models[:1]}, {"scale": "rank"}):
        with pytest.raises(ScoreError) as refused:
            tally_on_cluster(frame, ROWS, like=tally_scores(ROWS), **options)
        assert refused.value.code == "E_ADD"


class FailsTwice:
    """Pass on most of a partition's rows and then fail, in the first two attempts of each pass."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        attempt = context.attemptNumber()
        for k, batch in enumerate(batches):
            if k == 2 and context.partitionId() == 1 and attempt < 2:
                (self.folder / f"stage {context.stageId()} attempt {attempt}").touch()
                raise RuntimeError("the network was down")
            yield batch


def test_a_task_that_fails_counts_once(spark, tmp_path: Path) -> None:
    """It fails after counting 80 of its rows; its third attempt counts all rows."""
    frame = spark.createDataFrame(table_of_rows(PLAIN)).repartition(3)
    failing = frame.mapInArrow(FailsTwice(tmp_path), frame.schema)
    found = tally_on_cluster(failing, PLAIN, unique_ids=False)
    assert_same(found, tally_scores(PLAIN), PLAIN.mass().sum() * 90)
    attempts = [path.name.rpartition(" ")[2] for path in tmp_path.iterdir()]
    assert sorted(attempts) == ["0", "0", "1", "1"]  # in both passes


def fails_always(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        raise RuntimeError("the disk is gone")
    yield from ()


def test_a_task_that_always_fails_gives_no_tally(spark) -> None:
    from pyspark.errors import PySparkException

    frame = spark.createDataFrame(table_of_rows(PLAIN))
    with pytest.raises(PySparkException, match="the disk is gone"):
        tally_on_cluster(frame.mapInArrow(fails_always, frame.schema), PLAIN)


def test_composite_ids_and_other_types_give_the_same_tally(spark) -> None:
    """Ids have two columns, one of them integers. Scores are small floats and labels are booleans."""
    plain = replace(ROWS, weights=None, values=None, groups=None)
    ids = tuple(f"line {k % 2}|{k}" for k in range(500))
    single = plain.scores[plain.models[0]].astype(np.float32)
    columns = {
        "line": pa.array([f"line {k % 2}" for k in range(500)]),
        "number": pa.array(range(500), pa.int32()),
        "label": pa.array(plain.labels == 1),
        "m": pa.array(single),
    }
    found = tally_on_cluster(
        spark.createDataFrame(pa.table(columns)).repartition(2),
        plain,
        id=["line", "number"],
        models=["m"],
    )
    expected = Rows(plain.labels, {"m": single.astype(np.float64)}, ids=ids)
    assert_same(found, tally_scores(expected), 500.0)


def with_parts(n: int, *, first: int = 0, sites: int = 3) -> pd.DataFrame:
    """Units with odd and missing names of parts, and possibly more sites than are counted separately."""
    frame = frame_with_parts(n, seed=5 + first).drop(columns="lot")
    names = ["a,b", "", "Zürich\n2", *(f"s{k:02d}" for k in range(sites))]
    frame["id"] = [f"{first}-{k}" for k in range(n)]
    frame["site"] = [names[(7 * k + first) % len(names)] for k in range(n)]
    return frame


def parts_of(tally: Tally) -> dict[str, dict[str, Any]]:
    """Counts of every breakdown by category, in any order."""
    assert tally.breakdowns is not None
    return {
        breakdown.column: {
            name: (
                breakdown.counts[0, c],
                None if breakdown.weights is None else breakdown.weights[0, c],
            )
            for c, name in enumerate(breakdown.categories)
        }
        for breakdown in tally.breakdowns.all
    }


def assert_same_parts(one: Tally, other: Tally) -> None:
    found, wanted = parts_of(one), parts_of(other)
    assert found.keys() == wanted.keys()
    for column, by_category in wanted.items():
        assert found[column].keys() == by_category.keys()
        for name, (counts, weights) in by_category.items():
            np.testing.assert_array_equal(found[column][name][0], counts)
            if weights is not None:
                np.testing.assert_allclose(found[column][name][1], weights, rtol=1e-12)


def test_breakdowns_equal_those_of_one_machine(spark) -> None:
    """With too many categories, both count the categories of a given tally separately."""
    data, later = with_parts(400), with_parts(300, first=1, sites=40)
    options: dict[str, Any] = {"models": ["a", "b"], "segments": ["site", "line"]}
    columns = {**options, "defect_type": "kind", "weight": "weight", "label": "label", "id": "id"}
    today = ("b", 0.5)

    def locally(frame: pd.DataFrame, like: Tally | None = None) -> Tally:
        scores = open_scores(frame, **options, defect_type="kind")
        by = BreakdownColumns.of(scores.columns, today)
        if like is None:
            return tally_scores(scores, by=by, also=[0.5])
        chosen = [like.finite_thresholds(m) for m in range(2)]
        return tally_scores(scores, by=by.with_categories_of(like.breakdowns), thresholds=chosen)

    def on_cluster(frame: pd.DataFrame, **more: Any) -> Tally:
        df = spark.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))
        return tally_dataframe(df.repartition(3), **columns, today=today, **more)

    local, cluster = locally(data), on_cluster(data, also=[0.5])
    assert_same_parts(cluster, local)
    assert_same_parts(on_cluster(later, like=cluster), locally(later, like=local))
    # Without such a tally, the first categories by their text are separate, in any partitions.
    many = on_cluster(later).breakdowns
    assert many is not None
    site = many.segments["site"]
    named = sorted(later["site"].unique())
    assert (list(site.categories), site.has_others) == ([*named[:MAX_CATEGORIES], OTHER], True)
    of_rest = later["site"].isin(named[MAX_CATEGORIES:]).sum()
    assert site.counts[0, MAX_CATEGORIES, 0].sum() == of_rest
