"""Tests that the library deletes expired rows and abandoned uploads without any visit."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from dashboard.data.library import TIDY_SECONDS, Library, tidy_repeatedly
from dashboard.data.library_clock import DAY
from dashboard.data.uploads.in_progress import GRACE, Upload
from dashboard.data.uploads.job import UploadJob
from dashboard.data.uploads.store import UploadStore
from tests.dashboard.tables import made


class Clock:
    """Clock that only the test advances."""

    def __init__(self, monkeypatch):
        self.now = 1e9
        monkeypatch.setattr(time, "time", lambda: self.now)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def tidy_until(library, clock, *, until):
    """Run the library's clean-up like its thread does, until the clock reaches ``until``."""

    class Over(Exception):
        pass

    def wait(seconds):
        clock.now += seconds
        if clock.now >= until:
            raise Over

    with pytest.raises(Over):
        tidy_repeatedly(weakref.ref(library), wait)


def test_rows_expire_without_any_visit(library, upload, tmp_path, clock):
    kept = upload(library, made(seed=4).write(tmp_path / "own.csv"))
    rows = library.upload_store.rows(kept.fingerprint)
    expires = clock.now + library.upload_store.keep_days * DAY
    gone: list[str] = []
    library.on_gone = gone.append
    clock.now = expires - 3 * TIDY_SECONDS
    tidy_until(library, clock, until=expires)
    assert rows.exists()
    assert gone == []
    tidy_until(library, clock, until=expires + 2 * TIDY_SECONDS)
    assert not rows.parent.exists()
    assert gone == [kept.fingerprint]
    assert kept.fingerprint not in library.datasets


def test_tidying_continues_though_the_folder_is_unavailable(library, clock, tmp_path):
    away = tmp_path / "away"
    library.upload_store.folder.rename(away)
    tidy_until(library, clock, until=clock.now + 3 * TIDY_SECONDS)
    away.rename(library.upload_store.folder)
    tidy_until(library, clock, until=clock.now + 3 * TIDY_SECONDS)


def test_tidying_ends_with_the_library(path, tmp_path):
    opened = Library(UploadStore(tmp_path / "store"), max_thresholds=4096)
    reference = weakref.ref(opened)
    del opened
    gc.collect()
    waits: list[float] = []
    tidy_repeatedly(reference, waits.append)
    assert len(waits) == 1


@pytest.fixture
def connected():
    """Set while the reader's browser is connected."""
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def slow_upload(library, connected):
    """Slow upload whose reader's browser is connected."""
    place = library.upload_store.workplace()
    source = place / "slow.jsonl"
    line = '{"id": "u%d", "label": %d, "a": 0.25}\n'
    source.write_text("".join(line % (k, k % 2) for k in range(400_000)))
    upload = Upload(UploadJob([source], {}, place / "rows.parquet"), place, connected.is_set)
    library.begin_upload(upload)
    yield upload
    upload.close()


def test_an_upload_without_a_reader_is_ended_and_removed(library, slow_upload, connected, clock):
    begun = clock.now
    # A connected reader may wait as long as necessary.
    tidy_until(library, clock, until=begun + 10_000)
    assert slow_upload.place.exists()
    connected.clear()
    tidy_until(library, clock, until=clock.now + GRACE - 1)
    connected.set()  # the reader returns
    tidy_until(library, clock, until=clock.now + 5 * GRACE)
    assert library.uploads == [slow_upload]
    connected.clear()
    left = clock.now
    tidy_until(library, clock, until=left + GRACE)
    assert slow_upload.place.exists()
    tidy_until(library, clock, until=left + GRACE + 3 * TIDY_SECONDS)
    assert not slow_upload.job.running
    assert not slow_upload.place.exists()
    assert library.uploads == []
