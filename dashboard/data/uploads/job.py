"""Uploads: bytes that nobody vouches for are parsed in a process of their own, with limits.

The app writes what was uploaded to a folder and starts `dashboard.data.uploads.parser_child` on it. What
comes back is a canonical Parquet file and the columns as they were read, or a list of problems; on the way
the number of rows so far. The process is ended when it takes too long or is cancelled.

Uploads on their way, and whether anybody still waits for them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dashboard.data.uploads.confinement import ROOT, Confinement, read_confinement
from metrics.errors import Problem

MEBI = 1 << 20


_KEPT = ("LD_LIBRARY_PATH",)


_ELSEWHERE = (
    "Convert it with: common-ground convert FILE -o scores.parquet, or name it when the app starts."
)


_LATER = "Nothing of it was kept. Try again later, or ask whoever runs the server for more room."


@dataclass(frozen=True)
class Limits:
    """What one upload may use.

    Attributes
    ----------
    memory : int
        Bytes that the child may allocate; with the code of the libraries it stays below 1 GB.
    seconds : int
        CPU time of the child, and half of what it may take on the clock.
    file_size : int
        Bytes of the Parquet file it may write.
    """

    memory: int = 832 * MEBI
    seconds: int = 600
    file_size: int = 8192 * MEBI

    def of_process(self) -> dict[str, int]:
        """Names and values for ``resource.setrlimit``.

        Address space counts what is only reserved, such as the stacks of threads and mapped libraries:
        its limit is a second fence behind that of the memory.
        """
        return {
            "RLIMIT_DATA": self.memory,
            "RLIMIT_AS": self.memory + 2048 * MEBI,
            "RLIMIT_CPU": self.seconds,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": 256,
        }


_LONGEST_LINE = 32 * MEBI
"""Of an answer; what is longer is none."""
LAST_WORDS = 4000
"""Bytes of a child's complaints that are kept, the last: it may write what it likes."""


class Intake:
    """One upload on its way through the child process.

    Parameters
    ----------
    files : sequence of path
        What was uploaded.
    options : mapping
        Keyword options of `metrics.open_scores`.
    out : path or None
        Parquet file to write, in a folder that nothing else writes to. None: only preview the first
        rows (`metrics.io.preview`).
    turns : semaphore or None
        Held while the child is at work: so many are at once, the others wait.

    Attributes
    ----------
    rows : int
        Rows read so far.
    waiting : bool
        Whether others are read first.
    result : dict or None
        The child's answer once there is one. ``ok`` and ``problems`` are always there. Where a file was
        written: ``rows``, ``positives``, ``scale``, ``fingerprint`` and ``columns``; where files were
        previewed, also if they are refused: the fields of `metrics.io.preview.Preview`.
    preview : dict
        What the first rows of refused files show, in the same fields; empty where nobody could look.
    confined : Confinement or None
        What the child gave up before it read; None before it has said so.
    """

    def __init__(
        self,
        files: Sequence[Path],
        options: Mapping[str, Any],
        out: Path | None,
        limits: Limits | None = None,
        turns: threading.Semaphore | None = None,
    ) -> None:
        self._limits = limits = limits or Limits()
        self._turns = turns
        self.rows = 0
        self.waiting = True
        self.result: dict[str, Any] | None = None
        self.preview: dict[str, Any] = {}
        self.confined: Confinement | None = None
        self._out = None if out is None else out.resolve()
        self._stopped: tuple[str, str] | None = None
        self._complaints = b""
        self._request = {
            "files": [str(file.resolve()) for file in files],
            "options": dict(options),
            "out": str(self._out),
            "preview": out is None,
            "limits": limits.of_process(),
            "parent": os.getpid(),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._run, daemon=True)
        self._reader.start()

    def _run(self) -> None:
        """Wait for a turn, and read."""
        while self._turns is not None and not self._turns.acquire(timeout=0.1):
            if self._stopped is not None:
                self._end(_refusal(*self._stopped))
                return
        try:
            self._read()
        except Exception as error:  # such as no process or pipe to be had
            self._end(_refusal("E_INTERNAL", f"reading the file must not fail, got: {error}"))
        finally:
            if self._turns is not None:
                self._turns.release()

    def _started(self) -> subprocess.Popen[bytes] | None:
        """Start the child, unless it is no longer wanted."""
        with self._lock:
            self.waiting = False
            if self._stopped is not None:
                return None
            module = "dashboard.data.uploads.parser_child"
            self._process = start_child(module, self._out, stderr=subprocess.PIPE)
            return self._process

    def _read(self) -> None:
        process = self._started()
        if process is None:
            assert self._stopped is not None
            self._end(_refusal(*self._stopped))
            return
        clock = threading.Timer(2 * self._limits.seconds, self._stop, _TOO_LONG)
        clock.daemon = True
        clock.start()
        complaints = threading.Thread(target=self._hear, args=(process.stderr,), daemon=True)
        complaints.start()
        try:
            answer = self._heard(process)
            status = process.wait()
        finally:
            clock.cancel()
            process.kill()  # whatever it said that was no answer, it does not outlive its turn
            process.wait()
            complaints.join()
        if self._stopped is not None and answer is None:
            answer = _refusal(*self._stopped)
        self._end(answer or self._ended(status))

    def _hear(self, stream: IO[bytes]) -> None:
        """Read all that a child complains of, and keep the end."""
        with stream:
            while part := stream.read1(LAST_WORDS):  # type: ignore[attr-defined]
                self._complaints = (self._complaints + part)[-LAST_WORDS:]

    def _heard(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        """Ask the child, and hear its answer to the end."""
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as request:  # it may have ended
            request.write(json.dumps(self._request).encode())
        answer: dict[str, Any] | None = None
        assert process.stdout is not None
        with process.stdout as lines:
            while line := lines.readline(_LONGEST_LINE):
                message = _parsed_message(line)
                if message.get("kind") == "progress":
                    self.rows = message["rows"]
                elif message.get("kind") == "result":
                    answer = message
                elif message.get("kind") == "preview":
                    self.preview = message
                elif message.get("kind") == "confined":
                    self.confined = read_confinement(message)
                elif message.get("kind") == "failed":
                    hint = _LATER if message.get("full") is True else _ELSEWHERE
                    answer = _refusal(message["code"], message["message"], hint)
        return answer

    def _end(self, answer: dict[str, Any]) -> None:
        if not answer["ok"]:
            self._clear()
        self.result = answer

    def _ended(self, status: int) -> dict[str, Any]:
        """Answer for a child that ended without one: a limit struck, or it crashed."""
        last = self._complaints.decode(errors="replace").strip().rpartition("\n")[2]
        if status < 0 or any(word in last.lower() for word in _SHORT_OF_MEMORY):
            return _refusal("E_SIZE", "reading a file must stay within the limits of an upload")
        return _refusal("E_INTERNAL", f"reading the file must not fail, got: {last or status}")

    def _clear(self) -> None:
        """Remove what was written, also by a child that had no time to do so."""
        if self._out is not None:
            for left in [self._out, *self._out.parent.glob(f".{self._out.name}.*")]:
                left.unlink(missing_ok=True)

    def _stop(self, code: str, message: str) -> None:
        with self._lock:
            if self.result is None:
                self._stopped = (code, message)
                if self._process is not None:
                    self._process.kill()

    @property
    def running(self) -> bool:
        """Whether the child is still at work."""
        return self.result is None

    def wait(self) -> dict[str, Any]:
        """Answer of the child, waited for."""
        self._reader.join()
        assert self.result is not None
        return self.result

    def cancel(self) -> None:
        """End the child; what it wrote is removed, unless it had finished before."""
        self._stop("E_CANCELLED", "reading the file was cancelled")
        self.wait()


# What Python, C++ and the start of a thread say; most often it is a MemoryError, which the child tells.
_SHORT_OF_MEMORY = ("memory", "bad_alloc", "start new thread", "launch worker thread")


_TOO_LONG = ("E_SIZE", "reading a file must stay within the time of an upload")


def problems_of(result: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Problems in an answer of the child."""
    return tuple(map(Problem.read, result["problems"]))


def _parsed_message(line: bytes) -> dict[str, Any]:
    """Return what a line says; nothing where a library wrote to standard output."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _refusal(code: str, message: str, hint: str | None = _ELSEWHERE) -> dict[str, Any]:
    hint = None if code == "E_CANCELLED" else hint
    return {"ok": False, "problems": [Problem(code, "error", message, hint=hint).packed()]}


def start_child(module: str, out: Path | None, *, stderr: int) -> subprocess.Popen[bytes]:
    """Start a process that reads bytes which nobody vouches for.

    Its environment has nothing of the server's but where libraries are. Its temporary files lie where it
    writes. One thread and few arenas keep its memory small.

    Parameters
    ----------
    module : str
        Module that it runs.
    out : path or None
        File that it writes.
    stderr : int
        Its standard error, as for `subprocess.Popen`.
    """
    temporary = {} if out is None else {"TMPDIR": str(out.parent)}
    environment = (
        temporary
        | {key: os.environ[key] for key in _KEPT if key in os.environ}
        | {
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "ARROW_IO_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "MALLOC_ARENA_MAX": "2",
            # What is compiled is kept where this process may not write; reading counts nothing.
            "NUMBA_DISABLE_JIT": "1",
        }
    )
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )


GRACE = 120.0
"""Seconds for which an upload goes on without its reader; for as long Streamlit keeps a session."""


MAX_FILES = 50
"""Files that one upload may hold."""


AT_ONCE = 2
"""Uploads that are read at the same time; the others wait."""


class Presence:
    """For how long a reader's browser has been away.

    Parameters
    ----------
    is_connected : callable
        Whether it is connected now; asked from any thread.

    Notes
    -----
    It is asked now and then, not told: a page that is still drawn when its browser goes would otherwise
    pass for a browser that has come back.
    """

    def __init__(self, is_connected: Callable[[], bool]) -> None:
        self._is_connected = is_connected
        self._missed: float | None = None

    def away(self) -> float:
        """Seconds since the browser was first seen to be gone; 0 while it is there."""
        if self._is_connected():
            self._missed = None
            return 0.0
        now = time.monotonic()
        if self._missed is None:
            self._missed = now
        return now - self._missed


@dataclass
class Upload:
    """Files that are being read for somebody.

    Attributes
    ----------
    job : Intake
    place : path
        Folder that holds all there is of the upload on the server.
    presence : Presence
        Of whoever waits for it.
    """

    job: Intake
    place: Path
    presence: Presence

    @property
    def abandoned(self) -> bool:
        """Whether nobody has waited for it for so long that nobody will come back."""
        return self.presence.away() > GRACE

    def close(self) -> None:
        """End it where it still runs, and remove what it left on the server."""
        self.job.cancel()
        shutil.rmtree(self.place, ignore_errors=True)
