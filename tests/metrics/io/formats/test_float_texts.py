"""Tests of floats that are read as text: ids and segments stored as numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import open_scores
from tests.metrics.opening import refusal


def write_ids(path, ids: list[float]) -> str:
    table = {"id": pa.array(ids), "label": [k % 2 for k in range(len(ids))]}
    pq.write_table(pa.table(table | {"a": np.linspace(0, 1, len(ids))}), path)
    return str(path)


def test_whole_float_ids_have_one_text_in_every_batch(tmp_path):
    ids = [1e10 * k for k in range(40)] + [2.0**53 - 1, -5.0]
    path = write_ids(tmp_path / "f.parquet", ids)
    for size in (1, 7, 100):
        batches = list(open_scores(path).batches(size))
        got = [text for batch in batches for text in batch.column(0).to_pylist()]
        assert got == [str(int(x)) for x in ids]


@pytest.mark.parametrize("odd", [0.5, 2.0**53, -(2.0**60), float("inf")])
def test_float_ids_without_one_text_are_refused(tmp_path, odd):
    ids = [1e10 * k for k in range(20)]
    ids[13] = odd
    error = refusal(write_ids(tmp_path / "f.parquet", ids))
    assert (error.code, error.row, error.column) == ("E_TYPE", 14, "id")
    long = pa.table({"id": [1.0, 1.5], "model": ["a", "a"], "score": [0.1, 0.2], "label": [0, 1]})
    assert refusal(long).code == "E_TYPE"


def test_a_float_segment_is_text_by_row_not_by_batch(tmp_path):
    path = write_ids(tmp_path / "f.parquet", [0.0, 1.0, 2.0, 3.0])
    table = pq.read_table(path).append_column("line", pa.array([1e10, 0.5, None, 2e10]))
    for size in (1, 4):
        batches = open_scores(table).batches(size)
        assert [x for b in batches for x in b.column(2).to_pylist()] == [
            "10000000000", "0.5", "", "20000000000",
        ]  # fmt: skip
