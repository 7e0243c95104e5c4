"""Seccomp: system calls that are refused to a Linux process that reads untrusted bytes.

Calls newer than `_NEWEST` count as unknown. The numbers come from the kernel's
include/uapi/linux/{seccomp,filter,audit}.h and from the tables of system calls of each machine.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence

from dashboard.data.uploads.linux_calls import call

_ARCHES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NEWEST = 462
_SECCOMP = (317, 277)
_MODE_FILTER, _ALL_THREADS = 1, 1
_THREAD = 0x00010000
_NAMESPACES = 0x7E020000
_LOAD, _EQUAL, _AT_LEAST, _SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE, UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
"""Answers to a call: allow, kill the process, refuse with EPERM, refuse with ENOSYS."""
_NUMBER, _MACHINE, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets of the number of the call, the machine, and the lower halves of two arguments."""

REFUSED_CALLS: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206),
    "sendmsg": (46, 211), "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199),
    "accept4": (288, 242), "sendmmsg": (307, 269),
    # These three could make the other calls unseen.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "setpriority": (141, 140), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "mknod": (133, None), "mknodat": (259, 33), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "fanotify_init": (300, 262),
    "inotify_init": (253, None), "inotify_add_watch": (254, 27), "inotify_rm_watch": (255, 28),
    "inotify_init1": (294, 26), "fanotify_mark": (301, 263),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181),
}  # fmt: skip
"""Numbers of the refused calls on x86_64 and on aarch64; None if the machine lacks the call."""
_KILLS, _PRLIMIT, _CLONE, _CLONE3 = ((62, 129), (234, 131)), (302, 261), (56, 220), (435, 435)
_FCNTL, _IOCTL = (72, 25), (16, 29)
_ON_OTHERS = (8, 10, 15, 1024, 1026)
"""fcntl's F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY.

These signal other processes through a file, block files that others open, or watch a folder.
"""
_INTO_A_TERMINAL = (0x5412, 0x5452, 0x8901, 0x8902)
"""ioctl's TIOCSTI, FIOASYNC, FIOSETOWN, SIOCSPGRP."""


def _instruction(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def filter_program(arch: int, column: int, pid: int) -> bytes:
    """Filter program for one machine; the process with the id `pid` may signal itself."""
    allow, refuse = _instruction(_RETURN, ALLOW), _instruction(_RETURN, REFUSE)

    def when(call: int, *then: bytes) -> list[bytes]:
        return [_instruction(_EQUAL, call, 0, len(then)), *then]

    def unless(values: Sequence[int]) -> list[bytes]:
        skip = [_instruction(_EQUAL, value, len(values) - k, 0) for k, value in enumerate(values)]
        return [_instruction(_LOAD, _SECOND), *skip, allow, refuse]

    steps = [
        _instruction(_LOAD, _MACHINE),
        _instruction(_EQUAL, arch, 1, 0),
        _instruction(_RETURN, KILL),
        _instruction(_LOAD, _NUMBER),
        _instruction(_AT_LEAST, 0x40000000, 0, 1),  # system calls of x32
        _instruction(_RETURN, KILL),
        _instruction(_AT_LEAST, _NEWEST + 1, 0, 1),
        _instruction(_RETURN, UNKNOWN),
    ]
    for numbers in REFUSED_CALLS.values():
        call = numbers[column]
        if call is not None:
            steps += when(call, refuse)
    for numbers in _KILLS:
        steps += when(
            numbers[column],
            _instruction(_LOAD, _FIRST),
            _instruction(_EQUAL, pid, 0, 1),
            allow,
            refuse,
        )
    steps += when(
        _PRLIMIT[column], _instruction(_LOAD, _FIRST), _instruction(_EQUAL, 0, 0, 1), allow, refuse
    )
    # If clone3 is missing, the C library starts threads by clone, whose flags a filter can read.
    steps += when(_CLONE3[column], _instruction(_RETURN, UNKNOWN))
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


def filter_calls() -> None:
    """Refuse this process the calls in `REFUSED_CALLS`, and calls that act on other processes."""
    if sys.byteorder != "little" or sys.maxsize < 1 << 32:
        raise ValueError("the filter is written for little-endian machines of 64 bits")
    if os.uname().machine not in _ARCHES:
        raise ValueError(f"no calls are known of {os.uname().machine}")
    arch, column = _ARCHES[os.uname().machine]
    steps = filter_program(arch, column, os.getpid())
    program = _Program(len(steps) // 8, steps)
    call(_SECCOMP[column], _MODE_FILTER, _ALL_THREADS, ctypes.byref(program))
