"""The model with the lowest cost of errors, and whether its lead may be chance."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import part
from dashboard.analysis.differences import difference
from dashboard.analysis.picked_points import COST
from dashboard.analysis.points_table import point_of
from metrics import Bound, OperatingPoint
from metrics.inference.comparison.cheapest_models import compare_cheapest
from metrics.inference.comparison.paired_difference import Chance


@dataclass(frozen=True)
class CheapestModel:
    """Model with the lowest cost of errors, and whether its lead may be chance.

    Attributes
    ----------
    point : OperatingPoint
        Cheapest point of the model.
    rivals : tuple of str
        Models that could be the cheapest, the least surely beaten first; the next model if its lead is clear.
    tied : tuple of str
        Models with the same cost.
    chance : Chance
        Whether its lead may be chance, with all models judged at once or with the next one alone.
    """

    point: OperatingPoint
    rivals: tuple[str, ...]
    tied: tuple[str, ...]
    chance: Chance


@part(reads=lambda analysis, limits=(): (analysis.choices_key, limits))
def cheapest_model(analysis: Analysis, limits: tuple[Bound, ...] = ()) -> CheapestModel | None:
    """Model with the lowest cost of errors within some limits.

    `None` without intervals, and if a single model meets the limits.

    Also `None` if the models were trained on the rows: each then looks too good by a different amount.
    """
    if not analysis.judges_chance:
        return None
    points = analysis.points
    comparison = compare_cheapest(points, analysis.bootstrap, limits)
    if comparison is None:
        return None
    point = point_of(points, comparison.best.row)
    # Tables judge the two points alone, and allow for the choice of both.
    alone = difference(analysis, COST, point, point_of(points, comparison.rival.row))
    is_even = alone is not None and alone.chance is Chance.POSSIBLE
    chance = Chance.CLEAR if comparison.is_clear and not is_even else Chance.POSSIBLE
    rivals = comparison.open or (comparison.rival.model,)
    return CheapestModel(point, rivals, comparison.tied, chance)


def is_cheapest_clear(analysis: Analysis) -> bool:
    """Whether the cheapest model is clearly ahead of all others, or the only one."""
    cheapest = cheapest_model(analysis)
    return len(analysis.models) == 1 or (cheapest is not None and cheapest.chance is Chance.CLEAR)
