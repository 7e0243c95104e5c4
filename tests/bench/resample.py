"""Time of a thousand resamples of all figures and the front, compared with a bootstrap of the rows.

Both start with the data in memory: the tally, or the data frame. The bootstrap of the rows is what one would
write with scikit-learn. A few of its replicates are timed and scaled up.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench import drag

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_data" / "line3_camera_trial.parquet"
REPLICATES, OF_ROWS = 1000, 3

OURS = """
import time
from dataclasses import replace

from metrics import OBJECTIVES, Scenario, open_scores, tally_scores
from metrics.inference.intervals import intervals
from metrics.evaluation.operating_points import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.front_stability import front_stability

stakeholders = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "revenue_impact")]
# Rows of the sample come in groups; the other side draws them one by one.
tally = replace(tally_scores(open_scores({path!r}), max_thresholds={most}), grouped=False)
evaluation = evaluate(tally, Scenario())


def all_figures(replicates):
    bootstrap = Bootstrap.draw(evaluation, replicates=replicates)
    stability = front_stability(bootstrap, stakeholders)
    for m, where in enumerate(stability.positions):
        for stakeholder in stakeholders:
            intervals(bootstrap, stakeholder, m, where)


all_figures(10)  # compiled, or read from the cache, before the clock starts
begun = time.perf_counter(), time.process_time()
all_figures({replicates})
took = time.perf_counter() - begun[0], time.process_time() - begun[1]
"""
THEIRS = """
import time
import moocore
import numpy as np
from metrics import open_scores
from sklearn.metrics import log_loss, roc_curve

scores = open_scores({path!r})
batches = list(scores.batches())
label = np.concatenate([b.column(1).to_numpy() for b in batches])
columns = [
    np.concatenate([b.column(name).to_numpy() for b in batches]) for name in scores.models
]
rng = np.random.default_rng(0)
at = [np.quantile(own, np.linspace(0, 1, min({most}, 8192 // len(columns)))) for own in columns]


def replicate():
    drawn = rng.integers(0, label.size, label.size)
    y, points = label[drawn], []
    for own, thresholds in zip(columns, at, strict=True):
        p = own[drawn]
        loss = log_loss(y, p)
        fpr, tpr, found = roc_curve(y, p, drop_intermediate=False)
        k = np.searchsorted(-found, -thresholds, side="right") - 1
        missed, alarms = (1 - tpr[k]) * y.sum(), fpr[k] * (1 - y).sum()
        caught = y.sum() - missed
        points.append(np.column_stack([np.full(k.size, loss), missed, alarms - 5 * caught]))
    moocore.is_nondominated(np.concatenate(points), keep_weakly=True)


begun = time.perf_counter(), time.process_time()
for _ in range({of_rows}):
    replicate()
scale = {replicates} / {of_rows}
took = scale * (time.perf_counter() - begun[0]), scale * (time.process_time() - begun[1])
"""
REPORT = """
import json
own = next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]
print(json.dumps([*took, int(own) / 1024]))
"""


def timed(code: str, path: Path, most: int) -> tuple[float, float, float]:
    """Elapsed and CPU seconds, and peak MB, of the timed part of ``code``."""
    told = code.format(path=str(path), most=most, replicates=REPLICATES, of_rows=OF_ROWS) + REPORT
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, check=True, capture_output=True, text=True
    )
    clock, processor, peak = json.loads(done.stdout.splitlines()[-1])
    return clock, processor, peak


def compared(name: str, path: Path, most: int, turns: int) -> dict[str, Any]:
    """Row with both sides in turns, and the ratio of each turn."""
    pairs = [(timed(OURS, path, most), timed(THEIRS, path, most)) for _ in range(turns)]
    ratios = [ours[0] / theirs[0] for ours, theirs in pairs]
    return {
        "measured": f"{REPLICATES:,} resamples of {name}, after the tally: three stakeholders' figures with "
        "intervals and the front, against a scikit-learn bootstrap of the rows, without intervals "
        f"({OF_ROWS} replicates, scaled up)",
        "seconds": round(statistics.median(a[0] for a, _ in pairs), 2),
        "processor": round(statistics.median(a[1] for a, _ in pairs), 2),
        "peak": round(statistics.median(a[2] for a, _ in pairs)),
        "against": {
            "seconds": round(statistics.median(b[0] for _, b in pairs), 1),
            "processor": round(statistics.median(b[1] for _, b in pairs), 1),
        },
        "time": round(statistics.median(ratios), 4),
        "time_range": [round(min(ratios), 4), round(max(ratios), 4)],
    }


def measured(folder: Path, turns: int) -> list[dict[str, Any]]:
    """Rows for the sample, and for the many models of the benchmark of dragging."""
    many = folder / "resampled.csv"
    drag.made(many)
    shape = f"{drag.MODELS} models x {drag.THRESHOLDS:,} thresholds ({drag.ROWS:,} units)"
    return [
        compared("the sample (40,000 units x 11 models)", SAMPLE, 4096, turns),
        compared(shape, many, drag.THRESHOLDS, turns),
    ]
