"""Whether a threshold chosen on one data set holds on another: a later month, another line, a test set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.evaluation.operating_points import Evaluation, operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import Chance, Gap, paired_difference
from metrics.inference.intervals import intervals
from metrics.scenario.scenario import Scenario
from metrics.selection.picks import Bound, default_bound, pick


@dataclass(frozen=True)
class Transfer:
    """One figure of an operating point on the data it was chosen on, and on other data.

    Attributes
    ----------
    here, there : float
        The objective's figure, under one scenario; NaN where undefined.
    here_range, there_range : (float, float)
        Their 95 % intervals.
    best_threshold, best : float
        What the objective would choose of the same model there; NaN where it would choose nothing, or
        does not depend on the threshold.
    regret : Gap or None
        There: the carried threshold against ``best_threshold``, paired; None without one.
    worse : bool
        Whether the figure there is worse by more than chance: the 95 % interval of the difference of two
        independent figures leaves out 0.
    kept : bool
        Whether the point keeps its stakeholder's bound there too; True without one.
    broken : tuple of Bound
        Limits that the point keeps on the first data and not there.
    """

    here: float
    there: float
    here_range: tuple[float, float]
    there_range: tuple[float, float]
    best_threshold: float
    best: float
    regret: Gap | None
    worse: bool
    kept: bool
    broken: tuple[Bound, ...] = ()

    @property
    def misplaced(self) -> bool:
        """Whether another threshold would clearly have done better there."""
        return (
            self.regret is not None
            and self.regret.chance is Chance.CLEAR
            and self.regret.better < 0.5
        )

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the point there, and its figure is known."""
        return not (self.fails or math.isnan(self.there))

    @property
    def fails(self) -> bool:
        """Whether something speaks against the point there."""
        return not self.kept or self.worse or self.misplaced or bool(self.broken)


def comparable_scenario(
    scenario: Scenario, here: Evaluation, models: tuple[str, ...]
) -> Scenario | None:
    """The scenario under which other data is judged, so that its figures compare.

    Parameters
    ----------
    scenario : Scenario
        Of the first data.
    here : Evaluation
        Of the first data.
    models : tuple of str
        Of the other data.

    Returns
    -------
    Scenario or None
        With a volume: without one the other data's counts stand for as many units as the first has. None
        where today's system is not among the models.

    Notes
    -----
    A defect rate that was not set stays unset: each data set has its own.
    """
    if scenario.today is not None and scenario.today.model not in models:
        return None
    units = scenario.units_per_year or float(here.tally.class_mass.sum())
    return replace(scenario, units_per_year=units)


def assess_transfer(
    objective: Objective,
    model: str,
    threshold: float,
    here: Bootstrap,
    there: Bootstrap,
    *,
    exact: Bootstrap | None = None,
    bound: Bound | None = None,
    limits: Sequence[Bound] = (),
) -> Transfer:
    """Hold an operating point against other data.

    Parameters
    ----------
    objective : Objective
    model : str
        In both data sets.
    threshold : float
        One of the model's thresholds in the first.
    here, there : Bootstrap
        Both data sets under scenarios whose figures compare (`comparable_scenario`).
    exact : Bootstrap, optional
        The other data, tallied with ``threshold`` among its thresholds; where ``there`` is not.
    bound : Bound, optional
        Within which the best threshold there is sought; a monotone objective has a default bound.
    limits : sequence of Bound
        Shared by all stakeholders.

    Returns
    -------
    Transfer

    Notes
    -----
    The data sets are independent samples, so their figures are compared by the limits of both (MOVER): with
    losses a here and b there, b is worse where ::

        b - a > sqrt((b - lower(b)) ** 2 + (upper(a) - a) ** 2)

    The two thresholds on the other data are compared on the same resamples (`paired_difference`).

    References
    ----------
    Zou, Donner: Construction of confidence limits about effect measures: a general approach. Statistics
    in Medicine 2008.
    """

    def counted(o: Objective) -> Bootstrap:
        """The tally that has the figure: of the whole model, or exactly at the threshold."""
        return there if exact is None or o.of_model else exact

    def keeps(limit: Bound, of: Evaluation) -> bool:
        return limit.keeps(_value(limit.objective, model, threshold, of))

    first, first_range = _figure(objective, model, threshold, here)
    second, second_range = _figure(objective, model, threshold, counted(objective))
    best_threshold = best = math.nan
    regret = None
    bound = bound or default_bound(objective, there.evaluation)
    if not objective.of_model:
        own_best = _own_best(objective, model, there.evaluation, bound)
        if own_best is not None:
            best_threshold, best = own_best
            regret = paired_difference(
                objective,
                counted(objective).values_at(objective, model, threshold),
                there.values_at(objective, model, best_threshold),
                second - best,
                blocks=there.blocks,
            )
    return Transfer(
        here=first,
        there=second,
        here_range=first_range,
        there_range=second_range,
        best_threshold=best_threshold,
        best=best,
        regret=regret,
        worse=_is_worse(objective, first, first_range, second, second_range),
        kept=bound is None or keeps(bound, counted(bound.objective).evaluation),
        broken=tuple(
            limit
            for limit in limits
            if keeps(limit, here.evaluation)
            and not keeps(limit, counted(limit.objective).evaluation)
        ),
    )


def _position(model: str, threshold: float, evaluation: Evaluation) -> tuple[int, int]:
    m = evaluation.tally.index(model)
    return m, evaluation.curves[m].position(threshold)


def _figure(
    objective: Objective, model: str, threshold: float, of: Bootstrap
) -> tuple[float, tuple[float, float]]:
    m, k = _position(model, threshold, of.evaluation)
    ends = intervals(of, objective, m, np.array([k]))
    value = _value(objective, model, threshold, of.evaluation)
    return value, (ends.low.item(), ends.high.item())


def _value(objective: Objective, model: str, threshold: float, evaluation: Evaluation) -> float:
    m, k = _position(model, threshold, evaluation)
    counts = evaluation.curves[m].counts[[k]].scaled(*evaluation.factors)
    return float(objective.values(counts, evaluation.context(m)).item())


def _own_best(
    objective: Objective, model: str, evaluation: Evaluation, bound: Bound | None
) -> tuple[float, float] | None:
    wanted = {o.id: o for o in (objective, OBJECTIVES["cost_of_errors"])}
    if bound is not None:
        wanted[bound.objective.id] = bound.objective
    points = operating_points(evaluation, list(wanted.values()))
    own = points[points["model"] == model].reset_index(drop=True)
    best = pick(own, objective, evaluation, bound=bound)
    return None if best is None else (best.threshold, best.value)


def _is_worse(
    objective: Objective,
    here: float,
    here_range: tuple[float, float],
    there: float,
    there_range: tuple[float, float],
) -> bool:
    """Whether the second of two independent figures is clearly the worse."""
    loss = objective.direction.loss
    first, second = float(loss(np.asarray(here))), float(loss(np.asarray(there)))
    far = max(loss(np.asarray(here_range)))  # the first at its worst, the second at its best
    near = min(loss(np.asarray(there_range)))
    return bool(second - first - math.hypot(second - near, far - first) > 0)
