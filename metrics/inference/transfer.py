"""Transfer to other data: whether a chosen threshold holds on a later month, another line or a test set."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

import numpy as np

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import is_extreme, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.cross_fitting import cross_fitted_replicates
from metrics.inference.comparison.p_values import (
    FigurePair,
    chance_of_equal_shares,
    chance_of_gap,
    holm,
)
from metrics.inference.comparison.paired_difference import PairedDifference, paired_difference
from metrics.inference.confidence_level import LEVEL, TAIL
from metrics.inference.design_effect import mean_of_replicates
from metrics.inference.intervals import intervals
from metrics.scenario.scenario import Scenario
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound
from metrics.selection.picks import objectives_to_pick_by, pick


@dataclass(frozen=True)
class CarriedPoint:
    """An operating point of one data set that is judged on another.

    Attributes
    ----------
    objective : Objective
        The point is judged by this objective's figure.
    model : str
        A model in both data sets.
    threshold : float
        One of the model's thresholds in the first data set.
    bound : Bound or None
        Bound within which the point was searched; a monotone objective has a default bound.
    optimism : mapping of str to float
        By objective id: the optimism of the figure on the first data, in the objective's unit
        (`metrics.inference.choice.optimism.optimism_of_choice`); 0 if not given or unknown.
    seeks_threshold : bool
        Whether the point was chosen for this objective. Only then its condition applies, and a better
        threshold on the other data is an objection.
    """

    objective: Objective
    model: str
    threshold: float
    bound: Bound | None = None
    optimism: Mapping[str, float] = field(default_factory=dict)
    seeks_threshold: bool = True


class Objection(Enum):
    """Possible objection to an operating point on other data."""

    WORSE = "worse figure"
    LIMIT = "broken limit or condition"
    MISPLACED = "better threshold"
    PRIOR = "defect rate"


RECALL, FALSE_ALARMS = OBJECTIVES["recall"], OBJECTIVES["false_alarms"]
"""Effects of a model on defects and on good units. At one defect rate, all counts follow from these two."""
FOLLOWS_FROM = {
    "missed_defects": RECALL.id,
    "missed_defects_per_1000_defects": RECALL.id,
    "missed_defects_per_1000_units": RECALL.id,
}
"""Objectives that are equivalent to another at one defect rate; both are tested as one."""


@dataclass(frozen=True)
class PriorChange:
    """The defect rates of two data sets, independent of any model.

    Attributes
    ----------
    here, there : float
        Share of defects, weighted if there are weights.
    is_significant : bool
        Whether the rates differ beyond chance.
    """

    here: float
    there: float
    is_significant: bool


@dataclass(frozen=True)
class Transfer:
    """One figure of an operating point on the data it was chosen on, and on other data.

    Attributes
    ----------
    here, there : float
        The objective's figure, under one scenario; NaN if undefined.
    here_range, there_range : (float, float)
        95% intervals of both figures.
    best_threshold, best : float
        Threshold that the objective would choose for the same model on the other data, and its figure. NaN if
        there is no choice, or if the objective does not depend on the threshold.
    regret : PairedDifference or None
        On the other data, the carried threshold against a threshold that other rows of this data choose,
        paired. `None` without such a threshold.
    worse : bool
        Whether the figure on the other data is significantly worse than expected.
    meets_condition : bool
        Whether the point meets its stakeholder's condition on the other data, or breaks it within chance;
        True without a condition.
    broken : tuple of Bound
        Limits that the point meets on the first data and significantly breaks on the other.
    misplaced : bool
        Whether another threshold is significantly better on the other data.
    expected : float
        The figure on the first data, minus the optimism of its choice.
    misses_more, flags_more : bool
        Whether a significantly larger share of the defects is missed on the other data, and whether a
        significantly larger share of the good units is flagged.
    prior : PriorChange or None
        A change of the defect rate is no objection to the point.
    """

    here: float
    there: float
    here_range: tuple[float, float]
    there_range: tuple[float, float]
    best_threshold: float
    best: float
    regret: PairedDifference | None
    worse: bool
    meets_condition: bool
    broken: tuple[Bound, ...] = ()
    misplaced: bool = False
    expected: float = math.nan
    misses_more: bool = False
    flags_more: bool = False
    prior: PriorChange | None = None

    @property
    def holds(self) -> bool:
        """Whether the figure on the other data is known, without an objection to it."""
        return not (self.fails or math.isnan(self.there))

    @property
    def fails(self) -> bool:
        """Whether there is an objection on the other data."""
        does_worse = self.worse or self.misses_more or self.flags_more
        return does_worse or not self.meets_condition or self.misplaced or bool(self.broken)


def comparable_scenario(
    scenario: Scenario, here: Evaluation, models: tuple[str, ...]
) -> Scenario | None:
    """Scenario for judging other data that makes its figures comparable.

    Parameters
    ----------
    scenario : Scenario
        Scenario of the first data.
    here : Evaluation
        Evaluation of the first data.
    models : tuple of str
        Models of the other data.

    Returns
    -------
    Scenario or None
        Scenario with a volume and a defect rate; values that are not set are taken from the first data. Both
        data sets then have the same mix of good units and defects, so a figure differs only by the model's
        decisions. `None` if the current system is not among the models, or if people inspect: the start of a
        band would be chosen again on the other data.
    """
    if scenario.inspection is not None:
        return None
    if scenario.today is not None and scenario.today.model not in models:
        return None
    goods, defects = (float(mass) for mass in here.tally.class_mass)
    units = scenario.units_per_year or goods + defects
    rate = scenario.defect_rate or defects / (goods + defects)
    return replace(scenario, units_per_year=units, defect_rate=rate)


def assess_transfers(
    points: Sequence[CarriedPoint],
    here: Bootstrap,
    other_bootstrap: Bootstrap,
    *,
    exact: Bootstrap | None = None,
    limits: Sequence[Bound] = (),
    level: float = 1 - LEVEL,
) -> list[Transfer]:
    """Judge operating points on other data, all of them at once.

    Parameters
    ----------
    points : sequence of CarriedPoint
    here, other_bootstrap : Bootstrap
        Both data sets under scenarios with comparable figures (`comparable_scenario`).
    exact : Bootstrap, optional
        The other data, counted also at the thresholds of the points; needed if ``other_bootstrap`` lacks
        them.
    limits : sequence of Bound
        Limits shared by all stakeholders.
    level : float
        Probability of any objection to any point if both data sets are samples of the same population.

    Returns
    -------
    list of Transfer
        One for each point.

    Notes
    -----
    The data sets are independent samples, so their figures are compared by the intervals of both (MOVER). Let
    b be the loss on the other data, and a the loss on the first, minus the optimism of its choice. Then b is
    worse by this number of standard errors ::

        1.96 (b - a) / sqrt((b - lower(b)) ** 2 + (upper(a) - a) ** 2)

    converted to Student's t, with the degrees of freedom of the rarer class. The whole optimism is
    subtracted, as for nearly equal candidates. The share of missed defects and the false alarm rate are
    compared in the same way, each by itself. The defect rates are compared by the normal test of two shares,
    with the effective number of rows.

    A limit is broken if the figure is significantly beyond the limit and significantly worse than on the
    first data. Without the second condition a point exactly at a limit would break it in every second sample.
    The rival threshold is chosen on half of the buckets of the other data and evaluated on the remaining
    half, both ways. The comparison uses the same resamples. With a condition or limits there is no rival
    threshold, because chance decides where the allowed range ends. `holm` decides which of all possible
    objections are reported.

    References
    ----------
    Zou, Donner: Construction of confidence limits about effect measures: a general approach. Statistics
    in Medicine 2008.
    """
    judged = [
        _JudgedPoint(point, here, other_bootstrap, exact or other_bootstrap, tuple(limits))
        for point in points
    ]
    rate_here, rate_there = _defect_rate(here), _defect_rate(other_bootstrap)
    chances: dict[Hashable, float] = {
        Objection.PRIOR: chance_of_equal_shares(rate_here, rate_there)
    }
    for judged_point in judged:
        chances.update(judged_point.chances)
    significant = holm(chances, level)
    prior = PriorChange(rate_here[0], rate_there[0], Objection.PRIOR in significant)
    return [replace(point.transfer(significant), prior=prior) for point in judged]


def _defect_rate(bootstrap: Bootstrap) -> tuple[float, float]:
    """Share of defects, and the effective number of rows for it (reduced by groups or weights)."""
    tally = bootstrap.evaluation.tally
    goods, defects = (float(mass) for mass in tally.class_mass)
    share, rows = defects / (goods + defects), float(tally.rows.sum())
    if bootstrap.rows_are_independent:
        return share, rows
    drawn = bootstrap.drawn.class_mass
    shares = drawn[:, 1:] / drawn.sum(axis=1, keepdims=True)
    in_file, mass = np.array([share]), np.array([goods + defects])
    grouped = mean_of_replicates(
        in_file, mass, np.array([rows]), shares, bootstrap.blocks, bootstrap.drawn.cluster_masses[2]
    )
    return share, rows / grouped.effect(TAIL, in_file).item()


@dataclass(frozen=True)
class _JudgedPoint:
    """A point on both data sets, and the p-value of each possible objection."""

    point: CarriedPoint
    here: Bootstrap
    there: Bootstrap
    exact: Bootstrap
    limits: tuple[Bound, ...]

    def _bootstrap_there(self, objective: Objective) -> Bootstrap:
        """Bootstrap of the other data's tally that has the exact figure of an objective."""
        return self.there if objective.of_model else self.exact

    def _compare(self, objective: Objective) -> FigurePair:
        """The figure of an objective on both data sets."""
        model, threshold = self.point.model, self.point.threshold
        there = self._bootstrap_there(objective)
        m, k = _position(model, threshold, there.evaluation)
        optimism = self.point.optimism.get(objective.id, 0.0)
        return FigurePair(
            objective,
            *_figure_with_range(objective, model, threshold, self.here),
            *_figure_with_range(objective, model, threshold, there),
            optimism=0.0 if math.isnan(optimism) else optimism,
            is_extreme=not objective.of_model
            and bool(is_extreme(there.evaluation, m, np.array([k]))[0]),
            freedom=self.freedom,
        )

    @cached_property
    def freedom(self) -> float:
        """Degrees of freedom: of the rarer class in either data set, or of its buckets if these are fewer."""
        both = self.here, self.there
        sizes = [float(data.evaluation.tally.rows.min()) for data in both]
        sizes += [float(data.blocks) for data in both if not data.rows_are_independent]
        return max(1.0, min(sizes) - 1)

    @cached_property
    def figures(self) -> FigurePair:
        """The figure that the point is judged by, on both data sets."""
        return self._compare(self.point.objective)

    @cached_property
    def condition(self) -> Bound | None:
        """Bound of the stakeholder who chose the point; `None` if there is none."""
        if not self.point.seeks_threshold:
            return None
        return self.point.bound or default_bound(self.point.objective, self.there.evaluation)

    @cached_property
    def best_there(self) -> tuple[float, float] | None:
        """Best threshold of the model on the other data, and its figure; `None` if there is no choice."""
        objective = self.point.objective
        if objective.of_model or not self.point.seeks_threshold:
            return None
        return _best_threshold(objective, self.point.model, self.there.evaluation, self.condition)

    @cached_property
    def regret(self) -> PairedDifference | None:
        """The carried threshold against a threshold chosen on the other half of the rows."""
        objective, model = self.point.objective, self.point.model
        if self.best_there is None or self.condition is not None or self.limits:
            return None
        rival = cross_fitted_replicates(self.there, objective, model)
        if rival is None:
            return None
        value, replicates = rival
        carried = self._bootstrap_there(objective).values_at(objective, model, self.point.threshold)
        size = self.figures.second - value
        return paired_difference(objective, carried, replicates, size, blocks=self.there.blocks)

    def _figure_key(self, objection: Objection, objective: Objective) -> Hashable:
        """Key of an objection to a figure; equal for identical objections of two stakeholders."""
        threshold = None if objective.of_model else self.point.threshold
        figure = FOLLOWS_FROM.get(objective.id, objective.id)
        return objection, self.point.model, threshold, figure

    def _limit_key(self, limit: Bound) -> Hashable:
        """Key of an objection to a broken limit; equal for a limit that is also a condition."""
        place = self.point.model, self.point.threshold
        return Objection.LIMIT, *place, limit.objective.id, limit.value

    @cached_property
    def chances(self) -> dict[Hashable, float]:
        """p-value of each possible objection; an unknown p-value is left out."""
        objective = self.point.objective
        chances = {self._figure_key(Objection.WORSE, objective): self.figures.chance_of_worse}
        for effect in (RECALL, FALSE_ALARMS):
            key = self._figure_key(Objection.WORSE, effect)
            chances[key] = self._compare(effect).chance_of_worse
        for limit in (*self._limits_met_here, *([self.condition] if self.condition else [])):
            chance = self._compare(limit.objective).chance_of_beyond(limit)
            chances[self._limit_key(limit)] = chance
        if self.regret is not None:
            key = self._figure_key(Objection.MISPLACED, objective)
            chances[key] = chance_of_gap(self.regret, self.freedom)
        return {key: chance for key, chance in chances.items() if not math.isnan(chance)}

    @cached_property
    def _limits_met_here(self) -> tuple[Bound, ...]:
        """Limits that the point meets on the first data."""
        point = self.point.model, self.point.threshold
        return tuple(
            limit
            for limit in self.limits
            if limit.is_met(_value(limit.objective, *point, self.here.evaluation))
        )

    def transfer(self, significant: frozenset[Hashable]) -> Transfer:
        """Result for the point, from the keys of the significant objections."""

        def is_worse(objective: Objective) -> bool:
            return self._figure_key(Objection.WORSE, objective) in significant

        figures, condition = self.figures, self.condition
        best_threshold, best = self.best_there or (math.nan, math.nan)
        misplaced = self._figure_key(Objection.MISPLACED, self.point.objective)
        return Transfer(
            here=figures.first,
            there=figures.second,
            here_range=figures.first_range,
            there_range=figures.second_range,
            best_threshold=best_threshold,
            best=best,
            regret=self.regret,
            worse=is_worse(self.point.objective),
            meets_condition=condition is None or self._limit_key(condition) not in significant,
            broken=tuple(
                limit for limit in self._limits_met_here if self._limit_key(limit) in significant
            ),
            misplaced=misplaced in significant,
            expected=figures.first - figures.optimism,
            misses_more=is_worse(RECALL),
            flags_more=is_worse(FALSE_ALARMS),
        )


def _position(model: str, threshold: float, evaluation: Evaluation) -> tuple[int, int]:
    m = evaluation.tally.index(model)
    return m, evaluation.curves[m].position(threshold)


def _figure_with_range(
    objective: Objective, model: str, threshold: float, bootstrap: Bootstrap
) -> tuple[float, tuple[float, float]]:
    m, k = _position(model, threshold, bootstrap.evaluation)
    ends = intervals(bootstrap, objective, m, np.array([k]))
    value = _value(objective, model, threshold, bootstrap.evaluation)
    return value, (ends.low.item(), ends.high.item())


def _value(objective: Objective, model: str, threshold: float, evaluation: Evaluation) -> float:
    m, k = _position(model, threshold, evaluation)
    return float(evaluation.values(objective, m, np.array([k])).item())


def _best_threshold(
    objective: Objective, model: str, evaluation: Evaluation, bound: Bound | None
) -> tuple[float, float] | None:
    points = operating_points(evaluation, objectives_to_pick_by(objective, bound))
    model_points = points[points["model"] == model].reset_index(drop=True)
    best = pick(model_points, objective, evaluation, bound=bound)
    return None if best is None else (best.threshold, best.value)
