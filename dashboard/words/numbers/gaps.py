"""Gaps between two figures, rounded as the figures are written: size and direction."""

from __future__ import annotations

import math
from typing import NamedTuple

from dashboard.words.numbers.amounts import SPACE, is_visible
from dashboard.words.numbers.figures import UNDEFINED, amount, decimals_of, is_short
from dashboard.words.numbers.objective_units import MONEYS, worth
from metrics.evaluation.objective import Objective, Unit
from metrics.scenario.scenario import Scenario

_SCALES = (*MONEYS, Unit.LOSS, Unit.SCORE, Unit.SHARE, Unit.PERCENT, Unit.MICROSECONDS)
"""Units whose figures are "above" or "below" others. Figures of other units are "more" or "fewer"."""
AFTER_SIZE = {Unit.SHARE: " points", Unit.PERCENT: " points", Unit.MICROSECONDS: f"{SPACE}µs"}
"""Unit after the size of a gap, if it has one that is no noun."""


class WrittenGap(NamedTuple):
    """Difference between two figures, rounded as on the screen.

    Attributes
    ----------
    size : float
        First minus second of the written figures, so that a reader who subtracts them finds the same; NaN
        if undefined.
    amount : str
        Absolute size in digits, with the currency of money; percentage points of a share or per cent.
    """

    objective: Objective
    size: float
    amount: str

    @property
    def is_defined(self) -> bool:
        """Whether both figures are defined."""
        return not math.isnan(self.size)

    @property
    def is_same(self) -> bool:
        """Whether the gap is written as 0."""
        return math.isfinite(self.size) and not is_visible(self.amount)

    @property
    def is_more(self) -> bool:
        """Whether the first figure is the larger one."""
        return self.size > 0

    @property
    def is_on_scale(self) -> bool:
        """Whether the first figure is "above" or "below" the second; otherwise it is "more" or "fewer"."""
        return self.objective.unit in _SCALES and math.isfinite(self.size)

    @property
    def measure(self) -> str:
        """Size with a unit that is no noun: ``2.1 points``, ``40 µs``."""
        return f"{self.amount}{AFTER_SIZE.get(self.objective.unit, '')}"

    def words(self, *, noun: bool = True, one: bool = False) -> str:
        """Words for the gap without the reference: ``12 more missed defects``.

        Parameters
        ----------
        noun : bool
            Whether to add the noun; without it, ``12 more``.
        one : bool
            Whether a gap of 1 has a singular noun: ``1 more missed defect``.
        """
        o, more_or_fewer = self.objective, direction_words(self.objective.unit)[self.is_more]
        if not self.is_defined:
            return UNDEFINED
        if self.is_same:
            return "the same"
        if self.is_on_scale:
            return f"{self.measure} {more_or_fewer}"
        if math.isinf(self.size):
            return f"infinitely {'more' if self.is_more else 'less'}"
        if o.unit is Unit.FALSE_ALARMS:
            return f"{self.amount}{f' {worth()}' if noun else ''} {more_or_fewer}"
        label = f" {o.of_one if one and self.amount == '1' else o.label}" if noun else ""
        per_million = " per million" if o.unit is Unit.PER_MILLION else ""
        return f"{self.amount} {more_or_fewer}{label}{per_million}"

    def than(self, reference: str) -> str:
        """Words for the gap with its reference: ``12 more missed defects than today``."""
        words = self.words(one=True)
        if not self.is_defined:
            return words
        if self.is_same:
            return f"{words} {self.objective.change_of or self.objective.label} as {reference}"
        return f"{words}{' ' if self.is_on_scale else ' than '}{reference}"


def direction_words(unit: Unit) -> tuple[str, str]:
    """Words for a lower and a higher figure of a unit, such as ("fewer", "more")."""
    if unit is Unit.FALSE_ALARMS:
        return "less", "more"
    return ("below", "above") if unit in _SCALES else ("fewer", "more")


def written_gap(
    objective: Objective, value: float, reference: float, scenario: Scenario
) -> WrittenGap:
    """Difference between two figures, rounded as they are written.

    Parameters
    ----------
    value, reference : float
        Figures in the objective's unit; NaN if undefined.
    """
    unit = objective.unit
    decimals = _shared_decimals(value, reference, unit)
    size = _size_in(value, reference, unit, decimals)
    is_finite = math.isfinite(size)
    return WrittenGap(
        objective, size, amount(abs(size), unit, scenario, decimals) if is_finite else ""
    )


def is_written_alike(
    objective: Objective, value: float, reference: float, scenario: Scenario
) -> bool:
    """Whether the gap between two figures is written as 0 (`WrittenGap.is_same`)."""
    # Figures are written to three digits or to a unit at least, so only close figures can read alike.
    if abs(value - reference) > 1 + 0.01 * max(abs(value), abs(reference)):
        return False
    return written_gap(objective, value, reference, scenario).is_same


def size_as_written(value: float, reference: float, unit: Unit) -> float:
    """Difference of two written figures. Money is subtracted before rounding, as its gap has fewer digits."""
    return _size_in(value, reference, unit, _shared_decimals(value, reference, unit))


def _size_in(value: float, reference: float, unit: Unit, decimals: int | None) -> float:
    if unit in MONEYS or not math.isfinite(value - reference):
        return value - reference
    if decimals is None:
        return _as_written(value, unit) - _as_written(reference, unit)
    points = 100 if unit is Unit.SHARE else 1
    read = round(value * points, decimals) - round(reference * points, decimals)
    return round(read, decimals) / points


def _as_written(value: float, unit: Unit) -> float:
    """Value of a count as it is written, in three digits if it is large."""
    if is_short(value, unit):
        return float(f"{value:.3g}")
    return round(value, decimals_of(value, unit))


def _shared_decimals(value: float, reference: float, unit: Unit) -> int | None:
    """Decimals of the gap between two figures; `None` if it is written in three digits."""
    if unit in MONEYS or is_short(value, unit) or is_short(reference, unit):
        return None
    return max(decimals_of(value, unit), decimals_of(reference, unit))


def worse_by(objective: Objective, value: float, reference: float) -> float:
    """Amount by which a value is worse than a reference; negative if it is better."""
    return objective.direction.loss(value - reference)
