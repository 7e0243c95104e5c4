"""Tests of stored uploads: found by fingerprint, and removed when they expire."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dashboard.data.folders import library_folder
from dashboard.data.uploads.metadata import Entry, Named
from dashboard.data.uploads.store import ABOUT, UNLOCKED_SECONDS, UploadStore
from metrics import Problem, strict_mapping
from metrics.errors import FileName, Option, Wording
from metrics.strict_mapping import StructureError
from tests.dashboard.uploaded import DAY, ONE, TWO, UNNAMED, entry, rows_in
from tests.metrics.full_disk import fill_the_disk

TEXT = st.text(max_size=20)
PROBLEMS = st.builds(
    Problem,
    TEXT,
    st.sampled_from(["error", "warning"]),
    TEXT,
    file=st.none() | TEXT,
    row=st.none() | st.integers(1, 10**12),
    value=st.none() | TEXT,
)
NAMED = st.builds(
    Named,
    title=TEXT,
    files=st.lists(TEXT, max_size=3).map(tuple),
    problems=st.lists(PROBLEMS, max_size=3).map(tuple),
)
ENTRIES = st.builds(
    Entry,
    fingerprint=st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
    named=NAMED,
    held_out=st.sampled_from(["held-out", "unknown"]),
    columns=st.dictionaries(TEXT, st.none() | TEXT | st.lists(TEXT, max_size=3), max_size=3),
    scale=st.sampled_from(["probability", "rank"]),
    opened=st.floats(0, 4e9),
    owners=st.dictionaries(TEXT, NAMED, max_size=3),
)
# Near misses of a fingerprint, and paths that lead elsewhere.
DIGITS = "1a" * 32
STRANGE = st.sampled_from(
    [
        "",
        "sha256:",
        DIGITS,
        f"sha256:{DIGITS[:-1]}",
        f"sha256:{DIGITS}0",
        f"sha256:{DIGITS}\n",
        f"sha256:{DIGITS.upper()}",
        f"md5:{DIGITS}",
        "sha256:../../x",
        f"sha256:../{DIGITS}",
        f"sha256:{DIGITS}/../{DIGITS}",
        "sha256:incoming",
        "../outside",
        "/etc",
    ]
) | st.text(max_size=80)


def plain(known):
    """Entry without the digest of the stored file."""
    return replace(known, content="")


@pytest.fixture
def upload_store(tmp_path):
    return UploadStore(tmp_path / "store", keep_days=3)


@given(ENTRIES, st.binary(max_size=50))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stored_upload_is_found(tmp_path, kept, content):
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    upload_store = UploadStore(tmp_path / "store", keep_days=1e9)
    source = rows_in(upload_store, content)
    place = upload_store.put(kept, source, UNNAMED)
    assert not source.exists()
    # The next server finds it, too.
    for server in (upload_store, UploadStore(tmp_path / "store", keep_days=1e9)):
        assert plain(server.about(kept.fingerprint)) == plain(kept)
        assert server.rows(kept.fingerprint) == place
    assert place.read_bytes() == content


def test_a_stored_upload_is_not_overwritten(upload_store):
    """Other readers use the file, so a second upload of the same data must not change it."""
    place = upload_store.put(entry(age=2), rows_in(upload_store, b"old"), UNNAMED)
    with place.open("rb") as read:
        before = place.stat()
        assert (
            upload_store.put(entry(owner="another"), rows_in(upload_store, b"new"), UNNAMED)
            == place
        )
        assert place.read_bytes() == b"old"
        assert (place.stat().st_ino, place.stat().st_mtime_ns) == (
            before.st_ino,
            before.st_mtime_ns,
        )
        assert read.read() == b"old"


def test_a_repeated_upload_keeps_the_names_and_times_of_others(upload_store):
    """Several people may upload the same bytes. Each sees only the names from their own upload."""
    first, later = entry(age=2), entry(file="other.csv", owner="another")
    upload_store.put(first, rows_in(upload_store), UNNAMED)
    upload_store.put(replace(first, opened=first.opened + 60), rows_in(upload_store), UNNAMED)
    assert plain(upload_store.about(ONE)) == replace(first, opened=first.opened + 60)
    upload_store.put(later, rows_in(upload_store), UNNAMED)
    kept = upload_store.about(ONE)
    assert (kept.opened, kept.named) == (later.opened, UNNAMED)
    assert kept.owners == {"mine": first.named, "another": later.named}
    upload_store.put(entry(owner="third"), rows_in(upload_store), UNNAMED)
    assert upload_store.about(ONE).named == UNNAMED
    # If all owners use the same name, it is shown.
    upload_store.put(entry(TWO), rows_in(upload_store), UNNAMED)
    upload_store.put(entry(TWO, owner="another"), rows_in(upload_store), UNNAMED)
    assert upload_store.about(TWO).named == entry().named


@pytest.mark.parametrize("gone", ["removed", "over"])
def test_a_removed_upload_can_be_stored_again(upload_store, gone):
    upload_store.put(entry(age=4 if gone == "over" else 2), rows_in(upload_store, b"old"), UNNAMED)
    if gone == "removed":
        upload_store.remove(ONE)
    again = entry(file="other.csv", owner="another")
    place = upload_store.put(again, rows_in(upload_store, b"new"), UNNAMED)
    assert (place.read_bytes(), plain(upload_store.about(ONE))) == (b"new", again)


def test_a_removed_upload_leaves_title_and_file_names(upload_store):
    secret = Problem(
        "W_TRIM", "warning", "got 'u3 '", "scores.csv", 3, "patient", "u3 ", "Trim it."
    )
    named = Named("scores", ("scores.csv",), (secret,))
    columns = {"id": ["patient"], "label": "died"}
    kept = replace(entry(), columns=columns, named=named, owners={"mine": named})
    gone = upload_store.put(kept, rows_in(upload_store), UNNAMED)
    stays = upload_store.put(entry(TWO), rows_in(upload_store), UNNAMED)
    upload_store.remove(ONE)
    left = upload_store.about(ONE)
    assert left.named == replace(named, problems=())
    assert left.opened == kept.opened
    text = (gone.parent / ABOUT).read_text()
    assert not any(word in text for word in ("patient", "died", "u3", "mine"))
    assert (upload_store.rows(ONE), gone.exists()) == (None, False)
    assert upload_store.rows(TWO) == stays
    upload_store.remove(ONE)
    assert upload_store.about(ONE) == left


@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize(("age", "there"), [(0.0, True), (2.99, True), (3.01, False), (99, False)])
@pytest.mark.parametrize("tidied", [False, True])
def test_an_expired_upload_is_removed_completely(upload_store, age, there, tidied, removed):
    """It is removed by a request or a server's start, with the description of a removed upload."""
    place = upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    if removed:
        upload_store.remove(ONE)
    about = json.loads((place.parent / ABOUT).read_text()) | {"opened": time.time() - age * DAY}
    (place.parent / ABOUT).write_text(json.dumps(about))
    if tidied:
        upload_store.tidy()
        assert place.parent.exists() == there
    assert upload_store.rows(ONE) == (place if there and not removed else None)
    assert place.parent.exists() == there
    assert (upload_store.about(ONE) is not None) == there


def test_a_description_is_written_atomically(upload_store, monkeypatch):
    kept = entry()
    upload_store.put(kept, rows_in(upload_store), UNNAMED)
    fill_the_disk(monkeypatch)
    with pytest.raises(OSError, match="no space"):
        upload_store.remove(ONE)
    assert plain(upload_store.about(ONE)) == kept
    assert [path.name for path in (upload_store.folder / DIGITS).iterdir()] == [ABOUT]


def test_warnings_keep_their_typed_parts(upload_store):
    note = Problem(
        "W_X", "warning", Wording("not in ", FileName("a.csv")), hint=Wording(Option("id"))
    )
    named = Named("scores", ("scores.csv",), (note,))
    kept = replace(entry(), named=named, owners={"mine": named})
    upload_store.put(kept, rows_in(upload_store), UNNAMED)
    found = upload_store.about(ONE)
    for again in (found.named, found.owners["mine"]):
        assert again.problems[0].parts == ("not in ", FileName("a.csv"), Option("id"))


PROBLEM = Problem("W_TRIM", "warning", "some ids").as_dict()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"opened": "yesterday"}, "opened"),
        ({"opened": True}, "opened"),
        ({"opened": float("nan")}, "opened"),
        ({"scale": None}, "scale"),
        ({"columns": ["id"]}, "columns"),
        ({"colour": "red"}, "colour"),
        ({"owners": {"mine": {"title": "scores"}}}, "owners.mine.files"),
        ({"named": {"title": "t", "files": "a.csv", "problems": []}}, "named.files"),
        (
            {"named": {"title": "t", "files": [], "problems": [PROBLEM | {"row": "3"}]}},
            "named.problems.0.row",
        ),
    ],
)
def test_an_invalid_description_is_ignored(upload_store, change, key):
    upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    place = upload_store.folder / DIGITS / ABOUT
    written = json.loads(place.read_text())
    assert upload_store.about(ONE) == strict_mapping.read(Entry, written)
    with pytest.raises(StructureError) as refused:
        strict_mapping.read(Entry, written | change)
    assert refused.value.faults[0].key == key
    place.write_text(json.dumps(written | change))
    assert upload_store.about(ONE) is None


def test_the_size_limit_is_for_all_uploads_together(tmp_path):
    upload_store = UploadStore(tmp_path / "store", keep_bytes=1000)
    assert upload_store.used == 0
    upload_store.put(entry(), rows_in(upload_store, bytes(300)), UNNAMED)
    rows_in(upload_store, bytes(200))  # an unfinished upload
    described = (upload_store.folder / DIGITS / ABOUT).stat().st_size
    assert upload_store.used == 500 + described
    assert upload_store.has_room(500 - described)
    assert not upload_store.has_room(501 - described)


@pytest.mark.parametrize("about", [None, "", "{}"])
@pytest.mark.parametrize(("age", "there"), [(2.9, True), (3.1, False)])
def test_rows_without_a_description_are_removed(upload_store, about, age, there):
    """The time of their folder counts. A server ended while storing them, or was another version."""
    place = upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    if about is None:
        (place.parent / ABOUT).unlink()
    else:
        (place.parent / ABOUT).write_text(about)
    os.utime(place.parent, (time.time() - age * DAY,) * 2)
    upload_store.tidy()
    assert place.exists() == there


def test_the_description_is_written_before_the_rows(upload_store, monkeypatch):
    rows = rows_in(upload_store)
    fill_the_disk(monkeypatch)
    with pytest.raises(OSError, match="no space"):
        upload_store.put(entry(), rows, UNNAMED)
    assert rows.exists()
    assert not (upload_store.folder / DIGITS).exists()


def test_a_full_disk_leaves_the_store_unchanged(upload_store, monkeypatch):
    upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    upload_store.remove(ONE)
    before = (upload_store.folder / DIGITS / ABOUT).read_bytes()
    rows = rows_in(upload_store)
    monkeypatch.setattr(
        type(rows), "replace", lambda *_: (_ for _ in ()).throw(OSError("no space"))
    )
    with pytest.raises(OSError, match="no space"):
        upload_store.put(entry(), rows, UNNAMED)
    monkeypatch.undo()
    assert [path.name for path in (upload_store.folder / DIGITS).iterdir()] == [ABOUT]
    assert (upload_store.folder / DIGITS / ABOUT).read_bytes() == before


def test_a_temporary_folder_can_be_discarded(upload_store):
    place = rows_in(upload_store).parent
    held = upload_store._held[place]
    upload_store.abandon(place)
    assert not place.exists()
    assert place not in upload_store._held
    with pytest.raises(OSError, match=r"[Bb]ad file"):
        os.fstat(held)
    upload_store.abandon(place)


def test_tidying_removes_unfinished_uploads(upload_store):
    fresh, old = rows_in(upload_store).parent, rows_in(upload_store).parent
    os.utime(old, (time.time() - 1.01 * DAY,) * 2)
    upload_store.tidy()
    assert list((upload_store.folder / "incoming").iterdir()) == [fresh]
    assert (fresh / "rows.parquet").exists()


CRASHED = """
import os, sys, time
from pathlib import Path
from dashboard.data.uploads.store import UploadStore
place = UploadStore(Path(sys.argv[1])).workplace()
(place / "rows.parquet").write_bytes(b"rows")
print(place, flush=True)
sys.stdin.read()
os._exit(1)
"""


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_files_of_a_dead_server_are_removed_at_once(upload_store):
    """Files of a running server stay, also if several servers share the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", CRASHED, str(upload_store.folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdin is not None
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        mine = upload_store.workplace()
        for place in (left, mine):
            os.utime(place, (time.time() - UNLOCKED_SECONDS - 1,) * 2)
        upload_store.tidy()
        assert left.exists()
        other.stdin.close()
    upload_store.tidy()
    assert not left.exists()
    assert mine.exists()


def test_tidying_leaves_other_files(upload_store):
    notes = upload_store.folder / "notes.txt"
    notes.write_text("mine")
    os.utime(notes, (0, 0))
    upload_store.tidy()
    assert notes.read_text() == "mine"


@given(STRANGE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_invalid_fingerprint_has_no_owner(tmp_path, strange):
    assume(strange != ONE)
    upload_store = UploadStore(tmp_path / "a" / "store")
    upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    # A path out of the store would lead to this file.
    for outside in (tmp_path, tmp_path / "x", tmp_path / "outside", tmp_path / "a" / DIGITS):
        outside.mkdir(exist_ok=True)
        (outside / ABOUT).write_bytes((upload_store.folder / DIGITS / ABOUT).read_bytes())
        (outside / "scores.parquet").write_bytes(b"secret")
    before = {path for path in tmp_path.rglob("*") if "incoming" not in path.parts}
    assert upload_store.about(strange) is None
    assert upload_store.rows(strange) is None
    upload_store.remove(strange)
    source = rows_in(upload_store)
    with pytest.raises(ValueError, match="64 digits"):
        upload_store.put(replace(entry(), fingerprint=strange), source, UNNAMED)
    assert source.exists()
    assert {path for path in tmp_path.rglob("*") if "incoming" not in path.parts} == before


@pytest.mark.parametrize(
    "text", ["", '{"fingerprint": ', "[]", "{}", "null", '{"problems": [{}], "files": []}']
)
def test_an_unreadable_description_is_ignored(upload_store, text):
    """The description is truncated, or from another version. The server starts anyway."""
    place = upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    (place.parent / ABOUT).write_text(text)
    upload_store.tidy()
    assert upload_store.about(ONE) is None
    assert upload_store.rows(ONE) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files of this system")
@pytest.mark.parametrize("how", ["link", "pipe"])
def test_a_pipe_as_description_is_ignored(upload_store, tmp_path, how):
    """Otherwise the server would wait for the pipe or fill its memory at the start."""
    place = upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    (place.parent / ABOUT).rename(tmp_path / "elsewhere")
    if how == "link":
        (place.parent / ABOUT).symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(place.parent / ABOUT)
    assert upload_store.about(ONE) is None
    assert upload_store.rows(ONE) is None
    UploadStore(upload_store.folder).tidy()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_store_is_readable_by_its_owner_only(upload_store):
    place = upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    for folder in (upload_store.folder, place.parent, upload_store.folder / "incoming"):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_private_store_leaves_nothing():
    upload_store = UploadStore(None)
    place = upload_store.put(entry(), rows_in(upload_store), UNNAMED)
    folder = upload_store.folder
    assert upload_store.private
    assert place.is_file()
    del upload_store
    gc.collect()
    assert not folder.exists()


def test_the_folder_can_be_set_by_the_operator(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("COMMON_GROUND_LIBRARY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert library_folder() == tmp_path / ".local" / "share" / "common-ground"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert library_folder() == tmp_path / "data" / "common-ground"
    monkeypatch.setenv("COMMON_GROUND_LIBRARY", str(tmp_path / "mine"))
    assert library_folder() == tmp_path / "mine"
