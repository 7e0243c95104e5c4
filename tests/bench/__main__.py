"""``make bench``: time and memory compared with common alternatives, as ratios within one run.

``python -m tests.bench [PART...]`` measures some parts. The two sides of a ratio take turns, so that a noisy
machine affects both; the table shows medians. All rows are also saved as JSON.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.bench import crowd, drag, many_models, reading, resample, scale, sessions, start
from tests.bench.rows import BUILD, Row

PARTS = {
    "drag": drag.measured,
    "start": start.measured,
    "sessions": sessions.measured,
    "crowd": crowd.measured,
    "many_models": many_models.measured,
    "reading": reading.measured,
    "scale": scale.measured,
    "resample": resample.measured,
}


def main(parts: list[str]) -> int:
    """Measure, print the table and save it. Return 1 if a value is larger than allowed, else 0."""
    rows: list[Row] = []
    BUILD.mkdir(exist_ok=True)
    for part in parts or PARTS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            rows += PARTS[part](Path(folder))
        print(f"{part}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}\n\n| measured | value | at most | | |\n|---|---|---|---|---|")
    print(*rows, sep="\n")
    saved = {"machine": machine, "rows": [asdict(row) for row in rows]}
    (BUILD / "bench.json").write_text(json.dumps(saved, indent=1), encoding="utf-8")
    return int(not all(row.passes for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
