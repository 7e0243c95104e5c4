"""Charts of a report as native PowerPoint charts, whose figures can be edited.

A panel of a Plotly figure is first read as a value (series, and axes with rounded ends), and then drawn.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import xlsxwriter
from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_AXIS_CROSSES,
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches, Pt

from dashboard.export.charts import PaperChart
from dashboard.export.figure_parts import panel_names, shapes_of, steps, traces_of
from dashboard.figures.chart_text import bold_parts
from dashboard.figures.palette import LIGHT, mixed
from dashboard.words.safe_text import harmless
from metrics.tally.kernel import Floats

Box = tuple[float, float, float, float]
"""Left, top, width and height in inches."""
BODY = "Arial"
PIXELS = 80
"""Pixels of a figure per inch of a slide, used for the distances of labels."""
LETTER = 0.08
"""Width of a letter of a label in inches."""
_SHAPES = {
    "circle": ("CIRCLE", True),
    "square": ("SQUARE", True),
    "triangle-right": ("DIAMOND", True),
    "triangle-up": ("TRIANGLE", True),
    "triangle-down": ("TRIANGLE", False),
    "pentagon": ("CIRCLE", False),
    "hexagon": ("DIAMOND", False),
    "bowtie": ("SQUARE", False),
    "star": ("STAR", False),
    "cross": ("PLUS", False),
    "x": ("X", False),
    "triangle-left": ("DASH", True),
    "diamond-tall": ("DIAMOND", False),
    "line-ns": ("PLUS", False),
}
"""PowerPoint marker, and whether it is filled, by the symbol of the app's figures."""


@dataclass(frozen=True)
class Series:
    """Series of a chart.

    Attributes
    ----------
    name : str
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
    is_dashed : bool
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
    title : str
    low, high : float
        Ends of the visible range.
    is_reversed : bool
        True if values fall to the right, or upwards.
    is_share : bool
        True if values are written as percentages.
    is_log : bool
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
    title : str
    across, up : Scale
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
    # A figure may have 32-bit numbers. By way of text, 0.1 stays 0.1 and does not become 0.10000000149.
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
    numbers = np.concatenate([[0.0], *values])
    if numbers.min() >= 0 and not (is_log or has_names):
        low = max(low, 0.0)
    if is_share and numbers.max() <= 1:
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
    power = 10.0 ** math.floor(math.log10(value))
    steps = [float(f"{k}e{math.floor(math.log10(value))}") for k in (1, 2, 5, 10)]
    if down:
        return max(s for s in steps if s <= value * (1 + 1e-9))
    return min((s for s in steps if s >= value * (1 - 1e-9)), default=10 * power)


class _Data(XyChartData):
    """Data of a chart and its workbook, in which names are text even if they look like formulas."""

    @property
    def xlsx_blob(self) -> bytes:
        """Workbook of the data."""
        buffer = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(buffer, options) as book:
            sheet = book.add_worksheet("Sheet1")
            for series in self:
                top = self._workbook_writer.series_table_row_offset(series)
                sheet.write_string(top, 1, series.name)
                points = zip(series.x_values, series.y_values, strict=True)
                for k, (x, y) in enumerate(points, start=1):
                    sheet.write_number(top + k, 0, x)
                    sheet.write_number(top + k, 1, y)
        return buffer.getvalue()


def add_chart(slide: Any, chart: Chart, box: Box, alt: str) -> None:
    """Draw a chart on a slide.

    Parameters
    ----------
    box : tuple of four floats
        Left, top, width and height in inches.
    alt : str
        Alternative text for screen readers.
    """
    data = _Data()  # type: ignore[no-untyped-call]
    for series in chart.drawn:
        data_series = data.add_series(harmless(series.name))  # type: ignore[no-untyped-call]
        for x, y in zip(series.x, series.y, strict=True):
            data_series.add_data_point(float(x), float(y))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER_LINES, *map(Inches, box), data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", harmless(alt))
    drawn = frame.chart
    drawn.font.size, drawn.font.name = Pt(11), BODY
    drawn.font.color.rgb = rgb(LIGHT.muted)
    drawn.has_title = bool(chart.title)
    if chart.title:
        _set_text(drawn.chart_title.text_frame, chart.title, 12, bold=True, color=LIGHT.ink)
        drawn.chart_title.include_in_layout = False
    for plotted, series in zip(drawn.plots[0].series, chart.drawn, strict=True):
        _style_series(plotted, series, box)
    _style_axis(drawn.category_axis, chart.across, grid=False)
    _style_axis(drawn.value_axis, chart.up, grid=True)
    _add_legend(drawn, chart)


def rgb(color: str) -> RGBColor:
    """Colour of a hexadecimal string ``#rrggbb``."""
    return RGBColor(*bytes.fromhex(color.removeprefix("#")))  # type: ignore[no-untyped-call]


def _set_text(frame: Any, text: str, size: float, *, bold: bool = False, color: str) -> None:
    frame.text = harmless(text)
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.name = Pt(size), bold, BODY
    font.color.rgb = rgb(color)


def _style_series(plotted: Any, series: Series, box: Box) -> None:
    plotted.smooth = False
    if series.width:
        plotted.format.line.width = Pt(series.width)
        plotted.format.line.color.rgb = rgb(series.color)
        if series.is_dashed:
            plotted.format.line.dash_style = MSO_LINE.DASH
    else:
        plotted.format.line.fill.background()
    if series.label:
        _set_label(plotted.points[series.x.size - 1].data_label, series, box)
    if not series.symbol:
        plotted.marker.style = XL_MARKER_STYLE.NONE
        return
    name, filled = _SHAPES[series.symbol]
    filled = filled and not series.is_hollow
    marker = plotted.marker
    marker.style, marker.size = XL_MARKER_STYLE[name], series.size
    fill = marker.format.fill
    if filled:
        fill.solid()
        fill.fore_color.rgb = rgb(series.color)
    else:
        fill.background()
    marker.format.line.color.rgb = rgb(series.color)
    marker.format.line.width = Pt(0.5 if filled else 2.0 if series.size > 9 else 1.25)


def _set_label(label: Any, series: Series, box: Box) -> None:
    """Write the label of a series at its offset."""
    label.has_text_frame = True
    _set_text(label.text_frame, series.label, 11, bold=bool(series.symbol), color=LIGHT.ink)
    label.position = XL_LABEL_POSITION.CENTER
    right, down = series.offset[0] / box[2], series.offset[1] / box[3]
    layout = parse_xml(
        f'<c:layout {nsdecls("c")}><c:manualLayout><c:x val="{right:.4f}"/><c:y val="{down:.4f}"/>'
        "</c:manualLayout></c:layout>"
    )
    label._dLbl.find(qn("c:idx")).addnext(layout)


def _style_axis(drawn: Any, scale: Scale, *, grid: bool) -> None:
    drawn.has_major_gridlines = grid
    if grid:
        drawn.major_gridlines.format.line.color.rgb = rgb(LIGHT.grid)
        drawn.major_gridlines.format.line.width = Pt(0.75)
    low, high, step = round_ends(scale)
    drawn.minimum_scale, drawn.maximum_scale = low, high
    drawn.reverse_order = scale.is_reversed
    if scale.is_log:
        base = parse_xml(f'<c:logBase {nsdecls("c")} val="10"/>')
        drawn._element.scaling.insert(0, base)
    else:
        drawn.major_unit = step
    # The other axis crosses at the beginning of this one (left or bottom), even if this one runs backwards.
    positions = XL_TICK_LABEL_POSITION
    drawn.tick_label_position = positions.NONE if scale.has_names else positions.NEXT_TO_AXIS
    drawn.crosses = XL_AXIS_CROSSES.MAXIMUM if scale.is_reversed else XL_AXIS_CROSSES.MINIMUM
    drawn.major_tick_mark, drawn.minor_tick_mark = XL_TICK_MARK.OUTSIDE, XL_TICK_MARK.NONE
    drawn.format.line.color.rgb = rgb(LIGHT.faint)
    labels = drawn.tick_labels
    labels.font.size, labels.font.name = Pt(11), BODY
    labels.font.color.rgb = rgb(LIGHT.muted)
    labels.number_format_is_linked = False
    labels.number_format = _number_format(step, scale)
    drawn.has_title = bool(scale.title)
    if scale.title:
        _set_text(drawn.axis_title.text_frame, scale.title, 10, color=LIGHT.muted)


def _number_format(step: float, scale: Scale) -> str:
    if scale.is_log and not scale.is_share:
        return "General"
    digits = max(0, -math.floor(math.log10(step * (100 if scale.is_share else 1)) + 1e-9))
    return "#,##0" + (f".{'0' * digits}" if digits else "") + ("%" if scale.is_share else "")


def _add_legend(drawn: Any, chart: Chart) -> None:
    """Show a legend with only the series that are listed."""
    drawn.has_legend = bool(chart.listed)
    if not drawn.has_legend:
        return
    legend = drawn.legend
    legend.position, legend.include_in_layout = XL_LEGEND_POSITION.RIGHT, False
    legend.font.size, legend.font.name = Pt(12), BODY
    legend.font.color.rgb = rgb(LIGHT.ink)
    place = legend._element.find(qn("c:legendPos"))
    for k, series in reversed(list(enumerate(chart.drawn))):
        if not (series.symbol and series.name in chart.listed):
            place.addnext(
                parse_xml(
                    f'<c:legendEntry {nsdecls("c")}><c:idx val="{k}"/><c:delete val="1"/></c:legendEntry>'
                )
            )
