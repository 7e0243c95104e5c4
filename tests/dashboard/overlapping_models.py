"""Four models with overlapping scores, and the cheapest threshold of each by the rows."""

from __future__ import annotations

import numpy as np

from tests.dashboard.tables import Rows

MISS = 5.0
HERE = "middle"


def overlapping(seed: int = 11) -> Rows:
    rng = np.random.default_rng(seed)
    labels = (rng.random(800) < 0.08).astype(np.int64)
    scores = {
        model: np.round(1 / (1 + np.exp(2.6 - skill * labels - rng.normal(0, 1.1, 800))), 3)
        for model, skill in (("best", 2.6), (HERE, 2.1), ("close", 2.0), ("worst", 0.6))
    }
    return Rows(labels, scores)


ROWS = overlapping()


def cheapest(model: str, most_flagged: float = 1.0) -> float:
    """Threshold of lowest cost that flags some units, but at most a given share."""
    able = [
        (MISS * counts["fn"] + counts["fp"], counts["fn"], threshold)
        for threshold in ROWS.thresholds(model)[1:-1]
        if (counts := ROWS.counts(model, threshold))
        and counts["tp"] + counts["fp"] <= most_flagged * len(ROWS.labels)
    ]
    return min(able)[2]


AT = cheapest(HERE)
