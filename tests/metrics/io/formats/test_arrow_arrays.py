"""Tests of data in memory as Arrow arrays: digests, copies, text types, and names and values of any type."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import open_scores
from metrics.io.formats import arrow_arrays
from metrics.io.formats.arrow_arrays import copied, digest_of_table, plain
from tests.metrics.opening import refusal

CELLS = st.tuples(
    st.one_of(st.none(), st.booleans()),
    st.one_of(st.none(), st.text(max_size=3)),
    st.one_of(st.none(), st.floats(width=64, allow_nan=False)),
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.one_of(st.none(), st.sampled_from("xyz")),
)
TYPES = [pa.bool_(), pa.string(), pa.float64(), pa.int64(), pa.dictionary(pa.int32(), pa.string())]


def table_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(TYPES)
    built = [pa.array(list(c), kind) for c, kind in zip(columns, TYPES, strict=True)]
    return pa.table(dict(zip("bsfid", built, strict=True)))


@given(st.lists(CELLS, max_size=40), st.lists(st.integers(0, 40)), st.integers(1, 20))
def test_a_digest_does_not_depend_on_chunks(rows, cuts, block):
    table = table_of(rows)
    edges = [0, *sorted(min(c, len(rows)) for c in cuts), len(rows)]
    parts = [table_of(rows[a:b]) for a, b in itertools.pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_arrays, "_ROWS", block)
        whole = digest_of_table(table)
        assert digest_of_table(pa.concat_tables(parts)) == whole
        longer = pa.concat_tables([table, table_of([(True, "é", 1.5, 7, "x")] * 3)])
        assert digest_of_table(longer.combine_chunks().slice(0, len(rows))) == whole
        assert digest_of_table(longer) != whole


@given(st.lists(CELLS, min_size=1, max_size=20), st.data())
def test_a_digest_depends_on_every_value_and_name(rows, data):
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(TYPES) - 1))
    other = [*rows[:row], data.draw(CELLS), *rows[row + 1 :]]
    same = repr(list(rows)) == repr(other)
    assert (digest_of_table(table_of(rows)) == digest_of_table(table_of(other))) == same
    renamed = table_of(rows).rename_columns([f"{n}{k == column}" for k, n in enumerate("bsfid")])
    assert digest_of_table(renamed) != digest_of_table(table_of(rows))


@given(st.lists(CELLS, max_size=20))
def test_a_copy_is_equal_and_shares_no_memory(rows):
    table = table_of(rows)
    other = copied(table)
    assert other.schema == table.schema
    assert other.equals(table)
    mine = {b.address for c in table.columns for k in c.chunks for b in k.buffers() if b and b.size}
    its = {b.address for c in other.columns for k in c.chunks for b in k.buffers() if b and b.size}
    assert not mine & its


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_dictionaries_of_every_text_type_become_text(kind):
    levels = pa.array(["u", "v", None], pa.string()).cast(kind)
    array = pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 2], pa.uint32()), levels)
    assert plain(array).to_pylist() == ["v", None, "u", None]
    assert plain(array).type == pa.string()
    chunked = pa.chunked_array([array, array.slice(1, 2)])
    assert plain(chunked).to_pylist() == ["v", None, "u", None, None, "u"]
    assert plain(pa.chunked_array([], array.type)).type == pa.string()


DATA: dict[str, Any] = {"id": ["u", "v", "w"], "label": [0, 1, 0], "a": [0.1, 0.9, 0.3]}


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_categories_of_polars_are_read(kind):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(DATA)
    ids = polars.Categorical if kind == "Categorical" else polars.Enum(["w", "v", "u"])
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
