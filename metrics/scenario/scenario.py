"""The scenario: payoffs, cost of a miss, production volume and defect rate, current system, limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError, shown
from metrics.scenario.capacity import HOURS, round_up
from metrics.scenario.inspection import GivenInspection
from metrics.scenario.serving import Serving
from metrics.strict_mapping import (
    STRICT,
    Must,
    Number,
    Text,
    Whole,
    above,
    below,
    not_below,
)

_CURRENCY_LENGTH = 12
ROUNDING = 1e-9
"""Largest relative difference of two costs of a miss that is rounding error."""


@dataclass(frozen=True)
class Payoff:
    """Earnings of one unit by true class and decision, in the scenario's currency."""

    __pydantic_config__ = STRICT

    ship_good: Number = 1.0
    reject_good: Number = 0.0
    ship_defect: Number | None = None
    """`None` means the negative of the scenario's cost of a miss."""
    reject_defect: Number = 0.0

    @property
    def miss_cost(self) -> float:
        """Cost of one missed defect in false alarms, by these payoffs; NaN if it is not meaningful.

        Notes
        -----
        (reject_defect - ship_defect) / (ship_good - reject_good): the gain of flagging a defect over the loss
        of flagging a good unit.
        """
        if self.ship_defect is None:
            return math.nan
        gain = self.reject_defect - self.ship_defect
        loss = self.ship_good - self.reject_good
        return gain / loss if loss > 0 and gain > 0 else math.nan


@dataclass(frozen=True)
class Today:
    """The current system: a model of the file at its own threshold."""

    __pydantic_config__ = STRICT

    model: Text
    threshold: Number


def check_current_system(model: str, models: Sequence[str], file: str = "") -> None:
    """Raise unless the model of the current system is one of the counted models.

    Raises
    ------
    ScoreError
        ``E_TODAY`` if it is not.
    """
    if model not in models:
        model_names = ", ".join(shown(name) for name in models[:12])
        raise ScoreError(
            "E_TODAY",
            f"today's model must be one of {model_names}, got {shown(model)!r}",
            file=file,
            value=model,
            hint="Name one of the file's models as today's system, or leave it out.",
        )


@dataclass(frozen=True)
class Looks:
    """Number of times that certified limits are tested while data grows, fixed before the first test.

    Attributes
    ----------
    of : int
        Total number of looks. The data of each look includes the data of the previous look.
    this : int or None
        Number of the current look; `None` if not specified.
    """

    __pydantic_config__ = STRICT

    of: Annotated[Whole, not_below(1)]
    this: Annotated[Whole, not_below(1)] | None = None


GivenLooks = Annotated[
    Looks, Must("be one of so many", lambda looks: (looks.this or 1) <= looks.of, "this")
]
"""`Looks` from external input."""


def _is_currency(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _CURRENCY_LENGTH


Currency = Annotated[Text, Must(f"be a text of 1 to {_CURRENCY_LENGTH} characters", _is_currency)]


@dataclass(frozen=True)
class Scenario:
    """The assumptions behind every figure: prices, defect rate, volume, current system, limits.

    Attributes
    ----------
    miss_cost : float
        Cost of a missed defect in false alarms. It may differ from the cost that the payoffs imply: misses
        then weigh more or less than their money.
    defect_rate : float or None
        Share of defects in production; `None` for the file's own.
    units_per_year : float or None
        Production volume; `None` for figures per file.
    currency : str
        Currency of the payoffs.
    payoff : Payoff or None
        Payoffs per unit; by default a good unit shipped earns 1, and a missed defect costs ``miss_cost``.
    today : Today or None
        The current system; `None` if every unit is shipped.
    limits : mapping of str to float
        Acceptable value by objective id.
    miss_cost_by_type : mapping of str to float, or None
        ``miss_cost`` by kind of defect; other kinds cost ``miss_cost``.
    inspection : Inspection or None
        Inspection of doubtful units by people, and its cost; `None` if a model ships or rejects alone.
    serving : Serving or None
        Load on a model in production, and its workers; `None` if unknown.
    looks : Looks or None
        Number of times that certified limits are tested; `None` for once.
    """

    __pydantic_config__ = STRICT

    miss_cost: Annotated[Number, above(0)] = 5.0
    defect_rate: Annotated[Number, above(0), below(1)] | None = None
    units_per_year: Annotated[Number, above(0)] | None = None
    currency: Currency = "EUR"
    payoff: Payoff | None = None
    today: Today | None = None
    limits: Mapping[Text, Number] = field(default_factory=dict)
    serving: Serving | None = None
    miss_cost_by_type: Mapping[str, Annotated[Number, not_below(0)]] | None = None
    inspection: GivenInspection | None = None
    looks: GivenLooks | None = None

    def __hash__(self) -> int:
        world = self.miss_cost, self.defect_rate, self.units_per_year, self.currency, self.payoff
        by_type = frozenset((self.miss_cost_by_type or {}).items())
        limits = frozenset(self.limits.items())
        return hash((world, self.today, limits, self.serving, by_type, self.inspection, self.looks))

    @property
    def payoffs(self) -> Payoff:
        """Payoffs with all defaults filled in."""
        named = self.payoff or Payoff()
        if not self.payoffs_follow_from_miss_cost:
            return named
        return replace(named, ship_defect=-self.miss_cost)

    @property
    def implied_miss_cost(self) -> float:
        """Cost of a missed defect in false alarms by the payoffs; NaN if they imply none."""
        is_implied = self.payoff is not None and not self.payoffs_follow_from_miss_cost
        return self.payoffs.miss_cost if is_implied else math.nan

    @property
    def miss_weight(self) -> float:
        """Factor between ``miss_cost`` and the cost that the payoffs imply; 1 if they agree or imply none."""
        weight = self.miss_cost / self.implied_miss_cost
        return weight if abs(weight - 1.0) > ROUNDING else 1.0

    @property
    def has_single_miss_cost(self) -> bool:
        """Whether a miss has a single price: no prices by kind of defect, and no inspectors."""
        return not self.miss_cost_by_type and self.inspection is None

    @property
    def is_revenue_decisive(self) -> bool:
        """Whether the point with the lowest cost of errors is also the one with the highest revenue."""
        is_implied = not math.isnan(self.implied_miss_cost) and self.miss_weight == 1
        return is_implied and self.has_single_miss_cost

    def with_miss_cost(self, alarms: float, weight: float = 1.0) -> Scenario:
        """The scenario at another cost of a miss, with the payoff of a shipped defect changed accordingly.

        Parameters
        ----------
        alarms : float
            Money that a miss costs, in false alarms.
        weight : float
            Factor between ``miss_cost`` and this money. It has no effect if the payoffs imply no cost.
        """
        implied = self.implied_miss_cost
        if math.isnan(implied):
            return replace(self, miss_cost=alarms)
        payoff = self.payoffs
        if not math.isclose(alarms, implied, rel_tol=ROUNDING):
            payoff = replace(
                payoff, ship_defect=payoff.reject_defect - alarms * self.false_alarm_costs
            )
        return replace(self, miss_cost=alarms * weight, payoff=payoff)

    @property
    def inspection_alarms(self) -> float:
        """Price of an inspection in false alarms; 0 without inspectors.

        Notes
        -----
        A price in money is divided by the loss of rejecting a good unit.
        """
        if self.inspection is None:
            return 0.0
        if self.inspection.price is None:
            return self.inspection.false_alarms or 0.0
        loss = self.false_alarm_costs
        return self.inspection.price / loss if loss > 0 else math.inf

    @property
    def inspection_price(self) -> float:
        """Price of an inspection in the scenario's currency; 0 without inspectors."""
        if self.inspection is None:
            return 0.0
        if self.inspection.price is not None:
            return self.inspection.price
        return (self.inspection.false_alarms or 0.0) * self.false_alarm_costs

    def inspectors(self, units: float) -> int | None:
        """Number of inspectors at work at the same time for a number of units a year.

        Returns
        -------
        int or None
            `None` if the time of an inspection or the units a year are unknown, or nothing is inspected.
        """
        if self.inspection is None or self.units_per_year is None:
            return None
        needed = self.inspection.people(units)
        return round_up(needed) if needed > 0 else None

    @property
    def false_alarm_costs(self) -> float:
        """Loss of rejecting a good unit, in the scenario's currency."""
        return self.payoffs.ship_good - self.payoffs.reject_good

    @property
    def requests_per_unit(self) -> float:
        """Number of requests per unit; NaN if the requests or the units of a year are unknown."""
        serving = self.serving
        if serving is None or serving.requests_per_hour is None or self.units_per_year is None:
            return math.nan
        return serving.requests_per_hour * HOURS / self.units_per_year

    @property
    def payoffs_follow_from_miss_cost(self) -> bool:
        """True if the payoff of a missed defect is not specified: it then follows from the cost of a miss."""
        return self.payoff is None or self.payoff.ship_defect is None

    @property
    def is_observed(self) -> bool:
        """Whether figures are the file's own, neither re-weighted nor scaled."""
        return self.defect_rate is None and self.units_per_year is None

    def factors(self, class_mass: NDArray[np.float64]) -> tuple[Any, Any]:
        """Factors on the defects and on the good units of a file.

        Parameters
        ----------
        class_mass : ndarray, shape (..., 2)
            Good units and defects of the file, both above 0.

        Returns
        -------
        (float or ndarray, float or ndarray)
            Factors for defects and for good units. Multiplied by them, counts become those of a production
            year. Without a volume they become those of a file of the same size at the scenario's defect rate.
        """
        if self.is_observed:
            return 1.0, 1.0
        goods, defects = class_mass[..., 0], class_mass[..., 1]
        units = self.units_per_year or goods + defects
        if self.defect_rate is None:
            whole = units / (goods + defects)  # exactly equal factors, so that ties stay ties
            return whole, whole
        return self.defect_rate * units / defects, (1.0 - self.defect_rate) * units / goods


def implied_odds(scenario: Scenario, class_mass: NDArray[np.float64]) -> float:
    """Odds of a defect above which flagging pays, if the scores are calibrated on the file.

    Parameters
    ----------
    scenario : Scenario
        Its ``miss_cost`` is r, the cost of a miss in false alarms.
    class_mass : ndarray, shape (2,)
        Good units and defects of the file.

    Returns
    -------
    float
        1 / r at the file's own defect rate, equal to a probability of 1 / (1 + r). At another rate a score
        means other odds. The result is then (1 / r) times the file's odds of a defect over the scenario's
        odds.

    References
    ----------
    Elkan, C.: The foundations of cost-sensitive learning. IJCAI 2001, theorem 2.
    """
    odds = 1.0 / scenario.miss_cost
    if scenario.defect_rate is not None:
        file_odds = float(class_mass[1] / class_mass[0])
        odds *= file_odds / (scenario.defect_rate / (1.0 - scenario.defect_rate))
    return odds
