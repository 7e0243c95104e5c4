"""Four models, each slightly better than the next."""

from __future__ import annotations

import numpy as np

from tests.dashboard.tables import NASTY, Rows


def make_close_rows() -> Rows:
    """Models that overlap, each slightly better than the next."""
    rng = np.random.default_rng(8)
    labels = (rng.random(900) < 0.06).astype(np.int64)
    scores = {}
    for k, model in enumerate(NASTY):
        logit = -2.7 + (1.9 - 0.25 * k) * labels + rng.normal(0, 1.2, 900)
        scores[model] = np.clip(np.round(1 / (1 + np.exp(-logit)), 3), 0.001, 0.999)
    return Rows(labels, scores)


ROWS = make_close_rows()
