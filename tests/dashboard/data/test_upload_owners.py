"""Tests that an upload belongs to its owners: who may remove it, and whose names are shown."""

from __future__ import annotations

import shutil

import pytest

from dashboard.data.uploads.job import UploadJob
from tests.dashboard.tables import made
from tests.dashboard.uploaded import OWNER, restarted
from tests.metrics.opening import table_of


def test_only_its_owner_removes_an_upload(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept = upload(library, file)
    for server in (library, restarted(library)):
        assert server.is_owned(kept.fingerprint, OWNER)
        for other in ("", "somebody", *kept.entry.owners):
            assert not server.is_owned(kept.fingerprint, other)
            assert not server.remove(kept.fingerprint, other)
        assert server.find(kept.fingerprint) is not None
    assert (
        OWNER not in (library.upload_store.rows(kept.fingerprint).parent / "about.json").read_text()
    )


def test_data_uploaded_twice_stays_until_both_are_removed(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept = upload(library, file)
    assert upload(library, file, owner="somebody").fingerprint == kept.fingerprint
    gone: list[str] = []
    library.on_gone = gone.append
    for _ in range(2):
        assert not library.remove(kept.fingerprint, OWNER)
        assert not library.is_owned(kept.fingerprint, OWNER)
        assert library.find(kept.fingerprint) is not None
    assert (library.remove(kept.fingerprint, "somebody"), gone) == (True, [kept.fingerprint])
    assert library.find(kept.fingerprint) is None


def test_file_names_of_one_owner_are_not_shown_to_another(library, upload, tmp_path):
    """Each owner sees their own names. A reader with the link sees no name if the names differ."""
    first = made(seed=4, rows=100).write(tmp_path / "first.csv")
    kept, later = upload(library, first, "training"), restarted(library)
    seen = later.find(kept.fingerprint)
    shutil.copy(first, tmp_path / "second.csv")
    same = upload(library, tmp_path / "second.csv", "training", owner="somebody")
    other = upload(library, tmp_path / "second.csv", "held-out", owner="somebody")
    assert same.fingerprint == kept.fingerprint != other.fingerprint
    assert (other.title, other.scores.held_out) == ("second", "held-out")
    titles = {
        OWNER: "first",
        "somebody": "second",
        "": "Uploaded scores",
        "third": "Uploaded scores",
    }
    for server in (library, later, restarted(library)):
        for owner, title in titles.items():
            found = server.find(kept.fingerprint, owner)
            files = f"{title}.csv" if title in ("first", "second") else "the file"
            assert (found.title, found.files) == (title, (files,))
            assert {p.file for p in found.problems} - {None} == {files}
            said = repr((found.title, found.files, found.entry.named, found.problems))
            assert all(name not in said for name in {"first", "second"} - {title})
    # Another server continues to show the file that it opened.
    assert later.find(kept.fingerprint).scores is seen.scores
    assert table_of(seen.scores).equals(table_of(other.scores))


@pytest.mark.parametrize("called", ["line 2 night shift", "Line_2_Nig\u04bbt SHIFT"])
def test_an_upload_named_like_the_servers_data_is_marked_for_others(
    library, upload, tmp_path, called
):
    assert library.first.title == "line 2 night shift"
    kept = upload(library, made(seed=5, rows=100).write(tmp_path / f"{called}.csv"))
    title = called.replace("_", " ")
    assert library.find(kept.fingerprint, OWNER).title == title
    for server in (library, restarted(library)):
        shown = server.find(kept.fingerprint, "somebody").title
        assert shown == f"{title} (an upload, not this server’s own data)"
    assert library.find(None).title == "line 2 night shift"


def test_joined_files_are_distinguished_without_the_folder_of_the_server(library):
    for k, names in enumerate([("labels.csv", "a.csv"), ("y.csv", "m.csv")]):
        place = library.upload_store.workplace()
        (folder := place / "given").mkdir()
        (folder / names[0]).write_text("label\n" + "0\n1\n" * 30)
        (folder / names[1]).write_text("a,b\n" + "0.25,1\n0.5,0.75\n" * 30)
        files = [folder / name for name in names]
        result = UploadJob(files, {"models": ["a", "b"]}, place / "rows.parquet").wait()
        assert result["ok"], result
        kept = library.store_upload(result, place / "rows.parquet", names, str(k), folder=folder)
        assert {"W_ROWORDER", "W_LOGLOSS_INF"} <= {problem.code for problem in kept.problems}
        notes = " ".join(map(str, kept.problems))
        assert f"joined to {names[0]} by the order of rows" in notes
        assert str(library.upload_store.folder) not in notes
        assert "given" not in notes
    named, unnamed = kept.problems, library.find(kept.fingerprint).problems
    [said] = [p for p in unnamed if p.code == "W_ROWORDER"]
    assert (said.file, said.message.split(" by ")[0]) == ("file 2", "joined to file 1")
    assert [p.file for p in named if p.code == "W_ROWORDER"] == ["m.csv"]
    assert {p.file for p in unnamed} <= {"file 1", "file 2", None}
