"""People who look at doubtful units: what they find, what they cost, how many they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated

from metrics.scenario.capacity import HOURS, UTILISATION
from metrics.strict_mapping import STRICT, Must, Number, above, not_above, not_below

DAYS = 365
"""Of a production year."""
WEEK = 168
"""Hours of a week."""

_Share = Annotated[Number, not_below(0), not_above(1)]
_Price = Annotated[Number, not_below(0)]
_Range = Annotated[
    tuple[_Share, ...],
    Must("be the lowest and the highest share", lambda ends: len(ends) == 2 and ends[0] <= ends[1]),
]


@dataclass(frozen=True)
class Inspection:
    """What people do with the units that a model leaves to them.

    Attributes
    ----------
    price : float or None
        Of inspecting a unit, in the scenario's currency.
    false_alarms : float or None
        The same in false alarms, where ``price`` is None.
    catches : float
        Share of the inspected defects that is found.
    rejects : float
        Share of the inspected good units that is rejected by mistake.
    units_a_day : float or None
        That can be inspected, on each day of the year; None: as many as one likes.
    hours : float or None
        Working time that a unit takes; None: not known.
    utilisation : float
        Share of an inspector's time that goes into inspecting, above 0.
    hours_a_week : float or None
        For which the plant runs; None: all of them.
    catches_range, rejects_range : (float, float) or None
        Within which ``catches`` and ``rejects`` are known to lie, as people are measured too; None: exactly.
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
        """Whether somebody has said what it costs, without which nobody inspects."""
        return self.price is not None or self.false_alarms is not None

    @property
    def hours_a_year(self) -> float:
        """For which the plant runs."""
        week = WEEK if self.hours_a_week is None else self.hours_a_week
        return HOURS * week / WEEK

    def people(self, units: float) -> float:
        """People at work at the same time who inspect so many units a year, before rounding up.

        Returns
        -------
        float
            NaN if the time of an inspection is unknown.

        Notes
        -----
        Units an hour times the hours that each takes, over the utilisation.
        """
        if self.hours is None:
            return math.nan
        return units / self.hours_a_year * self.hours / self.utilisation

    @property
    def ends(self) -> tuple[Inspection, Inspection] | None:
        """Those who find least and those who find most of what their ranges allow; None without ranges."""
        if self.catches_range is None and self.rejects_range is None:
            return None
        catches = self.catches_range or (self.catches, self.catches)
        rejects = self.rejects_range or (self.rejects, self.rejects)
        known = replace(self, catches_range=None, rejects_range=None)
        return (
            replace(known, catches=catches[0], rejects=rejects[1]),
            replace(known, catches=catches[1], rejects=rejects[0]),
        )

    def most(self, units_per_year: float | None) -> float:
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
"""An `Inspection` from outside, of which somebody has said what it costs."""
