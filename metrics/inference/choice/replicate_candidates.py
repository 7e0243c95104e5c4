"""Candidates of a choice in a replicate: points that are not too far behind the best point of the file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.points_of_models import PointsOfModels, Positions
from metrics.inference.bootstrap import FOR_A_MEAN, Bootstrap
from metrics.selection.choice import Choice, CompromiseChoice, conditions_of
from metrics.selection.limits import Bound, as_margin
from metrics.selection.picks import implied_threshold
from metrics.selection.regrets import normalise_weights, regret_scale
from metrics.tally.kernel import Floats

COST = OBJECTIVES["cost_of_errors"]
WINDOW = 6.0
"""Largest distance behind the file's best, in standard errors, of points that may be a replicate's best."""


def replicate_conditions(bootstrap: Bootstrap, choice: Choice | CompromiseChoice) -> list[Bound]:
    """Conditions of a choice, in units in which a replicate's figures are defined."""
    return [as_margin(condition) for condition in conditions_of(choice, bootstrap.evaluation)]


def rules_of(choices: Iterable[Choice | CompromiseChoice]) -> list[Choice | CompromiseChoice]:
    """Different choices to repeat: those given, and the picks of each compromise before it."""
    rules: dict[Choice | CompromiseChoice, None] = {}
    for choice in choices:
        picks = choice.picks if isinstance(choice, CompromiseChoice) else ()
        rules |= dict.fromkeys((*picks, choice))
    return [*rules]


class Candidates:
    """Points that may be a replicate's choice, among the points with cached counts.

    Parameters
    ----------
    bootstrap : Bootstrap
    choices : iterable of Choice or CompromiseChoice
        The choices; only models that compete in one of them have candidates.
    """

    def __init__(self, bootstrap: Bootstrap, choices: Iterable[Choice | CompromiseChoice]) -> None:
        self._bootstrap = bootstrap
        model_names = bootstrap.evaluation.tally.models
        rules = rules_of(choices)
        competing = {model for rule in rules for model in rule.models or model_names}
        cached = zip(model_names, bootstrap.drawn.all_replicates.positions, strict=True)
        self._points = PointsOfModels(
            [positions if model in competing else positions[:0] for model, positions in cached]
        )
        counts = self._points.counts(bootstrap.evaluation.counts)
        self._scaled = counts.scaled(*bootstrap.evaluation.factors)
        # Points that flag everything or nothing cannot be picked, even if they are cheapest.
        self._is_ordinary = counts.is_ordinary
        self._losses: dict[str, Floats] = {}
        self._best: dict[Choice, tuple[int, int] | None] = {}
        self._errors: dict[tuple[str, int, int], float] = {}

    def _loss(self, objective: Objective) -> Floats:
        """Figures of an objective; less is better."""
        if objective.id not in self._losses:
            values_at = self._bootstrap.evaluation.values_at_scaled_counts
            figures = self._points.figures(values_at, objective, self._scaled)
            self._losses[objective.id] = objective.direction.loss(figures)
        return self._losses[objective.id]

    def _error(self, objective: Objective, model: int, position: int) -> float:
        """Standard error of a figure; infinite if the figure is not defined in every replicate."""
        key = objective.id, model, position
        if key not in self._errors:
            few = self._bootstrap.part(0, FOR_A_MEAN)
            error = float(few.values(objective, model, np.array([position])).std())
            self._errors[key] = error if math.isfinite(error) else math.inf
        return self._errors[key]

    def _shortfall(self, bound: Bound) -> Floats:
        """Distance from meeting a condition; at most 0 if the condition is met."""
        limit = bound.objective.direction.loss(np.array(bound.value))
        return np.asarray(self._loss(bound.objective) - limit)

    def _allowed(self, models: tuple[str, ...] | None) -> NDArray[np.bool_]:
        """Mask of the points that may be picked: the ordinary points of some models."""
        if models is None:
            return self._is_ordinary.copy()
        names = self._bootstrap.evaluation.tally.models
        shown = [m for m, name in enumerate(names) if name in models]
        return np.asarray(self._is_ordinary & np.isin(self._points.models, shown))

    def _best_in_file(self, choice: Choice) -> tuple[int, int] | None:
        """Model and position of the best point that meets the conditions; `None` if no point does."""
        if choice not in self._best:
            self._best[choice] = self._find_best(choice)
        return self._best[choice]

    def _find_best(self, choice: Choice) -> tuple[int, int] | None:
        loss = np.where(self._allowed(choice.models), self._loss(choice.objective), np.inf)
        for condition in replicate_conditions(self._bootstrap, choice):
            loss[~(self._shortfall(condition) <= 0)] = np.inf
        loss[np.isnan(loss)] = np.inf
        if not loss.size or not math.isfinite(loss.min()):
            return None
        k = int(loss.argmin())
        m = int(self._points.models[k])
        if not choice.objective.of_model:
            return m, int(self._points.positions[k])
        return m, int(_thresholds_to_choose_from(self._bootstrap, choice, m)[0])

    def competing(self, choice: Choice | CompromiseChoice) -> Positions:
        """Positions of each model that may be a replicate's best."""
        by_model = self._points.by_model
        conditions, models = replicate_conditions(self._bootstrap, choice), range(len(by_model))
        if isinstance(choice, Choice) and choice.objective.of_model and not conditions:
            return [_thresholds_to_choose_from(self._bootstrap, choice, m) for m in models]
        picks = choice.picks if isinstance(choice, CompromiseChoice) else (choice,)
        best = [point for point in map(self._best_in_file, picks) if point is not None]
        near = self._allowed(choice.models)
        if best and len(best) == len(picks):
            if isinstance(choice, CompromiseChoice):
                loss, slack = self._regret(choice, best)
            else:
                loss = self._loss(choice.objective)
                slack = WINDOW * self._error(choice.objective, *best[0])
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
            room = WINDOW * max(self._error(condition.objective, *pick) for pick in picks)
            shortfall = self._shortfall(condition)
            meets_in_all_replicates &= shortfall <= -room
            near &= ~(shortfall > room)
        least = np.nanmin(np.where(meets_in_all_replicates, loss, np.inf), initial=np.inf)
        near &= ~(loss > least + slack)
        return near

    def _regret(
        self, choice: CompromiseChoice, picks: Sequence[tuple[int, int]]
    ) -> tuple[Floats, float]:
        """Largest regret of each point, and the part of the regret that may be chance."""
        regret, slack = np.full(self._is_ordinary.size, -np.inf), 0.0
        weights = normalise_weights(choice.weights, len(choice.objectives))
        evaluation = self._bootstrap.evaluation
        for o, weight in zip(choice.objectives, weights.tolist(), strict=True):
            at_picks = np.array(
                [_losses_in_file(evaluation, o, m, np.array([k]))[0] for m, k in picks]
            )
            scale = regret_scale(at_picks)
            np.fmax(regret, weight * (self._loss(o) - at_picks.min()) / scale, out=regret)
            error = max(self._error(o, *pick) for pick in picks)
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
