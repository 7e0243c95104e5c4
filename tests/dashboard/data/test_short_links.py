"""Tests that states too long for an address are stored under an id, and read back unchanged."""

from __future__ import annotations

import os
import stat
import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.data.short_links import KEPT, LONGEST, MOST_BYTES, ShortLinks
from dashboard.data.uploads.store import UploadStore

DAY = 86_400.0
LONG = {"data": "sha256:" + "1a" * 32, "notes": "n" * LONGEST, "x": "recall"}


@pytest.fixture
def links(tmp_path):
    return ShortLinks(UploadStore(tmp_path, keep_days=3))


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "links").glob("*"))


def test_what_fits_an_address_is_left_as_it_is(links, tmp_path):
    spare = LONGEST - len(urlencode({"notes": ""}))
    short = {"notes": "n" * spare}
    assert links.shortened(short) == short
    assert not (tmp_path / "links").exists()
    assert links.whole(short) == short
    assert set(links.shortened({"notes": "n" * (spare + 1)})) == {KEPT}


@given(
    query=st.dictionaries(
        st.sampled_from(["data", "notes", "names", "x"]), st.text(max_size=50), max_size=4
    )
)
def test_what_is_long_comes_back_whole(tmp_path_factory, query):
    links = ShortLinks(UploadStore(tmp_path_factory.mktemp("shelf")))
    query |= {"hide": "ö" * LONGEST}
    short = links.shortened(query)
    assert set(short) == {KEPT} | ({"data"} & set(query))
    assert len(short[KEPT]) * 4 == 128
    assert links.whole(short) == query
    assert links.shortened(dict(reversed(query.items()))) == short


def test_another_server_on_the_same_folder_reads_it_and_one_elsewhere_gives_another_id(
    links, tmp_path, tmp_path_factory
):
    short = links.shortened(LONG)
    again = ShortLinks(UploadStore(tmp_path))
    assert again.whole(short) == LONG
    assert again.shortened(LONG) == short
    assert len(files(tmp_path)) == 2  # the key and one state
    elsewhere = ShortLinks(UploadStore(tmp_path_factory.mktemp("elsewhere")))
    assert elsewhere.shortened(LONG) != short
    assert elsewhere.whole(short) is None


def test_only_their_owner_can_read_them(links, tmp_path):
    links.shortened(LONG)
    folder = tmp_path / "links"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "own", ["", "../about", "0" * 31, "0" * 33, "0" * 32, "A" * 32, "0" * 31 + "\n", "key"]
)
def test_an_id_of_nothing_kept_is_none(links, own):
    links.shortened(LONG)
    assert links.whole({KEPT: own}) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff"])
def test_what_was_damaged_is_none(links, tmp_path, damage):
    short = links.shortened(LONG)
    (tmp_path / "links" / f"{short[KEPT]}.json").write_bytes(damage)
    assert links.whole(short) is None


def aged(folder, kept, days):
    then = time.time() - days * DAY
    os.utime(folder / "links" / f"{kept[KEPT]}.json", (then, then))


def test_it_goes_when_nobody_has_followed_it_for_long(links, tmp_path):
    followed, made_again, left = (links.shortened(LONG | {"x": x}) for x in "abc")
    for kept in (followed, made_again, left):
        aged(tmp_path, kept, 3.1)
    assert links.whole(followed) == LONG | {"x": "a"}  # a visit
    assert links.shortened(LONG | {"x": "b"}) == made_again  # as good as one
    links.tidy()
    assert links.whole(left) is None
    assert links.whole(followed)
    assert links.whole(made_again)
    assert links.used == sum(path.stat().st_size for path in (tmp_path / "links").glob("*.json"))


def test_what_is_written_by_hand_beside_the_id_wins(links):
    short = links.shortened(LONG)
    assert links.whole(short | {"x": "flagged"}) == LONG | {"x": "flagged"}


def test_without_room_the_address_says_all(tmp_path):
    links = ShortLinks(UploadStore(tmp_path), room=3_000)
    assert set(links.shortened(LONG)) == {"data", KEPT}
    assert links.shortened(LONG | {"x": "flagged"}) == LONG | {"x": "flagged"}
    assert len(files(tmp_path)) == 2
    huge = LONG | {"notes": "n" * MOST_BYTES}
    assert ShortLinks(UploadStore(tmp_path)).shortened(huge) == huge


def test_a_full_disk_leaves_no_piece_behind(links, tmp_path, monkeypatch):
    links.shortened(LONG)
    before = files(tmp_path)

    def full(held):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    other = LONG | {"x": "flagged"}
    assert links.shortened(other) == other
    assert files(tmp_path) == before


def test_a_key_that_was_cut_short_is_none(links, tmp_path):
    links.shortened(LONG)
    (tmp_path / "links" / "key").write_bytes(b"")
    assert links.shortened(LONG) == LONG


def test_what_a_server_left_unfinished_goes(links, tmp_path):
    links.shortened(LONG)
    left = tmp_path / "links" / "x.json.1a.new"
    left.write_bytes(b"{")
    links.tidy()
    assert left.exists()  # it may be on its way
    os.utime(left, (time.time() - 4_000,) * 2)
    links.tidy()
    assert not left.exists()


def test_where_the_folder_cannot_be_written_the_address_says_all(tmp_path):
    (tmp_path / "links").write_text("a file in its place")
    assert ShortLinks(UploadStore(tmp_path)).shortened(LONG) == LONG
