"""Tests that the folder of a private server is removed after any kind of end, but not while it runs."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.data import folder_locks, private_folder
from dashboard.data.folder_locks import is_still_there, is_unlocked, lock_folder
from dashboard.data.private_folder import PrivateFolder, sweep
from tests.repository import ROOT
from tests.running import free_port

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks and signals of POSIX")
PATIENCE = 120.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def restore_signals() -> None:
    """Restore signals that may be ignored, as under nohup or in a background shell."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def run_server(tmp: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Real server with its temporary files in `tmp`; killed at the end."""
    port = str(free_port())
    command = [sys.executable, "-m", "dashboard.cli.main", "open", *options, "--port", port]
    environment = os.environ | {
        "TMPDIR": str(tmp), "STREAMLIT_SERVER_HEADLESS": "true", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, preexec_fn=restore_signals,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


KILLED = """
import os, signal
from dashboard.data.private_folder import PrivateFolder
own = PrivateFolder()
os.kill(os.getpid(), signal.SIGKILL)
"""


def folders(tmp: Path) -> set[Path]:
    return set(tmp.glob("common-ground*/server-*"))


def await_folder(tmp: Path, known: set[Path], process: subprocess.Popen[bytes]) -> Path:
    """Wait until a server has created its folder."""
    end = time.monotonic() + PATIENCE
    while not (fresh := {place for place in folders(tmp) - known if not is_free(place)}):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    [place] = fresh
    return place


def is_free(place: Path) -> bool:
    try:
        return is_unlocked(place)
    except OSError:
        return True


@pytest.mark.parametrize(
    "number", [SIGNALS[0], *(pytest.param(n, marks=pytest.mark.slow) for n in SIGNALS[1:])]
)
def test_a_server_that_ends_leaves_no_rows(tmp_path: Path, number: int) -> None:
    with run_server(tmp_path, "--private") as process:
        place = await_folder(tmp_path, set(), process)
        (place / "scores.parquet").write_bytes(b"rows")
        process.send_signal(number)
        process.wait(PATIENCE)
        assert not place.exists()
        # The exit code is that of the signal, or Python's after Control-C.
        codes = (-number, 1 if number == signal.SIGINT else -number, 130)
        assert process.returncode in codes, process.communicate()[0].decode()


@pytest.mark.slow  # a server that ends by itself is tested in every run
def test_the_next_start_removes_only_folders_of_dead_servers(tmp_path: Path) -> None:
    with run_server(tmp_path, "--private") as one:
        left = await_folder(tmp_path, set(), one)
        alive = PrivateFolder(left.parent)  # this process stands for a running server
        for place in (left, alive.path):
            (place / "scores.parquet").write_bytes(b"rows")
        one.kill()
        one.wait(PATIENCE)
    with run_server(tmp_path, "--private") as two:
        await_folder(tmp_path, {left, alive.path}, two)
        assert not left.exists()
        assert (alive.path / "scores.parquet").read_bytes() == b"rows"
    alive.remove()


@pytest.mark.slow  # needs a new server; a private server is tested in every run
def test_a_public_server_also_removes_folders_of_dead_servers(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}, check=False
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    [place] = folders(tmp_path)
    with run_server(tmp_path, "--library", str(tmp_path / "library")) as process:
        end = time.monotonic() + PATIENCE
        while place.exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)


def test_the_folder_is_private_and_removed_with_its_object(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path / "parent")
    for place in (folder.path, folder.path.parent):
        assert stat.S_IMODE(place.lstat().st_mode) == 0o700
    assert not is_unlocked(folder.path)
    (folder.path / "rows").write_bytes(b"rows")
    folder.remove()
    assert not folder.path.exists()
    folder.remove()


@pytest.mark.parametrize("how", ["link", "open to others", "file", "another's"])
def test_a_parent_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch, how: str) -> None:
    parent, elsewhere = tmp_path / "parent", tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    held = elsewhere / "server-theirs"
    held.mkdir()
    if how == "link":
        parent.symlink_to(elsewhere)
    elif how == "file":
        parent.write_bytes(b"")
        parent.chmod(0o600)
    else:
        parent.mkdir(mode=0o700)
        (parent / "server-theirs").mkdir()
    if how == "open to others":
        parent.chmod(0o770)
    if how == "another's":
        monkeypatch.setattr(os, "geteuid", lambda: parent.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="TMPDIR"):
        PrivateFolder(parent)
    sweep(parent)
    assert held.exists()
    assert how in ("link", "file") or (parent / "server-theirs").exists()


def test_a_sweep_follows_no_link(tmp_path: Path) -> None:
    parent, mine = tmp_path / "parent", tmp_path / "mine"
    parent.mkdir(mode=0o700)
    mine.mkdir()
    (mine / "notes").write_text("mine")
    (parent / "server-link").symlink_to(mine)
    left = parent / "server-left"
    left.mkdir()
    (left / "out").symlink_to(mine)
    (parent / "server-file").write_text("no folder")
    (parent / "other").mkdir()
    os.mkfifo(parent / "server-pipe")
    sweep(parent)
    assert (mine / "notes").read_text() == "mine"
    assert not left.exists()
    assert (parent / "other").exists()


def test_a_folder_removed_before_it_was_locked_is_created_again(
    tmp_path: Path, monkeypatch
) -> None:
    """A sweep may come between creating and locking a folder, and may hold the lock itself."""
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o700)
    made: list[Path] = []
    others: list[int | None] = []

    def lock_after_a_sweep(place: Path) -> int | None:
        made.append(place)
        if len(made) == 1:
            place.rmdir()
        elif len(made) == 2:
            others.append(lock_folder(place))
        elif len(made) == 3:
            held = lock_folder(place)
            place.rmdir()
            place.mkdir()
            return held
        return lock_folder(place)

    monkeypatch.setattr(private_folder, "sweep", lambda parent: None)
    monkeypatch.setattr(folder_locks, "lock_folder", lock_after_a_sweep)
    folder = PrivateFolder(parent)
    assert folder.path == made[3]
    assert folder.path.is_dir()
    assert others[0] is not None
    os.close(others[0])


def test_creating_and_sweeping_at_once_removes_no_locked_folder(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.mkdir(mode=0o700)
    stop = threading.Event()

    def sweep_until_stopped() -> None:
        while not stop.is_set():
            sweep(parent)

    sweepers = [threading.Thread(target=sweep_until_stopped) for _ in range(3)]
    for sweeper in sweepers:
        sweeper.start()
    try:
        for _ in range(200):
            folder = PrivateFolder(parent)
            (folder.path / "rows").write_bytes(b"rows")
            assert (folder.path / "rows").read_bytes() == b"rows"
            folder.remove()
    finally:
        stop.set()
        for sweeper in sweepers:
            sweeper.join()


def test_a_locked_folder_is_distinguished_from_its_replacement(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    held = lock_folder(place)
    assert held is not None
    assert is_still_there(place, held)
    assert lock_folder(place) is None
    place.rename(tmp_path / "away")
    assert not is_still_there(place, held)
    place.mkdir()
    assert not is_still_there(place, held)
    os.close(held)
    assert is_unlocked(tmp_path / "away")
