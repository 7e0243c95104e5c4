"""Charts of a slide as values: series, axes with rounded ends and labels of each panel of a figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.analysis.mask_runs import runs_of
from dashboard.export.figure_parts import DrawnAxis, Panel, is_share, panels_of, steps
from dashboard.export.paper_charts import PaperChart
from dashboard.figures.palette import LIGHT, mixed
from dashboard.figures.texts import bold_parts
from dashboard.figures.ticks import round_ends
from metrics.tally.kernel import Floats

PIXELS = 80
"""Pixels of a figure per inch of a slide, used for the distances of labels."""
LETTER = 0.08
"""Width of a letter of a label in inches."""
ABOVE = (0.0, -0.14)
"""Offset in inches of a label above its marker."""


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
    _: KW_ONLY
    symbol: str = ""
    size: int = 5
    is_hollow: bool = False
    width: float = 0.0
    is_dashed: bool = False
    label: str = ""
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Axis of a chart.

    Attributes
    ----------
    low, high, step : float
        Rounded ends of the axis, and the step between its ticks (`dashboard.figures.ticks.round_ends`).
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
    step: float
    is_reversed: bool
    is_share: bool
    is_log: bool
    has_names: bool

    def values(self, ends: Any, ref: str | None) -> Floats:
        """Values of the ends of a shape, which may be shares of the axis."""
        given, low, high = np.array(ends, np.float64), self.low, self.high
        if not is_share(ref):
            return given
        part = np.clip(given, 0, 1)
        return low * (high / low) ** part if self.is_log else low + part * (high - low)

    def holds(self, values: Floats) -> Any:
        """Mask of the values within the axis."""
        return (self.low <= values) & (values <= self.high)


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
    return [_chart(chart, panel, plain(below)) for panel in panels_of(fig, *chart.size)]


def _chart(chart: PaperChart, panel: Panel, below: str) -> Chart:
    notes = chart.figure.layout.annotations
    traces = [trace for trace in panel.traces if trace.mode != "lines+markers"]
    series = [part for trace in traces for part in _series(trace, chart.names)]
    across = _scale(panel.x, below, chart.shares, [s.x for s in series])
    up = _scale(panel.y, "", chart.shares, [s.y for s in series])
    models = frozenset(model for _, _, model in chart.models if not up.has_names)
    seen = [s.name for s in series if s.symbol and (across.holds(s.x) & up.holds(s.y)).any()]
    heads = [note for note in notes if note.name == "title"]
    head = next(iter([*filter(panel.has, heads), *heads]), None)
    lines = _lines(chart.figure, panel, across, up)
    title = plain(head.text) if head else ""
    labelled = _with_labels(series, notes, are_names=up.has_names)
    return Chart(title, across, up, (*labelled, *lines), models.intersection(seen))


def _with_labels(
    series: Iterable[Series], notes: Iterable[Any], *, are_names: bool
) -> Iterator[Series]:
    """Series with the labels of their markers: the texts of arrows, or the names if the axis shows them."""
    arrows = {(note.x, note.y): note for note in notes if note.showarrow is not False}
    for s in series:
        if s.symbol and are_names:
            yield replace(s, label=s.name, offset=ABOVE)
        elif s.symbol and s.x.size == 1 and (note := arrows.pop((s.x[0], s.y[0]), None)):
            offset = float(note.ax) / PIXELS, float(note.ay) / PIXELS
            yield replace(s, label=plain(note.text), offset=offset)
        else:
            yield s


def plain(text: str) -> str:
    """Text of a figure without its markup, with a colon after the bold part: ``Executive: revenue``."""
    return ": ".join(part.strip() for part, _ in bold_parts(text))


def _series(trace: Any, names: Mapping[str, str]) -> Iterator[Series]:
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
                name,
                x[drawn],
                y[drawn],
                color,
                symbol=symbol.removesuffix("-open"),
                size=size,
                is_hollow=is_hollow,
            )
        return
    width, color = trace.line.width, trace.line.color
    if not width:
        if trace.fill == "toself":
            return
        # The edge of a band is drawn as a line, because a chart on a slide has no areas.
        name, width, color = "95% interval", 0.75, _solid(trace.fillcolor)
    x, y = steps(x, y, trace.line.shape)
    color = mixed(color, LIGHT.paper, 1.0 if trace.opacity is None else trace.opacity)
    is_dashed = trace.line.dash not in (None, "solid")
    for first, end in runs_of(np.isfinite(x + y)):
        yield Series(name, x[first:end], y[first:end], color, width=width, is_dashed=is_dashed)


def _solid(color: str) -> str:
    """Opaque colour for the line that replaces a translucent area."""
    red, green, blue = map(int, re.findall(r"\d+", color)[:3])
    return mixed(f"#{red:02x}{green:02x}{blue:02x}", LIGHT.paper, 0.45)


def _scale(axis: DrawnAxis, title: str, shares: frozenset[str], values: list[Floats]) -> Scale:
    """Axis of a figure; it does not extend below 0 or above 1 if no value does."""
    has_shares, has_names = axis.layout.plotly_name in shares, axis.layout.showgrid is False
    low, high = (10.0**end if axis.is_log else end for end in sorted(axis.range))
    values_and_zero = np.concatenate([[0.0], *values])
    if values_and_zero.min() >= 0 and not (axis.is_log or has_names):
        low = max(low, 0.0)
    if has_shares and values_and_zero.max() <= 1:
        high = min(high, 1.0)
    low, high, step = round_ends(low, high, is_log=axis.is_log)
    return Scale(
        title=title,
        low=low,
        high=high,
        step=step,
        is_reversed=axis.range[0] > axis.range[1],
        is_share=has_shares,
        is_log=axis.is_log,
        has_names=has_names,
    )


def _lines(fig: go.Figure, panel: Panel, across: Scale, up: Scale) -> Iterator[Series]:
    """Straight lines within the axes of a panel, with their names."""
    for shape in filter(panel.has, fig.layout.shapes):
        x = across.values([shape.x0, shape.x1], shape.xref)
        y = up.values([shape.y0, shape.y1], shape.yref)
        if shape.type != "line" or not (across.holds(x).all() and up.holds(y).all()):
            continue
        label = ""
        for note in fig.layout.annotations:
            is_level = note.yref == shape.yref and note.y == shape.y0
            is_upright = (note.xref or "x") == (shape.xref or "x") and note.x == shape.x0
            if note.name != "title" and note.showarrow is False and (is_level or is_upright):
                label = plain(note.text)
        half = LETTER / 2 * len(label)
        offset = (half, 0.14) if is_share(shape.yref) else (-half, -0.11)
        look = shape.line
        yield Series(
            label or "line", x, y, look.color, width=look.width or 1.0,
            is_dashed=look.dash not in (None, "solid"), label=label, offset=offset,
        )  # fmt: skip
