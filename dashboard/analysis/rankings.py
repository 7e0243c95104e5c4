"""Ranking of the models by an objective: the places that each model could have."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from metrics import Objective, OperatingPoint
from metrics.evaluation.objective_in_scenario import scenario_read_by
from metrics.inference.comparison.rank_ranges import rank_ranges


def has_places(objective: Objective) -> bool:
    """Whether places in a ranking can be judged for chance. If not, no place is shown next to intervals."""
    return objective.has_interval and not objective.is_slow


def places(analysis: Analysis, objective: Objective) -> dict[str, tuple[int, int]]:
    """First and last place that each model could have by an objective that ranks models.

    Empty for other objectives, until the intervals are computed, and if chance or places are not judged.
    """
    if not objective.of_model:
        return {}
    if analysis.shows_intervals and not (analysis.judges_chance and has_places(objective)):
        return {}
    return _places(analysis, objective)


def could_rank_alike(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> bool:
    """Whether the worse of two models could take the other's place, all models judged at once.

    False unless the objective ranks models and both points have a place.
    """
    ranked = places(analysis, o)
    both = [ranked.get(str(point.model)) for point in (first, second)]
    if None in both:
        return False
    losses = o.direction.loss(figures_of_models(analysis, o).to_numpy(np.float64))
    loss, other = (float(o.direction.loss(np.array(p.figures[o.id]))) for p in (first, second))
    could_rank = both[1 if loss < other else 0]
    return could_rank is not None and could_rank[0] <= 1 + int((losses < min(loss, other)).sum())


def _figures_read(analysis: Analysis, objective: Objective) -> Hashable:
    return objective, scenario_read_by(analysis.scenario, (objective,)), analysis.hidden


@part(reads=_figures_read, kind=Kind.PART)
def figures_of_models(analysis: Analysis, objective: Objective) -> pd.Series[Any]:
    """Figure of each visible model by an objective that ranks models."""
    return analysis.points.groupby("model", sort=False)[objective.id].first()


def _places_read(analysis: Analysis, objective: Objective) -> Hashable:
    read = scenario_read_by(analysis.scenario, (objective,))
    if objective.id == "roc_auc":  # slow to resample, and the same at every defect rate
        read = replace(read, defect_rate=None, units_per_year=None)
    seed = None if analysis.uncertainty is None else analysis.seed
    return objective, read, analysis.hidden, seed


@part(reads=_places_read, kind=Kind.PART)
def _places(analysis: Analysis, objective: Objective) -> dict[str, tuple[int, int]]:
    by_model = figures_of_models(analysis, objective)
    figures, known = by_model.to_numpy(np.float64), analysis.uncertainty
    if known is None:
        loss = pd.Series(objective.direction.loss(figures))
        first = last = loss.rank(method="min").to_numpy(np.float64)
    else:
        bootstrap, index = known.bootstrap, analysis.evaluation.tally.index
        # The figure is the same at every threshold, and the current system's counts are already resampled.
        drawn = np.hstack(
            [
                bootstrap.values_at_scaled_counts(objective, index(str(m)), bootstrap.today)
                for m in by_model.index
            ]
        )
        first, last = rank_ranges(objective, figures, drawn, blocks=known.bootstrap.blocks)
    return {
        str(model): (int(low), int(high))
        for model, low, high in zip(by_model.index, first, last, strict=True)
        if not math.isnan(low)
    }
