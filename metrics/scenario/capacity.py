"""Capacity planning: number of people or workers for a load, from load and utilisation, rounded up."""

from __future__ import annotations

import math

HOURS = 8760
"""Hours in a year."""
UTILISATION = 0.8
"""Default share of the time that a person or a worker is busy."""
_ROUNDING = 1e-9
"""Fraction of a person that counts as rounding error."""


def round_up(needed: float) -> int:
    """Smallest sufficient number of people or workers, at least 1.

    Parameters
    ----------
    needed : float
        Load over utilisation, above 0.

    Examples
    --------
    >>> round_up(40 * 1.2 / (60 * 0.8)), round_up(1.01), round_up(0.001)
    (1, 2, 1)
    """
    return max(1, math.ceil(needed - _ROUNDING))
