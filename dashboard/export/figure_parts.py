"""Panels of a plotly figure with their axes, traces and shapes, for drawings without plotly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from metrics.tally.kernel import Floats

TICK_DISTANCE = 12.0
"""Smallest distance in pixels between two ticks with texts."""
TOP, RIGHT, BOTTOM = 30, 24, 46
"""Smallest margins of a drawing in pixels."""
LEFT, LETTER = 18, 6.4
"""Pixels of the left margin without tick texts, and of the width of a letter in tick texts."""


@dataclass(frozen=True)
class DrawnAxis:
    """Axis of a figure (``layout``) between two pixels of a drawing."""

    layout: Any
    start: float
    end: float

    @cached_property
    def range(self) -> tuple[float, float]:
        """Ends of the range, in the order of the axis; logarithms on a logarithmic axis."""
        low, high = self.layout.range or (0, 1)
        return float(low), float(high)

    @cached_property
    def is_log(self) -> bool:
        """True for a logarithmic axis."""
        return bool(self.layout.type == "log")

    def place(self, values: Any, ref: str | None = None) -> NDArray[np.float64]:
        """Pixels of values; NaN for values that cannot be placed.

        Parameters
        ----------
        ref : str, optional
            Reference of a shape or an annotation, which may make the values shares of the axis.
        """
        part, (low, high) = np.asarray(values, np.float64), self.range
        with np.errstate(divide="ignore", invalid="ignore"):
            if not is_share(ref):
                part = ((np.log10(part) if self.is_log else part) - low) / (high - low)
            placed = self.start + part * (self.end - self.start)
        is_far = np.abs(placed) > 1e6  # outside of any drawing
        return np.where(np.isfinite(placed) & ~is_far, placed, np.nan)

    @cached_property
    def ticks(self) -> list[tuple[float, str]]:
        """Pixels and texts of the ticks, from the first; ticks without room are left out."""
        ticks: list[tuple[float, str]] = []
        texts = self.layout.ticktext or ()
        places = self.place(self.layout.tickvals if texts else ())
        for at, words in zip(places.tolist(), texts, strict=True):
            if not ticks or abs(at - ticks[-1][0]) >= TICK_DISTANCE:
                ticks.append((at, words))
        return ticks


@dataclass(frozen=True)
class Panel:
    """Two axes and the area between them, with its traces in drawing order.

    Attributes
    ----------
    name : (str, str)
        References of the two axes, such as ``x2`` and ``y2``.
    """

    name: tuple[str, str]
    x: DrawnAxis
    y: DrawnAxis
    traces: Sequence[Any]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height in pixels."""
        left, top = min(self.x.start, self.x.end), min(self.y.start, self.y.end)
        return left, top, abs(self.x.end - self.x.start), abs(self.y.end - self.y.start)

    def holds(self, x: float, y: float, room: float = 1.0) -> bool:
        """True if a position is inside, with a margin of ``room`` pixels."""
        left, top, width, height = self.box
        return left - room <= x <= left + width + room and top - room <= y <= top + height + room

    def has(self, part: Any) -> bool:
        """True if a shape or an annotation refers to an axis of the panel, and to no other panel."""
        x, y = (part.xref or "x").split()[0], (part.yref or "y").split()[0]
        return (x, y) in (self.name, ("paper", self.name[1]), (self.name[0], "paper"))


def is_share(ref: str | None) -> bool:
    """True if a reference makes values shares of the axis."""
    return ref is not None and (ref == "paper" or ref.endswith(" domain"))


def panels_of(fig: go.Figure, width: int, height: int) -> list[Panel]:
    """Panels of the figure in a drawing of a size in pixels."""
    traces: dict[tuple[str, str], list[Any]] = {}
    for trace in sorted(fig.data, key=lambda trace: trace.zorder or 0):
        traces.setdefault((trace.xaxis or "x", trace.yaxis or "y"), []).append(trace)
    traces, layout = traces or {("x", "y"): []}, fig.layout
    above = max(TOP, layout.margin.t or 0)  # for lines of text above the panel
    inner = height - above - BOTTOM
    uprights = []
    for _, y in traces:
        up = layout[f"yaxis{y[1:]}"]
        low, high = up.domain or (0.0, 1.0)
        uprights.append(DrawnAxis(up, above + inner * (1 - low), above + inner * (1 - high)))
    # The left margin fits the longest text of a tick.
    left = LEFT + LETTER * max((len(text) for y in uprights for _, text in y.ticks), default=3)
    right = width - max(RIGHT, layout.margin.r or 0)  # for names of lines at the right
    return [
        Panel(name, DrawnAxis(layout[f"xaxis{name[0][1:]}"], left, right), upright, traces[name])
        for name, upright in zip(traces, uprights, strict=True)
    ]


def steps(x: Floats, y: Floats, shape: str | None) -> tuple[Floats, Floats]:
    """Corners of a line with steps: "hv" goes horizontally first, "vh" vertically first."""
    if shape == "hv":
        return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    if shape == "vh":
        return np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
    return x, y
