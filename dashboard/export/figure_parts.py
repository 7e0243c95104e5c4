"""Panels, axes, traces and shapes of a plotly figure, for drawings without plotly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
    """Axis of a drawing, with the range and the ticks of the figure.

    Attributes
    ----------
    low, high : float
        Ends of the range, in the order of the axis; logarithms on a logarithmic axis.
    start, end : float
        Pixels of the two ends.
    named_ticks : tuple of (float, str)
        Values and texts of the ticks.
    has_labels : bool
        True if the texts are drawn.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool
    title: str
    named_ticks: tuple[tuple[float, str], ...]
    has_labels: bool

    def place(self, values: Any) -> NDArray[np.float64]:
        """Pixels of values; NaN for values that cannot be placed."""
        numbers = np.asarray(values, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.log10(numbers) if self.is_log else numbers
            part = (scaled - self.low) / (self.high - self.low)
            placed = self.start + part * (self.end - self.start)
        is_far = np.abs(placed) > 1e6  # outside of any drawing
        return np.where(np.isfinite(placed) & ~is_far, placed, np.nan)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Pixels and texts of the ticks, from the first; ticks without room are left out."""
        ticks: list[tuple[float, str]] = []
        for value, words in self.named_ticks:
            at = float(self.place(value))
            if not ticks or abs(at - ticks[-1][0]) >= TICK_DISTANCE:
                ticks.append((at, words))
        return ticks


def axis(layout: Any, start: float, end: float) -> DrawnAxis:
    """Read an axis of a figure.

    Parameters
    ----------
    start, end : float
        Pixels of the two ends.
    """
    low, high = map(float, layout.range or (0, 1))
    texts = layout.ticktext
    return DrawnAxis(
        low=low,
        high=high,
        start=start,
        end=end,
        is_log=layout.type == "log",
        title=(layout.title.text or "") if layout.title is not None else "",
        named_ticks=()
        if texts is None
        else tuple(zip(map(float, layout.tickvals), texts, strict=True)),
        has_labels=layout.showticklabels is not False,
    )


@dataclass(frozen=True)
class Panel:
    """Two axes and the area between them."""

    x: DrawnAxis
    y: DrawnAxis

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height in pixels."""
        left, top = min(self.x.start, self.x.end), min(self.y.start, self.y.end)
        return left, top, abs(self.x.end - self.x.start), abs(self.y.end - self.y.start)

    def holds(self, x: float, y: float, room: float = 1.0) -> bool:
        """True if a position is inside, with a margin of ``room`` pixels."""
        left, top, width, height = self.box
        return left - room <= x <= left + width + room and top - room <= y <= top + height + room


def panel_names(fig: go.Figure) -> list[tuple[str, str]]:
    """Names of the axes of each panel."""
    return list(dict.fromkeys(map(_axes_of, fig.data))) or [("x", "y")]


def _axes_of(trace: Any) -> tuple[str, str]:
    return trace.xaxis or "x", trace.yaxis or "y"


def traces_of(fig: go.Figure, name: tuple[str, str]) -> list[Any]:
    """Traces of a panel in drawing order."""
    traces = [trace for trace in fig.data if _axes_of(trace) == name]
    return sorted(traces, key=lambda trace: trace.zorder or 0)


def panels_of(fig: go.Figure, width: int, height: int) -> dict[tuple[str, str], Panel]:
    """Panels of the figure by the names of their axes."""
    axes = {}
    for x, y in panel_names(fig):
        horizontal, up = (fig.layout[f"{name[0]}axis{name[1:]}"] for name in (x, y))
        above = max(TOP, fig.layout.margin.t or 0)  # for lines of text above the panel
        inner = height - above - BOTTOM
        low, high = up.domain or (0.0, 1.0)
        axes[(x, y)] = horizontal, axis(up, above + inner * (1 - low), above + inner * (1 - high))
    # The left margin fits the longest text of a tick.
    lengths = [len(text) for _, upright in axes.values() for _, text in upright.ticks]
    left = LEFT + LETTER * max(lengths, default=3)
    right = width - max(RIGHT, fig.layout.margin.r or 0)  # for names of lines at the right
    return {
        name: Panel(axis(horizontal, left, right), upright)
        for name, (horizontal, upright) in axes.items()
    }


def shapes_of(fig: go.Figure, name: tuple[str, str]) -> Iterator[tuple[Any, bool, bool]]:
    """Shapes in a panel, and whether their x and their y are shares of the panel."""
    for shape in fig.layout.shapes:
        x, _, of_x = (shape.xref or "x").partition(" ")
        y, _, of_y = (shape.yref or "y").partition(" ")
        if (x, y) in (name, ("paper", name[1]), (name[0], "paper")):
            yield shape, of_x == "domain" or x == "paper", of_y == "domain" or y == "paper"


def steps(x: Floats, y: Floats, shape: str) -> tuple[Floats, Floats]:
    """Corners of a line with steps: "hv" goes horizontally first, "vh" vertically first."""
    if shape == "hv":
        return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    if shape == "vh":
        return np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
    return x, y
