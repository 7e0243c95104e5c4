"""What one further file may show, which varies by its own chance besides."""

from __future__ import annotations

import math

from metrics.inference.interval_formulas import Interval
from metrics.tally.kernel import Floats


def further_file_interval(
    value: Floats, mean: Interval, rows_over_further: float = 1.0
) -> Interval:
    """95 % interval of a figure in one further file, from that of its mean over many.

    Parameters
    ----------
    value : ndarray
        The figure in this file; of a chosen point what is expected of it.
    mean : Interval
        95 % interval of the figure's mean over new data, of the same shape.
    rows_over_further : float
        Rows of this file over those of the further one: 1 where they are of one size.

    Returns
    -------
    Interval
        In the unit of the figure; its ends are not held to the least and the most that the figure can be.

    Notes
    -----
    Both files vary about the mean, the further one by n / m times the variance of this one, so each end is
    sqrt(1 + n / m) times as far from the figure: 1.41 times for files of one size.

    References
    ----------
    Geisser: Predictive inference: an introduction. 1993.
    """
    if not rows_over_further > 0:
        raise ValueError(f"rows_over_further must be above 0, got {rows_over_further}")
    wider = math.sqrt(1 + rows_over_further)
    return Interval(value - wider * (value - mean.low), value + wider * (mean.high - value))
