"""Best threshold of the current system's model, and its gain over the current one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.analysis.differences import chance_of_difference
from dashboard.analysis.inspection import Band, band_at
from dashboard.analysis.picked_points import best_of_current_model
from dashboard.analysis.points_table import at_or_above
from dashboard.session.choices import Point
from metrics import Objective, OperatingPoint, pick
from metrics.inference.comparison.paired_difference import Chance


@dataclass(frozen=True)
class BetterThreshold:
    """Best threshold of the current system's model.

    Attributes
    ----------
    band : Band or None
        Units that people inspect at the point; `None` if there are none.
    gain, most : float
        Improvement over the current system by this point, and by the best point of all models; both above 0.
    chance : Chance
        Whether the gain may be chance.
    """

    point: OperatingPoint
    band: Band | None
    objective: Objective
    gain: float
    most: float
    chance: Chance


@part(reads=lambda analysis: analysis.choices_key)
def better_threshold(analysis: Analysis) -> BetterThreshold | None:
    """Best threshold of the current system's model; `None` if it gains nothing, or if it is unknown.

    The gain is measured in revenue if there are prices, otherwise in the cost of errors.
    """
    (o, best_of_model), current = best_of_current_model(analysis), analysis.current
    best = pick(analysis.points, o, analysis.evaluation)
    if best_of_model is None or best is None:
        return None
    loss = o.direction.loss(np.array([best_of_model.value, best.value]) - current.figures[o.id])
    gain, most = (float(-change) + 0.0 for change in loss)
    if not gain > 0:
        return None
    point = at_or_above(
        analysis.points, analysis.evaluation, Point(best_of_model.model, best_of_model.threshold)
    )
    assert point is not None
    chance = chance_of_difference(analysis, o, point, current)
    is_inspected = analysis.evaluation.inspected_from(point.model, point.threshold) is not None
    band = band_at(analysis, point) if is_inspected else None
    return BetterThreshold(point, band, o, gain, most, chance)
