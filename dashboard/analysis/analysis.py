"""Analysis of a data set under a scenario: operating points, stakeholders' picks, limits and intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.cache import STORE, Key, Kind, computed_once, part
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.counts.figures_by_scenario import scenario_figures
from dashboard.analysis.points_table import at_or_above, point_of, points_of_model
from dashboard.analysis.scenario_figures import ScenarioFigures, visible
from dashboard.data.dataset import Dataset
from dashboard.session.choices import STAKEHOLDERS, Choices, Point
from metrics import (
    OBJECTIVES,
    Bound,
    Evaluation,
    Objective,
    OperatingPoint,
    Pick,
    Scenario,
    current_point,
    pick,
)
from metrics.evaluation.objective_in_scenario import scenario_read_by
from metrics.evaluation.operating_points import is_ordinary
from metrics.evaluation.standard_objectives import payoff_of
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals_along_curves import Uncertainty, uncertainty
from metrics.io.audit_sample import refuse_unknown_misses
from metrics.io.read_options import LabelsFrom, RowsHeldOut
from metrics.selection.default_bound import default_bound
from metrics.selection.picks import cheapest_of_each_model


@dataclass(frozen=True)
class Stakeholder:
    """A stakeholder's objective, condition and pick.

    Attributes
    ----------
    bound : Bound or None
        Condition that the stakeholder's pick must meet.
    pick : Pick or None
        `None` if no operating point meets the condition and the limits.
    unlimited : Pick or None
        Best pick with the limits ignored.
    is_bound_implied : bool
        Whether a target among the limits implies `bound`.
    """

    name: str
    objective: Objective
    bound: Bound | None
    pick: Pick | None
    unlimited: Pick | None
    is_bound_implied: bool = False

    @property
    def best_shown(self) -> Pick | None:
        """Best pick that a card shows. It ignores the limits if it is a model, or if no point meets them."""
        return self.unlimited if self.objective.of_model or self.pick is None else self.pick

    @property
    def best_missing_limits(self) -> Pick | None:
        """Best model of a ranking if it misses the limits and another model is picked; else `None`."""
        is_other = self.objective.of_model and self.limits_bind
        return self.unlimited if is_other else None

    @property
    def limits_bind(self) -> bool:
        """Whether a better figure than that of the pick breaks the limits."""
        picked, best, o = self.pick, self.unlimited, self.objective
        if picked is None or best is None:
            return False
        if o.of_model:
            return best.model != picked.model
        return bool(o.direction.loss(best.value) < o.direction.loss(picked.value))


@dataclass(frozen=True, eq=False)
class Analysis:
    """A data set under a scenario, the stakeholders' objectives and the limits of the meeting.

    Attributes
    ----------
    objectives_chosen : tuple of three objective ids
        Objectives of the data scientist, the product manager and the executive, in this order.
    bounds_chosen : tuple of three (objective id, value) or None
        Condition that each stakeholder's pick must meet; `None` for the default condition.
    limits : tuple of Bound
        Limits that bind every pick.
    hidden : tuple of str
        Models that the reader left out.
    labels_from : LabelsFrom
        Units whose label was checked.
    has_no_checks : bool
        True if the reader stated that there is no current system. False if the reader left it open.
    has_intervals : bool
        Whether the data is resampled, so that intervals can be computed at once. `key` contains it, so that
        answers with and without intervals are stored apart.
    """

    dataset: Dataset
    scenario: Scenario
    objectives_chosen: tuple[str, ...]
    bounds_chosen: tuple[tuple[str, float] | None, ...]
    limits: tuple[Bound, ...] = ()
    hidden: tuple[str, ...] = ()
    seed: int = 0
    weights: tuple[float, ...] = (1.0, 1.0, 1.0)
    held_out: RowsHeldOut = "held-out"
    labels_from: LabelsFrom = "all"
    has_no_checks: bool = False
    shows_intervals: bool = True
    has_intervals: bool = True

    @classmethod
    def of(cls, choices: Choices, dataset: Dataset) -> Analysis:
        """Analysis of a reader's choices, without the choices that this data cannot answer.

        Raises
        ------
        ScoreError
            If the scenario does not fit the data, or if the checked units do not show the missed defects.
        """
        scenario = scenario_of(choices, dataset)
        figures = scenario_figures(dataset, scenario)
        labels, offered = choices.labels_from(dataset.labels_from), figures.objectives
        is_weighted = figures.evaluation.tally.weights is not None
        refuse_unknown_misses(labels, is_weighted=is_weighted)
        hidden = [model for model in choices.hidden if model in dataset.scores.models]
        if len(hidden) == len(dataset.scores.models):
            hidden = []
        limits = (
            Bound(offered[name], value)
            for name, value in choices.limits_in(dataset.scenario)
            if name in offered
        )
        are_drawn = dataset_counts.drawn(dataset, choices.seed, scenario) is not None
        return cls(
            dataset=dataset,
            scenario=scenario,
            objectives_chosen=choices.objectives,
            bounds_chosen=choices.bounds,
            limits=tuple(limits),
            hidden=tuple(hidden),
            seed=choices.seed,
            weights=choices.weights,
            held_out=choices.held_out(dataset.scores.held_out),
            labels_from=labels,
            has_no_checks=choices.today == "none",
            shows_intervals=choices.intervals,
            has_intervals=choices.intervals and are_drawn,
        )

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data set."""
        return self.dataset.fingerprint

    def _picks_key(self, scenario: Scenario) -> Key:
        chosen = self.objectives_chosen, self.bounds_chosen, self.hidden, self.limit_values
        return Key((self.fingerprint,), (scenario, *chosen))

    @computed_once
    def picks_key(self) -> Key:
        """Key of the operating points and the picks, with everything that they depend on."""
        return self._picks_key(self.scenario)

    @computed_once
    def unpriced_key(self) -> Key:
        """Key of the picks. It leaves out the price of a miss if no objective and no limit depends on it.

        The pick by an objective that ranks models may still move with the price (`picked`).
        """
        objectives = *(s.objective for s in self.stakeholders), *(b.objective for b in self.bounds)
        return self._picks_key(unpriced(self.scenario, objectives))

    @computed_once
    def intervals_key(self) -> Key:
        """Key of the intervals, with everything that they depend on."""
        inputs = self.picks_key, self.seed, self.has_intervals, self.held_out, self.labels_from
        return Key((self.fingerprint,), inputs)

    @property
    def choices_key(self) -> Hashable:
        """Key of intervals that allow for the choice of a point, also of a compromise."""
        return self.intervals_key, self.weights

    @computed_once
    def key(self) -> Hashable:
        """Key of the analysis, with everything that a stored answer may depend on."""
        return self.intervals_key, self.weights, self.has_no_checks, self.shows_intervals

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Analysis) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def is_pending(self) -> bool:
        """Whether intervals are wanted and not computed yet."""
        return self.shows_intervals and not self.has_intervals

    @property
    def is_current_unspecified(self) -> bool:
        """Whether neither the current system nor its absence was specified."""
        return self.scenario.today is None and not self.has_no_checks

    @computed_once
    def figures(self) -> ScenarioFigures:
        """Figures of every model at every threshold."""
        return scenario_figures(self.dataset, self.scenario)

    @computed_once
    def figures_alone(self) -> ScenarioFigures:
        """Figures without inspectors; the same as `figures` if the scenario has none."""
        if self.scenario.inspection is None:
            return self.figures
        return scenario_figures(self.dataset, replace(self.scenario, inspection=None))

    @property
    def evaluation(self) -> Evaluation:
        """Curve of every model under the scenario."""
        return self.figures.evaluation

    @property
    def objectives(self) -> dict[str, Objective]:
        """Objectives that this data can answer, by id."""
        return self.figures.objectives

    @computed_once
    def points(self) -> pd.DataFrame:
        """Operating points of the models that are not hidden."""
        return visible(self.figures.points, self.hidden)

    @computed_once
    def is_ordinary(self) -> NDArray[np.bool_]:
        """Mask of the `points` that flag some units and ship some."""
        return is_ordinary(self.points)

    @computed_once
    def _by_model(self) -> dict[str, pd.DataFrame]:
        """Results of `points_of`."""
        return {}

    def points_of(self, model: str) -> pd.DataFrame:
        """Operating points of a model that is not hidden, with rows numbered from 0."""
        if model not in self._by_model:
            self._by_model[model] = points_of_model(self.points, model)
        return self._by_model[model]

    @computed_once
    def models(self) -> tuple[str, ...]:
        """Models that are not hidden."""
        return tuple(model for model in self.evaluation.tally.models if model not in self.hidden)

    @property
    def limit_values(self) -> tuple[tuple[str, float], ...]:
        """Objective id and value of each limit."""
        return tuple((bound.objective.id, bound.value) for bound in self.limits)

    @computed_once
    def stakeholders(self) -> tuple[Stakeholder, ...]:
        """Data scientist, product manager and executive, with their picks."""
        return _stakeholders(self)

    def stakeholder(self, name: str) -> Stakeholder:
        """Return the stakeholder with a name."""
        return self.stakeholders[STAKEHOLDERS.index(name)]

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The limits and the stakeholders' own conditions."""
        return *self.limits, *(s.bound for s in self.stakeholders if s.bound is not None)

    @property
    def choosing(self) -> tuple[Stakeholder, ...]:
        """Stakeholders whose objective chooses a threshold. The objectives of the others rank models."""
        return tuple(s for s in self.stakeholders if not s.objective.of_model)

    @property
    def picked(self) -> tuple[int | None, ...]:
        """Row of each stakeholder's pick in `points`; `None` without a pick."""
        return tuple(None if s.pick is None else s.pick.row for s in self.stakeholders)

    @computed_once
    def current(self) -> OperatingPoint:
        """Operating point of the current system."""
        return current_point(self.evaluation, list(self.objectives.values()))

    @computed_once
    def current_worth(self) -> float:
        """Payoff of all units with the current system, in money or, without prices, in false alarms."""
        return float(payoff_of(self.evaluation.context(0).today, self.scenario))

    @property
    def current_revenue(self) -> float:
        """Revenue of all units with the current system; NaN without payoffs."""
        return math.nan if self.scenario.payoff is None else self.current_worth

    @computed_once
    def proposed(self) -> OperatingPoint:
        """Operating point that a page opens on: the lowest cost of errors within the limits."""
        cost = OBJECTIVES["cost_of_errors"]
        cheapest = pick_of(self, cost, None, self.limits) or pick_of(self, cost)
        # There is no pick if every point flags all units or none.
        return point_of(self.points, 0 if cheapest is None else cheapest.row)

    @computed_once
    def uncertainty(self) -> Uncertainty | None:
        """Intervals of the stakeholders' figures; `None` unless `has_intervals`."""
        return _uncertainty(self) if self.has_intervals else None

    @property
    def judges_chance(self) -> bool:
        """Whether intervals are computed, and the models were not trained on the rows.

        On training rows each model looks too good by a different amount, which resamples do not show.
        """
        return self.uncertainty is not None and self.held_out != "training"

    @property
    def bootstrap(self) -> Bootstrap:
        """Resamples of the data under the scenario. Intervals must be computed."""
        assert self.uncertainty is not None
        return self.uncertainty.bootstrap

    def intervals_of(self, objective: Objective, model: str) -> Interval | None:
        """95% intervals of a stakeholder's objective at the points of a model; `None` if not computed."""
        known = self.uncertainty
        if known is None or objective not in known.objectives:
            return None
        return known.range_of(objective, self.evaluation.tally.index(model))

    def is_current(self, point: OperatingPoint) -> bool:
        """Whether a point flags the units that the current system flags, without inspectors.

        Counts are compared, since the current threshold may lie between two thresholds of the file.
        """
        if point.model != self.current.model or point.counts != self.current.counts:
            return False
        return point.is_alone or self.evaluation.inspected_from(*point.place) is None


def scenario_of(choices: Choices, dataset: Dataset) -> Scenario:
    """The chosen scenario, with the current system at a threshold that this data can count."""
    return dataset.countable(choices.scenario(dataset.scenario))[0]


def unpriced(scenario: Scenario, objectives: Iterable[Objective]) -> Scenario:
    """The scenario, without its price of a miss if none of the objectives depends on the price.

    Prices by kind of defect are never removed. With these prices, points with the same misses and false
    alarms differ in cost, and the cost decides between points whose figures are equal.
    """
    if scenario.miss_cost_by_type:
        return scenario
    return replace(scenario, miss_cost=scenario_read_by(scenario, objectives).miss_cost)


@part(reads=lambda analysis: analysis.picks_key)
def _stakeholders(analysis: Analysis) -> tuple[Stakeholder, ...]:
    offered, stakeholders = analysis.objectives, []
    chosen = zip(STAKEHOLDERS, analysis.objectives_chosen, analysis.bounds_chosen, strict=True)
    for name, objective_id, condition in chosen:
        # A link may name an objective that this data cannot answer, such as the log loss of a ranking.
        objective = offered.get(objective_id) or offered["cost_of_errors"]
        bound = None
        if condition is not None and condition[0] in offered:
            bound = Bound(offered[condition[0]], condition[1])
        bound = bound or default_bound(objective, analysis.evaluation)
        picked = pick_of(analysis, objective, bound, analysis.limits)
        unlimited = pick_of(analysis, objective, bound)
        is_implied = bound is not None and _implies(analysis.limits, bound)
        stakeholders.append(Stakeholder(name, objective, bound, picked, unlimited, is_implied))
    return tuple(stakeholders)


def _implies(limits: Iterable[Bound], condition: Bound) -> bool:
    """Whether a target among the limits implies a stakeholder's condition."""
    change_of = condition.objective.change_of
    return condition.asks_for_current_level and any(
        limit.objective.change_of == change_of and limit.value >= 0 for limit in limits
    )


def _pick_reads(
    analysis: Analysis,
    objective: Objective,
    bound: Bound | None = None,
    limits: tuple[Bound, ...] = (),
) -> Hashable:
    read = [objective, *(b.objective for b in (*limits, bound) if b is not None)]
    if objective.of_model:  # the price of a miss decides at which threshold the model is picked
        read.append(OBJECTIVES["cost_of_errors"])
    return objective, bound, limits, unpriced(analysis.scenario, read), analysis.hidden


@part(reads=_pick_reads, kind=Kind.PART)
def pick_of(
    analysis: Analysis,
    objective: Objective,
    bound: Bound | None = None,
    limits: tuple[Bound, ...] = (),
) -> Pick | None:
    """Best point of all visible models for an objective, within a condition and limits (`pick`)."""
    return pick(
        analysis.points,
        objective,
        analysis.evaluation,
        bound=bound,
        limits=limits,
        ordinary=analysis.is_ordinary,
    )


@part(reads=lambda analysis: analysis.picks_key)
def openings(analysis: Analysis) -> dict[str, float]:
    """Threshold at which each model is shown when it is chosen by its name alone.

    This is the threshold of the lowest cost within the limits. A model that meets the limits at no threshold
    is shown at its lowest cost.
    """
    points, limits = analysis.points, analysis.limits
    thresholds = {p.model: p.threshold for p in cheapest_of_each_model(points, limits=limits)}
    count = len(analysis.models)
    if limits and len(thresholds) < count:
        thresholds = {p.model: p.threshold for p in cheapest_of_each_model(points)} | thresholds
    if len(thresholds) < count:  # the other models only have points that flag all units or none
        firsts = points.drop_duplicates("model")
        first_of = dict(zip(firsts["model"].astype(str), firsts["threshold"], strict=True))
        thresholds = first_of | thresholds
    return thresholds


@part(reads=lambda analysis, model: (analysis.picks_key, model))
def opening_point(analysis: Analysis, model: str) -> OperatingPoint | None:
    """Operating point at which a model is shown (`openings`); `None` for a hidden model."""
    threshold = openings(analysis).get(model)
    if threshold is None:
        return None
    return at_or_above(analysis.points, analysis.evaluation, Point(model, threshold))


@part(reads=lambda analysis: (analysis.picks_key, analysis.seed), kind=Kind.UNCERTAINTY)
def _uncertainty(analysis: Analysis) -> Uncertainty:
    drawn = dataset_counts.draw(analysis.dataset, analysis.seed, analysis.scenario)
    required: dict[str, list[float]] = {}
    # Intervals at these thresholds are not interpolated, so a limit without effect does not change them.
    for model, threshold in openings(analysis).items():
        required.setdefault(model, []).append(threshold)
    for picked in (stakeholder.pick for stakeholder in analysis.stakeholders):
        if picked is not None:
            required.setdefault(picked.model, []).append(picked.threshold)
    # This function is cached with the intervals. A reference to the analysis would keep it in memory.
    data, seed = (analysis.fingerprint,), analysis.seed

    def cache(key: Hashable, compute: Callable[[], Interval]) -> Interval:
        return STORE.get(Key(data, ("intervals", seed, key)), compute)

    return uncertainty(
        Bootstrap(analysis.evaluation, drawn),
        [stakeholder.objective for stakeholder in analysis.stakeholders],
        required=required,
        hidden=analysis.hidden,
        cache=cache,
    )


def defect_rate_of(analysis: Analysis) -> float:
    """Defect rate of the scenario, or that of the file if the scenario has none."""
    mass = analysis.evaluation.tally.class_mass
    return analysis.scenario.defect_rate or float(mass[1] / mass.sum())
