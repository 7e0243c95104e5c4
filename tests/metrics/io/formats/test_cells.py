"""Tests of number parsing: which whole numbers are exact, and which are too small to differ from 0."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import ScoreError, open_scores


@pytest.mark.parametrize(
    ("kind", "values", "row"),
    [
        (pa.int64(), [0, 2**53, -(2**53)], None),
        (pa.int64(), [0, 2**53, 2**53 + 1], 3),
        (pa.int64(), [0, -(2**53) - 1, 2**53 + 1], 2),
        (pa.int64(), [0, 5, -(2**53) - 1], 3),
        (pa.uint64(), [2**53, 0, 2**64 - 1], 3),
    ],
)
def test_whole_scores_must_be_exact(tmp_path, kind, values, row):
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"label": [0, 1, 0], "a": pa.array(values, kind)}), path)
    scores = open_scores(path, scale="rank")
    if row is None:
        (batch,) = scores.batches()
        assert [int(x) for x in batch.column(2).to_pylist()] == values
        return
    with pytest.raises(ScoreError) as caught:
        scores.check()
    error = caught.value
    assert (error.code, error.row, error.value) == ("E_NUMBER", row, str(values[row - 1]))


SMALL = ["1e-400", "-3E-324000", "0.0001e-330", "0." + "0" * 330 + "7"]
ZERO = ["0", "0.0", "-0", "0e-400", "0." + "0" * 330, "5e-324", "0E5"]


def underflow_warnings(*arguments, **options):
    scores = open_scores(*arguments, **options).check()
    return [(p.file, p.row, p.column, p.value) for p in scores.problems if p.code == "W_UNDERFLOW"]


def file_text(kind: str, text: str) -> str:
    cells = ["0.5", text, "0.25", "1e-9"]
    if kind == "csv":
        return "id,label,a\n" + "".join(f"u{k},{k % 2},{c}\n" for k, c in enumerate(cells))
    quote = '"' if kind == "text" else ""
    rows = [f'{{"id":"u{k}","label":{k % 2},"a":{quote}{c}{quote}}}' for k, c in enumerate(cells)]
    return f"[{','.join(rows)}]" if kind == "document" else "\n".join(rows) + "\n"


@pytest.mark.parametrize("kind", ["csv", "lines", "text", "document"])
@pytest.mark.parametrize("text", [*SMALL, *ZERO], ids=lambda text: text[:12])
def test_a_number_too_small_is_reported_once(tmp_path, kind, text):
    path = tmp_path / ("f.csv" if kind == "csv" else "f.json")
    path.write_text(file_text(kind, text))
    expected = [(str(path), 2, "a", text)] if text in SMALL else []
    assert underflow_warnings(path, scale="logit") == expected
    scores = open_scores(path, scale="logit")
    for _ in range(2):
        (batch,) = scores.batches()
        assert batch.column(2).to_pylist() == [0.5, float(text), 0.25, 1e-9]
    assert len([p for p in scores.problems if p.code == "W_UNDERFLOW"]) == len(expected)


def test_a_number_too_small_is_reported_in_joined_and_long_files(tmp_path):
    label, score, long = (tmp_path / name for name in ("l.csv", "m.csv", "long.csv"))
    label.write_text("id,label\nu,0\nv,1\n")
    score.write_text("id,m\nv,1e-999\nu,0.5\n")
    long.write_text("id,label,model,score\nu,0,x,0.5\nv,1,x,1e-999\n")
    assert underflow_warnings([label, score]) == [(str(score), 1, "m", "1e-999")]
    assert underflow_warnings(long) == [(str(long), 2, "score", "1e-999")]
