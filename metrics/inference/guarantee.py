"""Operating points of which it may be said, after choosing among all, that they keep their limits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc, ndtri, stdtrit

from metrics.evaluation.confusion import Confusion, Curve, ratio
from metrics.evaluation.objective import Unit
from metrics.evaluation.operating_points import Evaluation, evaluate
from metrics.evaluation.standard_objectives import payoff_of
from metrics.inference.design_effect import mean_cluster_mass
from metrics.inference.interval_formulas import (
    clopper_pearson_lower,
    clopper_pearson_upper,
)
from metrics.inference.intervals import DEFECTS, GOODS, UNITS, Odds, Share, share_of
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Limit, parse_limit
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

CONFIDENCE = 0.95
"""With which a limit is kept, where nothing else is asked for."""
FIXED = (DEFECTS, GOODS, UNITS)
"""Outcomes whose sum is the same at every threshold."""
FLAGGED, SHIPPED = {"tp", "fp"}, {"fn", "tn"}
ENOUGH = 10
"""Buckets with both outcomes from which on their spread says how alike the rows of a group are."""


def effect_of_buckets(
    part: Floats, of: Floats, rows: Floats, level: float, at_once: float | Floats
) -> Floats:
    """Rows that tell as much of a share as one independent one, by the spread of the buckets.

    Parameters
    ----------
    part, of : ndarray, shape (B, K)
        Mass of the share, and of what it is a share of, by bucket.
    rows : ndarray, shape (K,)
        Rows that it is a share of, whatever their weight.
    level : float
        Of the one-sided limit that is asked for: Student's t for so many buckets takes the normal's place.
    at_once : float or ndarray, shape (K,)
        Mass of the group that a unit of mass is in: what is taken where too few buckets tell.

    Returns
    -------
    ndarray of float64, shape (K,)
        At least 1.
    """
    return _effects_of(part, of, rows, at_once).at(level)


@dataclass(frozen=True)
class _Effects:
    """Design effects before a level is asked for, each array of shape (K,).

    Attributes
    ----------
    by_spread : ndarray of float64
        By the spread of the buckets; what is usual, where too few of them tell.
    alike : ndarray of float64
        Of groups whose rows are all alike.
    tells : ndarray of bool
        Whether any bucket tells, so that the first is taken.
    blocks : int
    """

    by_spread: Floats
    alike: Floats
    tells: NDArray[np.bool_]
    blocks: int

    def at(self, level: float) -> Floats:
        """At a one-sided limit's level; at least 1."""
        wider = (stdtrit(self.blocks - 1, level) / ndtri(level)) ** 2
        effect = np.where(self.tells, wider * self.by_spread, self.alike)
        return np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)


def _effects_of(
    part: Floats,
    of: Floats,
    rows: Floats,
    at_once: float | Floats,
    *,
    alone: bool = False,
) -> _Effects:
    """As `effect_of_buckets`, at no level yet; of rows that stand alone no less than their weights cost."""
    blocks, whole = len(of), of.sum(axis=0)
    share = np.nan_to_num(ratio(part.sum(axis=0), whole))
    deviations = part - share * of
    variance = ratio((deviations**2).sum(axis=0), whole**2) * blocks / (blocks - 1)
    effect = ratio(variance * rows, share * (1 - share))
    both = np.minimum((part > 0).sum(axis=0), (of > part).sum(axis=0))
    tells = np.isfinite(effect) & (both >= min(ENOUGH, blocks / 2))
    alike = np.broadcast_to(rows * ratio(np.broadcast_to(at_once, rows.shape), whole), rows.shape)
    if not tells.any():
        return _Effects(np.zeros(rows.shape), alike, np.zeros(rows.shape, bool), blocks)
    usual = np.median(effect[tells])
    by_spread = np.where(tells, np.fmax(effect, usual), np.fmax(usual, 0.0))
    if alone:
        by_spread = np.fmax(by_spread, alike)
    return _Effects(by_spread, alike, np.ones(rows.shape, bool), blocks)


@dataclass(frozen=True)
class _Term:
    """A share of rows, times a factor."""

    factor: float
    part: tuple[str, ...]
    of: tuple[str, ...]
    is_today: bool = False

    @property
    def slope(self) -> int:
        """Sign of its change with a rising threshold; 0 where it has none."""
        if self.is_today or self.of not in FIXED:
            return 0
        part = set(self.part)
        return int(np.sign(self.factor)) * ((part <= SHIPPED) - (part <= FLAGGED))


@dataclass(frozen=True)
class _Condition:
    """A limit as a sum of shares that may not lie above a value."""

    terms: tuple[_Term, ...]
    most: float

    @property
    def slope(self) -> int:
        """1 where the sum grows with the threshold, -1 where it falls, 0 where it may do either."""
        slopes = {term.slope for term in self.terms}
        return slopes.pop() if len(slopes) == 1 else 0


def guaranteed(
    tally: Tally | Evaluation,
    limits: Sequence[str | Limit],
    *,
    confidence: float = CONFIDENCE,
    scenario: Scenario | None = None,
) -> pd.DataFrame:
    """Operating points that keep every limit on the population, all of them together.

    Parameters
    ----------
    tally : Tally or Evaluation
        An `Evaluation` has its scenario already.
    limits : sequence of str or Limit
        Such as "recall >= 0.9": on rates of counts, costs of errors, or revenue (`can_be_guaranteed`).
    confidence : float
        Above 0 and below 1: the share of samples in which every point that is given keeps every limit.
    scenario : Scenario, optional
        For a `Tally`; the default scenario where left out.

    Returns
    -------
    DataFrame, one row per (model, threshold)
        ``model`` (str) and ``threshold`` (float64), in the order of `operating_points`; empty where nothing
        can be guaranteed.

    Raises
    ------
    ValueError
        Where a limit cannot be read or guaranteed, there is none, or the confidence is out of range.

    Notes
    -----
    With e = 1 - confidence and M models. A limit is written as a sum of shares of rows that may not exceed a
    value; each of its J shares is bounded by Clopper and Pearson's exact one-sided limit at e' / J, and the
    limit is held to be kept where the sum of the bounds keeps it.

    *Where a share moves one way only with the threshold* (recall, false alarms, units flagged), thresholds
    are tested in order from the safe end until the first that fails, each at e' = e / (M D), with D = 2
    where limits have their safe ends on both sides and 1 otherwise: the first threshold that truly breaks a
    limit is passed with a chance of at most e'. No defect missed of n guarantees a recall of r where
    r ** n <= e / M: 29 defects for 0.9 and one model, 52 for eleven.

    *Otherwise* (precision, cost, revenue) one bucket in three orders all points of all models by how far
    they keep the limits; the other buckets test them in that order at e' = e until the first that fails.

    Rows that come in groups or have weights count by their effective number: that of independent rows with
    the share's variance over the buckets (with Student's t for their number), of rows with weights no more
    than these leave (Kish); where too few buckets tell, that of groups whose rows are all alike. Revenue is
    held against today's system by the bounds of each, as the counts do not tell which units both flag.

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
    Kish: Survey sampling. 1965 (effect of unequal weights).
    """
    evaluation = evaluate(tally, scenario or Scenario()) if isinstance(tally, Tally) else tally
    read = [parse_limit(one) if isinstance(one, str) else one for one in limits]
    kept = is_guaranteed(evaluation, read, confidence=confidence)
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


def is_guaranteed(
    evaluation: Evaluation,
    limits: Sequence[Limit],
    *,
    confidence: float = CONFIDENCE,
    shares: SharesOfRows | None = None,
) -> NDArray[np.bool_]:
    """Which operating points keep every limit on the population; see `guaranteed`.

    Parameters
    ----------
    evaluation : Evaluation
    limits : sequence of Limit
    confidence : float
    shares : SharesOfRows, optional
        Of the evaluation's tally, where they are kept.

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
    if all(condition.slope for condition in conditions):
        kept = _from_the_safe_end(evaluation, conditions, 1 - confidence, shares)
    else:
        kept = _in_the_order_of_a_part(evaluation, conditions, 1 - confidence, shares)
    distinct = np.concatenate([model_curve.distinct for model_curve in evaluation.curves])
    return np.asarray(kept[distinct])


def can_be_guaranteed(limit: Limit, evaluation: Evaluation) -> bool:
    """Whether a limit is on a rate of counts or a bounded mean."""
    return _sum_of_shares(limit, evaluation) is not None


class Standing(Enum):
    """How a limit stands at an operating point."""

    CERTIFIED = "certified"
    MET = "met here"
    NOT_MET = "not met"


@dataclass(frozen=True)
class Needed:
    """Rows of which none may fail, so that a limit can be certified at all.

    Attributes
    ----------
    count : int
        Least n with s ** n <= (1 - confidence) / M, for a share of s or more to be kept by one of M models.
    of : tuple of str
        Outcomes that make them up: those of the defects for recall.
    """

    count: int
    of: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Certification:
    """Limits held to all operating points: which may be said to keep them on the population.

    Attributes
    ----------
    limits : tuple of Limit
    each : tuple of ndarray of bool, shape (n,), or None
        For each limit by itself, in the order of `operating_points`; None where it cannot be certified.
    together : ndarray of bool, shape (n,), or None
        For all of those that can be; None where none can.
    needed : tuple of Needed or None
        For each limit; None where it is not on one share that moves one way with the threshold.
    models : int
        Among which the choice was.
    confidence : float
    """

    limits: tuple[Limit, ...]
    each: tuple[NDArray[np.bool_] | None, ...]
    together: NDArray[np.bool_] | None
    needed: tuple[Needed | None, ...]
    models: int
    confidence: float

    def standing(self, limit: int, position: int, *, is_met: bool) -> Standing:
        """How one limit stands at an operating point whose figure meets it, or doesn't."""
        if not is_met:
            return Standing.NOT_MET
        own = self.each[limit]
        return Standing.CERTIFIED if own is not None and own[position] else Standing.MET

    def standing_of_all(self, position: int, *, are_met: bool) -> Standing:
        """How all limits stand together: certified where each can be, and all are at once."""
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
    """Hold limits to all operating points, each by itself and all of them together.

    Parameters
    ----------
    evaluation : Evaluation
    limits : sequence of Limit
        Those that cannot be certified may be among them.
    confidence : float
        See `guaranteed`.
    shares : SharesOfRows, optional
        Of the evaluation's tally, where they are kept.
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
    """Rows of which none may fail, so that a limit can be guaranteed at all."""
    condition = _condition(limit, evaluation)
    if len(condition.terms) != 1 or not condition.slope:
        return None
    [term] = condition.terms
    failing = condition.most / term.factor if term.factor > 0 else 1 - condition.most / term.factor
    if not 0 < failing < 1:
        return None
    level = (1 - confidence) / len(evaluation.curves)
    return Needed(math.ceil(math.log(level) / math.log1p(-failing) - 1e-9), term.of)


def _condition(limit: Limit, evaluation: Evaluation) -> _Condition:
    """The limit as a sum of shares; ValueError where it is none."""
    condition = _sum_of_shares(limit, evaluation)
    if condition is None and evaluation.scenario.inspection is not None:
        raise ValueError("a limit to guarantee must be on what a model does without inspectors")
    if condition is None:
        raise ValueError(
            "a limit to guarantee must be on a rate of counts, a cost of errors or revenue, "
            f"got {limit.text!r}"
        )
    return condition


def _sum_of_shares(limit: Limit, evaluation: Evaluation) -> _Condition | None:
    """The limit as a sum of shares of rows; None where it is none."""
    if evaluation.scenario.inspection is not None:  # what inspectors find is said, not seen
        return None
    scenario, mass = evaluation.scenario, evaluation.tally.class_mass
    sign = 1.0 if limit.is_ceiling else -1.0
    name = limit.objective.id
    shares = share_of(name, mass, scenario) if limit.objective.is_standard else None
    if isinstance(shares, Share):
        term = _Term(sign * shares.factor, shares.part, shares.of)
        return _Condition((term,), sign * limit.value)
    if isinstance(shares, Odds):
        # factor a / (a + b) <= value, times a + b: of shares a and b of the two classes at their rates.
        assert scenario.defect_rate is not None
        a = scenario.defect_rate * sign * (shares.factor - limit.value)
        b = (1 - scenario.defect_rate) * sign * limit.value
        first, second = shares.first, shares.second
        return _Condition((_Term(a, first.part, first.of), _Term(-b, second.part, second.of)), 0.0)
    worth = _worth(limit, scenario) if limit.objective.is_standard else None
    if worth is None:
        return None
    today = payoff_of(evaluation.today_counts.scaled(*evaluation.factors), scenario)
    is_undefined = (name == "revenue" and scenario.payoff is None) or (
        name == "revenue_impact_percent" and not today > 0
    )
    if is_undefined:
        return _Condition((), -1.0)  # a figure that is undefined keeps no limit
    on_defects, on_goods = evaluation.factors
    goods, defects = float(mass[0] * on_goods), float(mass[1] * on_defects)
    units = dict.fromkeys(UNITS, goods + defects)
    of: dict[str, tuple[str, ...]] = dict.fromkeys(UNITS, UNITS)
    if scenario.defect_rate is not None:  # each class is a sample of its own, brought to its total
        units = dict.fromkeys(DEFECTS, defects) | dict.fromkeys(GOODS, goods)
        of = {name: DEFECTS if name in DEFECTS else GOODS for name in UNITS}
    scale = sign / (goods + defects) if limit.objective.unit is Unit.SHARE else sign
    terms = [
        _Term(scale * amount * units[outcome], (outcome,), of[outcome], is_today)
        for amounts, is_today in ((worth.point, False), (worth.today, True))
        for outcome, amount in amounts.items()
        if amount and not (is_today and scenario.today is None)  # then every unit is shipped today
    ]
    most = sign * worth.value - scale * worth.good * (goods + defects)
    more = worth.defect - worth.good
    if more and scenario.defect_rate is None:
        terms.append(_Term(scale * more * (goods + defects), DEFECTS, UNITS))
    else:
        most -= scale * more * defects
    return _Condition(tuple(terms), most)


@dataclass(frozen=True)
class _Worth:
    """A figure as a sum: what units flagged at the point or today add to it, and what every unit does."""

    point: dict[str, float]
    today: dict[str, float]
    value: float
    good: float = 0.0
    defect: float = 0.0


def _worth(limit: Limit, scenario: Scenario) -> _Worth | None:
    """The limit's objective as a sum over units; None where it is none."""
    name = limit.objective.id
    reads = limit.objective.reads
    if scenario.miss_cost_by_type and (
        "miss_cost" in reads or ("payoff" in reads and scenario.payoff is None)
    ):
        return None  # a sum over kinds of defect, which the counts alone do not tell
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
    # Payoff - times x today's payoff against 0, where today's is above 0.
    times = 1 + limit.value / 100
    today = {outcome: -times * gain for outcome, gain in flagged.items()}
    return _Worth(flagged, today, 0.0, (1 - times) * pay.ship_good, (1 - times) * pay.ship_defect)


Pair = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of outcomes, and of those that they are a share of."""
Pass = Callable[[NDArray[np.intp]], NDArray[np.bool_]]
FIRST = 64
"""Points that are tested together at first, each time twice as many, until one fails."""


def _until_the_first_failure(order: NDArray[np.intp], passes: Pass) -> NDArray[np.intp]:
    """The points before the first one, in an order, that does not pass."""
    begin, many = 0, FIRST
    while begin < order.size:
        failed = np.flatnonzero(~passes(order[begin : begin + many]))
        if failed.size:
            return order[: begin + failed[0]]
        begin, many = begin + many, 2 * many
    return order


def _from_the_safe_end(
    evaluation: Evaluation, conditions: Sequence[_Condition], level: float, shares: SharesOfRows
) -> NDArray[np.bool_]:
    """Where conditions that move one way with the threshold are kept, model after model."""
    slopes = {condition.slope for condition in conditions}
    own_level = level / (len(evaluation.curves) * len(slopes))
    rows = _Rows.of(shares, evaluation, Buckets.ALL, conditions)
    mask = np.ones(shares.size, bool)
    for slope in slopes:
        same = [condition for condition in conditions if condition.slope == slope]

        def passes(at: NDArray[np.intp], same: Sequence[_Condition] = same) -> NDArray[np.bool_]:
            return np.all([rows.keep(condition, own_level, at) for condition in same], axis=0)

        upto = np.zeros(shares.size, bool)
        for first, last in itertools.pairwise([0, *shares.ends]):
            of_model = np.arange(first, last)
            upto[_until_the_first_failure(of_model[::slope], passes)] = True
        mask &= upto
    return mask


def _in_the_order_of_a_part(
    evaluation: Evaluation, conditions: Sequence[_Condition], level: float, shares: SharesOfRows
) -> NDArray[np.bool_]:
    """Points up to the first that fails, in an order that other rows have given, model after model."""
    ordering, testing = (
        _Rows.of(shares, evaluation, part, conditions)
        for part in (Buckets.ORDERING, Buckets.TESTING)
    )
    far: Floats = np.stack([ordering.margin(condition) for condition in conditions]).min(axis=0)
    # Points that the ordering rows cannot tell apart go by model and threshold.
    order = np.argsort(-far, kind="stable")
    mask = np.zeros(order.size, bool)
    mask[
        _until_the_first_failure(
            order,
            lambda at: np.all(
                [testing.keep(condition, level, at) for condition in conditions], axis=0
            ),
        )
    ] = True
    return mask


class Buckets(Enum):
    """Which buckets' rows tell of shares."""

    ALL = "all"
    ORDERING = "every third, which orders the points"
    TESTING = "the others, which test them"

    def of(self, count: int) -> NDArray[np.bool_]:
        """Which of so many they are."""
        orders = np.arange(count) % 3 == 0
        if self is Buckets.ALL:
            return np.ones(count, bool)
        return np.asarray(orders if self is Buckets.ORDERING else ~orders)


@dataclass(frozen=True, eq=False)
class _ShareOfRows:
    """A share of rows at all thresholds of all models, one model after another, each of shape (K,).

    Attributes
    ----------
    share : ndarray of float64
        0 where there are no rows.
    rows : ndarray of float64
        That it is a share of: of independent rows their mass.
    effects : _Effects or None
        None of independent rows.
    """

    share: Floats
    rows: Floats
    effects: _Effects | None

    def trials(self, level: float) -> Floats:
        """How many independent rows tell as much of it, at a one-sided limit's level."""
        return self.rows if self.effects is None else self.rows / self.effects.at(level)


@dataclass(frozen=True, eq=False)
class SharesOfRows:
    """Shares of the rows of a tally at every threshold of every model: the same under every scenario.

    Attributes
    ----------
    tally : Tally
    curves : sequence of Curve
        Of its models.

    Notes
    -----
    A share is found when it is asked for, and then kept.
    """

    tally: Tally
    curves: Sequence[Curve]
    _found: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def are_independent(self) -> bool:
        """Whether a row tells as much as any other, and nothing of another."""
        return not self.tally.grouped and self.tally.weights is None

    @cached_property
    def ends(self) -> list[int]:
        """Where the thresholds of each model end."""
        return list(
            itertools.accumulate(model_curve.thresholds.size for model_curve in self.curves)
        )

    @property
    def size(self) -> int:
        """Number of thresholds of all models together."""
        return self.ends[-1]

    def of(self, pair: Pair, buckets: Buckets) -> _ShareOfRows:
        """A share."""
        if (pair, buckets) not in self._found:
            self.find([pair], buckets)
        share: _ShareOfRows = self._found[pair, buckets]
        return share

    def find(self, pairs: Iterable[Pair], buckets: Buckets) -> None:
        """Find several shares, those that are not known yet: dearer one by one than together."""
        missing = [pair for pair in dict.fromkeys(pairs) if (pair, buckets) not in self._found]
        if not missing:
            return
        if self.are_independent:
            for pair in missing:
                counts, (part, of) = self._counts(buckets), pair
                whole = np.asarray(_sum_of(counts, of), np.float64)
                share = np.nan_to_num(ratio(_sum_of(counts, part), whole))
                self._found[pair, buckets] = _ShareOfRows(share, whole, None)
            return
        which = buckets.of(len(self.tally.counts))
        every = [self._of_model(m, missing, which) for m in range(len(self.curves))]
        for pair, own in zip(missing, zip(*every, strict=True), strict=True):
            self._found[pair, buckets] = _one_after_another(own)

    def _counts(self, buckets: Buckets) -> Confusion:
        """Counts of all models, of rows that are independent."""
        if buckets not in self._found:
            if buckets is Buckets.ALL:
                bins = [model_curve.bins for model_curve in self.curves]
            else:
                which = buckets.of(len(self.tally.counts))
                sums = self.tally.counts[which].sum(axis=0, dtype=np.int64)
                bins = [
                    sums[m, : model_curve.thresholds.size]
                    for m, model_curve in enumerate(self.curves)
                ]
            own = [_counts_of(one) for one in bins]
            self._found[buckets] = own[0].together(own[1:])
        found: Confusion = self._found[buckets]
        return found

    def _of_model(
        self, m: int, pairs: Sequence[Pair], which: NDArray[np.bool_]
    ) -> list[_ShareOfRows]:
        """Shares of one model whose rows come in groups or have weights."""
        tally, size = self.tally, self.curves[m].thresholds.size
        mass: dict[str, Floats] = {}
        rows: dict[str, Floats] = {}
        for names in (DEFECTS, GOODS):  # flagged, then shipped
            if any(set(names) & set(of) for _, of in pairs):
                label = int(names == DEFECTS)
                bins = tally.masses[which, m, :size, label].astype(np.float64)
                count = tally.counts[which, m, :size, label].sum(axis=0, dtype=np.float64)
                mass |= dict(zip(names, _flagged_and_shipped(bins), strict=True))
                rows |= dict(zip(names, _flagged_and_shipped(count), strict=True))

        def together(of: dict[str, Floats], names: tuple[str, ...]) -> Floats:
            first, *others = (of[name] for name in names)
            return sum(others, first)

        return [
            _grouped(
                together(mass, part),
                together(mass, of),
                together(rows, of),
                self._at_once(of, which),
                alone=not tally.grouped,
            )
            for part, of in pairs
        ]

    def _at_once(self, of: tuple[str, ...], which: NDArray[np.bool_]) -> float:
        """Mass of the group that a unit of mass is in."""
        kind = next(names for names in FIXED if set(of) <= set(names))
        classes = {GOODS: [0], DEFECTS: [1], UNITS: [0, 1]}[kind]
        return mean_cluster_mass(self.tally.bucket_mass[which][:, classes].sum(axis=1))

    @cached_property
    def _bucket_rows(self) -> NDArray[np.int64]:
        """Rows of each bucket and class, whatever their weight, shape (B, 2)."""
        return np.asarray(self.tally.counts[:, 0].sum(axis=1, dtype=np.int64))

    def of_today(self, pair: Pair, buckets: Buckets, today: Confusion) -> _ShareOfRows:
        """A share of today's system, whose counts by bucket belong to a scenario; of shape (1,)."""
        (part, of), which = pair, buckets.of(len(self.tally.counts))
        mass = today.each(lambda n: n[which, None].astype(np.float64))
        whole = _sum_of(mass, of)
        if self.are_independent:
            total = whole.sum(axis=0)
            share = np.nan_to_num(ratio(_sum_of(mass, part).sum(axis=0), total))
            return _ShareOfRows(share, total, None)
        classes = sorted({int(name in DEFECTS) for name in of})
        rows = self._bucket_rows[which][:, classes].sum()
        at_once = self._at_once(of, which)
        trials = np.array([float(rows)])
        return _grouped(_sum_of(mass, part), whole, trials, at_once, alone=not self.tally.grouped)


def _counts_of(bins: NDArray[Any]) -> Confusion:
    """Counts at each threshold from bins of shape (K, 2)."""
    (fp, tn), (tp, fn) = (_flagged_and_shipped(bins[:, label]) for label in (0, 1))
    return Confusion(tp=tp, fp=fp, fn=fn, tn=tn)


def _flagged_and_shipped(bins: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What lies at or above each threshold, and what below, of bins of shape (..., K)."""
    shipped = bins.cumsum(axis=-1)
    return shipped[..., -1:] - shipped, shipped


def _one_after_another(models: Sequence[_ShareOfRows]) -> _ShareOfRows:
    """Shares of several models as one."""
    effects = [
        share_of_rows.effects for share_of_rows in models if share_of_rows.effects is not None
    ]
    return _ShareOfRows(
        np.concatenate([share_of_rows.share for share_of_rows in models]),
        np.concatenate([share_of_rows.rows for share_of_rows in models]),
        _Effects(
            np.concatenate([one.by_spread for one in effects]),
            np.concatenate([one.alike for one in effects]),
            np.concatenate([one.tells for one in effects]),
            effects[0].blocks,
        ),
    )


def _grouped(
    part: Floats, of: Floats, rows: Floats, at_once: float, *, alone: bool
) -> _ShareOfRows:
    """A share by bucket, each of shape (B, K), and how alike its rows are."""
    share = np.nan_to_num(ratio(part.sum(axis=0), of.sum(axis=0)))
    return _ShareOfRows(share, rows, _effects_of(part, of, rows, at_once, alone=alone))


def _sum_of(counts: Confusion, names: tuple[str, ...]) -> NDArray[Any]:
    return np.sum([getattr(counts, name) for name in names], axis=0)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Some buckets' rows under a scenario, at all thresholds of all models."""

    shares: SharesOfRows
    evaluation: Evaluation
    buckets: Buckets

    @classmethod
    def of(
        cls,
        shares: SharesOfRows,
        evaluation: Evaluation,
        buckets: Buckets,
        conditions: Sequence[_Condition],
    ) -> _Rows:
        """With all that some conditions are about at hand."""
        terms = (term for condition in conditions for term in condition.terms)
        shares.find([(term.part, term.of) for term in terms if not term.is_today], buckets)
        return cls(shares, evaluation, buckets)

    def keep(self, condition: _Condition, level: float, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the bounds of the condition's shares keep it, at some thresholds."""
        each = level / max(len(condition.terms), 1)
        if len(condition.terms) == 1:
            [term] = condition.terms
            share, trials = self._of(term, each, at)
            return _is_kept(share * trials, trials, condition.most / term.factor, each, term)
        total = np.zeros(at.size)
        for term in condition.terms:
            share, trials = self._of(term, each, at)
            bound = _upper_of_each if term.factor > 0 else _lower_of_each
            total = total + term.factor * bound(share * trials, trials, each)
        return np.asarray(total <= condition.most)

    def margin(self, condition: _Condition) -> Floats:
        """How far the condition is kept, in standard errors, shape (K,)."""
        total, variance = np.zeros(self.shares.size), np.zeros(self.shares.size)
        for term in condition.terms:
            share, trials = self._of(term, 0.05)
            smoothed = (share * trials + 0.5) / (trials + 1)
            total = total + term.factor * share
            variance = variance + term.factor**2 * smoothed * (1 - smoothed) / (trials + 1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            margin = (condition.most - total) / np.sqrt(variance)
        return np.nan_to_num(margin, nan=-np.inf, posinf=np.inf, neginf=-np.inf)

    def _of(
        self, term: _Term, level: float, at: NDArray[np.intp] | None = None
    ) -> tuple[Floats, Floats]:
        """A share, and how many independent rows tell as much of it; 0 of 0 where there are none."""
        if term.is_today:  # the same at every threshold
            today = self.evaluation.today_by_bucket
            found = self.shares.of_today((term.part, term.of), self.buckets, today)
            return found.share, found.trials(level)
        found = self.shares.of((term.part, term.of), self.buckets)
        share, trials = found.share, found.trials(level)
        return (share, trials) if at is None else (share[at], trials[at])


def _is_kept(
    successes: Floats, trials: Floats, value: float, level: float, term: _Term
) -> NDArray[np.bool_]:
    """Whether a share lies on the right side of a value, by the exact binomial test at a level.

    The same as whether its one-sided limit does, without the inverse.
    """
    x = min(max(value, 0.0), 1.0)
    rest = np.maximum(trials - successes, 0.0)
    if term.factor > 0:  # at most the value: so few, where it is the value
        if value >= 1:
            return np.ones(trials.shape, bool)
        chance = betainc(rest, successes + 1, 1 - x)
        return np.asarray((successes < trials) & (chance <= level) & (value > 0))
    if value <= 0:
        return np.ones(trials.shape, bool)
    chance = betainc(successes, rest + 1, x)
    return np.asarray((successes > 0) & (chance <= level) & (value < 1))


def _upper_of_each(successes: Floats, trials: Floats, level: float) -> Floats:
    return _of_each(clopper_pearson_upper, successes, trials, level)


def _lower_of_each(successes: Floats, trials: Floats, level: float) -> Floats:
    return _of_each(clopper_pearson_lower, successes, trials, level)


def _of_each(
    bound: Callable[[Floats, Floats, float], Floats],
    successes: Floats,
    trials: Floats,
    level: float,
) -> Floats:
    """A limit of each share; of many that are of one number of rows each different one but once."""
    if successes.size < FIRST or trials.min() != trials.max():
        return bound(successes, trials, level)
    once, where = np.unique(successes, return_inverse=True)
    return bound(once, trials[: once.size], level)[where]
