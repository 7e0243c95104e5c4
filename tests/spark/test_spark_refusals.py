"""Tests that data frames are refused for the same reasons as files, in any partition."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from metrics import ScoreError
from metrics.spark.dataframe import tally_dataframe

N = 200
GOOD: dict[str, list[Any]] = {
    "id": [f"u{k}" for k in range(N)],
    "label": [k % 2 for k in range(N)],
    "a": [k / N for k in range(N)],
    "w": [1.0] * N,
    "lot": ["x"] * N,
}


def changed(column: str, row: int, value: Any) -> dict[str, list[Any]]:
    values = list(GOOD[column])
    values[row] = value
    return GOOD | {column: values}


BAD: dict[str, tuple[dict[str, list[Any]], dict[str, Any], str]] = {
    "a score out of range": (changed("a", 150, 93.1), {}, "E_RANGE"),
    "a score that is missing": (changed("a", 150, None), {}, "E_SCORE_NA"),
    "a score that is NaN": (changed("a", 150, float("nan")), {}, "E_SCORE_NA"),
    "an infinite score": (changed("a", 150, float("inf")), {"scale": "rank"}, "E_SCORE_INF"),
    "a label that is missing": (changed("label", 150, None), {}, "E_LABEL_NA"),
    "a stray label": (changed("label", 150, 7), {}, "E_LABEL"),
    "a third class": (GOOD | {"label": [k % 3 for k in range(N)]}, {}, "E_MULTICLASS"),
    "labels without a meaning": (GOOD | {"label": ["ok", "nok"] * (N // 2)}, {}, "E_POSLABEL"),
    "a positive that is not there": (GOOD, {"positive": "7"}, "E_POSLABEL"),
    "one class only": (GOOD | {"label": [1] * N}, {}, "E_SINGLECLASS"),
    "an id that is missing": (changed("id", 150, None), {}, "E_IDMISSING"),
    "an id that is empty": (changed("id", 150, ""), {}, "E_IDMISSING"),
    "an id twice": (changed("id", 150, "u3"), {}, "E_DUPID"),
    "a weight of 0": (changed("w", 150, 0.0), {"weight": "w"}, "E_WEIGHT"),
    "a model of text": (GOOD | {"a": ["high"] * N}, {}, "E_NUMBER"),
    "a column that is not there": (GOOD, {"models": ["b"]}, "E_COLUMN"),
    "a weight that is not there": (GOOD, {"weight": "b"}, "E_COLUMN"),
    "no models": (GOOD, {"models": []}, "E_NOMODEL"),
    "no id": (GOOD, {"id": []}, "E_NOID"),
    "no rows": ({name: [] for name in GOOD}, {}, "E_NOROWS"),
}
TYPES = {"id": pa.string(), "a": pa.float64(), "w": pa.float64(), "lot": pa.string()}


def frame(spark: Any, columns: dict[str, list[Any]]) -> Any:
    given = {
        name: pa.array(
            values, None if values and isinstance(values[0], str) else TYPES.get(name, pa.int64())
        )
        for name, values in columns.items()
    }
    return spark.createDataFrame(pa.table(given))


@pytest.mark.parametrize("what", BAD)
def test_invalid_rows_are_refused(spark, what: str) -> None:
    columns, options, code = BAD[what]
    df = frame(spark, columns)
    with pytest.raises(ScoreError) as refused:
        tally_dataframe(
            df.repartition(3), **{"label": "label", "id": "id", "models": ["a"]} | options
        )
    problem = refused.value.problems[0]
    assert (problem.code, problem.file) == (code, "the data frame")
    assert problem.row is None
    if "150" in repr(columns) and code in (
        "E_RANGE",
        "E_SCORE_NA",
        "E_SCORE_INF",
        "E_LABEL_NA",
        "E_WEIGHT",
    ):
        assert "unit 'u150'" in (problem.hint or "")
    if code == "E_DUPID":
        assert problem.value == "u3"


def test_invalid_rows_are_refused_without_a_first_pass(spark) -> None:
    good = tally_dataframe(frame(spark, GOOD), label="label", id="id", models=["a"])
    assert good.rows.tolist() == [100, 100]
    bad = frame(spark, changed("a", 150, 93.1)).repartition(3)
    with pytest.raises(ScoreError) as refused:
        tally_dataframe(bad, label="label", id="id", models=["a"], like=good)
    assert refused.value.code == "E_RANGE"


def test_ids_may_be_left_unchecked(spark) -> None:
    twice = frame(spark, changed("id", 150, "u3"))
    tally = tally_dataframe(twice, label="label", id="id", models=["a"], unique_ids=False)
    assert tally.rows.sum() == N


def test_a_named_positive_counts_the_others_as_good(spark) -> None:
    three = GOOD | {"label": ["ok", "scratch", "dent", "dent"] * (N // 4)}
    tally = tally_dataframe(
        frame(spark, three).repartition(3), label="label", id="id", models=["a"], positive="dent"
    )
    assert tally.rows.tolist() == [100, 100]


def test_a_column_twice_is_refused(spark) -> None:
    from pyspark.sql import functions as f

    df = frame(spark, GOOD)
    double = df.select("*", f.col("a").alias("a"))
    with pytest.raises(ScoreError) as refused:
        tally_dataframe(double, label="label", id="id", models=["a"])
    assert refused.value.code == "E_DUPCOL"
