"""Tests of the library: titles, finding data by fingerprint, owners, expiry and replaced rows."""

from __future__ import annotations

import gc
import itertools
import json
import os
import shutil
import threading
import time
import weakref
from typing import Any

import pytest

from dashboard.arguments.app_options import app_options
from dashboard.arguments.open_dataset import open_dataset
from dashboard.data.library import Library, _tidy, fingerprint_of
from dashboard.data.uploads.in_progress import GRACE, Upload
from dashboard.data.uploads.job import UploadJob
from dashboard.data.uploads.store import UploadStore
from metrics import open_scores
from tests.dashboard.tables import made
from tests.dashboard.uploaded import keep
from tests.metrics.opening import table_of

OWNER = "what only one session knows"


@pytest.fixture
def path(tmp_path):
    return made().write(tmp_path / "line_2_night shift.v3.csv")


@pytest.fixture
def library(path, tmp_path):
    """Library with a file of the command line and an upload store."""
    opened = Library(UploadStore(tmp_path / "store", keep_days=3), max_thresholds=4096)
    opened.add(open_dataset(app_options([path])))
    return opened


@pytest.fixture
def upload(tmp_path):
    """Read a file as an upload and store it."""
    count = itertools.count()

    def kept(library, path, held_out="unknown", owner=OWNER, **options):
        place = tmp_path / f"upload {next(count)}"
        return keep(library, path, place, held_out, owner, **options)

    return kept


def again(library):
    """Library of a server that starts later on the same store."""
    later = Library(
        UploadStore(library.upload_store.folder, library.upload_store.keep_days), max_thresholds=99
    )
    later.add(library.first)
    return later


def test_an_upload_is_found_by_its_fingerprint_also_after_a_restart(library, upload, tmp_path):
    file = made(("net", "tree"), seed=4).write(tmp_path / "own_scores.csv")
    kept = upload(library, file, "out-of-fold", models=["tree", "net"])
    direct = open_scores(file, models=["tree", "net"])
    assert kept.fingerprint == fingerprint_of(direct.fingerprint, "out-of-fold")
    for server in (library, again(library)):
        found = server.find(kept.fingerprint)
        assert (found.title, found.files) == ("own scores", ("own_scores.csv",))
        assert (found.origin, found.scores.held_out) == ("upload", "out-of-fold")
        assert found.scores.models == ("tree", "net")
        assert table_of(found.scores).equals(table_of(direct))
        assert found is server.find(kept.fingerprint)
        assert server.find(None) is server.first is not found


def test_the_meaning_of_scores_of_an_upload_survives_a_restart(library, upload, tmp_path):
    (tmp_path / "s.csv").write_text(
        "id,label,net,decision,w,note\nu1,1,0.9,1,1,a\nu2,0,0.8,0,2,b\nu3,1,0.7,0,3,c\nu4,0,0.6,1,1,d\n"
    )
    options: dict[str, Any] = {
        "scores_of": ["net=predicted"],
        "decision": "decision",
        "ignore": ["w"],
    }
    kept = upload(library, tmp_path / "s.csv", **options)
    direct = open_scores(tmp_path / "s.csv", **options)
    plain = open_scores(tmp_path / "s.csv", scores_of="defect", ignore=["w"])
    assert kept.fingerprint == direct.fingerprint != plain.fingerprint
    found = again(library).find(kept.fingerprint)
    assert table_of(found.scores).column("net").to_pylist() == pytest.approx([0.9, 0.2, 0.3, 0.6])
    assert found.column_uses == direct.uses
    assert [(c.name, c.use, c.why, c.scores_of) for c in found.column_uses] == [
        ("id", "id", None, "defect"),
        ("label", "label", None, "defect"),
        ("net", "models", None, "predicted"),
        ("decision", "decision", None, "defect"),
        ("w", "ignore", "it is named as not used", "defect"),
        ("note", "ignore", "it is text", "defect"),
    ]


def test_warnings_about_an_upload_have_the_owners_file_names(library, upload, tmp_path):
    file = tmp_path / "few.csv"
    file.write_text("id;result;a\nu1;NOK;0.5\nu2;OK;0.25\n")
    kept = upload(library, file, label="result", positive="NOK")
    assert {p.code for p in kept.problems} >= {"W_DIALECT", "W_FEWPOSITIVES"}
    assert {p.file for p in kept.problems} <= {"few.csv", None}
    assert again(library).find(kept.fingerprint).problems == kept.problems
    assert (kept.entry.columns["label"], kept.entry.columns["positive"]) == ("result", "NOK")


def test_the_same_file_with_other_options_is_other_data(library, upload, tmp_path):
    file = tmp_path / "two.csv"
    file.write_text("id,label,a\nu1,NOK,0.5\nu2,OK,0.25\n")
    first, second = (upload(library, file, positive=value) for value in ("NOK", "OK"))
    assert first.fingerprint != second.fingerprint
    labels = [table_of(library.find(d.fingerprint).scores).column(1) for d in (first, second)]
    assert [column.to_pylist() for column in labels] == [[1, 0], [0, 1]]


def test_a_removed_upload_cannot_be_found(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept, later = upload(library, file), again(library)
    assert later.find(kept.fingerprint) is not None
    assert library.remove(kept.fingerprint, OWNER)
    # A server that had opened it before does not find it either.
    for server in (library, later, again(library)):
        assert server.find(kept.fingerprint) is None
        assert server.upload_store.about(kept.fingerprint).named.files == ("own.csv",)
    assert upload(library, file).fingerprint == kept.fingerprint
    assert library.find(kept.fingerprint) is not None


def test_only_its_owner_removes_an_upload(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept = upload(library, file)
    for server in (library, again(library)):
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
    kept, later = upload(library, first, "training"), again(library)
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
    for server in (library, later, again(library)):
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
    for server in (library, again(library)):
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


def test_data_stored_again_is_opened_again_by_another_server(library, upload, tmp_path):
    file = made(seed=4).write(tmp_path / "own.csv")
    kept, later = upload(library, file), again(library)
    seen = later.find(kept.fingerprint)
    assert library.remove(kept.fingerprint, OWNER)
    os.utime(shutil.copy(file, tmp_path / "anew.csv"), (1e9, 1e9))
    upload(library, tmp_path / "anew.csv")
    os.utime(library.upload_store.rows(kept.fingerprint), (1e9, 1e9))
    found = later.find(kept.fingerprint)
    assert found is not seen
    assert (found.title, table_of(found.scores)) == ("anew", table_of(open_scores(file)))


def test_an_uploaded_audit_sample_counts_with_its_weights(library, tmp_path):
    source = tmp_path / "audit.csv"
    rows = ["u1,1,0.9,1", "u2,0,0.8,1", "u3,1,0.2,0.25", "u4,0,0.1,0.25", "u5,,0.3,", "u6,,0.2,0"]
    source.write_text("\n".join(["id,label,a,chance", *rows]) + "\n")
    dataset = keep(library, source, tmp_path / "given", audit="chance")
    [batch] = dataset.scores.batches()
    assert batch["id"].to_pylist() == ["u1", "u2", "u3", "u4"]
    assert batch["weight"].to_pylist() == [1, 1, 4, 4]
    assert dataset.labels_from == "audit"
    refused = UploadJob([source], {"audit": "id"}, None).wait()
    assert (refused["ok"], [p["code"] for p in refused["problems"]]) == (False, ["E_AUDIT"])


def test_files_of_the_command_line_never_expire(library, upload, path):
    """A reader who uploads and deletes the same file does not delete the server's data."""
    first = library.first
    assert upload(library, path).fingerprint == first.fingerprint
    assert library.find(first.fingerprint) is first
    assert not library.remove(first.fingerprint, OWNER)
    assert library.find(first.fingerprint) is library.first is first


class Clock:
    """Clock that only the test advances."""

    def __init__(self, monkeypatch):
        self.now = 1e9
        monkeypatch.setattr(time, "time", lambda: self.now)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def by_the_clock(library, clock, *, until):
    """Run the library's clean-up like its thread does, until the clock reaches ``until``."""

    class Over(Exception):
        pass

    def wait(seconds):
        clock.now += seconds
        if clock.now >= until:
            raise Over

    with pytest.raises(Over):
        _tidy(weakref.ref(library), wait)


def test_rows_expire_without_any_visit(library, upload, tmp_path, clock):
    kept = upload(library, made(seed=4).write(tmp_path / "own.csv"))
    rows = library.upload_store.rows(kept.fingerprint)
    begun, days = clock.now, 3 * 86_400
    gone: list[str] = []
    library.on_gone = gone.append
    clock.now = begun + days - 200
    by_the_clock(library, clock, until=begun + days)
    assert rows.exists()
    assert gone == []
    by_the_clock(library, clock, until=begun + days + 130)
    assert not rows.parent.exists()
    assert gone == [kept.fingerprint]
    assert kept.fingerprint not in library.datasets


def test_tidying_continues_though_the_folder_is_unavailable(library, clock, tmp_path):
    away = tmp_path / "away"
    library.upload_store.folder.rename(away)
    by_the_clock(library, clock, until=clock.now + 200)
    away.rename(library.upload_store.folder)
    by_the_clock(library, clock, until=clock.now + 200)


def test_tidying_ends_with_the_library(path, tmp_path):
    opened = Library(UploadStore(tmp_path / "store"), max_thresholds=4096)
    there = weakref.ref(opened)
    del opened
    gc.collect()
    waits: list[float] = []
    _tidy(there, waits.append)
    assert len(waits) == 1


@pytest.fixture
def here():
    """True if the reader's browser is connected."""
    there = threading.Event()
    there.set()
    return there


@pytest.fixture
def waiting(library, here):
    """Slow upload whose reader's browser is connected."""
    place = library.upload_store.workplace()
    source = place / "slow.jsonl"
    line = '{"id": "u%d", "label": %d, "a": 0.25}\n'
    source.write_text("".join(line % (k, k % 2) for k in range(400_000)))
    upload = Upload(UploadJob([source], {}, place / "rows.parquet"), place, here.is_set)
    library.begin_upload(upload)
    yield upload
    upload.close()


def test_an_upload_without_a_reader_is_ended_and_removed(library, waiting, here, clock):
    begun = clock.now
    # A connected reader may wait as long as necessary.
    by_the_clock(library, clock, until=begun + 10_000)
    assert waiting.place.exists()
    here.clear()
    by_the_clock(library, clock, until=clock.now + GRACE - 1)
    here.set()  # the reader returns
    by_the_clock(library, clock, until=clock.now + 5 * GRACE)
    assert library.uploads == [waiting]
    here.clear()
    left = clock.now
    by_the_clock(library, clock, until=left + GRACE)
    assert waiting.place.exists()
    by_the_clock(library, clock, until=left + GRACE + 190)
    assert not waiting.job.running
    assert not waiting.place.exists()
    assert library.uploads == []


def upload_and_other_rows(library, upload, tmp_path):
    """An upload, the path of its rows, and the path of other valid rows to replace them with."""
    kept = upload(library, made(rows=80, seed=5).write(tmp_path / "first.csv"))
    other = Library(UploadStore(tmp_path / "elsewhere"), max_thresholds=99)
    better = upload(other, made(rows=90, seed=9).write(tmp_path / "second.csv"))
    place = library.upload_store.rows(kept.fingerprint)
    there = other.upload_store.rows(better.fingerprint)
    return kept, place, there


def replace_file(place, other):
    shutil.copy(other, place.with_name("copy")).replace(place)


def overwrite(place, other):
    place.write_bytes(other.read_bytes())


def change_a_byte_at_the_same_times(place, other):
    before, content = place.stat(), bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_by_link(place, other):
    place.unlink()
    place.symlink_to(other)


def replace_by_pipe(place, other):
    place.unlink()
    os.mkfifo(place)


@pytest.mark.parametrize(
    ("change", "restarted"),
    [
        (replace_file, False),
        (replace_by_link, False),
        (replace_by_pipe, False),
        (overwrite, True),
        (change_a_byte_at_the_same_times, True),
    ],
)
def test_replaced_rows_are_not_shown(library, upload, tmp_path, change, restarted):
    kept, place, other = upload_and_other_rows(library, upload, tmp_path)
    assert library.find(kept.fingerprint) is not None
    change(place, other)
    server = again(library) if restarted else library
    gone: list[str] = []
    server.on_gone = gone.append
    for _ in range(2):
        assert server.find(kept.fingerprint) is None
    # A restarted server has not opened the upload, so it has none to forget.
    assert gone == ([] if restarted else [kept.fingerprint])
    # A pipe is no stored file, so the upload counts as missing.
    assert server.is_altered(kept.fingerprint) == (change is not replace_by_pipe)
    # A reader can upload the file again.
    upload(server, tmp_path / "first.csv", owner="another")
    found = server.find(kept.fingerprint)
    assert found is not None
    assert not server.is_altered(kept.fingerprint)
    assert table_of(found.scores).equals(table_of(open_scores(tmp_path / "first.csv")))


def test_a_file_is_hashed_once_in_a_process(library, upload, tmp_path, monkeypatch):
    kept = upload(library, made(rows=80, seed=5).write(tmp_path / "s.csv"))
    hashed: list[object] = []

    def is_whole(*given):
        hashed.append(given)
        return True

    monkeypatch.setattr(library.upload_store, "is_whole", is_whole)
    for _ in range(5):
        assert library.find(kept.fingerprint) is not None
    assert hashed == []
    os.utime(library.upload_store.rows(kept.fingerprint))
    for _ in range(5):
        assert library.find(kept.fingerprint) is not None
    assert len(hashed) == 1


def test_a_forged_description_opens_no_other_rows(library, upload, tmp_path):
    """The digest in the description is malformed, or belongs to rows that were replaced."""
    kept, place, other = upload_and_other_rows(library, upload, tmp_path)
    shutil.copy(other, place)
    about = place.parent / "about.json"
    written = json.loads(about.read_text())
    for content in ("0" * 64, written["content"].upper(), "sha256:" + written["content"]):
        about.write_text(json.dumps(written | {"content": content}))
        assert again(library).find(kept.fingerprint) is None
