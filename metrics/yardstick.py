"""What counts as far: the range of an objective over the seats' own picks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-12
"""Share of its own size by which a figure may differ from another that is equal on paper."""


def own_range(figures: NDArray[np.float64], instead: Sequence[float] = ()) -> float:
    """Distance from the best to the worst figure of one objective over the seats' own picks.

    Parameters
    ----------
    figures : ndarray, shape (k,)
        The objective's figure at each seat's own pick, in its unit; those not finite are left out.
    instead : sequence of float
        Further figures, whose size serves where the picks have no range.

    Returns
    -------
    float
        In the objective's unit, above 0. Where the picks do not differ (all seats pick one point, or one
        model and the objective belongs to the model) there is no range, and the largest absolute figure
        among theirs and ``instead`` serves: a gap is then a share of the figure itself. Where that is 0
        too, one unit.

    Notes
    -----
    The picks alone decide: a model that nobody picks changes no distance, hidden or shown.

    Examples
    --------
    >>> own_range(np.array([77.0, 90.0, 120.0]))
    43.0
    >>> own_range(np.array([77.0, 77.0])), own_range(np.array([0.0]), [0.5]), own_range(np.array([]))
    (77.0, 0.5, 1.0)
    """
    known = figures[np.isfinite(figures)]
    sizes = np.abs([*known.tolist(), *(x for x in instead if np.isfinite(x))])
    size = float(sizes.max(initial=0.0))
    apart = float(known.max() - known.min()) if known.size else 0.0
    if apart > ROUNDING * size:
        return apart
    return size or 1.0
