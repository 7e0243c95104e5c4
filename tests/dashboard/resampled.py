"""Bootstrap of the rows, drawn as the app draws it."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import norm, t

from tests import oracles
from tests.dashboard.tables import Rows


def resamples(rows: Rows, replicates: int = 1000) -> tuple[np.ndarray, int]:
    """Weight of each row in every replicate of seed 0, and the number of buckets."""
    buckets = [oracles.bucket(f"u{k}") for k in range(len(rows.labels))]
    filled = sorted(set(buckets))
    rng = np.random.Generator(np.random.PCG64(0))
    times = rng.multinomial(len(filled), [1 / len(filled)] * len(filled), size=replicates)
    drawn = times[:, [filled.index(b) for b in buckets]].astype(float)
    return drawn * (len(rows.labels) / drawn.sum(axis=1))[:, None], len(filled)


def interval_ends(values: np.ndarray, blocks: int) -> tuple[float, float]:
    wide = t(blocks - 1).ppf(0.975) * math.sqrt(blocks / (blocks - 1))
    ordered = np.sort(values)
    low = math.floor(norm.sf(wide) * (len(ordered) - 1))
    return ordered[low], ordered[-1 - low]
