"""Optimism of a choice, and figures and intervals corrected for it: the winner's curse."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ConfusionCurve, confusion_curve
from metrics.evaluation.model_metrics import model_figures
from metrics.evaluation.objective import OBJECTIVES, Context, Objective
from metrics.evaluation.operating_points import COUNTS, Evaluation
from metrics.inference.bootstrap import CHUNK, Bands, Bootstrap, Points
from metrics.inference.intervals import RANGES, intervals
from metrics.inference.replicated_counts import BucketCounts
from metrics.selection.compromise import regret_scale
from metrics.selection.limits import Bound, as_margin
from metrics.selection.picks import ROUNDING, default_bound, implied_threshold, pick
from metrics.tally.kernel import Floats
from metrics.tally.miss_prices import refuse_mean_prices
from metrics.tally.tally import Tally

COST = OBJECTIVES["cost_of_errors"]
FOR_A_MEAN = CHUNK
"""Replicates whose mean is close enough: to an eleventh of the figure's own error."""


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


@dataclass(frozen=True, eq=False)
class Half:
    """One model on half of the buckets that hold rows.

    Attributes
    ----------
    buckets : ndarray of int
    tally : Tally
        Of the model alone.
    curve : ConfusionCurve
    """

    buckets: NDArray[np.intp]
    tally: Tally
    curve: ConfusionCurve


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

    Raises
    ------
    ScoreError
        As `refuse_mean_prices`.
    """
    refuse_mean_prices(tally)
    alone = tally.of_model(tally.index(model))
    filled = np.flatnonzero(alone.counts.sum(axis=(1, 2, 3), dtype=np.int64))
    first, second = (
        Half(buckets, part, confusion_curve(part, 0))
        for buckets in (filled[::2], filled[1::2])
        for part in (alone.of_buckets(buckets),)
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
    part, model_curve, [model] = half.tally, half.curve, half.tally.models
    # Figures without a volume are those of the whole file: a bound in counts means the same on a half.
    units = evaluation.scenario.units_per_year or float(evaluation.tally.class_mass.sum())
    factors = replace(evaluation.scenario, units_per_year=units).factors(part.class_mass)
    today = evaluation.today_by_bucket.each(lambda n: n[half.buckets].sum())
    figures = model_figures(part, model_curve, evaluation.scenario)
    context = Context(evaluation.scenario, today.scaled(*factors), figures, model)
    counts = model_curve.counts[model_curve.distinct]
    objectives = {o.id: o for o in (objective, COST)}
    if bound is not None:
        objectives[bound.objective.id] = bound.objective
    objectives |= {limit.objective.id: limit.objective for limit in limits}
    points = pd.DataFrame(
        {"model": model, "threshold": model_curve.thresholds[model_curve.distinct]}
        | {name: getattr(counts, name) for name in COUNTS}
        | {o.id: o.values(counts.scaled(*factors), context) for o in objectives.values()}
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
    least = {choice: np.full(shape, np.inf) for choice in singles}
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
        is_extreme = ~_is_ordinary(drawn)
        for choice, reached in singles.items():
            if not reached[m].size:
                continue
            at = np.searchsorted(own, reached[m])
            loss = seen.loss(choice.objective)[:, at]
            for condition in _conditions(part, choice):
                loss[~condition.within(seen.figures(condition.objective)[:, at])] = np.inf
            loss[is_extreme[:, at] | np.isnan(loss)] = np.inf
            k = loss.argmin(axis=1)
            if choice.objective.of_model and reached[m].size > 1:
                k = _threshold_of_model(seen, reached[m], at, loss)
            better = loss[rows, k] < least[choice]
            least[choice][better] = loss[rows, k][better]
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


def _conditions(bootstrap: Bootstrap, choice: Choice | CompromiseChoice) -> list[Bound]:
    """What a choice has to keep, in units in which a replicate's figures are defined."""
    conditions = [*choice.limits]
    if isinstance(choice, Choice):
        bound = choice.bound or default_bound(choice.objective, bootstrap.evaluation)
        conditions += [] if bound is None else [bound]
    return [as_margin(condition) for condition in conditions]


def _error(bootstrap: Bootstrap, o: Objective, m: int, position: int) -> float:
    """Standard error of a figure; infinite where it is not defined in every replicate."""
    few = bootstrap.part(0, FOR_A_MEAN)
    error = float(few.values(o, m, np.array([position])).std())
    return error if math.isfinite(error) else math.inf


def _is_ordinary(counts: Confusion) -> NDArray[np.bool_]:
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
                _is_ordinary(model_curve.counts[at])
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
    return {name: own for name, (own, _) in _figures_in_both(bootstrap, chosen, objectives).items()}


def _figures_in_both(
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
    A replicate stands to the file as the file to the population: the mean over the replicates is the
    optimism of the choice, and the spread that of a figure at a point that is chosen anew in every sample.
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
    found = _figures_in_both(bootstrap, chosen, objectives)
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


def mean_over_replicates(optimism: Floats) -> float:
    """Mean over the replicates; NaN where most have no choice, which says nothing of its optimism."""
    return float(np.nanmean(optimism)) if np.isfinite(optimism).mean() > 0.5 else math.nan


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


LEAST, MOST = 0.5, math.sqrt(2)
"""Optimism over what replicates show of it: of a best that is two errors ahead, and of equal candidates."""


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

    Notes
    -----
    Of candidates that are equal in truth, each with the noise s of a sample, the best is m s too good; a
    replicate's best is the best of the noise of the file and of its own together, sqrt(2) m s, of which half
    the variance is its own: it shows m s / sqrt(2) of optimism. Of two candidates whose difference has the
    standard error s, the better by d is s phi(d / s) too good on average, and replicates show
    s phi(d / (sqrt(2) s)) / sqrt(2): half of that is left where d = 2 s, and nothing of either farther ahead.
    So the optimism lies between a half and sqrt(2) of what the replicates show, f, and the interval is that
    of a point nobody chose (`intervals`), moved by the one and by the other ::

        [low - max(f / 2, sqrt(2) f), high - min(f / 2, sqrt(2) f)]

    An end that is the least or the most that the figure can be stays: a file in which no defect is missed
    leaves open that none ever is.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Andrews, Kitagawa, McCloskey: Inference on winners. Quarterly Journal of Economics 2024 (that intervals
    at a winner must hold whether or not it is far ahead).
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
        known = 0.0 if math.isnan(optimism[o.id]) else optimism[o.id]
        out[o.id] = at_choice(o, value, ends.low.item(), ends.high.item(), known)
    return out


def at_choice(o: Objective, value: float, low: float, high: float, optimism: float) -> AtChoice:
    """Figure of a chosen point: from its interval as if nobody had chosen it, and the mean optimism."""
    low_there, high_there = shifted(low, high, optimism)
    least, largest = RANGES.get(o.unit, (-math.inf, math.inf))
    # An interval that is open has no width.
    slack = 1e-9 * (high - low if math.isfinite(high - low) else abs(value))
    return AtChoice(
        value,
        float(np.clip(value - optimism, least, largest)),
        least if low <= least + slack else float(np.clip(low_there, least, largest)),
        largest if high >= largest - slack else float(np.clip(high_there, least, largest)),
    )


def shifted(low: float, high: float, optimism: float) -> tuple[float, float]:
    """Interval as if nobody had chosen, moved by what the optimism may be at least and at most."""
    least, most = sorted((LEAST * optimism, MOST * optimism))
    return low - most, high - least
