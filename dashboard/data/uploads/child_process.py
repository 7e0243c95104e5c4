"""Start a process that reads untrusted bytes. The child limits its own memory, time and files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dashboard.data.uploads.confinement import ROOT, clean_environment

MEBI = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of a process that reads untrusted bytes.

    Attributes
    ----------
    memory : int
        Bytes that the process may allocate. With the code of libraries, it uses less than 1 GB in total.
    seconds : int
        CPU time. An upload may take twice as long in elapsed time.
    file_size : int
        Maximum bytes of a file that the process writes.
    """

    memory: int = 832 * MEBI
    seconds: int = 600
    file_size: int = 8192 * MEBI

    def of_process(self) -> dict[str, int]:
        """Names and values for ``resource.setrlimit``.

        The address space includes reserved memory, such as stacks of threads and mapped libraries. Its limit
        is therefore a second bound above the memory limit.
        """
        return {
            "RLIMIT_DATA": self.memory,
            "RLIMIT_AS": self.memory + 2048 * MEBI,
            "RLIMIT_CPU": self.seconds,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": 256,
        }


def start_child(module: str, out: Path | None, *, stderr: int) -> subprocess.Popen[bytes]:
    """Start a process that reads untrusted bytes.

    It inherits no variable from the server, except the path of shared libraries. Its temporary files are in
    the folder of ``out``. A single thread and few arenas keep its memory small.

    Parameters
    ----------
    module : str
        Module to run.
    out : path or None
        File that the child will write. Its folder also holds the child's temporary files. `None` if the child
        writes no file.
    stderr : int
        Standard error, as for `subprocess.Popen`.
    """
    environment = clean_environment() | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_IO_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
        # The process may not write into the cache of compiled code, and reading needs none.
        "NUMBA_DISABLE_JIT": "1",
    }
    if out is not None:
        environment["TMPDIR"] = str(out.parent)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
