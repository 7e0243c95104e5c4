"""Figures of an objective as they are written: decimals, currency, per cent and rounding by unit."""

from __future__ import annotations

import math

from dashboard.words.numbers.amounts import MILLION, is_visible, money, number, short_count
from dashboard.words.numbers.objective_units import is_money
from metrics.evaluation.objective import OBJECTIVES, Objective, Unit
from metrics.scenario.scenario import Scenario

UNDEFINED = "undefined"
_SHORT_FROM = {
    Unit.COUNT: MILLION,
    Unit.PER_DAY: MILLION,
    Unit.MONEY: MILLION,
    # Figures of these units are computed from counts, so their last digits mean nothing.
    Unit.FALSE_ALARMS: 1e4,
    Unit.PER_MILLION: 1e4,
}
"""Size from which a figure that is a count, or money without a currency, is written in three digits."""
_IN_PER_CENT = frozenset({Unit.SHARE, Unit.PERCENT})
_WITH_DECIMALS = _IN_PER_CENT | {Unit.LOSS, Unit.PER_1000_UNITS, Unit.SCORE}
"""Units with decimals. Figures of other units are counts."""
_NOTHING_ASSUMED = Scenario()


def figure(
    objective: Objective,
    value: float,
    scenario: Scenario,
    decimals: int | None = None,
    last: float = 0,
) -> str:
    """Format a figure of an objective, such as ``84.2`` or ``+EUR 1.21 m``; "undefined" for NaN.

    Parameters
    ----------
    decimals, last
        See `amount`.
    """
    if not math.isfinite(value):
        return UNDEFINED if math.isnan(value) else "infinite"
    per_cent = "%" if objective.unit in _IN_PER_CENT else ""
    text = amount(value, objective.unit, scenario, decimals, last) + per_cent
    return "+" + text if objective.signed and value > 0 and is_visible(text) else text


def in_per_cent(share: float) -> str:
    """Format a share in per cent."""
    return figure(OBJECTIVES["share_flagged"], share, _NOTHING_ASSUMED)


def amount(
    value: float, unit: Unit, scenario: Scenario, decimals: int | None = None, last: float = 0
) -> str:
    """Format a figure or a difference: money with its currency, a share in per cent without the sign.

    Parameters
    ----------
    decimals : int, optional
        Those of the figure by default. Money and large counts have three digits instead.
    last : float
        Value of the last digit if money or a large count is already rounded to it; 0 if not.
    """
    if is_money(unit, scenario):
        return money(value, scenario.currency, last)
    if is_short(value, unit):
        return short_count(value, last)
    places = decimals_of(value, unit) if decimals is None else decimals
    return number(100 * value if unit is Unit.SHARE else value, places)


def is_short(value: float, unit: Unit) -> bool:
    """Whether a figure that is no money is written in three digits."""
    return abs(value) >= _SHORT_FROM.get(unit, math.inf)


def decimals_of(value: float, unit: Unit) -> int:
    """Number of decimals of a figure. For a share they are decimals of the percentage."""
    if unit not in _WITH_DECIMALS:
        # Counts are whole, apart from rounding error.
        if abs(value) >= (100 if unit is Unit.COUNT else 1000):
            return 0
        is_whole = math.isfinite(value) and abs(value - round(value)) <= 1e-9 * abs(value)
        return 0 if is_whole else _decimals_if_tiny(value) or 1
    match unit:
        case Unit.LOSS:
            return 4
        case Unit.PER_1000_UNITS:
            return 2
        case Unit.SCORE:
            return decimals_below(value, 4, 1.0)
        case Unit.SHARE:
            return _decimals_if_tiny(100 * value) or decimals_below(100 * value, 1, 100.0)
    return _decimals_if_tiny(value) or 1


def _decimals_if_tiny(value: float) -> int:
    """Decimals that show two digits of a figure below 0.1; 0 for other figures.

    Rare defects must not read as none.
    """
    size = abs(value)
    return min(12, 1 - math.floor(math.log10(size))) if 0 < size < 0.1 else 0


def decimals_below(value: float, decimals: int, everything: float) -> int:
    """Decimals with which only a complete share is written as complete; at least ``decimals``.

    Examples
    --------
    >>> decimals_below(0.99996, 4, 1.0), decimals_below(1.0, 4, 1.0)
    (5, 4)
    """
    size = abs(value)
    while decimals < 12 and size < everything <= float(f"{size:.{decimals}f}"):
        decimals += 1
    return decimals
