"""Tests of the preview of a file: its roles, values and problems, also for a refused file."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from metrics import ScoreError, open_scores
from metrics.io.preview import EXAMPLE_ROWS, MAX_LEVELS, preview
from tests.metrics.awkward import CASES
from tests.metrics.opening import error_of


def uses_of_columns(view):
    return " ".join(f"{column.name}={column.taken.use}" for column in view.columns)


def write_text(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_valid_file_is_shown_with_its_roles(tmp_path):
    rows = [f"u{k:03},{k % 2},s{k % 3},{k / 200},{k / 300}" for k in range(200)]
    path = write_text(tmp_path / "f.csv", "id,label,line,a,b\n" + "\n".join(rows) + "\n")
    found, scores = preview(path), open_scores(path)
    (view,) = found.files
    assert (found.refused, view.name) == (False, path)
    assert tuple(c.taken for c in view.columns) == scores.uses
    assert uses_of_columns(view) == "id=id label=label line=segments a=models b=models"
    assert [c.kind for c in view.columns] == ["text", "number", "text", "number", "number"]
    assert view.columns[0].levels == tuple(f"u{k:03}" for k in range(MAX_LEVELS))
    assert [c.levels for c in view.columns[1:]] == [("0", "1"), ("s0", "s1", "s2"), (), ()]
    assert (view.columns[3].low, view.columns[3].high) == (0.0, 199 / 200)
    assert view.columns[0].low is None
    assert view.rows == tuple(tuple(row.split(",")) for row in rows[:EXAMPLE_ROWS])
    assert found.problems == scores.problems


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("serial,verdict,x\nu,ok,0.5\nv,nok,0.25\n", {}, "E_NOLABEL"),
        ("id,label,x\nu,1,a\nv,0,b\n", {}, "E_NOMODEL"),
        ("id;label;x\nu;1;0,5\nv;0;0,25\n", {}, "E_DECIMAL_COMMA"),
        ("id,label,x_pct\nu,1,50\nv,0,25\n", {}, "E_RANGE"),
        ("id,label,x\nu,1,0.5\nv,0,0.25\n", {"label": "y"}, "E_COLUMN"),
        ("id,label,x\nu,1,0.5\nv,0,0.25\n", {"models": ["x", "z"]}, "E_COLUMN"),
        ("id,label,weight,x\nu,1,many,0.5\nv,0,few,0.25\n", {}, "E_NUMBER"),
        ("id,label,p_ok,p_nok\nu,ok,0.5,0.5\nv,nok,0.25,0.75\n", {}, "E_POSLABEL"),
    ],
)
def test_a_file_that_is_refused_is_shown_with_the_reason(tmp_path, text, options, code):
    path = write_text(tmp_path / "f.csv", text)
    found = preview(path, **options)
    error = error_of(open_scores, path, **options)
    assert found.refused
    assert found.problems[0] == error.problems[0]
    assert found.problems[0].code == code
    (view,) = found.files
    header, *rows = text.splitlines()
    mark = ";" if ";" in text else ","
    assert [c.name for c in view.columns] == header.split(mark)
    assert view.rows == tuple(tuple(row.split(mark)) for row in rows)


def test_known_facts_of_a_refused_file_are_shown(tmp_path):
    text = "serial_no,verdict,line,x\nu,ok,north,0.5\nv,nok,south,0.25\n"
    (view,) = preview(write_text(tmp_path / "f.csv", text)).files
    assert uses_of_columns(view) == "serial_no=id verdict=decision line=segments x=models"
    assert view.columns[1].levels == ("ok", "nok")


@pytest.mark.parametrize(("name", "use"), [("SN", "id"), ("Teil", None)])
def test_a_serial_number_is_no_score_of_a_refused_file(tmp_path, name, use):
    """The scores have a decimal comma, which is still a question."""
    lines = [f"{3 * k + 7};{'OK' if k % 4 else 'NOK'};{k},5;{2 * k},25" for k in range(30)]
    text = "\n".join([f"{name};QC;net %;svm %", *lines, ""])
    view = preview(write_text(tmp_path / "f.csv", text), label="QC")
    assert view.refused
    [serial, *_] = view.files[0].columns
    assert serial.taken.use == use


def test_scores_with_a_decimal_comma_are_measured_so_that_their_scale_is_asked_at_once(tmp_path):
    rows = [f"T{k};{'OK' if k % 4 else 'NOK'};{70 - k},5" for k in range(30)]
    text = "\n".join(["Teil;QC;net %", *rows, ""])
    view = preview(write_text(tmp_path / "f.csv", text), label="QC")
    assert [problem.code for problem in view.problems if problem.severity == "error"] == [
        "E_DECIMAL_COMMA"
    ]
    net = view.files[0].columns[2]
    assert (net.taken.use, net.low, net.high) == ("models", 41.5, 70.5)
    assert [auc.of for auc in net.aucs] == ["defect", "good"]


def test_a_named_model_of_a_refused_file_is_shown(tmp_path):
    (tmp_path / "f.csv").write_text("id;state;a;b\nu1;1;0,5;0,25\nu2;5;0,125;1e-3\n")
    found = preview(tmp_path / "f.csv", models=["a"])
    assert (found.refused, found.problems[0].code) == (True, "E_NOLABEL")
    assert uses_of_columns(found.files[0]) == "id=id state=None a=models b=None"


def test_long_files_and_several_files_are_not_read_to_the_end(tmp_path):
    text = "id,model,score,label\n" + "u,a,0.5,1\nv,a,0.25,0\n" * 700 + "w,a,broken,0\n"
    path = write_text(tmp_path / "long.csv", text)
    found = preview(path)
    assert not found.refused
    (view,) = found.files
    assert uses_of_columns(view) == "id=id model=model_key score=score label=label"
    with pytest.raises(ScoreError, match="broken"):
        open_scores(path)
    label = write_text(tmp_path / "labels.csv", "id,label\nu,1\nv,0\n")
    score = write_text(tmp_path / "m.csv", "id,score\nx,0.5\n")
    found = preview([score, label])
    assert not found.refused
    assert [v.name for v in found.files] == [score, label]
    assert [*map(uses_of_columns, found.files)] == ["id=id score=models", "id=id label=label"]


def test_a_missing_file_has_an_error_and_no_view(tmp_path):
    found = preview(tmp_path / "none.csv")
    assert (found.refused, found.files, found.problems[0].code) == (True, (), "E_FILE")


@pytest.mark.parametrize("data", [b"\n,\r\n,\r\n", b",,\n,,\n"])
def test_a_file_of_separators_alone_is_refused(tmp_path, data):
    (tmp_path / "f.csv").write_bytes(data)
    assert preview(tmp_path / "f.csv").refused
    with pytest.raises(ScoreError):
        open_scores(tmp_path / "f.csv").check()


def test_nested_columns_are_shown_as_text(tmp_path):
    table = pa.table({"id": ["u", "v"], "label": [0, 1], "m": [[0.1, 0.9], [0.5, 0.5]]})
    pq.write_table(table, tmp_path / "f.parquet")
    found = preview(tmp_path / "f.parquet")
    assert found.refused
    (view,) = found.files
    assert view.columns[2].kind == "nested"
    assert view.rows[0][:2] == ("u", "0")
    assert "list" in view.rows[0][2]
    assert preview(table).files[0].columns == view.columns


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_of_a_preview_is_that_of_opening(tmp_path, case):
    """The preview is valid JSON for any file."""
    path = tmp_path / case.file
    path.write_bytes(case.data)
    found = preview(path)
    assert json.loads(json.dumps(asdict(found)))["refused"] == found.refused
    refusal = None
    try:
        open_scores(path)
    except ScoreError as error:
        refusal = error
    if found.refused:
        # Some refusals need all rows, so the reverse does not hold.
        assert refusal is not None
        assert found.problems[0] == refusal.problems[0]


def test_areas_equal_scikit_learns_for_each_meaning_of_the_scores(tmp_path):
    rng = np.random.default_rng(2)
    label = rng.random(300) < 0.3
    defect = np.clip(0.3 + 0.3 * label + rng.normal(0, 0.2, 300), 0.01, 0.99).round(3)
    decided = defect >= 0.4
    confidence = np.where(decided, defect, 1 - defect)
    words = {True: "nok", False: "ok"}
    rows = [
        f"u{k},{words[bool(label[k])]},{words[bool(decided[k])]},{confidence[k]}"
        for k in range(300)
    ]
    path = write_text(
        tmp_path / "s.csv", "\n".join(["id,label,prediction,confidence", *rows]) + "\n"
    )
    [view] = preview(path, positive="nok").files
    [column] = [column for column in view.columns if column.name == "confidence"]
    wanted = {"defect": confidence, "good": -confidence, "predicted": defect}
    for auc in column.aucs:
        scores = wanted.pop(auc.of)
        assert auc.predicted_class_column == ("prediction" if auc.of == "predicted" else None)
        assert auc.auc == pytest.approx(roc_auc_score(label, scores))
        turned = 1 - defect if auc.of == "predicted" else scores
        assert auc.if_positive("ok") == pytest.approx(roc_auc_score(~label, turned))
    assert wanted == {}


def test_roles_in_a_preview_equal_those_of_the_opened_file(tmp_path):
    path = write_text(
        tmp_path / "s.csv", "id,label,net,w,note,line\nu,1,0.9,1,x,a\nv,0,0.2,1,y,b\n"
    )
    every: list[dict[str, Any]] = [{}, {"ignore": ["w", "line"]}, {"models": ["w"]}]
    for options in every:
        [view] = preview(path, **options).files
        scores = open_scores(path, **options)
        assert tuple(column.taken for column in view.columns) == scores.uses
        used = {*scores.models, *scores.columns.segments, scores.columns.weight}
        assert not used & set(options.get("ignore", ()))


def test_label_and_scores_are_asked_for_at_once():
    rows = range(60)
    data = {
        "inspected": ["FAIL" if k % 9 == 0 else "PASS" for k in rows],
        "motor_current": [k / 60 for k in rows],
        "vision_net": [(k * 7 % 60) / 60 for k in rows],
        "north": [(k * 11 % 60) / 60 for k in rows],
    }
    label, scores = preview(data).problems
    assert (label.code, scores.code, scores.column) == (
        "E_NOLABEL",
        "E_WHICHMODELS",
        "motor_current",
    )
    assert "'vision_net', 'north', 'motor_current'" in scores.message


def test_label_decimal_sign_and_scores_are_asked_for_at_once(tmp_path):
    rows = [
        f"SN{k};{'FAIL' if k % 9 == 0 else 'PASS'};{k % 9 and k % 50},5;{(k % 9 == 0) * 40 + k % 7},2"
        for k in range(90)
    ]
    path = write_text(
        tmp_path / "s.csv", "\n".join(["Serial;Final;A score (%);Camera v2 (%)", *rows])
    )
    codes = [problem.code for problem in preview(path).problems]
    assert [code for code in codes if code.startswith("E_")] == [
        "E_NOLABEL",
        "E_DECIMAL_COMMA",
        "E_WHICHMODELS",
    ]
