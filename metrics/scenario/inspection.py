"""People who look at doubtful units: what they find, what they cost, how many they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from metrics.strict_mapping import STRICT, Must, Number, above, not_above, not_below

DAYS = 365
"""Of a production year."""

_Share = Annotated[Number, not_below(0), not_above(1)]
_Price = Annotated[Number, not_below(0)]


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
    longest_wait_hours : float or None
        For which a unit may wait until an inspector is free; None: any wait that does not grow for ever.
    """

    __pydantic_config__ = STRICT

    price: _Price | None = None
    false_alarms: _Price | None = None
    catches: _Share = 0.95
    rejects: _Share = 0.01
    units_a_day: Annotated[Number, above(0)] | None = None
    hours: Annotated[Number, above(0), not_above(24)] | None = None
    longest_wait_hours: Annotated[Number, above(0)] | None = None

    @property
    def is_priced(self) -> bool:
        """Whether somebody has said what it costs, without which nobody inspects."""
        return self.price is not None or self.false_alarms is not None

    def most(self, units_per_year: float | None) -> float:
        """Largest share of the units that can be inspected."""
        if self.units_a_day is None or units_per_year is None:
            return 1.0
        return min(1.0, self.units_a_day * DAYS / units_per_year)


def _has_one_price(inspection: Inspection) -> bool:
    return (inspection.price is None) != (inspection.false_alarms is None)


GivenInspection = Annotated[Inspection, Must("say either price or false_alarms", _has_one_price)]
"""An `Inspection` from outside, of which somebody has said what it costs."""
