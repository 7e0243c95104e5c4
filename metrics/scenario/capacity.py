"""Number of people or workers that a load needs: the load over their utilisation, rounded up."""

from __future__ import annotations

import math

HOURS = 8760
"""Hours of a year."""
UTILISATION = 0.8
"""Share of the time that a person or a worker is busy, unless the scenario says otherwise."""
_ROUNDING = 1e-9
"""Part of a person that is rounding error."""


def round_up(needed: float) -> int:
    """Fewest whole people or workers, at least 1.

    Parameters
    ----------
    needed : float
        Above 0; a load over the utilisation.

    Examples
    --------
    >>> round_up(40 * 1.2 / (60 * 0.8)), round_up(1.01), round_up(0.001)
    (1, 2, 1)
    """
    return max(1, math.ceil(needed - _ROUNDING))
