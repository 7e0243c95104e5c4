"""Thresholds as they are written: few digits that flag the same units, or all digits."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Context, Decimal

from dashboard.words.numbers.amounts import MINUS, is_visible

FEWEST_DIGITS, MOST_DIGITS = 3, 6
"""Least and most significant digits of a threshold on the screen."""
_DOWN = [Context(prec=n, rounding=ROUND_FLOOR) for n in range(FEWEST_DIGITS, MOST_DIGITS + 1)]
"""Contexts that round down to each number of digits."""


def threshold(value: float, below: float = math.nan) -> str:
    """Format a threshold in three significant digits, or in up to six if fewer would flag other units.

    Parameters
    ----------
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
    for context in _DOWN:
        shown = exact.normalize(context)
        if below < float(shown):
            break
    return _written(exact if math.isinf(float(shown)) else shown)


def exact_threshold(value: float) -> str:
    """Format a threshold with all its digits, for a tooltip."""
    return threshold(value) if math.isinf(value) else _written(Decimal(repr(float(value))))


def _written(number: Decimal) -> str:
    """Format a number with all its digits; as a power of ten if it is tiny or huge."""
    if not -7 <= number.adjusted() <= 15 and number:
        return repr(float(number)).replace("-", MINUS)
    text = f"{number.normalize():f}"
    return text.replace("-", MINUS) if is_visible(text) else "0"
