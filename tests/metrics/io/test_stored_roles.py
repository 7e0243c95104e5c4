"""Tests of the roles stored in a converted file, and of columns that are added later."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import open_scores
from metrics.io.convert import convert
from metrics.io.stored_roles import METADATA, read_stored_roles
from tests.metrics.opening import error_of

COLUMNS: dict[str, Any] = {
    "id": ["u", "v", "w"], "label": [0, 1, 0], "weight": [1.0, 2.0, 1.0], "value": [5.0, 6.0, 7.0],
    "group": ["p", "q", "q"], "line": ["x", "y", "x"], "m": [0.1, 0.9, 0.3], "n": [0.2, 0.8, 0.4],
}  # fmt: skip
ROLES: dict[str, Any] = {
    "id": ["id"], "label": "label", "weight": "weight", "value": "value", "group": "group",
    "segments": ["line"], "models": ["m", "n"], "scale": "rank", "held_out": "training",
}  # fmt: skip


def schema_with_roles(**changed: Any) -> pa.Schema:
    roles = {name: value for name, value in (ROLES | changed).items() if value != "leave out"}
    return pa.table(COLUMNS).schema.with_metadata({METADATA: json.dumps(roles).encode()})


def test_stored_roles_are_read_back():
    stored = read_stored_roles(schema_with_roles())
    assert stored is not None
    assert (stored.scale, stored.held_out) == ("rank", "training")
    roles = stored.roles
    assert {name: getattr(roles, name) for name in ROLES if hasattr(roles, name)} == {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in ROLES.items()
        if name not in ("scale", "held_out")
    }
    assert read_stored_roles(schema_with_roles(held_out="leave out")).held_out == "unknown"  # type: ignore[union-attr]
    assert read_stored_roles(pa.table(COLUMNS).schema) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"models": []}, {"models": ["m", "m"]}, {"models": ["label"]}, {"models": ["gone"]}, {"models": 3},
        {"id": ["gone"]}, {"id": ["m"]}, {"label": "gone"}, {"label": None}, {"weight": "value"},
        {"weight": 3}, {"value": ["value"]}, {"group": "gone"}, {"segments": ["line", "line"]},
        {"segments": ["gone"]}, {"scale": "odds"}, {"scale": None}, {"held_out": "never"},
        {"scale": "leave out"}, {"models": "leave out"}, {"weight": "leave out"},
    ], ids=str,
)  # fmt: skip
def test_stored_roles_that_do_not_fit_are_ignored(changed):
    assert read_stored_roles(schema_with_roles(**changed)) is None


@pytest.mark.parametrize("written", [b"", b"[]", b"{}", b'{"id": 3}', b"\xff"])
def test_metadata_that_is_not_a_list_of_roles_is_ignored(tmp_path, written):
    table = pa.table(COLUMNS).select(["id", "label", "m"])
    pq.write_table(table.replace_schema_metadata({METADATA: written}), tmp_path / "f.parquet")
    opened = open_scores(tmp_path / "f.parquet").check()
    assert (opened.models, opened.scale) == (("m",), "probability")


def convert_and_add(path, **columns: Any) -> str:
    """Converted file to which columns were added."""
    data = {"id": ["u", "v", "w"], "label": [0, 1, 0], "m": [10.0, 90.0, 30.0]}
    convert(open_scores(data, scale="percent", rows="held-out"), path)
    table = pq.read_table(path)
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    pq.write_table(table, path)
    return str(path)


def test_a_column_added_like_a_model_is_a_model(tmp_path):
    path = convert_and_add(tmp_path / "f.parquet", new=[1.0, 99.0, 55.0], note=["a", "b", "c"])
    scores = open_scores(path).check()
    assert (scores.models, scores.scale, scores.held_out) == (("m", "new"), "percent", "held-out")
    assert open_scores(path, models=["m"]).models == ("m",)
    assert open_scores(path, segments=["new"]).models == ("m",)
    label = tmp_path / "label.csv"
    label.write_text("id,label\nu,0\nv,1\nw,0\n")
    assert open_scores([label, path]).models == ("m", "new")


def test_an_added_column_gets_a_role_or_a_warning(tmp_path):
    new = {
        "weight": [1, 2, 3],
        "lot": ["x", "y", "x"],
        "camera": ["k", "k", "l"],
        "uid": [4.0, 5.0, 6.0],
    }
    scores = open_scores(convert_and_add(tmp_path / "f.parquet", **new)).check()
    c = scores.columns
    assert (c.id, c.weight, c.group, c.segments) == (("id",), "weight", "lot", ("camera",))
    assert scores.models == ("m",)
    assert [(p.code, p.column) for p in scores.problems if p.code == "W_UNUSED"] == [
        ("W_UNUSED", "uid")
    ]
    low = convert_and_add(tmp_path / "f.parquet", new=np.array([1.0, 2.0, 3.0], np.float32))
    assert ("W_F32", "new") in {(p.code, p.column) for p in open_scores(low).problems}
    error = error_of(
        lambda: open_scores(convert_and_add(tmp_path / "f.parquet", weight=["1", "x", "2"]))
    )
    assert (error.code, error.row) == ("E_NUMBER", 2)


def test_a_converted_file_whose_names_had_spaces_still_opens(tmp_path):
    """Earlier versions wrote names without trimming."""
    table = pa.table(COLUMNS).rename_columns([" m" if name == "m" else name for name in COLUMNS])
    roles = ROLES | {"models": [" m", "n"]}
    path = tmp_path / "old.parquet"
    pq.write_table(table.replace_schema_metadata({METADATA: json.dumps(roles).encode()}), path)
    assert open_scores(path).check().models == ("m", "n")
