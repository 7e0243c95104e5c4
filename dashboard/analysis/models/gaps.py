"""Differences between the models' best figures: every pair, and the places that each model may have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import part
from dashboard.analysis.decide.cards import has_places
from dashboard.analysis.optimism import (
    best_of_each_model,
    best_on_new_data,
    range_at_best,
    ranges_of_own_best,
)
from metrics import OBJECTIVES, Pick
from metrics.inference.comparison import Gap, paired_difference, rank_ranges
from metrics.inference.optimism import OptimismCorrected


@dataclass(frozen=True)
class Gaps:
    """Differences of an objective between all pairs of models, each at its own best threshold.

    Attributes
    ----------
    picks : tuple of Pick
        Best point of each model, the best model first.
    ranges : tuple of (float, float)
        95% interval of each pick's figure, which allows for the choice of its threshold.
    pairs : mapping of (int, int) to Gap
        First pick minus second pick, by their positions in ``picks``.
    places : tuple of (int, int)
        First and last place that each model could have, all models judged at once.
    """

    picks: tuple[Pick, ...]
    ranges: tuple[tuple[float, float], ...]
    pairs: dict[tuple[int, int], Gap]
    places: tuple[tuple[int, int], ...]

    @property
    def together(self) -> tuple[bool, ...]:
        """Whether each model could be the best."""
        return tuple(first == 1 for first, _ in self.places)


def judged_by(analysis: Analysis, name: str) -> Stakeholder:
    """Stakeholder whose objective compares the models.

    The name ``cost`` means everyone, with the cost of errors as objective.
    """
    if name != "cost":
        return analysis.stakeholder(name)
    return Stakeholder("cost", OBJECTIVES["cost_of_errors"], None, None)


@part(reads=lambda analysis, stakeholder: (analysis.choices_key, stakeholder.name))
def gaps_of(analysis: Analysis, stakeholder: Stakeholder) -> Gaps:
    """Differences between all pairs of models. Intervals must be computed."""
    o, bootstrap = stakeholder.objective, analysis.bootstrap
    best = best_of_each_model(analysis, stakeholder)
    picks = [p for p in best.values() if p is not None and math.isfinite(p.value)]
    picks.sort(key=lambda p: float(o.direction.loss(np.asarray(p.value))))
    if not picks:
        return Gaps((), (), {}, ())
    columns = [bootstrap.values_at(o, p.model, p.threshold) for p in picks]
    ranges = ranges_of_own_best(analysis, stakeholder)
    blocks = bootstrap.blocks
    pairs = {
        (i, j): paired_difference(
            o, columns[i], columns[j], picks[i].value - picks[j].value, blocks=blocks
        )
        for i in range(len(picks))
        for j in range(len(picks))
        if i != j
    }
    values = np.array([p.value for p in picks])
    first, last = rank_ranges(o, values, np.column_stack(columns), blocks=blocks)
    places = tuple((int(low), int(high)) for low, high in zip(first, last, strict=True))
    return Gaps(tuple(picks), tuple(ranges[p.model] for p in picks), pairs, places)


def places_of(analysis: Analysis, stakeholder: Stakeholder) -> dict[str, tuple[int, int]]:
    """First and last place that each model could have; empty if unknown."""
    if not (analysis.judges_chance and has_places(stakeholder.objective)):
        return {}
    gaps = gaps_of(analysis, stakeholder)
    return {p.model: place for p, place in zip(gaps.picks, gaps.places, strict=True)}


@part(reads=lambda analysis, stakeholder: (analysis.intervals_key, stakeholder.name))
def best_chosen_again(
    analysis: Analysis, stakeholder: Stakeholder
) -> tuple[OptimismCorrected | None, tuple[float, float]]:
    """Figure of the best model if it is chosen again on new data, and its 95% interval."""
    return best_on_new_data(analysis, stakeholder), range_at_best(analysis, stakeholder)
