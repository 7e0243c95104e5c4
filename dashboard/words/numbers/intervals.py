"""95% intervals of figures and gaps as text, with ends rounded so that they contain the written figure."""

from __future__ import annotations

import math
from collections.abc import Callable
from string import ascii_lowercase

from dashboard.words.numbers.amounts import SPACE, is_visible, last_place, number
from dashboard.words.numbers.figures import amount, decimals_below, decimals_of, figure, is_short
from dashboard.words.numbers.gaps import AFTER_SIZE, direction_words, size_as_written
from dashboard.words.numbers.objective_units import is_money
from metrics.evaluation.objective import Objective, Unit
from metrics.inference.comparison.paired_difference import Chance, PairedDifference
from metrics.scenario.scenario import Scenario

_COUNTS = (Unit.COUNT, Unit.PER_DAY, Unit.FALSE_ALARMS, Unit.PER_MILLION)
_OF_ALL = (Unit.SHARE, Unit.SCORE)
"""Units with an upper end: 100%, or a score of 1."""


def labelled_ends(
    objective: Objective, value: float, low: float, high: float, scenario: Scenario
) -> str:
    """Format the 95% interval of a figure with its label: ``95%: 261 to 326``; see `ends`."""
    written = ends(objective, value, low, high, scenario)
    return written if _is_none_seen(objective, value, low) else _labelled(written)


def labelled_gap_interval(gap: PairedDifference, scenario: Scenario, *between: float) -> str:
    """Format the 95% interval of a gap with its label: ``95%: 271 to 349``; see `gap_interval_ends`."""
    return _labelled(gap_interval_ends(gap, scenario, *between))


def _labelled(interval: str) -> str:
    return f"95%: {interval}" if interval else ""


def ends(objective: Objective, value: float, low: float, high: float, scenario: Scenario) -> str:
    """Format the 95% interval of a figure, without a label: ``261 to 326``.

    Returns
    -------
    str
        Empty if the interval is undefined or its ends read the same.
    """
    if math.isnan(low) or math.isnan(high):
        return ""

    def exact() -> tuple[str, str]:
        return figure(objective, low, scenario), figure(objective, high, scenario)

    # Figures have at least three digits or are whole, so only close ends can read the same.
    if not high - low > max(1.0, 0.02 * abs(low), 0.02 * abs(high)) and len({*exact()}) == 1:
        return ""
    unit, step = objective.unit, _shared_step(value, low, high)
    in_money = is_money(unit, scenario)

    def write(end: float, decimals: int) -> str:
        return figure(objective, end, scenario, decimals, step)

    outer = _outwards(low, high, unit, step, in_money=in_money)
    most = decimals_of(value, unit) if math.isfinite(value) else None
    # Amounts of money are written without decimals.
    written = (
        (write(outer[0], 0), write(outer[1], 0))
        if in_money
        else _both_ends(*outer, unit, write, most)
    )
    if written[0] == written[1]:  # The step of a much larger value is too coarse for the ends.
        written = exact()
    if _is_none_seen(objective, value, low):
        return f"none seen: at most about {written[1]}"
    # Each amount of money names its own unit.
    return " to ".join(written if in_money else _sharing_unit(*written))


def _is_none_seen(objective: Objective, value: float, low: float) -> bool:
    return value == 0 == low and not objective.signed


def gap_interval_ends(gap: PairedDifference, scenario: Scenario, *between: float) -> str:
    """Format the ends of a gap's 95% interval, next to its words: ``271 to 349``, ``3 fewer to 4 more``.

    Parameters
    ----------
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
    unit, in_money = gap.unit, is_money(gap.unit, scenario)
    written = size_as_written(*between, unit) if len(between) == 2 else math.nan
    low, high = _around(gap, written)
    if low * high >= 0 and amount(abs(low), unit, scenario) == amount(abs(high), unit, scenario):
        return ""
    # A gap between figures that are written in full is also written in full.
    is_rounded = in_money or any(is_short(value, unit) for value in between)
    step = _shared_step(low, high, *(between if is_rounded else (gap.size,)))
    low, high = _outwards(low, high, unit, step, in_money=in_money)
    places = [decimals_of(v, unit) for v in (between or (gap.size,)) if math.isfinite(v)]
    # A gap between whole numbers is whole.
    most = None if any(places) else decimals_of(0.0, unit)
    scale = 100 if unit is Unit.SHARE else 1

    def size(end: float, decimals: int) -> str:
        exact, gap_size = scale * abs(end), scale * abs(written)
        rounded = round(exact, decimals)
        if rounded < gap_size <= exact or exact <= gap_size < rounded:
            decimals = max(decimals, *places)  # rounding must not move an end past the gap
        return amount(abs(end), unit, scenario, decimals, step)

    def directed(end: float, decimals: int) -> str:
        text = size(end, decimals)
        direction = direction_words(unit)[end > 0]
        return f"{text}{after} {direction}" if is_visible(text) else text

    after = AFTER_SIZE.get(unit, "")
    if low < 0 < high:
        first, last = _both_ends(low, high, unit, directed, most)
        return "" if first == last else f"{first} to {last}"
    near, far = sorted((low, high), key=abs)
    first, last = _both_ends(near, far, unit, size, most)
    if first == last:
        return ""
    return " to ".join((first, last) if in_money else _sharing_unit(first, last)) + after


def _around(gap: PairedDifference, written: float) -> tuple[float, float]:
    """Ends of a gap, widened to contain its size as written; NaN if that is unknown."""
    # The written figures may also have another order, or be equal.
    if not (gap.low <= gap.size <= gap.high and written * gap.size > 0):
        return gap.low, gap.high
    return min(gap.low, written), max(gap.high, written)


def _sharing_unit(low: str, high: str) -> tuple[str, str]:
    """Ends of an interval with their unit at the second only: ``28.4``, ``34.4%``."""
    start = low.rstrip(f"%{SPACE}{ascii_lowercase}")
    return (start, high) if high.endswith(low.removeprefix(start)) else (low, high)


def _both_ends(
    low: float,
    high: float,
    unit: Unit,
    write: Callable[[float, int], str],
    most: int | None,
) -> tuple[str, str]:
    """Format both ends of an interval with at most the decimals of the figure, or of the larger end.

    An end has more decimals if it would otherwise read as 0 or 100%, or like the other end.

    Parameters
    ----------
    most : int or None
        Decimals of the figure; `None` to use those of the larger end.
    """
    places = [decimals_of(end, unit) if math.isfinite(end) else 0 for end in (low, high)]
    if most is None:
        most = places[0] if abs(low) >= abs(high) else places[1]
    points = 100 if unit is Unit.SHARE else 1

    def places_of(end: float, decimals: int) -> int:
        fewer = min(decimals, most)
        small = abs(points * end) < 0.1 or not round(points * end, fewer)
        nearly_all = unit in _OF_ALL and decimals_below(points * end, fewer, points) > fewer
        return decimals if small or nearly_all else fewer

    written = write(low, places_of(low, places[0])), write(high, places_of(high, places[1]))
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
        Value of the third digit of the largest figure (`_shared_step`). An end that would have a single digit
        left is rounded to a tenth of the step, and so on.

    Examples
    --------
    >>> _outwards(16_117, 430_543, Unit.COUNT, 1e3), _outwards(99.55e6, 105e6, Unit.COUNT, 1e6)
    ((16000.0, 431000.0), (99000000.0, 105000000.0))
    """
    if high - low <= 1 and number(low) == number(high):
        return low, high  # Both ends are equal, since all resamples are equal.

    def rounded(end: float, *, up: bool) -> float:
        is_cut = in_money or unit in _COUNTS or is_short(end, unit)
        if not (is_cut and step and math.isfinite(end)) or (abs(end) < 10 and not in_money):
            return end
        return _beyond(end, last_place(abs(end), step), up=up)

    return rounded(low, up=False), rounded(high, up=True)


def _beyond(end: float, step: float, *, up: bool) -> float:
    """Next multiple of a step below or above an end. A multiple stays as it is, apart from rounding error.

    Examples
    --------
    >>> _beyond(5.354, 0.5, up=False), _beyond(5.354, 0.5, up=True), _beyond(-3.0, 1.0, up=True)
    (5.0, 5.5, -3.0)
    """
    steps = end / step
    near = math.floor(steps + 0.5)
    if abs(steps - near) > 1e-9:
        near = math.ceil(steps) if up else math.floor(steps)
    return near * step


def _shared_step(*figures: float) -> float:
    """Value of the third digit of the largest figure; 0 if it is at most 1.

    Examples
    --------
    >>> _shared_step(98.3e6, 114e6), _shared_step(999.7e3, -5.0), _shared_step(312.0)
    (1000000.0, 10000.0, 0)
    >>> _shared_step(1.797e308) > 1e305
    True
    """
    largest = max(map(abs, filter(math.isfinite, figures)), default=0.0)
    exponent = int(f"{largest:.2e}".partition("e")[2])
    return 10.0 ** (exponent - 2) if exponent > 2 else 0
