"""Amounts without an objective: numbers, counts, money, prices, rates and times."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
STEPS = ((1e3, "k"), (1e6, "m"), (1e9, "bn"))
"""Names of large amounts. Those of counts begin with the second."""
MILLION = STEPS[1][0]
_DIGITS_ABOVE_0 = frozenset("123456789")


def number(value: float, decimals: int = 0) -> str:
    """Format a value with thousands separators and a real minus sign."""
    text = f"{abs(value):,.{decimals}f}"
    return (MINUS if value < 0 and is_visible(text) else "") + text


def is_visible(text: str) -> bool:
    """Whether a written number is other than 0."""
    return not _DIGITS_ABOVE_0.isdisjoint(text)


def digits(value: float, most: int = 3, *, up: bool | None = None) -> str:
    """Format a number above 0 in few significant digits.

    Parameters
    ----------
    up : bool, optional
        Round upwards or downwards; to the nearest by default.

    Examples
    --------
    >>> digits(39.947), digits(39.947, up=True), digits(2.0), digits(2300.4, 2), digits(0.061068, up=True)
    ('39.9', '40', '2', '2,300', '0.0611')
    >>> digits(-1.386)  # a threshold of log-odds
    '−1.39'
    """
    places = _places(value, most)
    text = number(to_digits(value, most, up=up), max(places, 0))
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_digits(value: float, most: int, *, up: bool | None = None) -> float:
    """Round a number as `digits` writes it."""
    places = _places(value, most)
    scaled = value * 10.0**places
    near = round(scaled)
    if up is not None and not math.isclose(scaled, near, rel_tol=1e-15):
        near = math.ceil(scaled) if up else math.floor(scaled)
    return round(near / 10.0**places, max(places, 0))


def _places(value: float, most: int) -> int:
    """Decimals for a number of significant digits; negative if digits before the point are rounded."""
    return most - 1 - math.floor(math.log10(abs(value))) if value else 0


def entered(value: float) -> str:
    """Format a positive number: an entered number (at most six digits) in full, others in three digits.

    Examples
    --------
    >>> entered(5.0), entered(13.75), entered(40 / 3)
    ('5', '13.75', '13.3')
    """
    exact = digits(value, 6)
    return exact if math.isclose(float(exact.replace(",", "")), value) else digits(value)


def count(value: float) -> str:
    """Format a count: ``1,234`` or, from a million on, ``1.23 m``.

    Examples
    --------
    >>> count(999_999), count(330_690_000).replace(SPACE, " "), count(-1.2e9).replace(SPACE, " ")
    ('999,999', '331 m', '−1.2 bn')
    """
    return short_count(value) if abs(value) >= MILLION else number(value)


def short_count(value: float, last: float = 0) -> str:
    """Format a count in three significant digits; ``last`` as in `_in_steps`."""
    return (MINUS if value < 0 else "") + _in_steps(abs(value), STEPS[1:], last)


def money(value: float, currency: str, last: float = 0) -> str:
    """Format money in three significant digits: EUR 1.21 m, EUR 40 k; ``last`` as in `_in_steps`.

    Examples
    --------
    >>> money(1_213_400, "EUR").replace(SPACE, " ")
    'EUR 1.21 m'
    >>> money(999_600, "EUR").replace(SPACE, " ")
    'EUR 1 m'
    """
    # Amounts below half a cent are rounding error.
    text = _in_steps(0.0 if abs(value) < 0.005 else abs(value), STEPS, last)
    sign = MINUS if value < 0 and text != "0" else ""
    return f"{sign}{before_amount(currency)}{text}"


def before_amount(currency: str) -> str:
    """Format a currency before an amount. Only a sign such as € has no space after it."""
    is_sign = len(currency) == 1 and not currency.isalnum()
    return currency if is_sign or not currency else currency + SPACE


def _in_steps(size: float, steps: Sequence[tuple[float, str]], last: float) -> str:
    """Format a size in three significant digits, with the name of the largest step that it reaches.

    Parameters
    ----------
    last : float
        Value of the last digit if the size is already rounded to it; 0 if not.

    Examples
    --------
    >>> [_in_steps(98e6, STEPS, last).replace(SPACE, " ") for last in (0, 1e6, 1e5)]
    ['98 m', '98 m', '98.0 m']
    """
    scale, suffix, rounded = 1.0, "", float(f"{size:.3g}")
    for step, name in steps:
        if rounded >= step:
            scale, suffix = step, SPACE + name
    if not last or not size < 1e10 * scale:  # Sizes beyond the largest name have three digits.
        return f"{float(f'{size / scale:.3g}'):,.10g}{suffix}"
    last, places = last_place(size, last), 0
    while last < scale:
        last *= 10
        places += 1
    return f"{size / scale:,.{places}f}{suffix}"


def last_place(size: float, step: float) -> float:
    """Value of the last digit of a size: the step, or less if needed for two digits; at least 1."""
    while step > 1 and size < 10 * step:
        step /= 10
    return step


def price_size(value: float) -> str:
    """Format a price or minutes in three digits, without rounding whole units: ``0.714``, ``1,234``."""
    return f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


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


def whole_percent(share: float) -> str:
    """Format a share as a whole per cent: ``97%``. Only 0 and 1 are written as 0 and 100."""
    share = round(share, 12)  # The last digits of a sum of floats are rounding error.
    count = round(round(100 * share, 9))  # The counts of a share and of its complement add to 100.
    words = str(count)
    if count == 100 and share < 1:
        words = "more than 99"
    elif count == 0 and share > 0:
        words = "less than 1"
    return f"{words}%"


def simulated_percent(share: float) -> str:
    """Format a share of the resamples: ``97%``. All and none of them are no certainty: ``more than 99%``."""
    return whole_percent(min(max(share, 1e-9), 1 - 1e-9))


def of_simulations(share: float) -> str:
    """Format a share of the resamples: ``97% of simulations``."""
    return f"{simulated_percent(share)} of simulations"
