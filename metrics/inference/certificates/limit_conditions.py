"""Limits as conditions that can be tested: on a share of rows, or on the mean loss of a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import Unit
from metrics.evaluation.shares_of_counts import Odds, Share, share_of
from metrics.evaluation.standard_objectives import payoff_of
from metrics.inference.certificates.unit_losses import LossLimit
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Scenario
from metrics.selection.limits import Limit
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class ShareLimit:
    """Limit that is met if a share of rows, times its factor, is at most ``most``.

    The factor is negative if the share must be large enough.
    """

    share: Share
    most: float

    @property
    def is_ceiling(self) -> bool:
        """Whether the share must be small enough."""
        return self.share.factor > 0

    @property
    def slope(self) -> int:
        """1 if the share times its factor only grows with the threshold, -1 if it only falls, else 0."""
        return self.share.order if self.is_ceiling else -self.share.order

    @property
    def value(self) -> float:
        """Share at which the limit is just met."""
        return self.most / self.share.factor


Condition = ShareLimit | LossLimit


def condition_of(limit: Limit, evaluation: Evaluation) -> Condition:
    """Express a limit as a condition on a share or on a mean loss.

    Raises
    ------
    ValueError
        If the limit is on neither.
    """
    condition = find_condition(limit, evaluation)
    if condition is None and evaluation.scenario.inspection is not None:
        raise ValueError("a limit to guarantee must be on what a model does without inspectors")
    if condition is None:
        raise ValueError(
            "a limit to guarantee must be on a rate of counts, a cost of errors or revenue, "
            f"got {limit.text!r}"
        )
    return condition


def find_condition(limit: Limit, evaluation: Evaluation) -> Condition | None:
    """Express a limit as a condition on a share or on a mean loss; `None` if it is on neither."""
    if evaluation.scenario.inspection is not None:
        return None  # The rates of inspectors are assumed, not observed.
    scenario, mass = evaluation.scenario, evaluation.tally.class_mass
    sign = 1.0 if limit.is_ceiling else -1.0
    name = limit.objective.id
    shares = share_of(limit.objective, mass, scenario)
    if isinstance(shares, Share):
        return ShareLimit(replace(shares, factor=sign * shares.factor), sign * limit.value)
    if isinstance(shares, Odds):
        # Let a and b be the shares of the two classes, each times the rate of its class. The condition is
        # factor * a / (a + b) <= value. Multiplied by a + b, it is a condition on a mean loss.
        assert scenario.defect_rate is not None
        first, second = shares.first.part, shares.second.part
        of_first = sign * scenario.defect_rate * (shares.factor - limit.value)
        of_second = sign * (scenario.defect_rate - 1) * limit.value
        losses = dict.fromkeys(first, of_first) | dict.fromkeys(second, of_second)
        return LossLimit(_by_outcome(losses), 0.0, by_class=True)
    total = _unit_total(limit, scenario) if limit.objective.is_standard else None
    if total is None:
        return None
    today = payoff_of(evaluation.current_counts.scaled(*evaluation.factors), scenario)
    is_undefined = (name == "revenue" and scenario.payoff is None) or (
        name == "revenue_impact_percent" and not today > 0
    )
    if is_undefined:
        return LossLimit(np.zeros((2, 2)), -1.0)  # An undefined figure meets no limit.
    on_defects, on_goods = evaluation.factors
    units = np.array([mass[0] * on_goods, mass[1] * on_defects])  # Good units, and defects.
    # The test is on the mean of a sample: of each class, or of all units. The figure is a sum over units.
    sample_size = units[:, None] if scenario.defect_rate is not None else units.sum()
    scale = sign * sample_size / (units.sum() if limit.objective.unit is Unit.SHARE else 1.0)
    class_amounts = np.array([[total.good], [total.defect]])
    return LossLimit(
        scale * (_by_outcome(total.point) + class_amounts),
        sign * total.value,
        # Without a current system every unit is shipped.
        scale * _by_outcome({} if scenario.today is None else total.today),
        by_class=scenario.defect_rate is not None,
    )


def _by_outcome(amounts: Mapping[str, float]) -> Floats:
    """Amounts of outcomes by class (good, defect) and by decision (shipped, flagged)."""
    return np.array(
        [[amounts.get(name, 0.0) for name in row] for row in (("tn", "fp"), ("fn", "tp"))]
    )


@dataclass(frozen=True)
class _UnitTotal:
    """Sum of amounts over all units, and the value that limits the sum.

    Attributes
    ----------
    point : dict of str to float
        Amount of a unit by its outcome at the operating point.
    today : dict of str to float
        Amount of a unit by its outcome under the current system.
    value : float
        Limit of the sum.
    good, defect : float
        Amount of every good unit, and of every defect.
    """

    point: dict[str, float]
    today: dict[str, float]
    value: float
    good: float = 0.0
    defect: float = 0.0


def _unit_total(limit: Limit, scenario: Scenario) -> _UnitTotal | None:
    """Express a limit as one on a sum over units; `None` if its objective is not such a sum."""
    name = limit.objective.id
    reads = limit.objective.reads
    if scenario.miss_cost_by_type and (
        "miss_cost" in reads or ("payoff" in reads and scenario.payoff is None)
    ):
        return None  # The cost depends on the kind of defect, which the counts do not distinguish.
    simple = {
        "misclassified_units": {"fn": 1.0, "fp": 1.0},
        "cost_of_errors": {"fn": scenario.miss_cost, "fp": 1.0},
        "share_flagged": {"tp": 1.0, "fp": 1.0},
        "flagged_per_day": {"tp": 1 / DAYS, "fp": 1 / DAYS},
    }
    if name in simple and (name != "flagged_per_day" or scenario.units_per_year is not None):
        return _UnitTotal(simple[name], {}, limit.value)
    if name not in ("revenue", "revenue_impact", "revenue_impact_percent"):
        return None
    pay = scenario.payoffs
    assert pay.ship_defect is not None  # The scenario fills in missing payoffs.
    flagged = {"tp": pay.reject_defect - pay.ship_defect, "fp": pay.reject_good - pay.ship_good}
    if name == "revenue":
        return _UnitTotal(flagged, {}, limit.value, pay.ship_good, pay.ship_defect)
    if name == "revenue_impact":
        return _UnitTotal(
            flagged, {outcome: -gain for outcome, gain in flagged.items()}, limit.value
        )
    # A change of p % in a positive payoff means: payoff - (1 + p / 100) * current payoff = 0.
    times = 1 + limit.value / 100
    today = {outcome: -times * gain for outcome, gain in flagged.items()}
    return _UnitTotal(
        flagged, today, 0.0, (1 - times) * pay.ship_good, (1 - times) * pay.ship_defect
    )
