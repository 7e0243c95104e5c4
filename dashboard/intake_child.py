"""The process that parses uploaded bytes: limits first, then the gate, then canonical Parquet.

Reads one JSON request on standard input and writes JSON lines on standard output: progress while rows go
by, one result at the end. It is started by `dashboard.intake`, never imported by the app.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any


def limit_self(limits: dict[str, int]) -> None:
    """Bound this process: address space, CPU time, file size, open files, no core file."""
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(kind: str, **facts: Any) -> None:
    """Write one line to the parent."""
    sys.stdout.write(json.dumps({"kind": kind, **facts}) + "\n")
    sys.stdout.flush()


def parse(request: dict[str, Any]) -> dict[str, Any]:
    """Open the files, write ``request["out"]``, and report what was found."""
    from metrics.convert import convert
    from metrics.errors import ScoreError
    from metrics.scores import open_scores

    files = request["files"]
    last = [0.0]

    def progress(rows: int) -> None:
        now = time.monotonic()
        if now - last[0] > 0.1:
            last[0] = now
            say("progress", rows=rows)

    try:
        scores = open_scores(files[0] if len(files) == 1 else files, **request["options"])
        convert(scores, request["out"], progress=progress)
    except ScoreError as error:
        return {"ok": False, "problems": [problem.as_dict() for problem in error.problems]}
    columns = scores.columns
    return {
        "ok": True,
        "problems": [problem.as_dict() for problem in scores.problems],
        "rows": scores.rows,
        "positives": scores.positives,
        "scale": scores.scale,
        "fingerprint": scores.fingerprint,
        "columns": {
            "id": list(columns.id),
            "label": columns.label,
            "positive": columns.positive,
            "models": list(columns.models),
            "weight": columns.weight,
            "value": columns.value,
            "group": columns.group,
            "segments": list(columns.segments),
        },
    }


def main() -> None:
    """Serve one request."""
    request = json.loads(sys.stdin.read())
    limit_self(request["limits"])
    try:
        say("result", **parse(request))
    except MemoryError:
        say("failed", code="E_SIZE", message="the file needs more memory than an upload may use")
    except OSError as error:
        say("failed", code="E_IO", message=f"{type(error).__name__}: {os.strerror(error.errno or 0)}")


if __name__ == "__main__":
    main()
