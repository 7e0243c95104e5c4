"""Charts of a slide as values: series, axes with rounded ends and labels of each panel of a figure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.export.figure_parts import panel_names, shapes_of, steps, traces_of
from dashboard.export.paper_charts import PaperChart
from dashboard.figures.chart_text import bold_parts
from dashboard.figures.palette import LIGHT, mixed
from metrics.tally.kernel import Floats

PIXELS = 80
"""Pixels of a figure per inch of a slide, used for the distances of labels."""
LETTER = 0.08
"""Width of a letter of a label in inches."""


@dataclass(frozen=True)
class Series:
    """Series of a chart.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
    color : str
        ``#rrggbb``.
    symbol : str
        Marker of the app's figures; empty for none.
    size : int
        Size of a marker in points.
    is_hollow : bool
        True if only the outline of a marker is drawn.
    width : float
        Width of the line in points; 0 for no line.
    label : str
        Label next to the last point.
    offset : tuple of two floats
        Offset of the label's centre from the point, in inches to the right and down.
    """

    name: str
    x: Floats
    y: Floats
    color: str
    symbol: str = ""
    size: int = 5
    is_hollow: bool = False
    width: float = 0.0
    is_dashed: bool = False
    label: str = ""
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Scale:
    """Axis of a chart.

    Attributes
    ----------
    low, high : float
        Ends of the visible range.
    is_reversed : bool
        True if values fall to the right, or upwards.
    is_share : bool
        True if values are written as percentages.
    has_names : bool
        True if the ticks are names, which a chart on a slide cannot have.
    """

    title: str
    low: float
    high: float
    is_reversed: bool = False
    is_share: bool = False
    is_log: bool = False
    has_names: bool = False

    def at(self, shares: Any) -> Floats:
        """Values at shares of the drawn axis."""
        low, high, _ = round_ends(self)
        part = np.asarray(shares, np.float64)
        return low * (high / low) ** part if self.is_log else low + part * (high - low)

    def holds(self, values: Floats) -> Any:
        """Mask of the values within the drawn axis."""
        low, high, _ = round_ends(self)
        return (low <= values) & (values <= high)


@dataclass(frozen=True)
class Chart:
    """Chart with two axes.

    Attributes
    ----------
    series : tuple of Series
        Lines are drawn below all markers.
    listed : frozenset of str
        Names in the legend.
    """

    title: str
    across: Scale
    up: Scale
    series: tuple[Series, ...]
    listed: frozenset[str] = frozenset()

    @property
    def drawn(self) -> list[Series]:
        """Lines first, the longest line before shorter ones.

        LibreOffice leaves out series that come before a longer line.
        """
        return sorted(self.series, key=lambda series: -series.x.size if series.width else 1)


def charts_of(chart: PaperChart) -> list[Chart]:
    """Each panel of a figure as a chart. Areas are left out, because a chart on a slide has none."""
    fig = chart.figure
    below = next(axis.title.text for axis in fig.select_xaxes() if axis.title.text)
    return [_chart(chart, name, plain(below)) for name in panel_names(fig)]


def _chart(chart: PaperChart, name: tuple[str, str], title: str) -> Chart:
    fig = chart.figure
    traces = [trace for trace in traces_of(fig, name) if trace.mode != "lines+markers"]
    series = [part for trace in traces for part in _series(trace, chart.names)]
    across, up = (
        _scale(
            fig,
            f"{axis[0]}axis{axis[1:]}",
            words,
            chart.shares,
            [getattr(s, axis[0]) for s in series],
        )
        for axis, words in zip(name, (title, ""), strict=True)
    )
    lines = list(_lines(fig, name, across, up))
    if up.has_names:
        series = [replace(s, label=s.name, offset=(0.0, -0.14)) if s.symbol else s for s in series]
    for note in fig.layout.annotations:
        if note.showarrow is not False:
            _label_marker(series, note)
    models = {model for _, _, model in chart.models}
    seen = {
        s.name for s in series if s.symbol and (across.holds(s.x) & up.holds(s.y)).any()
    } & models
    heads = [note for note in fig.layout.annotations if note.name == "title"]
    of_panel = [note for note in heads if note.yref == f"{name[1]} domain"] or heads
    listed = frozenset() if up.has_names else frozenset(seen)
    return Chart(plain(of_panel[0].text) if of_panel else "", across, up, (*series, *lines), listed)


def plain(text: str) -> str:
    """Text of a figure without its markup, with a colon after the bold part: ``Executive: revenue``."""
    return ": ".join(part.strip() for part, _ in bold_parts(text))


def _series(trace: Any, names: Any) -> Iterator[Series]:
    """Series of a trace; a line with gaps is several series."""
    name = names.get(trace.name, trace.name or "mark")
    # A figure may have 32-bit numbers. Their text keeps 0.1, which would otherwise become 0.10000000149.
    x, y = (np.asarray(values).astype(str).astype(np.float64) for values in (trace.x, trace.y))
    if "markers" in trace.mode:
        drawn, look = np.isfinite(x) & np.isfinite(y), trace.marker
        symbol = look.symbol or "circle"
        is_open = symbol.endswith("-open")
        is_hollow = is_open or look.color == LIGHT.paper
        color = look.line.color if is_hollow and not is_open else look.color
        if drawn.any():
            size = round(0.75 * look.size)
            yield Series(
                name, x[drawn], y[drawn], color, symbol.removesuffix("-open"), size, is_hollow
            )
        return
    width, color = trace.line.width, trace.line.color
    if not width:
        if trace.fill == "toself":
            return
        # The edge of a band is drawn as a line, because a chart on a slide has no areas.
        name, width, color = "95% interval", 0.75, _solid(trace.fillcolor)
    x, y = steps(x, y, trace.line.shape or "linear")
    gaps = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    opacity = 1.0 if trace.opacity is None else trace.opacity
    for part in np.split(np.arange(x.size), np.unique([*gaps, *(gaps + 1)])):
        if part.size and np.isfinite(x[part] + y[part]).all():
            is_dashed = trace.line.dash not in (None, "solid")
            yield Series(
                name,
                x[part],
                y[part],
                mixed(color, LIGHT.paper, opacity),
                width=width,
                is_dashed=is_dashed,
            )


def _solid(color: str) -> str:
    """Opaque colour for the line that replaces a translucent area."""
    red, green, blue = map(int, re.findall(r"\d+", color)[:3])
    return mixed(f"#{red:02x}{green:02x}{blue:02x}", LIGHT.paper, 0.45)


def _scale(
    fig: go.Figure, axis: str, title: str, shares: frozenset[str], values: list[Floats]
) -> Scale:
    """Axis of a figure; it does not extend below 0 or above 1 if no value does."""
    look, is_share = fig.layout[axis], axis in shares
    is_log = look.type == "log"
    low, high = (10.0**end if is_log else float(end) for end in sorted(look.range))
    is_reversed, has_names = look.range[0] > look.range[1], look.showgrid is False
    values_and_zero = np.concatenate([[0.0], *values])
    if values_and_zero.min() >= 0 and not (is_log or has_names):
        low = max(low, 0.0)
    if is_share and values_and_zero.max() <= 1:
        high = min(high, 1.0)
    return Scale(title, low, high, is_reversed, is_share, is_log, has_names)


def _lines(fig: go.Figure, name: tuple[str, str], across: Scale, up: Scale) -> Iterator[Series]:
    """Straight lines within the axes of a panel, with their names."""
    for shape, is_share_x, is_share_y in shapes_of(fig, name):
        x = across.at([shape.x0, shape.x1]) if is_share_x else np.array([shape.x0, shape.x1], float)
        y = (
            up.at(np.clip([shape.y0, shape.y1], 0, 1))
            if is_share_y
            else np.array([shape.y0, shape.y1], float)
        )
        if shape.type != "line" or not (across.holds(x).all() and up.holds(y).all()):
            continue
        label = ""
        for note in fig.layout.annotations:
            is_level = note.yref == shape.yref and note.y == shape.y0
            is_upright = (note.xref or "x") == (shape.xref or "x") and note.x == shape.x0
            if note.name != "title" and note.showarrow is False and (is_level or is_upright):
                label = plain(note.text)
        half = LETTER / 2 * len(label)
        offset = (half, 0.14) if is_share_y else (-half, -0.11)
        look = shape.line
        yield Series(
            label or "line", x, y, look.color, width=look.width or 1.0,
            is_dashed=look.dash not in (None, "solid"), label=label, offset=offset,
        )  # fmt: skip


def _label_marker(series: list[Series], note: Any) -> None:
    """Give the text of an annotation to the marker that it points at."""
    for k, marker in enumerate(series):
        is_target = marker.symbol and marker.x.size == 1
        if is_target and (marker.x[0], marker.y[0]) == (note.x, note.y):
            offset = float(note.ax) / PIXELS, float(note.ay) / PIXELS
            series[k] = replace(marker, label=plain(note.text), offset=offset)
            return


def round_ends(scale: Scale) -> tuple[float, float, float]:
    """Rounded ends of an axis and the step between ticks, because slides count ticks from the lower end.

    The step of a logarithmic axis is its lower end.
    """
    if scale.is_log:
        low, high = _round_number(scale.low, down=True), _round_number(scale.high, down=False)
        return low, high, low
    span = scale.high - scale.low
    step = _round_number(span / 6, down=False)
    digits = max(0, 1 - math.floor(math.log10(step)))
    low = round(math.floor(scale.low / step + 1e-9) * step, digits)
    high = round(math.ceil(scale.high / step - 1e-9) * step, digits)
    return low, high, step


def _round_number(value: float, *, down: bool) -> float:
    """Next 1, 2 or 5 times a power of ten, downwards or upwards."""
    steps = [float(f"{k}e{math.floor(math.log10(value))}") for k in (1, 2, 5, 10)]
    if down:
        return max(step for step in steps if step <= value * (1 + 1e-9))
    return min(step for step in steps if step >= value * (1 - 1e-9))
