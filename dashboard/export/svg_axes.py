"""Axes of a figure that is drawn as SVG: where values lie, and which are written beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINE = 12.0
"""Least distance in pixels between two ticks with words."""


@dataclass(frozen=True)
class DrawnAxis:
    """One axis of a plotly figure on paper.

    Attributes
    ----------
    low, high : float
        Ends of its range in figures (on an axis of logarithms in these), in the order of the axis.
    start, end : float
        Pixels of the two ends.
    log, share : bool
        Whether it is one of logarithms; whether its figures are written in per cent.
    count : int
        About how many ticks it has.
    shown : bool
        Whether figures stand beside its ticks.
    title : str
    named : tuple of (float, str)
        Ticks that have words of their own.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool
    share: bool
    count: int
    shown: bool
    title: str
    named: tuple[tuple[float, str], ...] = ()

    def place(self, values: Any) -> NDArray[np.float64]:
        """Pixels of figures; NaN where there is no place for one."""
        given = np.asarray(values, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.log10(given) if self.log else given
            part = (scaled - self.low) / (self.high - self.low)
            placed = self.start + part * (self.end - self.start)
        far = np.abs(placed) > 1e6  # what no drawing reaches
        return np.where(np.isfinite(placed) & ~far, placed, np.nan)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Place and words of each tick."""
        if self.named:
            return self._named_ticks()
        low, high = sorted((self.low, self.high))
        values = _log_ticks(low, high) if self.log else _ticks(low, high, self.count)
        words = _written(values, self.share)
        return [(float(self.place(v)), text) for v, text in zip(values, words, strict=True)]

    def _named_ticks(self) -> list[tuple[float, str]]:
        """As many of those with words as there is room for, from the first."""
        kept: list[tuple[float, str]] = []
        for value, words in self.named:
            at = float(self.place(value))
            if not kept or abs(at - kept[-1][0]) >= LINE:
                kept.append((at, words))
        return kept


def axis(
    layout: Any, values: NDArray[np.float64], start: float, end: float, *, count: int
) -> DrawnAxis:
    """Read an axis of a figure.

    Parameters
    ----------
    values : ndarray
        What is drawn along it, where it has no range of its own.
    start, end : float
        Pixels.
    count : int
        Ticks, where it does not say.
    """
    log = layout.type == "log"
    if layout.range is not None:
        low, high = (float(one) for one in layout.range)
    else:
        finite = values[np.isfinite(values) & ((values > 0) | (not log))]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
        if log:
            low, high = math.log10(low), math.log10(high)
        room = 0.05 * (high - low) or 0.5
        low, high = low - room, high + room
    if low == high:
        low, high = low - 0.5, high + 0.5
    named: tuple[tuple[float, str], ...] = ()
    if layout.ticktext is not None:
        named = tuple(zip(map(float, layout.tickvals), layout.ticktext, strict=True))
    return DrawnAxis(
        low=low,
        high=high,
        start=start,
        end=end,
        log=log,
        share="p" in (layout.tickformat or "") or "%" in (layout.tickformat or ""),
        count=layout.nticks or count,
        shown=layout.showticklabels is not False,
        title=(layout.title.text or "") if layout.title is not None else "",
        named=named,
    )


def _ticks(low: float, high: float, count: int) -> list[float]:
    """Round figures inside a range, about so many."""
    raw = (high - low) / max(count, 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * one for one in (1, 2, 5, 10) if size * one >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # Where no round figure of that size lies inside, of a smaller one.
    return [k * step for k in range(first, last + 1)] or _ticks(low, high, 2 * max(count, 1))


def _log_ticks(low: float, high: float) -> list[float]:
    """Figures that begin with 1, 2 or 5; over many decades only with 1."""
    first, last = math.floor(low), math.ceil(high)
    digits = (1, 2, 5) if last - first <= 3 else (1,)
    every = [digit * 10.0**decade for decade in range(first, last + 1) for digit in digits]
    return [v for v in every if low - 1e-9 <= math.log10(v) <= high + 1e-9]


def _written(values: list[float], share: bool) -> list[str]:
    """Figures in the digits that tell them apart, large ones in thousands and millions."""
    most = max((abs(v) for v in values), default=0.0)
    scale, unit = (0.01, " %") if share else (1.0, "")
    if not share and most >= 1e6:
        scale, unit = 1e6, " m"
    elif not share and most >= 1e4:
        scale, unit = 1e3, " k"
    return [_plain(v / scale) + (unit if v else " %" if share else "") for v in values]


def _plain(value: float) -> str:
    text = f"{value:,.10g}" if abs(value) < 1e15 else f"{value:.3g}"
    text = f"{float(f'{value:.6g}'):,.10g}" if abs(value) < 1e15 else text
    return text.replace("-", "−")
