"""How often limits are missed at a point on new data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.optimism import samples_of
from dashboard.analysis.picked_points import GAIN
from metrics import Bound, OperatingPoint
from metrics.evaluation.standard_objectives import beyond_share, payoff_of, revenue_impact_percent
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from metrics.tally.kernel import Floats


def limits_missed(
    analysis: Analysis, bounds: Sequence[Bound], point: OperatingPoint
) -> LimitsMissed:
    """How often any of some limits is missed at a point on new data; allows for the choice of a pick."""
    if analysis.uncertainty is None:
        return NOT_KNOWN
    worst = np.full(analysis.bootstrap.replicates, -np.inf)
    for bound in bounds:
        short = shortfall_in_samples(analysis, bound, point)
        if short is None:
            return NOT_KNOWN
        worst = np.maximum(worst, short)
    return LimitsMissed(share_above(worst))


def shortfall_in_samples(analysis: Analysis, bound: Bound, point: OperatingPoint) -> Floats | None:
    """Shortfall of a point from a limit in samples of new data, shape (R,); positive if the limit is missed.

    For a limit in per cent of the current revenue, the shortfall is in money. Money is also defined in
    samples in which the current system makes a loss. The result is `None` if it makes a loss in the file.
    """
    o = bound.objective
    is_percent = o.compute is revenue_impact_percent
    drawn = samples_of(analysis, GAIN if is_percent else o, point)
    if drawn is None:
        return None
    if not is_percent:
        return o.direction.loss(drawn - bound.value)
    if not analysis.current_worth > 0:
        return None
    earned = payoff_of(analysis.bootstrap.today, analysis.scenario)[:, 0]
    beyond: Floats = beyond_share(drawn, earned, bound.value)
    return -beyond


def share_above(short: Floats) -> float:
    """Share of the defined samples that miss a target; NaN if no sample is defined."""
    defined = ~np.isnan(short)
    return float((short[defined] > 0).mean()) if defined.any() else math.nan
