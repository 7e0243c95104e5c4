"""Tests of ``common-ground tally``, and of tallies in place of score files in other commands."""

from __future__ import annotations

import io
import sys

import pandas as pd
import pytest
import sklearn.metrics

from dashboard.cli import terminal
from dashboard.cli.main import main
from dashboard.words import progress
from metrics import load_tally, open_scores
from tests.dashboard.tables import made

ROWS = made(rows=600, seed=3)
LATER = made(rows=500, seed=4)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Folder with two files, in which the commands run."""
    ROWS.write(tmp_path / "monday.csv")
    LATER.write(tmp_path / "tuesday.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_tally_gives_the_figures_of_its_rows(run):
    asked = ("--at", "0.5", "--at", "0.123", "--miss-cost", "7", "--bootstrap", "100")
    status, output = run(
        "tally", "monday.csv", "-o", "m.tally", "--rows", "held-out", "--at", "0.123"
    )
    assert (status, output["status"], output["output"]) == (0, "ok", "m.tally")
    assert (output["rows"], output["positives"]) == (600, int(ROWS.labels.sum()))
    _, rows = run("evaluate", "monday.csv", *asked)
    status, counts = run("evaluate", "m.tally", *asked)
    assert status == 0
    assert [p["code"] for p in counts.pop("problems")] == ["W_TALLY", "W_SCORESINSIDE", "W_FEW"]
    rows.pop("problems")
    assert counts == rows
    for model, figures in counts["models"].items():
        own = sklearn.metrics.roc_auc_score(ROWS.labels, ROWS.scores[model])
        assert figures["roc_auc"] == pytest.approx(own)
    assert load_tally("m.tally").held_out == "held-out"


def test_check_describes_a_tally(run):
    run("tally", "monday.csv", "-o", "m.tally")
    status, output = run("check", "m.tally")
    _, of_rows = run("check", "monday.csv")
    assert status == 0
    assert {k: output[k] for k in ("status", "rows", "positives", "columns")} == {
        k: of_rows[k] for k in ("status", "rows", "positives", "columns")
    }
    assert output["fingerprint"] == load_tally("m.tally").fingerprint != of_rows["fingerprint"]
    assert load_tally("m.tally").header.counted == (of_rows["fingerprint"],)


def test_tallies_of_days_add_to_the_week(run, folder):
    week = pd.concat([pd.read_csv("monday.csv"), pd.read_csv("tuesday.csv").assign(id=range(500))])
    week.to_csv("week.csv", index=False)
    run("tally", "monday.csv", "-o", "m.tally", "--at", "0.5")
    run("tally", "tuesday.csv", "-o", "t.tally", "--like", "m.tally")
    status, output = run("tally", "--add", "m.tally", "t.tally", "-o", "w.tally")
    assert (status, output["rows"]) == (0, 1100)
    assert "W_ADDED" in [p["code"] for p in output["problems"]]
    _, rows = run("evaluate", "week.csv", "--at", "0.5")
    _, counts = run("evaluate", "w.tally", "--at", "0.5")
    for model, figures in counts["models"].items():
        assert figures["at"] == rows["models"][model]["at"]
        for name in ("log_loss", "log_loss_clipped", "brier"):
            assert figures[name] == pytest.approx(rows["models"][model][name], rel=1e-12)
        bound = figures.get("roc_auc_bound", 0.0)
        assert figures["roc_auc"] == pytest.approx(
            rows["models"][model]["roc_auc"], abs=bound + 1e-12
        )


def test_unequal_days_are_refused_unless_asked(run, folder):
    for name in ("monday", "tuesday"):
        frame = pd.read_csv(f"{name}.csv")
        frame.iloc[:, 2:] = frame.iloc[:, 2:].round(2)
        frame.to_csv(f"{name}.csv", index=False)
        run("tally", f"{name}.csv", "-o", f"{name}.tally")
    days = ("--add", "monday.tally", "tuesday.tally", "-o", "w.tally")
    status, output = run("tally", *days)
    assert (status, output["status"], output["problems"][0]["code"]) == (2, "refused", "E_ADD")
    assert not (folder / "w.tally").exists()
    status, output = run("tally", *days, "--common-thresholds")
    assert status == 0
    assert "W_COMMONTHRESHOLDS" in [p["code"] for p in output["problems"]]


def test_a_threshold_between_those_of_the_tally_is_refused(run, folder):
    run("tally", "monday.csv", "-o", "m.tally", "--max-thresholds", "20")
    status, output = run("evaluate", "m.tally", "--at", "0.511")
    assert (status, output["problems"][0]["code"]) == (2, "E_THRESHOLD")
    (folder / "s.toml").write_text('[today]\nmodel = "boosted trees"\nthreshold = 0.511\n')
    status, output = run("evaluate", "m.tally", "--scenario", "s.toml")
    assert (status, output["problems"][0]["code"]) == (2, "E_THRESHOLD")
    run("tally", "monday.csv", "-o", "n.tally", "--max-thresholds", "20", "--scenario", "s.toml")
    assert run("evaluate", "n.tally", "--scenario", "s.toml", "--at", "0.511")[0] == 0


def test_unsuitable_input_of_a_tally_is_refused(run, folder):
    run("tally", "monday.csv", "-o", "m.tally")
    (folder / "cut.tally").write_bytes((folder / "m.tally").read_bytes()[:-9])
    refused = {
        ("convert", "m.tally", "-o", "x.parquet"): "E_TALLY",
        ("check", "m.tally", "--label", "y"): "E_TALLY",
        ("check", "m.tally", "--common-ids"): "E_TALLY",
        ("check", "m.tally", "monday.csv"): "E_TALLY",
        ("check", "cut.tally"): "E_TALLY",
        ("evaluate", "cut.tally"): "E_TALLY",
        ("tally", "m.tally", "-o", "x.tally"): "E_TALLY",
        ("tally", "--add", "monday.csv", "-o", "x.tally"): "E_TALLY",
        ("tally", "--add", "m.tally", "none.tally", "-o", "x.tally"): "E_FILE",
        ("tally", "--add", "m.tally", "m.tally", "-o", "x.tally"): "E_DUPFILE",
        ("tally", "monday.csv", "-o", "monday.csv"): "E_FILE",
        ("tally", "monday.csv", "--like", "m.tally", "-o", "m.tally"): "E_FILE",
        ("tally", "monday.csv", "-o", "no/such/folder.tally"): "E_FILE",
        (
            *("tally", "monday.csv", "--model", "svm, rbf"),
            "--like",
            "m.tally",
            "-o",
            "x.tally",
        ): "E_ADD",
    }
    for command, code in refused.items():
        status, output = run(*command)
        assert (status, output["problems"][0]["code"]) == (2, code), command
        assert output["problems"][0]["hint"], command
    assert sorted(p.name for p in folder.iterdir()) == [
        "cut.tally", "m.tally", "monday.csv", "tuesday.csv",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("monday.csv", "--common-thresholds"),
        ("--add", "m.tally", "--like", "m.tally"),
        ("--add", "m.tally", "--at", "0.5"),
        ("monday.csv", "--like", "m.tally", "--at", "0.5"),
        ("monday.csv", "--at", "nan"),
    ],
)
def test_contradictory_options_are_a_wrong_command_line(run, arguments):
    status, output = run("tally", *arguments, "-o", "x.tally")
    assert (status, output["problems"][0]["code"]) == (64, "E_USAGE")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_progress_and_a_pipe_does_not(folder, monkeypatch):
    monkeypatch.setattr(terminal, "PAUSE", 0.0)
    scores, out = open_scores(folder / "monday.csv"), Terminal()
    with terminal.shown_progress(scores, to=out) as seen:
        for _ in range(2):
            for _ in seen.labelled_rows():
                pass
    lines = out.getvalue().split("\r\x1b[K")
    assert lines[-1] == ""
    assert lines[1].startswith("reading: 600 rows so far")
    assert lines[2].startswith("counting: 600 of 600 rows")
    pipe = io.StringIO()
    with terminal.shown_progress(scores, to=pipe) as seen:
        assert seen is scores
    assert pipe.getvalue() == ""


def test_the_remaining_time_is_in_words():
    assert progress.pass_progress(500, 1000, 2.0) == "500 of 1,000 rows, 250 a second, 2 s left"
    assert progress.pass_progress(500, None, 2.0) == "500 rows so far, 250 a second"
    assert progress.pass_progress(0, 1000, 0.0) == "0 of 1,000 rows"
    said = [progress.duration(s) for s in (0.0, 0.1, 59.0, 60.5, 3599.5, 7260.0)]
    assert said == ["0 s", "1 s", "59 s", "1 min 1 s", "1 h 0 min", "2 h 1 min"]


def test_without_spark_the_command_line_names_how_to_install_it(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    status, output = run("tally", "--spark", "local[1]", "monday.parquet", "-o", "x.tally")
    assert (status, output["problems"][0]["code"]) == (64, "E_USAGE")
    assert "pip install 'pyspark>=4'" in output["problems"][0]["message"]


def test_names_contain_no_control_sequences_on_a_terminal(capsys, tmp_path):
    name = "a\x1b[2J\x07\u202eb\x9bc"
    ROWS.write(tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8")
    first = next(iter(ROWS.scores))
    (tmp_path / "rows.csv").write_text(text.replace(first, name, 1), encoding="utf-8")
    assert main(["tally", str(tmp_path / "rows.csv"), "-o", str(tmp_path / "rows.tally")]) == 0
    for file in ("rows.csv", "rows.tally"):
        for command in ("check", "evaluate"):
            main([command, str(tmp_path / file)])
            printed = capsys.readouterr()
            assert "\\u001b[2J\\u0007\\u202eb\\u009bc" in printed.out
            assert not {*"\x1b\x07\u202e\x9b"} & {*printed.out, *printed.err}


def test_line_ends_and_characters_that_cannot_be_encoded_are_replaced(capsys):
    terminal.say("a\nok sha256:1\u2028b, half of a pair: \ud83d")
    assert capsys.readouterr().out == "a\\u000aok sha256:1\\u2028b, half of a pair: \\ud83d\n"
