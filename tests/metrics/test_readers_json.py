from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores


def table_of(scores):
    return pa.Table.from_batches(list(scores.batches()), schema=scores.schema)


def refusal(path, **options):
    with pytest.raises(ScoreError) as caught:
        open_scores(path, **options).check()
    return caught.value


@given(
    ids=st.lists(st.text(min_size=1, max_size=9), min_size=2, max_size=20, unique=True),
    ascii_only=st.booleans(),
    data=st.data(),
)
def test_round_trip_is_bit_exact(tmp_path_factory, ids, ascii_only, data):
    scores = data.draw(st.lists(st.floats(0, 1), min_size=len(ids), max_size=len(ids)))
    rows = [{"id": i, "y": k % 2, "a": s} for k, (i, s) in enumerate(zip(ids, scores, strict=True))]
    path = tmp_path_factory.mktemp("json") / "f.jsonl"
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    read = table_of(open_scores(path))
    assert read["id"].to_pylist() == ids
    assert read["a"].combine_chunks().equals(pa.array(scores))
    whole = path.with_suffix(".json")
    whole.write_text(json.dumps(rows), encoding="utf-8")
    assert table_of(open_scores(whole)).equals(read)
    whole.write_text(
        json.dumps({"columns": ["id", "y", "a"], "data": [list(r.values()) for r in rows]})
    )
    assert table_of(open_scores(whole)).equals(read)


GOOD = '{"id": "u1", "y": 1, "a": 0.9}\n{"id": "u2", "y": 0, "a": 0.2}\n'


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ('{"id":"u1","y":1,"a":NaN}\n' + GOOD, "E_JSON", 1),
        ('{"id":"u1","y":1,"a":-Infinity}\n' + GOOD, "E_JSON", 1),
        (GOOD + '{"id":"u3","y":1,"a":0.9\n', "E_JSON", 3),
        (GOOD + "[1, 2]\n", "E_JSON", 3),
        (GOOD + "{'id': 1}\n", "E_JSON", 3),
        (GOOD + '{"id":"u3","y":1,"a":01}\n', "E_JSON", 3),
        (GOOD + '{"id":"u3","y":1,"a":' + "[" * 100_000 + "\n", "E_JSON", 3),
        (GOOD + '{"id":"u3","y":1,"a":0.9,"a":0.1}\n', "E_DUPCOL", 3),
        (GOOD + '{"id":"u3","y":1,"a":null}\n', "E_SCORE_NA", 3),
        (GOOD + '{"id":"u3","y":1}\n', "E_SCORE_NA", 3),
        (GOOD + '{"id":"u3","a":0.5}\n', "E_LABEL_NA", 3),
        (GOOD + '{"y":1,"a":0.5}\n', "E_IDMISSING", 3),
        (GOOD + '{"id":"u3","y":1,"a":"0,5"}\n', "E_NUMBER", 3),
        (GOOD + '{"id":"u3","y":1,"a":1e999}\n', "E_SCORE_INF", 3),
        (GOOD + '{"id":"u2","y":1,"a":0.5}\n', "E_DUPID", 3),
        ("\n \n", "E_EMPTY", None),
        ("[]", "E_NOROWS", None),
        ("[[1, 2]]", "E_FORMAT", 1),
        ('{"columns": ["id", "y"], "data": [["u", 1, 2]]}', "E_WIDTH", 1),
        ('{"columns": ["id", "id"], "data": [["u", 1]]}', "E_DUPCOL", None),
        ('{"columns": 1, "data": 2}', "E_JSON", None),
        ('[{"label": "ok", "score": 0.99}, {"label": "defect", "score": 0.7}]', "E_FORMAT", None),
        ('{"id":"u1","y":1,"a":[0.1,0.9]}\n{"id":"u2","y":0,"a":[0.2,0.8]}\n', "E_TYPE", None),
        ('{"instance":{"id":1},"prediction":{"scores":[0.5]}}\n', "E_TYPE", None),
        ("\x00" + GOOD, "E_JSON", 1),
        (GOOD + '{"id":"u\\ud800","y":1,"a":0.5}\n', "E_ENCODING", 3),
        ('[{"id":"u","y":1,"\\udfff":0.5}]', "E_ENCODING", None),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, text, code, row):
    path = tmp_path / "f.jsonl"
    path.write_text(text)
    error = refusal(str(path))
    assert (error.code, error.row) == (code, row)


def test_numbers_as_ids_keep_every_digit(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_text(
        '{"id":9007199254740993,"y":true,"a":0.9}\n{"id":12345678901234567890123,"y":false,"a":2e-1}\n'
        '{"id":1.50,"y":true,"a":0}\n'
    )
    read = table_of(open_scores(path))
    assert read["id"].to_pylist() == ["9007199254740993", "12345678901234567890123", "1.50"]
    assert (read["label"].to_pylist(), read["a"].to_pylist()) == ([1, 0, 1], [0.9, 0.2, 0.0])


def test_numbers_as_text_are_read_with_a_note(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_text('{"id":"u1","y":"1","a":"0.9"}\n\n{"id":"u2","y":"0","a":"0.2"}')
    scores = open_scores(path).check()
    assert table_of(scores)["a"].to_pylist() == [0.9, 0.2]
    assert "W_STRNUM" in {p.code for p in scores.problems}


def test_json_is_known_by_its_content_too(tmp_path):
    path = tmp_path / "part-00000"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert open_scores(path).check().rows == 2
