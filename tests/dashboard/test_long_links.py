"""What is too long for an address is kept under an id, and read back as it was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.long_links import KEPT, LONGEST, MOST_BYTES, LongLinks
from dashboard.shelf import Shelf

DAY = 86_400.0
LONG = {"data": "sha256:" + "1a" * 32, "notes": "n" * LONGEST, "x": "recall"}


@pytest.fixture
def links(tmp_path):
    return LongLinks(Shelf(tmp_path, keep_days=3))


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
    links = LongLinks(Shelf(tmp_path_factory.mktemp("shelf")))
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
    again = LongLinks(Shelf(tmp_path))
    assert again.whole(short) == LONG
    assert again.shortened(LONG) == short
    assert len(files(tmp_path)) == 2  # the key and one state
    elsewhere = LongLinks(Shelf(tmp_path_factory.mktemp("elsewhere")))
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


def test_it_goes_when_nobody_has_followed_it_for_long(links, tmp_path):
    short, other = links.shortened(LONG), links.shortened(LONG | {"x": "flagged"})
    for kept in (short, other):
        then = time.time() - 2.9 * DAY
        os.utime(tmp_path / "links" / f"{kept[KEPT]}.json", (then, then))
    links.tidy()
    assert links.whole(short) == LONG  # which is a visit
    then = time.time() - 3.1 * DAY
    os.utime(tmp_path / "links" / f"{other[KEPT]}.json", (then, then))
    links.tidy()
    assert links.whole(short) == LONG
    assert links.whole(other) is None


def test_without_room_the_address_says_all(tmp_path):
    links = LongLinks(Shelf(tmp_path, keep_bytes=1_000))
    assert links.shortened(LONG) == LONG
    assert files(tmp_path) == ["key"]
    huge = LONG | {"notes": "n" * MOST_BYTES}
    assert LongLinks(Shelf(tmp_path)).shortened(huge) == huge


def test_where_the_folder_cannot_be_written_the_address_says_all(tmp_path):
    (tmp_path / "links").write_text("a file in its place")
    assert LongLinks(Shelf(tmp_path)).shortened(LONG) == LONG


def test_servers_that_begin_at_once_have_one_key(tmp_path):
    code = (
        "import sys; from pathlib import Path; from dashboard.long_links import *; from dashboard.shelf "
        "import Shelf; print(LongLinks(Shelf(Path(sys.argv[1]))).shortened({'n': 'n' * 5000})[KEPT])"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in started}) == 1
    assert {process.returncode for process in started} == {0}
    assert len(files(tmp_path)) == 2
