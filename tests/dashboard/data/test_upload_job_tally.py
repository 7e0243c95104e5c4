"""Tests of uploading a tally: checked by the upload process, stored, and opened like rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.data.library import Library
from dashboard.data.uploads.job import UploadJob, problems_of
from dashboard.data.uploads.store import UploadStore
from metrics import TallyFile, load_tally, open_scores, tally_scores
from metrics.io.formats.file_on_disk import is_tally
from metrics.tally.file.archive import write_archive
from metrics.tally.file.packed_tally import ArrayHeader, PackedTally
from metrics.tally.file.tally_file import with_description
from tests.dashboard.tables import made
from tests.metrics.tallied import PLAIN, as_bytes, assert_equal, tally_file_of

ROWS = made(rows=300, seed=5)


@pytest.fixture
def tally_path(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    scores = open_scores(ROWS.write(tmp_path / "scores.csv"), rows="out-of-fold")
    tally = with_description(tally_scores(scores, max_thresholds=20), scores, max_thresholds=20)
    (folder / "line 3.tally").write_bytes(as_bytes(tally))
    return folder / "line 3.tally"


def read(path: Path, out: Path | None, **options: str) -> dict[str, Any]:
    return UploadJob([path], options, out).wait()


def test_the_child_checks_a_tally_and_writes_it_again(tally_path: Path, out: Path) -> None:
    result = read(tally_path, out)
    assert result["ok"], result
    assert (result["is_tally"], result["rows"], result["positives"]) == (
        True,
        300,
        ROWS.labels.sum(),
    )
    assert result["held_out"] == "out-of-fold"
    assert result["fingerprint"] == load_tally(tally_path).fingerprint
    assert result["columns"]["models"] == list(ROWS.models)
    assert problems_of(result) == load_tally(tally_path).problems
    assert is_tally(out)
    assert_equal(load_tally(out).tally, load_tally(tally_path).tally)
    assert read(tally_path, out, rows="held-out")["held_out"] == "held-out"
    assert load_tally(out).held_out == "held-out"


def test_a_preview_recognises_a_tally(tally_path: Path) -> None:
    seen = read(tally_path, None)
    assert (seen["ok"], "files" in seen) == (True, False)
    assert [p.code for p in problems_of(seen)] == ["W_TALLY"]


def test_a_refused_tally_leaves_nothing(tally_path: Path, out: Path) -> None:
    tally_path.write_bytes(tally_path.read_bytes()[:-3])
    result = read(tally_path, out)
    assert (result["ok"], result["problems"][0]["code"]) == (False, "E_TALLY")
    assert list(out.parent.iterdir()) == []


def test_a_tally_accepts_no_column_options(tally_path: Path, out: Path) -> None:
    refused = read(tally_path, out, label="y")
    assert (refused["ok"], refused["problems"][0]["code"]) == (False, "E_TALLY")


@pytest.mark.slow
def test_a_tally_that_would_grow_too_much_is_refused(tally_path: Path, out: Path) -> None:
    """A file of some hundred kilobytes whose arrays would take most of a gigabyte."""
    buckets, thresholds = 1_000, 100_000
    occupied = np.zeros((buckets, (thresholds + 1) * 2 // 8 + 1), np.uint8)
    occupied[0, 0] = 0b1100_0000
    arrays = {
        "thresholds": np.arange(float(thresholds))[None],
        "occupied": occupied,
        "counts": np.ones(2, np.uint8),
        "losses": np.zeros((buckets, 1, 2, 3)),
        "infinite": np.zeros((buckets, 1, 2), np.int64),
        "between": np.zeros((1, 2), np.int64),
        "highest": np.full((1, thresholds + 1), np.nan),
        "calibration": np.zeros((buckets, 1, 15, 2, 2)),
    }
    header = ArrayHeader(
        2, ("a",), "rank", buckets, thresholds + 1, 2, "|u1", weighted=False, valued=False
    )
    hostile = PackedTally(header, tally_file_of(PLAIN).header.as_dict() | {"counting": 1}, arrays)
    columns = {**hostile.about["columns"], "models": ["a"], "weight": None, "value": None}
    write_archive(replace(hostile, about={**hostile.about, "columns": columns}), tally_path)
    result = read(tally_path, out)
    assert (result["ok"], result["problems"][0]["code"]) == (False, "E_SIZE"), result
    assert "1,000 times its size" in result["problems"][0]["message"]


def test_a_stored_tally_is_opened_by_its_link_and_leaves_its_description(
    tally_path: Path, out: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    upload = read(tally_path, out)
    Library(UploadStore(folder), 4096).store_upload(
        upload, out, (tally_path.name,), "owner", folder=tally_path.parent
    )
    [place] = [path for path in folder.iterdir() if len(path.name) == 64]
    assert sorted(path.name for path in place.iterdir()) == ["about.json", "scores.tally"]
    library = Library(UploadStore(folder), 4096)
    dataset = library.find(f"sha256:{place.name}", "owner")
    assert dataset is not None
    assert isinstance(dataset.scores, TallyFile)
    assert dataset.is_tally
    assert dataset.title == "line 3"
    assert dataset.scores.files == ("line 3.tally",)
    assert {p.file for p in dataset.problems} <= {"line 3.tally", "scores.csv"}
    assert dataset.scores.held_out == "out-of-fold"
    assert library.remove(f"sha256:{place.name}", "owner")
    assert [path.name for path in place.iterdir()] == ["about.json"]
