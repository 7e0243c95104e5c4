"""Tests of tables in memory: frames of several libraries, names and values of any type, later changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from metrics import open_scores
from tests.metrics.opening import refusal

DATA: dict[str, Any] = {"id": ["007", "7", "NA"], "label": [1, 0, 1], "a": [0.9, 5e-324, 1 / 3]}


class Stream:
    """Object that has only the stream protocol."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


def relation(table):
    duckdb = pytest.importorskip("duckdb")
    return duckdb.connect().from_arrow(table)


def frame(table):
    return pytest.importorskip("polars").from_arrow(table)


TABLE = pa.table(DATA)
MAKERS = {
    "pandas": lambda: pd.DataFrame(DATA),
    "pandas with an index": lambda: pd.DataFrame(DATA).set_index("id"),
    "polars": lambda: frame(TABLE),
    "duckdb": lambda: relation(TABLE),
    "arrow table": lambda: TABLE,
    "arrow batch": lambda: TABLE.to_batches()[0],
    "arrow reader": lambda: TABLE.to_reader(),
    "stream": lambda: Stream(TABLE),
    "lists": lambda: DATA,
    "arrays": lambda: {name: np.array(column) for name, column in DATA.items()},
}


@pytest.mark.parametrize("maker", MAKERS)
def test_the_same_rows_from_every_library(maker):
    scores = open_scores(MAKERS[maker]())
    read = pa.Table.from_batches(list(scores.batches()), schema=scores.schema)
    assert read.to_pydict() == DATA
    again = pa.Table.from_batches(list(scores.batches()), schema=scores.schema)
    assert again.equals(read)


def test_the_fingerprint_is_of_the_content():
    one, two = open_scores(TABLE), open_scores(pa.table(DATA))
    other = open_scores(pa.table(DATA | {"a": [0.9, 0.0, 1 / 3]}))
    assert one.fingerprint == two.fingerprint != other.fingerprint
    assert open_scores(TABLE, scale="rank").fingerprint != one.fingerprint


def test_column_names_of_pandas_become_text():
    data = pd.DataFrame({"id": ["u", "v"], "label": [0, 1], 7: [0.1, 0.2]})
    assert open_scores(data).models == ("7",)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (pd.DataFrame({"id": ["u", 1], "label": [0, 1], "a": [0.1, 0.2]}), "E_TYPE"),
        (pd.DataFrame({"id": [], "label": [], "a": []}), "E_NOROWS"),
        ({"id": ["u"], "label": [0, 1]}, "E_TYPE"),
    ],
)
def test_invalid_frames_are_refused_with_their_code(given, code):
    assert refusal(given).code == code


@pytest.mark.parametrize("given", [7, None, [], [1, 2], b"bytes", object()])
def test_other_objects_are_a_type_error(given):
    with pytest.raises(TypeError):
        open_scores(given)


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_categories_of_polars_are_read(kind):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(DATA)
    ids = polars.Categorical if kind == "Categorical" else polars.Enum(DATA["id"][::-1])
    marks = polars.Enum(["0", "1"])
    frame = frame.with_columns(
        polars.col("id").cast(ids), polars.col("label").cast(polars.String).cast(marks)
    )
    (batch,) = open_scores(frame).batches()
    assert batch.to_pydict() == DATA
    halves = polars.concat([frame[:1], frame[1:]], rechunk=False)
    assert open_scores(halves).fingerprint == open_scores(frame).fingerprint


@pytest.mark.parametrize(
    "given",
    [
        DATA | {"id": [2**70, 2**64, 1]},
        pd.DataFrame(DATA | {"id": [2**70, 2**64, 1]}),
        pd.DataFrame(DATA).assign(a=pd.arrays.SparseArray([0.1, 0.9, 0.3])),
    ],
)
def test_values_that_arrow_cannot_hold_are_refused(given):
    assert refusal(given).code == "E_TYPE"


@pytest.mark.parametrize("make", [dict, pd.DataFrame])
def test_changes_of_data_after_opening_are_not_read(make):
    values = np.array(DATA["a"])
    given = make(DATA | {"a": values})
    scores = open_scores(given).check()
    before = scores.fingerprint
    values[0] = 0.77
    if make is pd.DataFrame:
        given.loc[0, "a"] = 0.77
        given.loc[1, "label"] = 7
    (batch,) = scores.batches()
    assert batch.to_pydict() == DATA
    assert scores.fingerprint == before == open_scores(DATA).fingerprint


def test_an_index_other_than_row_numbers_is_a_column():
    frame = pd.DataFrame(DATA)
    bare = frame.set_index("id").rename_axis(None)
    (batch,) = open_scores(bare).batches()
    assert batch.to_pydict() == DATA
    some = frame[["label", "a"]].iloc[[2, 1]]
    (batch,) = open_scores(some).batches()
    assert batch.column(0).to_pylist() == ["2", "1"]
    assert open_scores(frame.iloc[[2, 1]]).columns.id == ("id",)
    assert open_scores(frame[["label", "a"]]).columns.id == ()
    same = frame[["label", "a"]].set_axis([0, 1, 2])
    assert open_scores(same).columns.id == ()
    twice = pd.concat([some, some])
    scores = open_scores(twice).check()
    assert scores.columns.id == ()
    assert [p.code for p in scores.problems if "index" in p.message] == ["W_UNUSED"]
    assert refusal(pd.concat([bare, bare])).code == "E_DUPID"


@pytest.mark.parametrize(
    ("labels", "positive", "text"),
    [
        ([1, 2, 2], 2, "2"),
        ([1, 2, 2], 2.0, "2"),
        ([1, 2, 2], np.int64(2), "2"),
        ([True, False, True], True, "true"),
        ([True, False, True], np.bool_(False), "false"),
        (["True", "x", "x"], "True", "True"),
    ],
)
def test_the_positive_value_may_be_of_any_type(labels, positive, text):
    scores = open_scores(DATA | {"label": labels}, positive=positive).check()
    assert scores.columns.positive == text
    assert scores.positives == sum(label == positive for label in labels)


def test_column_names_may_be_numbers_as_in_the_frame():
    frame = pd.DataFrame({0: ["u", "v"], 1: [0, 1], 2: [0.5, 0.25]})
    scores = open_scores(frame, id=[0], label=1, models=[2])  # type: ignore[arg-type,list-item]
    assert (scores.columns.id, scores.columns.label, scores.models) == (("0",), "1", ("2",))
