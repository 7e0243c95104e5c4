"""Tests of attacks from inside the process that reads an upload, as if a file had taken it over."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.data.uploads import confinement
from dashboard.data.uploads.confinement import Confinement, read_confinement, supported_confinement
from dashboard.data.uploads.job import UploadJob
from tests.repository import ROOT

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="calls of Linux")
RUN = """
import json, sys
from pathlib import Path
from dashboard.data.uploads.job import UploadJob
upload_job = UploadJob([Path(sys.argv[1])], {}, Path(sys.argv[2]))
result = upload_job.wait()
from dataclasses import asdict
print(json.dumps([result, asdict(upload_job.confined)]))
"""
# Appended to the module of `open_scores` in a copy of the packages, so that it runs where an exploit would.
TAKEN_OVER = """

def open_scores(files, **options):
    import ctypes, errno, fcntl, json, os, resource, signal, socket, subprocess, sys, threading
    from pathlib import Path
    from metrics.errors import ScoreError

    own, victim = Path(os.environ["TMPDIR"]), Path(VICTIM)
    server, libc = os.getppid(), ctypes.CDLL(None, use_errno=True)

    def call(number, *given):
        if libc.syscall(number, *given) < 0:
            raise OSError(ctypes.get_errno(), "")

    def rename():
        (own / "mine").write_text("x")
        os.rename(own / "mine", victim / "register")

    def thread():
        done = []
        started = threading.Thread(target=lambda: done.append(1))
        started.start()
        started.join()
        assert done

    def own_file():
        with (own / "fresh").open("wb") as file:
            file.write(b"rows")
        os.replace(own / "fresh", own / "renamed")
        assert (own / "renamed").read_bytes() == b"rows"
        (own / "renamed").unlink()

    def signals_by_file():
        read, write = os.pipe()
        fcntl.fcntl(read, fcntl.F_SETOWN, server)

    def watch_the_library():
        watch = libc.inotify_init1(0)
        if watch < 0 or libc.inotify_add_watch(watch, str(victim).encode(), 0xFFF) < 0:
            raise OSError(ctypes.get_errno(), "")

    def hold_a_library():
        with open(json.__file__, "rb") as file:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)

    def notice_a_library():
        folder = os.open(Path(json.__file__).parent, os.O_RDONLY)
        fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS)

    def mode_of_a_library():
        with open(json.__file__, "rb") as file:
            os.fchmod(file.fileno(), os.fstat(file.fileno()).st_mode)

    def renice():
        os.setpriority(os.PRIO_PROCESS, server, 19)

    def more_memory():
        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY,) * 2)

    tries = {
        "own file": own_file,
        "own thread": thread,
        "what was given": lambda: Path(files[0]).read_bytes(),
        "read the register": lambda: (victim / "register").read_bytes(),
        "read an upload": lambda: (victim / "upload" / "scores.parquet").read_bytes(),
        "list the library": lambda: os.listdir(victim),
        "list the folder of what was given": lambda: os.listdir(Path(files[0]).parent),
        "read passwords": lambda: Path("/etc/passwd").read_bytes(),
        "read the checkout": lambda: (Path(CHECKOUT) / "pyproject.toml").read_bytes(),
        "read the server's environment": lambda: Path(f"/proc/{server}/environ").read_bytes(),
        "read the server's memory": lambda: open(f"/proc/{server}/mem", "rb"),
        "write the register": lambda: (victim / "register").open("r+b"),
        "write beside it": lambda: (victim / "new").write_text("x"),
        "write into temporary files": lambda: Path("/tmp/common-ground-taken-over").write_text("x"),
        "write what is compiled": lambda: (Path(__file__).parent / "x.nbi").write_text("x"),
        "make a folder": lambda: (victim / "folder").mkdir(),
        "truncate the register": lambda: os.truncate(victim / "register", 0),
        "delete the register": lambda: (victim / "register").unlink(),
        "delete a folder": lambda: (victim / "empty").rmdir(),
        "rename the register": lambda: os.rename(victim / "register", victim / "gone"),
        "take the register": lambda: os.rename(victim / "register", own / "register"),
        "replace the register": rename,
        "link the register": lambda: os.link(victim / "register", own / "register"),
        "make a symbolic link": lambda: os.symlink(victim / "register", own / "link"),
        "make a pipe": lambda: os.mkfifo(own / "pipe"),
        "change a mode": lambda: os.chmod(victim / "register", 0o777),
        "change its folder's mode": lambda: os.chmod(victim, 0o777),
        "change a library's mode": mode_of_a_library,
        "change an owner": lambda: os.chown(victim / "register", 1, 1),
        "change a time": lambda: os.utime(victim / "register", (0, 0)),
        "change an attribute": lambda: os.setxattr(victim / "register", "user.x", b"x"),
        "ask for a signal": lambda: os.kill(server, 0),
        "end the server": lambda: os.kill(server, signal.SIGTERM),
        "signal every process": lambda: os.kill(-1, 0),
        "signal its thread": lambda: call(TGKILL, server, server, 0),
        "hold the server": lambda: os.pidfd_open(server),
        "signal by a file": signals_by_file,
        "watch the library": watch_the_library,
        "hold a library": hold_a_library,
        "notice who reads a library": notice_a_library,
        "trace the server": lambda: call(PTRACE, 16, server, 0, 0),
        "slow the server": renice,
        "pin the server": lambda: os.sched_setaffinity(server, {0}),
        "limit the server": lambda: resource.prlimit(server, resource.RLIMIT_NOFILE, (3, 3)),
        "lift its own limit": more_memory,
        "reach the network": lambda: socket.create_connection(("127.0.0.1", 22), 1),
        "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "open a local socket": lambda: socket.socket(socket.AF_UNIX),
        "open two ends": lambda: socket.socketpair(),
        "queue calls past the filter": lambda: call(425, 1, ctypes.create_string_buffer(120)),
        "fork": lambda: os.fork() or os._exit(0),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "become a program": lambda: os.execv("/bin/true", ["true"]),
        "leave by a namespace": lambda: os.unshare(os.CLONE_NEWNS),
        "open a terminal": lambda: open("/dev/tty", "r+b", buffering=0),
    }
    said = {}
    for name, attack in tries.items():
        try:
            attack()
            said[name] = "done"
        except (OSError, ValueError, RuntimeError) as error:
            said[name] = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
    raise ScoreError("E_FORMAT", json.dumps(said))
"""
ALLOWED = ("own file", "own thread", "what was given")
NAMES = [
    line.split('"')[1]
    for line in TAKEN_OVER.partition("tries = {")[2].partition("\n    }")[0].splitlines()
    if line.startswith('        "')
]
CALLS = {"x86_64": (234, 101), "aarch64": (131, 117)}


@pytest.fixture(scope="module")
def victim(tmp_path_factory) -> Path:
    """Library as a server stores it."""
    folder: Path = tmp_path_factory.mktemp("library")
    (folder / "register").write_bytes(b"decisions")
    (folder / "register").chmod(0o600)
    (folder / "upload").mkdir()
    (folder / "empty").mkdir()
    (folder / "upload" / "scores.parquet").write_bytes(b"another's rows")
    return folder


@pytest.fixture(scope="module")
def taken_over(victim: Path, tmp_path_factory) -> tuple[dict[str, str], Confinement]:
    """Result of each attack, run inside the real process."""
    if supported_confinement().missing:
        pytest.skip(f"this machine does not allow {', '.join(supported_confinement().missing)}")
    folder = tmp_path_factory.mktemp("copy")
    site = folder / "site-packages"
    for package in ("metrics", "dashboard"):
        shutil.copytree(
            ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    tgkill, ptrace = CALLS.get(os.uname().machine, (0, 0))
    constants = {"VICTIM": str(victim), "CHECKOUT": str(ROOT), "TGKILL": tgkill, "PTRACE": ptrace}
    with (site / "metrics" / "io" / "open.py").open("a") as file:
        file.write("".join(f"\n{name} = {value!r}" for name, value in constants.items()))
        file.write(TAKEN_OVER)
    given, out = folder / "given", folder / "out"
    given.mkdir()
    out.mkdir()
    (given / "s.csv").write_text("id,label,a\nu,1,0.5\nv,0,0.25\n")
    program = f"import sys; sys.path.insert(0, {str(site)!r})" + RUN
    done = subprocess.run(
        [sys.executable, "-c", program, str(given / "s.csv"), str(out / "rows.parquet")],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result, confined = json.loads(done.stdout)
    [problem] = result["problems"]
    assert problem["code"] == "E_FORMAT", problem
    return json.loads(problem["message"]), read_confinement(confined)


@linux
@pytest.mark.parametrize("name", NAMES)
def test_a_hijacked_process_can_only_do_its_work(taken_over, name: str) -> None:
    said, confined = taken_over
    assert confined == supported_confinement()
    if name in ALLOWED:
        assert said[name] == "done"
    else:
        assert said[name] in ("EPERM", "EACCES", "ENOSYS", "ENXIO", "ValueError", "EXDEV"), said[
            name
        ]


@linux
def test_a_hijacked_process_leaves_the_library_unchanged(taken_over, victim: Path) -> None:
    assert (victim / "register").read_bytes() == b"decisions"
    assert (victim / "register").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in victim.iterdir()) == ["empty", "register", "upload"]
    assert not Path("/tmp/common-ground-taken-over").exists()


@linux
def test_confinement_applies_everything_that_the_machine_supports(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,label,a\nu,1,0.5\nv,0,0.25\n")
    (tmp_path / "out").mkdir()
    for out in (tmp_path / "out" / "rows.parquet", None):
        upload_job = UploadJob([tmp_path / "s.csv"], {}, out)
        assert upload_job.wait()["ok"]
        assert upload_job.confined == supported_confinement()
    assert supported_confinement().niceness
    assert supported_confinement().parent


ORPHAN = """
import sys, time
from pathlib import Path
from dashboard.data.uploads.job import UploadJob
upload_job = UploadJob([Path(sys.argv[1])], {}, Path(sys.argv[2]))
while not upload_job.rows:
    time.sleep(0.01)
print(upload_job.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow  # a server of its own for one test
@linux
def test_a_killed_server_leaves_no_reading_process(tmp_path: Path) -> None:
    rows = "".join(f"u{k},{k % 2},0.{k % 97:02d}\n" for k in range(2_000_000))
    (tmp_path / "s.csv").write_text("id,label,a\n" + rows)
    (tmp_path / "out").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(tmp_path / "s.csv"), str(tmp_path / "out" / "rows.parquet")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        child = int(server.stdout.readline())
        held = os.pidfd_open(child)
        server.kill()
        server.wait()
    import select

    ended, _, _ = select.select([held], [], [], 60)
    os.close(held)
    assert ended
    assert not (tmp_path / "out" / "rows.parquet").exists()


def test_missing_protections_are_named() -> None:
    assert Confinement().missing == (
        "privileges", "capabilities", "files", "network", "calls", "niceness", "parent",
    )  # fmt: skip
    assert read_confinement({"files": True, "network": "yes", "other": 1}) == Confinement(
        files=True
    )


def test_a_machine_without_any_protection_is_reported(monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert supported_confinement.__wrapped__() == Confinement()


@pytest.mark.parametrize("has", [Confinement(), Confinement(*[True] * 7)])
def test_the_log_names_missing_protections_and_is_empty_otherwise(monkeypatch, caplog, has) -> None:
    monkeypatch.setattr(confinement, "supported_confinement", lambda: has)
    confinement.log_missing()
    if has.missing:
        [said] = caplog.messages
        assert "without giving up new privileges, giving up what root may do, keeping to" in said
    else:
        assert caplog.messages == []
