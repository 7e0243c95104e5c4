"""System calls by which a Linux process gives up capabilities and the network, and ends with the server.

Python has no maintained binding for these calls, so they are made by number. The numbers come from the
kernel's include/uapi/linux/{prctl,sched,capability}.h.
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import struct
from contextlib import suppress
from typing import Any

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


def call(number: int, *arguments: Any) -> int:
    """Make a system call by its number; OSError if it fails."""
    c_arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    syscall = _libc().syscall
    syscall.restype = ctypes.c_long
    return _checked(syscall(ctypes.c_long(number), *c_arguments))


def _prctl(option: int, *arguments: int) -> int:
    c_arguments = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc().prctl(ctypes.c_int(option), *c_arguments))


def refuse_privileges() -> None:
    """Gain no privileges by running another program."""
    _prctl(_NO_NEW_PRIVS, 1)


def end_with(parent: int) -> None:
    """End this process as soon as its parent ends."""
    _prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the server ended before the call took effect
        os._exit(1)


def leave_network() -> None:
    """Move to an empty network namespace; without user namespaces, only root can."""
    try:
        _checked(_libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC))
    except OSError:
        _checked(_libc().unshare(_CLONE_NEWNET | _CLONE_NEWIPC))


def drop_capabilities() -> None:
    """Give up all of root's capabilities."""
    with suppress(OSError):  # fails on old kernels, and if there are none to drop
        _prctl(_CAP_AMBIENT, _CAP_AMBIENT_CLEAR)
    for capability in range(64):
        with suppress(OSError):  # fails past the last capability
            _prctl(_CAPBSET_DROP, capability)
    header = ctypes.create_string_buffer(struct.pack("=II", _CAPABILITY_VERSION_3, 0), 8)
    _checked(_libc().capset(header, bytes(24)))
