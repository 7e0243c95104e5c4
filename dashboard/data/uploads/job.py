"""Read an upload: its untrusted files are parsed in a separate process with limits.

The app writes the uploaded files to a folder and starts `dashboard.data.uploads.parser_child`. The process
reports the number of rows read so far. Its result is a canonical Parquet file and the roles of the columns,
or a list of problems. The process is ended if it takes too long or is cancelled.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from dashboard.data.uploads.child_process import MEBI, Limits, start_child
from dashboard.data.uploads.confinement import Confinement, read_confinement
from metrics.errors import Problem

MAX_FILES = 50
"""Maximum number of files in one upload."""
MAX_MEGABYTES = 200
"""Default of the largest upload. It is also Streamlit's default of `server.maxUploadSize`."""
AT_ONCE = 2
"""Number of uploads that are read at the same time; others wait."""
STDERR_BYTES = 4000
"""Number of last bytes of a child's standard error that are stored, because a child may write any amount."""
_LONGEST_LINE = 32 * MEBI
"""Maximum bytes of an answer; a longer line is ignored."""
_CONVERT = (
    "Convert it with: common-ground convert FILE -o scores.parquet, or name it when the app starts."
)
_TRY_LATER = (
    "Nothing of it was kept. Try again later, or ask the operator of the server for more room."
)
# Messages of Python, of C++ and of starting a thread. In most cases the child reports a MemoryError itself.
_OUT_OF_MEMORY_MESSAGES = ("memory", "bad_alloc", "start new thread", "launch worker thread")
_TOO_LONG = ("E_SIZE", "reading a file must stay within the time of an upload")


class UploadJob:
    """Upload that is read by the child process.

    Parameters
    ----------
    files : sequence of path
        Uploaded files.
    options : mapping
        Keyword options of `metrics.open_scores`.
    out : path or None
        Parquet file to write, in a folder that nothing else writes to. `None` only previews the first rows
        (`metrics.io.preview`).
    turns : semaphore or None
        Semaphore that is held while the child works. It limits the uploads that are read at once.

    Attributes
    ----------
    rows : int
        Rows read so far.
    waiting : bool
        True while other uploads are read first.
    result : dict or None
        Answer of the child; `None` until it arrives. It always has ``ok`` and ``problems``. If a file was
        written: also the fields of `dashboard.data.uploads.upload_answer.UploadAnswer`. If files were
        previewed, even if they are refused: also the fields of `metrics.io.preview.Preview`.
    preview : dict
        First rows of refused files, in the same fields; empty if the files could not be previewed.
    confined : Confinement or None
        Confinement that the child reported before it read; `None` until then.
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
        # Answer of an upload that was cancelled, or that took too long.
        self._stopped: dict[str, Any] | None = None
        self._stderr_end = b""
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
        """Wait for a turn, then let the child read the files."""
        while self._turns is not None and not self._turns.acquire(timeout=0.1):
            if self._stopped is not None:
                self._end(self._stopped)
                return
        try:
            self._read()
        except Exception as error:  # such as no more processes or pipes
            self._end(_refusal("E_INTERNAL", f"reading the file must not fail, got: {error}"))
        finally:
            if self._turns is not None:
                self._turns.release()

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Start the child; `None` if the upload was cancelled."""
        with self._lock:
            self.waiting = False
            if self._stopped is not None:
                return None
            module = "dashboard.data.uploads.parser_child"
            self._process = start_child(module, self._out, stderr=subprocess.PIPE)
            return self._process

    def _read(self) -> None:
        process = self._start()
        if process is None:
            assert self._stopped is not None
            self._end(self._stopped)
            return
        clock = threading.Timer(2 * self._limits.seconds, self._stop, _TOO_LONG)
        clock.daemon = True
        clock.start()
        stderr_reader = threading.Thread(
            target=self._read_stderr, args=(process.stderr,), daemon=True
        )
        stderr_reader.start()
        try:
            answer = self._exchange(process)
            status = process.wait()
        finally:
            clock.cancel()
            process.kill()  # the child must not outlive its turn, even after its answer
            process.wait()
            stderr_reader.join()
        self._end(answer or self._stopped or self._answer_of_failure(status))

    def _read_stderr(self, stream: IO[bytes]) -> None:
        """Read standard error of a child, and store its end."""
        with stream:
            while part := stream.read1(STDERR_BYTES):  # type: ignore[attr-defined]
                self._stderr_end = (self._stderr_end + part)[-STDERR_BYTES:]

    def _exchange(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        """Send the request to the child, and read its answer to the end."""
        assert process.stdin is not None
        # A broken pipe means that the child has ended.
        with contextlib.suppress(BrokenPipeError), process.stdin as request:
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
                    hint = _TRY_LATER if message.get("full") is True else _CONVERT
                    answer = _refusal(message["code"], message["message"], hint)
        return answer

    def _end(self, answer: dict[str, Any]) -> None:
        if not answer["ok"]:
            self._clear()
        self.result = answer

    def _answer_of_failure(self, status: int) -> dict[str, Any]:
        """Answer for a child that ended without an answer, because it hit a limit or crashed."""
        last = self._stderr_end.decode(errors="replace").strip().rpartition("\n")[2]
        if status < 0 or any(word in last.lower() for word in _OUT_OF_MEMORY_MESSAGES):
            return _refusal("E_SIZE", "reading a file must stay within the limits of an upload")
        return _refusal("E_INTERNAL", f"reading the file must not fail, got: {last or status}")

    def _clear(self) -> None:
        """Remove written files, including temporary files of a child that was killed."""
        if self._out is not None:
            for left in [self._out, *self._out.parent.glob(f".{self._out.name}.*")]:
                left.unlink(missing_ok=True)

    def _stop(self, code: str, message: str) -> None:
        with self._lock:
            if self.result is None:
                self._stopped = _refusal(code, message)
                if self._process is not None:
                    self._process.kill()

    @property
    def pid(self) -> int | None:
        """Process id of the child; `None` until it starts."""
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """True while the child works."""
        return self.result is None

    def wait(self) -> dict[str, Any]:
        """Wait for the answer of the child, and return it."""
        self._reader.join()
        assert self.result is not None
        return self.result

    def cancel(self) -> None:
        """End the child and remove its file, unless it had finished before."""
        self._stop("E_CANCELLED", "reading the file was cancelled")
        self.wait()


def problems_of(result: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Problems in an answer of the child."""
    return tuple(map(Problem.read, result["problems"]))


def _parsed_message(line: bytes) -> dict[str, Any]:
    """Message in a line; empty if a library wrote the line to standard output."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _refusal(code: str, message: str, hint: str | None = _CONVERT) -> dict[str, Any]:
    hint = None if code == "E_CANCELLED" else hint
    return {"ok": False, "problems": [Problem(code, "error", message, hint=hint).packed()]}
