"""What would be chosen in each bootstrap replicate."""

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
"""Replicates whose mean is close enough: to an eleventh of the figure's own error."""


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


@dataclass(frozen=True)
class CompromiseChoice:
    """How a compromise of least regret was found.

    Attributes
    ----------
    picks : tuple of Choice
        The stakeholders' own, from whose figures regrets are measured.
    limits : tuple of Bound
        That the compromise has to keep.
    weights : tuple of float
        How much each stakeholder counts.
    models : tuple of str or None
        Among which it was sought; all where None.
    """

    picks: tuple[Choice, ...]
    limits: tuple[Bound, ...]
    weights: tuple[float, ...]
    models: tuple[str, ...] | None = None

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """One a stakeholder."""
        return tuple(choice.objective for choice in self.picks)


@dataclass(frozen=True, eq=False)
class ReplicateChoices:
    """What is chosen in every replicate.

    Attributes
    ----------
    models : ndarray of int, shape (R,)
        -1 where a replicate has no choice.
    positions : ndarray of int, shape (R,)
        On the models' curves.
    """

    models: NDArray[np.intp]
    positions: NDArray[np.intp]

    def share_of(self, model: int) -> float:
        """Share of the replicates that choose a model, NaN where none makes a choice.

        One without a choice, as nothing in it keeps the limits, chooses no model.
        """
        return float((self.models == model).mean()) if (self.models >= 0).any() else math.nan


def without_limits(choice: Choice | CompromiseChoice) -> Choice | CompromiseChoice:
    """The same choice as if the meeting had set no limits."""
    if isinstance(choice, CompromiseChoice):
        picks = tuple(replace(one, limits=()) for one in choice.picks)
        return replace(choice, picks=picks, limits=())
    return replace(choice, limits=())


def limits_aside_where_needed(
    bootstrap: Bootstrap,
    choice: Choice | CompromiseChoice,
    choose: Callable[[Choice | CompromiseChoice], ReplicateChoices],
) -> ReplicateChoices:
    """What replicates choose, those in which nothing keeps the limits as if there were none.

    Be it all of them; but where no replicate can tell whether a limit is kept, none has a choice.
    """
    chosen = choose(choice)
    none = chosen.models < 0
    if not choice.limits or not none.any():
        return chosen
    if none.all() and not all(
        _is_told(bootstrap, as_margin(limit).objective) for limit in choice.limits
    ):
        return chosen
    free = choose(without_limits(choice))
    return ReplicateChoices(
        np.where(none, free.models, chosen.models), np.where(none, free.positions, chosen.positions)
    )


def _is_told(bootstrap: Bootstrap, o: Objective) -> bool:
    """Whether replicates have figures of an objective: of the worst segment, for one, they have none.

    Asked of every model in more than one replicate: it may be undefined for one of either alone.
    """
    few = bootstrap.part(0, TOLD_BY)
    for m, own in enumerate(bootstrap.evaluation.curves):
        last = own.thresholds.size - 2  # beyond it nothing is flagged
        at = np.unique(np.array([0, last // 2, last]).clip(0))
        if not np.isnan(few.values(o, m, at)).all():
            return True
    return False


TOLD_BY = 25
"""Replicates that are asked whether they have figures of an objective."""

WINDOW = 6.0
"""Standard errors behind the best in the file, beyond which no replicate's best is looked for."""

Positions = list[NDArray[np.intp]]
"""On the curve of each model."""


def choose_in_replicates(
    bootstrap: Bootstrap, choices: Sequence[Choice | CompromiseChoice]
) -> tuple[ReplicateChoices, ...]:
    """Make choices anew on every replicate, among the points whose counts are kept.

    Parameters
    ----------
    bootstrap : Bootstrap
    choices : sequence of Choice or CompromiseChoice
        Together they take little longer than one: counts are summed once.

    Returns
    -------
    tuple of ReplicateChoices
        One a choice.

    Notes
    -----
    Points whose figures lie more than `WINDOW` standard errors behind those of the best in the file are left
    out: the difference of two points on the same rows varies less than twice as much as either.
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
    # Loss, missed defects and false alarms of the best so far.
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
    """Figures of one model at some counts, each made once."""

    def __init__(self, part: Bootstrap, model: int, scaled: Confusion) -> None:
        self.part, self.model, self.scaled = part, model, scaled
        self._figures: dict[str, Floats] = {}

    def figures(self, o: Objective) -> Floats:
        """Replicates at every count."""
        if o.id not in self._figures:
            found = self.part.of_scaled(o, self.model, self.scaled)
            self._figures[o.id] = np.broadcast_to(found, self.scaled.tp.shape)
        return self._figures[o.id]

    def loss(self, o: Objective) -> Floats:
        """The same, the less the better."""
        return o.direction.loss(self.figures(o))


def _least_positions(loss: Floats, drawn: Confusion, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Position of the least loss in each replicate; of equal losses as `metrics.selection.pick` decides.

    Parameters
    ----------
    loss : ndarray of float64, shape (R, K)
    drawn : Confusion
        Counts of all positions that were summed.
    at : ndarray of int, shape (K,)
        Those of them that the losses are of.
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
    """Where the first of several figures that differs is less here."""
    before, equal = np.zeros(here[0].shape, np.bool_), np.ones(here[0].shape, np.bool_)
    for own, other in zip(here, there, strict=True):
        before |= equal & (own < other)
        equal &= own == other
    return before


def _threshold_of_model(
    seen: _ReplicateFigures, positions: NDArray[np.intp], at: NDArray[np.intp], loss: Floats
) -> NDArray[np.intp]:
    """Which of a model's thresholds each replicate takes, as `pick` does where the loss is one at all.

    Parameters
    ----------
    seen : _ReplicateFigures
    positions, at : ndarray of int, shape (K,)
        Ascending on the model's curve, and among the figures that were seen.
    loss : ndarray of float64, shape (R, K)
        Infinite where a replicate may not choose a position.

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
    """Limits and own bound within which a choice is made."""
    conditions = [*choice.limits]
    if isinstance(choice, Choice):
        bound = choice.bound or default_bound(choice.objective, evaluation)
        conditions += [] if bound is None else [bound]
    return conditions


def _conditions(bootstrap: Bootstrap, choice: Choice | CompromiseChoice) -> list[Bound]:
    """The same in units in which a replicate's figures are defined."""
    return [as_margin(condition) for condition in conditions_of(choice, bootstrap.evaluation)]


def _error(bootstrap: Bootstrap, o: Objective, m: int, position: int) -> float:
    """Standard error of a figure; infinite where it is not defined in every replicate."""
    few = bootstrap.part(0, FOR_A_MEAN)
    error = float(few.values(o, m, np.array([position])).std())
    return error if math.isfinite(error) else math.inf


def is_ordinary(counts: Confusion) -> NDArray[np.bool_]:
    """Where some unit is flagged and some is shipped."""
    found: NDArray[np.bool_] = (counts.tp + counts.fp > 0) & (counts.fn + counts.tn > 0)
    return found


class _Candidates:
    """The points whose counts are kept, of all models in a row, as they are in the file."""

    def __init__(self, bootstrap: Bootstrap) -> None:
        whole = bootstrap.drawn.whole or bootstrap.drawn
        self.bootstrap, self.by_model = bootstrap, whole.positions
        sizes = [own.size for own in self.by_model]
        self.ends = np.cumsum(sizes)[:-1]
        self.models = np.repeat(np.arange(len(sizes)), sizes)
        self.positions = np.concatenate(self.by_model)
        curves = bootstrap.evaluation.curves
        # As in every resample: nobody picks what flags everything or nothing, however cheap it is.
        self.ordinary = np.concatenate(
            [
                is_ordinary(model_curve.counts[at])
                for model_curve, at in zip(curves, self.by_model, strict=True)
            ]
        )
        self._losses: dict[str, Floats] = {}
        self._best: dict[Choice, tuple[int, int] | None] = {}

    def loss(self, o: Objective) -> Floats:
        """An objective's figures, the less the better."""
        if o.id not in self._losses:
            evaluation = self.bootstrap.evaluation
            every = []
            for m, own in enumerate(self.by_model):
                counts = evaluation.curves[m].counts[own].scaled(*evaluation.factors)
                every.append(np.broadcast_to(o.values(counts, evaluation.context(m)), own.shape))
            self._losses[o.id] = o.direction.loss(np.concatenate(every))
        return self._losses[o.id]

    def short(self, bound: Bound) -> Floats:
        """How far a condition is from being kept; at most 0 where it is."""
        short: Floats = self.loss(bound.objective) - bound.objective.direction.loss(
            np.array(bound.value)
        )
        return short

    def shown(self, models: tuple[str, ...] | None) -> NDArray[np.bool_]:
        """Those of some models that may be picked at all."""
        if models is None:
            return self.ordinary.copy()
        known = self.bootstrap.evaluation.tally.models
        own = np.isin(self.models, [m for m, name in enumerate(known) if name in models])
        allowed: NDArray[np.bool_] = own & self.ordinary
        return allowed

    def best(self, choice: Choice) -> tuple[int, int] | None:
        """Model and position of the best that keeps the conditions; None where nothing does."""
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
        """An objective's figure of one point, the less the better."""
        evaluation = self.bootstrap.evaluation
        counts = evaluation.curves[m].counts[[position]].scaled(*evaluation.factors)
        return float(o.direction.loss(np.ravel(o.values(counts, evaluation.context(m)))[0]))

    def reach(self, choice: Choice | CompromiseChoice) -> Positions:
        """Positions among which a replicate's best may be, of each model."""
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
        if choice.objective.of_model and not conditions:  # one a model
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
        """Points that are not surely too far behind, nor surely without a condition."""
        near = self.shown(models)
        if loss is not None and best is not None:
            short = [self.short(condition) for condition in conditions]
            rooms = [WINDOW * _error(self.bootstrap, c.objective, *best) for c in conditions]
            surely = near.copy()  # what keeps every condition in each replicate, too
            for own, room in zip(short, rooms, strict=True):
                surely &= own <= -room
                near &= ~(own > room)
            least = float(np.nanmin(np.where(surely, loss, np.inf), initial=np.inf))
            near &= ~(loss > least + slack)
        return [own[at] for own, at in zip(self.by_model, np.split(near, self.ends), strict=True)]

    def _regret(
        self, choice: CompromiseChoice, picked: Sequence[tuple[int, int]]
    ) -> tuple[Floats, float]:
        """Largest regret of each point, and how much of it may be chance."""
        regret, slack = np.full(self.models.size, -np.inf), 0.0
        weights = np.array(choice.weights) / sum(choice.weights) * len(choice.weights)
        for o, weight in zip(choice.objectives, weights.tolist(), strict=True):
            at_picks = np.array([self.figure(o, *one) for one in picked])
            scale = regret_scale(at_picks)
            np.fmax(regret, weight * (self.loss(o) - at_picks.min()) / scale, out=regret)
            error = max(_error(self.bootstrap, o, *one) for one in picked)
            slack = max(slack, weight * error / scale)
        # The point's own regret varies, and that of the picks from which it is measured.
        return regret, 2 * WINDOW * slack


def replicate_figures(
    bootstrap: Bootstrap, chosen: ReplicateChoices, objectives: Sequence[Objective]
) -> dict[str, Floats]:
    """Figures of each replicate's choice in that replicate, by objective id; NaN without a choice."""
    return {name: own for name, (own, _) in figures_in_both(bootstrap, chosen, objectives).items()}


def _may_be_chosen(part: Bootstrap, choice: Choice, m: int) -> NDArray[np.intp]:
    """Positions on a model's curve among which a choice is made; one where the model alone is chosen."""
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
    """Figures of each replicate's choice: in that replicate, and of the same point in the file."""
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
