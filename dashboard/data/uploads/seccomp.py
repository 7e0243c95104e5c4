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
    return struct.pack("=HBBI", code, then, otherwise, value)


def _program(arch: int, column: int, pid: int) -> bytes:
    """Filter program for one machine; the process with the id `pid` may signal itself."""
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
            _instruction(_EQUAL, pid, 0, 1),
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


def filter_calls() -> None:
    """Refuse this process the calls in `_REFUSED`, and calls that act on other processes."""
    if sys.byteorder != "little" or sys.maxsize < 1 << 32:
        raise ValueError("the filter is written for little-endian machines of 64 bits")
    if os.uname().machine not in _ARCHES:
        raise ValueError(f"no calls are known of {os.uname().machine}")
    arch, column = _ARCHES[os.uname().machine]
    steps = _program(arch, column, os.getpid())
    program = _Program(len(steps) // 8, steps)
    call(_SECCOMP[column], _MODE_FILTER, _ALL_THREADS, ctypes.byref(program))
