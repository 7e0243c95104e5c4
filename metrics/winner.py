"""The winner's curse: what the best of many candidates is worth, and who cannot be told from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Confusion
from metrics.decision import Bound
from metrics.objective import Context, Objective
from metrics.resample import LEVEL, Draws, Floats, Resampled


def indistinct(
    objective: Objective, figures: Floats, replicates: Floats, level: float = LEVEL
) -> NDArray[np.bool_]:
    """Which candidates cannot be told from the best.

    Parameters
    ----------
    objective : Objective
    figures : ndarray, shape (M,)
        One figure for each candidate; NaN where undefined.
    replicates : ndarray, shape (R, M)
        Of the same draws.

    Returns
    -------
    ndarray of bool, shape (M,)
        The best is always among them; an undefined candidate never is.

    Notes
    -----
    A candidate leaves where its gap to the best exceeds, in standard errors, what the largest gap of all
    candidates would exceed by chance in one of twenty samples if all were equal.

    References
    ----------
    Hsu: Simultaneous confidence intervals for all distances from the "best". Ann. Statist. 1981.
    Romano, Wolf: Stepwise multiple testing as formalized data snooping. Econometrica 2005.
    """
    loss, drawn = objective.direction.loss(figures), objective.direction.loss(replicates)
    if np.isnan(loss).all():
        return np.zeros(loss.size, bool)
    best = int(np.nanargmin(loss))
    gap = loss - loss[best]
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = drawn - drawn[:, [best]] - gap
        error = np.nanstd(noise, axis=0)
        largest = np.nanmax(np.where(error > 0, noise / error, 0.0), axis=1)
        limit = float(np.quantile(largest, level))
        together: NDArray[np.bool_] = gap <= limit * error
    together[best] = True
    kept: NDArray[np.bool_] = together & ~np.isnan(loss)
    return kept


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
    were not (about 37 % of the rows), brought to the size of the whole.

    References
    ----------
    Tsamardinos, Greasidou, Borboudakis: Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation. Machine Learning 2018 (BBC-CV).
    """
    out = Resampled(
        resampled.evaluation,
        Draws((resampled.draws.weights == 0).astype(np.float64), resampled.draws.seed),
    )
    replicates = len(resampled.draws.weights)
    least = np.full(replicates, np.inf)
    figures = np.full(replicates, np.nan)
    whole = resampled.evaluation.tally.class_mass.sum() / out.class_mass.sum(axis=1)
    observed = resampled.evaluation.scenario.is_observed
    for m, own in enumerate(where):
        counts = resampled.counts(m, own)
        values = resampled.of_counts(objective, m, counts)
        loss = np.broadcast_to(objective.direction.loss(values), counts.fn.shape).copy()
        loss[np.isnan(loss)] = np.inf
        if bound is not None:
            loss[~bound.within(resampled.of_counts(bound.objective, m, counts))] = np.inf
        silly = (counts.tp + counts.fp == 0) | (counts.fn + counts.tn == 0)
        loss[silly] = np.inf
        k = loss.argmin(axis=1)
        mine = loss[np.arange(replicates), k]
        better = mine < least
        least[better] = mine[better]
        judged = _at(out, m, own[k], objective, whole if observed else None)
        figures[better] = judged[better]
    known = np.isfinite(figures) & (out.class_mass > 0).all(axis=1)
    if known.sum() < replicates / 2:
        return None
    kept = figures[known]
    return Unflattered(float(kept.mean()), float(kept.std() / np.sqrt(kept.size)))


def _at(
    out: Resampled, model: int, k: NDArray[np.intp], objective: Objective, whole: Floats | None
) -> Floats:
    """Figure of a model on the rows left out, at one position for each replicate, shape (R,)."""
    if objective.of_model:
        return out.values(objective, model, k[:1])[:, 0]
    places, back = np.unique(k, return_inverse=True)
    rows = np.arange(k.size)
    picked = out.counts(model, places).each(lambda counts: counts[rows, back][:, None])
    today = out.today
    if whole is not None:  # figures of a file count all its rows
        picked = picked.scaled(whole[:, None], whole[:, None])
        today = today.scaled(whole[:, None], whole[:, None])
    return _figure(out, model, objective, picked, today)


def _figure(
    out: Resampled, model: int, objective: Objective, counts: Confusion, today: Confusion
) -> Floats:
    context = Context(out.evaluation.scenario, today, out.figures(model))
    values: Floats = objective.values(counts.scaled(*out.factors), context)[:, 0]
    return values
