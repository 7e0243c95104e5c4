"""Figures of a data set under a scenario, with columns that scenarios share if they have the same inputs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dashboard.analysis.cache import STORE, Key, Kind
from dashboard.analysis.counts.counts_at_points import counted_at, current_place
from dashboard.analysis.counts.dataset_counts import cached_curves, priced_tally, prices_of
from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.data.dataset import Dataset
from metrics import OBJECTIVES, Objective, Scenario, Tally, evaluate
from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.inspection_band_counts import band_curve
from metrics.evaluation.model_metrics import model_figures
from metrics.evaluation.objective_in_scenario import objective_in_scenario, scenario_read_by
from metrics.evaluation.operating_points import (
    COUNTS,
    counts_at_points,
    figures_at_points,
    scaled_counts,
)


def scenario_figures(dataset: Dataset, scenario: Scenario) -> ScenarioFigures:
    """Operating points of a data set under a scenario.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    counted, prices = priced_tally(dataset, scenario), prices_of(scenario)
    current_tally = counted_at(dataset, current_place(dataset, scenario), scenario)
    counts = counted, cached_curves(dataset, counted, prices), current_tally
    key = Key((dataset.fingerprint,), scenario, Kind.FIGURES)
    figures = STORE.get(key, lambda: figures_under(dataset, scenario, *counts))
    STORE.touch(figures.keys)  # the columns must not be dropped before the figures
    return figures


def figures_under(
    dataset: Dataset,
    scenario: Scenario,
    counted: Tally,
    curves: tuple[ConfusionCurve, ...],
    current_tally: Tally | None,
) -> ScenarioFigures:
    """Compute every figure of a scenario. Scenarios share the columns for which they have the same inputs.

    Parameters
    ----------
    curves : tuple of ConfusionCurve
        Curve of each model, without inspectors.
    current_tally : Tally or None
        Tally at the current threshold, if ``counted`` does not count it exactly.
    """
    keys: list[Key] = []

    def shared(make: Callable[[], Any], *reads: Hashable, kind: Kind = Kind.SHARED) -> Any:
        keys.append(Key((dataset.fingerprint,), reads, kind))
        return STORE.get(keys[-1], make)

    rate, prices = (scenario.defect_rate, scenario.units_per_year), prices_of(scenario)
    figures = shared(
        lambda: tuple(model_figures(counted, c, scenario) for c in curves), "models", *rate
    )
    # The lower threshold of a band depends on the prices, and the counts depend on the lower threshold.
    band = () if scenario.inspection is None else (replace(scenario, today=None, limits={}),)
    curves_or_bands = curves
    if band:
        factors = scenario.factors(counted.class_mass)
        curves_or_bands = shared(
            lambda: tuple(band_curve(c, scenario, factors) for c in curves), "bands", *band
        )
    evaluation = evaluate(
        counted, scenario, curves=curves_or_bands, current_tally=current_tally, figures=figures
    )
    today = shared(lambda: evaluation.current_by_bucket, "today", scenario.today, prices)
    evaluation = replace(evaluation, cached_current_by_bucket=today)
    columns = dict(shared(lambda: counts_at_points(evaluation), "counts", *band))

    def figures_of(objectives: Sequence[Objective]) -> dict[str, Any]:
        scaled = shared(lambda: scaled_counts(evaluation), "scaled counts", *rate, prices, *band)
        return figures_at_points(evaluation, objectives, scaled)

    offered = [o for o in OBJECTIVES.values() if counted.values is not None or not o.needs_value]
    groups: dict[tuple[bool, tuple[str, ...]], list[Objective]] = {}
    for o in offered:
        groups.setdefault((o.is_standard, o.reads), []).append(o)
    for together in groups.values():
        read = scenario_read_by(scenario, together)
        has_own_price = read.miss_cost != Scenario().miss_cost
        columns |= shared(
            partial(figures_of, together),
            tuple(o.id for o in together),
            read,
            kind=Kind.ONE_SCENARIO if has_own_price else Kind.SHARED,
        )
    column_names = "model", "threshold", *COUNTS, *(o.id for o in offered)
    points = pd.DataFrame({name: columns[name] for name in column_names}, copy=False)
    points.columns = points.columns.astype(object)  # a column is found twice as fast by such a name
    answered = {
        o.id: objective_in_scenario(o, scenario)
        for o in offered
        if not np.isnan(columns[o.id]).all()
    }
    return ScenarioFigures(evaluation, points, answered, tuple(keys))
