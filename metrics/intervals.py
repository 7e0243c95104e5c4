"""Intervals of figures: percentiles of the replicates, and Wilson's where a figure is a count or a rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Confusion, ratio
from metrics.margins import LEVEL, Interval, design_effect, percentile, wilson
from metrics.objective import Objective
from metrics.resample import Floats, Resampled
from metrics.scenario import Scenario

__all__ = [
    "LEVEL", "Difference", "Interval", "design_effect", "difference", "intervals", "percentile", "wilson",
]  # fmt: skip

FEW_DEFECTS = 30
FEW_GROUPS = 50
"""Below these, simulation finds intervals that hold the truth clearly less often than they say."""


@dataclass(frozen=True)
class _Rate:
    """A figure that is a share of trials, and how the share becomes the figure."""

    successes: NDArray[Any]
    trials: Any
    figure: Callable[[Floats], Floats]


def _rate(
    objective: str, c: Confusion, mass: Floats, factors: tuple[Any, Any], scenario: Scenario
) -> _Rate | None:
    """An objective as a share of the rows, where it is one.

    Notes
    -----
    Observed counts vary with the number of defects in the sample: their trials are all rows. At a set
    defect rate each class stands for its own total.
    """
    goods, defects = mass[..., 0], mass[..., 1]
    rows, given = goods + defects, scenario.defect_rate is not None
    on_defects, on_goods = factors
    if objective == "missed_defects":
        trials = defects if given else rows
        return _Rate(c.fn, trials, lambda p: p * trials * on_defects)
    if objective == "false_alarms":
        trials = goods if given else rows
        return _Rate(c.fp, trials, lambda p: p * trials * on_goods)
    if objective == "missed_defects_per_1000_defects":
        return _Rate(c.fn, defects, lambda p: 1000 * p)
    if objective == "recall":
        return _Rate(c.tp, defects, lambda p: p)
    if objective == "missed_defects_per_1000_units":
        if scenario.defect_rate is not None:
            rate = scenario.defect_rate
            return _Rate(c.fn, defects, lambda p: 1000 * p * rate)
        return _Rate(c.fn, rows, lambda p: 1000 * p)
    odds = on_defects / on_goods
    if objective == "precision":
        return _Rate(c.tp, c.tp + c.fp, lambda p: p * odds / (p * odds + 1 - p))
    if objective == "shipped_defects_per_million":
        return _Rate(c.fn, c.fn + c.tn, lambda p: 1e6 * p * odds / (p * odds + 1 - p))
    if not given and objective == "share_flagged":
        return _Rate(c.tp + c.fp, rows, lambda p: p)
    if not given and objective == "misclassified_units":
        return _Rate(c.fn + c.fp, rows, lambda p: p * rows * on_goods)
    return None


def intervals(
    resampled: Resampled,
    objective: Objective,
    model: int,
    where: NDArray[np.intp],
    *,
    grouped: bool = False,
) -> Interval:
    """95 % interval of an objective at some operating points of a model.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
    model : int
    where : ndarray of int, shape (K,)
        Positions on the model's curve.
    grouped : bool
        Whether rows come in groups that share a bucket.

    Returns
    -------
    Interval
        Of shape (K,), of the scenario; of shape (1,) for an objective of a whole model.

    Notes
    -----
    Counts and rates: Wilson's, with as many effective rows as the `design_effect` leaves where rows are
    grouped or weighted.
    All else: percentiles of the replicates, expanded for the number of buckets.

    References
    ----------
    Kish: Survey sampling. 1965 (design effect).
    """
    evaluation = resampled.evaluation
    tally, scenario = evaluation.tally, evaluation.scenario
    observed = evaluation.curves[model].counts[where]
    rate = _rate(objective.id, observed, tally.class_mass, evaluation.factors, scenario)
    if rate is None or not objective.is_standard:
        return percentile(resampled.values(objective, model, where), blocks=resampled.draws.blocks)
    if grouped or tally.weights is not None:
        drawn = _rate(
            objective.id,
            resampled.counts(model, where),
            resampled.class_mass[:, None, :],
            resampled.factors,
            scenario,
        )
        rows = _rate(
            objective.id,
            _rows(resampled, model, where),
            tally.rows.astype(np.float64),
            evaluation.factors,
            scenario,
        )
        assert drawn is not None
        assert rows is not None
        share = ratio(rate.successes, rate.trials)
        trials = np.broadcast_to(np.asarray(rows.trials, np.float64), share.shape)
        trials = trials / design_effect(
            share, trials, ratio(drawn.successes, drawn.trials), resampled.draws.blocks
        )
        found = wilson(share * trials, trials)
    else:
        found = wilson(rate.successes, rate.trials)
    return Interval(
        np.asarray(rate.figure(found.low), np.float64),
        np.asarray(rate.figure(found.high), np.float64),
    )


def needs_replicates(resampled: Resampled, objective: Objective, *, grouped: bool) -> bool:
    """Whether `intervals` of an objective rest on replicates; without them thousands of points cost nothing."""
    evaluation = resampled.evaluation
    if objective.of_model or not objective.is_standard:
        return True
    if grouped or evaluation.tally.weights is not None:
        return True
    some = evaluation.curves[0].counts[[0]]
    mass, scenario = evaluation.tally.class_mass, evaluation.scenario
    return _rate(objective.id, some, mass, evaluation.factors, scenario) is None


def _rows(resampled: Resampled, model: int, where: NDArray[np.intp]) -> Confusion:
    """Counts of rows, whatever their weight."""
    tally = resampled.evaluation.tally
    bins = tally.counts[:, model].sum(axis=0, dtype=np.int64)
    shipped = bins.cumsum(axis=0)[where]
    flagged = tally.rows - shipped
    return Confusion(tp=flagged[:, 1], fp=flagged[:, 0], fn=shipped[:, 1], tn=shipped[:, 0])


@dataclass(frozen=True)
class Difference:
    """A gap between two figures, paired.

    Attributes
    ----------
    gap, low, high : float
        First minus second, with its 95 % interval; NaN where undefined.
    better : float
        Share of the replicates in which the first is better, a tie counting half; of those in which both
        are defined.
    """

    gap: float
    low: float
    high: float
    better: float

    @property
    def separated(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def difference(
    objective: Objective,
    first: Floats,
    second: Floats,
    gap: float,
    *,
    blocks: int | None = None,
) -> Difference:
    """Paired difference of two figures.

    Parameters
    ----------
    objective : Objective
    first, second : ndarray, shape (R,)
        Replicates of the same draws.
    gap : float
        Of the figures themselves.
    blocks : int, optional
        Number of buckets drawn from, as `percentile` has it.
    """
    ends = percentile((first - second)[:, None], blocks=blocks)
    loss = objective.direction.loss(first - second)
    known = loss[~np.isnan(loss)]
    better = float(np.mean((known < 0) + 0.5 * (known == 0))) if known.size else np.nan
    return Difference(gap, ends.low.item(), ends.high.item(), better)
