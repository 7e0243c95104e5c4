"""Tests of reading the rows of CSV files, against slow readers and the csv module."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrics import ScoreError, open_scores
from metrics.io.formats.cells import NUMBER
from metrics.io.formats.csv import reader as csv_reader
from metrics.io.formats.csv.reader import CsvSource
from metrics.io.formats.csv.records import RecordChecker
from tests.metrics.opening import error_of, refusal, table_of

nasty = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
) | st.sampled_from(
    ["NA", "1e5", "007", '"', ",", "\n", "\r\n", "'", " ", "#", "=1", "\ufeff", "\u2028"]
)


def write(path, names, rows, **dialect):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", **dialect)
    writer.writerow(names)
    writer.writerows(rows)
    path.write_bytes(buffer.getvalue().encode())
    return str(path)


@given(
    ids=st.lists(nasty.filter(bool), min_size=2, max_size=20, unique=True),
    model=nasty.filter(lambda s: s.strip() and s not in {"id", "label"} and not s.isdigit()),
    data=st.data(),
)
def test_values_are_read_bit_for_bit(tmp_path_factory, ids, model, data):
    count = len(ids)
    scores = data.draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    labels = [k % 2 for k in range(count)]
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    rows = [[i, y, repr(s)] for i, y, s in zip(ids, labels, scores, strict=True)]
    write(path, ["id", "label", model], rows, quoting=csv.QUOTE_ALL)
    read = table_of(open_scores(str(path), id="id", label="label", models=[model]))
    assert read.column(0).to_pylist() == ids
    assert read.column(1).to_pylist() == labels
    assert np.array_equal(read.column(2).to_numpy().view(np.int64), np.array(scores).view(np.int64))


@given(
    st.text(alphabet="0123456789+-.eE xXnNaAiIfFbBoO_,'\"", max_size=9).filter(
        lambda t: '"' not in t
    )
)
def test_the_fast_parser_accepts_no_more_than_the_grammar(text):
    import re

    data = f'"{text}"\n'.encode()
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(column_names=["x"]),
            convert_options=arrow_csv.ConvertOptions(
                column_types={"x": pa.float64()}, null_values=[], strings_can_be_null=False
            ),
        )
        value = table["x"][0].as_py() if table.num_rows else None
    except pa.ArrowInvalid:
        value = None
    if value is not None and math.isfinite(value):
        assert re.match(NUMBER, text)
        assert value == float(text)


TOKENS = [
    "u",
    "v",
    "w",
    "0",
    "1",
    "0.5",
    ".25",
    ",",
    ",",
    ",",
    "\n",
    "\n",
    "\r\n",
    "\r",
    '"',
    '""',
    " ",
    "é",
]


@given(st.lists(st.sampled_from(TOKENS), max_size=60).map("".join))
def test_accepted_files_read_as_by_a_slow_strict_reader(tmp_path_factory, body):
    """The slow twin: the csv module in strict mode, and Python's own float."""
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    path.write_bytes(f"id,label,a\n{body}".encode())
    try:
        read = table_of(open_scores(str(path)))
    except ScoreError:
        return
    slow = [row for row in csv.reader(io.StringIO(body, newline=""), strict=True) if row]
    assert read["id"].to_pylist() == [row[0] for row in slow]
    assert read["label"].to_pylist() == [int(float(row[1])) for row in slow]
    assert read["a"].to_pylist() == [float(row[2]) for row in slow]


@given(
    rows=st.lists(
        st.tuples(
            nasty.filter(bool), st.sampled_from(["0", "1"]), st.sampled_from(["0.5", ".25", "1e-3"])
        ),
        min_size=2,
        unique_by=lambda row: row[0],
    ).filter(lambda rows: len({row[1] for row in rows}) == 2),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    delimiter=st.sampled_from(",;\t|"),
)
def test_all_output_of_the_csv_module_is_read(tmp_path_factory, rows, quoting, end, delimiter):
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=quoting, lineterminator="\r\n", delimiter=delimiter)
    writer.writerow(["id", "label", "a"])
    text = buffer.getvalue().replace("\r\n", end)
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, quoting=quoting, lineterminator="\r\n", delimiter=delimiter).writerow(
            row
        )
        text += buffer.getvalue().removesuffix("\r\n") + end
    path = tmp_path_factory.mktemp("csv") / "f.csv"
    path.write_bytes(text.encode())
    read = table_of(open_scores(str(path)))
    assert read["id"].to_pylist() == [row[0] for row in rows]
    assert read["label"].to_pylist() == [int(row[1]) for row in rows]
    assert read["a"].to_pylist() == [float(row[2]) for row in rows]


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_results_do_not_depend_on_the_block_size(tmp_path, monkeypatch, block):
    rows = [[f'u"{k}\n{"é" * (k % 5)}', k % 2, k / 1000] for k in range(300)]
    path = write(tmp_path / "f.csv", ["id", "label", "a"], rows)
    whole = table_of(open_scores(path))
    monkeypatch.setattr(csv_reader, "BLOCK", block)
    assert table_of(open_scores(path)).equals(whole)
    assert whole["id"].to_pylist() == [row[0] for row in rows]


@pytest.mark.parametrize("row", [1, 2, 1500, 2999, 3000])
@pytest.mark.parametrize(
    ("text", "code"),
    [("x", "E_NUMBER"), ("", "E_SCORE_NA"), ("inf", "E_SCORE_INF"), ("2", "E_RANGE")],
)
def test_a_bad_value_is_named_at_any_row_and_column(tmp_path, monkeypatch, row, text, code):
    monkeypatch.setattr(csv_reader, "BLOCK", 4096)
    rows = [[f"u{k}", k % 2, text if k == row else 0.5] for k in range(1, 3001)]
    path = write(tmp_path / "f.csv", ["id", "label", "a"], rows)
    error = refusal(path)
    assert (error.code, error.row, error.column) == (code, row, "a")


def test_the_number_of_empty_cells_is_told(tmp_path):
    rows = [[f"u{k}", k % 2, "" if k in (7, 40, 41) else 0.5] for k in range(1, 51)]
    error = refusal(write(tmp_path / "f.csv", ["id", "label", "a"], rows))
    assert error.row == 7
    assert "got nothing here and in at least 2 other rows" in str(error)


@pytest.mark.parametrize("row", [3, 2000, 2998])
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("u,1", "E_WIDTH"),
        ('"u"x,1,0.5', "E_QUOTE"),
        ("u\x00,1,0.5", "E_NUL"),
        ("\udcff,1,0.5", "E_ENCODING"),
    ],
)
def test_a_bad_line_is_named_at_any_row(tmp_path, monkeypatch, row, line, code):
    monkeypatch.setattr(csv_reader, "BLOCK", 4096)
    lines = [f"u{k},{k % 2},0.5" for k in range(1, 3001)]
    lines[row - 1] = line
    path = tmp_path / "f.csv"
    path.write_bytes("\n".join(["id,label,a", *lines, ""]).encode("utf-8", "surrogateescape"))
    error = refusal(str(path))
    assert (error.code, error.row) == (code, row)


def test_decimal_commas_are_read_if_the_option_is_given(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id;label;a\nu1;1;0,937\nu2;0;,5\nu3;1;1e-1\n")
    scores = open_scores(str(path), decimal=",")
    assert table_of(scores)["a"].to_pylist() == [0.937, 0.5, 0.1]
    path.write_text("id;label;a\nu1;1;1.000,5\nu2;0;0,5\n")
    assert refusal(str(path), decimal=",").code == "E_NUMBER"


def test_an_empty_line_in_one_column_is_a_missing_value(tmp_path):
    path = tmp_path / "f.txt"
    path.write_text("0.25\n\n0.5\n")
    assert error_of(lambda: CsvSource(path, str(path))).code == "E_SCORE_NA"
    path.write_text("0.25\n0.5\n\n\n")
    assert CsvSource(path, str(path)).head()["f"].to_pylist() == ["0.25", "0.5"]


WHOLE = ['a,"b""c",1\n', '"x,\ny",,""\r\n', "é,2,3\r\r\n", 'u,"",""""\n\n']


def records_of(text: str, width: int) -> tuple[int, str]:
    """Slow reader of CSV, character by character from the rules: its records, or the reason to refuse."""
    records, fields, state, blank = 0, 0, "start", False
    for k, c in enumerate(text):
        if c == "\0":
            return records, "E_NUL"
        if state == "quoted":
            state = "closed" if c == '"' else state
        elif c == ",":
            fields, state = fields + 1, "start"
        elif c in "\n\r":
            if state == "start" and not fields:
                blank = blank or not (c == "\n" and text[k - 1 : k] == "\r")
                continue
            if width not in (0, fields + 1):
                return records, "E_WIDTH"
            if width == 1 and blank and records:
                return records, "E_SCORE_NA"
            records, fields, state = records + 1, 0, "start"
        elif c == '"' and state in ("start", "closed"):
            state = "quoted"
        elif state == "closed":
            return records, "E_QUOTE"
        else:
            state = "plain" if state == "start" else state
    return records, "E_QUOTE" if state == "quoted" else ""


@given(
    st.lists(st.text(',"\n\ra;\0é', max_size=14) | st.sampled_from(WHOLE), min_size=1, max_size=6),
    st.integers(0, 3),
)
@example(['""', "a,aaa"], 2)
@example(['"a', '"', '"b"', "\n"], 1)
@example(["a,\r", "\n,b\r\n\n", "\r"], 2)
@example(['"', "\0"], 0)
def test_the_checker_counts_and_refuses_by_the_rules(blocks, width):
    checker, carry = RecordChecker("f.csv", ",", width), b""
    text = "".join(blocks) + "\n"
    refused = ""
    try:
        for block in blocks:
            data = carry + block.encode()
            carry = data[checker.check(data) :]
        checker.check(carry + b"\n", final=True)
    except ScoreError as error:
        refused = f"{error.code} in {error.row}"
    records, code = records_of(text, width)
    assert checker.records == records
    assert refused == (f"{code} in {records + 1}" if code else "")


GOOD = "id,label,a\n1,0,0.1\n2,1,0.9\n"


@pytest.mark.parametrize(
    "text", [GOOD, GOOD.replace("1,0", '"1",0'), GOOD.replace("\n", "\r\n\r\n")]
)
def test_the_two_parsers_must_read_the_same_number_of_rows(tmp_path, monkeypatch, text):
    path = tmp_path / "scores.csv"
    path.write_text(text, newline="")
    parse = CsvSource._parse
    monkeypatch.setattr(CsvSource, "_parse", lambda *arguments: parse(*arguments).slice(1))
    with pytest.raises(ScoreError, match="got 2 and 1 rows") as refused:
        open_scores(path).check()
    assert refused.value.code == "E_FORMAT"
