"""Charts on a slide as native PowerPoint charts, whose figures can be edited."""

from __future__ import annotations

import io
import math
from typing import Any

import xlsxwriter
from pptx.chart.data import XyChartData
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

from dashboard.export.chart_values import Chart, Scale, Series
from dashboard.export.pptx_text import BODY, Box, rgb
from dashboard.figures.palette import LIGHT
from dashboard.safe_text import harmless

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
    drawn.minimum_scale, drawn.maximum_scale = scale.low, scale.high
    drawn.reverse_order = scale.is_reversed
    if scale.is_log:
        base = parse_xml(f'<c:logBase {nsdecls("c")} val="10"/>')
        drawn._element.scaling.insert(0, base)
    else:
        drawn.major_unit = scale.step
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
    labels.number_format = _number_format(scale)
    drawn.has_title = bool(scale.title)
    if scale.title:
        _set_text(drawn.axis_title.text_frame, scale.title, 10, color=LIGHT.muted)


def _number_format(scale: Scale) -> str:
    if scale.is_log and not scale.is_share:
        return "General"
    digits = max(0, -math.floor(math.log10(scale.step * (100 if scale.is_share else 1)) + 1e-9))
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
