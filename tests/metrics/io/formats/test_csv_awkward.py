"""Tests of awkward delimited texts, plain and compressed, against their expected result."""

from __future__ import annotations

import gzip

import pytest

from metrics import ScoreError, open_scores
from tests.metrics.awkward import CASES, Case
from tests.metrics.opening import table_of


def read(path):
    scores = open_scores(path)
    return scores, table_of(scores)


def check_case(case: Case, path) -> None:
    if case.code and case.code.startswith("E_"):
        with pytest.raises(ScoreError) as caught:
            read(path)
        error = caught.value
        assert error.code == case.code, str(error)
        assert error.file == path
        if case.row is not None:
            assert error.row == case.row
        if case.column is not None:
            assert error.column == case.column
        return
    scores, table = read(path)
    assert table.num_rows == scores.rows
    if case.code:
        assert case.code in {problem.code for problem in scores.problems}
    if case.ids is not None:
        assert tuple(table["id"].to_pylist()) == case.ids
    if case.labels is not None:
        assert tuple(table["label"].to_pylist()) == case.labels
    if case.scores:
        assert scores.models == tuple(case.scores)
    for name, values in case.scores.items():
        # Numbers are compared as hexadecimal text, which distinguishes minus zero from zero.
        assert [value.hex() for value in table[name].to_pylist()] == [v.hex() for v in values]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_awkward_texts_are_read_or_refused_as_expected(case, tmp_path):
    path = tmp_path / case.file
    path.write_bytes(case.data)
    check_case(case, str(path))


# Other containers are judged by their first bytes, before anything is unpacked.
UNPACKED = [
    case
    for case in CASES
    if case.file == "scores.csv" and case.code not in {"E_FORMAT", "E_MAGIC", "E_PICKLE"}
]


# The bytes are unpacked before any is read, so a fifth of the cases is enough.
@pytest.mark.parametrize("case", UNPACKED[::5], ids=lambda case: case.name)
def test_compression_changes_nothing(case, tmp_path):
    path = tmp_path / "scores.csv.gz"
    path.write_bytes(gzip.compress(case.data))
    check_case(case, str(path))


LONG = b"x" * 200_000
"""Field that is longer than the csv module reads by default."""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'id,label,"' + LONG + b'"\nu,1,0.5\nv,0,0.2\n', "E_NAMELEN"),
        (b"id,label," + LONG + b"\nu,1,0.5\nv,0,0.2\n", "E_NAMELEN"),
        (b'id,label,"' + LONG + b"\nu,1,0.5\nv,0,0.2\n", "E_NOROWS"),
        (LONG * 5, "E_NOROWS"),
        (b"id,label,a\n" + LONG + b"\xff,1,0.5\nv,0,0.2\n", "E_ENCODING"),
        (b'id,label,a\n"' + LONG + b"\n\xffv,0,0.2\n", "E_ENCODING"),
        (b'id;label;a\n"' + LONG + b'";1;0,5\nv;0;0,2\n', "E_DECIMAL_COMMA"),
    ],
)
def test_a_long_field_is_refused_by_its_role(tmp_path, text, code):
    path = tmp_path / "s.csv"
    path.write_bytes(text)
    with pytest.raises(ScoreError) as refused:
        _ = open_scores(str(path)).fingerprint
    assert code in [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("between", [b",", b"\t"])
def test_a_long_id_is_read(tmp_path, between):
    path = tmp_path / "s.csv"
    rows = (b"id", b"label", b"a"), (LONG, b"1", b"0.5"), (b"v", b"0", b"0.25")
    path.write_bytes(b"\n".join(map(between.join, rows)) + b"\n")
    assert table_of(open_scores(str(path))).num_rows == 2
