"""Tests that tidying removes expired uploads and unfinished files, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.data.uploads.store import ABOUT, UNLOCKED_SECONDS
from tests.dashboard.uploaded import DAY, ONE, UNNAMED, entry, write_rows


@pytest.mark.parametrize("removed", [False, True])
@pytest.mark.parametrize(("age", "there"), [(0.0, True), (2.99, True), (3.01, False), (99, False)])
@pytest.mark.parametrize("tidied", [False, True])
def test_an_expired_upload_is_removed_completely(upload_store, age, there, tidied, removed):
    """It is removed by a request or a server's start, with the description of a removed upload."""
    place = upload_store.put(entry(), write_rows(upload_store), UNNAMED)
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


@pytest.mark.parametrize("about", [None, "", "{}"])
@pytest.mark.parametrize(("age", "there"), [(2.9, True), (3.1, False)])
def test_rows_without_a_description_are_removed(upload_store, about, age, there):
    """The time of their folder counts. A server ended while storing them, or was another version."""
    place = upload_store.put(entry(), write_rows(upload_store), UNNAMED)
    if about is None:
        (place.parent / ABOUT).unlink()
    else:
        (place.parent / ABOUT).write_text(about)
    os.utime(place.parent, (time.time() - age * DAY,) * 2)
    upload_store.tidy()
    assert place.exists() == there


def test_tidying_removes_unfinished_uploads(upload_store):
    fresh, old = write_rows(upload_store).parent, write_rows(upload_store).parent
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
