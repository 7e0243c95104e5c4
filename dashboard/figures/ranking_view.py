"""The models by a figure that no threshold changes, as a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics import Objective
from metrics.inference.statistics import Interval

FAR = 2.0
"""So many times their range beyond those discussed a figure is out of sight."""


@dataclass(frozen=True)
class RankingView:
    """What the ranking shows, the best model first.

    Attributes
    ----------
    objective : Objective
    models : tuple of str
        Those whose figure is defined.
    rows : ndarray of int, shape (n,)
        An operating point of each among those of all models.
    values : ndarray, shape (n,)
    coloured : frozenset of str
        Models that are worth discussing.
    today : float
        Figure of today's system; NaN where undefined.
    undefined : int
        Models without a figure.
    ends : Interval or None
        95 % intervals, of shape (n,), where they are known.
    without : tuple of str
        Models that have a line of their own, and no figure.
    """

    objective: Objective
    models: tuple[str, ...]
    rows: NDArray[np.int32]
    values: NDArray[np.float64]
    coloured: frozenset[str]
    today: float
    undefined: int
    ends: Interval | None = None
    without: tuple[str, ...] = ()

    @property
    def visible_range(self) -> list[float]:
        """Range of the axis: what is discussed, and what is not far from it."""
        ends_known = () if self.ends is None else (self.ends.low, self.ends.high)
        every = np.column_stack([self.values, *ends_known])
        shown = [model in self.coloured for model in self.models]
        discussed = every[shown] if any(shown) else every[:1]
        discussed = discussed[np.isfinite(discussed)]
        if not discussed.size:
            return [0.0, 1.0]
        low, high = float(discussed.min()), float(discussed.max())
        far = FAR * (high - low)
        others = np.append(every, self.today)
        near = others[(others >= low - far) & (others <= high + far)]
        low, high = min(low, *near), max(high, *near)
        room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
        return [max(low - room, 0.0) if low >= 0 else low - room, high + room]
