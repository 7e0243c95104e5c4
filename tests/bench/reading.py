"""Time and memory of processes that read a large CSV file; imports are included."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tests.bench.rows import Row, in_turns, ratio, taken

ROWS, MODELS = 1_000_000, 12
PANDAS = "import pandas; pandas.read_csv({path!r})"
UPLOAD = """
from pathlib import Path
from dashboard.data.uploads.job import UploadJob
result = UploadJob([Path({path!r})], {{}}, Path({out!r})).wait()
assert result["ok"], result
"""
TALLY = "from metrics import open_scores, tally_scores; tally_scores(open_scores({path!r}))"
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
    columns = {"id": [f"U{k:08d}" for k in rng.permutation(ROWS)], "label": label}
    for k in range(MODELS):
        logit = rng.normal(size=ROWS) + (1.5 + 0.1 * k) * label - 3
        columns[f"model_{k}"] = (1 / (1 + np.exp(-logit))).round(9)
    csv.write_csv(pa.table(columns), path)


def measured(folder: Path) -> Iterator[Row]:
    """Compare an upload with reading the file by pandas, and a tally with scikit-learn's metrics."""
    path, out = folder / "scores.csv", folder / "out" / "rows.parquet"
    made(path)
    out.parent.mkdir()
    sides = {"upload": UPLOAD, "pandas": PANDAS, "tally": TALLY, "sklearn": SKLEARN}
    names = {"path": str(path), "out": str(out)}
    runs = in_turns({name: partial(taken, code, **names) for name, code in sides.items()})
    seconds = {name: [run.seconds for run in of_name] for name, of_name in runs.items()}
    peaks = {name: [run.peak for run in of_name] for name, of_name in runs.items()}
    file = f"{ROWS:,} units x {MODELS} models as CSV ({path.stat().st_size / 1e6:.0f} MB)"
    upload = f"upload of {file}, checked and stored, against pandas.read_csv"
    yield ratio(upload, seconds["upload"], seconds["pandas"], 4)
    yield ratio(f"{upload}: memory", peaks["upload"], peaks["pandas"], 0.5, "MB")
    name = "the same file to a tally, against read_csv and scikit-learn's log loss, Brier score and ROC curve"
    yield ratio(name, seconds["tally"], seconds["sklearn"], 1)
    yield ratio(f"{name}: memory", peaks["tally"], peaks["sklearn"], 1, "MB")
