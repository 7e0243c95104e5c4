"""What a threshold is worth on rows that it was not chosen on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.confusion import curve
from metrics.decision import Bound, default_bound, pick
from metrics.model_figures import model_figures
from metrics.objective import OBJECTIVES, Context, Objective
from metrics.points import COUNTS, Evaluation
from metrics.tally import Tally


@dataclass(frozen=True)
class CrossFitted:
    """A figure whose threshold was chosen on other rows.

    Attributes
    ----------
    value : float
        The figure: chosen on either half of the buckets, counted on the other, both put together.
    thresholds : (float, float)
        What each half chose.
    """

    value: float
    thresholds: tuple[float, float]


def part_of(tally: Tally, buckets: NDArray[np.intp]) -> Tally:
    """Tally of the rows of some buckets."""

    def of(array: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
        return None if array is None else array[buckets]

    return replace(
        tally,
        counts=tally.counts[buckets],
        weights=of(tally.weights),
        values=of(tally.values),
        losses=tally.losses[buckets],
        infinite=tally.infinite[buckets],
        calibration=tally.calibration[buckets],
    )


def cross_fitted(
    evaluation: Evaluation, objective: Objective, model: str, bound: Bound | None
) -> CrossFitted | None:
    """Choose a model's threshold on half of the rows, count on the other half, both ways.

    Parameters
    ----------
    evaluation : Evaluation
    objective : Objective
        One that depends on the threshold.
    model : str
    bound : Bound or None
        Within which the threshold is chosen; a monotone objective has a default bound.

    Returns
    -------
    CrossFitted or None
        None where a half lacks a class or holds no threshold within the bound.

    Notes
    -----
    Halves are every other bucket of those that hold rows, so groups stay whole.

    References
    ----------
    Stone: Cross-validatory choice and assessment of statistical predictions. JRSS B 1974.
    """
    bound = bound or default_bound(objective, evaluation)
    tally = evaluation.tally
    filled = np.flatnonzero(tally.counts[:, 0].sum(axis=(1, 2), dtype=np.int64))
    halves = filled[::2], filled[1::2]
    if any((part_of(tally, half).class_mass == 0).any() for half in halves):
        return None
    chosen, counted = [], []
    for here, there in (halves, halves[::-1]):
        threshold = _choose(evaluation, objective, model, bound, here)
        if threshold is None:
            return None
        chosen.append(threshold)
        counted.append(curve(part_of(tally, there), tally.index(model)).at(threshold))
    first, second = counted
    total = first.plus(second)
    context = evaluation.context(tally.index(model))
    value = objective.values(total.scaled(*evaluation.factors), context).item()
    return CrossFitted(value, (chosen[0], chosen[1]))


def _choose(
    evaluation: Evaluation,
    objective: Objective,
    model: str,
    bound: Bound | None,
    buckets: NDArray[np.intp],
) -> float | None:
    """Threshold that a seat would choose of a model, if these rows were all."""
    part, m = part_of(evaluation.tally, buckets), evaluation.tally.index(model)
    own = curve(part, m)
    # Figures without a volume are those of the whole file: a bound in counts means the same on a half.
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    factors = replace(evaluation.scenario, units_per_year=units).factors(part.class_mass)
    today = evaluation.today_by_bucket().each(lambda n: n[buckets].sum())
    figures = model_figures(part, own, evaluation.scenario)
    context = Context(evaluation.scenario, today.scaled(*factors), figures, model)
    counts = own.counts[own.distinct]
    wanted = {o.id: o for o in (objective, OBJECTIVES["cost_of_errors"])}
    if bound is not None:
        wanted[bound.objective.id] = bound.objective
    points = pd.DataFrame(
        {"model": model, "threshold": own.thresholds[own.distinct]}
        | {name: getattr(counts, name) for name in COUNTS}
        | {o.id: o.values(counts.scaled(*factors), context) for o in wanted.values()}
    )
    found = pick(points, objective, evaluation, bound=bound)
    return None if found is None else found.threshold
