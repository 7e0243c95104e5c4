"""Process that parses uploaded files under limits and confinement, and writes canonical Parquet.

The process reads one JSON request on standard input, and writes JSON lines on standard output. The lines hold
progress, one result, and a preview of the first rows if a file is refused. `dashboard.data.uploads.job`
starts this process; the app never imports it.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.abc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Import the package before confinement, which blocks searching sys.path.
import metrics  # noqa: F401
from dashboard.data.uploads.confinement import confine, limit_self, notice_standstill

PAUSE = 0.1
"""Seconds between two reports of progress."""
DISK_FULL = "an upload must find room on the server, got a disk that is full"


class WithoutPandas(importlib.abc.MetaPathFinder):
    """Import hook that hides pandas. Arrow would import pandas, but reading does not need its 60 MB."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def say(kind: str, **facts: Any) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps({"kind": kind, **facts}) + "\n")
    sys.stdout.flush()


def report_rows() -> Callable[[int], None]:
    """Function that tells the parent the number of rows read, at most once in `PAUSE` seconds."""
    last = time.monotonic()

    def report(rows: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > PAUSE:
            last = now
            say("progress", rows=rows)

    return report


def main() -> None:
    """Serve one request."""
    request = json.loads(sys.stdin.read())
    limit_self(request["limits"])
    sys.meta_path.insert(0, WithoutPandas())
    confinement = confine(
        read=[Path(file) for file in request["files"]],
        write=None if request.get("preview") else Path(request["out"]).parent,
        parent=request["parent"],
    )
    say("confined", **asdict(confinement))
    notice_standstill()
    try:
        # The limits, the import hook and the confinement must come before the libraries that read files.
        from dashboard.data.uploads import parse_scores

        if request.get("preview"):
            answer = parse_scores.preview(request)
        else:
            answer = parse_scores.parse(request, report_rows())
        say("result", **answer)
        needs_preview = not answer["ok"] or any(
            p["code"] == "W_GROUPED" for p in answer["problems"]
        )
        if needs_preview and not request.get("preview"):
            # A separate message: the answer is final even if the preview fails.
            with contextlib.suppress(MemoryError, OSError):
                say("preview", **parse_scores.preview(request))
    except MemoryError:
        say("failed", code="E_SIZE", message="a file must fit in the memory of an upload")
    except OSError as error:
        if error.errno == errno.EFBIG:
            say("failed", code="E_SIZE", message="the scores must fit in one file of an upload")
        elif error.errno in (errno.ENOSPC, errno.EDQUOT):
            say("failed", code="E_FILE", message=DISK_FULL, full=True)
        else:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            say("failed", code="E_FILE", message=f"the file must be readable, got: {reason}")


if __name__ == "__main__":
    main()
