"""Time of a thousand resamples of all figures and the front, compared with a bootstrap of the rows.

Both start with the data in memory: the tally, or the data frame. The bootstrap of the rows is what one would
write with scikit-learn. A few of its replicates are timed and scaled up.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench import drag
from tests.bench.rows import ROOT, Row, ratio, taken

SAMPLE = ROOT / "sample_data" / "line3_camera_trial.parquet"
REPLICATES, OF_ROWS = 1000, 3

OURS = """
from dataclasses import replace

import numpy as np

from metrics import OBJECTIVES, Scenario, open_scores, tally_scores
from metrics.inference.intervals import intervals
from metrics.evaluation.operating_points import evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.front_stability import front_probabilities
from metrics.inference.replicated_counts import AT_MOST, spread

stakeholders = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "revenue_impact")]
# Rows of the sample come in groups; the other side draws them one by one.
tally = replace(tally_scores(open_scores({path!r}), max_thresholds={most}), grouped=False)
evaluation = evaluate(tally, Scenario())
room = AT_MOST // len(evaluation.curves)
positions = [spread(np.flatnonzero(curve.distinct), room) for curve in evaluation.curves]


def all_figures(replicates):
    bootstrap = Bootstrap.draw(evaluation, replicates=replicates)
    # The sample's front has about 600 points, which is what the command line asks for.
    asked = [spread(where, 600 // len(positions)) for where in positions]
    front_probabilities(bootstrap, stakeholders, asked)
    for m, where in enumerate(positions):
        for stakeholder in stakeholders:
            intervals(bootstrap, stakeholder, m, where)


all_figures(10)  # compiled, or read from the cache, before the clock starts
"""
THEIRS = """
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

"""


def compared(name: str, path: Path, most: int, limit: float) -> Iterator[Row]:
    """Rows of the table for one data set."""
    ours = taken(f"all_figures({REPLICATES})", OURS, path=str(path), most=str(most)).seconds
    some = taken(f"for _ in range({OF_ROWS}): replicate()", THEIRS, path=str(path), most=str(most))
    what = f"{REPLICATES:,} resamples of {name}, after the tally: figures, intervals and the front"
    yield Row(what, ours, "s", limit)
    against = f"against a scikit-learn bootstrap of the rows ({OF_ROWS} replicates, scaled up)"
    yield ratio(f"{what}, {against}", [ours], [some.seconds * REPLICATES / OF_ROWS], 1)


def measured(folder: Path) -> Iterator[Row]:
    """Rows of the table for the sample and for the file of many models in `tests.bench.drag`."""
    many = folder / "resampled.csv"
    drag.made(many)
    yield from compared("the sample (40,000 units x 11 models)", SAMPLE, 4096, 1)
    shape = f"{drag.MODELS} models x {drag.THRESHOLDS:,} thresholds ({drag.ROWS:,} units)"
    yield from compared(shape, many, drag.THRESHOLDS, 8)
