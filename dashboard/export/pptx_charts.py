"""Front and trade-off as native PowerPoint charts, whose figures can be edited.

A chart is first described as a value (series, axes, and rounded ends of the axes), and then drawn on a slide.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
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

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.front import (
    FrontView,
    RankingView,
    discussed,
    front_with_selected,
    line_of,
    on_front,
    ranking_of,
    ranking_stakeholder,
)
from dashboard.analysis.decide.tradeoff import (
    StakeholderCurve,
    TradeoffView,
    least_cost_of,
    tradeoff_with_selected,
)
from dashboard.export.plotly_to_svg import harmless, steps
from dashboard.figures.front_figure import NamedMark, visible_range
from dashboard.figures.label_placement import label_offsets
from dashboard.figures.palette import LIGHT, mixed
from dashboard.figures.tradeoff_figure import (
    in_range,
    in_sight,
    is_log,
    limits_in_sight,
    x_range,
    y_range,
)
from dashboard.page_view import PageView
from dashboard.words.axes import axis_title
from dashboard.words.decide.charts_on_paper import (
    BEST,
    BEST_OF_MODEL,
    CHOSEN,
    CHOSEN_LINE,
    FRONT_LINE,
    LOWER,
    NO_THRESHOLD,
    TITLE,
    TODAY,
    UPPER,
    X_TITLES,
    editable_note,
    front_below,
    ranking_below,
    threshold_title,
    tradeoff_below,
)
from dashboard.words.decide.front import (
    curve_title,
    front_alt,
    front_sentence,
    implied_threshold_note,
    least_cost_figure,
    least_cost_sentence,
    left_out_notes,
    mark_label,
    ranking_alt,
    tradeoff_alt,
    within_limits_words,
)
from dashboard.words.limit_names import limit_word
from dashboard.words.names import current_title
from dashboard.words.numbers import label_with_unit
from metrics import Objective, Unit
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Series:
    """Series of a chart.

    Attributes
    ----------
    name : str
    x, y : ndarray, shape (n,)
        Coordinates; points that are not finite are left out of the drawing.
    color : str
        ``#rrggbb``.
    symbol : str
        Marker of the app's figures; empty for none.
    size : int
        Size of a marker in points.
    width : float
        Width of the line in points; 0 for no line.
    dashed : bool
    label : str
        Label next to the series' only point.
    offset : tuple of two floats
        Offset of the label's centre from the point, in inches to the right and down.
    listed : bool
        True if the legend names the series.
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
        """Finite coordinates of the series."""
        there = np.isfinite(self.x) & np.isfinite(self.y)
        return self.x[there], self.y[there]


@dataclass(frozen=True)
class Scale:
    """Axis of a chart.

    Attributes
    ----------
    title : str
    low, high : float
        Ends of the visible range.
    backwards : bool
        True if values fall to the right, or upwards.
    share : bool
        True if values are written as percentages.
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
    """Chart with two axes.

    Attributes
    ----------
    title : str
        Title above the chart; empty if the title of the slide is enough.
    across, up : Scale
    series : sequence of Series
        Series in drawing order. Lines are drawn below all markers.
    """

    title: str
    across: Scale
    up: Scale
    series: Sequence[Series] = field(default_factory=tuple)

    @property
    def drawn(self) -> list[Series]:
        """Series with at least one point: lines first, the longest line before shorter ones.

        LibreOffice leaves out series that come before a longer line.
        """
        with_points = [series for series in self.series if series.known[0].size]
        return sorted(with_points, key=lambda series: -series.known[0].size if series.width else 1)


def round_ends(scale: Scale) -> tuple[float, float, float]:
    """Rounded ends of an axis and the step between ticks, because slides count ticks from the lower end.

    The step of a logarithmic axis is its lower end.
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
    """Next 1, 2 or 5 times a power of ten, downwards or upwards."""
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
"""PowerPoint markers and whether they are filled, by the app's symbol; eleven are distinguishable."""


class _Data(XyChartData):
    """Data of a chart and its workbook, in which names are text even if they look like formulas."""

    @property
    def xlsx_blob(self) -> bytes:
        """Workbook of the data."""
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
        Alternative text for screen readers.
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
    """Colour of a hexadecimal string ``#rrggbb``."""
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
    # The other axis crosses at the beginning of this one (left or bottom), even if this one runs backwards.
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
    """Show a legend with only the series that are listed."""
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


@dataclass(frozen=True)
class Shown:
    """Content of a slide with charts.

    Attributes
    ----------
    title : str
    finding : str
        Finding in one sentence.
    below : tuple of str
        Lines below the charts: summary, and meaning of the lines.
    charts : tuple of Chart
        Charts side by side.
    notes : tuple of str
        Notes for the speaker.
    """

    title: str
    finding: str
    below: tuple[str, ...]
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]


FRONT_POINTS = 2_000
"""Maximum points of one model's series on the front; in the sample a model has some hundred."""
CURVE_POINTS = 240
PIXELS = 80
"""Pixels of the page per inch of a slide, used for the distances of labels."""
MOST_NAMED = 20
"""Maximum number of models that are named next to their dots."""


def charts(page: PageView) -> tuple[Shown, Shown]:
    """Front and trade-off with the selected point, in the light palette."""
    paper = replace(page.in_full, palette=LIGHT)
    return _front(paper), _tradeoff(paper)


def _front(page: PageView) -> Shown:
    view = front_with_selected(page.selection, page.choices.axes)
    by = ranking_stakeholder(page.analysis, page.choices.axes)
    if by is not None:
        return _ranking(
            page,
            ranking_of(page.analysis, view, by),
            front_sentence(page.analysis, page.names, view),
        )
    ranges = visible_range(view)
    across, up = (
        _scale(page.analysis, view, o, axis, ends)
        for o, axis, ends in zip((view.across, view.up), "xy", ranges, strict=True)
    )
    models, left_out = _models(page, view, across, up)
    marks = [NamedMark(mark, mark_label(mark, page.analysis.scenario)) for mark in view.marks]
    line = line_of(view)
    corners = steps(line["x"].to_numpy(np.float64), line["y"].to_numpy(np.float64), "hv")
    series = [
        *models,
        Series(FRONT_LINE, *corners, LIGHT.ink, width=1.5, listed=True),
        *(
            _mark(page, mark, offset)
            for mark, offset in zip(marks, label_offsets(marks, ranges), strict=True)
        ),
    ]
    finding, below = front_sentence(page.analysis, page.names, view), _drawn_how(page, view, models)
    unseen = left_out_notes(page.analysis, view)
    notes = (front_alt(view, finding), below, *unseen, editable_note(left_out))
    return Shown(TITLE, finding, (below,), (Chart("", across, up, tuple(series)),), notes)


def _ranking(page: PageView, view: RankingView, words: str) -> Shown:
    """Slide that ranks the models by a figure that does not depend on a threshold."""
    o, ends = view.objective, view.visible_range
    count = len(view.models)
    across = Scale(
        axis_title(o, page.analysis.scenario, priced=True),
        ends[0],
        ends[1],
        share=o.unit is Unit.SHARE,
    )
    up = Scale("", 0.5, count + 0.5, backwards=True)
    series = []
    for k, model in enumerate(view.models):
        place, name = np.array([k + 1.0]), page.label(model)
        color = page.styles[model].color(LIGHT) if model in view.coloured else LIGHT.muted
        if view.ends is not None:
            both = np.array([view.ends.low[k], view.ends.high[k]])
            series.append(
                Series(f"{name}, 95 % interval", both, np.repeat(place, 2), color, width=1.25)
            )
        series.append(
            Series(
                name,
                view.values[[k]],
                place,
                color,
                page.styles[model].symbol,
                9 if model == page.selection.point.model else 6,
                label=name if count <= MOST_NAMED else "",
                offset=(0.0, -0.14),
            )
        )
    chart = Chart("", across, up, tuple(series))
    notes = (ranking_alt(o, words), editable_note())
    return Shown(TITLE, words, (ranking_below(view),), (chart,), notes)


def _scale(
    analysis: Analysis, view: FrontView, o: Objective, axis: str, ends: list[float]
) -> Scale:
    """Axis that does not extend below 0 or above 1 if the objective cannot either."""
    low, high = ends
    share = o.unit is Unit.SHARE
    if not o.signed and view.points[axis].min() >= 0:
        low = max(low, 0.0)
    if share:
        high = min(high, 1.0)
    title = axis_title(o, analysis.scenario, upright=axis == "y", priced=True)
    return Scale(title, low, high, share=share)


def _models(page: PageView, view: FrontView, across: Scale, up: Scale) -> tuple[list[Series], int]:
    """Series of the models, and the number of points left out.

    A model with a colour on the page is drawn as its points on the front, any other as a pale curve. The
    selected model also has its curve. The legend names models whose markers are within the axes.
    """
    chosen, shown = str(page.selection.point.model), discussed(view) & on_front(view.points)
    curves, drawn, left_out = [], [], 0
    for model, model_points in view.points.groupby("model", sort=False):
        style, front = page.styles[str(model)], model_points[model_points["front"]]
        name, color = page.label(str(model)), style.color(LIGHT)
        if model in shown:
            kept = _evenly(front, FRONT_POINTS)
            left_out += len(front) - len(kept)
            x, y = _places(kept)
            seen = bool((_within(x, across) & _within(y, up)).any())
            drawn.append(Series(name, x, y, color, symbol=style.symbol, listed=seen))
        if model == chosen:
            line = _places(_curve_in_sight(model_points, across, up))
            curves.append(Series(f"{name}, every threshold", *line, color, width=1.25))
        elif model not in shown:
            pale = mixed(color, LIGHT.paper, 0.35)
            line = _places(_curve_in_sight(model_points, across, up))
            curves.append(Series(f"{name}, not worth discussing", *line, pale, width=0.75))
    return [*curves, *drawn], left_out


def _curve_in_sight(model_points: pd.DataFrame, across: Scale, up: Scale) -> pd.DataFrame:
    """Points of a model from the first to the last within the axes, plus one on each side."""
    x, y = _places(model_points)
    positions_in_sight = np.flatnonzero(_within(x, across) & _within(y, up))
    if positions_in_sight.size:
        model_points = model_points.iloc[
            max(0, positions_in_sight[0] - 1) : positions_in_sight[-1] + 2
        ]
    return _evenly(model_points, CURVE_POINTS)


def _evenly(points: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many points at even distances, including the first and the last."""
    if len(points) <= most:
        return points
    return points.iloc[np.linspace(0, len(points) - 1, most).round().astype(int)]


def _places(points: pd.DataFrame) -> tuple[Floats, Floats]:
    return points["x"].to_numpy(np.float64), points["y"].to_numpy(np.float64)


def _within(values: Floats, scale: Scale) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    low, high, _ = round_ends(scale)
    return (low <= values) & (values <= high)


def _drawn_how(page: PageView, view: FrontView, series: list[Series]) -> str:
    """Meaning of lines without a name on the chart, and models out of sight, in words."""
    shown = discussed(view) & on_front(view.points)
    chosen = str(page.selection.point.model)
    models = view.points["model"].unique()
    pale = [page.label(str(m)) for m in models if m not in shown and m != chosen]
    beyond = [one.name for one in series if one.symbol and not one.listed]
    return front_below(page.label(chosen), pale, beyond)


def _mark(page: PageView, named: NamedMark, offset: tuple[int, int]) -> Series:
    """Series of a named point."""
    mark = named.mark
    color = LIGHT.ink
    if mark.kind == "pick" and mark.model is not None:
        color = page.styles[mark.model].color(LIGHT)
    size, symbol, color = {
        "chosen": (16, "ring", LIGHT.accent),
        "today": (12, "hexagon", color),
        "compromise": (12, "star", color),
    }.get(mark.kind, (12, "ring", color))
    place = np.array([mark.x]), np.array([mark.y])
    name = named.label
    if mark.model is not None:
        alone = mark.kind == "today"
        name += f": {page.words(mark.model, mark.threshold, alone=alone, lower=mark.lower)}"
    return Series(
        name,
        *place,
        color,
        symbol,
        size,
        label=named.label,
        offset=(offset[0] / PIXELS, offset[1] / PIXELS),
    )


def _tradeoff(page: PageView) -> Shown:
    view = tradeoff_with_selected(page.selection, page.choices.x)
    least_cost = least_cost_of(page.selection)
    finding = least_cost_sentence(page.selection, page.names, least_cost)
    cost = least_cost_figure(page.analysis.scenario, least_cost)
    note = implied_threshold_note(least_cost)
    positions = in_sight(view, CURVE_POINTS)
    low, high = x_range(view, positions)
    log = is_log(view, positions)
    if log:
        low = float(view.x[positions][view.x[positions] > 0].min())
    elif float(view.x[positions].min()) >= 0:
        low = max(low, 0.0)
    if low < 1 and float(view.x[positions].max()) <= 1:
        high = min(high, 1.0)
    across = Scale(X_TITLES[view.axis], low, high, share=view.axis != "threshold", log=log)
    color = page.styles[view.model].color(LIGHT)
    charts = tuple(
        _tradeoff_curve(page.analysis, view, curve, across, positions, color)
        for curve in view.curves
    )
    bar = within_limits_words(page.selection, page.choices.x)
    charts = (*charts[:-1], _with_kept(charts[-1], view, bar))
    name = page.label(view.model)
    drawn = {series.name for chart in charts for series in chart.drawn}
    below = tradeoff_below(drawn, current_title(page.analysis), bar if view.kept else "")
    apart = [f"{who}: {o.label} {NO_THRESHOLD}." for who, o in view.apart]
    lines = tuple(filter(None, [*apart, cost, below]))
    told = f"{cost} {note}".strip()
    notes = (tradeoff_alt(name, finding), told, below, editable_note(most=CURVE_POINTS))
    return Shown(threshold_title(name), finding, lines, charts, notes)


def _with_kept(chart: Chart, view: TradeoffView, words: str) -> Chart:
    """Chart with a bar at its foot along the thresholds that meet all limits."""
    foot = round_ends(chart.up)[0]
    bars = [
        Series(words, np.array(span), np.full(2, foot), LIGHT.accent, width=4)
        for span in in_range(view.kept, round_ends(chart.across)[:2])
    ]
    return replace(chart, series=(*chart.series, *bars))


def _tradeoff_curve(
    analysis: Analysis,
    view: TradeoffView,
    curve: StakeholderCurve,
    across: Scale,
    positions: np.ndarray[tuple[int], np.dtype[np.intp]],
    color: str,
) -> Chart:
    o = curve.objective
    shape = "vh" if view.axis == "threshold" else "linear"  # thresholds change in steps, not slopes
    x = view.x[positions]
    low, high = y_range(curve, view, positions)
    if not o.signed:
        low = max(low, 0.0)
    share = o.unit is Unit.SHARE
    up = Scale("", low, min(high, 1.0) if share else high, share=share)
    series = []
    if curve.ends is not None:
        pale = mixed(color, LIGHT.paper, 0.45)
        for name, ends in ((LOWER, curve.ends.low), (UPPER, curve.ends.high)):
            # The first corner is left out, because it belongs to the part left of the axis.
            along, at = steps(x, ends[positions], shape)
            series.append(Series(name, along[1:], at[1:], pale, width=0.75))
    series.append(Series(o.label, *steps(x, curve.values[positions], shape), color, width=2.25))
    if np.isfinite(curve.today):
        ends_of = np.array(round_ends(across)[:2])
        series.append(
            Series(TODAY, ends_of, np.full(2, curve.today), LIGHT.muted, width=1.25, dashed=True)
        )
    for line in limits_in_sight(curve, (low, high)):
        ends_of = np.array(round_ends(across)[:2])
        level = np.full(2, line.value)
        series.append(
            Series(limit_word(line.bound), ends_of, level, LIGHT.accent, width=1.25, dashed=True)
        )
    if curve.best is not None:
        best = view.x[[curve.best]], curve.values[[curve.best]]
        name, symbol = (BEST, "ring") if curve.is_pick else (BEST_OF_MODEL, "cross")
        series.append(Series(name, *best, color, symbol, 11 if curve.is_pick else 9))
    if view.chosen is not None:
        at, value = view.x[[view.chosen]], np.array([curve.at(view.chosen)])
        upright = np.repeat(at, 2), np.array(round_ends(up)[:2])
        series.append(Series(CHOSEN_LINE, *upright, LIGHT.accent, width=1.25))
        series.append(Series(CHOSEN, at, value, LIGHT.accent, "circle", 9))
    title = f"{curve_title(curve.stakeholder)}: {label_with_unit(o, analysis.scenario)}"
    return Chart(title, across, up, tuple(series))
