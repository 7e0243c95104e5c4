"""Cross-fitting: half of the buckets chooses a threshold, and the other half evaluates it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import ConfusionCurve, confusion_curve
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.model_metrics import model_figures
from metrics.evaluation.objective import Context, Objective
from metrics.evaluation.operating_points import COUNTS
from metrics.inference.bootstrap import Bootstrap
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound
from metrics.selection.picks import objectives_to_pick_by, pick
from metrics.tally.kernel import Floats
from metrics.tally.miss_prices import refuse_mean_prices
from metrics.tally.tally import Tally


@dataclass(frozen=True)
class CrossFitted:
    """A figure at thresholds that other rows chose.

    Attributes
    ----------
    value : float
        Figure of all rows, in the objective's unit: each half of the rows counts at the threshold that was
        chosen on the other half.
    thresholds : (float, float)
        Threshold chosen on the first half, and on the second.
    """

    value: float
    thresholds: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Half:
    """One model on half of the buckets that hold rows.

    Attributes
    ----------
    buckets : ndarray of int
    tally : Tally
        Tally of this model only.
    """

    buckets: NDArray[np.intp]
    tally: Tally
    curve: ConfusionCurve


def halves_of(tally: Tally, model: str) -> tuple[Half, Half] | None:
    """Both halves of a model's rows, for any scenario; `None` if one half lacks a class.

    Returns
    -------
    (Half, Half) or None
        The buckets that hold rows, taken in turn for the two halves. Groups stay whole.

    Raises
    ------
    ScoreError
        See `refuse_mean_prices`.
    """
    refuse_mean_prices(tally)
    alone = tally.of_model(tally.index(model))
    filled = np.flatnonzero(alone.counts.sum(axis=(1, 2, 3), dtype=np.int64))
    first, second = (
        Half(buckets, part, confusion_curve(part, 0))
        for buckets in (filled[::2], filled[1::2])
        for part in (alone.of_buckets(buckets),)
    )
    if any((half.tally.class_mass == 0).any() for half in (first, second)):
        return None
    return first, second


def cross_fit(
    evaluation: Evaluation,
    objective: Objective,
    model: str,
    bound: Bound | None,
    *,
    halves: tuple[Half, Half] | None = None,
) -> CrossFitted | None:
    """Figure of a model if half of the rows chooses the threshold and the other evaluates it, both ways.

    Parameters
    ----------
    evaluation : Evaluation
    objective : Objective
        An objective that depends on the threshold.
    model : str
    bound : Bound or None
        Limit on the thresholds to choose from; by default that of `default_bound`.
    halves : (Half, Half), optional
        Cached result of `halves_of`.

    Returns
    -------
    CrossFitted or None
        `None` if a half lacks a class or has no threshold within the bound.

    Notes
    -----
    The counts of both halves are added, and the figure is computed from their sum.

    References
    ----------
    Stone: Cross-validatory choice and assessment of statistical predictions. JRSS B 1974.
    """
    bound = bound or default_bound(objective, evaluation)
    both = halves or halves_of(evaluation.tally, model)
    if both is None:
        return None
    thresholds, counts = [], []
    for chosen_on, counted_on in (both, both[::-1]):
        threshold = _choose_on_half(evaluation, objective, chosen_on, bound)
        if threshold is None:
            return None
        thresholds.append(threshold)
        counts.append(counted_on.curve.at(threshold))
    total = counts[0].plus(counts[1])
    context = evaluation.context(evaluation.tally.index(model))
    value = objective.values(total.scaled(*evaluation.factors), context).item()
    return CrossFitted(value, (thresholds[0], thresholds[1]))


def _choose_on_half(
    evaluation: Evaluation,
    objective: Objective,
    half: Half,
    bound: Bound | None,
) -> float | None:
    """Threshold of the objective's best point if only these rows were known, or `None`."""
    part, model_curve, [model] = half.tally, half.curve, half.tally.models
    # Without a volume, a half is scaled up to the whole file: a bound in counts then means the same on both.
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    factors = replace(evaluation.scenario, units_per_year=units).factors(part.class_mass)
    current = evaluation.current_by_bucket.each(lambda n: n[half.buckets].sum())
    figures = model_figures(part, model_curve, evaluation.scenario)
    context = Context(evaluation.scenario, current.scaled(*factors), figures, model)
    counts = model_curve.counts[model_curve.distinct]
    scaled = counts.scaled(*factors)
    points = pd.DataFrame(
        {"model": model, "threshold": model_curve.thresholds[model_curve.distinct]}
        | {name: getattr(counts, name) for name in COUNTS}
        | {o.id: o.values(scaled, context) for o in objectives_to_pick_by(objective, bound)}
    )
    best = pick(points, objective, evaluation, bound=bound)
    return None if best is None else best.threshold


def cross_fitted_replicates(
    bootstrap: Bootstrap, objective: Objective, model: str
) -> tuple[float, Floats] | None:
    """Replicates of a cross-fitted figure (`cross_fit`).

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
        An objective that depends on the threshold and needs no condition.
    model : str

    Returns
    -------
    (float, ndarray of float64 of shape (R,)) or None
        The figure, and its replicates. All replicates use the thresholds that were chosen on the halves of
        the file. `None` if `cross_fit` returns `None`.
    """
    evaluation = bootstrap.evaluation
    halves = halves_of(evaluation.tally, model)
    if halves is None:
        return None
    fitted = cross_fit(evaluation, objective, model, None, halves=halves)
    if fitted is None:
        return None
    m = evaluation.tally.index(model)
    # Every threshold of a half is also a threshold of the file, so its position is exact.
    at = evaluation.curves[m].positions(fitted.thresholds)
    values = objective.reads_values
    first, second = (bootstrap.drawn.bucket_counts(m, at[k : k + 1], values=values) for k in (0, 1))
    # The threshold of the first half is evaluated on the rows of the second half.
    counts = bootstrap.counts_of(first.with_buckets_of(second, halves[0].buckets))
    return fitted.value, bootstrap.of_counts(objective, m, counts)[:, 0]
