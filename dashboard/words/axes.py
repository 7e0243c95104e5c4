"""Words on the axes of charts: titles with units, and formats of ticks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from dashboard.words.numbers.amounts import MINUS, SPACE, STEPS
from dashboard.words.numbers.objective_units import (
    is_in_false_alarms,
    is_money,
    label_before,
    unit_noun,
    unit_period,
    unit_words,
)
from metrics import Direction, Objective, Scenario, Unit

RESET_AXES = "Reset axes"
"""Label of the button that resets the zoom."""
LARGE = 1e6
"""Size from which the ticks of counts are in millions."""


def axis_title(o: Objective, scenario: Scenario, *, upright: bool = False) -> str:
    """Title of a horizontal or upright axis: name, unit and the direction in which it gets better."""
    title = title_with_unit(o, scenario, unit_period(o, scenario))
    return f"{title}, {better_words(o, upright=upright)}"


def title_with_unit(o: Objective, scenario: Scenario, period: str = "") -> str:
    """Name of an objective with its unit and a period. Money has its currency unless ticks show its sign."""
    # A difference in false alarms' worth is understood without its unit.
    is_explained = o.is_against_current and is_in_false_alarms(o, scenario)
    unit = f"{'' if is_explained else unit_noun(o, scenario)} {period}".strip()
    if is_money(o.unit, scenario) and not currency_sign(o, scenario):
        unit = f"{scenario.currency} {unit}"
    return label_before(o, unit) if unit else o.label


def axis_unit(o: Objective, scenario: Scenario) -> str:
    """Unit of an axis without the name of its objective: ``EUR a year``."""
    if o.unit in (Unit.SHARE, Unit.PERCENT):
        return "%"
    currency = scenario.currency if is_money(o.unit, scenario) else ""
    return f"{currency} {unit_words(o, scenario)}".strip()


def better_words(o: Objective, *, upright: bool = False) -> str:
    """Direction in which an axis gets better."""
    if o.direction is Direction.MAXIMISE:
        return f"better {'↑' if upright else '→'}"
    return "better ↓" if upright else "← better"


def currency_sign(o: Objective, scenario: Scenario) -> str:
    """Currency at the ticks of an axis of money: a sign such as €; empty for letters."""
    sign = scenario.currency
    is_sign = len(sign) == 1 and unicodedata.category(sign) == "Sc"
    return sign if is_sign and is_money(o.unit, scenario) else ""


def tick_words(o: Objective, scenario: Scenario, most: float) -> Callable[[float], str]:
    """Function that formats the ticks of an objective's axis.

    Parameters
    ----------
    most : float
        Largest absolute value on the axis. Counts from a million are shortened.
    """
    if o.unit is Unit.SHARE:
        return share_tick
    sign = currency_sign(o, scenario)
    is_short = is_money(o.unit, scenario) or most >= LARGE
    return lambda value: tick(value, sign=sign, is_short=is_short)


def share_tick(value: float) -> str:
    """Format a share at a tick in per cent."""
    return f"{tick(round(100 * value, 10))}%"


def tick(value: float, *, sign: str = "", is_short: bool = False) -> str:
    """Format a number at a tick.

    Examples
    --------
    >>> tick(-1_500_000, sign="€", is_short=True).replace(SPACE, " "), tick(20_000), tick(0.00005)
    ('−€1.5 m', '20,000', '0.00005')
    """
    size, suffix = abs(value), ""
    for step, name in reversed(STEPS if is_short else ()):
        if size >= step:
            size, suffix = size / step, SPACE + name
            break
    text = f"{size:,.10g}"
    if "e" in text and 1e-6 <= size < 1:
        text = f"{size:.12f}".rstrip("0")
    return (MINUS if value < 0 else "") + sign + text.replace("-", MINUS) + suffix
