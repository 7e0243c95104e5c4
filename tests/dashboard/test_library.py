"""Data as the command line names it: its title, its scenario, and where it is found again."""

from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pytest

from dashboard.cli_open import app_options
from dashboard.intake import Intake
from dashboard.library import Library, open_dataset, title_of
from dashboard.shelf import Shelf
from metrics import Scenario, ScoreError, open_scores, read_scenario
from sample_data import SCENARIO, SCORES
from tests.dashboard.tables import NASTY, made

ROWS = made()


@pytest.fixture
def path(tmp_path):
    return ROWS.write(tmp_path / "line_2_night shift.v3.csv")


def test_files_are_opened_as_the_options_say(path, tmp_path):
    dataset = open_dataset(app_options([path]))
    assert dataset.scores.models == NASTY
    assert dataset.title == "line 2 night shift"
    assert dataset.scenario == Scenario()
    assert dataset.fingerprint == dataset.scores.fingerprint
    scenario = tmp_path / "s.toml"
    scenario.write_text("miss_cost = 8\n")
    dataset = open_dataset(
        app_options(
            [
                path,
                "--model",
                NASTY[1],
                "--rows",
                "held-out",
                "--max-thresholds",
                "7",
                "--scenario",
                str(scenario),
            ]
        )
    )
    assert dataset.scores.models == (NASTY[1],)
    assert dataset.scores.held_out == "held-out"
    assert dataset.max_thresholds == 7
    assert dataset.scenario == Scenario(miss_cost=8)


def test_the_warnings_are_those_of_the_gate(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id,label,a\nu1,1,0.5\nu2,0,0.25\n")
    dataset = open_dataset(app_options([str(path)]))
    dataset.scores.check()
    assert dataset.problems == dataset.scores.problems
    assert [p.code for p in dataset.problems] == ["W_FEWPOSITIVES"]


def test_without_files_the_sample_is_opened():
    dataset = open_dataset(app_options([]))
    assert dataset.scores.files == (str(SCORES),)
    assert dataset.scores.held_out == "held-out"
    assert dataset.scenario == read_scenario(SCENARIO)
    assert dataset.title == "Line 3 camera trial"


def test_what_is_refused_is_raised(path, tmp_path):
    with pytest.raises(ScoreError, match=r"none\.csv"):
        open_dataset(app_options([str(tmp_path / "none.csv")]))
    with pytest.raises(ScoreError, match="none"):
        open_dataset(app_options([path, "--scenario", str(tmp_path / "none.toml")]))


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("/somewhere/line_3.csv.gz",), "line 3"),
        ((".scores",), ".scores"),
        (("a.csv", "b.csv"), "a and 1 more"),
        (("a.csv", "b.csv", "c.csv"), "a and 2 more"),
        ((), "scores"),
    ],
)
def test_a_title_is_the_files_name(files, title):
    assert title_of(files) == title


@pytest.fixture
def library(path, tmp_path):
    """A server's data: a file of the command line, and a shelf."""
    opened = Library(Shelf(tmp_path / "shelf", keep_days=3), max_thresholds=4096)
    opened.add(open_dataset(app_options([path])))
    return opened


@pytest.fixture
def upload(tmp_path):
    """Read a file as an upload is read, and keep it."""
    count = itertools.count()

    def kept(library, path, held_out="unknown", **options):
        place = tmp_path / f"upload {next(count)}"
        place.mkdir()
        source = shutil.copy(path, place / Path(path).name)
        result = Intake(
            [Path(source)], {**options, "rows": held_out}, place / "rows.parquet"
        ).wait()
        assert result["ok"], result
        return library.keep(result, place / "rows.parquet", (Path(path).name,), held_out)

    return kept


def read(scores):
    return pa.Table.from_batches(list(scores.batches())).combine_chunks()


def again(library):
    """The library of a server that starts on the same shelf later."""
    later = Library(Shelf(library.shelf.folder, library.shelf.keep_days), max_thresholds=99)
    later.add(library.first)
    return later


def test_an_upload_is_found_by_its_fingerprint_also_after_a_restart(library, upload, tmp_path):
    own = made(("net", "tree"), seed=4).write(tmp_path / "own_scores.csv")
    kept = upload(library, own, "out-of-fold", models=["tree", "net"])
    direct = open_scores(own, models=["tree", "net"])
    assert kept.fingerprint == direct.fingerprint
    for server in (library, again(library)):
        found = server.find(kept.fingerprint)
        assert (found.title, found.files) == ("own scores", ("own_scores.csv",))
        assert (found.origin, found.scores.held_out) == ("upload", "out-of-fold")
        assert found.scores.models == ("tree", "net")
        assert read(found.scores).equals(read(direct))
        assert found is server.find(kept.fingerprint)
        assert server.find(None) is server.first is not found


def test_the_notes_of_an_upload_name_its_file_as_its_owner_does(library, upload, tmp_path):
    own = tmp_path / "few.csv"
    own.write_text("id;result;a\nu1;NOK;0.5\nu2;OK;0.25\n")
    kept = upload(library, own, label="result", positive="NOK")
    assert {p.code for p in kept.problems} >= {"W_DIALECT", "W_FEWPOSITIVES"}
    assert {p.file for p in kept.problems} <= {"few.csv", None}
    assert again(library).find(kept.fingerprint).problems == kept.problems
    assert (kept.entry.columns["label"], kept.entry.columns["positive"]) == ("result", "NOK")


def test_the_same_bytes_read_otherwise_are_other_data(library, upload, tmp_path):
    own = tmp_path / "two.csv"
    own.write_text("id,label,a\nu1,NOK,0.5\nu2,OK,0.25\n")
    first, second = (upload(library, own, positive=value) for value in ("NOK", "OK"))
    assert first.fingerprint != second.fingerprint
    labels = [read(library.find(d.fingerprint).scores).column(1) for d in (first, second)]
    assert [column.to_pylist() for column in labels] == [[1, 0], [0, 1]]


def test_a_removed_upload_is_found_by_nobody(library, upload, tmp_path):
    own = made(seed=4).write(tmp_path / "own.csv")
    kept, later = upload(library, own), again(library)
    assert later.find(kept.fingerprint) is not None
    library.remove(kept.fingerprint)
    # Not either by a server that had opened it before.
    for server in (library, later, again(library)):
        assert server.find(kept.fingerprint) is None
        assert server.shelf.about(kept.fingerprint).files == ("own.csv",)
    assert upload(library, own).fingerprint == kept.fingerprint
    assert library.find(kept.fingerprint) is not None


def test_an_upload_whose_time_is_up_is_gone(library, upload, tmp_path, monkeypatch):
    kept = upload(library, made(seed=4).write(tmp_path / "own.csv"))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 4 * 86_400)
    assert library.find(kept.fingerprint) is None
    assert library.shelf.about(kept.fingerprint) is not None


def test_what_the_command_line_names_stays(library, upload, path):
    """Somebody uploads the same file, and deletes it: the server's own data is not theirs."""
    own = library.first
    assert upload(library, path).fingerprint == own.fingerprint
    assert library.find(own.fingerprint) is own
    library.remove(own.fingerprint)
    assert library.find(own.fingerprint) is library.first is own


@pytest.mark.parametrize("name", ["", "sha256:0", "sha256:" + "0" * 64, "sha256:../../x"])
def test_what_nobody_opened_is_not_found(library, name):
    assert library.find(name) is None
