"""Tests that freed memory is returned to the system, and that threads share arenas."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dashboard.data import allocator

MANY = """
import ctypes, sys, threading
from dashboard.data import allocator

if sys.argv[1] == "bounded":
    assert allocator.limit_arenas()

gate, ready = threading.Event(), threading.Barrier(17)

def hold():
    kept = [bytearray(40_000) for _ in range(20)]
    ready.wait()
    gate.wait()

threads = [threading.Thread(target=hold) for _ in range(16)]
[t.start() for t in threads]
ready.wait()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = libc.fdopen(1, b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fflush(ctypes.c_void_p(out))
gate.set()
"""


@pytest.mark.skipif(allocator._glibc() is None, reason="needs glibc")
def test_many_threads_share_few_arenas():
    def arenas(how):
        done = subprocess.run(
            [sys.executable, "-c", MANY, how], capture_output=True, text=True, check=True
        )
        return done.stdout.count("<heap nr=")

    assert arenas("bounded") <= allocator.ARENAS < arenas("as it is")


def test_the_operators_limit_of_arenas_is_used(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "7")
    assert not allocator.limit_arenas()


def test_memory_is_returned_after_the_process_has_grown(monkeypatch):
    megabytes = iter([300, 310, 360, 340, 370, 366, 320, 330, 200, 265, 264, 210])
    monkeypatch.setattr(allocator, "resident", lambda: next(megabytes) * 1_000_000)
    monkeypatch.setattr(allocator, "GROWTH", 64_000_000)
    done: list[str] = []
    monkeypatch.setattr(allocator, "release_unused", lambda: done.append("trim"))
    monkeypatch.setattr(allocator, "collect", lambda: done.append("collect"))
    growth = allocator.Growth()  # at 300
    # The trim at 360 is enough. The trim at 370 leaves 366, so a collection follows and leaves 320.
    # 200 is the new low.
    assert [growth.check() for _ in range(6)] == [False, False, True, False, False, True]
    assert done == ["trim", "trim", "collect", "trim", "collect"]
