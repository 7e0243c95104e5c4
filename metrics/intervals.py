"""Intervals of figures: percentiles of the replicates, and Wilson's where a figure is a count or a rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Confusion
from metrics.objective import Objective
from metrics.resample import LEVEL, Floats, Resampled
from metrics.scenario import Scenario

Z = 1.959963984540054
"""Normal quantile of 97.5 %."""

FEW_DEFECTS = 30
FEW_GROUPS = 50
"""Below these, simulation finds intervals that hold the truth clearly less often than they say."""


@dataclass(frozen=True)
class Interval:
    """Ends of intervals, arrays of one shape; NaN where the figure is undefined."""

    low: Floats
    high: Floats


def percentile(values: Floats, level: float = LEVEL) -> Interval:
    """Middle part of replicates of shape (R, K).

    Notes
    -----
    Order statistics, the ends outwards. Where more than one replicate in twenty is undefined, so is the
    interval; else the undefined ones are left out.
    """
    share = (1 - level) / 2
    replicates = values.shape[0]
    low = int(np.floor(share * (replicates - 1)))
    sides = [low, replicates - 1 - low]
    columns = np.ascontiguousarray(values.T)
    ordered = np.partition(columns, sides, axis=1)
    ends = ordered[:, sides].T
    undefined = np.isnan(columns).sum(axis=1)
    for k in np.flatnonzero(undefined):
        if undefined[k] > replicates / 20:
            ends[:, k] = np.nan
        else:
            ends[:, k] = np.nanquantile(columns[k], [share, 1 - share])
    return Interval(ends[0], ends[1])


def wilson(successes: NDArray[Any], trials: NDArray[Any] | float) -> Interval:
    """Interval of a share.

    Parameters
    ----------
    successes : ndarray
    trials : ndarray or float
        Of the same shape; may be an effective number.

    Notes
    -----
    Where nothing (or everything) was a success, the far end is where seeing none has a chance of 5 %:
    about 3 in the number of trials.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Hanley, Lippman-Hand: If nothing goes wrong, is everything all right? JAMA 1983.
    """
    n = np.asarray(trials, np.float64) * np.ones(np.shape(successes))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.asarray(successes, np.float64) / n
        middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
        far = (1 - LEVEL) ** (1 / n)
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return Interval(
        np.where(p <= 0, 0.0, np.where(p >= 1, far, low)),
        np.where(p >= 1, 1.0, np.where(p <= 0, 1 - far, high)),
    )


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
    Counts and rates: Wilson's, with as many effective trials as the design effect leaves (the variance
    over the buckets, over that of independent rows; at least 1) where rows are grouped or weighted.
    All else: percentiles of the replicates.

    References
    ----------
    Kish: Survey sampling. 1965 (design effect).
    """
    evaluation = resampled.evaluation
    tally, scenario = evaluation.tally, evaluation.scenario
    observed = evaluation.curves[model].counts[where]
    rate = _rate(objective.id, observed, tally.class_mass, evaluation.factors, scenario)
    if rate is None or not objective.is_standard:
        return percentile(resampled.values(objective, model, where))
    trials = np.asarray(rate.trials, np.float64) * np.ones(where.size)
    if grouped or tally.weights is not None:
        drawn = _rate(
            objective.id,
            resampled.counts(model, where),
            resampled.class_mass[:, None, :],
            resampled.factors,
            scenario,
        )
        assert drawn is not None
        trials = trials / design_effect(rate.successes, trials, drawn.successes, drawn.trials)
        shares = _share(rate.successes, rate.trials)
        found = wilson(shares * trials, trials)
    else:
        found = wilson(rate.successes, trials)
    return Interval(
        np.asarray(rate.figure(found.low), np.float64),
        np.asarray(rate.figure(found.high), np.float64),
    )


def _share(successes: NDArray[Any], trials: Any) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = np.asarray(successes, np.float64) / trials
    return share


def design_effect(
    successes: NDArray[Any], trials: Floats, drawn: NDArray[Any], drawn_trials: Any
) -> Floats:
    """Variance of a share over the buckets, over its variance if rows were independent; at least 1.

    Parameters
    ----------
    successes, trials : ndarray, shape (K,)
    drawn, drawn_trials : ndarray, shape (R, K) or what broadcasts to it
        The same of the replicates.

    Notes
    -----
    Where a share is 0 or 1 nothing varies: the middle effect of the other points stands in.
    """
    p = _share(successes, trials)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.nanvar(_share(drawn, drawn_trials), axis=0) / (p * (1 - p) / trials)
    known = np.isfinite(effect) & (p > 0) & (p < 1)
    middle = float(np.median(effect[known])) if known.any() else 1.0
    return np.maximum(np.where(known, effect, middle), 1.0)


@dataclass(frozen=True)
class Difference:
    """A gap between two figures, paired.

    Attributes
    ----------
    gap, low, high : float
        First minus second, with its 95 % interval; NaN where undefined.
    better : float
        Share of the replicates in which the first is better, a tie counting half.
    """

    gap: float
    low: float
    high: float
    better: float

    @property
    def separated(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def difference(objective: Objective, first: Floats, second: Floats, gap: float) -> Difference:
    """Paired difference of two figures.

    Parameters
    ----------
    objective : Objective
    first, second : ndarray, shape (R,)
        Replicates of the same draws.
    gap : float
        Of the figures themselves.
    """
    ends = percentile((first - second)[:, None])
    loss = objective.direction.loss(first - second)
    better = float(np.mean((loss < 0) + 0.5 * (loss == 0)))
    return Difference(gap, ends.low.item(), ends.high.item(), better)
