"""Manual inspection of doubtful units: detection rates, cost, number of inspectors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated

from metrics.scenario.capacity import HOURS, UTILISATION
from metrics.strict_mapping import STRICT, Must, Number, above, not_above, not_below

DAYS = 365
"""Days in a production year."""
WEEK = 168
"""Hours in a week."""

_Share = Annotated[Number, not_below(0), not_above(1)]
_Price = Annotated[Number, not_below(0)]
_Range = Annotated[
    tuple[_Share, ...],
    Must("be the lowest and the highest share", lambda ends: len(ends) == 2 and ends[0] <= ends[1]),
]


@dataclass(frozen=True)
class Inspection:
    """Assumptions about the people who inspect units between two thresholds.

    Attributes
    ----------
    price : float or None
        Price of inspecting a unit, in the scenario's currency.
    false_alarms : float or None
        Price of inspecting a unit in false alarms, if ``price`` is `None`.
    catches : float
        Share of the inspected defects that are found.
    rejects : float
        Share of the inspected good units that are rejected by mistake.
    units_a_day : float or None
        Number of units that can be inspected on each day of the year; `None` for no limit.
    hours : float or None
        Working time for a unit; `None` if unknown.
    utilisation : float
        Share of an inspector's time that is spent on inspecting, above 0.
    hours_a_week : float or None
        Operating hours of the plant in a week; `None` for all hours.
    catches_range, rejects_range : (float, float) or None
        Ranges of ``catches`` and ``rejects`` if they were measured with uncertainty; `None` if exact.
    """

    __pydantic_config__ = STRICT

    price: _Price | None = None
    false_alarms: _Price | None = None
    catches: _Share = 0.95
    rejects: _Share = 0.01
    units_a_day: Annotated[Number, above(0)] | None = None
    hours: Annotated[Number, above(0), not_above(24)] | None = None
    utilisation: Annotated[Number, above(0), not_above(1)] = UTILISATION
    hours_a_week: Annotated[Number, above(0), not_above(WEEK)] | None = None
    catches_range: _Range | None = None
    rejects_range: _Range | None = None

    @property
    def is_priced(self) -> bool:
        """Whether inspecting has a price. Without a price no unit is inspected."""
        return self.price is not None or self.false_alarms is not None

    @property
    def hours_a_year(self) -> float:
        """Operating hours of the plant in a year."""
        week = WEEK if self.hours_a_week is None else self.hours_a_week
        return HOURS * week / WEEK

    def people(self, units: float) -> float:
        """Number of inspectors at work at the same time for a number of units a year, before rounding up.

        Returns
        -------
        float
            NaN if the time of an inspection is unknown.

        Notes
        -----
        Units per hour times hours per unit, over the utilisation.
        """
        if self.hours is None:
            return math.nan
        return units / self.hours_a_year * self.hours / self.utilisation

    @property
    def ends(self) -> tuple[Inspection, Inspection] | None:
        """Inspectors at the worse and at the better end of the ranges; `None` without ranges."""
        if self.catches_range is None and self.rejects_range is None:
            return None
        catches = self.catches_range or (self.catches, self.catches)
        rejects = self.rejects_range or (self.rejects, self.rejects)
        exact = replace(self, catches_range=None, rejects_range=None)
        return (
            replace(exact, catches=catches[0], rejects=rejects[1]),
            replace(exact, catches=catches[1], rejects=rejects[0]),
        )

    def largest_share(self, units_per_year: float | None) -> float:
        """Largest share of the units that can be inspected."""
        if self.units_a_day is None or units_per_year is None:
            return 1.0
        return min(1.0, self.units_a_day * DAYS / units_per_year)


def _lies_within(value: float, ends: tuple[float, ...] | None) -> bool:
    return ends is None or ends[0] <= value <= ends[1]


def _has_one_price(inspection: Inspection) -> bool:
    return (inspection.price is None) != (inspection.false_alarms is None)


GivenInspection = Annotated[
    Inspection,
    Must("say either price or false_alarms", _has_one_price),
    Must(
        "hold catches, which is 0.95 where it is left out",
        lambda people: _lies_within(people.catches, people.catches_range),
        "catches_range",
    ),
    Must(
        "hold rejects, which is 0.01 where it is left out",
        lambda people: _lies_within(people.rejects, people.rejects_range),
        "rejects_range",
    ),
]
"""An `Inspection` from external input, which must have a price."""
