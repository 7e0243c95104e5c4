"""Numbers as people write them, in an objective's own unit."""

from __future__ import annotations

import math

from metrics.objective import Direction, Objective, Unit
from metrics.scenario import Scenario

UNDEFINED = "undefined"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"


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


def _plain(value: float, unit: Unit, scenario: Scenario) -> str:
    """Size of a figure or of a difference, without the words around it."""
    if unit is Unit.MONEY:
        return money(value, scenario.currency)
    if unit is Unit.SHARE:
        return number(100 * value, 1 if abs(value) >= 0.001 or value == 0 else 3) + SPACE + "%"
    if unit is Unit.PERCENT:
        return number(value, 1) + SPACE + "%"
    if unit in (Unit.LOSS, Unit.SCORE):
        return number(value, 4)
    if unit is Unit.PER_1000_UNITS:
        return number(value, 2)
    whole = float(value).is_integer() or abs(value) >= 100
    return number(value, 0 if whole else 1)


def _is_visible(text: str) -> bool:
    """Whether a written number is other than 0."""
    return any(digit in "123456789" for digit in text)


def figure(objective: Objective, value: float, scenario: Scenario) -> str:
    """One figure of an objective, such as ``84.2`` or ``+EUR 1.21 m``; "undefined" for NaN."""
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "infinite"
    text = _plain(value, objective.unit, scenario)
    return "+" + text if objective.signed and value > 0 and _is_visible(text) else text


def unit_words(objective: Objective, scenario: Scenario) -> str:
    """What stands behind the figure: "a year", "per million", "in this file" or nothing."""
    counted = objective.unit in (Unit.COUNT, Unit.FALSE_ALARMS, Unit.MONEY)
    period = "a year" if scenario.units_per_year is not None else "in this file"
    if objective.unit is Unit.FALSE_ALARMS:
        return f"false alarms’ worth {period}"
    if objective.unit is Unit.PER_MILLION:
        return "per million"
    return period if counted else ""


def worse_by(objective: Objective, value: float, reference: float) -> float:
    """How much worse ``value`` is than ``reference``; negative where it is better."""
    return value - reference if objective.direction is Direction.MINIMISE else reference - value


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
    size = _plain(abs(gap), objective.unit, scenario)
    if not _is_visible(size):
        return f"the same as {than}"
    if objective.unit is Unit.FALSE_ALARMS:
        return f"{size} false alarms’ worth {'more' if gap > 0 else 'less'} than {than}"
    if objective.unit in (Unit.MONEY, Unit.LOSS, Unit.SCORE):
        return f"{size} {'above' if gap > 0 else 'below'} {than}"
    if objective.unit in (Unit.SHARE, Unit.PERCENT):
        points = size.removesuffix("%").rstrip(SPACE)
        return f"{points} points {'above' if gap > 0 else 'below'} {than}"
    per = " per million" if objective.unit is Unit.PER_MILLION else ""
    return f"{size} {'more' if gap > 0 else 'fewer'} {objective.label}{per} than {than}"


def threshold(value: float) -> str:
    """A threshold to four significant digits; "flag nothing" for infinity."""
    if math.isinf(value):
        return "flag nothing" if value > 0 else "flag everything"
    return f"{value + 0.0:.4g}".replace("-", MINUS)


def one_in(share: float) -> str:
    """A share as odds: ``1 in 32``.

    Examples
    --------
    >>> one_in(0.031), one_in(0.0008)
    ('1 in 32', '1 in 1,250')
    """
    return "none" if share <= 0 else f"1 in {number(1 / share)}"
