"""Confinement of a process that reads untrusted bytes, and the parts of it that this system supports.

On Linux the process gives up privileges and capabilities, the network, and other processes. It can only read
the files it needs, and only write to its own folder. On other systems only resource limits and niceness
apply, and the server says so.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import cache, partial
from pathlib import Path

from dashboard.data.uploads import landlock, linux_calls, seccomp

ROOT = Path(__file__).resolve().parents[3]
NICE = 10
"""Niceness of the process, so that the server has priority."""
STUCK, STUCK_SHARE = 60.0, 1e-4
"""Seconds after which a process counts as stuck, if its CPU time was below this share of them."""
_SHARED = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu",
)  # fmt: skip
"""Folders of shared libraries, and files of the system that Python and numpy read."""


@dataclass(frozen=True)
class Confinement:
    """Confinement of a process: True for each privilege that it has given up.

    Attributes
    ----------
    privileges : bool
        True if running another program gains no privileges.
    capabilities : bool
        True if the process has none of root's capabilities.
    files : bool
        Landlock: True if the process reads only libraries and the upload, and writes only to its own folder.
    network : bool
        True if the process has no network: its own namespace, or no call that opens a connection.
    calls : bool
        Seccomp: True if the process cannot start or signal other processes. It also cannot change mode, owner
        or time of a file, or watch a file.
    niceness : bool
        True if the server has priority.
    parent : bool
        True if the process ends with the server.
    """

    privileges: bool = False
    capabilities: bool = False
    files: bool = False
    network: bool = False
    calls: bool = False
    niceness: bool = False
    parent: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the attributes that this system does not support."""
        return tuple(field.name for field in fields(self) if not getattr(self, field.name))


def confine(*, read: Iterable[Path], write: Path | None, parent: int) -> Confinement:
    """Give up all privileges that this system lets a process give up; call this while it has one thread.

    Parameters
    ----------
    read : iterable of path
        Files and folders that the process must read, besides Python and its libraries.
    write : path or None
        The only folder that the process writes to.
    parent : int
        Process id of the server. This process ends with the server.
    """
    niceness = _succeeds(lambda: os.nice(NICE))
    if not sys.platform.startswith("linux"):
        return Confinement(niceness=niceness)
    privileges = _succeeds(linux_calls.refuse_privileges)
    ends_with_parent = _succeeds(partial(linux_calls.end_with, parent))
    has_no_network = _succeeds(linux_calls.leave_network)
    files = privileges and _succeeds(partial(landlock.allow_files, (*read, *_libraries()), write))
    capabilities = _succeeds(linux_calls.drop_capabilities)
    calls = privileges and _succeeds(seccomp.filter_calls)
    return Confinement(
        privileges, capabilities, files, has_no_network or calls, calls, niceness, ends_with_parent
    )


def limit_self(limits: dict[str, int]) -> None:
    """Limit memory, CPU time, file size and open files of this process; allow no core file."""
    import resource  # not available on Windows

    for name, value in (limits | {"RLIMIT_CORE": 0}).items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            # Only Linux has all limits. Other systems set those that they have.
            if sys.platform == "linux":
                raise


def notice_standstill() -> None:
    """Raise MemoryError if the process uses almost no CPU time for `STUCK` seconds.

    A thread that finds no memory at its start disappears, and the thread that started it waits forever
    (https://github.com/python/cpython/issues/140746).
    """
    before = 0.0

    def check(*_: object) -> None:
        nonlocal before
        used = time.process_time()
        if used - before < STUCK * STUCK_SHARE:
            raise MemoryError
        before = used

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, STUCK, STUCK)


def clean_environment() -> dict[str, str]:
    """Environment of a confined process; of the server's variables it has only the path of libraries."""
    inherited = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return inherited | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


@cache
def supported_confinement() -> Confinement:
    """Confinement that this system supports, tried once in a separate process."""
    command = [sys.executable, "-P", "-m", "dashboard.data.uploads.confinement"]
    with suppress(OSError, subprocess.SubprocessError, ValueError, TypeError):
        done = subprocess.run(
            command, input=str(os.getpid()).encode(), capture_output=True, check=True,
            env=clean_environment(),
            timeout=60, cwd=ROOT,
        )  # fmt: skip
        return read_confinement(json.loads(done.stdout))
    return Confinement()


_PART_WORDS = {
    "privileges": "giving up new privileges",
    "capabilities": "giving up what root may do",
    "files": "keeping to its own files (Landlock)",
    "network": "having no network",
    "calls": "leaving other processes and other files' modes alone (seccomp)",
    "niceness": "going last for the processor",
    "parent": "ending with the server",
}


def log_missing() -> None:
    """Log a warning that names the parts of the confinement that this system does not support."""
    if missing := supported_confinement().missing:
        words = ", ".join(_PART_WORDS[name] for name in missing)
        logging.getLogger(__name__).warning(
            f"Uploads are read by a process of its own, here without {words}. Take uploads only from people "
            "whom you would let run programs as this user, or run the server on Linux 6.2 or newer."
        )


def read_confinement(reported: Mapping[str, object]) -> Confinement:
    """Read the confinement that another process reports."""
    return Confinement(
        **{field.name: reported.get(field.name) is True for field in fields(Confinement)}
    )


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except (OSError, AttributeError, ValueError):
        return False
    return True


def _libraries() -> list[Path]:
    """Folders of Python and its libraries, without folders of the user's own files."""
    named = [*sysconfig.get_paths().values(), *sys.path]
    named += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    places = {Path(name).resolve() for name in named if name}
    # A checkout is left out, because it may hold any other files.
    places = {place for place in places if not (place / "pyproject.toml").exists()}
    places.discard(Path("/"))
    code = [ROOT / "metrics", ROOT / "dashboard", Path(sys.base_prefix, "lib")]
    return [*places, *code, *map(Path, _SHARED)]


if __name__ == "__main__":
    tried = confine(read=(), write=None, parent=int(sys.stdin.read()))
    sys.stdout.write(json.dumps(asdict(tried)))
