"""The winner's curse: what the best of many candidates is worth, and who cannot be told from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from metrics.confusion import ratio
from metrics.decision import Bound
from metrics.margins import LEVEL, expanded
from metrics.model_replicates import CHUNK
from metrics.objective import Objective
from metrics.resample import Draws, Floats, Places, Resampled


def indistinct(
    objective: Objective,
    figures: Floats,
    replicates: Floats,
    level: float = LEVEL,
    *,
    blocks: int | None = None,
) -> NDArray[np.bool_]:
    """Which candidates cannot be told from the best.

    Parameters
    ----------
    objective : Objective
    figures : ndarray, shape (M,)
        One figure for each candidate; NaN where undefined.
    replicates : ndarray, shape (R, M)
        Of the same draws.
    level : float
        Share of samples in which the truly best is to be among the answers.
    blocks : int, optional
        Number of buckets drawn from, for which the limits are expanded.

    Returns
    -------
    ndarray of bool, shape (M,)
        The best is always among them; an undefined candidate never is.

    Notes
    -----
    A candidate leaves where its gap to any other exceeds, in standard errors, what the largest of its
    gaps would exceed by chance in one of twenty samples if it were the best. Every candidate has a limit
    of its own, since gaps to an unsteady one vary together.

    References
    ----------
    Hsu: Simultaneous confidence intervals for all distances from the "best". Ann. Statist. 1981.
    Romano, Wolf: Stepwise multiple testing as formalized data snooping. Econometrica 2005.
    """
    loss, drawn = objective.direction.loss(figures), objective.direction.loss(replicates)
    # In units of the largest figure, so that squares of the most extreme stay numbers.
    every_figure = np.abs(np.append(loss, drawn))
    size = every_figure[np.isfinite(every_figure)].max(initial=0.0) or 1.0
    loss, drawn = loss / size, drawn / size
    noise = np.ascontiguousarray((drawn - loss).T)
    wider = float(ndtri((1 + expanded(level, blocks)) / 2) / ndtri((1 + level) / 2))
    every = range(loss.size)
    return np.array([_may_be_best(loss, noise, i, level, wider) for i in every], bool)


def _may_be_best(loss: Floats, noise: Floats, i: int, level: float, wider: float) -> bool:
    """Whether no gap between a candidate and another, shape (M,), is too large; noise has shape (M, R)."""
    if np.isnan(loss[i]):
        return False
    others = np.flatnonzero(~np.isnan(loss))
    apart = noise[i] - noise[others]
    known = (~np.isnan(apart)).sum(axis=1)
    apart -= ratio(np.nansum(apart, axis=1), known)[:, None]
    error = np.sqrt(ratio(np.nansum(apart**2, axis=1), known))
    largest = np.fmax.reduce(ratio(apart, error[:, None]), axis=0, initial=0.0)
    limit = wider * np.quantile(largest, level)
    return not (loss[i] - loss[others] > limit * error).any()


@dataclass(frozen=True)
class Unflattered:
    """What the winner of a choice is worth on rows that did not choose it.

    Attributes
    ----------
    value : float
        Mean figure, on the rows left out of a resample, of what that resample would have chosen.
    error : float
        Standard error of that mean over the resamples; not of the figure.
    """

    value: float
    error: float


def unflattered(
    resampled: Resampled,
    objective: Objective,
    bound: Bound | None,
    where: Sequence[NDArray[np.intp]],
) -> Unflattered | None:
    """Figure of the best candidate, freed of having been chosen for it.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
    bound : Bound or None
        Within which the best is sought.
    where : sequence of ndarray of int
        For each model, the positions on its curve that may be chosen.

    Returns
    -------
    Unflattered or None
        None where fewer than half of the resamples have a choice, or leave rows of both classes out.

    Notes
    -----
    Each replicate chooses model and threshold on the buckets that were drawn, and is judged on those that
    were not (about 37 % of the rows), brought to the size of the file.

    References
    ----------
    Tsamardinos, Greasidou, Borboudakis: Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation. Machine Learning 2018 (BBC-CV).
    """
    # A model that takes no part has no position to be judged at.
    places = {m: resampled.places(m, own) for m, own in enumerate(where) if own.size}
    starts = range(0, len(resampled.draws.weights), CHUNK)
    figures = np.concatenate(
        [_judged(resampled.part(k, k + CHUNK), objective, bound, places) for k in starts]
    )
    kept = figures[~np.isnan(figures)]
    if kept.size < max(1, figures.size / 2):
        return None
    return Unflattered(float(kept.mean()), float(kept.std() / np.sqrt(kept.size)))


def _judged(
    part: Resampled, objective: Objective, bound: Bound | None, places: Mapping[int, Places]
) -> Floats:
    """Figure, on the rows left out, of what each replicate chooses, shape (R,); NaN without a choice."""
    left = Resampled(part.evaluation, Draws((part.draws.weights == 0) * 1.0, part.draws.seed))
    rows = np.arange(len(part.draws.weights))
    least = np.full(rows.size, np.inf)
    figures = np.full(rows.size, np.nan)
    for m, own in places.items():
        counts = part.counts_at(own)
        loss = objective.direction.loss(part.of_counts(objective, m, counts))
        if bound is not None:
            loss[~bound.within(part.of_counts(bound.objective, m, counts))] = np.inf
        loss[(counts.tp + counts.fp == 0) | (counts.fn + counts.tn == 0) | np.isnan(loss)] = np.inf
        k = loss.argmin(axis=1)
        better = loss[rows, k] < least
        least[better] = loss[rows, k][better]
        chosen = left.counts_at(own).each(itemgetter((rows[:, None], k[:, None])))
        figures[better] = left.of_counts(objective, m, chosen)[better, 0]
    figures[~((left.class_mass > 0).all(axis=1) & np.isfinite(figures))] = np.nan
    return figures
