"""Tests that killed writers of the register lose no record, and that acknowledged appends are on the disk."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from dashboard.decisions.register import Register
from tests.small_disk import small_disk
from tests.soak.register import fill_disk, kill_writers

APPENDS = 12
APPEND = f"""
import sqlite3
import sys
from pathlib import Path
from dashboard.decisions.register import Register
from tests.dashboard.decided import DECISION

Register(Path(sys.argv[1])).append(DECISION, "the first")
# While somebody else has it open, closing it does not bring it to the disk by itself.
other = sqlite3.connect(sys.argv[1])
other.execute("SELECT count(*) FROM decisions").fetchone()
print("it begins", flush=True)
for k in range({APPENDS}):
    one = Register(Path(sys.argv[1])).append(DECISION, f"key {{k}}")
    print(f"acknowledged {{one.number}}", flush=True)
"""


def test_killed_writers_lose_no_acknowledged_decision(tmp_path):
    count, wrong = kill_writers(tmp_path, 3, seed=1)
    assert wrong == []
    assert count > 0


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(tmp_path):
    with small_disk(tmp_path, "1m") as place:
        if place is None:
            pytest.skip("no file system may be mounted here")
        count, wrong = fill_disk(place)
    assert wrong == []
    assert count > 10


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_every_acknowledged_append_was_brought_to_the_disk_before(tmp_path):
    path, log = tmp_path / "r.sqlite", tmp_path / "calls"
    trace = ["strace", "-f", "-o", str(log), "-e", "trace=fsync,fdatasync,write", "-y", "-s", "40"]
    done = subprocess.run(
        [*trace, sys.executable, "-c", APPEND, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "PTRACE" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip("no process may be traced here")
    assert done.returncode == 0, done.stderr
    synced, acknowledged = 0, 0
    for line in log.read_text().partition('"it begins')[2].splitlines():
        if re.search(r"\b(fsync|fdatasync)\(\d+<[^>]*r\.sqlite-wal>", line):
            synced += 1
        elif '"acknowledged ' in line:
            acknowledged += 1
            assert synced >= 1, f"append {acknowledged} was acknowledged before it was on the disk"
            synced = 0
    assert acknowledged == APPENDS == len(Register(path).all()) - 1
