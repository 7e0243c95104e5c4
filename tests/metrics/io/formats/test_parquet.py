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


def write(path, table, **options):
    pq.write_table(pa.table(table), path, **options)
    return str(path)


@given(
    ids=st.lists(st.text(min_size=1, max_size=9), min_size=2, max_size=30, unique=True),
    data=st.data(),
    group_size=st.integers(1, 10),
)
def test_round_trip_is_bit_exact(tmp_path_factory, ids, data, group_size):
    count = len(ids)
    scores = data.draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    path = tmp_path_factory.mktemp("pq") / "f.parquet"
    labels = [bool(k % 2) for k in range(count)]
    write(path, {"id": ids, "label": labels, "a": scores}, row_group_size=group_size)
    read = table_of(open_scores(str(path)))
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
def test_ids_of_every_type_become_their_text(tmp_path, ids, texts):
    path = write(tmp_path / "f.parquet", {"id": ids, "y": [0, 1], "a": [0.1, 0.2]})
    assert table_of(open_scores(path))["id"].to_pylist() == texts


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
def test_scores_of_every_type_become_float64(tmp_path, values, numbers, code):
    path = write(tmp_path / "f.parquet", {"id": ["u", "v"], "y": [0, 1], "a": values})
    scores = open_scores(path).check()
    assert table_of(scores)["a"].to_pylist() == numbers
    assert code is None or code in {p.code for p in scores.problems}


BAD = [
    ("a", pa.array([0.1, None]), "E_SCORE_NA", 2),
    ("a", pa.array([0.1, float("nan")]), "E_SCORE_NA", 2),
    ("a", pa.array([float("inf"), 0.1]), "E_SCORE_INF", 1),
    ("a", pa.array([None, None]), "E_SCORE_NA", 1),
    ("a", pa.array(["0.9", "0,2"]), "E_NUMBER", 2),
    ("a", pa.array(["0.9", ""]), "E_SCORE_NA", 2),
    ("a", pa.array([[0.1, 0.9], [0.2, 0.8]]), "E_TYPE", None),
    ("a", pa.array([{"p": 0.1}, {"p": 0.2}]), "E_TYPE", None),
    ("id", pa.array([1, None]), "E_IDMISSING", 2),
    ("id", pa.array(["", "v"]), "E_IDMISSING", 1),
    ("id", pa.array([b"u", b"v"]), "E_TYPE", None),
    ("id", pa.array([["u"], ["v"]]), "E_TYPE", None),
    ("y", pa.array([1, None]), "E_LABEL_NA", 2),
    ("y", pa.array([1.0, float("nan")]), "E_LABEL_NA", 2),
    ("y", pa.array(["defect", "ok"]).dictionary_encode(), "E_POSLABEL", None),
]


@pytest.mark.parametrize(("column", "values", "code", "row"), BAD)
def test_what_is_refused(tmp_path, column, values, code, row):
    table = {"id": ["u", "v"], "y": [0, 1], "a": [0.1, 0.2]} | {column: values}
    error = refusal(write(tmp_path / "f.parquet", table))
    assert (error.code, error.row) == (code, row)


def test_bytes_that_are_not_utf8(tmp_path):
    bad = pa.array([b"u", b"\xff"], pa.binary()).view(pa.string())
    path = write(tmp_path / "f.parquet", {"id": bad, "y": [0, 1], "a": [0.1, 0.2]})
    assert refusal(path).code == "E_ENCODING"


@pytest.mark.parametrize("keep", [0, 4, 5, 100, -30, -1])
def test_a_cut_file(tmp_path, keep):
    path = tmp_path / "f.parquet"
    write(path, {"id": ["u", "v"], "y": [0, 1], "a": [0.1, 0.2]})
    path.write_bytes(path.read_bytes()[:keep])
    assert refusal(str(path)).code == "E_PARQUET"


def test_a_flipped_bit_is_found_by_the_page_checksum(tmp_path):
    path = tmp_path / "f.parquet"
    write(
        path,
        {"id": ["u", "v"], "y": [0, 1], "a": [0.123, 0.2]},
        write_page_checksum=True,
        compression="none",
        use_dictionary=False,
        write_statistics=False,
    )
    data = bytearray(path.read_bytes())
    at = bytes(data).index(np.float64(0.123).tobytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert refusal(str(path)).code == "E_PARQUET"


@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_damage_raises_nothing_but_a_refusal(tmp_path_factory, at, value):
    path = tmp_path_factory.mktemp("pq") / "f.parquet"
    write(path, {"id": ["u", "v"], "y": [0, 1], "a": [0.1, 0.2]}, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    data[at % len(data)] = value
    path.write_bytes(data)
    with contextlib.suppress(ScoreError):
        open_scores(path).check()


def test_more_rows_than_bytes_can_hold(tmp_path):
    path = tmp_path / "f.parquet"
    table = pa.table(
        {"y": pa.array(np.ones(1_000_000, np.int8)), "a": pa.array(np.ones(1_000_000))}
    )
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _ in range(11):
            writer.write_table(table)
    assert refusal(str(path)).code == "E_SIZE"


def test_no_rows(tmp_path):
    path = write(
        tmp_path / "f.parquet", {"id": pa.array([], pa.string()), "y": pa.array([], pa.int8())}
    )
    assert refusal(path).code == "E_NOROWS"


def test_an_index_of_pandas_is_a_column(tmp_path):
    frame = pd.DataFrame({"y": [1, 0], "a": [0.9, 0.2]}, index=pd.Index(["u", "v"], name="id"))
    frame.to_parquet(tmp_path / "f.parquet")
    assert table_of(open_scores(tmp_path / "f.parquet"))["id"].to_pylist() == ["u", "v"]


def test_a_name_with_a_dot_is_not_a_path(tmp_path):
    path = write(
        tmp_path / "f.parquet", {"id": ["u", "v"], "y": [0, 1], "a.b": [0.1, 0.2], "a": [0.3, 0.4]}
    )
    scores = open_scores(path)
    assert table_of(scores).select([2, 3]).to_pydict() == {"a.b": [0.1, 0.2], "a": [0.3, 0.4]}


def test_names_lose_the_spaces_around_them(tmp_path):
    path = write(tmp_path / "f.parquet", {" id": ["u", "v"], "label": [1, 0], "a ": [0.5, 0.25]})
    scores = open_scores(path)
    assert table_of(scores)["a"].to_pylist() == [0.5, 0.25]
    assert scores.columns.id == ("id",)
    assert "W_TRIM" in {p.code for p in scores.problems}
    write(path, {"id": ["u", "v"], "label": [1, 0], "a": [0.5, 0.25], " a": [0.5, 0.25]})
    assert refusal(path).code == "E_DUPCOL"


def test_a_column_without_a_name_must_hold_nothing(tmp_path):
    path = write(
        tmp_path / "f.parquet", {"id": ["u", "v"], "label": [1, 0], "a": [0.5, 0.25], "": [1, 2]}
    )
    assert refusal(path).code == "E_COLNAME"
    write(path, {"": [0, 1], "label": [1, 0], "a": [0.5, 0.25]})
    assert table_of(open_scores(path))["id"].to_pylist() == ["0", "1"]
