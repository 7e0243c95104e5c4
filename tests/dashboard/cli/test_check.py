"""Tests of ``common-ground check`` and ``convert``: their output, options and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from dashboard.cli.main import main
from tests.repository import ROOT

GOOD = "id,label,a,b\nu1,1,0.9,0.8\nu2,0,0.2,0.3\nu3,1,0.7,0.4\n"
CHECK_KEYS = ["status", "rows", "positives", "fingerprint", "columns", "problems"]
PROBLEM_KEYS = ["code", "severity", "message", "file", "row", "column", "value", "hint"]


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    return str(path)


def run(capsys, *arguments):
    status = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def check_json(capsys, *arguments):
    status, out, _ = run(capsys, *arguments)
    said = json.loads(out)
    assert list(said) == CHECK_KEYS
    assert all(list(problem) == PROBLEM_KEYS for problem in said["problems"])
    return status, said


def test_check_of_a_good_file(capsys, good):
    status, said = check_json(capsys, "check", good, "--json")
    assert (status, said["status"], said["rows"], said["positives"]) == (0, "ok", 3, 2)
    assert said["columns"] == {
        "id": ["id"], "label": "label", "positive": "1", "models": ["a", "b"],
        "weight": None, "value": None, "group": None, "segments": [], "unused": [],
    }  # fmt: skip
    assert said["fingerprint"].startswith("sha256:")
    assert [p["severity"] for p in said["problems"]] == ["warning"]


def test_check_of_a_file_that_is_refused(capsys, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(GOOD.replace("0.3", "93.1"))
    status, said = check_json(capsys, "check", path, "--json")
    problem = said["problems"][0]
    assert (status, said["status"], said["rows"]) == (2, "refused", None)
    assert (problem["code"], problem["file"]) == ("E_RANGE", str(path))
    assert (problem["row"], problem["column"], problem["value"]) == (2, "b", "93.1")
    assert "--scale" in problem["hint"]


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["check"], ["nothing"], ["check", "f.csv", "--unknown"], ["check", "f", "--scale", "odds"],
        ["check", "f.csv", "--max-thresholds", "0"], ["check", "f.csv", "--seed", "x"], ["convert", "f.csv"],
        ["check", "f.csv", "--lab", "y"], ["check", "f.csv", "--decimal", ";"],
    ],
)  # fmt: skip
def test_a_wrong_command_line_exits_with_64(capsys, arguments):
    status, said = check_json(capsys, *arguments, "--json")
    assert (status, said["status"]) == (64, "refused")
    assert said["problems"][0]["code"] == "E_USAGE"
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (64, "")
    assert "usage" in err


def test_a_missing_file_is_refused(capsys, tmp_path):
    status, said = check_json(capsys, "check", tmp_path / "none.csv", "--json")
    assert (status, said["problems"][0]["code"]) == (2, "E_FILE")
    status, said = check_json(capsys, "check", tmp_path, "--json")
    assert (status, said["problems"][0]["code"]) == (2, "E_FILE")


def test_an_unexpected_error_exits_with_1(capsys, good, tmp_path):
    status, said = check_json(
        capsys, "convert", good, "-o", tmp_path / "no folder" / "o.parquet", "--json"
    )
    assert (status, said["problems"][0]["code"]) == (1, "E_INTERNAL")
    assert run(capsys, "convert", good, "-o", tmp_path / "no folder" / "o.parquet")[0] == 1


def test_convert_writes_the_canonical_file(capsys, good, tmp_path):
    out = tmp_path / "out.parquet"
    status, said = check_json(capsys, "convert", good, "-o", out, "--json")
    assert (status, said["rows"]) == (0, 3)
    assert pq.read_table(out).to_pydict() == {
        "id": ["u1", "u2", "u3"], "label": [1, 0, 1], "a": [0.9, 0.2, 0.7], "b": [0.8, 0.3, 0.4],
    }  # fmt: skip
    checked = check_json(capsys, "check", good, "--json")[1]
    assert {**said, "problems": 0} == {**checked, "problems": 0}


def test_every_option_reaches_the_gate(capsys, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "p1;p2;ok;w8;eur;lot;shift;kind;x;z\na;1;good;1;2,5;g;d;;12,5;1\na;2;bad;2;3,5;h;n;dent;99;2\n"
        "b;1;good;1;1;g;d;;0;3\n"
    )
    status, said = check_json(
        capsys, "check", path, "--id", "p1", "--id", "p2", "--label", "ok", "--positive", "bad",
        "--weight", "w8", "--value", "eur", "--group", "lot", "--segment", "shift", "--model", "x",
        "--type", "kind", "--ignore", "z", "--scale", "percent", "--decimal", ",", "--rows", "held-out",
        "--json",
    )  # fmt: skip
    assert (status, said["positives"]) == (0, 1), said
    assert said["columns"] == {
        "id": ["p1", "p2"], "label": "ok", "positive": "bad", "models": ["x"], "weight": "w8",
        "value": "eur", "group": "lot", "segments": ["shift"], "type": "kind",
        "unused": [{"column": "z", "why": "it is named as not used"}],
    }  # fmt: skip
    path.write_text("u,m1,m2,s,y\na,x,1,0.5,1\nb,x,1,0.4,0\n")
    status, said = check_json(
        capsys, "check", path, "--id", "u", "--model-key", "m1", "--model-key", "m2", "--score", "s",
        "--json",
    )  # fmt: skip
    assert (status, said["columns"]["models"]) == (0, ["x|1"])


def test_the_table_has_every_column_and_says_why_one_is_not_used(capsys, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,label,net,w,note\nu,1,0.9,2,x\nv,0,0.2,1,y\n")
    status, out, _ = run(capsys, "check", path)
    table = [line.split(maxsplit=2) for line in out.splitlines()[2:-1]]
    assert (status, table) == (
        0,
        [
            ["Column", "Taken", "for  Why"],
            ["id", "id"],
            ["label", "label"],
            ["net", "model"],
            ["w", "weight"],
            ["note", "not", "used   it is text"],
        ],
    )


def test_files_are_joined_on_common_ids(capsys, tmp_path):
    label, score = tmp_path / "labels.csv", tmp_path / "forest.csv"
    label.write_text("id,label\nu,1\nv,0\nw,0\n")
    score.write_text("id,score\nv,0.25\nu,0.5\n")
    status, said = check_json(capsys, "check", label, score, "--json")
    assert (status, said["problems"][0]["code"]) == (2, "E_JOIN")
    assert "--common-ids" in said["problems"][0]["hint"]
    status, said = check_json(capsys, "check", label, score, "--common-ids", "--json")
    assert (status, said["rows"], said["problems"][0]["code"]) == (0, 2, "W_COMMONIDS")


def test_output_for_people_has_sentences(capsys, good, tmp_path):
    status, out, err = run(capsys, "check", good)
    assert (status, out.splitlines()[0]) == (0, "3 rows, 2 defects, 2 models")
    assert "W_FEWPOSITIVES" in err
    bad = tmp_path / "bad.csv"
    bad.write_text(GOOD.replace("u3", "u1"))
    status, out, err = run(capsys, "check", bad)
    assert (status, out) == (2, "")
    assert "rows 1 and 3" in err
    assert str(bad) in err


def test_the_module_can_be_run_as_a_program(good):
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli.main", "check", good, "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["rows"]) == (0, 3)
    assert done.stderr == ""


def test_a_closed_pipe_is_not_an_error(good):
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard.cli.main", "check", good, "--json"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        process.wait()


@pytest.mark.parametrize("kind", ["order", "units", "conflict"])
def test_a_second_file_is_named_once_as_it_was_given(capsys, tmp_path, kind):
    label, score = tmp_path / "label.csv", tmp_path / "score.csv"
    label.write_text("id,label\nu,1\nv,0\n")
    text = {"order": "a\n0.5\n0.25\n", "units": "id,a\nu,0.5\nw,0.25\n"}
    score.write_text(text.get(kind, "id,label,a\nu,0,0.5\nv,1,0.25\n"))
    code = {"order": "W_ROWORDER", "units": "E_JOIN", "conflict": "E_CONFLICT"}[kind]
    _, said = check_json(capsys, "check", label, score, "--json")
    (problem,) = [p for p in said["problems"] if p["code"] == code]
    assert problem["file"] == str(score)
    assert problem["message"].count(str(label)) == 1
    assert str(score) not in problem["message"]
