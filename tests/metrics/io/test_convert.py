"""Tests of converting scores to Parquet: the converted file opens with the same roles."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from metrics.io.convert import convert
from tests.metrics.opening import error_of

DATA = {
    "serial": ["007", "7", "NA"],
    "verdict": ["nok", "ok", "nok"],
    "cost": [1.5, 2.5, 3.5],
    "sex": ["f", "m", "f"],
    "temperature": [-3.0, 20.5, 1e300],
}
OPTIONS: dict[str, Any] = {
    "id": "serial",
    "label": "verdict",
    "positive": "nok",
    "models": ["temperature"],
    "segments": ["sex"],
    "scale": "logit",
}


def test_a_converted_file_opens_with_the_same_roles(tmp_path):
    scores = open_scores(DATA, **OPTIONS)
    path = tmp_path / "out.parquet"
    assert convert(scores, path) == 3
    table = pq.read_table(path)
    assert table.schema.names == ["id", "label", "value", "sex", "temperature"]
    assert table.schema.field("label").type == pa.int8()
    assert table.to_pydict() == {
        "id": DATA["serial"], "label": [1, 0, 1], "value": DATA["cost"], "sex": DATA["sex"],
        "temperature": DATA["temperature"],
    }  # fmt: skip
    again = open_scores(path)
    assert (again.models, again.scale, again.columns.segments) == (
        ("temperature",),
        "logit",
        ("sex",),
    )
    assert list(again.batches()) == list(scores.batches())


CANONICAL = {"id": "id", "label": "label", "weight": "weight", "value": "value", "group": "group"}


@given(
    named=st.dictionaries(st.sampled_from([*CANONICAL, "models", "segments", "scale"]), st.just(1)),
    scale=st.sampled_from(["percent", "logit", "rank"]),
    held_out=st.sampled_from(["held-out", "out-of-fold", "training", "unknown"]),
    swap=st.booleans(),
)
def test_options_win_over_stored_roles(tmp_path_factory, named, scale, held_out, swap):
    """Names of columns suggest other roles. Each option is tested alone and with the others."""
    data = {
        "serial": ["u", "v"], "y": [1, 0], "w": [1.0, 2.0], "eur": [3.0, 4.0], "shift": ["d", "n"],
        "site": ["p", "q"], "weight_of_part": [0.5, 20.0], "cost": [0.25, 30.0], "line": [7.0, 8.0],
    }  # fmt: skip
    path = tmp_path_factory.mktemp("overlay") / "o.parquet"
    scores = open_scores(
        data, id="serial", label="y", weight="w", value="eur", group="shift", segments=["site"],
        models=["weight_of_part", "cost", "line"], scale=scale, rows=held_out,
    )  # fmt: skip
    convert(scores, path)
    kept = {**CANONICAL, "models": scores.models, "segments": ("site",), "scale": scale}
    other = {"models": ("line", "cost"), "segments": (), "scale": "logit"}
    options: dict[str, Any] = {k: other.get(k, kept[k]) for k in named}
    if swap:
        options |= {"weight": "value", "value": "weight"}
    want = kept | options
    again = open_scores(path, **options)
    columns = again.columns
    assert columns.id == ("id",)
    assert {k: getattr(columns, k) for k in ("label", "weight", "value", "group")} == {
        k: want[k] for k in ("label", "weight", "value", "group")
    }
    assert (again.models, columns.segments) == (want["models"], want["segments"])
    assert (again.scale, again.held_out) == (want["scale"], held_out)
    assert open_scores(path, rows="held-out").held_out == "held-out"


def test_a_column_named_by_an_option_loses_its_stored_role(tmp_path):
    path = tmp_path / "o.parquet"
    convert(
        open_scores(DATA | {"m": [0.5, 0.25, 1.0]}, **OPTIONS | {"models": ["temperature", "m"]}),
        path,
    )
    again = open_scores(path, value="m", positive="0")
    assert (again.models, again.columns.value, again.scale) == (("temperature",), "m", "logit")
    assert [b.column(1).to_pylist() for b in again.batches()] == [[0, 1, 0]]
    error = error_of(open_scores, path, models=["none"])
    assert (error.code, error.column) == ("E_COLUMN", "none")
    assert error_of(open_scores, path, value="label").code == "E_NOLABEL"
    assert error_of(open_scores, path, segments=["m", "temperature"]).code == "E_NOMODEL"


def test_joined_converted_files_keep_their_roles(tmp_path):
    label = {"id": ["u", "v"], "label": [1, 0]}
    made = {}
    kinds: list[tuple[str, Any, Any]] = [
        ("a", "logit", "held-out"), ("b", "logit", "held-out"), ("c", "rank", "held-out"),
        ("d", "logit", "out-of-fold"), ("e", "logit", "training"),
    ]  # fmt: skip
    for name, scale, held_out in kinds:
        made[name] = str(tmp_path / f"{name}.parquet")
        convert(
            open_scores(label | {f"cost_{name}": [3.0, -2.0]}, scale=scale, rows=held_out),
            made[name],
        )
    both = open_scores([made["a"], made["b"]])
    assert (both.scale, both.held_out, both.models) == ("logit", "held-out", ("cost_a", "cost_b"))
    assert open_scores([made["a"], made["d"]]).held_out == "unknown"
    assert open_scores([made["a"], made["e"]]).held_out == "training"
    assert error_of(open_scores, [made["a"], made["c"]]).code == "E_RANGE"
    assert open_scores([made["a"], made["c"]], scale="rank").check().scale == "rank"


def test_nothing_is_written_when_the_input_is_refused(tmp_path):
    path = tmp_path / "out.parquet"
    path.write_bytes(b"before")
    with pytest.raises(ScoreError):
        convert(open_scores(DATA | {"serial": ["a", "b", "a"]}, **OPTIONS), path)
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.parquet"]


def test_progress_counts_rows_and_may_cancel(tmp_path):
    data = {"label": [0, 1] * 100_000, "m": [0.5] * 200_000}
    seen: list[int] = []
    path = tmp_path / "out.parquet"
    assert convert(open_scores(data), path, progress=seen.append) == 200_000
    assert len(seen) > 1
    assert seen == sorted(set(seen))
    assert seen[-1] == 200_000
    path.write_bytes(b"before")

    def cancel(rows: int) -> None:
        raise InterruptedError(rows)

    with pytest.raises(InterruptedError, match=str(seen[0])):
        convert(open_scores(data), path, progress=cancel)
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.parquet"]


def test_a_model_with_the_name_of_another_column_is_refused(tmp_path):
    data = {"y": [0, 1], "label": [0.1, 0.2]}
    with pytest.raises(ScoreError) as caught:
        convert(open_scores(data, label="y", models=["label"]), tmp_path / "o.parquet")
    assert (caught.value.code, caught.value.column) == ("E_DUPCOL", "label")


@pytest.mark.parametrize("way", ["same", "dotted", "symlink", "hard link", "second of two"])
def test_an_input_file_is_never_overwritten(tmp_path, way):
    path, label = tmp_path / "own.csv", tmp_path / "label.csv"
    path.write_text("id,label,a\nu,0,0.5\nv,1,0.25\n")
    label.write_text("id,label\nu,0\nv,1\n")
    output = path
    if way == "dotted":
        (tmp_path / "sub").mkdir()
        output = tmp_path / "sub" / ".." / "own.csv"
    elif way == "symlink":
        output = tmp_path / "link.parquet"
        output.symlink_to(path)
    elif way == "hard link":
        output = tmp_path / "link.parquet"
        output.hardlink_to(path)
    before = path.read_bytes()
    scores = open_scores([label, path] if way == "second of two" else path)
    error = error_of(convert, scores, output)
    assert (error.code, error.file) == ("E_FILE", str(path))
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))
    assert convert(scores, tmp_path / "other.parquet") == 2
