"""Confinement of a process that reads untrusted bytes, and the parts of it that this system supports.

On Linux the process gives up privileges and capabilities, the network, and other processes. It can only read
the files it needs, and only write to its own folder. Python has no maintained binding for these system calls,
so they are made by number. On other systems only resource limits and niceness apply, and the server says so.
"""

from __future__ import annotations

import ctypes
import functools
import json
import logging
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NICE = 10
"""Niceness of the process, so that the server has priority."""
STUCK = 60.0
"""Seconds without CPU time after which a process counts as stuck."""


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


def confine(*, read: Iterable[Path], write: Path | None, parent: int | None = None) -> Confinement:
    """Give up all privileges that this system lets a process give up; call this while it has one thread.

    Parameters
    ----------
    read : iterable of path
        Files and folders that the process must read, besides Python and its libraries.
    write : path or None
        The only folder that the process writes to.
    parent : int, optional
        Process id of the server. This process ends with the server.
    """
    niceness = _succeeds(lambda: os.nice(NICE))
    if not sys.platform.startswith("linux"):
        return Confinement(niceness=niceness)
    privileges = _succeeds(lambda: _prctl(_NO_NEW_PRIVS, 1))
    ends_with_parent = parent is not None and _succeeds(functools.partial(_end_with, parent))
    has_no_network = _succeeds(_leave_network)
    files = privileges and _succeeds(functools.partial(_landlock, tuple(read), write))
    capabilities = _succeeds(_drop_capabilities)
    calls = privileges and _succeeds(_filter_calls)
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
    """Raise MemoryError if the process uses no CPU time for `STUCK` seconds.

    A thread that finds no memory at its start disappears, and the thread that started it waits forever
    (https://github.com/python/cpython/issues/140746).
    """
    before = 0.0

    def check(*_: object) -> None:
        nonlocal before
        used = time.process_time()
        if used - before < STUCK / 10_000:
            raise MemoryError
        before = used

    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, STUCK, STUCK)


def clean_environment() -> dict[str, str]:
    """Environment of a confined process; of the server's variables it has only the path of libraries."""
    inherited = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return inherited | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


@functools.cache
def available() -> Confinement:
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


_WORDS = {
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
    if missing := available().missing:
        words = ", ".join(_WORDS[name] for name in missing)
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


# The numbers below are the kernel's. They come from include/uapi/linux/{prctl,sched,landlock,seccomp,filter,
# audit}.h and from the tables of system calls of each machine.

_PDEATHSIG, _CAPBSET_DROP, _NO_NEW_PRIVS, _CAP_AMBIENT, _CAP_AMBIENT_CLEAR = 1, 24, 38, 47, 4
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITY_VERSION_3 = 0x20080522


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    c_arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    call = _libc().syscall
    call.restype = ctypes.c_long
    return _checked(call(ctypes.c_long(number), *c_arguments))


def _prctl(option: int, *arguments: int) -> int:
    c_arguments = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc().prctl(ctypes.c_int(option), *c_arguments))


def _end_with(parent: int) -> None:
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the server ended before the call took effect
        os._exit(1)


def _leave_network() -> None:
    """Move to an empty network namespace; without user namespaces, only root can."""
    try:
        _checked(_libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC))
    except OSError:
        _checked(_libc().unshare(_CLONE_NEWNET | _CLONE_NEWIPC))


def _drop_capabilities() -> None:
    with suppress(OSError):  # fails on old kernels, and if there are none to drop
        _prctl(_CAP_AMBIENT, _CAP_AMBIENT_CLEAR)
    for capability in range(64):
        with suppress(OSError):  # fails past the last capability
            _prctl(_CAPBSET_DROP, capability)
    header = ctypes.create_string_buffer(
        _CAPABILITY_VERSION_3.to_bytes(4, sys.byteorder) + bytes(4), 8
    )
    _checked(_libc().capset(header, ctypes.create_string_buffer(24)))


# Landlock.

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << k for k in range(6))
_MAKE_REG, _TRUNCATE = 1 << 8, 1 << 14
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Number of rights over files by version of Landlock; later versions use the last."""


def _landlock(read: Sequence[Path], write: Path | None) -> None:
    version = _call(_CREATE_RULESET, None, 0, _VERSION)
    rights = (1 << _RIGHTS_BY_VERSION.get(version, 16)) - 1
    # All handled rights are denied unless a rule allows them. From version 4 this includes binding and
    # connecting, from version 6 also abstract sockets and signals of other processes.
    handled = [rights] + [3] * (version >= 4) + [3] * (version >= 6)
    attributes = b"".join(part.to_bytes(8, sys.byteorder) for part in handled)
    rules = _call(
        _CREATE_RULESET,
        ctypes.create_string_buffer(attributes, len(attributes)),
        len(attributes),
        0,
    )
    try:
        for place in (*read, *_libraries()):
            _allow(rules, place, _READ_FILE | _READ_DIR)
        if write is not None:
            full = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE
            _allow(rules, write, full & rights)
        _call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, place: Path, rights: int) -> None:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # a missing file needs no right
    try:
        if not place.is_dir():
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        rule = rights.to_bytes(8, sys.byteorder) + handle.to_bytes(4, sys.byteorder)
        _call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.create_string_buffer(rule, len(rule)), 0)
    finally:
        os.close(handle)


def _libraries() -> list[Path]:
    """Folders of Python and its libraries, without folders of the user's own files."""
    named = [*sysconfig.get_paths().values(), *sys.path]
    named += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    places = {Path(name).resolve() for name in named if name}
    # A checkout is left out, because it may hold any other files.
    places = {place for place in places if not (place / "pyproject.toml").exists()}
    places.discard(Path("/"))
    code = [ROOT / "metrics", ROOT / "dashboard"]
    shared = [
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/lib",
        "/lib64",
        "/nix/store",
        "/gnu/store",
    ]
    shared += ["/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu"]
    shared += [str(Path(sys.base_prefix, "lib"))]
    return [*places, *code, *map(Path, shared)]


# Seccomp: the listed calls are refused. Calls newer than `_NEWEST` count as unknown.

_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NEWEST = 462
_SECCOMP = (317, 277)
_MODE_FILTER, _ALL_THREADS = 1, 1
_THREAD = 0x00010000
_NAMESPACES = 0x7E020000
_LOAD, _EQUAL, _AT_LEAST, _SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
"""Answers to a call: allow, kill the process, refuse with EPERM, refuse with ENOSYS."""
_NUMBER, _MACHINE, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets of the number of the call, the machine, and the lower halves of two arguments."""

_REFUSED: tuple[tuple[int | None, int | None], ...] = (
    # socket, connect, accept, sendto, sendmsg, bind, listen, socketpair, accept4, sendmmsg
    (41, 198), (42, 203), (43, 202), (44, 206), (46, 211), (49, 200), (50, 201), (53, 199), (288, 242),
    (307, 269),
    # io_uring_setup, io_uring_enter, io_uring_register: these could make the other calls unseen
    (425, 425), (426, 426), (427, 427),
    # fork, vfork, execve, execveat
    (57, None), (58, None), (59, 221), (322, 281),
    # tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal, pidfd_open, pidfd_getfd
    (200, 130), (129, 138), (297, 240), (424, 424), (434, 434), (438, 438),
    # ptrace, process_vm_readv, process_vm_writev, kcmp, process_madvise, process_mrelease
    (101, 117), (310, 270), (311, 271), (312, 272), (440, 440), (448, 448),
    # setpriority, sched_setparam, sched_setscheduler, sched_setaffinity, sched_setattr, ioprio_set,
    # migrate_pages, move_pages
    (141, 140), (142, 118), (144, 119), (203, 122), (314, 274), (251, 30), (256, 238), (279, 239),
    # chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat
    (90, None), (91, 52), (268, 53), (452, 452), (92, None), (93, 55), (94, None), (260, 54),
    # utime, utimes, futimesat, utimensat
    (132, None), (235, None), (261, None), (280, 88),
    # setxattr, lsetxattr, fsetxattr, removexattr, lremovexattr, fremovexattr
    (188, 5), (189, 6), (190, 7), (197, 14), (198, 15), (199, 16),
    # link, linkat, symlink, symlinkat, mknod, mknodat, name_to_handle_at, open_by_handle_at
    (86, None), (265, 37), (88, None), (266, 36), (133, None), (259, 33), (303, 264), (304, 265),
    # mount, umount2, pivot_root, chroot, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick,
    # mount_setattr
    (165, 40), (166, 39), (155, 41), (161, 51), (428, 428), (429, 429), (430, 430), (431, 431),
    (432, 432), (433, 433), (442, 442),
    # unshare, setns, bpf, perf_event_open, userfaultfd, add_key, request_key, keyctl, fanotify_init
    (272, 97), (308, 268), (321, 280), (298, 241), (323, 282), (248, 217), (249, 218), (250, 219),
    (300, 262),
    # inotify_init, inotify_add_watch, inotify_rm_watch, inotify_init1, fanotify_mark
    (253, None), (254, 27), (255, 28), (294, 26), (301, 263),
    # shmget, shmat, shmctl, semget, semop, semctl, semtimedop, msgget, msgsnd, msgrcv, msgctl, mq_open,
    # mq_unlink
    (29, 194), (30, 196), (31, 195), (64, 190), (65, 193), (66, 191), (220, 192), (68, 186), (69, 189),
    (70, 188), (71, 187), (240, 180), (241, 181),
)  # fmt: skip
"""Refused system calls as (number on x86_64, number on aarch64); None if the machine lacks the call."""
_KILLS, _PRLIMIT, _CLONE, _CLONE3 = ((62, 129), (234, 131)), (302, 261), (56, 220), (435, 435)
_FCNTL, _IOCTL = (72, 25), (16, 29)
_ON_OTHERS = (8, 10, 15, 1024, 1026)
"""fcntl's F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY.

These signal other processes through a file, block files that others open, or watch a folder.
"""
_INTO_A_TERMINAL = (0x5412, 0x5452, 0x8901, 0x8902)
"""ioctl's TIOCSTI, FIOASYNC, FIOSETOWN, SIOCSPGRP."""


def _instruction(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    parts = (
        code.to_bytes(2, sys.byteorder),
        bytes([then, otherwise]),
        value.to_bytes(4, sys.byteorder),
    )
    return b"".join(parts)


def _program(arch: int, column: int, own: int) -> bytes:
    """Filter program for one machine; process `own` may signal itself."""
    allow, refuse = _instruction(_RETURN, _ALLOW), _instruction(_RETURN, _REFUSE)

    def when(call: int, *then: bytes) -> list[bytes]:
        return [_instruction(_EQUAL, call, 0, len(then)), *then]

    def unless(values: Sequence[int]) -> list[bytes]:
        skip = [_instruction(_EQUAL, value, len(values) - k, 0) for k, value in enumerate(values)]
        return [_instruction(_LOAD, _SECOND), *skip, allow, refuse]

    steps = [
        _instruction(_LOAD, _MACHINE),
        _instruction(_EQUAL, arch, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
        _instruction(_AT_LEAST, 0x40000000, 0, 1),  # system calls of x32
        _instruction(_RETURN, _KILL),
        _instruction(_AT_LEAST, _NEWEST + 1, 0, 1),
        _instruction(_RETURN, _UNKNOWN),
    ]
    for numbers in _REFUSED:
        call = numbers[column]
        if call is not None:
            steps += when(call, refuse)
    for numbers in _KILLS:
        steps += when(
            numbers[column],
            _instruction(_LOAD, _FIRST),
            _instruction(_EQUAL, own, 0, 1),
            allow,
            refuse,
        )
    steps += when(
        _PRLIMIT[column], _instruction(_LOAD, _FIRST), _instruction(_EQUAL, 0, 0, 1), allow, refuse
    )
    # If clone3 is missing, the C library starts threads by clone, whose flags a filter can read.
    steps += when(_CLONE3[column], _instruction(_RETURN, _UNKNOWN))
    steps += when(
        _CLONE[column],
        _instruction(_LOAD, _FIRST),
        _instruction(_SET, _NAMESPACES, 2, 0),
        _instruction(_SET, _THREAD, 0, 1),
        allow,
        refuse,
    )
    steps += when(_FCNTL[column], *unless(_ON_OTHERS))
    steps += when(_IOCTL[column], *unless(_INTO_A_TERMINAL))
    return b"".join([*steps, allow])


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def _filter_calls() -> None:
    if sys.byteorder != "little" or sys.maxsize < 1 << 32:
        raise ValueError("the filter is written for little-endian machines of 64 bits")
    if os.uname().machine not in _ARCHES:
        raise ValueError(f"no calls are known of {os.uname().machine}")
    arch, column = _ARCHES[os.uname().machine]
    steps = _program(arch, column, os.getpid())
    program = _Program(len(steps) // 8, steps)
    call = _libc().syscall
    call.restype = ctypes.c_long
    _checked(
        call(
            ctypes.c_long(_SECCOMP[column]),
            ctypes.c_ulong(_MODE_FILTER),
            ctypes.c_ulong(_ALL_THREADS),
            ctypes.byref(program),
        )
    )


if __name__ == "__main__":
    tried = confine(read=(), write=None, parent=int(sys.stdin.read()))
    sys.stdout.write(json.dumps(asdict(tried)))
