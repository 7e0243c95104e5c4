"""What a native chart shows, as a value: series, axes, and the round figures at which those end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One series of a chart.

    Attributes
    ----------
    name : str
    x, y : ndarray, shape (n,)
        Finite figures; others are left out when it is drawn.
    color : str
        ``#rrggbb``.
    symbol : str
        Of the house's markers; empty where there are none.
    size : int
        Of a marker, in points.
    width : float
        Of the line, in points; 0 where there is none.
    dashed : bool
    label : str
        Beside its only point.
    offset : tuple of two floats
        Of the label's middle from the point, in inches to the right and down.
    listed : bool
        Whether the legend names it.
    """

    name: str
    x: Floats
    y: Floats
    color: str
    symbol: str = ""
    size: int = 5
    width: float = 0.0
    dashed: bool = False
    label: str = ""
    offset: tuple[float, float] = (0.0, 0.0)
    listed: bool = False

    @cached_property
    def known(self) -> tuple[Floats, Floats]:
        """The figures that can be drawn."""
        there = np.isfinite(self.x) & np.isfinite(self.y)
        return self.x[there], self.y[there]


@dataclass(frozen=True)
class Scale:
    """One axis.

    Attributes
    ----------
    title : str
    low, high : float
        What is in sight.
    backwards : bool
        Whether it falls to the right, or upwards.
    share : bool
        Whether its figures are written in per cent.
    log : bool
    """

    title: str
    low: float
    high: float
    backwards: bool = False
    share: bool = False
    log: bool = False


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes
    ----------
    title : str
        Above it; empty where the slide's says enough.
    across, up : Scale
    series : sequence of Series
        Of which the last is drawn on top, and lines below all markers.
    """

    title: str
    across: Scale
    up: Scale
    series: Sequence[Series] = field(default_factory=tuple)

    @property
    def drawn(self) -> list[Series]:
        """The series that have a point, lines first, and of these the longest.

        LibreOffice leaves out what comes before a longer line.
        """
        there = [one for one in self.series if one.known[0].size]
        return sorted(there, key=lambda one: -one.known[0].size if one.width else 1)


def round_ends(scale: Scale) -> tuple[float, float, float]:
    """Ends of an axis at round figures, and the step between those: slides count ticks from the lower end.

    Of a logarithmic axis the step is its lower end.
    """
    if scale.log:
        low, high = _round(scale.low, down=True), _round(scale.high, down=False)
        return low, high, low
    span = scale.high - scale.low
    step = _round(span / 6, down=False)
    digits = max(0, 1 - math.floor(math.log10(step)))
    low = round(math.floor(scale.low / step + 1e-9) * step, digits)
    high = round(math.ceil(scale.high / step - 1e-9) * step, digits)
    return low, high, step


def _round(value: float, *, down: bool) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = [float(f"{k}e{math.floor(math.log10(value))}") for k in (1, 2, 5, 10)]
    if down:
        return max(s for s in steps if s <= value * (1 + 1e-9))
    return min((s for s in steps if s >= value * (1 - 1e-9)), default=10 * power)
