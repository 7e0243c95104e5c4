"""Figures of a data set under a scenario, for every model at every threshold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics import OBJECTIVES, Evaluation, Objective, Scenario, Tally, Unit, evaluate
from metrics.evaluation.confusion import Confusion, ConfusionCurve
from metrics.evaluation.inspection_band_counts import band_curve
from metrics.evaluation.model_metrics import ModelFigures, model_figures
from metrics.evaluation.objective import as_read_by
from metrics.evaluation.operating_points import (
    COUNTS,
    counts_at_points,
    figures_at_points,
    scaled_counts,
)


@dataclass(frozen=True)
class ScenarioFigures:
    """Figures of a data set under a scenario.

    Attributes
    ----------
    evaluation : Evaluation
    points : DataFrame
        From `metrics.operating_points`, with every offered objective; its columns are shared with other
        scenarios.
    objectives : dict of str to Objective
        Objectives that the data can answer, with the labels of `as_called`.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    objectives: dict[str, Objective]

    def below(self, model: str, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Highest score below each threshold of a model.

        Minus infinity if there is none; NaN if it is unknown, or if the tally does not have the threshold.
        """
        curve = self.evaluation.curve_of(model)
        k = curve.positions(at)
        return np.where(curve.thresholds[k] == at, curve.below[k], np.nan)


@dataclass(frozen=True)
class Shared:
    """Values that scenarios share.

    Attributes
    ----------
    columns : mapping of str to array
        Columns of the operating points.
    models : tuple of ModelFigures
        Figures of whole models.
    counts : Confusion or None
        Counts of the scenario at every operating point.
    today : Confusion or None
        Counts of the current system by bucket.
    curves : tuple of ConfusionCurve
        Curves with inspected bands.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[ModelFigures, ...] = ()
    counts: Confusion | None = None
    today: Confusion | None = None
    curves: tuple[ConfusionCurve, ...] = ()


@dataclass(frozen=True)
class FiguresKey:
    """Key of figures: ids of the objectives, and as much of the scenario as these read."""

    objectives: tuple[str, ...]
    scenario: Scenario


@dataclass(frozen=True)
class SharedKeys:
    """Keys of the values that a scenario shares with others.

    Attributes
    ----------
    models, scaled_counts : hashable
        Keys of values that depend on the defect rate and the units a year.
    today : hashable
        Key of the current system.
    counts : hashable
        Key of the columns that all scenarios without inspectors share.
    bands : hashable
        Key of the curves with inspected bands.
    figures : tuple of FiguresKey
    """

    models: Hashable
    scaled_counts: Hashable
    today: Hashable
    counts: Hashable
    bands: Hashable
    figures: tuple[FiguresKey, ...]

    def __iter__(self) -> Iterator[Hashable]:
        keys = self.models, self.scaled_counts, self.today, self.counts, self.bands
        yield from (*keys, *self.figures)


Share = Callable[[Hashable, Callable[[], Shared]], Shared]
"""Function of a key that returns the stored value, and computes a missing one."""


def figures_under(
    counted: Tally,
    scenario: Scenario,
    shapes: tuple[ConfusionCurve, ...],
    now: Tally | None,
    share: Share,
) -> ScenarioFigures:
    """Compute every figure of a scenario.

    Parameters
    ----------
    shapes : tuple of ConfusionCurve
        Curve of each model.
    now : Tally or None
        Tally at the current threshold, if ``counted`` does not count it exactly.
    share : callable
        Stores the values that other scenarios of the data share.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    keys = shared_keys(counted, scenario)

    def models() -> Shared:
        return Shared(
            models=tuple(model_figures(counted, model_curve, scenario) for model_curve in shapes)
        )

    figures = share(keys.models, models).models
    if scenario.inspection is not None:
        alone, factors = shapes, scenario.factors(counted.class_mass)

        def bands() -> Shared:
            return Shared(
                curves=tuple(band_curve(model_curve, scenario, factors) for model_curve in alone)
            )

        shapes = share(keys.bands, bands).curves
    evaluation = evaluate(counted, scenario, curves=shapes, today_tally=now, figures=figures)
    today = share(keys.today, lambda: Shared(today=evaluation.today_by_bucket)).today
    evaluation = replace(evaluation, known_by_bucket=today)
    columns = dict(share(keys.counts, lambda: Shared(counts_at_points(evaluation))).columns)
    offered = _offered(counted)
    for key in keys.figures:

        def made(names: Sequence[str] = key.objectives) -> Shared:
            every = share(
                keys.scaled_counts, lambda: Shared(counts=scaled_counts(evaluation))
            ).counts
            objectives = [offered[name] for name in names]
            return Shared(figures_at_points(evaluation, objectives, every))

        columns |= share(key, made).columns
    points = pd.DataFrame(
        {name: columns[name] for name in ("model", "threshold", *COUNTS, *offered)}, copy=False
    )
    answered = {
        name: as_called(o, scenario)
        for name, o in offered.items()
        if not np.isnan(points[name].to_numpy()).all()
    }
    return ScenarioFigures(evaluation, points, answered)


def shared_keys(counted: Tally, scenario: Scenario) -> SharedKeys:
    """Return the keys of the values that a scenario shares with others."""
    rate = scenario.defect_rate, scenario.units_per_year
    prices = prices_of(scenario) if counted.miss_prices is not None else None
    # The lower threshold of a band depends on the prices, and the counts on the lower threshold.
    band = () if scenario.inspection is None else (replace(scenario, today=None, limits={}),)
    return SharedKeys(
        models=("models", *rate),
        scaled_counts=("scaled counts", *rate, prices, *band),
        today=("today", scenario.today, prices),
        counts=("counts", *band),
        bands=("bands", *band),
        figures=_figures_keys(counted, scenario),
    )


def prices_of(scenario: Scenario) -> Hashable:
    """Prices of missed defects by kind, as a key; `None` if kinds have no separate prices."""
    by_type = scenario.miss_cost_by_type
    return (frozenset(by_type.items()), scenario.miss_cost) if by_type else None


def _figures_keys(counted: Tally, scenario: Scenario) -> tuple[FiguresKey, ...]:
    """Keys of groups of objectives that read the same of a scenario."""
    groups: dict[tuple[bool, tuple[str, ...]], list[Objective]] = {}
    for o in _offered(counted).values():
        groups.setdefault((o.is_standard, o.reads), []).append(o)
    return tuple(
        FiguresKey(tuple(o.id for o in together), as_read_by(scenario, together))
        for together in groups.values()
    )


NO_CHECKS = "no checks"
"""Name of the current system if none is specified: everything is shipped."""


def as_called(o: Objective, scenario: Scenario) -> Objective:
    """An objective with its label and unit under a scenario: today or no checks, money or false alarms."""
    if not o.is_against_today or not o.is_standard:
        return o
    than = NO_CHECKS if scenario.today is None else "today"
    if scenario.payoff is None and o.unit is Unit.MONEY:
        label = f"savings against {than}"
        return replace(o, label=label, subject=label, noun="savings", unit=Unit.FALSE_ALARMS)
    if o.needs_serving:  # its label names the cost of serving
        return o
    subject = f"{o.change_of} against {than}"
    label = f"{subject}, per cent" if o.unit is Unit.PERCENT else subject
    return replace(o, label=label, subject=subject)


def _offered(counted: Tally) -> dict[str, Objective]:
    return {o.id: o for o in OBJECTIVES.values() if counted.values is not None or not o.needs_value}


def visible(points: pd.DataFrame, hidden: Sequence[str]) -> pd.DataFrame:
    """Operating points of the models that are not hidden, with rows numbered from 0."""
    if not hidden:
        return points
    return points[~points["model"].isin(hidden)].reset_index(drop=True)
