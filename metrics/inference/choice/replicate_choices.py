"""Choices repeated on bootstrap replicates: the point that each replicate would select."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import Objective
from metrics.evaluation.points_of_models import PointsOfModels
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.replicate_candidates import (
    COST,
    Candidates,
    replicate_conditions,
    rules_of,
)
from metrics.inference.replicated_counts import CHUNK
from metrics.selection.choice import Choice, CompromiseChoice, without_limits
from metrics.selection.limits import as_margin
from metrics.selection.picks import implied_threshold
from metrics.selection.regrets import (
    figures_that_count,
    largest_weighted_regret,
    normalise_weights,
)
from metrics.selection.ties import ROUNDING
from metrics.tally.kernel import Floats

TESTED_REPLICATES = 25
"""Number of replicates that are tested for having figures of an objective."""


@dataclass(frozen=True, eq=False)
class ReplicateChoices:
    """The choice of every replicate.

    Attributes
    ----------
    models : ndarray of int, shape (R,)
        -1 if a replicate has no choice.
    positions : ndarray of int, shape (R,)
        Positions on the models' curves.
    """

    models: NDArray[np.intp]
    positions: NDArray[np.intp]

    def completed(self, others: ReplicateChoices) -> ReplicateChoices:
        """These choices, with those of others in replicates that have none."""
        is_missing = self.models < 0
        return ReplicateChoices(
            np.where(is_missing, others.models, self.models),
            np.where(is_missing, others.positions, self.positions),
        )


def choices_with_limits_if_met(
    bootstrap: Bootstrap, choices: Sequence[Choice | CompromiseChoice]
) -> tuple[ReplicateChoices, ...]:
    """Choices of the replicates; a replicate in which no point meets the limits chooses without limits.

    This may apply to all replicates. But if no replicate has figures for a limit, no replicate has a choice.
    """
    free = {choice: without_limits(choice) for choice in choices}
    rules = dict.fromkeys((*free, *free.values()))  # together, because counts are then summed once
    chosen = dict(zip(rules, choose_in_replicates(bootstrap, [*rules]), strict=True))
    return tuple(
        chosen[choice].completed(chosen[free[choice]])
        if _may_ignore_limits(bootstrap, choice, chosen[choice])
        else chosen[choice]
        for choice in choices
    )


def _may_ignore_limits(
    bootstrap: Bootstrap, choice: Choice | CompromiseChoice, chosen: ReplicateChoices
) -> bool:
    """Whether some replicates chose nothing because of limits that they have figures for."""
    is_missing = chosen.models < 0
    if not is_missing.any() or choice == without_limits(choice):
        return False
    return not is_missing.all() or all(
        _has_figures(bootstrap, as_margin(limit).objective) for limit in choice.limits
    )


def _has_figures(bootstrap: Bootstrap, objective: Objective) -> bool:
    """Whether replicates have figures of an objective; the worst segment, for example, has none.

    Every model is tested in more than one replicate, because a figure may be undefined in a single case.
    """
    few = bootstrap.part(0, TESTED_REPLICATES)
    for m, model_curve in enumerate(bootstrap.evaluation.curves):
        last = model_curve.thresholds.size - 2  # beyond this position nothing is flagged
        positions = np.unique(np.array([0, last // 2, last]).clip(0))
        if not np.isnan(few.values(objective, m, positions)).all():
            return True
    return False


def best_of_models(bootstrap: Bootstrap, choice: Choice, models: Sequence[str]) -> Floats:
    """Figure of each model's best point in every replicate, which chooses the point again, shape (R, M).

    Notes
    -----
    Chance moves the threshold that just meets a limit. Two models of equal quality would seem clearly apart
    if their thresholds of the file were taken as given.
    """
    rules = [replace(choice, models=(model,)) for model in models]
    chosen = choices_with_limits_if_met(bootstrap, rules)
    of_models = np.stack([one.models for one in chosen])
    together = ReplicateChoices(of_models, np.stack([one.positions for one in chosen]))
    drawn, _ = figures_in_both(bootstrap, together, [choice.objective])[choice.objective.id]
    return drawn.T


def choose_in_replicates(
    bootstrap: Bootstrap, choices: Sequence[Choice | CompromiseChoice]
) -> tuple[ReplicateChoices, ...]:
    """Repeat choices on every replicate, among the points with cached counts.

    Parameters
    ----------
    bootstrap : Bootstrap
    choices : sequence of Choice or CompromiseChoice
        Several choices take little longer than one, because counts are summed once.

    Returns
    -------
    tuple of ReplicateChoices
        One for each choice.

    Notes
    -----
    Points more than `WINDOW` standard errors behind the best in the file are left out. The difference of two
    points on the same rows varies less than twice as much as either point.
    """
    candidates = Candidates(bootstrap, choices)
    competing = {rule: candidates.competing(rule) for rule in rules_of(choices)}
    points = PointsOfModels(
        [np.unique(np.concatenate(of_model)) for of_model in zip(*competing.values(), strict=True)]
    )
    if not points.positions.size:
        rows = bootstrap.replicates
        return tuple(ReplicateChoices(np.full(rows, -1), np.zeros(rows, np.intp)) for _ in choices)
    at = {}
    for choice, by_model in competing.items():
        competitors = PointsOfModels(by_model)
        at[choice] = points.indices(competitors.models, competitors.positions)
    parts = [
        _choose_in_part(bootstrap.part(k, k + CHUNK), points, at)
        for k in range(0, bootstrap.replicates, CHUNK)
    ]
    chosen = (np.concatenate([part[choice] for part in parts]) for choice in choices)
    return tuple(
        ReplicateChoices(
            np.where(indices < 0, -1, points.models[indices]),
            np.where(indices < 0, 0, points.positions[indices]),
        )
        for indices in chosen
    )


def _choose_in_part(
    part: Bootstrap,
    points: PointsOfModels,
    at: Mapping[Choice | CompromiseChoice, NDArray[np.intp]],
) -> dict[Choice | CompromiseChoice, NDArray[np.intp]]:
    """Repeat choices on some replicates.

    Parameters
    ----------
    part : Bootstrap
    points : PointsOfModels
        The competing points of all choices.
    at : mapping of choice to ndarray of int
        Indices of the competing points; the picks of a compromise come before it.

    Returns
    -------
    dict of choice to ndarray of int, shape (R,)
        Index of the chosen point in each replicate; -1 without one.
    """
    bounds = (bound for choice in at for bound in replicate_conditions(part, choice))
    objectives = {*(o for choice in at for o in choice.objectives), *(b.objective for b in bounds)}
    figures = _ReplicateFigures(part, points, values=any(o.reads_values for o in objectives))
    chosen: dict[Choice | CompromiseChoice, NDArray[np.intp]] = {}
    for choice, competing in at.items():
        if not competing.size:
            chosen[choice] = np.full(part.replicates, -1)
        elif isinstance(choice, Choice):
            chosen[choice] = _best(figures, choice, competing)
        else:
            picks = np.stack([chosen[single] for single in choice.picks])
            chosen[choice] = _least_regret(figures, choice, picks, competing)
    return chosen


class _ReplicateFigures:
    """Figures of some points in every replicate, each computed once."""

    def __init__(self, part: Bootstrap, points: PointsOfModels, *, values: bool) -> None:
        self.part, self.points = part, points
        self.counts = points.counts(partial(part.counts, values=values))
        self._scaled = self.counts.scaled(*part.factors)
        self._is_ordinary = self.counts.is_ordinary
        self._figures: dict[str, Floats] = {}

    def figures(self, objective: Objective) -> Floats:
        """Replicates of an objective at every point, shape (R, K)."""
        if objective.id not in self._figures:
            self._figures[objective.id] = self.points.figures(
                self.part.values_at_scaled_counts, objective, self._scaled
            )
        return self._figures[objective.id]

    def loss(self, objective: Objective) -> Floats:
        """Replicates of an objective at every point; less is better."""
        return objective.direction.loss(self.figures(objective))

    def is_allowed(
        self, choice: Choice | CompromiseChoice, at: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Mask of the ordinary points that meet the conditions of a choice, shape (R, len(at))."""
        allowed = self._is_ordinary[:, at]
        for condition in replicate_conditions(self.part, choice):
            allowed &= condition.within(self.figures(condition.objective)[:, at])
        return allowed


def _best(figures: _ReplicateFigures, choice: Choice, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Index of the best of the points ``at`` in each replicate; -1 without one."""
    loss = figures.loss(choice.objective)[:, at]
    loss[~(figures.is_allowed(choice, at) & np.isfinite(loss))] = np.inf
    if choice.objective.of_model:
        models = figures.points.models[at]
        for m in np.flatnonzero(np.bincount(models) > 1):
            of_model = np.flatnonzero(models == m)
            selected = _positions_at_implied_threshold(figures, at[of_model], loss[:, of_model])
            loss[:, of_model] = np.where(
                np.arange(of_model.size) == selected[:, None], loss[:, of_model], np.inf
            )
    k = _least_positions(loss, figures.counts, at)
    return np.where(np.isfinite(loss[np.arange(k.size), k]), at[k], -1)


def _least_positions(loss: Floats, counts: Confusion, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Position of the least loss in each replicate; ties are broken as in `metrics.pick`.

    Parameters
    ----------
    loss : ndarray of float64, shape (R, K)
    counts : Confusion
        Counts of all summed points.
    at : ndarray of int, shape (K,)
        Indices of the losses' points among the summed points.
    """
    k = loss.argmin(axis=1)
    is_least = loss == loss[np.arange(k.size), k][:, None]
    tied = np.flatnonzero(is_least.sum(axis=1) > 1)
    for errors in (counts.fn, counts.fp):
        tied_errors = np.where(is_least[tied], errors[tied[:, None], at], np.inf)
        is_least[tied] = tied_errors == tied_errors.min(axis=1, keepdims=True)
    k[tied] = is_least[tied].argmax(axis=1)
    return k


def _positions_at_implied_threshold(
    figures: _ReplicateFigures, at: NDArray[np.intp], loss: Floats
) -> NDArray[np.intp]:
    """Threshold of a model that each replicate selects, by the same rule as `pick`.

    Parameters
    ----------
    figures : _ReplicateFigures
    at : ndarray of int, shape (K,)
        Indices of the model's points, ascending.
    loss : ndarray of float64, shape (R, K)
        Infinite if a replicate may not choose a point.

    Returns
    -------
    ndarray of int, shape (R,)
        Positions in ``at``.
    """
    is_allowed, evaluation = np.isfinite(loss), figures.part.evaluation
    implied = implied_threshold(evaluation)
    if math.isnan(implied):
        cost = np.where(is_allowed, figures.loss(COST)[:, at], np.inf)
        return np.asarray(cost.argmin(axis=1))
    model_curve = evaluation.curves[figures.points.models[at[0]]]
    is_above = is_allowed & (model_curve.thresholds[figures.points.positions[at]] >= implied)
    last = at.size - 1 - is_allowed[:, ::-1].argmax(axis=1)
    return np.where(is_above.any(axis=1), is_above.argmax(axis=1), last)


def _least_regret(
    figures: _ReplicateFigures,
    compromise: CompromiseChoice,
    picks: NDArray[np.intp],
    at: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Index of the point of least regret in every replicate, shape (R,); -1 without one.

    Parameters
    ----------
    figures : _ReplicateFigures
    compromise : CompromiseChoice
    picks : ndarray of int, shape (P, R)
        Index of each stakeholder's pick; -1 without one.
    at : ndarray of int, shape (K,)
        Indices of the competing points.
    """
    weights = normalise_weights(compromise.weights, len(compromise.objectives))
    losses = np.stack([figures_that_count(o, figures.loss(o)) for o in compromise.objectives])
    rows = np.arange(picks.shape[1])
    at_picks = np.where(picks < 0, np.nan, losses[:, rows, picks])  # (n, P, R)
    spread, size = np.ptp(at_picks, axis=1), np.abs(at_picks).max(axis=1)
    scales = np.where(spread > ROUNDING * size, spread, np.where(size > 0, size, 1.0))
    competing = losses[..., at]
    competing[:, ~figures.is_allowed(compromise, at)] = np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        regrets = competing - at_picks.min(axis=1)[..., None]
        regrets /= scales[..., None]
    largest = largest_weighted_regret(np.moveaxis(regrets, 0, -1), weights)
    largest[np.isnan(largest)] = np.inf
    least = largest.argmin(axis=1)
    return np.where(np.isfinite(largest[rows, least]), at[least], -1)


def figures_in_both(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, tuple[Floats, Floats]]:
    """Figures of each replicate's choice: in that replicate, and at the same point in the file.

    The arrays have the shape of the choices, (R,) or (..., R) for several choices of each replicate.
    """
    shape = chosen.models.shape
    out = {o.id: (np.full(shape, np.nan), np.full(shape, np.nan)) for o in objectives}
    known = np.nonzero(chosen.models >= 0)
    rows = known[-1]
    if not rows.size:
        return out
    models, positions = chosen.models[known], chosen.positions[known]
    evaluation = bootstrap.evaluation
    points = PointsOfModels(
        [np.unique(positions[models == m]) for m in range(len(evaluation.curves))]
    )
    k = points.indices(models, positions)
    counts_at = partial(bootstrap.counts, values=any(o.reads_values for o in objectives))
    drawn = points.counts(counts_at).scaled(*bootstrap.factors)
    counted = points.counts(evaluation.counts).scaled(*evaluation.factors)
    for o in objectives:
        in_replicate, in_file = out[o.id]
        in_replicate[known] = points.figures(bootstrap.values_at_scaled_counts, o, drawn)[rows, k]
        in_file[known] = points.figures(evaluation.values_at_scaled_counts, o, counted)[k]
    return out
