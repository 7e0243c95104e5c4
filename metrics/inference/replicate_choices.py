"""Choices repeated on bootstrap replicates: the point that each replicate would select."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.inference.bootstrap import CHUNK, Bootstrap
from metrics.selection.compromise import regret_scale
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound, as_margin
from metrics.selection.picks import ROUNDING, implied_threshold
from metrics.tally.kernel import Floats

COST = OBJECTIVES["cost_of_errors"]
FOR_A_MEAN = CHUNK
"""Number of replicates whose mean is precise enough: to an eleventh of the figure's standard error."""


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
        picks = tuple(replace(one, limits=()) for one in choice.picks)
        return replace(choice, picks=picks, limits=())
    return replace(choice, limits=())


def limits_aside_where_needed(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    choose: Callable[[Choice | CompromiseChoice], ReplicateChoices],
) -> ReplicateChoices:
    """Choices of the replicates; a replicate in which no point meets the limits chooses without limits.

    This may apply to all replicates. But if no replicate has figures for a limit, no replicate has a choice.
    """
    chosen = choose(choice)
    none = chosen.models < 0
    if not choice.limits or not none.any():
        return chosen
    if none.all() and not all(
        _has_replicates(bootstrap, as_margin(limit).objective) for limit in choice.limits
    ):
        return chosen
    free = choose(without_limits(choice))
    return ReplicateChoices(
        np.where(none, free.models, chosen.models), np.where(none, free.positions, chosen.positions)
    )


def _has_replicates(bootstrap: Bootstrap, o: Objective) -> bool:
    """Whether replicates have figures of an objective; the worst segment, for example, has none.

    Every model is tested in more than one replicate, because a figure may be undefined in a single case.
    """
    few = bootstrap.part(0, TESTED_REPLICATES)
    for m, own in enumerate(bootstrap.evaluation.curves):
        last = own.thresholds.size - 2  # beyond this position nothing is flagged
        at = np.unique(np.array([0, last // 2, last]).clip(0))
        if not np.isnan(few.values(o, m, at)).all():
            return True
    return False


TESTED_REPLICATES = 25
"""Number of replicates that are tested for having figures of an objective."""

WINDOW = 6.0
"""Standard errors behind the best in the file, beyond which a replicate's best is not searched."""

Positions = list[NDArray[np.intp]]
"""Positions on the curve of each model."""


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
    reached: dict[Choice, Positions] = {}
    compromises: dict[CompromiseChoice, Positions] = {}
    for choice in choices:
        for one in choice.picks if isinstance(choice, CompromiseChoice) else (choice,):
            reached[one] = candidates.reach(one)
        if isinstance(choice, CompromiseChoice):
            compromises[choice] = candidates.reach(choice)
    every = [*reached.values(), *compromises.values()]
    positions = [
        np.unique(np.concatenate([one[m] for one in every]))
        for m in range(len(bootstrap.evaluation.curves))
    ]
    parts = [
        _choose_in_part(bootstrap.part(k, k + CHUNK), reached, compromises, positions)
        for k in range(0, bootstrap.replicates, CHUNK)
    ]
    return tuple(
        ReplicateChoices(
            np.concatenate([part[choice].models for part in parts]),
            np.concatenate([part[choice].positions for part in parts]),
        )
        for choice in choices
    )


def _choose_in_part(
    part: Bootstrap,
    singles: Mapping[Choice, Positions],
    compromises: Mapping[CompromiseChoice, Positions],
    positions: Positions,
) -> dict[Choice | CompromiseChoice, ReplicateChoices]:
    shape = part.replicates
    # Loss, missed defects and false alarms of the best point so far.
    least = {choice: tuple(np.full(shape, np.inf) for _ in range(3)) for choice in singles}
    found: dict[Choice | CompromiseChoice, ReplicateChoices] = {
        choice: ReplicateChoices(np.full(shape, -1), np.zeros(shape, np.intp)) for choice in singles
    }
    rows = np.arange(shape)
    losses: dict[CompromiseChoice, list[Floats]] = {choice: [] for choice in compromises}
    for m, own in enumerate(positions):
        if not own.size:
            continue
        drawn = part.counts(m, own)
        seen = _ReplicateFigures(part, m, drawn.scaled(*part.factors))
        is_extreme = ~is_ordinary(drawn)
        for choice, reached in singles.items():
            if not reached[m].size:
                continue
            at = np.searchsorted(own, reached[m])
            loss = seen.loss(choice.objective)[:, at]
            for condition in _conditions(part, choice):
                loss[~condition.within(seen.figures(condition.objective)[:, at])] = np.inf
            loss[is_extreme[:, at] | np.isnan(loss)] = np.inf
            if choice.objective.of_model and reached[m].size > 1:
                k = _threshold_of_model(seen, reached[m], at, loss)
            else:
                k = _least_positions(loss, drawn, at)
            errors = drawn.fn[rows, at[k]], drawn.fp[rows, at[k]]
            own_best = loss[rows, k], *errors
            better = np.isfinite(own_best[0]) & _is_before(own_best, least[choice])
            for known, here in zip(least[choice], own_best, strict=True):
                known[better] = here[better]
            found[choice].models[better] = m
            found[choice].positions[better] = reached[m][k][better]
        for compromise, reached in compromises.items():
            at = np.searchsorted(own, reached[m])
            loss = np.stack([seen.loss(o)[:, at] for o in compromise.objectives], axis=-1)
            lost = is_extreme[:, at]
            for condition in _conditions(part, compromise):
                lost = lost | ~condition.within(seen.figures(condition.objective)[:, at])
            loss[lost] = np.inf
            losses[compromise].append(loss)
    for compromise, reached in compromises.items():
        picked = [found[choice] for choice in compromise.picks]
        found[compromise] = _compromise_in_part(
            part, compromise, picked, reached, losses[compromise]
        )
    return found


class _ReplicateFigures:
    """Figures of one model at some counts, each computed once."""

    def __init__(self, part: Bootstrap, model: int, scaled: Confusion) -> None:
        self.part, self.model, self.scaled = part, model, scaled
        self._figures: dict[str, Floats] = {}

    def figures(self, o: Objective) -> Floats:
        """Replicates of an objective at every count."""
        if o.id not in self._figures:
            found = self.part.of_scaled(o, self.model, self.scaled)
            self._figures[o.id] = np.broadcast_to(found, self.scaled.tp.shape)
        return self._figures[o.id]

    def loss(self, o: Objective) -> Floats:
        """Replicates of an objective at every count; less is better."""
        return o.direction.loss(self.figures(o))


def _least_positions(loss: Floats, drawn: Confusion, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Position of the least loss in each replicate; ties are broken as in `metrics.selection.pick`.

    Parameters
    ----------
    loss : ndarray of float64, shape (R, K)
    drawn : Confusion
        Counts of all summed positions.
    at : ndarray of int, shape (K,)
        Indices of the losses' positions among the summed positions.
    """
    k = loss.argmin(axis=1)
    is_least = loss == loss[np.arange(k.size), k][:, None]
    tied = np.flatnonzero(is_least.sum(axis=1) > 1)
    for errors in (drawn.fn, drawn.fp):
        own = np.where(is_least[tied], errors[tied[:, None], at], np.inf)
        is_least[tied] = own == own.min(axis=1, keepdims=True)
    k[tied] = is_least[tied].argmax(axis=1)
    return k


def _is_before(here: Sequence[Floats], there: Sequence[Floats]) -> NDArray[np.bool_]:
    """Whether the first differing figure is smaller in ``here`` than in ``there``."""
    before, equal = np.zeros(here[0].shape, np.bool_), np.ones(here[0].shape, np.bool_)
    for own, other in zip(here, there, strict=True):
        before |= equal & (own < other)
        equal &= own == other
    return before


def _threshold_of_model(
    seen: _ReplicateFigures, positions: NDArray[np.intp], at: NDArray[np.intp], loss: Floats
) -> NDArray[np.intp]:
    """Threshold of a model that each replicate selects, by the same rule as `pick`.

    Parameters
    ----------
    seen : _ReplicateFigures
    positions, at : ndarray of int, shape (K,)
        Ascending positions on the model's curve, and their indices among the computed figures.
    loss : ndarray of float64, shape (R, K)
        Infinite if a replicate may not choose a position.

    Returns
    -------
    ndarray of int, shape (R,)
    """
    may, evaluation = np.isfinite(loss), seen.part.evaluation
    implied = implied_threshold(evaluation)
    if math.isnan(implied):
        cheapest: NDArray[np.intp] = np.where(may, seen.loss(COST)[:, at], np.inf).argmin(axis=1)
        return cheapest
    above = may & (evaluation.curves[seen.model].thresholds[positions] >= implied)
    last = positions.size - 1 - may[:, ::-1].argmax(axis=1)
    return np.where(above.any(axis=1), above.argmax(axis=1), last)


def _compromise_in_part(
    part: Bootstrap,
    compromise: CompromiseChoice,
    picked: Sequence[ReplicateChoices],
    reached: Positions,
    losses: Sequence[Floats],
) -> ReplicateChoices:
    """The point of least regret in every replicate."""
    objectives = compromise.objectives
    weights = np.asarray(compromise.weights, np.float64)
    weights = weights / weights.sum() * len(weights)
    best, scales = np.empty((2, part.replicates, len(objectives)))
    figures = [replicate_figures(part, chosen, objectives) for chosen in picked]
    for k, o in enumerate(objectives):
        at_picks = np.stack([o.direction.loss(own[o.id]) for own in figures], axis=-1)
        best[:, k] = at_picks.min(axis=-1)
        spread, size = np.ptp(at_picks, axis=-1), np.abs(at_picks).max(axis=-1)
        scales[:, k] = np.where(spread > ROUNDING * size, spread, np.where(size > 0, size, 1.0))
    counts = weights > 0
    with np.errstate(over="ignore", invalid="ignore"):
        regrets = (np.concatenate(losses, axis=1) - best[:, None]) / scales[:, None]
        regrets = regrets[..., counts]
        weighted = np.where(regrets < 0, regrets / weights[counts], regrets * weights[counts])
        largest = weighted.max(axis=-1)
    largest[np.isnan(largest)] = np.inf
    least, rows = largest.argmin(axis=1), np.arange(part.replicates)
    models = np.concatenate([np.full(own.size, m) for m, own in enumerate(reached)])[least]
    models[~np.isfinite(largest[rows, least])] = -1
    return ReplicateChoices(models, np.concatenate(reached)[least])


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


def _error(bootstrap: Bootstrap, o: Objective, m: int, position: int) -> float:
    """Standard error of a figure; infinite if the figure is not defined in every replicate."""
    few = bootstrap.part(0, FOR_A_MEAN)
    error = float(few.values(o, m, np.array([position])).std())
    return error if math.isfinite(error) else math.inf


def is_ordinary(counts: Confusion) -> NDArray[np.bool_]:
    """True for points that flag some units and ship some."""
    found: NDArray[np.bool_] = (counts.tp + counts.fp > 0) & (counts.fn + counts.tn > 0)
    return found


class _Candidates:
    """Points whose counts are cached, of all models in a row, with their figures in the file."""

    def __init__(self, bootstrap: Bootstrap) -> None:
        whole = bootstrap.drawn.whole or bootstrap.drawn
        self.bootstrap, self.by_model = bootstrap, whole.positions
        sizes = [own.size for own in self.by_model]
        self.ends = np.cumsum(sizes)[:-1]
        self.models = np.repeat(np.arange(len(sizes)), sizes)
        self.positions = np.concatenate(self.by_model)
        curves = bootstrap.evaluation.curves
        # As in every resample, points that flag everything or nothing cannot be picked, even if they are
        # cheapest.
        self.ordinary = np.concatenate(
            [
                is_ordinary(model_curve.counts[at])
                for model_curve, at in zip(curves, self.by_model, strict=True)
            ]
        )
        self._losses: dict[str, Floats] = {}
        self._best: dict[Choice, tuple[int, int] | None] = {}

    def loss(self, o: Objective) -> Floats:
        """Figures of an objective; less is better."""
        if o.id not in self._losses:
            evaluation = self.bootstrap.evaluation
            every = []
            for m, own in enumerate(self.by_model):
                counts = evaluation.curves[m].counts[own].scaled(*evaluation.factors)
                every.append(np.broadcast_to(o.values(counts, evaluation.context(m)), own.shape))
            self._losses[o.id] = o.direction.loss(np.concatenate(every))
        return self._losses[o.id]

    def short(self, bound: Bound) -> Floats:
        """Distance from meeting a condition; at most 0 if the condition is met."""
        short: Floats = self.loss(bound.objective) - bound.objective.direction.loss(
            np.array(bound.value)
        )
        return short

    def shown(self, models: tuple[str, ...] | None) -> NDArray[np.bool_]:
        """Points of some models that may be picked at all."""
        if models is None:
            return self.ordinary.copy()
        known = self.bootstrap.evaluation.tally.models
        own = np.isin(self.models, [m for m, name in enumerate(known) if name in models])
        allowed: NDArray[np.bool_] = own & self.ordinary
        return allowed

    def best(self, choice: Choice) -> tuple[int, int] | None:
        """Model and position of the best point that meets the conditions; `None` if no point does."""
        if choice not in self._best:
            self._best[choice] = self._find_best(choice)
        return self._best[choice]

    def _find_best(self, choice: Choice) -> tuple[int, int] | None:
        loss = np.where(self.shown(choice.models), self.loss(choice.objective), np.inf)
        for condition in _conditions(self.bootstrap, choice):
            loss[~(self.short(condition) <= 0)] = np.inf
        loss[np.isnan(loss)] = np.inf
        if not loss.size or not math.isfinite(loss.min()):
            return None
        k = int(loss.argmin())
        m = int(self.models[k])
        if not choice.objective.of_model:
            return m, int(self.positions[k])
        return m, int(_may_be_chosen(self.bootstrap, choice, m)[0])

    def figure(self, o: Objective, m: int, position: int) -> float:
        """An objective's figure of one point; less is better."""
        evaluation = self.bootstrap.evaluation
        counts = evaluation.curves[m].counts[[position]].scaled(*evaluation.factors)
        return float(o.direction.loss(np.ravel(o.values(counts, evaluation.context(m)))[0]))

    def reach(self, choice: Choice | CompromiseChoice) -> Positions:
        """Positions of each model that may be a replicate's best."""
        conditions = _conditions(self.bootstrap, choice)
        if isinstance(choice, CompromiseChoice):
            found = [self.best(one) for one in choice.picks]
            picked = [one for one in found if one is not None]
            regret, slack = (
                self._regret(choice, picked) if len(picked) == len(found) else (None, 0.0)
            )
            return self._near(
                choice.models, regret, slack, conditions, picked[0] if picked else None
            )
        if choice.objective.of_model and not conditions:  # one point for each model
            return [_may_be_chosen(self.bootstrap, choice, m) for m in range(len(self.by_model))]
        best, o = self.best(choice), choice.objective
        slack = 0.0 if best is None else WINDOW * _error(self.bootstrap, o, *best)
        loss = None if best is None else self.loss(o)
        return self._near(choice.models, loss, slack, conditions, best)

    def _near(
        self,
        models: tuple[str, ...] | None,
        loss: Floats | None,
        slack: float,
        conditions: Sequence[Bound],
        best: tuple[int, int] | None,
    ) -> Positions:
        """Points that may still be best: not too far behind, and able to meet the conditions."""
        near = self.shown(models)
        if loss is not None and best is not None:
            short = [self.short(condition) for condition in conditions]
            rooms = [WINDOW * _error(self.bootstrap, c.objective, *best) for c in conditions]
            surely = near.copy()  # meets every condition in each replicate, too
            for own, room in zip(short, rooms, strict=True):
                surely &= own <= -room
                near &= ~(own > room)
            least = float(np.nanmin(np.where(surely, loss, np.inf), initial=np.inf))
            near &= ~(loss > least + slack)
        return [own[at] for own, at in zip(self.by_model, np.split(near, self.ends), strict=True)]

    def _regret(
        self, choice: CompromiseChoice, picked: Sequence[tuple[int, int]]
    ) -> tuple[Floats, float]:
        """Largest regret of each point, and the part of the regret that may be chance."""
        regret, slack = np.full(self.models.size, -np.inf), 0.0
        weights = np.array(choice.weights) / sum(choice.weights) * len(choice.weights)
        for o, weight in zip(choice.objectives, weights.tolist(), strict=True):
            at_picks = np.array([self.figure(o, *one) for one in picked])
            scale = regret_scale(at_picks)
            np.fmax(regret, weight * (self.loss(o) - at_picks.min()) / scale, out=regret)
            error = max(_error(self.bootstrap, o, *one) for one in picked)
            slack = max(slack, weight * error / scale)
        # Both the regret of the point and the picks that regret is measured from vary.
        return regret, 2 * WINDOW * slack


def replicate_figures(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, Floats]:
    """Figures of each replicate's choice in that replicate, by objective id; NaN without a choice."""
    return {name: own for name, (own, _) in figures_in_both(bootstrap, chosen, objectives).items()}


def _may_be_chosen(part: Bootstrap, choice: Choice, m: int) -> NDArray[np.intp]:
    """Positions on a model's curve to choose from; a single position if only the model is chosen."""
    whole = part.drawn.whole or part.drawn
    positions = whole.positions[m]
    if choice.models is not None and part.evaluation.curves[m].model not in choice.models:
        return positions[:0]
    if not choice.objective.of_model:
        return positions
    evaluation = part.evaluation
    model_curve, implied = evaluation.curves[m], implied_threshold(evaluation)
    if np.isnan(implied):
        at_file = model_curve.counts[positions].scaled(*evaluation.factors)
        k = int(COST.values(at_file, evaluation.context(m)).argmin())
        return positions[k : k + 1]
    return model_curve.positions([implied])


def figures_in_both(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, tuple[Floats, Floats]]:
    """Figures of each replicate's choice: in that replicate, and at the same point in the file."""
    evaluation, rows = bootstrap.evaluation, np.arange(bootstrap.replicates)
    out = {o.id: (np.full(rows.size, np.nan), np.full(rows.size, np.nan)) for o in objectives}
    for m in np.unique(chosen.models[chosen.models >= 0]).tolist():
        mine = chosen.models == m
        positions, back = np.unique(chosen.positions[mine], return_inverse=True)
        k = np.zeros(rows.size, np.intp)
        k[mine] = back
        drawn = bootstrap.counts(m, positions).each(itemgetter((rows[:, None], k[:, None])))
        scaled = drawn.scaled(*bootstrap.factors)
        at_file = evaluation.curves[m].counts[positions].scaled(*evaluation.factors)
        for o in objectives:
            here, there = out[o.id]
            here[mine] = bootstrap.of_scaled(o, m, scaled)[mine, 0]
            in_file = np.broadcast_to(o.values(at_file, evaluation.context(m)), positions.shape)
            there[mine] = in_file[back]
    return out
