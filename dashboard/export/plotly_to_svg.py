"""Convert a plotly figure to a static SVG drawing, which is sharp on paper and has no script.

Only the parts of the app's figures are supported: lines, steps, bands, markers, straight lines and
annotations.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures.chart_text import bold_parts
from metrics.errors import CONTROLS, LINE_ENDS, TURNS
from metrics.tally.kernel import Floats

DASHES = {"dot": "1.5 3", "dash": "6 4", "dashdot": "6 3 1.5 3", "longdash": "10 5"}
"""SVG dash patterns by plotly's name."""
TICK_DISTANCE = 12.0
"""Smallest distance in pixels between two ticks with texts."""
TOP, RIGHT, BOTTOM = 30, 24, 46
"""Smallest margins of a drawing in pixels."""
LETTER = 6.4
"""Width of a letter of a tick's text, in pixels."""
_CLIP = count(1)
"""Numbers of clip paths, which must differ between the drawings of a page."""
_UNSEEN = re.compile(f"[{CONTROLS}{LINE_ENDS}{TURNS}\ufffe\uffff]")
"""Characters that are not drawn, or that change the direction of the following text."""


def harmless(text: str) -> str:
    """Text without control and direction characters; white space becomes single spaces."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def number(value: float) -> str:
    """Number for SVG, rounded to a hundredth of a pixel."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def text_element(
    text: str,
    x: float,
    y: float,
    color: str,
    *,
    size: float = 12.0,
    anchor: str = "start",
    halo: bool = False,
) -> str:
    """SVG element of a text; bold is the only markup of plotly that is supported.

    Parameters
    ----------
    text : str
        Text of a chart, with bold parts as in `dashboard.figures.chart_text`.
    x, y : float
        Start of the base line in pixels.
    halo : bool
        True for a halo that separates the text from lines behind it.
    """
    parts = []
    for part, is_bold in bold_parts(text or ""):
        words = html.escape(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", re.sub(r"\s", " ", part)))
        parts.append(f'<tspan font-weight="600">{words}</tspan>' if is_bold else words)
    outline = (
        ' paint-order="stroke" stroke="#fff" stroke-opacity="0.85" stroke-width="3"' if halo else ""
    )
    return (
        f'<text x="{number(x)}" y="{number(y)}" fill="{html.escape(color)}" font-size="{number(size)}" '
        f'text-anchor="{anchor}" xml:space="preserve"{outline}>{"".join(parts)}</text>'
    )


def _polygon(corners: int, start: float) -> list[tuple[float, float]]:
    turn = 2 * math.pi / corners
    return [(math.sin(start + k * turn), -math.cos(start + k * turn)) for k in range(corners)]


_CROSS = [
    (-1, -0.4), (-0.4, -0.4), (-0.4, -1), (0.4, -1), (0.4, -0.4), (1, -0.4),
    (1, 0.4), (0.4, 0.4), (0.4, 1), (-0.4, 1), (-0.4, 0.4), (-1, 0.4),
]  # fmt: skip
_HALF = math.sqrt(0.5)
SHAPES: dict[str, list[tuple[float, float]]] = {
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "diamond-tall": [(0, -1.4), (0.7, 0), (0, 1.4), (-0.7, 0)],
    "triangle-up": [(0, -1.15), (1.1, 0.75), (-1.1, 0.75)],
    "triangle-down": [(0, 1.15), (1.1, -0.75), (-1.1, -0.75)],
    "triangle-left": [(-1.15, 0), (0.75, 1.1), (0.75, -1.1)],
    "triangle-right": [(1.15, 0), (-0.75, 1.1), (-0.75, -1.1)],
    "bowtie": [(-1.1, -1), (0, -0.15), (1.1, -1), (1.1, 1), (0, 0.15), (-1.1, 1)],
    "pentagon": _polygon(5, 0.0),
    "hexagon": _polygon(6, math.pi / 6),
    "star": [(x * r, y * r) for (x, y), r in zip(_polygon(10, 0.0), [1.3, 0.52] * 5, strict=True)],
    "cross": _CROSS,
    "x": [((x - y) * _HALF, (x + y) * _HALF) for x, y in _CROSS],
}
"""Outlines of markers by plotly's name, in radii."""


def marker(
    symbol: str,
    x: float,
    y: float,
    size: float,
    color: str,
    edge: str,
    width: float,
    opacity: float,
) -> str:
    """SVG element of a marker; an open marker has only an outline.

    Parameters
    ----------
    symbol : str
        Plotly's name, such as "square" or "circle-open".
    x, y, size : float
        Centre and diameter.
    color, edge : str
        Colours of the inside and of the outline.
    """
    name = symbol.removesuffix("-open")
    is_open = symbol.endswith("-open")
    fill = "none" if is_open else html.escape(color)
    outline = (
        f' stroke="{html.escape(color if is_open else edge)}" stroke-width="{number(width or 1)}"'
        if is_open or width
        else ""
    )
    look = f'fill="{fill}"{outline} opacity="{number(opacity)}"'
    radius = size / 2
    if name not in SHAPES:
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {look}/>'
    points = " ".join(f"{number(x + radius * a)},{number(y + radius * b)}" for a, b in SHAPES[name])
    return f'<polygon points="{points}" {look}/>'


@dataclass(frozen=True)
class DrawnAxis:
    """Axis of a drawing, with the range and the ticks of the figure.

    Attributes
    ----------
    low, high : float
        Ends of the range, in the order of the axis; logarithms on a logarithmic axis.
    start, end : float
        Pixels of the two ends.
    is_log : bool
    title : str
    named_ticks : tuple of (float, str)
        Values and texts of the ticks.
    has_labels : bool
        True if the texts are drawn.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool
    title: str
    named_ticks: tuple[tuple[float, str], ...]
    has_labels: bool

    def place(self, values: Any) -> NDArray[np.float64]:
        """Pixels of values; NaN for values that cannot be placed."""
        numbers = np.asarray(values, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.log10(numbers) if self.is_log else numbers
            part = (scaled - self.low) / (self.high - self.low)
            placed = self.start + part * (self.end - self.start)
        is_far = np.abs(placed) > 1e6  # outside of any drawing
        return np.where(np.isfinite(placed) & ~is_far, placed, np.nan)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Pixels and texts of the ticks, from the first; ticks without room are left out."""
        ticks: list[tuple[float, str]] = []
        for value, words in self.named_ticks:
            at = float(self.place(value))
            if not ticks or abs(at - ticks[-1][0]) >= TICK_DISTANCE:
                ticks.append((at, words))
        return ticks


def axis(layout: Any, start: float, end: float) -> DrawnAxis:
    """Read an axis of a figure.

    Parameters
    ----------
    start, end : float
        Pixels of the two ends.
    """
    low, high = map(float, layout.range or (0, 1))
    texts = layout.ticktext
    return DrawnAxis(
        low=low,
        high=high,
        start=start,
        end=end,
        is_log=layout.type == "log",
        title=(layout.title.text or "") if layout.title is not None else "",
        named_ticks=()
        if texts is None
        else tuple(zip(map(float, layout.tickvals), texts, strict=True)),
        has_labels=layout.showticklabels is not False,
    )


@dataclass(frozen=True)
class Panel:
    """Two axes and the area between them."""

    x: DrawnAxis
    y: DrawnAxis

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height in pixels."""
        left, top = min(self.x.start, self.x.end), min(self.y.start, self.y.end)
        return left, top, abs(self.x.end - self.x.start), abs(self.y.end - self.y.start)

    def holds(self, x: float, y: float, room: float = 1.0) -> bool:
        """True if a position is inside, with a margin of ``room`` pixels."""
        left, top, width, height = self.box
        return left - room <= x <= left + width + room and top - room <= y <= top + height + room


def drawing(fig: go.Figure, width: int, height: int, alt: str) -> str:
    """SVG drawing of a figure.

    Parameters
    ----------
    width, height : int
        Size of the drawing in pixels. The drawing scales to the available space.
    alt : str
        Alternative text.

    Returns
    -------
    str
        An ``svg`` element in which all texts are escaped.
    """
    panels = panels_of(fig, width, height)
    clips: list[str] = []
    body: list[str] = []
    for name, panel in panels.items():
        clip = f"clip{next(_CLIP)}"
        left, top, wide, high = (number(side) for side in panel.box)
        clips.append(
            f'<clipPath id="{clip}"><rect x="{left}" y="{top}" width="{wide}" height="{high}"/></clipPath>'
        )
        body += _grid(panel, fig)
        body.append(f'<g clip-path="url(#{clip})">')
        body += _shapes(fig, panel, name)
        body += _traces(traces_of(fig, name), panel)
        body.append("</g>")
    body += _annotations(fig, panels, width)
    font = html.escape(str(fig.layout.font.family or "sans-serif"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(harmless(alt))}" font-family="{font}" font-size="12">'
        f"<defs>{''.join(clips)}</defs>{''.join(body)}</svg>"
    )


def panel_names(fig: go.Figure) -> list[tuple[str, str]]:
    """Names of the axes of each panel."""
    return list(dict.fromkeys(map(_axes_of, fig.data))) or [("x", "y")]


def _axes_of(trace: Any) -> tuple[str, str]:
    return trace.xaxis or "x", trace.yaxis or "y"


def traces_of(fig: go.Figure, name: tuple[str, str]) -> list[Any]:
    """Traces of a panel in drawing order."""
    traces = [trace for trace in fig.data if _axes_of(trace) == name]
    return sorted(traces, key=lambda trace: trace.zorder or 0)


def panels_of(fig: go.Figure, width: int, height: int) -> dict[tuple[str, str], Panel]:
    """Panels of the figure by the names of their axes."""
    axes = {}
    for x, y in panel_names(fig):
        horizontal, up = (fig.layout[f"{name[0]}axis{name[1:]}"] for name in (x, y))
        above = max(TOP, fig.layout.margin.t or 0)  # for lines of text above the panel
        inner = height - above - BOTTOM
        low, high = up.domain or (0.0, 1.0)
        axes[(x, y)] = horizontal, axis(up, above + inner * (1 - low), above + inner * (1 - high))
    # The left margin fits the longest text of a tick.
    lengths = [len(text) for _, upright in axes.values() for _, text in upright.ticks]
    left = 18 + LETTER * max(lengths, default=3)
    right = width - max(RIGHT, fig.layout.margin.r or 0)  # for names of lines at the right
    return {
        name: Panel(axis(horizontal, left, right), upright)
        for name, (horizontal, upright) in axes.items()
    }


def _grid(panel: Panel, fig: go.Figure) -> Iterator[str]:
    left, top, wide, high = panel.box
    look = fig.layout.xaxis
    grid, faint = look.gridcolor or "#ddd", look.linecolor or "#999"
    ink = look.tickfont.color or "#555"
    for x, words in panel.x.ticks:
        yield _line(x, top, x, top + high, grid)
        if panel.x.has_labels:
            yield text_element(words, x, top + high + 15, ink, anchor="middle")
    for y, words in panel.y.ticks:
        yield _line(left, y, left + wide, y, grid)
        yield text_element(words, left - 7, y + 4, ink, anchor="end")
    yield _line(left, top + high, left + wide, top + high, faint)
    if panel.x.title:
        middle = left + wide / 2
        yield text_element(panel.x.title, middle, top + high + 36, ink, anchor="middle")


def _line(x: float, y: float, to_x: float, to_y: float, color: str, width: float = 1.0) -> str:
    return (
        f'<line x1="{number(x)}" y1="{number(y)}" x2="{number(to_x)}" y2="{number(to_y)}" '
        f'stroke="{html.escape(color)}" stroke-width="{number(width)}"/>'
    )


def shapes_of(fig: go.Figure, name: tuple[str, str]) -> Iterator[tuple[Any, bool, bool]]:
    """Shapes in a panel, and whether their x and their y are shares of the panel."""
    for shape in fig.layout.shapes:
        x, _, of_x = (shape.xref or "x").partition(" ")
        y, _, of_y = (shape.yref or "y").partition(" ")
        if (x, y) in (name, ("paper", name[1]), (name[0], "paper")):
            yield shape, of_x == "domain" or x == "paper", of_y == "domain" or y == "paper"


def _shapes(fig: go.Figure, panel: Panel, name: tuple[str, str]) -> Iterator[str]:
    """Straight lines across the panel, and filled areas."""
    left, top, wide, high = panel.box
    for shape, is_share_x, is_share_y in shapes_of(fig, name):
        x, y = np.array([shape.x0, shape.x1]), np.array([shape.y0, shape.y1])
        xs = left + wide * x if is_share_x else panel.x.place(x)
        ys = top + high * (1 - y) if is_share_y else panel.y.place(y)
        if not np.isfinite([*xs, *ys]).all():
            continue
        if shape.type == "rect":
            yield _area(np.take(xs, [0, 1, 1, 0]), np.repeat(ys, 2), shape.fillcolor)
        else:
            line = _line(xs[0], ys[0], xs[1], ys[1], shape.line.color, shape.line.width or 1)
            dash = DASHES.get(shape.line.dash or "solid", "")
            yield line.replace("/>", f' stroke-dasharray="{dash}"/>') if dash else line


def _traces(traces: list[Any], panel: Panel) -> Iterator[str]:
    before: tuple[Floats, Floats] | None = None
    for trace in traces:
        x, y = panel.x.place(trace.x), panel.y.place(trace.y)
        mode, opacity = trace.mode or "lines", 1.0 if trace.opacity is None else trace.opacity
        if "lines" in mode:
            corners = steps(x, y, trace.line.shape or "linear")
            if trace.fill == "toself":
                yield _area(*corners, trace.fillcolor)
            elif trace.fill == "tonexty" and before is not None:
                xs, ys = (np.append(corners[k], before[k][::-1]) for k in (0, 1))
                yield _area(xs, ys, trace.fillcolor)
            before = corners
            if trace.line.width != 0:
                yield _path(*corners, trace.line, opacity)
        if "markers" in mode:
            yield from _markers(trace, x, y, panel, opacity)


def steps(x: Floats, y: Floats, shape: str) -> tuple[Floats, Floats]:
    """Corners of a line with steps: "hv" goes horizontally first, "vh" vertically first."""
    if shape == "hv":
        return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    if shape == "vh":
        return np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
    return x, y


def _pieces(x: Floats, y: Floats) -> str:
    """SVG path through points, with a gap at each missing point."""
    parts, pen = [], "M"
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if math.isnan(a) or math.isnan(b):
            pen = "M"
            continue
        parts.append(f"{pen}{number(a)} {number(b)}")
        pen = "L"
    return "".join(parts)


def _path(x: Floats, y: Floats, line: Any, opacity: float) -> str:
    dash = DASHES.get(line.dash or "solid", "")
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{_pieces(x, y)}" fill="none" stroke="{html.escape(line.color or "#000")}" '
        f'stroke-width="{number(line.width or 2)}" opacity="{number(opacity)}"{dashed}/>'
    )


def _area(x: Floats, y: Floats, color: str) -> str:
    known = np.isfinite(x) & np.isfinite(y)
    return f'<path d="{_pieces(x[known], y[known])}Z" fill="{html.escape(color)}" stroke="none"/>'


def _markers(trace: Any, x: Floats, y: Floats, panel: Panel, opacity: float) -> Iterator[str]:
    look = trace.marker
    n = x.size

    def each(value: Any, default: float) -> Floats:
        value = default if value is None else value
        return np.broadcast_to(np.asarray(value, np.float64), (n,))

    sizes, opacities = each(look.size, 6), each(look.opacity, 1) * opacity
    widths = each(look.line.width, 0)
    for k in range(n):
        if np.isfinite([x[k], y[k]]).all() and panel.holds(x[k], y[k], room=12):
            yield marker(
                look.symbol or "circle",
                float(x[k]),
                float(y[k]),
                float(sizes[k]),
                look.color or "#000",
                look.line.color or look.color or "#000",
                float(widths[k]),
                float(opacities[k]),
            )


def _annotations(fig: go.Figure, panels: dict[tuple[str, str], Panel], width: int) -> Iterator[str]:
    first = next(iter(panels.values()))
    for note in fig.layout.annotations:
        x, _, _ = (note.xref or "x").partition(" ")
        y, _, _ = (note.yref or "y").partition(" ")
        panel = next(
            (p for (a, b), p in panels.items() if y == b or (y == "paper" and x == a)), first
        )
        left, top, wide, high = panel.box
        is_share_x = "domain" in (note.xref or "") or x == "paper"
        is_share_y = "domain" in (note.yref or "") or y == "paper"
        at_x = left + wide * float(note.x) if is_share_x else float(panel.x.place(note.x))
        at_y = top + high * (1 - float(note.y)) if is_share_y else float(panel.y.place(note.y))
        if not np.isfinite([at_x, at_y]).all() or not panel.holds(at_x, at_y, room=30):
            continue
        yield from _annotation(note, at_x, at_y, width)


def _annotation(note: Any, x: float, y: float, width: int) -> Iterator[str]:
    size = note.font.size or 12
    color = note.font.color or "#000"
    plain = re.sub(r"</?b>", "", note.text or "")
    half = 0.25 * size * len(html.unescape(plain))
    anchor = {"left": "start", "right": "end"}.get(note.xanchor or "", "middle")
    if note.showarrow is not False and (note.ax or note.ay):
        to_x, to_y = x + float(note.ax or 0), y + float(note.ay or 0)
        to_x = min(max(to_x, half + 2), width - half - 2)
        yield _line(x, y, to_x, to_y, note.arrowcolor or color, 0.8)
        yield text_element(
            note.text, to_x, to_y + size / 3, color, size=size, anchor="middle", halo=True
        )
        return
    lift = {"bottom": -3.0, "top": size}.get(note.yanchor or "", size / 3)
    yield text_element(
        note.text, x, y + lift - float(note.yshift or 0), color, size=size, anchor=anchor, halo=True
    )
