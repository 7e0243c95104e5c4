"""Native charts of a slide deck, drawn so that their figures can be edited.

What a native chart shows, as a value: series, axes, and the round figures at which those end.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
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

from dashboard.export.plotly_to_svg import harmless
from dashboard.figures.palette import LIGHT
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Series:
    """One series of a chart.

    Attributes
    ----------
    name : str
    x, y : ndarray, shape (n,)
        Finite figures; others are left out when it is drawn.
    color : str
        ``#rrggbb``.
    symbol : str
        Of the house's markers; empty where there are none.
    size : int
        Of a marker, in points.
    width : float
        Of the line, in points; 0 where there is none.
    dashed : bool
    label : str
        Beside its only point.
    offset : tuple of two floats
        Of the label's middle from the point, in inches to the right and down.
    listed : bool
        Whether the legend names it.
    """

    name: str
    x: Floats
    y: Floats
    color: str
    symbol: str = ""
    size: int = 5
    width: float = 0.0
    dashed: bool = False
    label: str = ""
    offset: tuple[float, float] = (0.0, 0.0)
    listed: bool = False

    @cached_property
    def known(self) -> tuple[Floats, Floats]:
        """The figures that can be drawn."""
        there = np.isfinite(self.x) & np.isfinite(self.y)
        return self.x[there], self.y[there]


@dataclass(frozen=True)
class Scale:
    """One axis.

    Attributes
    ----------
    title : str
    low, high : float
        What is in sight.
    backwards : bool
        Whether it falls to the right, or upwards.
    share : bool
        Whether its figures are written in per cent.
    log : bool
    """

    title: str
    low: float
    high: float
    backwards: bool = False
    share: bool = False
    log: bool = False


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes
    ----------
    title : str
        Above it; empty where the slide's says enough.
    across, up : Scale
    series : sequence of Series
        Of which the last is drawn on top, and lines below all markers.
    """

    title: str
    across: Scale
    up: Scale
    series: Sequence[Series] = field(default_factory=tuple)

    @property
    def drawn(self) -> list[Series]:
        """The series that have a point, lines first, and of these the longest.

        LibreOffice leaves out what comes before a longer line.
        """
        with_points = [series for series in self.series if series.known[0].size]
        return sorted(with_points, key=lambda series: -series.known[0].size if series.width else 1)


def round_ends(scale: Scale) -> tuple[float, float, float]:
    """Ends of an axis at round figures, and the step between those: slides count ticks from the lower end.

    Of a logarithmic axis the step is its lower end.
    """
    if scale.log:
        low, high = _round(scale.low, down=True), _round(scale.high, down=False)
        return low, high, low
    span = scale.high - scale.low
    step = _round(span / 6, down=False)
    digits = max(0, 1 - math.floor(math.log10(step)))
    low = round(math.floor(scale.low / step + 1e-9) * step, digits)
    high = round(math.ceil(scale.high / step - 1e-9) * step, digits)
    return low, high, step


def _round(value: float, *, down: bool) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = [float(f"{k}e{math.floor(math.log10(value))}") for k in (1, 2, 5, 10)]
    if down:
        return max(s for s in steps if s <= value * (1 + 1e-9))
    return min((s for s in steps if s >= value * (1 - 1e-9)), default=10 * power)


Box = tuple[float, float, float, float]


BODY = "Arial"


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
    "ring": ("CIRCLE", False),
}
"""By the house's symbol: the nearest that slides know, and whether it is filled; eleven can be told apart."""


class _Data(XyChartData):
    """The figures of a chart, and the workbook behind it, in which a name is text whatever it begins with."""

    @property
    def xlsx_blob(self) -> bytes:
        """The workbook."""
        buffer = io.BytesIO()
        plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(buffer, plain) as book:
            sheet = book.add_worksheet("Sheet1")
            for one in self:
                top = self._workbook_writer.series_table_row_offset(one)
                sheet.write_string(top, 1, one.name)
                for k, (x, y) in enumerate(zip(one.x_values, one.y_values, strict=True), start=1):
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
        What it shows, for those who hear it.
    """
    data = _Data()  # type: ignore[no-untyped-call]
    for one in chart.drawn:
        series = data.add_series(harmless(one.name))  # type: ignore[no-untyped-call]
        for x, y in zip(*one.known, strict=True):
            series.add_data_point(float(x), float(y))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER_LINES, *map(Inches, box), data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", harmless(alt))
    drawn = frame.chart
    drawn.font.size, drawn.font.name = Pt(11), BODY
    drawn.font.color.rgb = rgb(LIGHT.muted)
    drawn.has_title = bool(chart.title)
    if chart.title:
        _say(drawn.chart_title.text_frame, chart.title, 12, bold=True, color=LIGHT.ink)
        drawn.chart_title.include_in_layout = False
    for plotted, one in zip(drawn.plots[0].series, chart.drawn, strict=True):
        _style(plotted, one, box)
    _axis(drawn.category_axis, chart.across, grid=False)
    _axis(drawn.value_axis, chart.up, grid=True)
    _legend(drawn, chart)


def rgb(color: str) -> RGBColor:
    """A colour ``#rrggbb``."""
    return RGBColor(*bytes.fromhex(color.removeprefix("#")))  # type: ignore[no-untyped-call]


def _say(frame: Any, text: str, size: float, *, bold: bool = False, color: str) -> None:
    frame.text = harmless(text)
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.name = Pt(size), bold, BODY
    font.color.rgb = rgb(color)


def _style(plotted: Any, series: Series, box: Box) -> None:
    plotted.smooth = False
    if series.width:
        plotted.format.line.width = Pt(series.width)
        plotted.format.line.color.rgb = rgb(series.color)
        if series.dashed:
            plotted.format.line.dash_style = MSO_LINE.DASH
    else:
        plotted.format.line.fill.background()
    if not series.symbol:
        plotted.marker.style = XL_MARKER_STYLE.NONE
        return
    name, filled = _SHAPES[series.symbol]
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
    if series.label:
        label = plotted.points[0].data_label
        label.has_text_frame = True
        _say(label.text_frame, series.label, 11, bold=True, color=LIGHT.ink)
        label.position = XL_LABEL_POSITION.CENTER
        right, down = series.offset[0] / box[2], series.offset[1] / box[3]
        layout = parse_xml(
            f'<c:layout {nsdecls("c")}><c:manualLayout><c:x val="{right:.4f}"/><c:y val="{down:.4f}"/>'
            "</c:manualLayout></c:layout>"
        )
        label._dLbl.find(qn("c:idx")).addnext(layout)


def _axis(drawn: Any, scale: Scale, *, grid: bool) -> None:
    drawn.has_major_gridlines = grid
    if grid:
        drawn.major_gridlines.format.line.color.rgb = rgb(LIGHT.grid)
        drawn.major_gridlines.format.line.width = Pt(0.75)
    low, high, step = round_ends(scale)
    drawn.minimum_scale, drawn.maximum_scale = low, high
    drawn.reverse_order = scale.backwards
    if scale.log:
        base = parse_xml(f'<c:logBase {nsdecls("c")} val="10"/>')
        drawn._element.scaling.insert(0, base)
    else:
        drawn.major_unit = step
    # The other axis lies where this one begins, at the left or at the bottom, also where it runs backwards.
    drawn.tick_label_position = XL_TICK_LABEL_POSITION.NEXT_TO_AXIS
    drawn.crosses = XL_AXIS_CROSSES.MAXIMUM if scale.backwards else XL_AXIS_CROSSES.MINIMUM
    drawn.major_tick_mark, drawn.minor_tick_mark = XL_TICK_MARK.OUTSIDE, XL_TICK_MARK.NONE
    drawn.format.line.color.rgb = rgb(LIGHT.faint)
    labels = drawn.tick_labels
    labels.font.size, labels.font.name = Pt(11), BODY
    labels.font.color.rgb = rgb(LIGHT.muted)
    labels.number_format_is_linked = False
    labels.number_format = _written(step, scale)
    drawn.has_title = bool(scale.title)
    if scale.title:
        _say(drawn.axis_title.text_frame, scale.title, 10, color=LIGHT.muted)


def _written(step: float, scale: Scale) -> str:
    if scale.log and not scale.share:
        return "General"
    digits = max(0, -math.floor(math.log10(step * (100 if scale.share else 1)) + 1e-9))
    return "#,##0" + (f".{'0' * digits}" if digits else "") + ("%" if scale.share else "")


def _legend(drawn: Any, chart: Chart) -> None:
    """Name the series that are to be named, and no other."""
    drawn.has_legend = any(series.listed for series in chart.drawn)
    if not drawn.has_legend:
        return
    legend = drawn.legend
    legend.position, legend.include_in_layout = XL_LEGEND_POSITION.RIGHT, False
    legend.font.size, legend.font.name = Pt(12), BODY
    legend.font.color.rgb = rgb(LIGHT.ink)
    place = legend._element.find(qn("c:legendPos"))
    for k, series in reversed(list(enumerate(chart.drawn))):
        if not series.listed:
            place.addnext(
                parse_xml(
                    f'<c:legendEntry {nsdecls("c")}><c:idx val="{k}"/><c:delete val="1"/></c:legendEntry>'
                )
            )
