"""What a choice flatters, and the figure freed of it: the winner's curse of thresholds and of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import Curve, curve
from metrics.evaluation.model_metrics import model_figures
from metrics.evaluation.objective import OBJECTIVES, Context, Objective
from metrics.evaluation.operating_points import COUNTS, Evaluation
from metrics.inference.bootstrap import CHUNK, Bootstrap
from metrics.inference.replicated_counts import BucketCounts
from metrics.selection.picks import Bound, default_bound, pick
from metrics.tally.tally import Floats, Tally


@dataclass(frozen=True)
class CrossFitted:
    """A figure whose threshold was chosen on other rows.

    Attributes
    ----------
    value : float
        In the objective's unit: chosen on either half of the buckets, counted on the other, both put
        together.
    thresholds : (float, float)
        What each half chose.
    """

    value: float
    thresholds: tuple[float, float]


def tally_of_buckets(tally: Tally, buckets: NDArray[np.intp]) -> Tally:
    """Tally of the rows of some buckets; ``between`` is an upper bound, ``highest`` not known."""

    def of(array: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
        return None if array is None else array[buckets]

    return replace(
        tally,
        counts=tally.counts[buckets],
        weights=of(tally.weights),
        values=of(tally.values),
        losses=tally.losses[buckets],
        infinite=tally.infinite[buckets],
        highest=np.full_like(tally.highest, np.nan),
        calibration=tally.calibration[buckets],
    )


@dataclass(frozen=True, eq=False)
class Half:
    """One model on half of the buckets that hold rows.

    Attributes
    ----------
    buckets : ndarray of int
    tally : Tally
        Of the model alone.
    curve : Curve
    """

    buckets: NDArray[np.intp]
    tally: Tally
    curve: Curve


def halves_of(tally: Tally, model: str) -> tuple[Half, Half] | None:
    """Both halves of a model's rows, whatever the scenario; None where one lacks a class.

    Parameters
    ----------
    tally : Tally
    model : str

    Returns
    -------
    (Half, Half) or None
        Every other bucket of those that hold rows, so that groups stay whole.
    """
    alone = tally.of_model(tally.index(model))
    filled = np.flatnonzero(alone.counts.sum(axis=(1, 2, 3), dtype=np.int64))
    first, second = (
        Half(buckets, part, curve(part, 0))
        for buckets in (filled[::2], filled[1::2])
        for part in (tally_of_buckets(alone, buckets),)
    )
    if any((half.tally.class_mass == 0).any() for half in (first, second)):
        return None
    return first, second


def cross_fitted(
    evaluation: Evaluation,
    objective: Objective,
    model: str,
    bound: Bound | None,
    *,
    limits: Sequence[Bound] = (),
    halves: tuple[Half, Half] | None = None,
) -> CrossFitted | None:
    """Figure of a model whose threshold is chosen on half of the rows and counted on the other, both ways.

    Parameters
    ----------
    evaluation : Evaluation
    objective : Objective
        One that depends on the threshold.
    model : str
    bound : Bound or None
        Within which the threshold is chosen; a monotone objective has a default bound.
    limits : sequence of Bound
        That the threshold must keep as well on the rows that choose it.
    halves : (Half, Half), optional
        From `halves_of`, where they are known already.

    Returns
    -------
    CrossFitted or None
        None where a half lacks a class or holds no threshold within the bound and the limits.

    Notes
    -----
    The counts of both halves are added, and the figure is that of their sum.

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
        threshold = _choose(evaluation, objective, chosen_on, bound, limits)
        if threshold is None:
            return None
        thresholds.append(threshold)
        counts.append(counted_on.curve.at(threshold))
    total = counts[0].plus(counts[1])
    context = evaluation.context(evaluation.tally.index(model))
    value = objective.values(total.scaled(*evaluation.factors), context).item()
    return CrossFitted(value, (thresholds[0], thresholds[1]))


def _choose(
    evaluation: Evaluation,
    objective: Objective,
    half: Half,
    bound: Bound | None,
    limits: Sequence[Bound],
) -> float | None:
    """Threshold that a stakeholder would choose of the model of a half, if its rows were all."""
    part, own, [model] = half.tally, half.curve, half.tally.models
    # Figures without a volume are those of the whole file: a bound in counts means the same on a half.
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    factors = replace(evaluation.scenario, units_per_year=units).factors(part.class_mass)
    today = evaluation.today_by_bucket.each(lambda n: n[half.buckets].sum())
    figures = model_figures(part, own, evaluation.scenario)
    context = Context(evaluation.scenario, today.scaled(*factors), figures, model)
    counts = own.counts[own.distinct]
    wanted = {o.id: o for o in (objective, OBJECTIVES["cost_of_errors"])}
    if bound is not None:
        wanted[bound.objective.id] = bound.objective
    wanted |= {limit.objective.id: limit.objective for limit in limits}
    points = pd.DataFrame(
        {"model": model, "threshold": own.thresholds[own.distinct]}
        | {name: getattr(counts, name) for name in COUNTS}
        | {o.id: o.values(counts.scaled(*factors), context) for o in wanted.values()}
    )
    best = pick(points, objective, evaluation, bound=bound, limits=limits)
    return None if best is None else best.threshold


@dataclass(frozen=True)
class OptimismCorrected:
    """What the winner of a choice is worth on rows that did not choose it.

    Attributes
    ----------
    value : float
        In the objective's unit: mean figure, on the rows left out of a resample, of what that resample would
        have chosen.
    error : float
        Standard error of that mean over the resamples; not of the figure.
    """

    value: float
    error: float


def optimism_corrected(
    bootstrap: Bootstrap,
    objective: Objective,
    bound: Bound | None,
    positions: Sequence[NDArray[np.intp]],
) -> OptimismCorrected | None:
    """Figure of the best candidate, freed of the optimism of having been chosen for it.

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
        By which the best is chosen and judged.
    bound : Bound or None
        Within which the best is sought.
    positions : sequence of ndarray of int
        For each model, the positions on its curve that may be chosen.

    Returns
    -------
    OptimismCorrected or None
        None where fewer than half of the resamples have a choice, or leave rows of both classes out.

    Notes
    -----
    Each replicate chooses model and threshold on the buckets that were drawn, and is judged on those that
    were not (about 37 % of the rows), brought to the size of the file; the figure is the mean over the
    replicates. Its distance from the figure in the file is the optimism of the choice.

    References
    ----------
    Tsamardinos, Greasidou, Borboudakis: Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation. Machine Learning 2018 (BBC-CV).
    """
    # A model that takes no part has no position to be judged at.
    counts = {
        m: bootstrap.drawn.bucket_counts(m, own) for m, own in enumerate(positions) if own.size
    }
    starts = range(0, bootstrap.replicates, CHUNK)
    figures = np.concatenate(
        [
            _out_of_bag_figures(bootstrap.part(k, k + CHUNK), objective, bound, counts)
            for k in starts
        ]
    )
    defined = figures[~np.isnan(figures)]
    if defined.size < max(1, figures.size / 2):
        return None
    error = float(defined.std() / np.sqrt(defined.size))
    return OptimismCorrected(float(defined.mean()), error)


def _out_of_bag_figures(
    part: Bootstrap,
    objective: Objective,
    bound: Bound | None,
    by_model: Mapping[int, BucketCounts],
) -> Floats:
    """Figure, on the rows left out, of what each replicate chooses, shape (R,); NaN without a choice."""
    left_out = part.out_of_bag()
    rows = np.arange(part.replicates)
    least = np.full(rows.size, np.inf)
    figures = np.full(rows.size, np.nan)
    for m, own in by_model.items():
        counts = part.counts_of(own)
        loss = objective.direction.loss(part.of_counts(objective, m, counts))
        if bound is not None:
            loss[~bound.within(part.of_counts(bound.objective, m, counts))] = np.inf
        loss[(counts.tp + counts.fp == 0) | (counts.fn + counts.tn == 0) | np.isnan(loss)] = np.inf
        k = loss.argmin(axis=1)
        better = loss[rows, k] < least
        least[better] = loss[rows, k][better]
        chosen = left_out.counts_of(own).each(itemgetter((rows[:, None], k[:, None])))
        figures[better] = left_out.of_counts(objective, m, chosen)[better, 0]
    figures[~((left_out.class_mass > 0).all(axis=1) & np.isfinite(figures))] = np.nan
    return figures
