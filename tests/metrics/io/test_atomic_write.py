"""Tests that a file is replaced completely or not at all, without leftovers."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

from metrics.io.atomic_write import replacing
from tests.metrics.full_disk import fill_the_disk


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("keep", [False, True])
def test_after_an_error_the_old_file_is_unchanged(tmp_path, monkeypatch, before, keep):
    target = tmp_path / "a file"
    if before is not None:
        target.write_bytes(before)
    fill_the_disk(monkeypatch)
    with pytest.raises(OSError, match="no space"), replacing(target, keep=keep) as file:
        file.write(b"something new")
    assert (target.read_bytes() if target.exists() else None) == before
    assert list(tmp_path.iterdir()) == ([target] if before else [])


def test_the_old_file_is_read_until_the_new_one_is_complete(tmp_path):
    target = tmp_path / "a file"
    target.write_bytes(b"old")
    with replacing(target, durable=True) as file:
        file.write(b"ne")
        assert target.read_bytes() == b"old"
        file.write(b"w")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_first_writer_wins_if_an_existing_file_is_kept(tmp_path):
    target = tmp_path / "key"
    with replacing(target, keep=True) as second:
        second.write(b"second")
        with replacing(target, keep=True) as first:
            first.write(b"first")
    assert target.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("private", "mode"), [(False, 0o640), (True, 0o600)])
def test_permissions_follow_the_umask_unless_the_file_is_private(tmp_path, private, mode):
    code = (
        "import os, sys, pathlib; os.umask(0o027)\n"
        "from metrics.io.atomic_write import replacing\n"
        f"with replacing(pathlib.Path(sys.argv[1]), private={private}) as file: file.write(b'x')"
    )
    target = tmp_path / "a file"
    subprocess.run([sys.executable, "-c", code, str(target)], check=True)
    assert stat.S_IMODE(target.stat().st_mode) == mode
