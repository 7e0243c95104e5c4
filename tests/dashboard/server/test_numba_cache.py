"""Tests that compiled code is in a private folder, and that the app works without a writable home."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.data.file_access import is_private
from dashboard.server.numba_cache import CACHE_VARIABLE, private_folder, set_numba_cache
from tests.dashboard.server.talk import PROGRAM, as_nobody, ask, folder_of_nobody, host, session
from tests.repository import ROOT
from tests.running import clean_environment, running_app
from tests.small_disk import small_disk


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Separate folders for the cache and for temporary files; no folder in memory."""
    monkeypatch.setattr("dashboard.server.numba_cache.MEMORY", str(tmp_path / "memory"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return tmp_path


def test_compiled_code_is_in_a_private_folder(folders):
    folder = private_folder()
    assert folder == folders / "cache" / "common-ground" / "compiled"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_writable_by_others_or_linked_is_not_used(folders):
    folder = private_folder()
    folder.chmod(0o777)
    second = private_folder()
    assert second.parent == folders / "temporary"
    assert private_folder() == second  # the next start uses the code compiled by this one
    shutil.rmtree(second)
    (folders / "theirs").mkdir(mode=0o700)
    second.symlink_to(folders / "theirs")
    third = private_folder()
    assert third.parent == folders / "temporary"
    assert third != second
    assert is_private(third.lstat())


def test_without_a_writable_home_the_folder_is_temporary(folders, monkeypatch):
    (folders / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders / "file"))
    assert private_folder().parent == folders / "temporary"


def test_a_folder_without_space_is_not_used(folders, monkeypatch):
    (folders / "memory").mkdir()
    full: list[Path] = []
    usage = shutil.disk_usage

    def free(folder):
        is_full = any(Path(folder).is_relative_to(place) for place in full)
        return usage(folder)._replace(free=0) if is_full else usage(folder)

    monkeypatch.setattr("shutil.disk_usage", free)
    for place, parent in (("cache", "temporary"), ("temporary", "memory")):
        full.append(folders / place)
        assert private_folder().parent == folders / parent


COMPILES = """
import os, sys
os.umask(int(sys.argv[1], 8))
from dashboard.server.numba_cache import CACHE_VARIABLE, set_numba_cache
set_numba_cache()
sys.path.insert(0, sys.argv[2])
import compiled
assert compiled.double(2) == 4
for folder, _, files in os.walk(os.environ[CACHE_VARIABLE]):
    for file in files:
        print(oct(os.stat(os.path.join(folder, file)).st_mode & 0o777))
"""


def modes_of_what_is_compiled(folder: Path, home: Path, umask: str) -> set[str]:
    code = "import numba\n\n@numba.njit(cache=True)\ndef double(x):\n    return 2 * x\n"
    (folder / "compiled.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", COMPILES, umask, str(folder)],
        env=clean_environment(XDG_CACHE_HOME=str(home), TMPDIR=str(folder), NUMBA_CACHE_DIR=""),
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_function_is_compiled_though_the_disk_is_full(tmp_path):
    with small_disk(tmp_path, "4k") as home:
        if home is None:
            pytest.skip("no file system may be mounted here")
        assert modes_of_what_is_compiled(tmp_path, home, "022") == {"0o644"}


@pytest.mark.parametrize(("umask", "mode"), [("000", "0o644"), ("002", "0o664")])
def test_compiled_files_are_not_writable_by_others(tmp_path, umask, mode):
    assert modes_of_what_is_compiled(tmp_path, tmp_path, umask) == {mode}


def test_the_operators_folder_is_used(monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "/somewhere")
    set_numba_cache()
    assert os.environ[CACHE_VARIABLE] == "/somewhere"


@pytest.mark.slow  # the place of the cache is tested in every run
@pytest.mark.parametrize(
    "who",
    ["a home that is read-only", "a home that is read-only, nothing compiled", "another user"],
)
def test_every_page_works_for_a_user_who_can_write_nothing_at_home(tmp_path, who):
    other = who == "another user"
    first = as_nobody() if other else ()
    home, started = tmp_path / "home", tmp_path / "started"
    for folder in (home, started):
        folder.mkdir(mode=0o700)  # another user may not even list this folder
    if not other:
        (home / ".cache").touch()  # also if the user is root
        (home / ".local").touch()
    if who == "a home that is read-only":  # code compiled by an earlier start is used
        shutil.copytree(
            os.environ[CACHE_VARIABLE], tmp_path / f"common-ground-compiled-{os.geteuid()}"
        )
    with folder_of_nobody() if other else nullcontext(tmp_path) as temporary:
        _is_drawn_and_said(started, home, temporary, first)


def _is_drawn_and_said(started: Path, home: Path, temporary: Path, first: Sequence[str]) -> None:
    env = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        **dict.fromkeys(("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", CACHE_VARIABLE), ""),
    }
    command = [*first, PROGRAM, "open", "--port", "{port}"]
    with running_app(command, cwd=started, env=env) as url:
        said = text_by_kind(url)
        alive, ready = (ask(url, path, host(url)) for path in ("/healthz", "/readyz"))
        assert "exception" not in said
        assert not any("went wrong" in text or "cannot be" in text for text in said.values())
        assert alive.status == 200
        assert ready.status == 503
        assert ready.body.decode().splitlines() == [
            "The library of uploads cannot be written.",
            "The register of decisions cannot be read or written.",
        ]


def text_by_kind(url: str) -> dict[str, str]:
    """Elements drawn by the first run of the first page: the last text of each kind."""
    found: dict[str, str] = {}
    end = time.monotonic() + 200
    with session(url) as (line, _):
        while True:
            message = ForwardMsg()
            message.ParseFromString(bytes(line.recv(max(end - time.monotonic(), 0))))  # type: ignore[arg-type]
            if message.WhichOneof("type") == "script_finished":
                return found
            element = message.delta.new_element
            if kind := element.WhichOneof("type"):
                found[kind] = str(getattr(element, kind))[:2000]


def test_the_command_line_sets_the_folder_before_numba_is_loaded() -> None:
    code = "import dashboard.cli.main, sys; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
