"""The house's fonts, margins and colours on a Plotly figure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.palette import FONT, Palette
from dashboard.figures.plotly_json import Drawing
from dashboard.words.numbers import is_money
from metrics import Objective, Scenario


class Figure(Protocol):
    """What is laid out: a `Drawing`, or Plotly's own object."""

    def update_layout(self, **layout: Any) -> object: ...
    def update_xaxes(self, **axis: Any) -> object: ...
    def update_yaxes(self, **axis: Any) -> object: ...


F = TypeVar("F", bound=Figure)


def house_layout(fig: F, palette: Palette, *, height: int, **layout: Any) -> F:
    """Give a figure the house's fonts, margins and colours, in place, and return it."""
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
        "automargin": True,
        "separatethousands": True,
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


def currency_on_ticks(o: Objective, scenario: Scenario) -> str:
    """The currency of an axis of money where it is a sign such as €: it fits on each tick, letters do not."""
    sign = scenario.currency
    is_sign = len(sign) == 1 and unicodedata.category(sign) == "Sc"
    return sign if is_sign and is_money(o.unit, scenario) else ""


LARGE = 1e6
"""From which size on figures beside an axis are counted in millions."""


def in_full(o: Objective, scenario: Scenario, ends: Sequence[float]) -> dict[str, Any]:
    """How an axis writes thousands: counts in full, as the page does; in front of a k only money."""
    is_short = is_money(o.unit, scenario) or max(map(abs, ends)) >= LARGE
    return {} if is_short else {"exponentformat": "none"}


def large_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Ticks of an axis of large figures, and how they are written: ``20 m``, ``1.5 bn``."""
    step = 10.0 ** np.floor(np.log10((high - low) / 2))
    step *= next(times for times in (1, 2, 5, 10) if (high - low) / (times * step) <= MOST_TICKS)
    values = [float(k * step) for k in range(int(np.ceil(low / step)), int(high // step) + 1)]
    scale, unit = (1e9, "bn") if max(abs(low), abs(high)) >= 1e9 else (1e6, "m")
    tick_texts = [
        f"{value / scale:,.4g}\N{NO-BREAK SPACE}{unit}" if value else "0" for value in values
    ]
    return values, [text.replace("-", "\N{MINUS SIGN}") for text in tick_texts]


MOST_TICKS = 5
