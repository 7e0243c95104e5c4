"""Tests that a key is created once, and is readable by one user only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.data.installation_keys import kept_key
from tests.repository import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def test_it_is_made_once_for_this_user_alone(tmp_path: Path) -> None:
    place = tmp_path / "state" / "key"
    key = kept_key(place)
    assert (len(key), kept_key(place)) == (32, key)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert kept_key(tmp_path / "other") != key
    assert list(place.parent.iterdir()) == [place]


def test_of_servers_that_start_at_once_all_have_the_same(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from dashboard.data.installation_keys import kept_key; "
        "sys.stdin.read(); print(kept_key(Path(sys.argv[1])).hex())"
    )
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "key")], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    for server in servers:
        assert server.stdin is not None
        server.stdin.close()
    said = set()
    for server in servers:
        assert server.stdout is not None
        said.add(server.stdout.read())
        server.stdout.close()
        assert server.wait(60) == 0
    assert len(said) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("how", ["link", "dangling", "pipe", "open", "short", "long", "folder"])
def test_what_anybody_may_have_put_there_is_no_key(tmp_path: Path, how: str) -> None:
    place, elsewhere = tmp_path / "key", tmp_path / "elsewhere"
    elsewhere.write_bytes(bytes(32))
    elsewhere.chmod(0o600)
    if how == "link":
        place.symlink_to(elsewhere)
    elif how == "dangling":
        place.symlink_to(tmp_path / "nowhere")
    elif how == "pipe":
        os.mkfifo(place, 0o600)
    elif how == "folder":
        place.mkdir()
    else:
        place.write_bytes(bytes({"short": 31, "long": 33, "open": 32}[how]))
        place.chmod(0o644 if how == "open" else 0o600)
    with pytest.raises(OSError, match=r"key|link|symbolic|directory"):
        kept_key(place)
    assert not (tmp_path / "nowhere").exists()
