"""What a choice flatters, and the figure freed of it: the winner's curse of thresholds and of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, Curve, curve
from metrics.evaluation.model_metrics import model_figures
from metrics.evaluation.objective import OBJECTIVES, Context, Objective
from metrics.evaluation.operating_points import COUNTS, Evaluation
from metrics.inference.bootstrap import CHUNK, Bands, Bootstrap, Points
from metrics.inference.replicated_counts import BucketCounts
from metrics.selection.limits import Bound
from metrics.selection.picks import default_bound, implied_threshold, pick
from metrics.tally.tally import Floats, Tally

FOR_A_MEAN = 200
"""Replicates whose mean is close enough."""


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
        values=of(tally.dense_values),
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


def chosen_on_halves(
    bootstrap: Bootstrap, objective: Objective, model: str
) -> tuple[float, Floats] | None:
    """Figure of a model whose threshold is chosen on half of the rows and counted on the other, both ways.

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
        One that depends on the threshold and needs no condition.
    model : str

    Returns
    -------
    (float, ndarray of float64 of shape (R,)) or None
        The figure, and its replicates at the thresholds that the file's halves chose. None where
        `cross_fitted` finds none.
    """
    evaluation = bootstrap.evaluation
    halves = halves_of(evaluation.tally, model)
    fitted = cross_fitted(evaluation, objective, model, None, halves=halves)
    if halves is None or fitted is None:
        return None
    m = evaluation.tally.index(model)
    # A half's thresholds are the file's own.
    at = evaluation.curves[m].positions(fitted.thresholds)
    both = bootstrap.drawn.bucket_counts(m, at)
    # The first half's threshold is counted on the second half's rows.
    which = np.zeros(len(evaluation.tally.counts), np.intp)
    which[halves[0].buckets] = 1
    rows = np.arange(which.size)

    def mixed(by_bucket: Floats | None) -> Floats | None:
        return None if by_bucket is None else by_bucket[rows, ..., which][..., None]

    counts = bootstrap.counts_of(BucketCounts(*(mixed(one) for one in vars(both).values())))  # type: ignore[arg-type]
    return fitted.value, bootstrap.of_counts(objective, m, counts)[:, 0]


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
    counts = {m: bootstrap.bucket_counts(m, own) for m, own in enumerate(positions) if own.size}
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
    by_model: Mapping[int, Points | Bands],
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


@dataclass(frozen=True)
class Choice:
    """How an operating point was chosen.

    Attributes
    ----------
    objective : Objective
        Whose best figure it has.
    bound : Bound or None
        Within which it was sought; a monotone objective has a default bound.
    limits : tuple of Bound
        That it has to keep as well.
    models : tuple of str or None
        Among which it was sought; all where None.
    """

    objective: Objective
    bound: Bound | None = None
    limits: tuple[Bound, ...] = ()
    models: tuple[str, ...] | None = None


def flattery(
    bootstrap: Bootstrap, choice: Choice, objectives: Sequence[Objective]
) -> dict[str, Floats]:
    """By how much figures flatter the point that was chosen on the rows that they are counted on.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice
        Made anew on each replicate, among the points whose counts are kept.
    objectives : sequence of Objective
        Whose figures are wanted, not those of the choice alone.

    Returns
    -------
    dict of str to ndarray of float64, shape (R,)
        By objective id: the figure of the replicate's choice in the replicate, less that of the same point
        in the file, in the objective's unit. NaN where a replicate has no choice.

    Notes
    -----
    A replicate stands to the file as the file to the population: the mean over the replicates is the
    optimism of the choice, and the spread that of a figure at a point that is chosen anew in every sample.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Harrell, Lee, Mark: Multivariable prognostic models. Statistics in Medicine 1996.
    """
    wanted = {o.id: o for o in objectives}
    starts = range(0, bootstrap.replicates, CHUNK)
    parts = [_flattery(bootstrap.part(k, k + CHUNK), choice, wanted) for k in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in wanted}


def mean_flattery(
    bootstrap: Bootstrap, choice: Choice, objectives: Sequence[Objective]
) -> dict[str, float]:
    """By how much figures flatter a chosen point on average, by objective id; 0 where that is not known.

    Notes
    -----
    Of the first `FOR_A_MEAN` replicates: their mean is known to a fourteenth of the figure's own error.
    """
    few = bootstrap.part(0, FOR_A_MEAN)
    found = flattery(few, choice, objectives)
    # A choice that can hardly be made again says nothing of what it flatters.
    return {
        name: float(np.nanmean(own)) if np.isfinite(own).mean() > 0.5 else 0.0
        for name, own in found.items()
    }


def _flattery(
    part: Bootstrap, choice: Choice, wanted: Mapping[str, Objective]
) -> dict[str, Floats]:
    evaluation = part.evaluation
    bound = choice.bound or default_bound(choice.objective, evaluation)
    conditions = [*choice.limits, *([] if bound is None else [bound])]
    rows = np.arange(part.replicates)
    least = np.full(rows.size, np.inf)
    out = {name: np.full(rows.size, np.nan) for name in wanted}
    for m, own in enumerate(evaluation.curves):
        if choice.models is not None and own.model not in choice.models:
            continue
        positions = _may_be_chosen(part, choice, m)
        if not positions.size:
            continue
        drawn = part.counts(m, positions)
        scaled = drawn.scaled(*part.factors)
        shape = drawn.tp.shape

        def figures(o: Objective, m: int = m, scaled: Confusion = scaled) -> Floats:
            return part.of_scaled(o, m, scaled)

        loss = np.array(
            np.broadcast_to(choice.objective.direction.loss(figures(choice.objective)), shape)
        )
        for condition in conditions:
            loss[np.broadcast_to(~condition.within(figures(condition.objective)), shape)] = np.inf
        loss[(drawn.tp + drawn.fp == 0) | (drawn.fn + drawn.tn == 0) | np.isnan(loss)] = np.inf
        k = loss.argmin(axis=1)
        better = loss[rows, k] < least
        if not better.any():
            continue
        least[better] = loss[rows, k][better]
        at_file = own.counts[positions].scaled(*evaluation.factors)
        chosen = scaled.each(itemgetter((rows[:, None], k[:, None])))
        for name, o in wanted.items():
            in_file = o.values(at_file, evaluation.context(m))
            of_choice = np.broadcast_to(in_file, positions.shape)[k]
            out[name][better] = (part.of_scaled(o, m, chosen)[:, 0] - of_choice)[better]
    return out


def _may_be_chosen(part: Bootstrap, choice: Choice, m: int) -> NDArray[np.intp]:
    """Positions on a model's curve among which a choice is made; one where the model alone is chosen."""
    whole = part.drawn.whole or part.drawn
    positions = whole.positions[m]
    if not choice.objective.of_model:
        return positions
    evaluation = part.evaluation
    own, implied = evaluation.curves[m], implied_threshold(evaluation)
    if np.isnan(implied):
        cost = OBJECTIVES["cost_of_errors"]
        at_file = own.counts[positions].scaled(*evaluation.factors)
        k = int(cost.values(at_file, evaluation.context(m)).argmin())
        return positions[k : k + 1]
    return own.positions([implied])
