"""Tests that setting the system clock deletes no stored data, but passing time does."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.data.library_clock import DAY, HOUR, LibraryClock
from dashboard.data.short_links import ShortLinks
from dashboard.data.uploads.store import Removals, UploadStore
from tests.dashboard.uploaded import LONG_LINK, UNNAMED, entry, write_rows

MONTH = 31 * DAY


class Clocks:
    """System clock, which can be set, and monotonic clock, which cannot."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall, self.steady = time.time(), 1_000.0
        monkeypatch.setattr(time, "time", lambda: self.wall)
        monkeypatch.setattr(time, "monotonic", lambda: self.steady)

    def run(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def fingerprint(k: int) -> str:
    return f"sha256:{k:064x}"


def fill_store(folder: Path, clocks: Clocks, many: int = 12) -> UploadStore:
    """Library with an expiry of a month, with uploads of today."""
    upload_store = UploadStore(folder, keep_days=30)
    for k in range(many):
        upload_store.put(
            replace(entry(fingerprint(k)), opened=clocks.wall), write_rows(upload_store), UNNAMED
        )
    return upload_store


def count_stored(upload_store: UploadStore, many: int = 12) -> int:
    return sum(
        (upload_store.folder / f"{k:064x}" / "scores.parquet").is_file() for k in range(many)
    )


@pytest.mark.parametrize("jump", [MONTH, -MONTH, 3_650 * DAY])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_jump_of_the_clock_deletes_nothing(tmp_path, clocks, jump, restarted) -> None:
    upload_store = fill_store(tmp_path, clocks)
    links = ShortLinks(upload_store)
    kept = links.shortened(LONG_LINK)
    clocks.wall += jump
    for _ in range(3):
        if restarted:
            upload_store = UploadStore(tmp_path, keep_days=30)
        clocks.run(60)
        upload_store.tidy()
        ShortLinks(upload_store).tidy()
        assert count_stored(upload_store) == 12
        assert all(upload_store.rows(fingerprint(k)) is not None for k in range(12))
        assert ShortLinks(upload_store).whole(kept) is not None
    clocks.wall -= jump  # the clock is corrected
    clocks.run(60)
    upload_store.tidy()
    ShortLinks(upload_store).tidy()
    assert count_stored(upload_store) == 12
    assert ShortLinks(upload_store).whole(kept) is not None


def test_many_restarts_do_not_advance_the_clock(tmp_path, clocks) -> None:
    fill_store(tmp_path, clocks)
    clocks.wall += MONTH
    for _ in range(40):
        upload_store = UploadStore(tmp_path, keep_days=30)
        upload_store.tidy()
    assert count_stored(upload_store) == 12


def test_elapsed_time_counts(tmp_path, clocks) -> None:
    upload_store = fill_store(tmp_path, clocks, 4)
    for _ in range(30):
        clocks.run(DAY - 60)
        upload_store.tidy()
    assert count_stored(upload_store, 4) == 4
    clocks.run(HOUR)
    assert upload_store.rows(fingerprint(0)) is None
    for _ in range(8):
        clocks.run(HOUR + 1)
        upload_store.tidy()
    assert count_stored(upload_store, 4) == 0


def test_expired_uploads_are_not_all_deleted_at_once(tmp_path, clocks) -> None:
    upload_store = fill_store(tmp_path, clocks)
    clocks.run(MONTH)
    left = []
    for _ in range(4):
        for _ in range(10):
            upload_store.tidy()
        left.append(count_stored(upload_store))
        # Expired uploads are not shown, even those that are not deleted yet.
        assert all(upload_store.rows(fingerprint(k)) is None for k in range(12))
        clocks.run(HOUR + 1)
    assert left == [9, 7, 6, 5]


def test_the_library_clock_follows_the_system_clock_slowly(tmp_path, clocks) -> None:
    clock = LibraryClock(tmp_path)
    begun = clock.now()
    clocks.wall += MONTH
    clocks.run(HOUR)
    assert clock.now() - begun == pytest.approx(HOUR + DAY)
    for _ in range(40):
        clocks.run(HOUR)
        clock.now()
    assert clock.now() == pytest.approx(clocks.wall)
    clocks.wall -= 2 * MONTH
    before = clock.now()
    clocks.run(10)
    assert clock.now() == pytest.approx(before + 10)


def test_a_restart_counts_at_most_one_day(tmp_path, clocks) -> None:
    begun = LibraryClock(tmp_path).now()
    clocks.wall += HOUR
    assert LibraryClock(tmp_path).now() == pytest.approx(begun + HOUR)
    clocks.wall += 5 * DAY
    assert LibraryClock(tmp_path).now() == pytest.approx(begun + HOUR + DAY)
    clocks.wall -= 50 * DAY
    assert LibraryClock(tmp_path).now() == pytest.approx(begun + HOUR + DAY)


def test_servers_of_one_library_share_its_clock(tmp_path, clocks) -> None:
    one, two = LibraryClock(tmp_path), LibraryClock(tmp_path)
    clocks.wall += 9 * DAY
    clocks.run(HOUR)
    ahead = one.now()
    one.save()
    two.save()
    assert two.now() == pytest.approx(ahead)


@pytest.mark.parametrize(
    "note",
    ["", "[]", "{}", "null", '{"library": "x", "wall": 1}', '{"library": NaN, "wall": 1}',
     '{"library": 1e300, "wall": 1e300}', '{"library": -5, "wall": 0}', "[" * 99_999],
)  # fmt: skip
def test_an_impossible_clock_note_is_ignored(tmp_path, clocks, note) -> None:
    """Without a valid note, the library assumes that at most a day has passed since the last upload."""
    fill_store(tmp_path, clocks)
    (tmp_path / "clock.json").write_text(note)
    clocks.wall += MONTH
    upload_store = UploadStore(tmp_path, keep_days=30)
    assert upload_store.clock.now() == pytest.approx(clocks.wall - MONTH + DAY)
    upload_store.tidy()
    assert count_stored(upload_store) == 12
    assert json.loads((tmp_path / "clock.json").read_text())["library"] > 0


def test_an_unwritable_clock_note_is_tolerated(tmp_path, clocks) -> None:
    (tmp_path / "clock.json").mkdir()
    clock = LibraryClock(tmp_path)
    before = clock.now()
    clocks.run(60)
    clock.save()
    assert clock.now() == pytest.approx(before + 60)
    assert [path.name for path in tmp_path.iterdir()] == ["clock.json"]


def test_at_most_a_quarter_of_the_uploads_expires_at_once(clocks) -> None:
    removals = Removals()
    assert [removals.admit(1), removals.admit(0)] == [True, False]
    clocks.run(HOUR)
    assert removals.admit(1)
