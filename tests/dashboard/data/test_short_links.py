"""Tests that states too long for an address are stored by id and read back unchanged."""

from __future__ import annotations

import os
import stat
import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.data.short_links import LINK_ID, LONGEST, MOST_BYTES, ShortLinks
from dashboard.data.uploads.store import UploadStore
from tests.dashboard.uploaded import LONG_LINK

DAY = 86_400.0


@pytest.fixture
def links(tmp_path):
    return ShortLinks(UploadStore(tmp_path, keep_days=3))


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "links").glob("*"))


def test_a_short_state_stays_in_the_address(links, tmp_path):
    spare = LONGEST - len(urlencode({"notes": ""}))
    short = {"notes": "n" * spare}
    assert links.shortened(short) == short
    assert not (tmp_path / "links").exists()
    assert links.whole(short) == short
    assert set(links.shortened({"notes": "n" * (spare + 1)})) == {LINK_ID}


@given(
    query=st.dictionaries(
        st.sampled_from(["data", "notes", "names", "x"]), st.text(max_size=50), max_size=4
    )
)
def test_a_long_state_is_read_back(tmp_path_factory, query):
    links = ShortLinks(UploadStore(tmp_path_factory.mktemp("store")))
    query |= {"hide": "ö" * LONGEST}
    short = links.shortened(query)
    assert set(short) == {LINK_ID} | ({"data"} & set(query))
    assert len(short[LINK_ID]) * 4 == 128
    assert links.whole(short) == query
    assert links.shortened(dict(reversed(query.items()))) == short


def test_links_are_shared_by_servers_on_one_folder_only(links, tmp_path, tmp_path_factory):
    short = links.shortened(LONG_LINK)
    again = ShortLinks(UploadStore(tmp_path))
    assert again.whole(short) == LONG_LINK
    assert again.shortened(LONG_LINK) == short
    assert len(files(tmp_path)) == 2  # the key and one state
    elsewhere = ShortLinks(UploadStore(tmp_path_factory.mktemp("elsewhere")))
    assert elsewhere.shortened(LONG_LINK) != short
    assert elsewhere.whole(short) is None


def test_link_files_are_readable_by_their_owner_only(links, tmp_path):
    links.shortened(LONG_LINK)
    folder = tmp_path / "links"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "own", ["", "../about", "0" * 31, "0" * 33, "0" * 32, "A" * 32, "0" * 31 + "\n", "key"]
)
def test_an_unknown_id_gives_no_state(links, own):
    links.shortened(LONG_LINK)
    assert links.whole({LINK_ID: own}) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_file_gives_no_state(links, tmp_path, damage):
    short = links.shortened(LONG_LINK)
    (tmp_path / "links" / f"{short[LINK_ID]}.json").write_bytes(damage)
    assert links.whole(short) is None


def aged(folder, kept, days):
    then = time.time() - days * DAY
    os.utime(folder / "links" / f"{kept[LINK_ID]}.json", (then, then))


def test_a_link_expires_if_it_is_not_followed(links, tmp_path):
    followed, made_again, left = (links.shortened(LONG_LINK | {"x": x}) for x in "abc")
    for kept in (followed, made_again, left):
        aged(tmp_path, kept, 3.1)
    assert links.whole(followed) == LONG_LINK | {"x": "a"}  # a visit
    assert links.shortened(LONG_LINK | {"x": "b"}) == made_again  # counts as a visit
    links.tidy()
    assert links.whole(left) is None
    assert links.whole(followed)
    assert links.whole(made_again)
    assert links.used == sum(path.stat().st_size for path in (tmp_path / "links").glob("*.json"))


def test_parameters_next_to_the_id_win(links):
    short = links.shortened(LONG_LINK)
    assert links.whole(short | {"x": "flagged"}) == LONG_LINK | {"x": "flagged"}


def test_without_space_the_address_has_the_whole_state(tmp_path):
    links = ShortLinks(UploadStore(tmp_path), room=3_000)
    assert set(links.shortened(LONG_LINK)) == {"data", LINK_ID}
    assert links.shortened(LONG_LINK | {"x": "flagged"}) == LONG_LINK | {"x": "flagged"}
    assert len(files(tmp_path)) == 2
    huge = LONG_LINK | {"notes": "n" * MOST_BYTES}
    assert ShortLinks(UploadStore(tmp_path)).shortened(huge) == huge


def test_a_full_disk_leaves_no_partial_file(links, tmp_path, monkeypatch):
    links.shortened(LONG_LINK)
    before = files(tmp_path)

    def full(held):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    other = LONG_LINK | {"x": "flagged"}
    assert links.shortened(other) == other
    assert files(tmp_path) == before


def test_a_truncated_key_is_not_used(links, tmp_path):
    links.shortened(LONG_LINK)
    (tmp_path / "links" / "key").write_bytes(b"")
    assert links.shortened(LONG_LINK) == LONG_LINK


def test_unfinished_files_of_a_server_are_removed(links, tmp_path):
    links.shortened(LONG_LINK)
    left = tmp_path / "links" / "x.json.1a.new"
    left.write_bytes(b"{")
    links.tidy()
    assert left.exists()  # it may still be written
    os.utime(left, (time.time() - 4_000,) * 2)
    links.tidy()
    assert not left.exists()


def test_without_a_writable_folder_the_address_has_the_whole_state(tmp_path):
    (tmp_path / "links").write_text("a file in its place")
    assert ShortLinks(UploadStore(tmp_path)).shortened(LONG_LINK) == LONG_LINK
