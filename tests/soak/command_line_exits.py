"""Run the command line many times, several runs at once, and report each run that fails.

Errors of threads at the end of the interpreter occur rarely, and more often under load.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

ROWS = 20_000


def write_inputs(folder: Path) -> list[Path]:
    """Write the same scores in every text format that is read in bulk."""
    rng = random.Random(3)
    rows = [(f"u{k}", k % 2, rng.random()) for k in range(ROWS)]
    text = "id,label,a\n" + "".join(f"{unit},{label},{score}\n" for unit, label, score in rows)
    lines = "".join(
        f'{{"id": "{unit}", "label": {label}, "a": {score}}}\n' for unit, label, score in rows
    )
    files = [folder / name for name in ("scores.csv", "scores.csv.zst", "scores.jsonl")]
    files[0].write_text(text)
    files[1].write_bytes(pa.compress(text.encode(), "zstd", asbytes=True))
    files[2].write_text(lines)
    return files


def failures(folder: Path, runs: int, at_once: int = 4) -> Iterator[str]:
    """Yield the exit code and the end of the error output of each run that failed."""
    files = write_inputs(folder)

    def run(number: int) -> str | None:
        file = files[number % len(files)]
        command = [sys.executable, "-m", "dashboard.cli.main", "check", str(file), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        return f"run {number} of {file.name}: exit {done.returncode}, {done.stderr[-200:]}"

    with ThreadPoolExecutor(at_once) as pool:
        for failure in pool.map(run, range(runs)):
            if failure is not None:
                yield failure
