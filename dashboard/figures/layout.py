"""Common layout of Plotly figures: fonts, margins, colours, and the title above an axis."""

from __future__ import annotations

from typing import Any

from dashboard.figures.palette import FONT, Palette
from dashboard.figures.plotly_json import Drawing


def house_layout(
    fig: Drawing, palette: Palette, *, height: int, automargin: bool = True, **layout: Any
) -> None:
    """Set the common fonts, margins and colours of a figure.

    Parameters
    ----------
    automargin : bool
        Whether Plotly makes room for the ticks. A chart with an overlay needs fixed margins.
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


def level_title(
    fig: Drawing, text: str, palette: Palette, *, raised: int = 0, size: float = 13
) -> None:
    """Horizontal title above a vertical axis, because a low chart would cut off a vertical title."""
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
