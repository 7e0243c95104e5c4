"""Tests that a file that changed since it was opened is refused, and changes the fingerprint."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from metrics import open_scores
from metrics.io import open as opening
from tests.metrics.opening import error_of

GOOD = "id,label,a\n1,0,0.1\n2,1,0.9\n"


def touch(path: Path) -> None:
    """Change the modification time of a file."""
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 10**9))


def test_a_file_that_changes_during_a_pass_is_refused_at_its_end(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(GOOD)
    scores = open_scores(path)
    rows = scores.batches()
    assert next(rows).num_rows == 2
    touch(path)
    error = error_of(next, rows)
    assert (error.code, error.file) == ("E_FILE", str(path))
    assert scores.rows is None


@pytest.mark.parametrize(
    "read", [lambda scores: next(scores.batches()), lambda scores: scores.fingerprint]
)
def test_a_changed_file_is_refused_by_every_way_of_reading(tmp_path, read):
    path = tmp_path / "scores.csv"
    path.write_text(GOOD)
    scores = open_scores(path)
    touch(path)
    assert error_of(read, scores).code == "E_FILE"


def write_scores(folder: Path, kind: str) -> Path:
    path = folder / f"scores.{kind}"
    columns = {"id": ["1", "2"], "a": [0.1, 0.9]}
    if kind == "csv":
        path.write_text("id,a\n1,0.1\n2,0.9\n")
    elif kind == "jsonl":
        path.write_text('{"id":"1","a":0.1}\n{"id":"2","a":0.9}\n')
    elif kind == "npz":
        np.savez(path, **{name: np.array(column) for name, column in columns.items()})  # type: ignore[arg-type]
    else:
        pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("kind", ["csv", "jsonl", "npz", "parquet"])
def test_a_file_that_changes_while_it_is_opened_is_refused(tmp_path, monkeypatch, kind):
    label = tmp_path / "label.csv"
    label.write_text("id,label\n1,0\n2,1\n")
    path = write_scores(tmp_path, kind)
    join = opening.join  # type: ignore[attr-defined]

    def replaced(*arguments):
        joined = join(*arguments)
        touch(path)
        return joined

    monkeypatch.setattr(opening, "join", replaced)
    scores = open_scores([label, path])
    error = error_of(scores.check)
    assert (error.code, error.file) == ("E_FILE", str(path))


def test_swapped_files_of_two_folders_change_the_fingerprint(tmp_path):
    (tmp_path / "lab.csv").write_text("id,label\n1,0\n2,1\n")
    texts = ["id,score\n1,0.1\n2,0.9\n", "id,score\n1,0.5\n2,0.4\n"]
    files = [str(tmp_path / "lab.csv")]
    for name in ("A", "B"):
        (tmp_path / name).mkdir()
        files.append(str(tmp_path / name / "scores.csv"))
    prints = []
    for order in (texts, texts[::-1], texts):
        for file, text in zip(files[1:], order, strict=True):
            Path(file).write_text(text)
        scores = open_scores(files)
        assert scores.models == ("A/scores", "B/scores")
        prints.append(scores.fingerprint)
    assert prints[0] == prints[2] != prints[1]
