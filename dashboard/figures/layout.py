"""The house's fonts, margins and colours on a Plotly figure."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.palette import FONT, Palette
from dashboard.figures.plotly_json import Drawing


class Figure(Protocol):
    """What is laid out: a `Drawing`, or Plotly's own object."""

    def update_layout(self, **layout: Any) -> object: ...
    def update_xaxes(self, **axis: Any) -> object: ...
    def update_yaxes(self, **axis: Any) -> object: ...


F = TypeVar("F", bound=Figure)


def house_layout(
    fig: F, palette: Palette, *, height: int, automargin: bool = True, **layout: Any
) -> F:
    """Give a figure the house's fonts, margins and colours, in place, and return it.

    Parameters
    ----------
    automargin : bool
        Whether Plotly makes room for the ticks. On a chart with an overlay the margins are its own.
    """
    fig.update_layout(
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": palette.ink},
        margin={"l": 64, "r": 18, "t": 12, "b": 46},
        showlegend=False,
        hovermode="closest",
        modebar={
            "orientation": "h",
            "bgcolor": "rgba(0,0,0,0)",
            "color": palette.muted,
            "activecolor": palette.accent,
        },
        dragmode="pan",
        hoverlabel={
            "bgcolor": palette.paper,
            "bordercolor": palette.faint,
            "font": {"family": FONT, "size": 13, "color": palette.ink},
            "align": "left",
        },
    )
    fig.update_layout(**layout)
    axis: dict[str, Any] = {
        "gridcolor": palette.grid,
        "zeroline": False,
        "linecolor": palette.faint,
        "tickfont": {"color": palette.muted, "size": 12},
        "title": {"font": {"color": palette.muted, "size": 13}, "standoff": 8},
        "automargin": automargin,
        "separatethousands": True,
        "exponentformat": "none",
    }
    fig.update_xaxes(**axis)
    fig.update_yaxes(**axis)
    return fig


def drawn(values: NDArray[np.float64]) -> NDArray[np.floating]:
    """Figures as a drawing needs them: in seven digits and half the bytes, unless too large for those."""
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    return short if np.isfinite(short[np.isfinite(values)]).all() else values


def level_title(
    fig: Drawing, text: str, palette: Palette, *, raised: int = 0, size: float = 13
) -> None:
    """Title of an upright axis above it, level: one along it would be cut where the chart is low."""
    fig.add_annotation(
        name="title",
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=4 + raised,
        text=text,
        showarrow=False,
        font={"size": size, "color": palette.muted},
    )
