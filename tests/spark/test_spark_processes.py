"""Tests of Spark in separate processes: a lost executor, and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from metrics import evaluate, load_tally, scenario_from, tally_scores
from metrics.tally.file.archive import read_archive
from metrics.tally.file.packed_tally import unpack_tally
from tests.metrics.tallied import assert_same
from tests.spark.frames import PLAIN, make_rows, table_of_rows

ROOT = Path(__file__).parents[2]


def run(environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_rows_of_a_lost_executor_count_once(environment, tmp_path: Path) -> None:
    done = run(environment, "tests.spark.lost_executor", str(tmp_path))
    assert (tmp_path / "killed").exists(), done.stderr[-3000:]
    assert (tmp_path / "found").exists(), done.stderr[-3000:]
    found = unpack_tally(read_archive((tmp_path / "found").read_bytes()))
    assert_same(found, tally_scores(PLAIN), PLAIN.mass().sum() * 90)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Parquet in several files, as a cluster writes it."""
    folder: Path = tmp_path_factory.mktemp("parquet") / "scores"
    folder.mkdir()
    rows = table_of_rows(PLAIN)
    for k in range(3):
        pq.write_table(rows.slice(k * 200, 200), folder / f"part-{k}.parquet")
    return folder


def test_the_command_line_counts_on_a_cluster(environment, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.tally"
    options = ("--at", "0.5", "--rows", "held-out", "--max-thresholds", "50")
    done = run(
        environment,
        "dashboard.cli.main",
        "tally",
        "--spark",
        "local[2]",
        str(folder),
        "-o",
        str(out),
        *options,
        "--json",
    )
    said = json.loads(done.stdout)
    assert (done.returncode, said["status"], said["rows"]) == (0, "ok", 500), done.stderr[-2000:]
    assert "W_CLUSTER" in [p["code"] for p in said["problems"]]
    found = load_tally(out)
    expected = tally_scores(PLAIN, max_thresholds=50, also=[0.5])
    assert_same(found.tally, expected, PLAIN.mass().sum() * 90)
    assert found.columns == replace(
        found.columns, id=("id",), label="label", positive="1", models=PLAIN.models, group="batch"
    )
    assert (found.held_out, found.header.files) == ("held-out", ("scores",))
    assert found.header.counted[0].startswith("sha256:")
    assert len(evaluate(found.tally, scenario_from({})).curves) == 3
    later = make_rows(seed=9)
    later = replace(later, scores=dict(zip(PLAIN.models, later.scores.values(), strict=True)))
    pq.write_table(table_of_rows(later), tmp_path / "day.parquet")
    day, week = str(tmp_path / "day.tally"), str(tmp_path / "week.tally")
    command = ("dashboard.cli.main", "tally", "--spark", "local[2]", str(tmp_path / "day.parquet"))
    done = run(environment, *command, "-o", day, "--like", str(out))
    assert done.returncode == 0, done.stderr[-2000:]
    done = run(
        environment, "dashboard.cli.main", "tally", "--add", str(out), day, "-o", week, "--json"
    )
    assert json.loads(done.stdout)["rows"] == 1000


def test_the_command_line_refuses_as_without_spark(
    environment, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "x.tally"
    for cluster, source, option, code, problem in (
        ("local[1]", tmp_path / "none", "--json", 2, "E_FILE"),
        ("moon://", folder, "--json", 64, "E_USAGE"),
        ("local[1]", folder, "--score=s", 64, None),
    ):
        command = ("tally", "--spark", cluster, str(source), "-o", str(out), option)
        done = run(environment, "dashboard.cli.main", *command)
        assert done.returncode == code
        if problem is not None:
            assert json.loads(done.stdout)["problems"][0]["code"] == problem
    assert not out.exists()
