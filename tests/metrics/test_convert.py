from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from metrics.convert import convert

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


def test_a_converted_file_opens_as_what_it_was(tmp_path):
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


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_values_are_bit_exact(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("convert") / "o.parquet"
    labels = [k % 2 for k in range(len(values))]
    convert(open_scores({"label": labels, "m": values}), path)
    assert pq.read_table(path)["m"].combine_chunks().equals(pa.array(values))


def test_nothing_is_written_when_the_input_is_refused(tmp_path):
    path = tmp_path / "out.parquet"
    path.write_bytes(b"before")
    with pytest.raises(ScoreError):
        convert(open_scores(DATA | {"serial": ["a", "b", "a"]}, **OPTIONS), path)
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["out.parquet"]


def test_progress_counts_rows_and_may_end_it(tmp_path):
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


@pytest.mark.parametrize(
    "kept", [b"", b"[]", b"{}", b'{"id": 3}', b"\xff", b'{"id":["x"],"label":"y"}']
)
def test_roles_that_do_not_fit_are_not_believed(tmp_path, kept):
    table = pa.table({"id": ["u", "v"], "label": [0, 1], "m": [0.1, 0.2]})
    path = tmp_path / "f.parquet"
    pq.write_table(table.replace_schema_metadata({b"common_ground": kept}), path)
    assert open_scores(path).check().models == ("m",)
