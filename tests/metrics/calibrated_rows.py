"""Rows of a model with log-odds that are too large or too small by a factor."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from tests.metrics.made_rows import Rows


def rows_with_slope(n: int, *, seed: int, slope: float = 1.0, scale: str = "probability") -> Rows:
    """Units of a model; their true log-odds are ``slope`` times the log-odds of the model."""
    rng = np.random.default_rng(seed)
    log_odds = np.round(rng.normal(-1, 1.5, n), 2)
    labels = (rng.random(n) < expit(slope * log_odds)).astype(np.int8)
    p = expit(log_odds)
    scores = {"probability": p, "percent": 100 * p, "logit": log_odds, "rank": log_odds}[scale]
    return Rows(labels, {"m": scores}, scale=scale)  # type: ignore[arg-type]
