"""Choices repeated on bootstrap replicates: the point that each replicate would select."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.evaluation.points_of_models import PointsOfModels, Positions
from metrics.inference.bootstrap import CHUNK, Bootstrap
from metrics.selection.compromise import (
    largest_weighted_regret,
    normalise_weights,
    regret_scale,
)
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound, as_margin
from metrics.selection.picks import ROUNDING, implied_threshold
from metrics.tally.kernel import Floats

COST = OBJECTIVES["cost_of_errors"]
FOR_A_MEAN = CHUNK
"""Number of replicates for a mean: its error is then an eleventh of the figure's standard error."""
TESTED_REPLICATES = 25
"""Number of replicates that are tested for having figures of an objective."""
WINDOW = 6.0
"""Largest distance behind the file's best, in standard errors, of points that may be a replicate's best."""


@dataclass(frozen=True)
class Choice:
    """Rule by which an operating point was chosen.

    Attributes
    ----------
    objective : Objective
        The chosen point has the best figure of this objective.
    bound : Bound or None
        Limits the search; a monotone objective has a default bound.
    limits : tuple of Bound
        Further limits that the point has to meet.
    models : tuple of str or None
        Models that compete; all if `None`.
    """

    objective: Objective
    bound: Bound | None = None
    limits: tuple[Bound, ...] = ()
    models: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CompromiseChoice:
    """Rule by which a compromise of least regret was found.

    Attributes
    ----------
    picks : tuple of Choice
        Choices of the individual stakeholders, from whose figures regrets are measured.
    limits : tuple of Bound
        Limits that the compromise has to meet.
    weights : tuple of float
        Weight of each stakeholder.
    models : tuple of str or None
        Models that compete; all if `None`.
    """

    picks: tuple[Choice, ...]
    limits: tuple[Bound, ...]
    weights: tuple[float, ...]
    models: tuple[str, ...] | None = None

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """One objective for each stakeholder."""
        return tuple(choice.objective for choice in self.picks)


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

    def share_of(self, model: int) -> float:
        """Share of the replicates that choose a model; NaN if no replicate has a choice.

        A replicate without a point that meets the limits chooses no model.
        """
        return float((self.models == model).mean()) if (self.models >= 0).any() else math.nan


def without_limits(choice: Choice | CompromiseChoice) -> Choice | CompromiseChoice:
    """The same choice without the limits set in the meeting."""
    if isinstance(choice, CompromiseChoice):
        picks = tuple(replace(pick, limits=()) for pick in choice.picks)
        return replace(choice, picks=picks, limits=())
    return replace(choice, limits=())


def limits_aside_where_needed(
    bootstrap: Bootstrap, choices: Sequence[Choice | CompromiseChoice]
) -> tuple[ReplicateChoices, ...]:
    """Choices of the replicates; a replicate in which no point meets the limits chooses without limits.

    This may apply to all replicates. But if no replicate has figures for a limit, no replicate has a choice.
    """
    rules = (*choices, *(without_limits(choice) for choice in choices))
    chosen = dict(zip(rules, choose_in_replicates(bootstrap, rules), strict=True))
    return tuple(
        _joined(bootstrap, choice, chosen[choice], chosen[without_limits(choice)])
        for choice in choices
    )


def _joined(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    chosen: ReplicateChoices,
    free: ReplicateChoices,
) -> ReplicateChoices:
    is_missing = chosen.models < 0
    if is_missing.all() and not all(
        _has_figures(bootstrap, as_margin(limit).objective) for limit in choice.limits
    ):
        return chosen
    return ReplicateChoices(
        np.where(is_missing, free.models, chosen.models),
        np.where(is_missing, free.positions, chosen.positions),
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


def choose_in_replicates(
    bootstrap: Bootstrap, choices: Sequence[Choice | CompromiseChoice]
) -> tuple[ReplicateChoices, ...]:
    """Repeat choices on every replicate, among the points whose counts are cached.

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
    candidates = _Candidates(bootstrap)
    competing: dict[Choice | CompromiseChoice, Positions] = {}
    for choice in choices:
        for single in choice.picks if isinstance(choice, CompromiseChoice) else (choice,):
            competing[single] = candidates.competing(single)
        if isinstance(choice, CompromiseChoice):
            competing[choice] = candidates.competing(choice)
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
    figures = _ReplicateFigures(part, points)
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

    def __init__(self, part: Bootstrap, points: PointsOfModels) -> None:
        self.part, self.points = part, points
        self.counts = points.counts(part.counts)
        self._scaled = self.counts.scaled(*part.factors)
        self._is_ordinary = is_ordinary(self.counts)
        self._figures: dict[str, Floats] = {}

    def figures(self, objective: Objective) -> Floats:
        """Replicates of an objective at every point, shape (R, K)."""
        if objective.id not in self._figures:
            self._figures[objective.id] = self.points.figures(
                self.part.of_scaled, objective, self._scaled
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
        for condition in _conditions(self.part, choice):
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
            selected = _threshold_of_model(figures, at[of_model], loss[:, of_model])
            loss[:, of_model] = np.where(
                np.arange(of_model.size) == selected[:, None], loss[:, of_model], np.inf
            )
    k = _least_positions(loss, figures.counts, at)
    return np.where(np.isfinite(loss[np.arange(k.size), k]), at[k], -1)


def _least_positions(loss: Floats, counts: Confusion, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Position of the least loss in each replicate; ties are broken as in `metrics.selection.pick`.

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


def _threshold_of_model(
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
    losses = np.stack([figures.loss(o) for o in compromise.objectives])
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


def conditions_of(choice: Choice | CompromiseChoice, evaluation: Evaluation) -> list[Bound]:
    """All conditions of a choice: its limits and its own bound."""
    conditions = [*choice.limits]
    if isinstance(choice, Choice):
        bound = choice.bound or default_bound(choice.objective, evaluation)
        conditions += [] if bound is None else [bound]
    return conditions


def _conditions(bootstrap: Bootstrap, choice: Choice | CompromiseChoice) -> list[Bound]:
    """Conditions of a choice, in units in which a replicate's figures are defined."""
    return [as_margin(condition) for condition in conditions_of(choice, bootstrap.evaluation)]


def is_ordinary(counts: Confusion) -> NDArray[np.bool_]:
    """True for points that flag some units and ship some."""
    ordinary: NDArray[np.bool_] = (counts.tp + counts.fp > 0) & (counts.fn + counts.tn > 0)
    return ordinary


class _Candidates:
    """Points of all models whose counts are cached, with their figures in the file."""

    def __init__(self, bootstrap: Bootstrap) -> None:
        self.bootstrap = bootstrap
        self.points = PointsOfModels(bootstrap.drawn.all_replicates.positions)
        counts = self.points.counts(bootstrap.evaluation.counts)
        self._scaled = counts.scaled(*bootstrap.evaluation.factors)
        # Points that flag everything or nothing cannot be picked, even if they are cheapest.
        self.is_ordinary = is_ordinary(counts)
        self._losses: dict[str, Floats] = {}
        self._best: dict[Choice, tuple[int, int] | None] = {}
        self._errors: dict[tuple[str, int, int], float] = {}

    def loss(self, objective: Objective) -> Floats:
        """Figures of an objective; less is better."""
        if objective.id not in self._losses:
            of_scaled = self.bootstrap.evaluation.of_scaled
            figures = self.points.figures(of_scaled, objective, self._scaled)
            self._losses[objective.id] = objective.direction.loss(figures)
        return self._losses[objective.id]

    def error(self, objective: Objective, model: int, position: int) -> float:
        """Standard error of a figure; infinite if the figure is not defined in every replicate."""
        key = objective.id, model, position
        if key not in self._errors:
            few = self.bootstrap.part(0, FOR_A_MEAN)
            error = float(few.values(objective, model, np.array([position])).std())
            self._errors[key] = error if math.isfinite(error) else math.inf
        return self._errors[key]

    def shortfall(self, bound: Bound) -> Floats:
        """Distance from meeting a condition; at most 0 if the condition is met."""
        limit = bound.objective.direction.loss(np.array(bound.value))
        return np.asarray(self.loss(bound.objective) - limit)

    def allowed(self, models: tuple[str, ...] | None) -> NDArray[np.bool_]:
        """Mask of the points that may be picked: the ordinary points of some models."""
        if models is None:
            return self.is_ordinary.copy()
        names = self.bootstrap.evaluation.tally.models
        shown = [m for m, name in enumerate(names) if name in models]
        return np.asarray(self.is_ordinary & np.isin(self.points.models, shown))

    def best(self, choice: Choice) -> tuple[int, int] | None:
        """Model and position of the best point that meets the conditions; `None` if no point does."""
        if choice not in self._best:
            self._best[choice] = self._find_best(choice)
        return self._best[choice]

    def _find_best(self, choice: Choice) -> tuple[int, int] | None:
        loss = np.where(self.allowed(choice.models), self.loss(choice.objective), np.inf)
        for condition in _conditions(self.bootstrap, choice):
            loss[~(self.shortfall(condition) <= 0)] = np.inf
        loss[np.isnan(loss)] = np.inf
        if not loss.size or not math.isfinite(loss.min()):
            return None
        k = int(loss.argmin())
        m = int(self.points.models[k])
        if not choice.objective.of_model:
            return m, int(self.points.positions[k])
        return m, int(_thresholds_to_choose_from(self.bootstrap, choice, m)[0])

    def competing(self, choice: Choice | CompromiseChoice) -> Positions:
        """Positions of each model that may be a replicate's best."""
        by_model = self.points.by_model
        conditions, models = _conditions(self.bootstrap, choice), range(len(by_model))
        if isinstance(choice, Choice) and choice.objective.of_model and not conditions:
            return [_thresholds_to_choose_from(self.bootstrap, choice, m) for m in models]
        picks = choice.picks if isinstance(choice, CompromiseChoice) else (choice,)
        best = [point for point in map(self.best, picks) if point is not None]
        near = self.allowed(choice.models)
        if best and len(best) == len(picks):
            if isinstance(choice, CompromiseChoice):
                loss, slack = self._regret(choice, best)
            else:
                loss = self.loss(choice.objective)
                slack = WINDOW * self.error(choice.objective, *best[0])
            near &= self._is_near(near, loss, slack, conditions, best)
        ends = np.cumsum([positions.size for positions in by_model])[:-1]
        masks = np.split(near, ends)
        return [positions[mask] for positions, mask in zip(by_model, masks, strict=True)]

    def _is_near(
        self,
        allowed: NDArray[np.bool_],
        loss: Floats,
        slack: float,
        conditions: Sequence[Bound],
        picks: Sequence[tuple[int, int]],
    ) -> NDArray[np.bool_]:
        """Mask of the points that may be a replicate's best: near the best and near the conditions."""
        near, meets_in_all_replicates = np.ones(allowed.size, np.bool_), allowed.copy()
        for condition in conditions:
            # The figure of a single pick may not vary at all, such as a recall of 1.
            room = WINDOW * max(self.error(condition.objective, *pick) for pick in picks)
            shortfall = self.shortfall(condition)
            meets_in_all_replicates &= shortfall <= -room
            near &= ~(shortfall > room)
        least = np.nanmin(np.where(meets_in_all_replicates, loss, np.inf), initial=np.inf)
        near &= ~(loss > least + slack)
        return near

    def _regret(
        self, choice: CompromiseChoice, picks: Sequence[tuple[int, int]]
    ) -> tuple[Floats, float]:
        """Largest regret of each point, and the part of the regret that may be chance."""
        regret, slack = np.full(self.is_ordinary.size, -np.inf), 0.0
        weights = normalise_weights(choice.weights, len(choice.objectives))
        evaluation = self.bootstrap.evaluation
        for o, weight in zip(choice.objectives, weights.tolist(), strict=True):
            at_picks = np.array(
                [_losses_in_file(evaluation, o, m, np.array([k]))[0] for m, k in picks]
            )
            scale = regret_scale(at_picks)
            np.fmax(regret, weight * (self.loss(o) - at_picks.min()) / scale, out=regret)
            error = max(self.error(o, *pick) for pick in picks)
            slack = max(slack, weight * error / scale)
        # Both the regret of the point and the picks from which regret is measured vary.
        return regret, 2 * WINDOW * slack


def _losses_in_file(
    evaluation: Evaluation, objective: Objective, m: int, positions: NDArray[np.intp]
) -> Floats:
    return objective.direction.loss(evaluation.values(objective, m, positions))


def _thresholds_to_choose_from(bootstrap: Bootstrap, choice: Choice, m: int) -> NDArray[np.intp]:
    """Positions on a model's curve to choose from; a single position if only the model is chosen."""
    evaluation, positions = bootstrap.evaluation, bootstrap.drawn.all_replicates.positions[m]
    if choice.models is not None and evaluation.curves[m].model not in choice.models:
        return positions[:0]
    if not choice.objective.of_model:
        return positions
    implied = implied_threshold(evaluation)
    if np.isnan(implied):
        k = int(_losses_in_file(evaluation, COST, m, positions).argmin())
        return positions[k : k + 1]
    return evaluation.curves[m].positions([implied])


def figures_in_both(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, tuple[Floats, Floats]]:
    """Figures of each replicate's choice: in that replicate, and at the same point in the file."""
    out = {
        o.id: (np.full(bootstrap.replicates, np.nan), np.full(bootstrap.replicates, np.nan))
        for o in objectives
    }
    rows = np.flatnonzero(chosen.models >= 0)
    if not rows.size:
        return out
    models, positions = chosen.models[rows], chosen.positions[rows]
    evaluation = bootstrap.evaluation
    points = PointsOfModels(
        [np.unique(positions[models == m]) for m in range(len(evaluation.curves))]
    )
    k = points.indices(models, positions)
    drawn = points.counts(bootstrap.counts).scaled(*bootstrap.factors)
    counted = points.counts(evaluation.counts).scaled(*evaluation.factors)
    for o in objectives:
        in_replicate, in_file = out[o.id]
        in_replicate[rows] = points.figures(bootstrap.of_scaled, o, drawn)[rows, k]
        in_file[rows] = points.figures(evaluation.of_scaled, o, counted)[k]
    return out
