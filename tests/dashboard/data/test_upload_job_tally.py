"""Tests of uploading a tally: checked by the upload process, stored, and opened like rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.data.dataset import Dataset
from dashboard.data.library import Library
from dashboard.data.uploads.job import Intake, problems_of
from dashboard.data.uploads.store import UploadStore
from metrics import Scenario, TallyFile, Today, load_tally, open_scores, tally_scores
from metrics.io.formats.file_on_disk import is_tally
from metrics.tally.file.archive import write_packed
from metrics.tally.file.packed_tally import ArrayHeader, PackedTally
from metrics.tally.file.tally_file import described
from tests.dashboard.tables import made
from tests.metrics.tallied import PLAIN, as_bytes, assert_equal, forged, tallied

ROWS = made(rows=300, seed=5)


@pytest.fixture
def given_(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    scores = open_scores(ROWS.write(tmp_path / "scores.csv"), rows="out-of-fold")
    tally = described(tally_scores(scores, max_thresholds=20), scores, max_thresholds=20)
    (folder / "line 3.tally").write_bytes(as_bytes(tally))
    return folder / "line 3.tally"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "rows.parquet"


def read(path: Path, out: Path | None, **options: str) -> dict[str, Any]:
    return Intake([path], options, out).wait()


def test_the_child_checks_a_tally_and_writes_it_again(given_: Path, out: Path) -> None:
    result = read(given_, out)
    assert result["ok"], result
    assert (result["is_tally"], result["rows"], result["positives"]) == (
        True,
        300,
        ROWS.labels.sum(),
    )
    assert result["held_out"] == "out-of-fold"
    assert result["fingerprint"] == load_tally(given_).fingerprint
    assert result["columns"]["models"] == list(ROWS.models)
    assert problems_of(result) == load_tally(given_).problems
    assert is_tally(out)
    assert_equal(load_tally(out).tally, load_tally(given_).tally)
    assert read(given_, out, rows="held-out")["held_out"] == "held-out"
    assert load_tally(out).held_out == "held-out"


def test_a_preview_recognises_a_tally(given_: Path) -> None:
    seen = read(given_, None)
    assert (seen["ok"], "files" in seen) == (True, False)
    assert [p.code for p in problems_of(seen)] == ["W_TALLY"]


REFUSED = {
    "cut short": (lambda whole: whole[:-3], "E_TALLY"),
    "counted otherwise": (lambda _: forged({"counting": 99}), "E_VERSION"),
    "many bins": (lambda _: forged({"bins": 1 << 40}), "E_SIZE"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_refused_tally_leaves_nothing(given_: Path, out: Path, how: str) -> None:
    made_of, code = REFUSED[how]
    given_.write_bytes(made_of(given_.read_bytes()))
    result = read(given_, out)
    assert (result["ok"], result["problems"][0]["code"]) == (False, code)
    assert list(out.parent.iterdir()) == []


def test_a_tally_accepts_no_column_options(given_: Path, out: Path) -> None:
    refused = read(given_, out, label="y")
    assert (refused["ok"], refused["problems"][0]["code"]) == (False, "E_TALLY")


@pytest.mark.slow
def test_a_tally_that_would_grow_too_much_is_refused(given_: Path, out: Path) -> None:
    """Some hundred kilobytes of nothing that take most of a gigabyte once they are laid out."""
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
    hostile = PackedTally(header, tallied(PLAIN).header.as_dict() | {"counting": 1}, arrays)
    columns = {**hostile.about["columns"], "models": ["a"], "weight": None, "value": None}
    write_packed(replace(hostile, about={**hostile.about, "columns": columns}), given_)
    result = read(given_, out)
    assert (result["ok"], result["problems"][0]["code"]) == (False, "E_SIZE"), result
    assert "1,000 times its size" in result["problems"][0]["message"]


@pytest.fixture
def dataset(given_: Path, out: Path, tmp_path: Path) -> Dataset:
    library = Library(UploadStore(tmp_path / "shelf"), 4096)
    names = (given_.name,)
    library.keep(read(given_, out), out, names, "owner", folder=given_.parent)
    again = Library(UploadStore(tmp_path / "shelf"), 4096)  # another server
    [place] = [p for p in (tmp_path / "shelf").iterdir() if len(p.name) == 64]
    found = again.find(f"sha256:{place.name}", "owner")
    assert found is not None
    assert sorted(p.name for p in place.iterdir()) == ["about.json", "scores.tally"]
    assert again.remove(found.fingerprint, "owner")
    assert [p.name for p in place.iterdir()] == ["about.json"]
    return found


def test_a_stored_tally_is_opened_by_its_link(dataset: Dataset) -> None:
    assert isinstance(dataset.scores, TallyFile)
    assert dataset.is_tally
    assert dataset.title == "line 3"
    assert dataset.scores.files == ("line 3.tally",)
    assert {p.file for p in dataset.problems} <= {"line 3.tally", "scores.csv"}
    assert dataset.scores.held_out == "out-of-fold"


def test_the_current_threshold_is_one_of_the_tally(dataset: Dataset) -> None:
    model, scores = ROWS.models[0], ROWS.scores[ROWS.models[0]]
    assert isinstance(dataset.scores, TallyFile)
    own = dataset.scores.tally.finite_thresholds(0)
    assert dataset.countable(Scenario()) == (Scenario(), 0)
    there = Scenario(today=Today(model, float(own[4])))
    assert dataset.countable(there) == (there, 0)
    other = Scenario(today=Today("no such model", 0.5))
    assert dataset.countable(other) == (other, 0)
    gap = int(np.argmax(np.diff(own)))
    asked = float(own[gap] + 0.25 * (own[gap + 1] - own[gap]))
    moved, units = dataset.countable(Scenario(today=Today(model, asked)))
    between = int(((scores >= own[gap]) & (scores < own[gap + 1])).sum())
    assert units == between > 0
    assert moved.today == Today(model, float(own[gap]))
    assert dataset.counts_at(model, float(own[gap]))
    assert not dataset.counts_at(model, asked)
    assert not dataset.counts_at("no such model", 0.5)
