"""Tests that a key is created once, and is readable by one user only."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.data.installation_keys import KEY_BYTES, read_or_create_key
from tests.repository import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def test_a_key_is_created_once_and_only_this_user_may_read_it(tmp_path: Path) -> None:
    place = tmp_path / "state" / "key"
    key = read_or_create_key(place)
    assert (len(key), read_or_create_key(place)) == (KEY_BYTES, key)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert read_or_create_key(tmp_path / "other") != key
    assert list(place.parent.iterdir()) == [place]


def test_servers_that_start_together_share_one_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; "
        "from dashboard.data.installation_keys import read_or_create_key; "
        "sys.stdin.read(); print(read_or_create_key(Path(sys.argv[1])).hex())"
    )
    # All servers start when one pipe is closed.
    wait, start = os.pipe()
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "key")], cwd=ROOT,
            stdin=wait, stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    os.close(wait)
    os.close(start)
    keys = {server.communicate(timeout=60)[0] for server in servers}
    assert [server.returncode for server in servers] == [0] * 4
    assert len(keys) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def link_to_a_key(place: Path) -> None:
    read_or_create_key(place.with_name("elsewhere"))
    place.symlink_to("elsewhere")


def file_of(size: int, place: Path, mode: int = 0o600) -> None:
    place.write_bytes(bytes(size))
    place.chmod(mode)


IS_A_LINK = rf"^\[Errno {errno.ELOOP}\]"
IS_NO_FILE = rf"^\[Errno {errno.EINVAL}\] not a regular file"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(link_to_a_key, IS_A_LINK, id="link"),
        pytest.param(lambda place: place.symlink_to("nowhere"), IS_A_LINK, id="dangling link"),
        pytest.param(lambda place: os.mkfifo(place, 0o600), IS_NO_FILE, id="pipe"),
        pytest.param(Path.mkdir, IS_NO_FILE, id="folder"),
        pytest.param(
            lambda place: file_of(KEY_BYTES, place, 0o644),
            "^a key must be a file that only this user may read",
            id="readable by others",
        ),
        pytest.param(lambda place: file_of(0, place), "must have 32 bytes.*got 0$", id="empty"),
        pytest.param(lambda place: file_of(31, place), "must have 32 bytes.*got 31$", id="short"),
        pytest.param(lambda place: file_of(33, place), "must have 32 bytes.*got 33$", id="long"),
    ],
)
def test_a_key_is_a_private_file_of_32_bytes(tmp_path: Path, make, message: str) -> None:
    make(tmp_path / "key")
    with pytest.raises(OSError, match=message):
        read_or_create_key(tmp_path / "key")
    assert not (tmp_path / "nowhere").exists()
