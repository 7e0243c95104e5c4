"""Comparison of the cheapest model with its rival and with all models that may be as cheap."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.replicate_choices import best_of_models
from metrics.inference.comparison.paired_difference import PairedDifference, paired_difference
from metrics.inference.comparison.rank_ranges import first_ranks
from metrics.selection.choice import Choice
from metrics.selection.limits import Bound
from metrics.selection.picks import Pick, cheapest_of_each_model
from metrics.selection.ties import is_equal


@dataclass(frozen=True)
class CheapestComparison:
    """The cheapest model and its rival, each at its own cheapest threshold.

    Attributes
    ----------
    tied : tuple of str
        Models with the same cost of errors as the best, up to rounding; the rival first.
    gap : PairedDifference
        In the cost of errors, best minus rival, and so not above 0.
    open : tuple of str
        Models that could be the cheapest, the rival first; empty if the best is clearly ahead.
    """

    best: Pick
    rival: Pick
    tied: tuple[str, ...]
    gap: PairedDifference
    open: tuple[str, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the best is clearly ahead of all other models."""
        return not self.open


def compare_cheapest(
    points: pd.DataFrame, bootstrap: Bootstrap, limits: tuple[Bound, ...] = ()
) -> CheapestComparison | None:
    """Compare the cheapest model with its rival.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``cost_of_errors``; models without rows do not compete.
    bootstrap : Bootstrap
        Bootstrap of the same evaluation.
    limits : tuple of Bound
        Only points that meet all limits are compared. Every replicate then chooses the thresholds again
        (`best_of_models`).

    Returns
    -------
    CheapestComparison or None
        `None` if fewer than two models have a threshold that flags some units but not all.

    Notes
    -----
    The rival is the runner-up unless several models may be as good as the best (`rank_ranges`). Among these
    the rival is the model that loses to the best in the fewest replicates. The cheapest decides a tie.
    """
    cost = OBJECTIVES["cost_of_errors"]
    picks = sorted(cheapest_of_each_model(points, limits=limits), key=lambda p: (p.value, p.model))
    if len(picks) < 2:
        return None
    if limits:
        costs = best_of_models(bootstrap, Choice(cost, limits=limits), [p.model for p in picks])
    else:
        costs = np.column_stack([bootstrap.values_at(cost, p.model, p.threshold) for p in picks])
    best, values, blocks = picks[0], np.array([p.value for p in picks]), bootstrap.blocks
    is_unknown = blocks < 2  # every resample equals the file
    in_set = (first_ranks(cost, values, costs, blocks=blocks) == 1) | is_unknown
    tied = [p.model for p in picks[1:] if is_equal(p.value, best.value)]

    def gap_to(k: int) -> PairedDifference:
        size = best.value - picks[k].value
        return paired_difference(cost, costs[:, 0], costs[:, k], size, blocks=blocks)

    open_to = sorted((k for k in range(1, len(picks)) if in_set[k]), key=lambda k: gap_to(k).better)
    k = 1 if tied else next(iter(open_to), 1)
    rival, gap = picks[k], gap_to(k)
    if is_unknown:
        gap = replace(gap, low=math.nan, high=math.nan, better=math.nan)
    return CheapestComparison(
        best=best,
        rival=rival,
        tied=tuple(sorted(tied, key=lambda name: (name != rival.model, name))),
        gap=gap,
        open=tuple(picks[k].model for k in open_to),
    )
