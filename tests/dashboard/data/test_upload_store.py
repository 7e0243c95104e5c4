"""Tests of the store of uploads: found by fingerprint, removed, and limited in size."""

from __future__ import annotations

import gc
import os
import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dashboard.data.uploads.metadata import Entry, Named
from dashboard.data.uploads.store import ABOUT, UploadStore
from metrics import Problem
from tests.dashboard.uploaded import DIGITS, ONE, TWO, UNNAMED, entry, without_digest, write_rows

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


@given(ENTRIES, st.binary(max_size=50))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stored_upload_is_found(tmp_path, kept, content):
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    upload_store = UploadStore(tmp_path / "store", keep_days=1e9)
    source = write_rows(upload_store, content)
    place = upload_store.put(kept, source, UNNAMED)
    assert not source.exists()
    # The next server finds it, too.
    for server in (upload_store, UploadStore(tmp_path / "store", keep_days=1e9)):
        assert without_digest(server.about(kept.fingerprint)) == without_digest(kept)
        assert server.rows(kept.fingerprint) == place
    assert place.read_bytes() == content


def test_a_stored_upload_is_not_overwritten(upload_store):
    """Other readers use the file, so a second upload of the same data must not change it."""
    place = upload_store.put(entry(age=2), write_rows(upload_store, b"old"), UNNAMED)
    with place.open("rb") as file:
        before = place.stat()
        new = write_rows(upload_store, b"new")
        assert upload_store.put(entry(owner="another"), new, UNNAMED) == place
        after = place.stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert place.read_bytes() == file.read() == b"old"


def test_a_repeated_upload_keeps_the_names_and_times_of_others(upload_store):
    """Several people may upload the same bytes. Each sees only the names from their own upload."""
    first, later = entry(age=2), entry(file="other.csv", owner="another")
    upload_store.put(first, write_rows(upload_store), UNNAMED)
    upload_store.put(replace(first, opened=first.opened + 60), write_rows(upload_store), UNNAMED)
    assert without_digest(upload_store.about(ONE)) == replace(first, opened=first.opened + 60)
    upload_store.put(later, write_rows(upload_store), UNNAMED)
    kept = upload_store.about(ONE)
    assert (kept.opened, kept.named) == (later.opened, UNNAMED)
    assert kept.owners == {"mine": first.named, "another": later.named}
    upload_store.put(entry(owner="third"), write_rows(upload_store), UNNAMED)
    assert upload_store.about(ONE).named == UNNAMED
    # If all owners use the same name, it is shown.
    upload_store.put(entry(TWO), write_rows(upload_store), UNNAMED)
    upload_store.put(entry(TWO, owner="another"), write_rows(upload_store), UNNAMED)
    assert upload_store.about(TWO).named == entry().named


@pytest.mark.parametrize("gone", ["removed", "expired"])
def test_a_removed_upload_can_be_stored_again(upload_store, gone):
    age = 4 if gone == "expired" else 2
    upload_store.put(entry(age=age), write_rows(upload_store, b"old"), UNNAMED)
    if gone == "removed":
        upload_store.remove(ONE)
    again = entry(file="other.csv", owner="another")
    place = upload_store.put(again, write_rows(upload_store, b"new"), UNNAMED)
    assert (place.read_bytes(), without_digest(upload_store.about(ONE))) == (b"new", again)


def test_a_removed_upload_leaves_title_and_file_names(upload_store):
    secret = Problem(
        "W_TRIM", "warning", "got 'u3 '", "scores.csv", 3, "patient", "u3 ", "Trim it."
    )
    named = Named("scores", ("scores.csv",), (secret,))
    columns = {"id": ["patient"], "label": "died"}
    kept = replace(entry(), columns=columns, named=named, owners={"mine": named})
    gone = upload_store.put(kept, write_rows(upload_store), UNNAMED)
    stays = upload_store.put(entry(TWO), write_rows(upload_store), UNNAMED)
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


def test_the_size_limit_is_for_all_uploads_together(tmp_path):
    upload_store = UploadStore(tmp_path / "store", keep_bytes=1000)
    assert upload_store.used == 0
    upload_store.put(entry(), write_rows(upload_store, bytes(300)), UNNAMED)
    write_rows(upload_store, bytes(200))  # an unfinished upload
    described = (upload_store.folder / DIGITS / ABOUT).stat().st_size
    assert upload_store.used == 500 + described
    assert upload_store.has_room(500 - described)
    assert not upload_store.has_room(501 - described)


def test_a_full_disk_leaves_the_store_unchanged(upload_store, monkeypatch):
    upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    upload_store.remove(ONE)
    before = (upload_store.folder / DIGITS / ABOUT).read_bytes()
    rows = write_rows(upload_store)

    def fail(*given):
        raise OSError("no space")

    monkeypatch.setattr(type(rows), "replace", fail)
    with pytest.raises(OSError, match="no space"):
        upload_store.put(entry(), rows, UNNAMED)
    monkeypatch.undo()
    assert [path.name for path in (upload_store.folder / DIGITS).iterdir()] == [ABOUT]
    assert (upload_store.folder / DIGITS / ABOUT).read_bytes() == before


def test_a_temporary_folder_can_be_discarded(upload_store):
    place = write_rows(upload_store).parent
    held = upload_store._held[place]
    upload_store.abandon(place)
    assert not place.exists()
    assert place not in upload_store._held
    with pytest.raises(OSError, match=r"[Bb]ad file"):
        os.fstat(held)
    upload_store.abandon(place)


@given(STRANGE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_invalid_fingerprint_finds_and_stores_nothing(tmp_path, strange):
    assume(strange != ONE)
    upload_store = UploadStore(tmp_path / "a" / "store")
    upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    # A path out of the store would lead to this file.
    for outside in (tmp_path, tmp_path / "x", tmp_path / "outside", tmp_path / "a" / DIGITS):
        outside.mkdir(exist_ok=True)
        (outside / ABOUT).write_bytes((upload_store.folder / DIGITS / ABOUT).read_bytes())
        (outside / "scores.parquet").write_bytes(b"secret")
    before = {path for path in tmp_path.rglob("*") if "incoming" not in path.parts}
    assert upload_store.about(strange) is None
    assert upload_store.rows(strange) is None
    upload_store.remove(strange)
    source = write_rows(upload_store)
    with pytest.raises(ValueError, match="64 digits"):
        upload_store.put(replace(entry(), fingerprint=strange), source, UNNAMED)
    assert source.exists()
    assert {path for path in tmp_path.rglob("*") if "incoming" not in path.parts} == before


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_store_is_readable_by_its_owner_only(upload_store):
    place = upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    for folder in (upload_store.folder, place.parent, upload_store.folder / "incoming"):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_private_store_leaves_nothing():
    upload_store = UploadStore(None)
    place = upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    folder = upload_store.folder
    assert upload_store.private
    assert place.is_file()
    del upload_store
    gc.collect()
    assert not folder.exists()
