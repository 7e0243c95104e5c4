"""Tests of problems found only while reading rows, in single, joined and long files."""

from __future__ import annotations

import json

import pytest

from metrics import ScoreError, open_scores
from metrics.io.formats import json as json_format
from metrics.io.formats.source import HEAD_ROWS
from metrics.io.preview import preview
from tests.metrics.opening import error_of


def codes(scores) -> list[str]:
    return [p.code for p in scores.problems]


@pytest.mark.parametrize("form", ["single", "joined", "long"])
def test_a_missing_line_end_is_reported(tmp_path, form):
    label, score = tmp_path / "l.csv", tmp_path / "m.csv"
    label.write_text("id,label\nu,0\nv,1\n")
    head = {"single": "label,a", "joined": "a", "long": "label,model,score"}[form]
    cells = {"single": "{},0.5", "joined": "0.5", "long": "{},x,0.5"}[form]
    score.write_text(f"id,{head}\nu,{cells.format(0)}\nv,{cells.format(1)}")
    scores = open_scores([label, score] if form == "joined" else score).check()
    without_end = [(p.file, p.row) for p in scores.problems if p.code == "W_NOEOL"]
    assert without_end == [(str(score), 2)]
    list(scores.batches())
    assert codes(scores).count("W_NOEOL") == 1


@pytest.mark.parametrize("form", ["single", "joined", "long"])
def test_numbers_written_as_text_are_reported(tmp_path, form):
    label, score = tmp_path / "l.csv", tmp_path / "m.jsonl"
    label.write_text("id,label\nu,0\nv,1\n")
    name = "score" if form == "long" else "a"
    rows = [{"id": i, "label": k, "model": "x", name: "0.5"} for k, i in enumerate("uv")]
    for row in rows:
        if form != "long":
            del row["model"]
        if form == "joined":
            del row["label"]
    score.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scores = open_scores([label, score] if form == "joined" else score).check()
    assert [(p.file, p.column) for p in scores.problems if p.code == "W_STRNUM"] == [
        (str(score), name)
    ]


def test_a_problem_known_at_opening_is_reported_once(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id;label;a\nu;0;0.5\nv;1;0.25\n")
    assert [p.code for p in preview(path).problems] == ["W_DIALECT"]
    scores = open_scores(path)
    assert codes(scores) == ["W_DIALECT"]
    assert codes(scores.check()) == ["W_DIALECT", "W_FEWPOSITIVES"]
    path.write_text("id;label;b\nu;0;x\nv;1;y\n")
    assert [p.code for p in preview(path).problems] == ["E_NOMODEL", "W_DIALECT"]


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


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_empty_column_must_be_empty_in_all_rows(tmp_path, ends):
    path = tmp_path / "f.csv"
    lines = ["id,label,a,,", *(f"{u},{a},{s},," for u, a, s in ROWS)]
    path.write_text(ends.join([*lines, ""]), newline="")
    assert open_scores(path).check().rows == len(ROWS)
    assert "left out 2 columns without name or values" in [
        p.message for p in open_scores(path).problems
    ]
    lines[HEAD_ROWS + 7] = 'u,1,"0",73,'
    path.write_text(ends.join([*lines, ""]), newline="")
    with pytest.raises(ScoreError) as caught:
        open_scores(path).check()
    error = caught.value
    assert (error.code, error.row, error.value) == ("E_COLNAME", HEAD_ROWS + 7, "73")
    lines[HEAD_ROWS + 7] = "u,1,0, ,"
    path.write_text(ends.join([*lines, ""]), newline="")
    assert open_scores(path).check().rows == len(ROWS)


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


@pytest.mark.parametrize(
    "line", ["sep={0}", '"sep={0}"', "SEP={0}", "sep={0}{0}{0}", "\n\nsep={0}", "\ufeffsep={0}"]
)
@pytest.mark.parametrize(
    ("ends", "sign"),
    [
        ("\n", ";"),
        ("\r\n", ","),
        ("\r", "\t"),
        ("\n", "|"),
        ("\r\n", ":"),
        ("\r", " "),
        ("\n", "~"),
    ],
)
def test_the_first_line_may_name_the_delimiter(tmp_path, line, ends, sign):
    path = tmp_path / "f.csv"
    text = "\n".join([line, "id,label,a", "u,0,0.5", "v,1,0.25", ""])
    text = text.replace(",", sign).replace("{0}", sign).replace("\n", ends)
    path.write_text(text, newline="")
    (batch,) = open_scores(path).batches()
    assert batch.to_pydict() == {"id": ["u", "v"], "label": [0, 1], "a": [0.5, 0.25]}


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("sep=;", ["label", "a"]),  # as wide as a table of two columns
        ("sep=;;", ["label", "p0", "p1"]),
        ("sep=;;", ["label", "a", "weight"]),
        ("sep=;;;", ["id", "label", "a", "weight"]),
        ("sep=;", ["a"]),
        ("sep=;", ["0.5"]),
    ],
)
def test_a_first_line_as_wide_as_the_table_is_no_header(tmp_path, line, names):
    """The line is ignored when columns are recognised: class columns, numbers, files without a header."""
    rows = [{"id": f"u{k}", "label": k % 2, "a": k / 8, "weight": 2} for k in range(4)]
    values = [row | {"p0": 1 - k / 8, "p1": k / 8, "0.5": k / 8} for k, row in enumerate(rows)]
    lines = [line, ";".join(names), *(";".join(str(row[n]) for n in names) for row in values)]
    for with_line in (True, False):
        (tmp_path / f"{with_line}.csv").write_text("\n".join(lines[not with_line :]) + "\n")
    (tmp_path / "y.csv").write_text("label\n0\n1\n0\n1\n" + "1\n" * ("0.5" in names))
    read = []
    for with_line in (True, False):
        files = [tmp_path / f"{with_line}.csv", tmp_path / "y.csv"]
        read.append(open_scores(files[0] if "label" in names else files).check())
    assert [column.type for column in read[0].schema] == [column.type for column in read[1].schema]
    assert read[0].columns.weight == read[1].columns.weight
    assert [n.rpartition(".")[2] for n in read[0].models] in (["p1"], ["a"], ["True"])
    tables = [[b.to_pydict() for b in scores.batches()] for scores in read]
    assert [list(b.values()) for b in tables[0]] == [list(b.values()) for b in tables[1]]


@pytest.mark.parametrize("sign", ['"', "'", "a", "1", ".", "-", "é", "日", "😀", "\xa0"])
def test_the_first_line_must_name_a_valid_delimiter(tmp_path, sign):
    path = tmp_path / "f.csv"
    path.write_text(f"sep={sign}\nid,label,a\nu,0,0.5\nv,1,0.25\n".replace(",", sign))
    assert error_of(open_scores, path).code == "E_FORMAT"
