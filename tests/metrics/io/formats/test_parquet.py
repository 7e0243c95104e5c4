"""Tests of reading Parquet: column types, invalid values, damaged files and column names."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from tests.metrics.opening import refusal, table_of


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """Function that writes two valid rows to a new file; columns of that name are replaced or added."""

    def write(columns=(), **options):
        table = {"id": ["u", "v"], "y": [0, 1], "a": [0.123, 0.2]} | dict(columns)
        path = tmp_path_factory.mktemp("parquet") / "f.parquet"
        pq.write_table(pa.table(table), path, **options)
        return path

    return write


@given(
    ids=st.lists(st.text(min_size=1, max_size=9), min_size=2, max_size=30, unique=True),
    data=st.data(),
    group_size=st.integers(1, 10),
)
def test_values_are_read_bit_for_bit(parquet, ids, data, group_size):
    count = len(ids)
    scores = data.draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    labels = [bool(k % 2) for k in range(count)]
    path = parquet({"id": ids, "y": labels, "a": scores}, row_group_size=group_size)
    read = table_of(open_scores(path))
    assert read["id"].to_pylist() == ids
    assert read["label"].to_pylist() == [int(y) for y in labels]
    assert read["a"].combine_chunks().equals(pa.array(scores))


ID_TYPES = [
    (
        pa.array([2**64 - 1, 2**64 - 2], pa.uint64()),
        ["18446744073709551615", "18446744073709551614"],
    ),
    (pa.array([-(2**63), 2**53 + 1]), ["-9223372036854775808", "9007199254740993"]),
    (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    (pa.array(["a", "b"], pa.large_string()), ["a", "b"]),
    (pa.array(["a", "b"], pa.string_view()), ["a", "b"]),
    (pa.array([1.0, 2.0]), ["1", "2"]),
    (pa.array([True, False]), ["true", "false"]),
    (pa.array([0, 1], pa.date32()), ["1970-01-01", "1970-01-02"]),
    (pa.array([Decimal("1.10"), Decimal("2.20")]), ["1.10", "2.20"]),
]


@pytest.mark.parametrize(("ids", "texts"), ID_TYPES, ids=lambda x: str(getattr(x, "type", "")))
def test_ids_of_every_type_are_read_as_texts(parquet, ids, texts):
    assert table_of(open_scores(parquet({"id": ids})))["id"].to_pylist() == texts


SCORE_TYPES = [
    (pa.array([0, 1], pa.int8()), [0.0, 1.0], None),
    (pa.array([False, True]), [0.0, 1.0], None),
    (pa.array(np.array([0.9, 0.2], np.float32)), [0.8999999761581421, 0.20000000298023224], "W_F32"),
    (pa.array(np.array([0.9, 0.2], np.float16)), [0.89990234375, 0.199951171875], "W_F16"),
    (pa.array([Decimal("0.1"), Decimal("0.3")]), [0.1, 0.3], None),
    (pa.array(["0.1", " 3e-1"]), [0.1, 0.3], None),
    (pa.array([0.1, 0.3]).dictionary_encode(), [0.1, 0.3], None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "numbers", "code"), SCORE_TYPES, ids=lambda x: str(getattr(x, "type", ""))
)
def test_scores_of_every_type_are_read_as_float64(parquet, values, numbers, code):
    scores = open_scores(parquet({"a": values})).check()
    assert table_of(scores)["a"].to_pylist() == numbers
    assert code is None or code in {p.code for p in scores.problems}


BAD = {
    "score null": ("a", pa.array([0.1, None]), "E_SCORE_NA", 2),
    "score NaN": ("a", pa.array([0.1, float("nan")]), "E_SCORE_NA", 2),
    "score infinite": ("a", pa.array([float("inf"), 0.1]), "E_SCORE_INF", 1),
    "scores of type null": ("a", pa.array([None, None]), "E_SCORE_NA", 1),
    "score with a decimal comma": ("a", pa.array(["0.9", "0,2"]), "E_NUMBER", 2),
    "score an empty text": ("a", pa.array(["0.9", ""]), "E_SCORE_NA", 2),
    "scores in lists": ("a", pa.array([[0.1, 0.9], [0.2, 0.8]]), "E_TYPE", None),
    "scores in structs": ("a", pa.array([{"p": 0.1}, {"p": 0.2}]), "E_TYPE", None),
    "id null": ("id", pa.array([1, None]), "E_IDMISSING", 2),
    "id an empty text": ("id", pa.array(["", "v"]), "E_IDMISSING", 1),
    "ids of bytes": ("id", pa.array([b"u", b"v"]), "E_TYPE", None),
    "ids in lists": ("id", pa.array([["u"], ["v"]]), "E_TYPE", None),
    "id not UTF-8": (
        "id", pa.array([b"u", b"\xff"], pa.binary()).view(pa.string()), "E_ENCODING", None,
    ),
    "label null": ("y", pa.array([1, None]), "E_LABEL_NA", 2),
    "label NaN": ("y", pa.array([1.0, float("nan")]), "E_LABEL_NA", 2),
    "label with several words": (
        "y", pa.array(["defect", "ok"]).dictionary_encode(), "E_POSLABEL", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("column", "values", "code", "row"), BAD.values(), ids=BAD)
def test_bad_values_are_refused_with_their_row(parquet, column, values, code, row):
    error = refusal(str(parquet({column: values})))
    assert (error.code, error.row) == (code, row)


@pytest.mark.parametrize("size", [0, 4, 5, 100, -30, -1])
def test_a_truncated_file_is_refused(parquet, size):
    path = parquet()
    path.write_bytes(path.read_bytes()[:size])
    assert refusal(str(path)).code == "E_PARQUET"


def test_a_flipped_bit_is_found_by_the_page_checksum(parquet):
    path = parquet(
        write_page_checksum=True, compression="none", use_dictionary=False, write_statistics=False
    )
    data = bytearray(path.read_bytes())
    at = bytes(data).index(np.float64(0.123).tobytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert refusal(str(path)).code == "E_PARQUET"


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_damage_raises_only_a_score_error(parquet, at, value):
    path = parquet(write_page_checksum=True)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = value
    path.write_bytes(data)
    with contextlib.suppress(ScoreError):
        open_scores(path).check()


def test_a_file_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path):
    path = tmp_path / "f.parquet"
    table = pa.table(
        {"y": pa.array(np.ones(1_000_000, np.int8)), "a": pa.array(np.ones(1_000_000))}
    )
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _ in range(11):
            writer.write_table(table)
    assert refusal(str(path)).code == "E_SIZE"


def test_a_file_without_rows_is_refused(parquet):
    empty = {"id": pa.array([], pa.string()), "y": pa.array([], pa.int8()), "a": pa.array([], "f8")}
    assert refusal(str(parquet(empty))).code == "E_NOROWS"


def test_an_index_of_pandas_is_a_column(tmp_path):
    frame = pd.DataFrame({"y": [1, 0], "a": [0.9, 0.2]}, index=pd.Index(["u", "v"], name="id"))
    frame.to_parquet(tmp_path / "f.parquet")
    assert table_of(open_scores(tmp_path / "f.parquet"))["id"].to_pylist() == ["u", "v"]


def test_a_name_with_a_dot_is_not_a_path(parquet):
    scores = open_scores(parquet({"a": [0.1, 0.2], "a.b": [0.3, 0.4]}))
    assert table_of(scores).select([2, 3]).to_pydict() == {"a": [0.1, 0.2], "a.b": [0.3, 0.4]}


def test_names_lose_the_spaces_around_them(parquet, tmp_path):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({" id": ["u", "v"], "label": [1, 0], "a ": [0.5, 0.25]}), path)
    scores = open_scores(path)
    assert table_of(scores)["a"].to_pylist() == [0.5, 0.25]
    assert scores.columns.id == ("id",)
    assert "W_TRIM" in {p.code for p in scores.problems}
    assert refusal(str(parquet({" a": [0.5, 0.25]}))).code == "E_DUPCOL"


def test_a_column_without_a_name_may_hold_only_a_row_number(parquet, tmp_path):
    assert refusal(str(parquet({"": [1, 2]}))).code == "E_COLNAME"
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"": [0, 1], "label": [1, 0], "a": [0.5, 0.25]}), path)
    assert table_of(open_scores(path))["id"].to_pylist() == ["0", "1"]
