"""Operating points of which it may be said, after choosing among all, that they keep their limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.objective import Unit
from metrics.evaluation.operating_points import Evaluation, evaluate
from metrics.evaluation.standard_objectives import DAYS, payoff_of
from metrics.inference.share_intervals import DEFECTS, GOODS, UNITS, Odds, Share, share_of
from metrics.inference.statistics import mean_cluster_mass
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Limit, parse_limit
from metrics.tally.tally import Floats, Tally

CONFIDENCE = 0.95
"""With which a limit is kept, where nothing else is asked for."""
FIXED = (DEFECTS, GOODS, UNITS)
"""Outcomes whose sum is the same at every threshold."""
FLAGGED, SHIPPED = {"tp", "fp"}, {"fn", "tn"}
ENOUGH = 10
"""Buckets with both outcomes from which on their spread says how alike the rows of a group are."""


def exact_upper(successes: Floats, trials: Floats, level: float) -> Floats:
    """Clopper and Pearson's upper limit of a share, missed with a chance of ``level``; 1 where all did."""
    bound = betaincinv(successes + 1, np.maximum(trials - successes, 0), 1 - level)
    return np.asarray(np.where(successes < trials, bound, 1.0))


def exact_lower(successes: Floats, trials: Floats, level: float) -> Floats:
    """Clopper and Pearson's lower limit of a share, missed with a chance of ``level``; 0 where none did."""
    bound = betaincinv(successes, np.maximum(trials - successes, 0) + 1, level)
    return np.asarray(np.where(successes > 0, bound, 0.0))


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
    blocks, whole = len(of), of.sum(axis=0)
    share = np.nan_to_num(ratio(part.sum(axis=0), whole))
    deviations = part - share * of
    variance = ratio((deviations**2).sum(axis=0), whole**2) * blocks / (blocks - 1)
    variance *= (stdtrit(blocks - 1, level) / ndtri(level)) ** 2
    effect = ratio(variance * rows, share * (1 - share))
    both = np.minimum((part > 0).sum(axis=0), (of > part).sum(axis=0))
    tells = np.isfinite(effect) & (both >= min(ENOUGH, blocks / 2))
    alike = rows * ratio(np.broadcast_to(at_once, rows.shape), whole)
    usual = np.median(effect[tells]) if tells.any() else np.nan
    effect = np.where(tells, np.fmax(effect, usual), np.fmax(usual, 0.0) if tells.any() else alike)
    return np.maximum(np.nan_to_num(effect, nan=1.0), 1.0)


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
    the share's variance over the buckets (with Student's t for their number); where too few buckets tell,
    that of groups whose rows are all alike. Revenue is held against today's system by the bounds of each,
    as the counts do not tell which units both flag.

    References
    ----------
    Angelopoulos, Bates, Candès, Jordan, Lei: Learn then test: calibrating predictive algorithms to achieve
    risk control. 2021 (fixed-sequence tests of risks).
    Laufer-Goldshtein, Fisch, Barzilay, Jaakkola: Efficiently controlling multiple risks with Pareto testing.
    ICLR 2023 (one part of the data orders, the other tests).
    Clopper, Pearson: The use of confidence or fiducial limits illustrated in the case of the binomial.
    Biometrika 1934.
    Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998 (effective rows in the exact limits).
    """
    evaluation = evaluate(tally, scenario or Scenario()) if isinstance(tally, Tally) else tally
    if not 0 < confidence < 1:
        raise ValueError(f"the confidence must be above 0 and below 1, got {confidence:g}")
    if not limits:
        raise ValueError("there must be a limit to guarantee, got none")
    read = [parse_limit(one) if isinstance(one, str) else one for one in limits]
    conditions = [_condition(one, evaluation) for one in read]
    if all(condition.slope for condition in conditions):
        kept = _from_the_safe_end(evaluation, conditions, 1 - confidence)
    else:
        kept = _in_the_order_of_a_part(evaluation, conditions, 1 - confidence)
    of_models = zip(evaluation.curves, kept, strict=True)
    thresholds = [own.thresholds[mask & own.distinct] for own, mask in of_models]
    return pd.DataFrame(
        {
            "model": np.repeat(evaluation.tally.models, [own.size for own in thresholds]),
            "threshold": np.concatenate(thresholds),
        }
    ).astype({"model": "str"})


def can_be_guaranteed(limit: Limit, evaluation: Evaluation) -> bool:
    """Whether a limit is on a rate of counts or a bounded mean."""
    try:
        _condition(limit, evaluation)
    except ValueError:
        return False
    return True


def rows_without_failure(
    limit: Limit, evaluation: Evaluation, confidence: float = CONFIDENCE
) -> int | None:
    """Rows of which none may fail, so that the limit can be guaranteed at all.

    Returns
    -------
    int or None
        Least n with s ** n <= (1 - confidence) / M, for a share of s or more to be kept by one of M models:
        of defects for recall. None where the limit is not on one share, or no number is enough.
    """
    terms = _condition(limit, evaluation)
    if len(terms.terms) != 1:
        return None
    [term] = terms.terms
    failing = terms.most / term.factor if term.factor > 0 else 1 - terms.most / term.factor
    if not 0 < failing < 1:
        return None
    level = (1 - confidence) / len(evaluation.curves)
    return math.ceil(math.log(level) / math.log1p(-failing) - 1e-9)


def _condition(limit: Limit, evaluation: Evaluation) -> _Condition:
    """The limit as a sum of shares; ValueError where it is none."""
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
        raise ValueError(
            "a limit to guarantee must be on a rate of counts, a cost of errors or revenue, "
            f"got {limit.text!r}"
        )
    today = payoff_of(evaluation.today_counts.scaled(*evaluation.factors), scenario)
    if name == "revenue_impact_percent" and not today > 0:
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
    if scenario.miss_cost_by_type and (
        name == "cost_of_errors" or (name.startswith("revenue") and scenario.payoff is None)
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
    if name not in ("revenue_impact", "revenue_impact_percent"):
        return None
    pay = scenario.payoffs
    assert pay.ship_defect is not None  # filled in by the scenario
    flagged = {"tp": pay.reject_defect - pay.ship_defect, "fp": pay.reject_good - pay.ship_good}
    if name == "revenue_impact":
        return _Worth(flagged, {outcome: -gain for outcome, gain in flagged.items()}, limit.value)
    # Payoff - times x today's payoff against 0, where today's is above 0.
    times = 1 + limit.value / 100
    today = {outcome: -times * gain for outcome, gain in flagged.items()}
    return _Worth(flagged, today, 0.0, (1 - times) * pay.ship_good, (1 - times) * pay.ship_defect)


def _from_the_safe_end(
    evaluation: Evaluation, conditions: Sequence[_Condition], level: float
) -> list[NDArray[np.bool_]]:
    """Where conditions that move one way with the threshold are kept, for each model."""
    slopes = {condition.slope for condition in conditions}
    own_level = level / (len(evaluation.curves) * len(slopes))
    kept = []
    for m in range(len(evaluation.curves)):
        rows = _Rows.of(evaluation, m, np.ones(len(evaluation.tally.counts), bool))
        mask = np.ones(rows.size, bool)
        for slope in slopes:
            passes = np.ones(rows.size, bool)
            for condition in conditions:
                if condition.slope == slope:
                    passes &= rows.keep(condition, own_level)
            in_order = passes if slope > 0 else passes[::-1]
            upto = np.logical_and.accumulate(in_order)
            mask &= upto if slope > 0 else upto[::-1]
        kept.append(mask)
    return kept


def _in_the_order_of_a_part(
    evaluation: Evaluation, conditions: Sequence[_Condition], level: float
) -> list[NDArray[np.bool_]]:
    """Points up to the first that fails, in an order that other rows have given, for each model."""
    orders = np.arange(len(evaluation.tally.counts)) % 3 == 0
    margins: list[Floats] = []
    passes: list[NDArray[np.bool_]] = []
    for m in range(len(evaluation.curves)):
        ordering, testing = (_Rows.of(evaluation, m, part) for part in (orders, ~orders))
        margins.append(np.stack([ordering.margin(one) for one in conditions]).min(axis=0))
        passes.append(np.all([testing.keep(one, level) for one in conditions], axis=0))
    sizes = [own.size for own in margins]
    # Points that the ordering rows cannot tell apart go by model and threshold.
    far: Floats = np.concatenate(margins)
    order = np.argsort(-far, kind="stable")
    upto = np.logical_and.accumulate(np.concatenate(passes)[order])
    mask = np.zeros(order.size, bool)
    mask[order[upto]] = True
    return np.split(mask, np.cumsum(sizes)[:-1])


@dataclass(frozen=True)
class _Rows:
    """Some buckets' rows at all thresholds of a model, and under today's system.

    Attributes
    ----------
    mass : Confusion of shape (B, K)
        By bucket, or (1, K) where rows are independent.
    count : Confusion of shape (K,)
        Rows, whatever their weight.
    today_mass : Confusion of shape (B, 1) or (1, 1)
    at_once : dict of tuple of str to float
        By the outcomes of a share's rows: mass of the group that a unit of mass is in.
    """

    mass: Confusion
    count: Confusion
    today_mass: Confusion
    at_once: dict[tuple[str, ...], float]
    are_independent: bool

    @classmethod
    def of(cls, evaluation: Evaluation, model: int, buckets: NDArray[np.bool_]) -> _Rows:
        tally = evaluation.tally
        independent = not tally.grouped and tally.weights is None
        size = evaluation.curves[model].thresholds.size

        def cumulative(bins: NDArray[Any]) -> Confusion:
            shipped = bins.cumsum(axis=-2)
            total = bins.sum(axis=-2, keepdims=True)
            return Confusion(
                tp=total[..., 1] - shipped[..., 1],
                fp=total[..., 0] - shipped[..., 0],
                fn=shipped[..., 1],
                tn=shipped[..., 0],
            )

        bins = tally.masses[buckets, model, :size].astype(np.float64)
        today = evaluation.today_by_bucket.each(lambda n: n[buckets, None].astype(np.float64))
        if independent:
            bins = bins.sum(axis=0, keepdims=True)
            today = today.each(lambda n: n.sum(axis=0, keepdims=True))
        mass = tally.bucket_mass[buckets]
        return cls(
            mass=cumulative(bins),
            count=cumulative(tally.counts[buckets, model, :size].sum(axis=0, dtype=np.int64)),
            today_mass=today,
            at_once={
                GOODS: mean_cluster_mass(mass[:, 0]),
                DEFECTS: mean_cluster_mass(mass[:, 1]),
                UNITS: mean_cluster_mass(mass.sum(axis=1)),
            },
            are_independent=independent,
        )

    @property
    def size(self) -> int:
        """Number of thresholds."""
        return self.count.tp.size

    def keep(self, condition: _Condition, level: float) -> NDArray[np.bool_]:
        """Whether the bounds of the condition's shares keep it, shape (K,)."""
        each = level / max(len(condition.terms), 1)
        total = np.zeros(self.size)
        for term in condition.terms:
            share, trials = self._share(term, each)
            exact = exact_upper if term.factor > 0 else exact_lower
            total = total + term.factor * exact(share * trials, trials, each)
        return np.asarray(total <= condition.most)

    def margin(self, condition: _Condition) -> Floats:
        """How far the condition is kept, in standard errors, shape (K,)."""
        total, variance = np.zeros(self.size), np.zeros(self.size)
        for term in condition.terms:
            share, trials = self._share(term, 0.05)
            smoothed = (share * trials + 0.5) / (trials + 1)
            total = total + term.factor * share
            variance = variance + term.factor**2 * smoothed * (1 - smoothed) / (trials + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            margin = (condition.most - total) / np.sqrt(variance)
        return np.nan_to_num(margin, nan=-np.inf, posinf=np.inf, neginf=-np.inf)

    def _share(self, term: _Term, level: float) -> tuple[Floats, Floats]:
        """A share, and how many independent rows tell as much of it; 0 of 0 where there are none."""
        mass = self.today_mass if term.is_today else self.mass
        part = np.sum([getattr(mass, name) for name in term.part], axis=0)
        of = np.sum([getattr(mass, name) for name in term.of], axis=0)
        whole = of.sum(axis=0)
        share = np.nan_to_num(ratio(part.sum(axis=0), whole))
        if self.are_independent:
            return share, whole
        rows = np.sum([getattr(self.count, name) for name in term.of], axis=0).astype(np.float64)
        kind = next(names for names in FIXED if set(term.of) <= set(names))
        effect = effect_of_buckets(part, of, rows, level, self.at_once[kind])
        return share, rows / effect
