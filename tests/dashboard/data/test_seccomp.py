"""Tests of the filter of system calls: its answer to each call on each architecture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.data.uploads.seccomp import (
    ALLOW,
    KILL,
    REFUSE,
    REFUSED_CALLS,
    UNKNOWN,
    filter_program,
)


def answer(program: bytes, machine: int, number: int, *arguments: int) -> int:
    """Result of a filter program for a system call, interpreted by the kernel's rules."""
    words = [number, machine, 0, 0]
    for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]:
        words += [argument & 0xFFFFFFFF, argument >> 32]
    steps = [program[k : k + 8] for k in range(0, len(program), 8)]
    at = held = 0
    while True:
        code, then, otherwise = int.from_bytes(steps[at][:2], "little"), *steps[at][2:4]
        value = int.from_bytes(steps[at][4:], "little")
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            held = words[value // 4]
        else:
            met = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += then if met else otherwise


X86, ARM, OWN = 0xC000003E, 0xC00000B7, 77


@pytest.mark.parametrize(
    ("machine", "number", "arguments", "wanted"),
    [
        (X86, 0, (), ALLOW),  # read
        (X86, 41, (), REFUSE),  # socket
        (X86, 42, (), REFUSE),
        (X86, 90, (), REFUSE),  # chmod
        (X86, 62, (OWN, 9), ALLOW),  # kill
        (X86, 62, (1, 9), REFUSE),
        (X86, 62, (2**64 - 1, 9), REFUSE),
        (X86, 234, (OWN, 9), ALLOW),
        (X86, 234, (78, 9), REFUSE),
        (X86, 302, (0,), ALLOW),  # prlimit64
        (X86, 302, (1,), REFUSE),
        (X86, 56, (0x3D0F00,), ALLOW),  # clone for a thread
        (X86, 56, (17,), REFUSE),  # clone for a process
        (X86, 56, (0x10000 | 0x10000000,), REFUSE),
        (X86, 435, (), UNKNOWN),  # clone3
        (X86, 72, (3, 1), ALLOW),  # fcntl
        (X86, 72, (3, 8), REFUSE),
        (X86, 72, (3, 15), REFUSE),
        (X86, 72, (3, 1024), REFUSE),
        (X86, 72, (3, 1026), REFUSE),
        (X86, 254, (), REFUSE),  # inotify_add_watch
        (X86, 294, (), REFUSE),
        (X86, 16, (0, 0x5401), ALLOW),  # ioctl
        (X86, 16, (0, 0x5412), REFUSE),
        (X86, 16, (0, 0x5412 | 1 << 32), REFUSE),
        (X86, 462, (), ALLOW),
        (X86, 463, (), UNKNOWN),  # setxattrat and newer calls
        (X86, 0x40000000, (), KILL),  # x32
        (X86, 0x40000000 + 41, (), KILL),
        (0x40000003, 41, (), KILL),  # calls of 32-bit programs
        (ARM, 63, (), ALLOW),  # read
        (ARM, 198, (), REFUSE),  # socket
        (ARM, 26, (), REFUSE),  # inotify_init1
        (ARM, 27, (), REFUSE),
        (ARM, 203, (), REFUSE),
        (ARM, 52, (), REFUSE),  # fchmod
        (ARM, 53, (), REFUSE),
        (ARM, 221, (), REFUSE),  # execve
        (ARM, 129, (OWN, 9), ALLOW),
        (ARM, 129, (1, 9), REFUSE),
        (ARM, 131, (1, 1, 9), REFUSE),
        (ARM, 220, (0x3D0F00,), ALLOW),
        (ARM, 220, (17,), REFUSE),
        (ARM, 25, (3, 8), REFUSE),
        (ARM, 29, (0, 0x5412), REFUSE),
        (ARM, 56, (), ALLOW),  # openat
        (ARM, 41, (), REFUSE),  # pivot_root
        (ARM, 222, (), ALLOW),  # mmap
        (ARM, 463, (), UNKNOWN),
        (X86 ^ 1, 0, (), KILL),
    ],
)
def test_each_architecture_has_its_filter(machine, number, arguments, wanted) -> None:
    column = int(machine == ARM)
    program = filter_program(ARM if column else X86, column, OWN)
    assert len(program) % 8 == 0
    assert answer(program, machine, number, *arguments) == wanted


@pytest.mark.parametrize(
    ("column", "header"),
    [
        (0, Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")),
        (1, Path("/usr/include/asm-generic/unistd.h")),
    ],
)
def test_numbers_of_refused_calls_equal_the_kernels(column: int, header: Path) -> None:
    if not header.exists():
        pytest.skip(f"needs {header}")
    known = re.findall(r"^#define __NR_(\w+)\s+(\d+)", header.read_text(), re.M)
    numbers = {
        name: pair[column] for name, pair in REFUSED_CALLS.items() if pair[column] is not None
    }
    assert numbers.items() <= {(name, int(number)) for name, number in known}
