"""Intervals of the counts that were observed, whatever the scenario makes of them."""

from __future__ import annotations

import numpy as np

from metrics.confusion import Confusion
from metrics.counted import lumps
from metrics.margins import Interval, design_effect, wilson
from metrics.points import COUNTS
from metrics.resample import Resampled


def count_intervals(
    resampled: Resampled, counts: Confusion, drawn: Confusion, *, grouped: bool = False
) -> dict[str, Interval]:
    """Wilson's 95 % intervals of observed counts, as `metrics.intervals` has those of the missed defects.

    Parameters
    ----------
    resampled : Resampled
    counts : Confusion of shape (K,)
        As observed.
    drawn : Confusion of shape (R, K)
        The same in every replicate.
    grouped : bool
        Whether rows come in groups that share a bucket.

    Returns
    -------
    dict of str to Interval
        By the name of the count.
    """
    tally = resampled.evaluation.tally
    mass, rows = float(tally.class_mass.sum()), float(tally.rows.sum())
    at_once = lumps(resampled.evaluation, grouped)
    out = {}
    for name in COUNTS:
        share = np.asarray(getattr(counts, name), np.float64) / mass
        trials = np.full(share.shape, rows)
        if grouped or tally.weights is not None:
            varied = getattr(drawn, name) / mass
            # Where none was seen, as many may come at once as come of a class on average.
            lump = at_once[1 if name in ("tp", "fn") else 0]
            none = np.full(share.shape, rows * lump / mass)
            effect = design_effect(share, trials, varied, resampled.draws.blocks, otherwise=none)
            trials /= effect
        ends = wilson(share * trials, trials)
        out[name] = Interval(ends.low * mass, ends.high * mass)
    return out
