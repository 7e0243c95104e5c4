"""Time from rows to a tally, compared with scikit-learn and with only reading, and its growth.

Each figure comes from a process of its own, on files written for the benchmark with shuffled ids. The sides
take turns. A process first reads a small file, so that compiled code is loaded before the clock starts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

ROOT = Path(__file__).resolve().parents[2]
ROWS, STEP = 10_000_000, 1_000_000
GROWING = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
MANY, OF_MANY = (1, 4, 12, 50, 200), 1_000_000
WARM = ROOT / "sample_data" / "line3_camera_trial.parquet"

BEGIN = """
import time
import numpy as np
import pyarrow.parquet as pq
from metrics import open_scores, tally_scores
clock = time.perf_counter
tally_scores(open_scores({warm!r}))
"""
GATE = "begun = time.perf_counter()\ntally_scores(open_scores({path!r}))"
PARTS = """
from metrics.tally.breakdown import Axes


def counted(scores):
    tally_scores(scores, by=Axes.of(scores.columns, (scores.models[0], 0.3)))


counted(open_scores({warm!r}))
clock = time.process_time
begun = clock()
counted(open_scores({path!r}, models=["model_0"], segments=["area"], defect_type="why"))
"""
WHOLE = """
clock = time.process_time
begun = clock()
tally_scores(open_scores({path!r}, models=["model_0"]))
"""
READ = (
    "begun = time.perf_counter()\nfor batch in pq.ParquetFile({path!r}).iter_batches(131_072): pass"
)
ARRAYS = """
table = pq.read_table({path!r})
id, label, score = (table[name].to_numpy() for name in ("id", "label", "model_0"))
"""
COLUMNS = (
    ARRAYS
    + """
from metrics.io.hashing import hash_integers
from metrics.io.checked_columns import Columns
from metrics.io.hashing import KeyedRows


class Made:
    models, scale, nothing = ("model_0",), "probability", np.empty(0)
    columns = Columns(("id",), "label", "1", models)

    def keyed_rows(self):
        for k in range(0, id.size, 131_072):
            part = slice(k, k + 131_072)
            keys = hash_integers(id[part])
            yield KeyedRows(keys, label[part], self.nothing, self.nothing, (score[part],))


begun = time.perf_counter()
tally_scores(Made())
"""
)
SKLEARN = (
    ARRAYS
    + """
from sklearn.metrics import brier_score_loss, log_loss, roc_curve
begun = time.perf_counter()
log_loss(label, score), brier_score_loss(label, score), roc_curve(label, score)
"""
)
END = """
took = clock() - begun
import json
own = next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]
print(json.dumps([took, int(own) / 1024]))
"""


AREAS = np.array([f"area {k}" for k in range(10)])
KINDS = np.array(["scratch", "crack", "pit", "dent"])


def made(
    path: Path, rows: int, models: int = 1, *, text: bool = False, with_parts: bool = False
) -> Path:
    """Score file with shuffled ids and 3% defects, written in parts.

    On request it has ten segments and four kinds of defect.
    """
    rng = np.random.default_rng(20_263)
    ids = rng.permutation(rows)
    writer = None
    for start in range(0, rows, STEP):
        own = ids[start : start + STEP]
        label = (rng.random(own.size) < 0.03).astype(np.int8)
        names = [f"U{k:09d}" for k in own.tolist()] if text else own
        columns = {"id": pa.array(names), "label": pa.array(label)}
        if with_parts:
            columns["area"] = pa.array(AREAS[rng.integers(0, AREAS.size, own.size)])
            kinds = KINDS[rng.integers(0, KINDS.size, own.size)]
            columns["why"] = pa.array(np.where(label == 1, kinds, ""))
        for k in range(models):
            logit = rng.normal(size=own.size) + (1.5 + 0.1 * (k % 12)) * label - 3
            columns[f"model_{k}"] = pa.array(1 / (1 + np.exp(-logit)))
        part = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    assert writer is not None
    writer.close()
    return path


def as_csv(path: Path) -> Path:
    """Same rows as CSV."""
    file = pq.ParquetFile(path)
    with csv.CSVWriter(out := path.with_suffix(".csv"), file.schema_arrow) as writer:
        for batch in file.iter_batches(STEP):
            writer.write_batch(batch)
    return out


def timed(code: str, path: Path) -> tuple[float, float]:
    """Seconds of the timed part of ``code``, and peak MB of its process."""
    told = (BEGIN + code + END).replace("{path!r}", repr(str(path)))
    told = told.replace("{warm!r}", repr(str(WARM)))
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, check=True, capture_output=True, text=True
    )
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def row(
    name: str, ours: list[float], theirs: list[float], *, times: bool = False
) -> dict[str, Any]:
    """One comparison with the ratio of each turn; ``times`` is how many times faster ours is."""
    ratios = [b / a if times else a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "measured": name,
        "seconds": round(statistics.median(ours), 2),
        "against": {"seconds": round(statistics.median(theirs), 2)},
        "times" if times else "time": round(statistics.median(ratios), 1),
        "times_range" if times else "time_range": [round(min(ratios), 1), round(max(ratios), 1)],
    }


def compared(folder: Path, turns: int) -> list[dict[str, Any]]:
    """Ten million rows of one model, compared with scikit-learn and with only reading."""
    numbers = made(folder / "numbers.parquet", ROWS)
    texts = made(folder / "texts.parquet", ROWS, text=True)
    runs = {
        "columns": (COLUMNS, numbers), "read": (READ, numbers), "sklearn": (SKLEARN, numbers),
        "numbers": (GATE, numbers), "texts": (GATE, texts),
    }  # fmt: skip
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, (code, path) in runs.items():
            took[name].append(timed(code, path)[0])
    many = f"{ROWS:,} units x 1 model"
    theirs = "scikit-learn's log_loss, brier_score_loss and roc_curve on arrays in memory"
    sklearn, read = took["sklearn"], took["read"]
    return [
        row(f"{many}, columns to tally, against {theirs}", took["columns"], sklearn, times=True),
        row(f"{many}, columns to tally, against the bare read of the file", took["columns"], read),
        row(
            f"{many}, file to tally with every check, ids whole numbers, against {theirs}",
            took["numbers"],
            sklearn,
            times=True,
        ),
        row(
            f"{many}, the same with ids of text, against {theirs}",
            took["texts"],
            sklearn,
            times=True,
        ),
    ]


def by_parts(folder: Path, turns: int) -> list[dict[str, Any]]:
    """Ten million rows counted by ten segments, four kinds and the current system, compared with no parts."""
    parquet = made(folder / "parts.parquet", ROWS, text=True, with_parts=True)
    out = []
    for path in (parquet, as_csv(parquet)):
        pairs = [(timed(PARTS, path)[0], timed(WHOLE, path)[0]) for _ in range(turns)]
        kind = {".parquet": "Parquet", ".csv": "CSV"}[path.suffix]
        name = f"{ROWS:,} units x 1 model, {kind} to tally by 10 segments, 4 kinds of defect"
        ours, theirs = (list(own) for own in zip(*pairs, strict=True))
        out.append(
            row(f"{name} and today's answer, against without (of the processor)", ours, theirs)
            | {"limit": "1.5"}
        )
        path.unlink()
    return out


def growth(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Seconds and peak MB from file to tally, by rows (four models) and by models (a million rows)."""
    out: dict[str, list[dict[str, float]]] = {"rows": [], "models": []}
    for kind, sizes in (("rows", GROWING), ("models", MANY)):
        for size in sizes:
            rows, models = (size, 4) if kind == "rows" else (OF_MANY, size)
            path = made(folder / "growing.parquet", rows, models)
            seconds, peak = timed(GATE, path)
            path.unlink()
            found = {
                "rows": rows,
                "models": models,
                "seconds": round(seconds, 3),
                "peak": round(peak),
            }
            out[kind].append(found)
    return out
