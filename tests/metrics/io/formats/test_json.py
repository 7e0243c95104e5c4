"""Tests of reading JSON: numbers, invalid values, lines in bulk against lines one by one, encodings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from metrics.io.formats import json as json_format
from metrics.io.formats.cells import Location, numbers_of
from metrics.io.formats.json import JsonSource
from metrics.io.formats.source import HEAD_ROWS
from tests.metrics.opening import refusal, table_of


@given(
    ids=st.lists(st.text(min_size=1, max_size=9), min_size=2, max_size=20, unique=True),
    ascii_only=st.booleans(),
    data=st.data(),
)
def test_values_are_read_bit_for_bit(tmp_path_factory, ids, ascii_only, data):
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
        ('{"columns": [1], "data": 2}', "E_JSON", None),
        ('[{"label": "ok", "score": 0.99}, {"label": "defect", "score": 0.7}]', "E_FORMAT", None),
        ('{"id":"u1","y":1,"a":[0.1,0.9]}\n{"id":"u2","y":0,"a":[0.2,0.8]}\n', "E_TYPE", None),
        ('{"instance":{"id":1},"prediction":{"scores":[0.5]}}\n', "E_NOLABEL", None),
        ("\x00" + GOOD, "E_JSON", 1),
        (GOOD + '{"id":"u\\ud800","y":1,"a":0.5}\n', "E_ENCODING", 3),
        ('[{"id":"u","y":1,"\\udfff":0.5}]', "E_ENCODING", None),
    ],
)  # fmt: skip
def test_invalid_json_is_refused_with_its_row(tmp_path, text, code, row):
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


def test_json_is_recognised_by_its_content(tmp_path):
    path = tmp_path / "part-00000"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert open_scores(path).check().rows == 2


KEYS = ["id", "y", "a", "b c", "é", "m.*", "}", ",", ":", "", "\x7f", "#"]
PLAIN = [
    '"u1"', '"0.5"', '""', '"é🙂"', '"a,b"', '"}"', '"{"', '": 1, "', '"\x7f"',
    '"null"', '"\u2028"', "0", "-0.0", "1", "0.5", "1e5", "1E+5", "2.5e-300", "5e-324", "1e-400",
    "0.1000000000000000055511151231257827021181583404541015625", "9007199254740993", "1" + "0" * 400,
    "123456789012345678901234567890", "1" * 4301, "0." + "3" * 900, "1.0", "-1E+400", "1e999",
    "true", "false",
]  # fmt: skip
NASTY = [
    "null", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "00", "1.", "5.e3", ".5", "-.5", "1e",
    "0x1", "1_0", "nan", "-nan", "inf", "True", "1,2", '1, "a":2', '0.5}', '"""',
    "[1]", "[]", '{"a": 1}', "[" * 2000, '"\\u0041"', '"\\""', '"\\\\"', '"\\ud800"',
    '"\\ud83d\\ude00"', '"\\x"',
    '"\x01"', '"\t"', '"\0"', '"', '"a"b"', "", " ", "1 2", "'a'", '"a" ', " 1", "\u00a01", "\ufeff1",
    "１", "1\r",
]  # fmt: skip


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    """JSON lines mostly of one shape; some have other keys, spaces or values, or are invalid."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=5, unique=True))
    kinds = draw(st.lists(st.booleans(), min_size=len(keys), max_size=len(keys)))
    comma, colon, end = draw(
        st.sampled_from([(", ", ": ", ""), (",", ":", ""), (" ,\t", " : ", " \r")])
    )
    texts, bare = [v for v in PLAIN if v[0] == '"'], [v for v in PLAIN if v[0] != '"']

    def line(odd: bool) -> bytes:
        row = [draw(st.sampled_from(texts if text else bare)) for text in kinds]
        names = list(keys)
        if odd:
            kind = draw(
                st.sampled_from(
                    ["value", "other", "order", "less", "twice", "blank", "spaces", "bytes"]
                )
            )
            at = draw(st.integers(0, len(keys) - 1))
            if kind == "value":
                row[at] = draw(st.sampled_from(NASTY))
            elif kind == "other":
                row[at] = draw(st.sampled_from(PLAIN))
            elif kind == "order":
                names.reverse()
                row.reverse()
            elif kind == "less":
                names.pop(at)
                row.pop(at)
            elif kind == "twice":
                names.append(names[at])
                row.append(row[at])
            elif kind == "blank":
                return draw(st.sampled_from([b"", b"  ", b"\r", b"\xc2\xa0", b"\x1c"]))
            elif kind == "bytes":
                return draw(
                    st.sampled_from(
                        [b'{"a": "\xff"}', b"\xed\xa0\x80", b"{", b"\x00", b"[1]", b"3"]
                    )
                )
        inside = comma.join(
            f"{json.dumps(k, ensure_ascii=False)}{colon}{v}"
            for k, v in zip(names, row, strict=True)
        )
        spaces = "  " if odd and draw(st.booleans()) else ""
        return f"{spaces}{{{inside}}}{end}{spaces}".encode("utf-8", "surrogatepass")

    odd = draw(st.lists(st.sampled_from([False, False, False, True]), max_size=12))
    rows = [line(False), *(line(o) for o in odd)]
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return mark + b"\n".join(rows) + draw(st.sampled_from([b"", b"\n", b"\n\n"]))


def number_of(cell: pa.Array, location: Location):
    try:
        return int(numbers_of(cell, location).view(np.int64)[0])
    except ScoreError as error:
        return error.code, error.value


def read_all(source: JsonSource, numbers: frozenset[str], read: str):
    """Texts of every column, and of one column the bits or the error of each number; or the refusal."""
    batches = getattr(source, read)(source.names, numbers)
    try:
        parts = [dict(zip(source.names, arrays, strict=True)) for arrays in batches]
    except ScoreError as error:
        return error.problems
    columns = {}
    for name in source.names:
        arrays = [part[name] for part in parts if len(part[name])]
        if any(pa.types.is_list(array.type) for array in arrays):
            columns[name] = ["a list"]
        elif name in numbers:
            cells = [array.slice(k, 1) for array in arrays for k in range(len(array))]
            columns[name] = [number_of(cell, Location(source, name)) for cell in cells]
        else:
            columns[name] = [text for array in arrays for text in array.to_pylist()]
    return columns, set(source.problems)


@given(data=json_lines(), block=st.sampled_from([16, 100, 1 << 20]), every=st.booleans())
def test_lines_read_in_bulk_equal_lines_parsed_one_by_one(tmp_path_factory, data, block, every):
    path: Path = tmp_path_factory.mktemp("bulk") / "f.jsonl"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_format, "HEAD_ROWS", 1)
        patch.setattr(json_format, "_BLOCK", block)
        try:
            sources = [JsonSource(path, "f.jsonl") for _ in range(2)]
        except ScoreError:
            return
        names = sources[0].names
        numbers = frozenset(names if every else names[1:])
        bulk, single = (
            read_all(source, numbers, read)
            for source, read in zip(
                sources, ("_batches_of_lines", "_batches_of_document"), strict=True
            )
        )
    assert bulk == single


UNLIKE_ARROW = {
    "text that is not UTF-8": b'{"id": "\xff", "y": 1, "a": 0.5}',
    "two objects": b'{"id": "v", "y": 1, "a": 0.5} {"id": "w", "y": 1, "a": 0.5}',
    "two objects, and one over two lines": (
        b'{"id": "v", "y": 1, "a": 0.5} {"id": "w", "y": 1, "a": 0.5}\n{"id": "x",\n"y": 1, "a": 0.5}'
    ),
    "not a number": b'{"id": "v", "y": 1, "a": NaN}',
    "infinite": b'{"id": "v", "y": 1, "a": -Infinity}',
    "too small": b'{"id": "v", "y": 1, "a": 1e-400}',
    "large whole number": b'{"id": "v", "y": 12345678901234567890, "a": 0.5}',
    "new key": b'{"id": "v", "y": 1, "a": 0.5, "b": 0.5}',
    "other spelling of a fraction": b'{"id": "v", "f": 1.00}',
    "missing key": b'{"id": "v", "a": 0.5}',
}


@pytest.mark.parametrize("line", UNLIKE_ARROW.values(), ids=UNLIKE_ARROW)
def test_lines_that_arrow_reads_otherwise_are_parsed_one_by_one(tmp_path, monkeypatch, line):
    monkeypatch.setattr(json_format, "HEAD_ROWS", 1)
    path = tmp_path / "f.jsonl"
    first = b'{"id": "u", "y": 0, "a": 0.25}' if b'"f"' not in line else b'{"id": "u", "f": 1.0}'
    path.write_bytes(first + b"\n" + line + b"\n")
    bulk, single = (
        read_all(JsonSource(path, "f.jsonl"), frozenset("a"), read)
        for read in ("_batches_of_lines", "_batches_of_document")
    )
    assert bulk == single


@pytest.mark.parametrize("models", [1, 12])
def test_a_bad_value_is_named_among_many_models_and_rows(tmp_path, models):
    names = [f"m{k}" for k in range(models)]
    lines = [
        json.dumps({"id": f"u{k}", "y": k % 2} | dict.fromkeys(names, 0.25)) for k in range(1200)
    ]
    lines[1100] = lines[1100].replace("0.25}", "1.25}")
    path = tmp_path / "f.jsonl"
    path.write_text("\n\n".join(lines))
    error = refusal(str(path))
    assert (error.code, error.row, error.column) == ("E_RANGE", 1101, names[-1])
    lines[1100] = lines[1100].replace("1.25}", "01}")
    path.write_text("\n".join(lines))
    error = refusal(str(path))
    assert (error.code, error.row) == ("E_JSON", 1101)
    assert "line 1101" in error.message


def test_a_decimal_comma_does_not_change_json_numbers(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_text(GOOD)
    assert [p.code for p in refusal(str(path), decimal=",").problems] == ["E_NUMBER"]
    source = JsonSource(path, "f.jsonl", decimal=",")
    (batch,) = source.batches(["a"], frozenset("a"), 9)
    assert batch[0].to_pylist() == ["0.9", "0.2"]
    assert source.problems == []
    path.write_text(GOOD.replace("0.9", '"0,9"').replace("0.2", '"0,2"'))
    assert table_of(open_scores(path, decimal=","))["a"].to_pylist() == [0.9, 0.2]


@pytest.mark.parametrize("whole", [False, True])
def test_utf16_is_recognised_by_its_byte_order_mark(tmp_path, whole):
    path = tmp_path / "f.json"
    path.write_text(GOOD if not whole else f"[{','.join(GOOD.splitlines())}]", encoding="utf-16")
    scores = open_scores(path)
    assert table_of(scores)["a"].to_pylist() == [0.9, 0.2]
    assert "W_ENC" in {p.code for p in scores.problems}


def test_keys_lose_the_spaces_around_them(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_text(GOOD.replace('"a"', '" a "'))
    scores = open_scores(path, models=["a"])
    assert table_of(scores)["a"].to_pylist() == [0.9, 0.2]
    (note,) = [p for p in scores.problems if p.code == "W_TRIM"]
    assert (note.column, note.value) == ("a", " a ")
    path.write_text(GOOD + '{"id": "u3", "y": 1, "a": 0.5, " a": 0.5}\n')
    assert refusal(path).code == "E_DUPCOL"


ROWS = [(f"u{k}", k % 2, k % 7 / 8) for k in range(HEAD_ROWS + 200)]


@pytest.mark.parametrize("form", ["lines", "mixed", "document"])
@pytest.mark.parametrize("block", [4096, 1 << 20])
def test_a_json_key_after_the_first_rows_is_reported(tmp_path, monkeypatch, form, block):
    monkeypatch.setattr(json_format, "_BLOCK", block)
    late = {HEAD_ROWS + 50: {"b": 0.5}, HEAD_ROWS + 60: {"weight": 7, "b": 0.25}}
    rows = [{"id": u, "label": a, "a": s} | late.get(k, {}) for k, (u, a, s) in enumerate(ROWS, 1)]
    if form == "lines":  # all later lines have the same form
        rows = [
            row | {"weight": 1, "b": 0.5} if k > HEAD_ROWS + 49 else row
            for k, row in enumerate(rows, 1)
        ]
    path = tmp_path / "f.jsonl"
    text = [json.dumps(row) for row in rows]
    path.write_text(f"[{','.join(text)}]" if form == "document" else "\n".join(["", *text, ""]))
    scores = open_scores(path).check()
    assert scores.models == ("a",)
    unused = {p.column: p.row for p in scores.problems if p.code == "W_UNUSED"}
    weight = HEAD_ROWS + (50 if form == "lines" else 60)
    assert unused == {"b": HEAD_ROWS + 50, "weight": weight}
    assert open_scores(path).check().problems == scores.problems
