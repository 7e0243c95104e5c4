"""Number formats of the screen: figures, money, intervals, differences and thresholds, with their units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from string import ascii_lowercase

import numpy as np

from metrics.evaluation.objective import OBJECTIVES, Objective, Unit
from metrics.inference.comparison import Chance, Gap
from metrics.scenario.scenario import Scenario
from metrics.selection.picks import is_equal

UNDEFINED = "undefined"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
_MONEYS = (Unit.MONEY, Unit.MONEY_A_YEAR)
_SCALES = (*_MONEYS, Unit.LOSS, Unit.SCORE, Unit.SHARE, Unit.PERCENT, Unit.MICROSECONDS)
"""Units whose figures are "above" or "below" others. Figures of other units are "more" or "fewer"."""
APART = (*_MONEYS, Unit.MICROSECONDS, Unit.FALSE_ALARMS)
"""Units that are written after the objective's name and a comma."""
MOST_ENTERED = 6
"""Most digits of an entered number."""
CHANCE = {Chance.CLEAR: "clear", Chance.POSSIBLE: "may be chance", Chance.UNKNOWN: "unknown"}
"""Words on whether a difference may be chance."""
STEPS = ((1e3, "k"), (1e6, "m"), (1e9, "bn"))
"""Names of large figures. Those of counts begin with the second."""
_COUNTED = (Unit.COUNT, Unit.PER_DAY, Unit.FALSE_ALARMS, Unit.MONEY)
"""Units whose large figures are written in three digits."""
_COMPUTED = (Unit.FALSE_ALARMS, Unit.PER_MILLION)
"""Units of figures that are computed from counts. Large figures are written in three digits."""
_OF_ALL = (Unit.SHARE, Unit.SCORE)
"""Units with an upper end: 100%, or a score of 1."""
_DIGITS_ABOVE_0 = frozenset("123456789")
_NOTHING_ASSUMED = Scenario()
FEWEST_DIGITS, MOST_DIGITS = 3, 6
"""Least and most significant digits of a threshold on the screen."""


def number(value: float, decimals: int = 0) -> str:
    """Format a value with thousands separators and a real minus sign."""
    text = f"{abs(value):,.{decimals}f}"
    return (MINUS if value < 0 and float(text.replace(",", "")) else "") + text


def digits(value: float, most: int = 3, *, up: bool | None = None) -> str:
    """Format a number above 0 in few significant digits.

    Parameters
    ----------
    value : float
    most : int
        Most significant digits.
    up : bool, optional
        Round upwards or downwards; to the nearest by default.

    Examples
    --------
    >>> digits(39.947), digits(39.947, up=True), digits(2.0), digits(2300.4, 2), digits(0.061068, up=True)
    ('39.9', '40', '2', '2,300', '0.0611')
    """
    places = _places(value, most)
    text = number(to_digits(value, most, up=up), max(places, 0))
    return text.rstrip("0").rstrip(".") if "." in text else text


def entered(value: float) -> str:
    """Format a positive number: an entered number in full, a computed number in three digits.

    Examples
    --------
    >>> entered(5.0), entered(13.75), entered(40 / 3)
    ('5', '13.75', '13.3')
    """
    exact = digits(value, MOST_ENTERED)
    return exact if math.isclose(float(exact.replace(",", "")), value) else digits(value)


def to_digits(value: float, most: int = 3, *, up: bool | None = None) -> float:
    """Round a number as `digits` writes it."""
    places = _places(value, most)
    scaled = value * 10.0**places
    near = round(scaled)
    if up is not None and not math.isclose(scaled, near, rel_tol=1e-15):
        near = math.ceil(scaled) if up else math.floor(scaled)
    return round(near / 10.0**places, max(places, 0))


def _places(value: float, most: int) -> int:
    """Decimals for a number of significant digits; negative if digits before the point are rounded."""
    return most - 1 - math.floor(math.log10(value)) if value else 0


def money(value: float, currency: str, step: float = 0) -> str:
    """Format money to three significant digits, or to a multiple of `step`: EUR 1.21 m, EUR 40 k.

    Examples
    --------
    >>> money(1_213_400, "EUR").replace(SPACE, " ")
    'EUR 1.21 m'
    >>> money(999_600, "EUR").replace(SPACE, " ")
    'EUR 1 m'
    """
    # Amounts below half a cent are rounding error.
    text = _in_steps(0.0 if abs(value) < 0.005 else abs(value), STEPS, step)
    sign = MINUS if value < 0 and text != "0" else ""
    return f"{sign}{before_amount(currency)}{text}"


def price_size(value: float) -> str:
    """Format a price or minutes in three digits, without rounding whole units: ``0.714``, ``1,234``."""
    return f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


def before_amount(currency: str) -> str:
    """Format a currency before an amount. Only a sign such as € has no space after it."""
    is_sign = len(currency) == 1 and not currency.isalnum()
    return currency if is_sign or not currency else currency + SPACE


def _in_steps(size: float, steps: Sequence[tuple[float, str]], last: float = 0) -> str:
    """Format a size in three significant digits, with the name of the largest step that it reaches.

    The size may already be rounded (`_outwards`). Then ``last`` is the value of its last digit.

    Examples
    --------
    >>> [_in_steps(98e6, STEPS, last).replace(SPACE, " ") for last in (0, 1e6, 1e5)]
    ['98 m', '98 m', '98.0 m']
    """
    scale, suffix, rounded = 1.0, "", float(f"{size:.3g}")
    for step, name in steps:
        if rounded >= step:
            scale, suffix = step, SPACE + name
    shown = float(f"{size / scale:.3g}")
    if not last or not shown < 1e10:  # Sizes beyond the largest name have three digits.
        return f"{shown:,.10g}{suffix}"
    last, places = _last_place(size, last), 0
    while last < scale:
        last *= 10
        places += 1
    return f"{size / scale:,.{places}f}{suffix}"


def _is_many(value: float, unit: Unit) -> bool:
    """Whether a count is written in three digits: from a million on, or from 10,000 if it is computed."""
    most = 1e4 if unit in _COMPUTED else STEPS[1][0] if unit in _COUNTED else math.inf
    return abs(value) >= most


def count(value: float) -> str:
    """Format a count: ``1,234`` or, from a million on, ``1.23 m``.

    Examples
    --------
    >>> count(999_999), count(330_690_000).replace(SPACE, " "), count(-1.2e9).replace(SPACE, " ")
    ('999,999', '331 m', '−1.2 bn')
    """
    if not _is_many(value, Unit.COUNT):
        return number(value)
    return (MINUS if value < 0 else "") + _in_steps(abs(value), STEPS[1:])


def _decimals(value: float, unit: Unit) -> int:
    """Number of decimals of a figure. For a share they are decimals of the percentage."""
    if unit in (Unit.LOSS, Unit.SCORE):
        return 4 if unit is Unit.LOSS else below_all(value, 4, 1.0)
    if unit is Unit.PER_1000_UNITS:
        return 2
    if unit is Unit.SHARE:
        value = 100 * value
    # Counts are whole, apart from rounding error.
    is_whole = math.isfinite(value) and abs(value - round(value)) <= 1e-9 * abs(value)
    many = 100 if unit is Unit.COUNT else 1000
    if unit in (Unit.SHARE, Unit.PERCENT) or not (is_whole or abs(value) >= many):
        if 0 < abs(value) < 0.1:  # Rare defects must not read as none.
            return min(12, 1 - math.floor(math.log10(abs(value))))
        return below_all(value, 1, 100.0) if unit is Unit.SHARE else 1
    return 0


def below_all(value: float, decimals: int, everything: float) -> int:
    """Decimals with which only a complete share is written as complete; at least ``decimals``.

    Examples
    --------
    >>> below_all(0.99996, 4, 1.0), below_all(1.0, 4, 1.0)
    (5, 4)
    """
    size = abs(value)
    while decimals < 12 and size < everything <= float(f"{size:.{decimals}f}"):
        decimals += 1
    return decimals


def is_money(unit: Unit, scenario: Scenario) -> bool:
    """Whether a figure of this unit is an amount in the scenario's currency."""
    return unit is Unit.MONEY_A_YEAR or (unit is Unit.MONEY and scenario.payoff is not None)


def _amount(
    value: float, unit: Unit, scenario: Scenario, decimals: int | None = None, step: float = 0
) -> str:
    """Format a figure or a difference: money with its currency, a share in per cent without the sign."""
    if is_money(unit, scenario):
        return money(value, scenario.currency, step)
    if _is_many(value, unit):
        return (MINUS if value < 0 else "") + _in_steps(abs(value), STEPS[1:], step)
    places = _decimals(value, unit) if decimals is None else decimals
    return number(100 * value if unit is Unit.SHARE else value, places)


def _plain(
    value: float, unit: Unit, scenario: Scenario, decimals: int | None = None, step: float = 0
) -> str:
    """Format a figure as `_amount` does, with the sign of per cent."""
    sign = "%" if unit in (Unit.SHARE, Unit.PERCENT) else ""
    return _amount(value, unit, scenario, decimals, step) + sign


def _is_visible(text: str) -> bool:
    """Whether a written number is other than 0."""
    return not _DIGITS_ABOVE_0.isdisjoint(text)


def figure(
    objective: Objective,
    value: float,
    scenario: Scenario,
    decimals: int | None = None,
    step: float = 0,
) -> str:
    """Format a figure of an objective, such as ``84.2`` or ``+EUR 1.21 m``; "undefined" for NaN.

    Money and large counts are rounded to a multiple of `step`.
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "infinite"
    text = _plain(value, objective.unit, scenario, decimals, step)
    return "+" + text if objective.signed and value > 0 and _is_visible(text) else text


def period_of(scenario: Scenario) -> str:
    """Period of counts: "a year", "in this file" or "in a file of this size"."""
    if scenario.units_per_year is not None:
        return "a year"
    return "in this file" if scenario.defect_rate is None else "in a file of this size"


def unit_words(objective: Objective, scenario: Scenario) -> str:
    """Unit after a figure: "a year", "per million", "in this file" or nothing."""
    return f"{unit_noun(objective, scenario)} {unit_period(objective, scenario)}".strip()


def is_of_file(objective: Objective, scenario: Scenario) -> bool:
    """Whether a figure is a count or an amount of this file."""
    return scenario.units_per_year is None and bool(unit_period(objective, scenario))


def short_unit(objective: Objective, scenario: Scenario) -> str:
    """Unit after a figure, without "in this file"."""
    if is_of_file(objective, scenario):
        return unit_noun(objective, scenario)
    return unit_words(objective, scenario)


def label_with_unit(objective: Objective, scenario: Scenario) -> str:
    """Label of an objective with its unit, as a heading.

    Examples
    --------
    >>> a_year = Scenario(units_per_year=1e6)
    >>> label_with_unit(OBJECTIVES["missed_defects"], a_year), label_with_unit(OBJECTIVES["log_loss"], a_year)
    ('missed defects a year', 'log loss')
    >>> label_with_unit(OBJECTIVES["cost_of_errors"], a_year)
    'cost of errors a year, counted in false alarms'
    """
    unit = unit_words(objective, scenario)
    if not unit:
        return objective.label
    if objective.unit is Unit.FALSE_ALARMS:  # Without the unit, readers take a cost for money.
        period = unit_period(objective, scenario)
        return f"{objective.label} {period}, counted in false alarms"
    return f"{objective.label}{', ' if objective.unit in APART else ' '}{unit}"


def unit_noun(objective: Objective, scenario: Scenario, *, one: bool = False) -> str:
    """Unit after a figure, without its period: "false alarms’ worth", "per million" or nothing.

    Parameters
    ----------
    objective : Objective
    scenario : Scenario
    one : bool
        Whether the figure is 1: "false alarm’s worth".
    """
    if objective.unit is Unit.MONEY and scenario.payoff is None:
        return "in the file’s own unit of value" if objective.needs_value else worth(one=one)
    if objective.unit is Unit.FALSE_ALARMS:
        return worth(one=one)
    if objective.unit is Unit.PER_MILLION:
        return "per million"
    return "µs a unit" if objective.unit is Unit.MICROSECONDS else ""


def worth(*, one: bool) -> str:
    """Unit of a worth without payoffs, such as the worth of a good unit: ``false alarms’ worth``."""
    return "false alarm’s worth" if one else "false alarms’ worth"


def unit_period(objective: Objective, scenario: Scenario) -> str:
    """Period of an objective's figures if they are counts or money; otherwise empty."""
    if objective.unit is Unit.MONEY_A_YEAR:
        return "a year"
    in_own_unit = scenario.payoff is None and objective.needs_value
    counted = objective.unit in (Unit.COUNT, Unit.FALSE_ALARMS) or (
        objective.unit is Unit.MONEY and not in_own_unit
    )
    return period_of(scenario) if counted else ""


def worse_by(objective: Objective, value: float, reference: float) -> float:
    """Amount by which a value is worse than a reference; negative if it is better."""
    return float(objective.direction.loss(np.asarray(value - reference)))


@dataclass(frozen=True)
class WrittenGap:
    """Gap between two figures, rounded as on the screen.

    Attributes
    ----------
    objective : Objective
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
        return math.isfinite(self.size) and not _is_visible(self.amount)

    @property
    def is_more(self) -> bool:
        """Whether the first figure is the larger one."""
        return self.size > 0

    @property
    def measure(self) -> str:
        """Size with a unit that is no noun: ``2.1 points``, ``40 µs``."""
        if self.objective.unit is Unit.MICROSECONDS:
            return f"{self.amount}{SPACE}µs"
        in_points = self.objective.unit in (Unit.SHARE, Unit.PERCENT)
        return f"{self.amount} points" if in_points else self.amount

    def words(self, *, noun: bool = True, one: bool = False) -> str:
        """Words for the gap without the reference: ``12 more missed defects``.

        Parameters
        ----------
        noun : bool
            Whether to add the noun; without it, ``12 more``.
        one : bool
            Whether a gap of 1 has a singular noun: ``1 more missed defect``.
        """
        if not self.is_defined:
            return UNDEFINED
        if self.is_same:
            return "the same"
        if self.has_ends:
            return f"{self.measure} {'above' if self.is_more else 'below'}"
        return self._more(noun, one)

    def than(self, reference: str) -> str:
        """Words for the gap with its reference: ``12 more missed defects than today``."""
        words = self.words(one=True)
        if not self.is_defined:
            return words
        joint = " as " if self.is_same else " " if self.has_ends else " than "
        return f"{words}{joint}{reference}"

    @property
    def has_ends(self) -> bool:
        """Whether the words are "above" and "below"."""
        return self.objective.unit in _SCALES and math.isfinite(self.size)

    def _more(self, noun: bool, one: bool) -> str:
        unit = self.objective.unit
        if math.isinf(self.size):
            return f"infinitely {'more' if self.is_more else 'less'}"
        if unit is Unit.FALSE_ALARMS:
            of = f" {worth(one=False)}" if noun else ""
            return f"{self.amount}{of} {'more' if self.is_more else 'less'}"
        o = self.objective
        label = f" {o.of_one if one and self.amount == '1' else o.label}" if noun else ""
        per = " per million" if unit is Unit.PER_MILLION else ""
        return f"{self.amount} {'more' if self.is_more else 'fewer'}{label}{per}"


def written_gap(
    objective: Objective, value: float, reference: float, scenario: Scenario
) -> WrittenGap:
    """Gap between two figures, rounded as they are written.

    Parameters
    ----------
    objective : Objective
    value, reference : float
        Figures in the objective's unit; NaN if undefined.
    scenario : Scenario
        Scenario with the currency.
    """
    size, unit, decimals = value - reference, objective.unit, None
    if not math.isfinite(size):
        return WrittenGap(objective, size, "")
    if unit not in _MONEYS and not (_is_many(value, unit) or _is_many(reference, unit)):
        decimals = max(_decimals(value, unit), _decimals(reference, unit))
    size = _size_as_written(value, reference, unit)
    return WrittenGap(objective, size, _amount(abs(size), unit, scenario, decimals))


def _size_as_written(value: float, reference: float, unit: Unit) -> float:
    """Difference of two written figures. Money is subtracted before rounding, as its gap has fewer digits."""
    if unit in _MONEYS or not math.isfinite(value - reference):
        return value - reference
    if _is_many(value, unit) or _is_many(reference, unit):
        return as_read(value, unit) - as_read(reference, unit)
    decimals = max(_decimals(value, unit), _decimals(reference, unit))
    points = 100 if unit is Unit.SHARE else 1
    read = round(value * points, decimals) - round(reference * points, decimals)
    return round(read, decimals) / points


def as_read(value: float, unit: Unit) -> float:
    """Value of a count as it is written."""
    return float(f"{value:.3g}") if _is_many(value, unit) else round(value, _decimals(value, unit))


def _both_ends(
    low: float, high: float, unit: Unit, write: Callable[[float, int], str], value: float = math.nan
) -> tuple[str, str]:
    """Format both ends of an interval with the decimals of the value, or at most those of the larger end.

    An end has more decimals if it would otherwise read as 0 or 100%, or like the other end.
    """
    places = [_decimals(end, unit) if math.isfinite(end) else 0 for end in (low, high)]
    most = places[0] if abs(low) >= abs(high) else places[1]
    if math.isfinite(value):
        most = _decimals(value, unit)
    points = 100 if unit is Unit.SHARE else 1

    def decimals_of(end: float, decimals: int) -> int:
        fewer = min(decimals, most)
        small = abs(points * end) < 0.1 or not _is_visible(number(points * end, fewer))
        nearly_all = unit in _OF_ALL and below_all(points * end, fewer, points) > fewer
        return decimals if small or nearly_all else fewer

    written = write(low, decimals_of(low, places[0])), write(high, decimals_of(high, places[1]))
    if written[0] != written[1]:
        return written
    # Both ends have equal decimals, so that equal ends do not read as 1,000 to 1,000.0.
    return write(low, max(places)), write(high, max(places))


def _outwards(
    low: float, high: float, unit: Unit, step: float, *, in_money: bool = False
) -> tuple[float, float]:
    """Round an interval outwards to a step, so that it still contains its figures.

    Only counts and money are rounded: no interval is known to a single unit.

    Parameters
    ----------
    step : float
        Value of the third digit of the largest figure (`shared_step`). An end that would have a single digit
        left is rounded to a tenth of the step, and so on.

    Examples
    --------
    >>> _outwards(16_117, 430_543, Unit.COUNT, 1e3), _outwards(99.55e6, 105e6, Unit.COUNT, 1e6)
    ((16000.0, 431000.0), (99000000.0, 105000000.0))
    """
    if math.isfinite(low) and math.isfinite(high) and number(low, 0) == number(high, 0):
        return low, high  # Both ends are equal, since all resamples are equal.

    def rounded(end: float, *, up: bool) -> float:
        is_cut = in_money or unit in (Unit.COUNT, Unit.PER_DAY, *_COMPUTED) or _is_many(end, unit)
        if not (is_cut and step and math.isfinite(end)) or (abs(end) < 10 and not in_money):
            return end
        return beyond(end, _last_place(abs(end), step), up=up)

    return rounded(low, up=False), rounded(high, up=True)


def beyond(end: float, step: float, *, up: bool) -> float:
    """Next multiple of a step below or above an end. A multiple stays as it is, apart from rounding error.

    Examples
    --------
    >>> beyond(5.354, 0.5, up=False), beyond(5.354, 0.5, up=True), beyond(-3.0, 1.0, up=True)
    (5.0, 5.5, -3.0)
    """
    steps = end / step
    near = math.floor(steps + 0.5)
    if abs(steps - near) > 1e-9:
        near = math.ceil(steps) if up else math.floor(steps)
    return near * step


def _last_place(size: float, step: float) -> float:
    """Value of the last digit of an end: the step, or less if needed for two digits; at least 1."""
    while step > 1 and size < 10 * step:
        step /= 10
    return step


def _step(size: float) -> float:
    """Value of the third digit of a size, at least 1."""
    step = 1.0
    while size >= 1e3 * step:
        step *= 10
    return step


def shared_step(*figures: float) -> float:
    """Value of the third digit of the largest figure; 0 if it is at most 1.

    Examples
    --------
    >>> shared_step(98.3e6, 114e6), shared_step(999.7e3, -5.0), shared_step(312.0)
    (1000000.0, 10000.0, 0)
    >>> shared_step(1.797e308) > 1e305
    True
    """
    largest = max((abs(size) for size in figures if math.isfinite(size)), default=0.0)
    rounded = float(f"{largest:.3g}")  # The largest float is rounded to infinity.
    step = _step(rounded if math.isfinite(rounded) else largest)
    return step if step > 1 else 0


def ends(objective: Objective, value: float, low: float, high: float, scenario: Scenario) -> str:
    """Format the 95% interval of a figure, without a label: ``261 to 326``.

    Parameters
    ----------
    objective : Objective
    value, low, high : float
        The figure and the ends of its interval.
    scenario : Scenario

    Returns
    -------
    str
        Empty if the interval is undefined or its ends read the same.
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    if figure(objective, low, scenario) == figure(objective, high, scenario):
        return ""
    unit, step = objective.unit, shared_step(value, low, high)
    in_money = is_money(unit, scenario)

    def write(end: float, decimals: int) -> str:
        return figure(objective, end, scenario, decimals, step)

    outer = _outwards(low, high, unit, step, in_money=in_money)
    # Amounts of money are written without decimals.
    written = (
        (write(outer[0], 0), write(outer[1], 0))
        if in_money
        else _both_ends(*outer, unit, write, value)
    )
    if written[0] == written[1]:  # The step of a much larger value is too coarse for the ends.
        written = (figure(objective, low, scenario), figure(objective, high, scenario))
    if _is_none_seen(objective, value, low):
        return f"none seen: at most about {written[1]}"
    if in_money:  # Each end names its own unit.
        return " to ".join(written)
    return " to ".join(_sharing_unit(*written))


def _sharing_unit(low: str, high: str) -> tuple[str, str]:
    """Ends of an interval with their unit at the second only: ``28.4``, ``34.4%``."""
    start = low.rstrip(f"%{SPACE}{ascii_lowercase}")
    return (start, high) if high.endswith(low.removeprefix(start)) else (low, high)


def _is_none_seen(objective: Objective, value: float, low: float) -> bool:
    return value == 0 == low and not objective.signed


def span(objective: Objective, value: float, low: float, high: float, scenario: Scenario) -> str:
    """Format the 95% interval of a figure with its label: ``95%: 261 to 326``."""
    written = ends(objective, value, low, high, scenario)
    if not written or _is_none_seen(objective, value, low):
        return written
    return f"95%: {written}"


def gap_ends(gap: Gap, scenario: Scenario, *between: float) -> str:
    """Format the ends of a gap's 95% interval, next to its words: ``271 to 349``, ``3 fewer to 4 more``.

    Parameters
    ----------
    gap : Gap
    scenario : Scenario
    *between : float
        The two figures, if they are shown next to the gap. The ends are then rounded like the gap.

    Returns
    -------
    str
        Empty if the interval is undefined or its ends read the same. The direction is named only if the ends
        differ in it.
    """
    if gap.chance is Chance.UNKNOWN:
        return ""
    points = {Unit.SHARE: " points", Unit.PERCENT: " points"}
    unit = (points | {Unit.MICROSECONDS: f"{SPACE}µs"}).get(gap.unit, "")
    less, more = _direction_words(gap.unit)

    in_money = is_money(gap.unit, scenario)
    low, high = _around_written(gap, between)
    if low * high >= 0 and _amount(abs(low), gap.unit, scenario) == _amount(
        abs(high), gap.unit, scenario
    ):
        return ""
    # A gap between figures that are written in full is also written in full.
    is_short = in_money or any(_is_many(value, gap.unit) for value in between)
    step = shared_step(low, high, *(between if is_short else (gap.size,)))
    low, high = _outwards(low, high, gap.unit, step, in_money=in_money)
    apart = low < 0 < high
    # A gap between whole numbers is whole.
    places = [_decimals(v, gap.unit) for v in (between or (gap.size,)) if math.isfinite(v)]
    whole = 0.0 if not any(places) else math.nan

    scale = 100 if gap.unit is Unit.SHARE else 1
    written = scale * abs(_size_as_written(*between, gap.unit)) if len(between) == 2 else math.nan

    def size(end: float, decimals: int) -> str:
        exact = scale * abs(end)
        rounded = round(exact, decimals)
        if rounded < written <= exact or exact <= written < rounded:
            decimals = max(decimals, *places)  # rounding must not move an end past the gap
        return _amount(abs(end), gap.unit, scenario, decimals, step)

    def directed(end: float, decimals: int) -> str:
        text = size(end, decimals)
        return f"{text}{unit} {less if end < 0 else more}" if _is_visible(text) else text

    if apart:
        first, last = _both_ends(low, high, gap.unit, directed, whole)
    else:
        near, far = sorted((low, high), key=abs)
        first, last = _both_ends(near, far, gap.unit, size, whole)
    if first == last:
        return ""
    if apart:
        return f"{first} to {last}"
    if not in_money:
        first, last = _sharing_unit(first, last)
    return f"{first} to {last}{unit}"


def _around_written(gap: Gap, between: Sequence[float]) -> tuple[float, float]:
    """Ends of a gap, widened to contain the difference of the two written figures."""
    if len(between) != 2 or not gap.low <= gap.size <= gap.high:
        return gap.low, gap.high
    first, second = between
    size = _size_as_written(first, second, gap.unit)
    if size * gap.size <= 0:  # The written figures have another order, or are equal.
        return gap.low, gap.high
    return min(gap.low, size), max(gap.high, size)


def _direction_words(unit: Unit) -> tuple[str, str]:
    """Words for a lower and a higher figure of a unit, such as ("fewer", "more")."""
    if unit is Unit.FALSE_ALARMS:
        return "less", "more"
    return ("below", "above") if unit in _SCALES else ("fewer", "more")


def gap_span(gap: Gap, scenario: Scenario, *between: float) -> str:
    """Format the 95% interval of a gap with its label: ``95%: 271 to 349``; empty if `gap_ends` is."""
    ends = gap_ends(gap, scenario, *between)
    return f"95%: {ends}" if ends else ""


def threshold(value: float, below: float = math.nan) -> str:
    """Format a threshold in three significant digits, or in up to six if fewer would flag other units.

    Parameters
    ----------
    value : float
        The threshold.
    below : float
        The next lower score, which must stay unflagged; minus infinity if there is none. Six digits are shown
        if it is unknown (NaN), or if six digits do not distinguish it from ``value``.

    Returns
    -------
    str
        The threshold rounded down, so that the unit at the threshold stays flagged.

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
    return _written(exact if math.isinf(float(shown)) else shown)


def exact_threshold(value: float) -> str:
    """Format a threshold with all its digits, for a tooltip."""
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


def time_words(seconds: float) -> str:
    """Format a short time in three significant digits: ``19.9 µs``, ``1.2 ms``.

    Examples
    --------
    >>> [time_words(t).replace(SPACE, " ") for t in (1.99e-5, 0.0012, 2.5, 0)]
    ['19.9 µs', '1.2 ms', '2.5 s', '0 µs']
    """
    if math.isnan(seconds):
        return "not known"
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if float(f"{seconds:.3g}") >= size:
            return f"{float(f'{seconds / size:.3g}'):,.10g}{SPACE}{unit}"
    return f"{float(f'{seconds * 1e6:.3g}'):,.10g}{SPACE}µs"


def rate_words(rate: float) -> str:
    """Format a defect rate: ``3.05%``. Only a rate of 1 is written as 100%.

    Examples
    --------
    >>> rate_words(0.030483), rate_words(0.9997)
    ('3.05%', '99.97%')
    """
    share = 100 * rate
    most = next((k for k in range(3, 12) if share >= 100 or to_digits(share, k) < 100), 12)
    return f"{digits(share, most)}%"


def in_per_cent(share: float) -> str:
    """Format a share in per cent."""
    return figure(OBJECTIVES["share_flagged"], share, _NOTHING_ASSUMED)


def tied(a: float, b: float) -> bool:
    """Whether two figures are equal; sums of weights may differ in their last bits."""
    return bool(is_equal(a, b))


OF_SIMULATIONS = "How sure, % of simulations"
"""Head of a column of `chance_words`."""


def chance_words(gap: Gap) -> str:
    """Whether a gap may be chance, and in what per cent of simulations the first is better or worse.

    The head `OF_SIMULATIONS` explains the number.
    """
    if math.isnan(gap.better):
        return CHANCE[gap.chance]
    better = round(100 * gap.better)
    often = f"better in {better}" if better >= 50 else f"worse in {100 - better}"
    return f"{CHANCE[gap.chance]}: {often}"
