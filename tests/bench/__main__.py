"""``make bench``: time and memory compared with common alternatives, as ratios within one run.

The two sides take turns, so that a noisy machine affects both. The tables show medians. Files are read by
whole processes, including their start. The app is measured in a browser, as its reader uses it. All figures
are also saved as JSON.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.bench import chart, drag, large, resample, scale, second_start, sessions, start
from tests.running import chromium

ROOT = Path(__file__).resolve().parents[2]
ROWS, MODELS, TURNS = 1_000_000, 12, 3

PICTURES = 100_000
THUMBNAILS = """
from pathlib import Path
from dashboard.data.pictures import open_pictures
found = open_pictures(Path({folder!r})).pictures([f"u{{k}}" for k in range(100)], 160)
assert all(one.jpeg for one in found)
"""
PANDAS = "import pandas; pandas.read_csv({path!r})"
CHILD = """
from pathlib import Path
from dashboard.data.uploads.job import Intake
result = Intake([Path({path!r})], {{}}, Path({out!r})).wait()
assert result["ok"], result
"""
TALLY = """
from metrics import open_scores, tally_scores
tally_scores(open_scores({path!r}))
"""
SKLEARN = """
import pandas
from sklearn.metrics import brier_score_loss, log_loss, roc_curve
frame = pandas.read_csv({path!r})
for name in frame.columns[2:]:
    log_loss(frame.label, frame[name])
    brier_score_loss(frame.label, frame[name])
    roc_curve(frame.label, frame[name])
"""


def made(path: Path) -> None:
    """File of a million units with shuffled text ids, of which 3% are defects."""
    rng = np.random.default_rng(20_261)
    label = (rng.random(ROWS) < 0.03).astype(int)
    columns: dict[str, object] = {
        "id": [f"U{k:08d}" for k in rng.permutation(ROWS)],
        "label": label,
    }
    for k in range(MODELS):
        logit = rng.normal(size=ROWS) + (1.5 + 0.1 * k) * label - 3
        columns[f"model_{k}"] = 1 / (1 + np.exp(-logit))
    pd.DataFrame(columns).to_csv(path, index=False, float_format="%.9f")


def measured(code: str) -> tuple[float, float]:
    """Elapsed seconds and peak MB of a process that runs ``code``, including its children."""
    watch = (
        "import resource, sys\n"
        "exec(sys.argv[1])\n"
        # The own peak from the kernel's page: ru_maxrss begins at that of the process which forked.
        "own = next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1]\n"
        "print((int(own) + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)"
    )
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", watch, code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - begun, float(done.stdout.splitlines()[-1])


def compared(name: str, ours: str, theirs: str) -> dict[str, Any]:
    """Median ratio of ours to theirs over several turns; memory is the sum of the peaks."""
    turns = [(measured(ours), measured(theirs)) for _ in range(TURNS)]
    times = [a[0] / b[0] for a, b in turns]
    peaks = [a[1] / b[1] for a, b in turns]
    return {
        "measured": name,
        "seconds": round(statistics.median(a[0] for a, _ in turns), 2),
        "time": round(statistics.median(times), 2),
        "time_range": [round(min(times), 2), round(max(times), 2)],
        "memory": round(statistics.median(peaks), 2),
    }


def pictures(folder: Path) -> dict[str, Any]:
    """Thumbnails of a hundred units in a large folder, compared with a folder of only these units."""
    few, many = folder / "few", folder / "many"
    for place in (few, many):
        place.mkdir()
    pixels = np.random.default_rng(3).integers(0, 255, (600, 800, 3), np.uint8)
    for k in range(2):  # a file has at most 65,000 names on some file systems
        Image.fromarray(pixels).save(folder / f"{k}.jpg")
    for k in range(PICTURES):
        for place in (many, few) if k < 100 else (many,):
            os.link(folder / f"{k % 2}.jpg", place / f"u{k}.jpg")
    return compared(
        f"100 thumbnails of a folder of {PICTURES:,} pictures of 800 x 600, from the start of a process, "
        "against the same from a folder of these 100",
        THUMBNAILS.format(folder=str(many)),
        THUMBNAILS.format(folder=str(few)),
    )


def read() -> list[dict[str, Any]]:
    """Time and memory of reading a large file."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "scores.csv", Path(folder) / "out" / "rows.parquet"
        made(path)
        out.parent.mkdir()
        names = {"path": str(path), "out": str(out)}
        size = path.stat().st_size / 1e6
        return [
            compared(
                f"upload of {ROWS:,} x {MODELS} as CSV ({size:.0f} MB), checked and kept, "
                "against pandas.read_csv",
                CHILD.format(**names),
                PANDAS.format(**names),
            ),
            compared(
                "the same file to a tally, against read_csv and scikit-learn's log loss, Brier score "
                "and ROC curve",
                TALLY.format(**names),
                SKLEARN.format(**names),
            ),
            pictures(Path(folder)),
        ]


def used() -> list[dict[str, Any]]:
    """Waiting times of a reader of the app."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        rows = [*drag.measured(browser, folder, TURNS), *start.measured(browser, folder)]
        browser.close()
    # Playwright's event loop must be gone before another one can run.
    with tempfile.TemporaryDirectory() as name:
        return [
            *rows,
            *sessions.measured(Path(name), TURNS),
            *second_start.measured(Path(name), TURNS),
            *resample.measured(Path(name), TURNS),
            *large.measured(Path(name)),
        ]


def scaled() -> tuple[list[dict[str, Any]], dict[str, list[dict[str, float]]]]:
    """Speed of counting rows, and its growth with the rows. The chart is saved."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        counted = scale.compared(Path(folder), TURNS) + scale.by_parts(Path(folder), TURNS)
        grown = scale.growth(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        chart.save(browser, grown, ROOT / "dashboard" / "guide" / "growth.png")
        browser.close()
    return counted, grown


def ratio(row: dict[str, Any]) -> str:
    """Ratio of a row with its range; a dash if there is no comparison."""
    if "times" in row:
        return "{} times as fast ({} to {})".format(row["times"], *row["times_range"])
    return "{} ({} to {})".format(row["time"], *row["time_range"]) if "time" in row else "–"


def waits(row: dict[str, Any]) -> str:
    """Median wait in seconds with the 95th percentile in brackets, the CPU time, and the memory."""
    slowest = f" ({row['slowest']})" if "slowest" in row else ""
    rate = f", {row['frames']} frames a second" if "frames" in row else ""
    work = f", {row['processor']} of the processor" if "processor" in row else ""
    held = f", {row['held']:,} MB" if "held" in row else ""
    return f"{row['seconds']}{slowest}{rate}{work}{held}"


def main() -> None:
    """Measure, print the tables, and save them."""
    counted, grown = scaled()
    rows, app = read(), used()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"\n{machine}; medians of {TURNS} turns\n")
    print("| measured | seconds | time | memory |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['measured']} | {row['seconds']} | {ratio(row)} | {row['memory']} |")
    print("\n| measured | seconds | seconds against it | time | at most |\n|---|---|---|---|---|")
    for row in counted + app:
        other = waits(row["against"]) if "against" in row else "–"
        print(
            f"| {row['measured']} | {waits(row)} | {other} | {ratio(row)} | {row.get('limit', '')} |"
        )
    print("\n| units | models | seconds | peak MB |\n|---|---|---|---|")
    for point in grown["rows"] + grown["models"]:
        print("| {rows:,} | {models} | {seconds} | {peak:,} |".format(**point))
    saved = ROOT / "build" / "bench.json"
    saved.parent.mkdir(exist_ok=True)
    saved.write_text(
        json.dumps({"machine": machine, "rows": rows + counted + app, "growth": grown}, indent=1),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
