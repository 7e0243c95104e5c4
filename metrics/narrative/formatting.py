"""Numbers as people write them, in an objective's own unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from metrics.evaluation.objective import Objective, Unit
from metrics.scenario.scenario import Scenario

UNDEFINED = "undefined"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
_MONEYS = (Unit.MONEY, Unit.MONEY_A_YEAR)
APART = (*_MONEYS, Unit.MICROSECONDS)
"""Units whose words stand behind a comma where they follow the objective's name."""


def number(value: float, decimals: int = 0) -> str:
    """``value`` with thousands separators and a real minus sign."""
    text = f"{abs(value):,.{decimals}f}"
    return (MINUS if value < 0 and float(text.replace(",", "")) else "") + text


def money(value: float, currency: str) -> str:
    """Money to three significant digits: EUR 1.21 m, EUR 40 k, EUR 312.

    Examples
    --------
    >>> money(1_213_400, "EUR").replace(SPACE, " ")
    'EUR 1.21 m'
    >>> money(999_600, "EUR").replace(SPACE, " ")
    'EUR 1 m'
    """
    size, scale, suffix = abs(value), 1.0, ""
    if size < 0.005:  # nobody has half a cent; what is smaller is rounding
        size = 0.0
    for step, name in ((1e3, "k"), (1e6, "m"), (1e9, "bn")):
        if float(f"{size:.3g}") >= step:
            scale, suffix = step, SPACE + name
    text = f"{float(f'{size / scale:.3g}'):,.10g}"
    sign = MINUS if value < 0 and text != "0" else ""
    return f"{sign}{currency}{SPACE}{text}{suffix}"


def _decimals(value: float, unit: Unit) -> int:
    """How many decimals a figure of this unit is written with; shares and per cent in points."""
    if unit in (Unit.LOSS, Unit.SCORE):
        return 4
    if unit is Unit.PER_1000_UNITS:
        return 2
    if unit is Unit.SHARE:
        value = 100 * value
    if unit in (Unit.SHARE, Unit.PERCENT) or not (float(value).is_integer() or abs(value) >= 1000):
        if 0 < abs(value) < 0.1:  # rare defects must not read as none
            return min(12, 1 - math.floor(math.log10(abs(value))))
        return 1
    return 0


def is_money(unit: Unit, scenario: Scenario) -> bool:
    """Whether a figure of this unit is an amount in the scenario's currency."""
    return unit is Unit.MONEY_A_YEAR or (unit is Unit.MONEY and scenario.payoff is not None)


def _plain(value: float, unit: Unit, scenario: Scenario, decimals: int | None = None) -> str:
    """Size of a figure or of a difference, without the words around it."""
    if is_money(unit, scenario):
        return money(value, scenario.currency)
    places = _decimals(value, unit) if decimals is None else decimals
    if unit is Unit.SHARE:
        return number(100 * value, places) + SPACE + "%"
    return number(value, places) + (SPACE + "%" if unit is Unit.PERCENT else "")


def _is_visible(text: str) -> bool:
    """Whether a written number is other than 0."""
    return any(digit in "123456789" for digit in text)


def figure(
    objective: Objective, value: float, scenario: Scenario, decimals: int | None = None
) -> str:
    """One figure of an objective, such as ``84.2`` or ``+EUR 1.21 m``; "undefined" for NaN."""
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "infinite"
    text = _plain(value, objective.unit, scenario, decimals)
    return "+" + text if objective.signed and value > 0 and _is_visible(text) else text


def unit_words(objective: Objective, scenario: Scenario, *, named: str | None = None) -> str:
    """What stands behind the figure: "a year", "per million", "in this file" or nothing.

    Parameters
    ----------
    objective : Objective
    scenario : Scenario
    named : str, optional
        The period, instead of the scenario's own; without one where it is empty.
    """
    counted = objective.unit in (Unit.COUNT, Unit.FALSE_ALARMS, Unit.MONEY)
    period = named
    if period is None:
        period = "a year" if scenario.units_per_year is not None else "in this file"
        if scenario.units_per_year is None and scenario.defect_rate is not None:
            period = "in a file of this size"
    if objective.unit is Unit.MONEY and scenario.payoff is None:
        # Nobody has said what a unit earns: a good unit shipped counts one.
        return (
            "in the file’s own unit of value"
            if objective.needs_value
            else f"good units’ worth {period}".rstrip()
        )
    if objective.unit is Unit.FALSE_ALARMS:
        return f"false alarms’ worth {period}".rstrip()
    fixed = {
        Unit.PER_MILLION: "per million",
        Unit.MICROSECONDS: "µs a unit",
        Unit.MONEY_A_YEAR: "a year" if named is None else named,
    }
    if objective.unit in fixed:
        return fixed[objective.unit]
    return period if counted else ""


def worse_by(objective: Objective, value: float, reference: float) -> float:
    """How much worse ``value`` is than ``reference``; negative where it is better."""
    return float(objective.direction.loss(np.asarray(value - reference)))


def difference(
    objective: Objective, value: float, reference: float, scenario: Scenario, *, than: str
) -> str:
    """The gap between two figures in words: ``12 more missed per 1,000 defects than its own pick``.

    Parameters
    ----------
    objective : Objective
    value, reference : float
    scenario : Scenario
    than : str
        Name of the reference.

    Returns
    -------
    str
        "the same as ..." where nothing can be seen of the gap, "undefined" for NaN.
    """
    gap = value - reference
    if math.isnan(gap):
        return UNDEFINED
    if math.isinf(gap):
        return f"infinitely {'more' if gap > 0 else 'less'} than {than}"
    unit, decimals = objective.unit, 0
    if unit not in _MONEYS:
        # From the figures as they are written, so that a reader who subtracts finds the same.
        points = 100 if unit is Unit.SHARE else 1
        decimals = max(_decimals(value, unit), _decimals(reference, unit))
        gap = round(round(value * points, decimals) - round(reference * points, decimals), decimals)
        gap /= points
    size = _plain(abs(gap), unit, scenario, None if unit in _MONEYS else decimals)
    if not _is_visible(size):
        return f"the same as {than}"
    if objective.unit is Unit.FALSE_ALARMS:
        return f"{size} false alarms’ worth {'more' if gap > 0 else 'less'} than {than}"
    if objective.unit is Unit.MICROSECONDS:
        return f"{size}{SPACE}µs {'above' if gap > 0 else 'below'} {than}"
    if objective.unit in (*_MONEYS, Unit.LOSS, Unit.SCORE):
        return f"{size} {'above' if gap > 0 else 'below'} {than}"
    if objective.unit in (Unit.SHARE, Unit.PERCENT):
        bare = size.removesuffix("%").rstrip(SPACE)
        return f"{bare} points {'above' if gap > 0 else 'below'} {than}"
    per = " per million" if objective.unit is Unit.PER_MILLION else ""
    return f"{size} {'more' if gap > 0 else 'fewer'} {objective.label}{per} than {than}"


def _both_ends(
    low: float, high: float, unit: Unit, write: Callable[[float, int], str], value: float = 0.0
) -> tuple[str, str]:
    """Two ends as `write` has them with so many decimals: no more than the larger one's or the value's.

    Each keeps its own where it is so small that it might read as none, and where both would read alike.
    """
    own = [_decimals(end, unit) if math.isfinite(end) else 0 for end in (low, high)]
    most = own[0] if abs(low) >= abs(high) else own[1]
    if math.isfinite(value):  # else rounding could put it outside
        most = max(most, _decimals(value, unit))
    points = 100 if unit is Unit.SHARE else 1

    def cut(end: float, decimals: int) -> int:
        fewer = min(decimals, most)
        small = abs(points * end) < 0.1 or not _is_visible(number(points * end, fewer))
        return decimals if small else fewer

    fewer = [cut(end, decimals) for end, decimals in zip((low, high), own, strict=True)]
    alike = write(low, fewer[0]), write(high, fewer[1])
    return alike if alike[0] != alike[1] else (write(low, own[0]), write(high, own[1]))


def span(objective: Objective, value: float, low: float, high: float, scenario: Scenario) -> str:
    """The 95 % interval of a figure in words: ``95 %: 261 to 326``.

    Parameters
    ----------
    objective : Objective
    value, low, high : float
        The figure and the ends of its interval.
    scenario : Scenario

    Returns
    -------
    str
        Nothing where the interval is undefined, or where its ends read the same and say nothing.
    """
    if math.isnan(low) or math.isnan(high):
        return ""

    def write(end: float, decimals: int) -> str:
        return figure(objective, end, scenario, decimals)

    ends = _both_ends(low, high, objective.unit, write, value)
    if ends[0] == ends[1]:
        return ""
    if value == 0 == low and not objective.signed:
        return f"none seen: at most about {ends[1]}"
    return f"95 %: {ends[0]} to {ends[1]}"


def gap_span(objective: Objective, low: float, high: float, scenario: Scenario) -> str:
    """The 95 % interval of a gap in words, its ends with their signs: ``95 %: −349 to −271``.

    Returns
    -------
    str
        Nothing where it is undefined or its ends read the same.
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    unit = " points" if objective.unit in (Unit.SHARE, Unit.PERCENT) else ""

    def signed(end: float, decimals: int) -> str:
        text = _plain(end, objective.unit, scenario, decimals).removesuffix(SPACE + "%")
        return "+" + text if end > 0 and _is_visible(text) else text

    ends = _both_ends(low, high, objective.unit, signed)
    return "" if ends[0] == ends[1] else f"95 %: {ends[0]} to {ends[1]}{unit}"


FEWEST_DIGITS, MOST_DIGITS = 3, 6
"""Significant digits of a threshold that is read."""


def threshold(value: float, below: float = math.nan) -> str:
    """A threshold in three significant digits, more only where three would flag other units; six at most.

    Parameters
    ----------
    value : float
        The threshold.
    below : float
        The next lower score that is to stay unflagged; minus infinity where there is none. Where it is not
        known (NaN), or six digits do not tell it from ``value``, six are shown.

    Returns
    -------
    str
        What is cut off is cut off downwards, so that the unit at the threshold stays flagged.

    Examples
    --------
    >>> threshold(0.1384217, below=0.1379), threshold(0.1384217, below=0.13841), threshold(0.5)
    ('0.138', '0.13842', '0.5')
    """
    if math.isinf(value):
        return "flag nothing" if value > 0 else "flag everything"
    exact = shown = Decimal(repr(float(value)))
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        shown = exact.quantize(step, ROUND_FLOOR)
        if below < float(shown):
            break
    return _written(shown)


def exact_threshold(value: float) -> str:
    """A threshold with all its digits, as it stands where the pointer rests."""
    if math.isinf(value):
        return threshold(value)
    return _written(Decimal(repr(float(value))))


def _written(number: Decimal) -> str:
    if not -7 <= number.adjusted() <= 15 and number:
        return repr(float(number)).replace("-", MINUS)
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS) if _is_visible(text) else "0"


def one_in(share: float) -> str:
    """A share as odds: ``1 in 32``.

    Examples
    --------
    >>> one_in(0.031), one_in(0.0008)
    ('1 in 32', '1 in 1,250')
    """
    return "none" if share <= 0 else f"1 in {number(1 / share)}"
