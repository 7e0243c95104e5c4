"""Tests of data frames of several libraries: equal rows, fingerprints, column names, invalid frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from metrics import open_scores
from tests.metrics.opening import refusal

DATA = {"id": ["007", "7", "NA"], "label": [1, 0, 1], "a": [0.9, 5e-324, 1 / 3]}


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
