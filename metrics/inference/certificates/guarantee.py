"""Guarantees: operating points that meet their limits on new data, even after choosing among all points."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

from metrics.evaluation.objective import Unit
from metrics.evaluation.operating_points import Evaluation, evaluate
from metrics.evaluation.shares_of_counts import Odds, Share, share_of
from metrics.evaluation.standard_objectives import payoff_of
from metrics.inference.certificates.mean_loss import mean_is_at_most
from metrics.inference.certificates.shares_of_rows import FIXED, Buckets, SharesOfRows
from metrics.inference.certificates.unit_losses import LossLimit, UnitLosses, independent_units
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Looks, Scenario
from metrics.selection.limits import Limit, parse_limit
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

CONFIDENCE = 0.95
"""Default confidence that a limit is met."""
FLAGGED, SHIPPED = {"tp", "fp"}, {"fn", "tn"}


@dataclass(frozen=True)
class _ShareLimit:
    """Limit that is met if a share of rows, times a factor, is at most a value."""

    factor: float
    part: tuple[str, ...]
    of: tuple[str, ...]
    most: float

    @property
    def slope(self) -> int:
        """1 if the share grows with the threshold, -1 if it falls, 0 if it can do either."""
        if self.of not in FIXED:
            return 0
        part = set(self.part)
        return int(np.sign(self.factor)) * ((part <= SHIPPED) - (part <= FLAGGED))

    @property
    def value(self) -> float:
        """Largest share that still meets the limit."""
        return self.most / self.factor


_Condition = _ShareLimit | LossLimit


def guaranteed(
    tally: Tally | Evaluation,
    limits: Sequence[str | Limit],
    *,
    confidence: float = CONFIDENCE,
    scenario: Scenario | None = None,
    looks: int | None = None,
) -> pd.DataFrame:
    """Operating points that meet every limit on the population, valid for all of them together.

    Parameters
    ----------
    tally : Tally or Evaluation
        An `Evaluation` has its scenario already.
    limits : sequence of str or Limit
        Such as "recall >= 0.9": on rates of counts, costs of errors, or revenue (`can_be_guaranteed`).
    confidence : float
        Above 0 and below 1: the share of samples in which every returned point meets every limit.
    scenario : Scenario, optional
        Only for a `Tally`; by default the default scenario.
    looks : int, optional
        How often such limits are tested while the data grows, fixed before the first test; by default as in
        the scenario. Each look may fail with a probability of (1 - confidence) / looks. All looks together
        then hold with the confidence, at any time (Bonferroni).

    Returns
    -------
    DataFrame, one row per (model, threshold)
        ``model`` (str) and ``threshold`` (float64), in the order of `operating_points`; empty if nothing can
        be guaranteed.

    Raises
    ------
    ValueError
        If a limit cannot be read or guaranteed, if there is no limit, or if the confidence or the number of
        looks is out of range.

    Notes
    -----
    Let e = (1 - confidence) / looks, and let M be the number of models.

    *A share that moves one way only with the threshold* (recall, false alarms, units flagged) is tested in
    order from the safe end until the first threshold that fails. The test is the exact binomial test at
    e' = e / (M D), with D = 2 if limits have their safe ends on both sides and 1 otherwise. The first
    threshold that truly breaks a limit passes with a probability of at most e'. Zero missed defects of n
    guarantee a recall of r if r ** n <= e / M: 29 defects for 0.9 and one model, 52 for eleven models.

    *Other figures* (precision, cost, revenue) need a split of the buckets. One bucket in three orders all
    points of all models by how far they meet the limits. The other buckets test the points in that order at e
    until the first that fails. Costs and revenue are means over units of a loss, which is tested by betting
    (`metrics.inference.certificates.mean_loss.mean_is_at_most`). Two shares at a set defect rate are tested
    the same way.

    *Comparison with the current system*: a unit's loss is the difference between the two systems. The loss is
    exact if the tally was counted by the current system's decision
    (``tally_scores(..., by=Axes(today=(model, threshold)))``), and for thresholds of the current system's own
    model. Otherwise the test assumes the worst possible overlap of the units that both flag.

    Rows in groups or with weights count by their effective number, which allows for groups that fail whole
    and of which the file has none by chance (`metrics.inference.design_effect.GroupedMean.effect`).

    References
    ----------
    Angelopoulos, Bates, Candès, Jordan, Lei: Learn then test: calibrating predictive algorithms to achieve
    risk control. 2021 (fixed-sequence tests of risks).
    Bates, Angelopoulos, Lei, Malik, Jordan: Distribution-free, risk-controlling prediction sets. Journal of
    the ACM 2021 (upper confidence bounds of a risk that moves one way).
    Laufer-Goldshtein, Fisch, Barzilay, Jaakkola: Efficiently controlling multiple risks with Pareto testing.
    ICLR 2023 (one part of the data orders, the other tests).
    Clopper, Pearson: The use of confidence or fiducial limits illustrated in the case of the binomial.
    Biometrika 1934.
    Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998 (effective rows in the exact limits).
    """
    evaluation = evaluate(tally, scenario or Scenario()) if isinstance(tally, Tally) else tally
    if looks is not None:
        if looks < 1:
            raise ValueError(f"the number of looks must be 1 or more, got {looks}")
        evaluation = replace(evaluation, scenario=replace(evaluation.scenario, looks=Looks(looks)))
    read = [parse_limit(one) if isinstance(one, str) else one for one in limits]
    return _points(evaluation, is_guaranteed(evaluation, read, confidence=confidence))


def is_guaranteed(
    evaluation: Evaluation,
    limits: Sequence[Limit],
    *,
    confidence: float = CONFIDENCE,
    shares: SharesOfRows | None = None,
) -> NDArray[np.bool_]:
    """Which operating points meet every limit on the population; see `guaranteed`.

    Parameters
    ----------
    evaluation : Evaluation
    limits : sequence of Limit
    confidence : float
    shares : SharesOfRows, optional
        Cached shares of the evaluation's tally.

    Returns
    -------
    ndarray of bool, shape (n,)
        In the order of `operating_points`.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"the confidence must be above 0 and below 1, got {confidence:g}")
    if not limits:
        raise ValueError("there must be a limit to guarantee, got none")
    conditions = [_condition(limit, evaluation) for limit in limits]
    shares = shares or SharesOfRows(evaluation.tally, evaluation.curves)
    level = _level(confidence, evaluation)
    sloped = [one for one in conditions if isinstance(one, _ShareLimit) and one.slope]
    if len(sloped) == len(conditions):
        kept = _from_the_safe_end(sloped, level, shares)
    else:
        kept = _in_the_order_of_a_part(evaluation, conditions, level, shares)
    return np.asarray(kept[_distinct(evaluation)])


def clearly_better(
    evaluation: Evaluation,
    *,
    confidence: float = CONFIDENCE,
    shares: SharesOfRows | None = None,
) -> pd.DataFrame:
    """Operating points that are certified to be better than the current system, after choosing among all.

    Parameters
    ----------
    evaluation : Evaluation
        Without inspectors.
    confidence : float
        Share of samples in which every returned point is better.
    shares : SharesOfRows, optional
        Cached shares of the evaluation's tally.

    Returns
    -------
    DataFrame, one row per (model, threshold)
        Columns as from `guaranteed`. The points earn no less, or miss no more defects and raise no more false
        alarms. Both conditions are tested on the same units, each with half of the error probability.
    """
    shares = shares or SharesOfRows(evaluation.tally, evaluation.curves)
    level = _level(confidence, evaluation) / 2
    misses = np.array([[0.0, 0.0], [1.0, 0.0]])
    alarms = np.array([[0.0, 1.0], [0.0, 0.0]])
    no_worse: list[_Condition] = [LossLimit(own, 0.0, -own) for own in (misses, alarms)]
    gain = _share_or_loss(parse_limit("revenue_impact >= 0"), evaluation)
    found = np.zeros(shares.size, bool)
    for conditions in ([] if gain is None else [gain], no_worse):
        if conditions:
            found |= _in_the_order_of_a_part(evaluation, conditions, level, shares)
    return _points(evaluation, found[_distinct(evaluation)])


def _distinct(evaluation: Evaluation) -> NDArray[np.bool_]:
    """Which thresholds of all models are operating points."""
    return np.concatenate([model_curve.distinct for model_curve in evaluation.curves])


def _points(evaluation: Evaluation, kept: NDArray[np.bool_]) -> pd.DataFrame:
    """Models and thresholds of some operating points."""
    sizes = [np.count_nonzero(model_curve.distinct) for model_curve in evaluation.curves]
    of_models = zip(
        evaluation.curves, np.split(kept, np.cumsum(sizes)[:-1].astype(int)), strict=True
    )
    thresholds = [
        model_curve.thresholds[model_curve.distinct][mask] for model_curve, mask in of_models
    ]
    return pd.DataFrame(
        {
            "model": np.repeat(evaluation.tally.models, [own.size for own in thresholds]),
            "threshold": np.concatenate(thresholds),
        }
    ).astype({"model": "str"})


def _level(confidence: float, evaluation: Evaluation) -> float:
    """Error probability of one look."""
    looks = evaluation.scenario.looks
    return (1 - confidence) / (1 if looks is None else looks.of)


def can_be_guaranteed(limit: Limit, evaluation: Evaluation) -> bool:
    """Whether a limit is on a rate of counts or on a bounded mean."""
    return _share_or_loss(limit, evaluation) is not None


class Standing(Enum):
    """Status of a limit at an operating point."""

    CERTIFIED = "certified"
    MET = "met here"
    NOT_MET = "not met"


@dataclass(frozen=True)
class Needed:
    """Number of rows without any failure that certifying a limit needs at least.

    Attributes
    ----------
    count : int
        Least n with s ** n <= (1 - confidence) / M, for one of M models to meet a share of s or more.
    of : tuple of str
        Outcomes of which these rows consist: the outcomes of defects for recall.
    """

    count: int
    of: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Certification:
    """Which operating points are certified to meet each limit, and all limits, on the population.

    Attributes
    ----------
    limits : tuple of Limit
    each : tuple of ndarray of bool, shape (n,), or None
        For each limit by itself, in the order of `operating_points`; `None` if it cannot be certified.
    together : ndarray of bool, shape (n,), or None
        For all limits that can be certified; `None` if none can be.
    needed : tuple of Needed or None
        For each limit; `None` if it is not on one share that moves one way with the threshold.
    models : int
        Number of models to choose from.
    confidence : float
    """

    limits: tuple[Limit, ...]
    each: tuple[NDArray[np.bool_] | None, ...]
    together: NDArray[np.bool_] | None
    needed: tuple[Needed | None, ...]
    models: int
    confidence: float

    def standing(self, limit: int, position: int, *, is_met: bool) -> Standing:
        """Status of one limit at an operating point whose figure meets the limit, or does not."""
        if not is_met:
            return Standing.NOT_MET
        own = self.each[limit]
        return Standing.CERTIFIED if own is not None and own[position] else Standing.MET

    def standing_of_all(self, position: int, *, are_met: bool) -> Standing:
        """Status of all limits together: certified if each can be certified and all are at once."""
        if not are_met:
            return Standing.NOT_MET
        can_be = self.together is not None and all(own is not None for own in self.each)
        if can_be and self.together is not None and self.together[position]:
            return Standing.CERTIFIED
        return Standing.MET


def certification(
    evaluation: Evaluation,
    limits: Sequence[Limit],
    *,
    confidence: float = CONFIDENCE,
    shares: SharesOfRows | None = None,
) -> Certification:
    """Test limits at all operating points, each limit by itself and all limits together.

    Parameters
    ----------
    evaluation : Evaluation
    limits : sequence of Limit
        May include limits that cannot be certified.
    confidence : float
        See `guaranteed`.
    shares : SharesOfRows, optional
        Cached shares of the evaluation's tally.
    """
    shares = shares or SharesOfRows(evaluation.tally, evaluation.curves)
    able = [limit for limit in limits if can_be_guaranteed(limit, evaluation)]

    def kept(some: Sequence[Limit]) -> NDArray[np.bool_]:
        return is_guaranteed(evaluation, some, confidence=confidence, shares=shares)

    each = {limit: kept([limit]) for limit in able}
    together = each[able[0]] if len(able) == 1 else kept(able) if able else None
    return Certification(
        tuple(limits),
        tuple(each.get(limit) for limit in limits),
        together,
        tuple(
            rows_without_failure(limit, evaluation, confidence) if limit in each else None
            for limit in limits
        ),
        len(evaluation.curves),
        confidence,
    )


def rows_without_failure(
    limit: Limit, evaluation: Evaluation, confidence: float = CONFIDENCE
) -> Needed | None:
    """Number of rows without any failure that guaranteeing a limit needs at least."""
    condition = _condition(limit, evaluation)
    if isinstance(condition, LossLimit) or not condition.slope:
        return None
    failing = condition.value if condition.factor > 0 else 1 - condition.value
    if not 0 < failing < 1:
        return None
    level = _level(confidence, evaluation) / len(evaluation.curves)
    return Needed(math.ceil(math.log(level) / math.log1p(-failing) - 1e-9), condition.of)


def _condition(limit: Limit, evaluation: Evaluation) -> _Condition:
    """The limit as a condition on a share or a mean loss; ValueError if it is neither."""
    condition = _share_or_loss(limit, evaluation)
    if condition is None and evaluation.scenario.inspection is not None:
        raise ValueError("a limit to guarantee must be on what a model does without inspectors")
    if condition is None:
        raise ValueError(
            "a limit to guarantee must be on a rate of counts, a cost of errors or revenue, "
            f"got {limit.text!r}"
        )
    return condition


def _share_or_loss(limit: Limit, evaluation: Evaluation) -> _Condition | None:
    """The limit as a condition on a share or a mean loss; `None` if it is neither."""
    if evaluation.scenario.inspection is not None:  # inspectors' rates are assumed, not observed
        return None
    scenario, mass = evaluation.scenario, evaluation.tally.class_mass
    sign = 1.0 if limit.is_ceiling else -1.0
    name = limit.objective.id
    shares = share_of(limit.objective, mass, scenario)
    if isinstance(shares, Share):
        return _ShareLimit(sign * shares.factor, shares.part, shares.whole, sign * limit.value)
    if isinstance(shares, Odds):
        # The shares a and b of the two classes at their rates make the condition factor a / (a + b) <= value.
        # It is multiplied by a + b.
        assert scenario.defect_rate is not None
        first, second = shares.first.part, shares.second.part
        of_first = sign * scenario.defect_rate * (shares.factor - limit.value)
        of_second = sign * (scenario.defect_rate - 1) * limit.value
        losses = dict.fromkeys(first, of_first) | dict.fromkeys(second, of_second)
        return LossLimit(_by_outcome(losses), 0.0, by_class=True)
    worth = _worth(limit, scenario) if limit.objective.is_standard else None
    if worth is None:
        return None
    today = payoff_of(evaluation.today_counts.scaled(*evaluation.factors), scenario)
    is_undefined = (name == "revenue" and scenario.payoff is None) or (
        name == "revenue_impact_percent" and not today > 0
    )
    if is_undefined:
        return LossLimit(np.zeros((2, 2)), -1.0)  # an undefined figure meets no limit
    on_defects, on_goods = evaluation.factors
    units = np.array([mass[0] * on_goods, mass[1] * on_defects])  # of good units, and of defects
    of_unit = units[:, None] if scenario.defect_rate is not None else units.sum()
    scale = sign * of_unit / (units.sum() if limit.objective.unit is Unit.SHARE else 1.0)
    every = np.array([[worth.good], [worth.defect]])
    return LossLimit(
        scale * (_by_outcome(worth.point) + every),
        sign * worth.value,
        # Without a current system every unit is shipped.
        scale * _by_outcome({} if scenario.today is None else worth.today),
        by_class=scenario.defect_rate is not None,
    )


def _by_outcome(amounts: Mapping[str, float]) -> Floats:
    """Amounts of outcomes by class (good, defect) and by decision (shipped, flagged)."""
    return np.array(
        [[amounts.get(name, 0.0) for name in row] for row in (("tn", "fp"), ("fn", "tp"))]
    )


@dataclass(frozen=True)
class _Worth:
    """A figure as a sum over units: of those flagged at the point, those flagged today, and all."""

    point: dict[str, float]
    today: dict[str, float]
    value: float
    good: float = 0.0
    defect: float = 0.0


def _worth(limit: Limit, scenario: Scenario) -> _Worth | None:
    """The limit's objective as a sum over units; `None` if it is no such sum."""
    name = limit.objective.id
    reads = limit.objective.reads
    if scenario.miss_cost_by_type and (
        "miss_cost" in reads or ("payoff" in reads and scenario.payoff is None)
    ):
        return None  # a sum over kinds of defect, which counts alone do not give
    simple = {
        "misclassified_units": {"fn": 1.0, "fp": 1.0},
        "cost_of_errors": {"fn": scenario.miss_cost, "fp": 1.0},
        "share_flagged": {"tp": 1.0, "fp": 1.0},
        "flagged_per_day": {"tp": 1 / DAYS, "fp": 1 / DAYS},
    }
    if name in simple and (name != "flagged_per_day" or scenario.units_per_year is not None):
        return _Worth(simple[name], {}, limit.value)
    if name not in ("revenue", "revenue_impact", "revenue_impact_percent"):
        return None
    pay = scenario.payoffs
    assert pay.ship_defect is not None  # filled in by the scenario
    flagged = {"tp": pay.reject_defect - pay.ship_defect, "fp": pay.reject_good - pay.ship_good}
    if name == "revenue":
        return _Worth(flagged, {}, limit.value, pay.ship_good, pay.ship_defect)
    if name == "revenue_impact":
        return _Worth(flagged, {outcome: -gain for outcome, gain in flagged.items()}, limit.value)
    # The condition is: payoff - times x current payoff against 0, for a current payoff above 0.
    times = 1 + limit.value / 100
    today = {outcome: -times * gain for outcome, gain in flagged.items()}
    return _Worth(flagged, today, 0.0, (1 - times) * pay.ship_good, (1 - times) * pay.ship_defect)


Pass = Callable[[NDArray[np.intp]], NDArray[np.bool_]]
FIRST, MOST = 64, 1024
"""Number of points tested together: the first batch, and the largest. Batches double until a point fails."""


def _until_the_first_failure(order: NDArray[np.intp], passes: Pass) -> NDArray[np.intp]:
    """The points before the first point in an order that fails the test."""
    begin, many = 0, FIRST
    while begin < order.size:
        failed = np.flatnonzero(~passes(order[begin : begin + many]))
        if failed.size:
            return order[: begin + failed[0]]
        begin, many = begin + many, min(2 * many, MOST)
    return order


def _from_the_safe_end(
    conditions: Sequence[_ShareLimit], level: float, shares: SharesOfRows
) -> NDArray[np.bool_]:
    """True for points that meet conditions that move one way with the threshold, model after model."""
    slopes = {condition.slope for condition in conditions}
    own_level = level / (len(shares.curves) * len(slopes))
    shares.find([(condition.part, condition.of) for condition in conditions], Buckets.ALL)
    mask = np.ones(shares.size, bool)
    for slope in slopes:
        same = [condition for condition in conditions if condition.slope == slope]

        def passes(at: NDArray[np.intp], same: Sequence[_ShareLimit] = same) -> NDArray[np.bool_]:
            tests = [_share_is_kept(one, shares, Buckets.ALL, own_level, at) for one in same]
            return np.all(tests, axis=0)

        upto = np.zeros(shares.size, bool)
        for first, last in itertools.pairwise([0, *shares.ends]):
            of_model = np.arange(first, last)
            upto[_until_the_first_failure(of_model[::slope], passes)] = True
        mask &= upto
    return mask


def _in_the_order_of_a_part(
    evaluation: Evaluation, conditions: Sequence[_Condition], level: float, shares: SharesOfRows
) -> NDArray[np.bool_]:
    """Points before the first failure, in an order given by other rows, model after model."""
    tests = [
        _ShareTest(condition, shares, level)
        if isinstance(condition, _ShareLimit)
        else _LossTest.of(condition, evaluation, shares, level)
        for condition in conditions
    ]
    far: Floats = np.stack([test.margin() for test in tests]).min(axis=0)
    # Points that are equal on the ordering rows are sorted by model and threshold.
    order = np.argsort(-far, kind="stable")
    mask = np.zeros(order.size, bool)
    passed = _until_the_first_failure(
        order, lambda at: np.all([test.passes(at) for test in tests], axis=0)
    )
    mask[passed] = True
    return mask


@dataclass(frozen=True, eq=False)
class _ShareTest:
    """Limit on a share: its margin on the ordering rows, and its test on the testing rows."""

    condition: _ShareLimit
    shares: SharesOfRows
    level: float

    def margin(self) -> Floats:
        """Margin by which the limit is met, in standard errors, shape (K,)."""
        found = self.shares.of((self.condition.part, self.condition.of), Buckets.ORDERING)
        share = found.share
        trials = found.trials(0.05, is_upper=self.condition.factor > 0)
        smoothed = (share * trials + 0.5) / (trials + 1)
        error = abs(self.condition.factor) * np.sqrt(smoothed * (1 - smoothed) / (trials + 1))
        return _in_errors(self.condition.most - self.condition.factor * share, error)

    def passes(self, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the limit is met at some thresholds."""
        return _share_is_kept(self.condition, self.shares, Buckets.TESTING, self.level, at)


@dataclass(frozen=True, eq=False)
class _LossTest:
    """Limit on the mean loss of a unit: its margin on the ordering rows, and its test on the testing rows."""

    condition: LossLimit
    ordering: UnitLosses
    testing: UnitLosses
    units: list[Floats | None]
    level: float

    @classmethod
    def of(
        cls, condition: LossLimit, evaluation: Evaluation, shares: SharesOfRows, level: float
    ) -> _LossTest:
        losses = UnitLosses.of(condition, evaluation, shares)
        ordering, testing = losses.part(Buckets.ORDERING), losses.part(Buckets.TESTING)
        units = independent_units(testing, evaluation, shares, level)
        return cls(condition, ordering, testing, units, level)

    def margin(self) -> Floats:
        """Margin by which the limit is met, in standard errors, shape (K,)."""
        losses = self.ordering.at(slice(None))
        gap = self.condition.most - np.sum([own.mean for own in losses], axis=0)
        with np.errstate(divide="ignore"):
            error = np.sqrt(np.sum([own.variance / own.units for own in losses], axis=0))
        return _in_errors(gap, error)

    def passes(self, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the limit is met at some thresholds."""
        testing = [
            own if units is None else own.scaled(units[at])
            for own, units in zip(self.testing.at(at), self.units, strict=True)
        ]
        return mean_is_at_most(self.condition.most, self.level, testing, self.ordering.at(at))


def _in_errors(gap: Floats, error: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.nan_to_num(gap / error, nan=-np.inf, posinf=np.inf, neginf=-np.inf)


def _share_is_kept(
    condition: _ShareLimit,
    shares: SharesOfRows,
    buckets: Buckets,
    level: float,
    at: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Whether a limit on a share is met at some thresholds, by the exact binomial test at a level."""
    found = shares.of((condition.part, condition.of), buckets)
    is_upper = condition.factor > 0
    share, trials = found.share[at], found.trials(level, is_upper=is_upper)[at]
    return _is_kept(share * trials, trials, condition.value, level, is_upper=is_upper)


def _is_kept(
    successes: Floats, trials: Floats, value: float, level: float, *, is_upper: bool
) -> NDArray[np.bool_]:
    """Whether a share is on the right side of a value, by the exact binomial test at a level.

    Equivalent to comparing the one-sided exact limit with the value, but without computing an inverse.
    """
    x = min(max(value, 0.0), 1.0)
    rest = np.maximum(trials - successes, 0.0)
    if is_upper:  # at most the value: probability of so few successes at the value
        if value >= 1:
            return np.ones(trials.shape, bool)
        chance = betainc(rest, successes + 1, 1 - x)
        return np.asarray((successes < trials) & (chance <= level) & (value > 0))
    if value <= 0:
        return np.ones(trials.shape, bool)
    chance = betainc(successes, rest + 1, x)
    return np.asarray((successes > 0) & (chance <= level) & (value < 1))
