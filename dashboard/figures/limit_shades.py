"""Lines and shades of limits: the good side of a line, and the parts of curves that meet all limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.front import Acceptable, Curve, FrontView
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.mask_runs import runs_of
from dashboard.figures.front_range import Ranges, VisibleFront, walked
from dashboard.figures.palette import Palette, mixed
from dashboard.figures.plotly_json import Drawing, as_float32

SHADE_SPACING, SHADE_WIDTH = 0.012, 8
"""Smallest distance between two corners of a shade, as a share of the visible axes; its width in pixels."""
EDGE, EDGE_WIDTH = 0.7, 1.5
"""Share of colour in the edge of a shade, with a contrast of 3 to 1 on paper; its width in pixels."""
WASH = 0.14
"""Share of colour in an area that a line bounds."""


def pointing(words: str, line: LimitLine, ends: Sequence[float]) -> str:
    """Name of a limit, with an arrow if its line is beyond the ends of the axis."""
    before, after = "←→" if line.axis == "x" else "↓↑"
    if line.value < ends[0]:
        return f"{before} {words}" if line.axis == "x" else f"{words} {before}"
    return f"{words} {after}" if line.value > ends[1] else words


def add_acceptable(
    fig: Drawing, view: FrontView, acceptable: Acceptable, visible: VisibleFront
) -> None:
    """Shade what meets all limits, below everything else, so that markers keep their colours."""
    if acceptable.is_all and acceptable.are_met.any():
        _shade_sides(fig, view, acceptable.lines, visible)
    elif not acceptable.is_all:
        _shade_curves(fig, view, acceptable.are_met, visible)
    for line in acceptable.lines:
        if line.axis == "x":
            fig.add_vline(x=line.value, line=limit_look(fig.palette))
        else:
            fig.add_hline(y=line.value, line=limit_look(fig.palette))


def limit_look(palette: Palette) -> dict[str, Any]:
    """Style of the line of a limit on every chart."""
    return {"color": palette.accent, "width": 1.4, "dash": "dash"}


def wash(palette: Palette) -> str:
    """Fill colour of the good side of a limit's line."""
    return mixed(palette.accent, palette.paper, WASH)


def _shade_sides(
    fig: Drawing, view: FrontView, lines: Sequence[LimitLine], visible: VisibleFront
) -> None:
    """Shade the good side of each limit’s line, as far as it is visible or there are points."""
    ends: dict[str, list[float]] = {}
    for axis, seen in (("x", visible.x), ("y", visible.y)):
        on_axis = [line for line in lines if line.axis == axis]
        if on_axis:
            values = view.points[axis].to_numpy(np.float64)
            values = values[np.isfinite(values)]
            low, high = min(seen[0], values.min()), max(seen[1], values.max())
            least = max([low, *(line.value for line in on_axis if line.above)])
            most = min([high, *(line.value for line in on_axis if not line.above)])
            if least >= most:
                return
            ends[axis] = [float(least), float(most)]
    fig.add_rect(ends.get("x"), ends.get("y"), fillcolor=wash(fig.palette))


def _shade_curves(
    fig: Drawing, view: FrontView, are_met: NDArray[np.bool_], visible: VisibleFront
) -> None:
    """Shade the parts of the curves that meet all limits, if the limits are no lines across the axes."""
    ribbons = [
        places
        for model_points in view.curves.values()
        for places in stretches_in(model_points, are_met, visible.ranges, SHADE_SPACING)
    ]
    x, y = joined_by_gaps(ribbons)
    shade = mixed(fig.palette.accent, fig.palette.paper)
    edge = mixed(fig.palette.accent, fig.palette.paper, EDGE)
    for color, width in ((edge, SHADE_WIDTH + 2 * EDGE_WIDTH), (shade, SHADE_WIDTH)):
        fig.add_scatter(
            x=x,
            y=y,
            # A dot at each corner makes the ends and turns of the line round.
            mode="lines+markers",
            line={"color": color, "width": width},
            marker={"size": width, "color": color, "line": {"width": 0}},
            hoverinfo="skip",
            name="meets all limits",
            zorder=-1,
        )


def stretches_in(
    model_points: Curve, mask: NDArray[np.bool_], ranges: Ranges, spacing: float
) -> list[NDArray[np.float64]]:
    """Corners of each part of a model's curve whose operating points are all in a mask."""
    return [
        walked(model_points[first:end], ranges, spacing).places
        for first, end in runs_of(mask[model_points.rows])
    ]


def joined_by_gaps(
    stretches: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Parts of a curve as one line with gaps between them."""
    gap = np.full((1, 2), np.nan)
    parts = [part for stretch in stretches for part in (stretch, gap)][:-1] or [gap[:0]]
    x, y = np.concatenate(parts).T
    return as_float32(x), as_float32(y)
