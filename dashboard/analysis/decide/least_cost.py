"""Least cost of errors of the selected model: its threshold, its interval, and the implied threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, point_of
from dashboard.analysis.cache import part
from dashboard.analysis.optimism import pick_on_new_data
from dashboard.analysis.picked_points import COST
from dashboard.analysis.selection import Selection
from metrics import Pick, pick
from metrics.inference.choice.optimism import AtChoice, interval_at_choice
from metrics.selection.choice import Choice
from metrics.selection.picks import implied_threshold


@dataclass(frozen=True)
class LeastCost:
    """Least cost of errors of a model, and its threshold.

    Attributes
    ----------
    threshold, cost : float
    interval : (float, float)
        95% interval of the cost on new data, which allows for the choice of the threshold; NaN if unknown.
    implied_threshold : float
        Threshold that the probabilities imply; NaN for a ranking.
    """

    threshold: float
    cost: float
    interval: tuple[float, float]
    implied_threshold: float

    @property
    def is_far_from_implied(self) -> bool:
        """Whether the implied threshold differs by more than a factor of two."""
        implied = self.implied_threshold
        return not (0.5 <= (self.threshold / implied if implied else np.inf) <= 2)


def least_cost_of(selection: Selection) -> LeastCost | None:
    """Least cost of errors of the selected model; `None` if its thresholds flag nothing or everything."""
    analysis = selection.analysis
    best = pick(selection.model_points, COST, analysis.evaluation)
    if best is None:
        return None
    interval = math.nan, math.nan
    if analysis.uncertainty is not None:
        point = point_of(selection.model_points, best.row)
        at_choice = pick_on_new_data(analysis, COST, point) or _on_new_data(analysis, best)
        interval = at_choice.low, at_choice.high
    implied = implied_threshold(analysis.evaluation)
    return LeastCost(best.threshold, best.value, interval, float(implied))


@part(reads=lambda analysis, best: (analysis.intervals_key, best.model))
def _on_new_data(analysis: Analysis, best: Pick) -> AtChoice:
    choice = Choice(COST, models=(best.model,))
    return interval_at_choice(analysis.bootstrap, choice, best.model, best.threshold, [COST])[
        COST.id
    ]
