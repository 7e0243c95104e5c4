"""Tests of the header of CSV files: quoted names, lines above it, a named delimiter, and nameless columns."""

from __future__ import annotations

import pytest

from metrics import ScoreError, open_scores
from metrics.io.formats.csv.reader import CsvSource
from metrics.io.formats.source import HEAD_ROWS
from tests.metrics.opening import error_of

ROWS = [(f"u{k}", k % 2, k % 7 / 8) for k in range(HEAD_ROWS + 200)]


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


def test_a_column_of_numbers_needs_no_header(tmp_path):
    path = tmp_path / "model.out.txt"
    path.write_text("0.25\n0.5\n")
    source = CsvSource(path, str(path))
    assert source.names == ("model.out",)
    assert [a.to_pylist() for a in source.head().values()] == [["0.25", "0.5"]]
    path.write_text("0\n0.25\n0.5\n")
    with pytest.raises(ScoreError, match="first line") as caught:
        CsvSource(path, str(path))
    assert caught.value.code == "E_HEADER"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ('id,label,5"" pipe', ["id", "label", '5"" pipe']),
        ('i"d,label,a', ['i"d', "label", "a"]),
        ('"i""d","label","a\nb"', ['i"d', "label", "a\nb"]),
        ('"id",label,""" """', ["id", "label", '" "']),
    ],
)
def test_a_quoted_header_may_hold_delimiters_and_line_ends(tmp_path, header, names):
    path = tmp_path / "f.csv"
    path.write_text(header + "\nu,1,0.5\nv,0,0.25\n")
    source = CsvSource(path, "f.csv")
    assert list(source.names) == names
    (batch,) = source.batches(source.names, frozenset(), 9)
    assert [column.to_pylist() for column in batch] == [["u", "v"], ["1", "0"], ["0.5", "0.25"]]


TABLE = "id,label,m\nu1,0,0.1\nu2,1,0.9\nu3,0,0.4\n"


ABOVE = {
    "Inspection of line 3\n": 2,
    "# exported by inspector 4.2\n": 2,
    "# exported by inspector 4.2\n# line 3, camera 2, May\n#\n": 4,
    "Inspection of line 3\n\n": 3,
    "Inspection of line 3,,\n": 2,
    '"Inspection of\nline 3"\n': 3,
    "Inspection,of line 3\nin May\n": 3,
}


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("above", "line"), ABOVE.items())
@pytest.mark.parametrize("rows", ["", "u4,0,0.5\n" * 200])
def test_lines_above_the_header_are_refused_with_its_line(tmp_path, sign, above, line, rows):
    path = tmp_path / "scores.csv"
    path.write_text((above + TABLE + rows).replace(",", sign))
    error = error_of(open_scores, path)
    problem = error.problems[0]
    assert problem.code == "E_HEADER"
    assert f"line {line} looks like the header" in problem.message
    assert str(problem.hint) == f"Remove what stands above line {line}."


@pytest.mark.parametrize(
    "text",
    [
        "#id,label,m\n#1,0,0.1\n#2,1,0.9\n",
        "id,label,m\n#1,0,0.1\n#2,1,0.9\n",
        "note,label,m\n,0,0.1\n,1,0.9\n",
        'id,label,m\n"a\nb",0,0.1\n"c",1,0.9\n',
        "label,m\n0,0.1\n1,0.9",
        "m;label\n0.1;0\n0.9;1\n",
    ],
)
def test_a_header_in_the_first_line_is_taken(tmp_path, text):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    assert open_scores(path).models == ("m",)
