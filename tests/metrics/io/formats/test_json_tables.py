"""Tests of files that are one JSON object: tables of pandas, Weights & Biases and MLflow, and others."""

from __future__ import annotations

import itertools
import json

import pandas as pd
import pytest

from metrics import open_scores
from metrics.io.formats import json as json_format
from metrics.io.formats.json import JsonSource
from tests.metrics.opening import error_of, refusal, table_of

FRAME = pd.DataFrame({"id": ["a", "b", "c"], "label": [0, 1, 0], "m": [0.1, 0.9, 0.4]})
# Weights & Biases, sdks/python: wandb/sdk/data_types/table.py, Table.to_json.
PARTS = {
    "_type": "table",
    "column_types": {"params": {"type_map": {"m": {"wb_type": "number"}}}, "wb_type": "typedDict"},
    "columns": list(FRAME.columns),
    "data": FRAME.to_numpy().tolist(),
    "ncols": 3,
    "nrows": 3,
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("order", [*itertools.permutations(list(PARTS)[:4])])
def test_a_table_is_read_in_any_order_of_its_keys(tmp_path, order, indent):
    path = tmp_path / "scores.table.json"
    parts = {key: PARTS[key] for key in (*order, "ncols", "nrows")}
    path.write_text(json.dumps(parts, indent=indent))
    assert table_of(open_scores(path))["m"].to_pylist() == [0.1, 0.9, 0.4]


@pytest.mark.parametrize("block", [40, 100, 300])
@pytest.mark.parametrize("columns_first", [True, False])
def test_a_table_that_begins_in_one_block_and_ends_in_another_is_read(
    tmp_path, monkeypatch, block, columns_first
):
    monkeypatch.setattr(json_format, "_BLOCK", block)
    path = tmp_path / "scores.json"
    names = ["id", "label", "größe"]
    parts = {"columns": names, "data": [[f"ü{k}", k % 2, k / 50] for k in range(50)]}
    keys = sorted(parts, reverse=not columns_first)
    path.write_text(json.dumps({key: parts[key] for key in keys}, ensure_ascii=False))
    assert table_of(open_scores(path))["größe"].to_pylist() == [k / 50 for k in range(50)]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("orient", ["columns", "index", "values", "table"])
def test_other_orients_of_pandas_are_refused_with_the_one_to_use(tmp_path, orient, indent):
    path = tmp_path / "scores.json"
    FRAME.to_json(path, orient=orient, indent=indent)
    problem = refusal(str(path))
    assert problem.code in {"E_JSON", "E_FORMAT"}
    assert 'orient="records"' in str(problem.hint)
    assert orient == "values" or f"'{orient}'" in problem.message


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("key", ["data", "predictions", "results"])
def test_rows_under_a_key_are_refused_by_its_name(tmp_path, key, indent):
    path = tmp_path / "scores.json"
    rows = FRAME.to_dict(orient="records")
    path.write_text(json.dumps({"version": 1, key: rows}, indent=indent))
    problem = refusal(str(path))
    assert problem.code == "E_JSON"
    assert f"a list under '{key}'" in problem.message


@pytest.mark.parametrize("key", ["columns", "data", "index", "schema", "boxes"], ids=str)
@pytest.mark.parametrize("value", [[1, 2], [{"x": 1}, {"x": 2}], {"fields": []}], ids=str)
@pytest.mark.parametrize("first", [True, False], ids=str)
def test_lines_may_hold_the_keys_of_a_table(tmp_path, key, value, first):
    """Each line is a row, because more lines follow. Nested values are no plain columns."""
    path = tmp_path / "scores.jsonl"
    rows = [
        {key: value, **row} if first else {**row, key: value}
        for row in FRAME.to_dict(orient="records")
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = JsonSource(path, str(path))
    assert set(source.names) == {"id", "label", "m", key}
    assert len(source.head()["id"]) == 3


def test_a_long_first_line_is_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(json_format, "_BLOCK", 64)
    path = tmp_path / "scores.jsonl"
    rows = [{"id": "x" * 200 + str(k), "label": k % 2, "m": k / 9} for k in range(9)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert table_of(open_scores(path))["m"].to_pylist() == [k / 9 for k in range(9)]


def test_the_index_of_a_table_is_not_dropped(tmp_path):
    path = tmp_path / "f.json"
    table = {"columns": ["label", "a"], "index": ["u", "v"], "data": [[0, 0.5], [1, 0.25]]}
    for order in (["columns", "index", "data"], ["index", "data", "columns"]):
        path.write_text(json.dumps({key: table[key] for key in order}))
        (batch,) = open_scores(path).batches()
        assert batch.to_pydict() == {"id": ["u", "v"], "label": [0, 1], "a": [0.5, 0.25]}
    path.write_text(json.dumps(table | {"index": [0, 1]}))
    assert open_scores(path).columns.id == ()
    path.write_text(json.dumps(table | {"index": [1, 0]}))
    (batch,) = open_scores(path).batches()
    assert batch.column(0).to_pylist() == ["1", "0"]
    path.write_text(json.dumps(table | {"index": ["u"]}))
    assert error_of(open_scores, path).code == "E_JSON"
