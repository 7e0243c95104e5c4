"""Guarantees: operating points that meet limits on new data, even after a choice among all points."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

from metrics.evaluation.evaluation import Evaluation, evaluate
from metrics.evaluation.operating_points import counts_at_points
from metrics.inference.certificates.limit_conditions import (
    Condition,
    ShareLimit,
    condition_of,
    find_condition,
)
from metrics.inference.certificates.mean_loss import mean_is_at_most
from metrics.inference.certificates.shares_of_rows import Buckets, SharesOfRows
from metrics.inference.certificates.unit_losses import LossLimit, UnitLosses, independent_units
from metrics.inference.confidence_level import LEVEL
from metrics.scenario.scenario import Looks, Scenario
from metrics.selection.limits import Limit, parse_limit
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

ORDERING_LEVEL = 0.05
"""Level of the design effects that order the points. The guarantee holds for any order."""
FIRST_BATCH, LARGEST_BATCH = 64, 1024
"""Number of points in the first batch of tests, and in the largest. Batches double until a point fails."""


def guaranteed(
    tally: Tally | Evaluation,
    limits: Sequence[str | Limit],
    *,
    confidence: float = LEVEL,
    scenario: Scenario | None = None,
    looks: int | None = None,
) -> pd.DataFrame:
    """Operating points that meet every limit on the population, with a confidence for all points together.

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

    *A share that only grows or only falls with the threshold* (recall, false alarms, units flagged) is tested
    threshold by threshold. The tests start at the end where the limit is met most surely, and stop at the
    first failure. The test is the exact binomial test at e' = e / (M D), with D = 2 if the limits need both
    ends and 1 otherwise. The first threshold that truly breaks a limit passes with a probability of at most
    e'. Zero missed defects of n guarantee a recall of r if r ** n <= e / M: 29 defects for 0.9 and one model,
    52 for eleven models.

    *Other figures* (precision, cost, revenue) need a split of the buckets. One bucket in three orders all
    points of all models by how far they meet the limits. The other buckets test the points in that order at e
    until the first that fails. Costs and revenue are means over units of a loss, which is tested by betting
    (`metrics.inference.certificates.mean_loss.mean_is_at_most`). Two shares at a set defect rate are tested
    the same way.

    *Comparison with the current system*: a unit's loss is the difference between the two systems. The loss is
    exact if the tally was counted by the current system's decision
    (``tally_scores(..., by=BreakdownColumns(today=(model, threshold)))``), and for thresholds of the current
    system's own model. Otherwise the test assumes the worst possible overlap of the units that both flag.

    Rows in groups or with weights count by their effective number. This number allows for groups that the
    file lacks by chance and in which all rows fail (`metrics.inference.design_effect.GroupedMean.effect`).

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
    parsed = [parse_limit(limit) if isinstance(limit, str) else limit for limit in limits]
    return _points_where(evaluation, is_guaranteed(evaluation, parsed, confidence=confidence))


def is_guaranteed(
    evaluation: Evaluation,
    limits: Sequence[Limit],
    *,
    confidence: float = LEVEL,
    shares: SharesOfRows | None = None,
) -> NDArray[np.bool_]:
    """Whether each operating point meets every limit on the population; see `guaranteed`.

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
    conditions = [condition_of(limit, evaluation) for limit in limits]
    shares = shares or SharesOfRows(evaluation.tally, evaluation.curves)
    level = error_of_look(confidence, evaluation)
    monotone = [c for c in conditions if isinstance(c, ShareLimit) and c.slope]
    if len(monotone) == len(conditions):
        passed = _passes_from_safe_end(monotone, level, shares)
    else:
        passed = _passes_in_order_of_margin(evaluation, conditions, level, shares)
    return np.asarray(passed[_is_operating_point(evaluation)])


def clearly_better(evaluation: Evaluation) -> pd.DataFrame:
    """Operating points that are certified to be better than the current system, all of them together.

    A point is better if it earns no less. It is also better if it misses no more defects and raises no more
    false alarms. Each of the two conditions is tested with half of the error probability.

    Parameters
    ----------
    evaluation : Evaluation
        Without inspectors.

    Returns
    -------
    DataFrame, one row per (model, threshold)
        Columns as from `guaranteed`. In a share of `LEVEL` of the samples all these points are better.
    """
    shares = SharesOfRows(evaluation.tally, evaluation.curves)
    level = error_of_look(LEVEL, evaluation) / 2
    # Losses by class (good, defect) and by decision (shipped, flagged).
    misses = np.array([[0.0, 0.0], [1.0, 0.0]])
    alarms = np.array([[0.0, 1.0], [0.0, 0.0]])
    no_more_errors: list[Condition] = [LossLimit(loss, 0.0, -loss) for loss in (misses, alarms)]
    gain = find_condition(parse_limit("revenue_impact >= 0"), evaluation)
    is_better = _passes_in_order_of_margin(evaluation, no_more_errors, level, shares)
    if gain is not None:
        is_better |= _passes_in_order_of_margin(evaluation, [gain], level, shares)
    return _points_where(evaluation, is_better[_is_operating_point(evaluation)])


def _is_operating_point(evaluation: Evaluation) -> NDArray[np.bool_]:
    """Whether each threshold of each model is an operating point."""
    return np.concatenate([model_curve.distinct for model_curve in evaluation.curves])


def _points_where(evaluation: Evaluation, mask: NDArray[np.bool_]) -> pd.DataFrame:
    """Models and thresholds of the operating points for which a mask is true."""
    columns = counts_at_points(evaluation)
    model_and_threshold = {name: columns[name][mask] for name in ("model", "threshold")}
    return pd.DataFrame(model_and_threshold).astype({"model": "str"})


def error_of_look(confidence: float, evaluation: Evaluation) -> float:
    """Error probability of one look."""
    looks = evaluation.scenario.looks
    return (1 - confidence) / (1 if looks is None else looks.of)


def can_be_guaranteed(limit: Limit, evaluation: Evaluation) -> bool:
    """Whether a limit can be guaranteed, because it is on a rate of counts or on a bounded mean."""
    return find_condition(limit, evaluation) is not None


def _before_first_failure(
    order: NDArray[np.intp], tests: Sequence[_ShareTest | _LossTest]
) -> NDArray[np.intp]:
    """Points that precede the first point that fails a test, in the order in which they are tested."""
    begin, size = 0, FIRST_BATCH
    while begin < order.size:
        batch = order[begin : begin + size]
        failed = np.flatnonzero(~np.all([test.passes(batch) for test in tests], axis=0))
        if failed.size:
            return order[: begin + failed[0]]
        begin, size = begin + size, min(2 * size, LARGEST_BATCH)
    return order


def _passes_from_safe_end(
    conditions: Sequence[ShareLimit], level: float, shares: SharesOfRows
) -> NDArray[np.bool_]:
    """Whether each threshold passes, tested from the end where the limits are met most surely.

    Every condition must only grow or only fall with the threshold. Models are tested one after another.
    """
    slopes = {condition.slope for condition in conditions}
    sequence_level = level / (len(shares.curves) * len(slopes))
    shares.compute([condition.share for condition in conditions], Buckets.ALL)
    passes_all = np.ones(shares.size, bool)
    for slope in slopes:
        tests = [
            _ShareTest(condition, shares, sequence_level, Buckets.ALL)
            for condition in conditions
            if condition.slope == slope
        ]
        has_passed = np.zeros(shares.size, bool)
        for first, last in itertools.pairwise([0, *shares.ends]):
            thresholds = np.arange(first, last)
            has_passed[_before_first_failure(thresholds[::slope], tests)] = True
        passes_all &= has_passed
    return passes_all


def _passes_in_order_of_margin(
    evaluation: Evaluation, conditions: Sequence[Condition], level: float, shares: SharesOfRows
) -> NDArray[np.bool_]:
    """Whether each threshold passes, tested in the order of its margin on other rows, all models together."""
    tests = [
        _ShareTest(condition, shares, level, Buckets.TESTING)
        if isinstance(condition, ShareLimit)
        else _LossTest.of(condition, evaluation, shares, level)
        for condition in conditions
    ]
    margins: Floats = np.stack([test.margin() for test in tests]).min(axis=0)
    # Points with equal margins are sorted by model and threshold.
    order = np.argsort(-margins, kind="stable")
    has_passed = np.zeros(order.size, bool)
    has_passed[_before_first_failure(order, tests)] = True
    return has_passed


@dataclass(frozen=True, eq=False)
class _ShareTest:
    """Limit on a share: its margin on the ordering rows, and its test on the rows in ``buckets``."""

    condition: ShareLimit
    shares: SharesOfRows
    level: float
    buckets: Buckets

    def margin(self) -> Floats:
        """Margin by which the limit is met, in standard errors, shape (K,)."""
        factor = self.condition.share.factor
        ordering = self.shares.share(self.condition.share, Buckets.ORDERING)
        trials = ordering.trials(ORDERING_LEVEL, is_upper=self.condition.is_ceiling)
        smoothed = (ordering.mean * trials + 0.5) / (trials + 1)
        error = abs(factor) * np.sqrt(smoothed * (1 - smoothed) / (trials + 1))
        return _in_standard_errors(self.condition.most - factor * ordering.mean, error)

    def passes(self, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the limit is met at some thresholds, by the exact binomial test."""
        condition, is_upper = self.condition, self.condition.is_ceiling
        testing = self.shares.share(condition.share, self.buckets)
        trials = testing.trials(self.level, is_upper=is_upper)[at]
        return _passes_binomial_test(
            testing.mean[at] * trials, trials, condition.value, self.level, is_upper=is_upper
        )


@dataclass(frozen=True, eq=False)
class _LossTest:
    """Limit on the mean loss of a unit: its margin on the ordering rows, and its test on the testing rows."""

    condition: LossLimit
    ordering: UnitLosses
    testing: UnitLosses
    evaluation: Evaluation
    shares: SharesOfRows
    level: float

    @classmethod
    def of(
        cls, condition: LossLimit, evaluation: Evaluation, shares: SharesOfRows, level: float
    ) -> _LossTest:
        losses = UnitLosses.of(condition, evaluation, shares)
        ordering, testing = losses.part(Buckets.ORDERING), losses.part(Buckets.TESTING)
        return cls(condition, ordering, testing, evaluation, shares, level)

    def margin(self) -> Floats:
        """Margin by which the limit is met, in standard errors, shape (K,)."""
        limit = self.condition
        today = self.evaluation.scenario.today if limit.today.any() else None
        counts = self.shares.cached(
            ("ordering", today, limit.by_class), lambda: self.ordering.counts_at(slice(None))
        )
        losses = self.ordering.with_counts(counts)
        gap = self.condition.most - np.sum([sample.mean for sample in losses], axis=0)
        with np.errstate(divide="ignore"):
            error = np.sqrt(np.sum([sample.variance / sample.units for sample in losses], axis=0))
        return _in_standard_errors(gap, error)

    def passes(self, at: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the limit is met at some thresholds."""
        units = independent_units(self.testing, self.evaluation, self.shares, self.level, at)
        testing = [
            sample if size is None else sample.scaled(size)
            for sample, size in zip(self.testing.at(at), units, strict=True)
        ]
        return mean_is_at_most(self.condition.most, self.level, testing, self.ordering.at(at))


def _in_standard_errors(gap: Floats, error: Floats) -> Floats:
    """A gap in units of its standard error. An undefined ratio is -inf, so that it is tested last."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.nan_to_num(gap / error, nan=-np.inf, posinf=np.inf, neginf=-np.inf)


def _passes_binomial_test(
    successes: Floats, trials: Floats, value: float, level: float, *, is_upper: bool
) -> NDArray[np.bool_]:
    """Whether a share is at most a value (``is_upper``) or at least a value, by the exact binomial test.

    Comparing the exact one-sided limit with the value has the same result, but needs an inverse.
    """
    x = min(max(value, 0.0), 1.0)
    failures = np.maximum(trials - successes, 0.0)
    if is_upper:
        if value >= 1:
            return np.ones(trials.shape, bool)
        # Probability of this number of successes or fewer, if the share is the value.
        chance = betainc(failures, successes + 1, 1 - x)
        return np.asarray((successes < trials) & (chance <= level) & (value > 0))
    if value <= 0:
        return np.ones(trials.shape, bool)
    # Probability of this number of successes or more, if the share is the value.
    chance = betainc(successes, failures + 1, x)
    return np.asarray((successes > 0) & (chance <= level) & (value < 1))
