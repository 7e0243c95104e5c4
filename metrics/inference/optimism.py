"""Optimism of a choice, and figures and intervals corrected for it: the winner's curse."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective, Unit
from metrics.inference.bootstrap import CHUNK, Bands, Bootstrap, Points
from metrics.inference.interval_formulas import Z
from metrics.inference.intervals import RANGES, intervals, is_of_shares
from metrics.inference.replicate_choices import (
    FOR_A_MEAN,
    Choice,
    CompromiseChoice,
    ReplicateChoices,
    choose_in_replicates,
    figures_in_both,
    limits_aside_where_needed,
)
from metrics.selection.limits import Bound
from metrics.tally.kernel import Floats


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


def optimism_of_choice(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    objectives: Sequence[Objective],
    *,
    at: Place | None = None,
) -> dict[str, Floats]:
    """Optimism of figures at a point that was chosen on the rows that they are counted on.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice or CompromiseChoice
        Made anew on each replicate, among the points whose counts are kept.
    objectives : sequence of Objective
        Whose figures are wanted, not those of the choice alone.
    at : (int, int), optional
        Model and position of what is chosen in the file. As far as chance in a replicate goes with that of
        its own figure, it is then taken off, which is nothing on average: the mean is known better.

    Returns
    -------
    dict of str to ndarray of float64, shape (R,)
        By objective id: the figure of the replicate's choice in the replicate, less that of the same point
        in the file, in the objective's unit. NaN where a replicate has no choice without the limits either.

    Notes
    -----
    A replicate stands to the file as the file to the population, but for the noise that the file has already:
    `mean_over_replicates` allows for that.
    Where nothing keeps the limits in some replicates, these choose as if there were none: a mean over the
    others alone would take for optimism what is cut off below the limit.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Harrell, Lee, Mark: Multivariable prognostic models. Statistics in Medicine 1996.
    Efron: More efficient bootstrap computations. JASA 1990 (control variates).
    """
    chosen = limits_aside_where_needed(
        bootstrap, choice, lambda some: choose_in_replicates(bootstrap, [some])[0]
    )
    return optimism_by_replicate(bootstrap, chosen, objectives, at=at)


Place = tuple[int, int]
"""A model, and a position on its curve."""


def optimism_by_replicate(
    bootstrap: Bootstrap,
    chosen: ReplicateChoices,
    objectives: Sequence[Objective],
    *,
    at: Place | None = None,
) -> dict[str, Floats]:
    """As `optimism_of_choice`, of what was chosen anew before."""
    found = _noise(bootstrap, chosen, objectives)
    if at is None:
        return found
    same = ReplicateChoices(*(np.full(bootstrap.replicates, one) for one in at))
    own = _noise(bootstrap, same, objectives)
    return {name: _less_control(noise, own[name]) for name, noise in found.items()}


def _less_control(noise: Floats, own: Floats) -> Floats:
    """Noise less the part of it that goes with another, whose mean is 0."""
    known = np.isfinite(noise) & np.isfinite(own)
    if known.sum() < 2 or not (spread := own[known].var()) > 0:
        return noise
    slope = float(np.mean((noise[known] - noise[known].mean()) * own[known]) / spread)
    return noise - slope * own


def _noise(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, Floats]:
    """What figures of each replicate's choice have by chance: there, less those of the file."""
    found = figures_in_both(bootstrap, chosen, objectives)
    return {name: here - there for name, (here, there) in found.items()}


def mean_optimism(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    objectives: Sequence[Objective],
    *,
    at: Place | None = None,
) -> dict[str, float]:
    """Mean optimism of figures at a chosen point, by objective id; NaN where that is not known.

    Notes
    -----
    Of the first `FOR_A_MEAN` replicates.
    """
    few = bootstrap.part(0, FOR_A_MEAN)
    return {
        name: mean_over_replicates(own)
        for name, own in optimism_of_choice(few, choice, objectives, at=at).items()
    }


def mean_over_replicates(shown: Floats) -> float:
    """Optimism of the file's choice by what each replicate shows of it; NaN if most have no choice.

    Notes
    -----
    A replicate chooses by the noise of the file and its own together, and shows only its own. Of candidates
    that are equal in truth, each with the noise s of a sample, the best is m s too good in the file; in a
    replicate the best of both noises is sqrt(2) m s too good, of which half is its own: m s / sqrt(2). So the
    mean is multiplied by `EQUAL`. A best that is ahead is less optimistic than that: see `at_choice`.
    """
    return EQUAL * float(np.nanmean(shown)) if np.isfinite(shown).mean() > 0.5 else math.nan


EQUAL, AHEAD = math.sqrt(2), 0.5
"""Optimism over what replicates show of it: of equal candidates, and of a best that is two errors ahead."""

UNSURE = 0.4
"""Standard error of the optimism over itself: 0.37 to 0.5 in 200 samples of 60 defects."""


@dataclass(frozen=True)
class AtChoice:
    """A figure of a point that was chosen for being the best.

    Attributes
    ----------
    value : float
        In the file, in the objective's unit.
    expected : float
        What it may be expected to be in other samples: less the optimism.
    low, high : float
        Ends of the 95 % interval; NaN where undefined.
    """

    value: float
    expected: float
    low: float
    high: float


def interval_at_choice(
    bootstrap: Bootstrap,
    choice: Choice,
    model: str,
    threshold: float,
    objectives: Sequence[Objective],
) -> dict[str, AtChoice]:
    """Figures of a chosen point, with intervals that know that it was chosen.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice
        How it was chosen.
    model : str
    threshold : float
        The point.
    objectives : sequence of Objective
        Whose figures are wanted, not that of the choice alone.

    Returns
    -------
    dict of str to AtChoice
        By objective id; as if nobody had chosen the point where it is not known how optimistic that is.
    """
    evaluation = bootstrap.evaluation
    m = evaluation.tally.index(model)
    at = evaluation.curves[m].positions([threshold])
    optimism = mean_optimism(bootstrap, choice, objectives, at=(m, int(at[0])))
    counts = evaluation.curves[m].counts[at].scaled(*evaluation.factors)
    out = {}
    for o in objectives:
        value = float(np.ravel(o.values(counts, evaluation.context(m)))[0])
        ends = intervals(bootstrap, o, m, at)
        shape = Shape.of(bootstrap.values(o, m, at)[:, 0], is_share=is_of_shares(evaluation, o))
        out[o.id] = at_choice(o, value, ends.low.item(), ends.high.item(), optimism[o.id], shape)
    return out


@dataclass(frozen=True)
class Shape:
    """How a figure of a point varies over samples.

    Attributes
    ----------
    error : float
        Standard error, in the objective's unit.
    skewness : float
        Third standardised moment; 0 if the figure does not vary.
    is_share : bool
        Whether the interval of the point is that of a share of counts, which allows for the skewness.
    """

    error: float
    skewness: float
    is_share: bool

    @classmethod
    def of(cls, replicates: Floats, *, is_share: bool) -> Shape:
        """Shape of a figure by its replicates, shape (R,); undefined ones are left out."""
        defined = replicates[np.isfinite(replicates)]
        away = defined - defined.mean() if defined.size else np.zeros(1)
        error = math.sqrt(float(np.mean(away**2)))
        # What differs in its last bits alone does not vary.
        if not error > 1e-9 * np.abs(defined).max(initial=0.0):
            return cls(0.0, 0.0, is_share)
        return cls(error, float(np.mean(away**3)) / error**3, is_share)


def at_choice(
    o: Objective, value: float, low: float, high: float, optimism: float, shape: Shape
) -> AtChoice:
    """Figure of a chosen point, from its interval as if nobody had chosen it.

    Parameters
    ----------
    o : Objective
    value, low, high : float
        In the file, in the objective's unit.
    optimism : float
        From `mean_over_replicates`; NaN if unknown: then as if nobody had chosen the point.
    shape : Shape

    Notes
    -----
    Of two candidates whose difference has the standard error s, the better by d is s phi(d / s) too good on
    average, and replicates show s phi(d / (sqrt(2) s)) / sqrt(2): half of that is left where d = 2 s, and
    nothing of either farther ahead. With equal candidates it is `EQUAL` times what they show. So the optimism
    f that is given is the most, and f `AHEAD` / `EQUAL` the least, and each end is moved by the one or by the
    other, whichever moves it farther out.

    The far end, towards which the optimism moves it, allows for more. Figures that are low vary less, as
    counts do: with skewness g the error e of a figure grows by g / 2 for each unit. So the end lies farther
    from what is expected than it did from the value, by ``1 + |f g / (2 e)|`` where that widens it, and at
    most twice. The optimism is known to `UNSURE` of itself, whose interval is added by the root of the sum of
    squares. Percentiles of replicates do not allow for the skewness either: ``e g (2 z**2 + 1) / 6``, z the
    normal quantile of 97.5 %, moves the end that it moves outwards.

    An end that is the least or the most that the figure can be stays: a file in which no defect is missed
    leaves open that none ever is.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Andrews, Kitagawa, McCloskey: Inference on winners. Quarterly Journal of Economics 2024 (that intervals
    at a winner must hold whether or not it is far ahead).
    Hall: The bootstrap and Edgeworth expansion. 1992, section 3.5 (ends corrected for skewness).
    """
    optimism = 0.0 if math.isnan(optimism) else optimism
    least, largest = range_of_unit(o.unit)
    # An interval that is open has no width.
    slack = 1e-9 * (high - low if math.isfinite(high - low) else abs(value))
    is_least, is_largest = low <= least + slack, high >= largest - slack
    if not shape.is_share:
        skewed = shape.error * shape.skewness * (2 * Z**2 + 1) / 6
        low, high = low + min(skewed, 0.0), high + max(skewed, 0.0)
    away = 0.0 if shape.error == 0 else -optimism * shape.skewness / (2 * shape.error)
    times, unsure = 1 + min(max(away, 0.0), 1.0), Z * UNSURE * optimism
    low_there, high_there = shifted(low, high, optimism)
    if optimism > 0:
        low_there = value - optimism - math.hypot(times * max(value - low, 0.0), unsure)
    elif optimism < 0:
        high_there = value - optimism + math.hypot(times * max(high - value, 0.0), unsure)
    return AtChoice(
        value,
        float(np.clip(value - optimism, least, largest)),
        least if is_least else float(np.clip(low_there, least, largest)),
        largest if is_largest else float(np.clip(high_there, least, largest)),
    )


def samples_at_choice(drawn: Floats, optimism: float, unit: Unit | None = None) -> Floats:
    """A figure of a chosen point in other samples, by which to count how many of these meet a limit.

    Parameters
    ----------
    drawn : ndarray of float64, shape (R,)
        Replicates of the figure.
    optimism : float
        From `mean_over_replicates`; 0 if nobody chose the point.
    unit : Unit, optional
        Unit of the figure, whose range no sample leaves; a difference has none.

    Returns
    -------
    ndarray of float64, shape (R,)

    Notes
    -----
    The count is not calibrated for a limit that decided which point was chosen: see `UNCERTAIN`.
    """
    if optimism == 0 or Shape.of(drawn, is_share=False).error == 0:
        return drawn
    return np.clip(drawn - optimism, *((None, None) if unit is None else range_of_unit(unit)))


UNCERTAIN = math.nextafter(0.5, 0)  # which is no share of some resamples
"""Share of the resamples that miss a limit, if no count is known and chance decides.

A limit that decides which points may be chosen lets luck in: the luckier the chosen point, the less optimism
the replicates show. In simulations (`tests.soak.chosen`) a limit that is not clearly met then holds for about
half of the choices, between a third and three quarters by the kind of choice, whatever the replicates count.
"""


def range_of_unit(unit: Unit) -> tuple[float, float]:
    """Least and most that a figure can be."""
    return RANGES.get(unit, (-math.inf, math.inf))


def shifted(low: float, high: float, optimism: float) -> tuple[float, float]:
    """Interval as if nobody had chosen, moved by what the optimism may be at least and at most."""
    least, most = sorted((AHEAD / EQUAL * optimism, optimism))
    return low - most, high - least
