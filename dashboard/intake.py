"""Uploads: bytes that nobody vouches for are parsed in a process of their own, with limits.

The app writes what was uploaded to a folder and starts `dashboard.intake_child` on it. What comes back is
a canonical Parquet file and the columns as they were read, or a list of problems; and on the way the
number of rows so far. The process is ended when it takes too long or is cancelled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metrics import Problem

MEBI = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one upload may use.

    Attributes
    ----------
    memory : int
        Bytes of address space of the child.
    seconds : int
        CPU time of the child; twice that on the clock.
    file_size : int
        Bytes of the Parquet file it may write.
    """

    memory: int = 3072 * MEBI
    seconds: int = 600
    file_size: int = 8192 * MEBI

    def of_process(self) -> dict[str, int]:
        """Names and values for ``resource.setrlimit``."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_CPU": self.seconds,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": 64,
        }


class Intake:
    """One upload on its way through the child process.

    Parameters
    ----------
    files : sequence of path
        What was uploaded, in a folder of its own.
    options : mapping
        Keyword options of `metrics.open_scores`.
    out : path
        Parquet file to write.
    limits : Limits

    Attributes
    ----------
    rows : int
        Rows read so far.
    result : dict or None
        The child's answer once there is one: ``ok``, ``problems`` and, where ok, what was read.
    """

    def __init__(
        self, files: Sequence[Path], options: Mapping[str, Any], out: Path, limits: Limits
    ) -> None:
        self.rows = 0
        self.result: dict[str, Any] | None = None
        self._out, self._deadline = out, time.monotonic() + 2 * limits.seconds
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "dashboard.intake_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=Path(__file__).resolve().parent.parent,
            env=_environment(),
            start_new_session=True,
        )
        request = {
            "files": [str(file) for file in files],
            "options": dict(options),
            "out": str(out),
            "limits": limits.of_process(),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode())
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        answer: dict[str, Any] | None = None
        for line in self._process.stdout:
            said = json.loads(line)
            if said["kind"] == "progress":
                self.rows = said["rows"]
            elif said["kind"] == "result":
                answer = said
            else:
                answer = _refusal(said["code"], said["message"])
        status = self._process.wait()
        self.result = answer or self._ended(status)

    def _ended(self, status: int) -> dict[str, Any]:
        """Answer for a child that ended without one: a limit struck, or it crashed."""
        self._errors.seek(0)
        last = self._errors.read()[-4000:].decode(errors="replace").strip().rpartition("\n")[2]
        if status < 0 or "MemoryError" in last or "memory" in last.lower():
            return _refusal("E_SIZE", "reading the file must stay within the limits of an upload")
        return _refusal("E_INTERNAL", f"the file could not be read: {last or status}")

    @property
    def running(self) -> bool:
        """Whether the child is still at work; ends it when its time is up."""
        if self.result is not None:
            return False
        if time.monotonic() > self._deadline:
            self.cancel()
        return True

    def wait(self) -> dict[str, Any]:
        """Answer of the child, waited for."""
        self._reader.join()
        assert self.result is not None
        return self.result

    def cancel(self) -> None:
        """End the child; what it wrote is removed."""
        if self._process.poll() is None:
            self._process.kill()
        self._reader.join()
        self._out.unlink(missing_ok=True)


def problems_of(result: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Problems in an answer of the child."""
    return tuple(Problem(**problem) for problem in result["problems"])


def _refusal(code: str, message: str) -> dict[str, Any]:
    hint = "Convert it with: common-ground convert FILE -o scores.parquet, or name it when the app starts."
    problem = Problem(code, "error", message, hint=hint)
    return {"ok": False, "problems": [problem.as_dict()]}


def _environment() -> dict[str, str]:
    """Environment of the child: one thread and few arenas, so that its address space stays small."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    return kept | {
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "NUMBA_NUM_THREADS": "1",
    }
