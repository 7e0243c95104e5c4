"""Convert a plotly figure to a static SVG drawing, which is sharp on paper and has no script.

Only the parts of the app's figures are supported: lines, steps, bands, markers, straight lines and
annotations.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import plotly.graph_objects as go

from dashboard.export.figure_parts import Panel, panels_of, shapes_of, steps, traces_of
from dashboard.figures.chart_text import bold_parts
from dashboard.safe_text import harmless, printable
from metrics.tally.kernel import Floats

DASHES = {"dot": "1.5 3", "dash": "6 4", "dashdot": "6 3 1.5 3", "longdash": "10 5"}
"""SVG dash patterns by plotly's name."""
TICK_LEFT, TICK_BELOW, TITLE_BELOW = 7, 15, 36
"""Pixels from a panel's left edge to its tick texts, and from its bottom to its tick texts and title."""


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
        words = html.escape(printable(part))
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
        inside = "".join([*_shapes(fig, panel, name), *_traces(traces_of(fig, name), panel)])
        # The names must differ between the drawings of a page, and be the same in each export.
        clip = f"clip{crc32(repr((panel.box, inside)).encode()):08x}"
        left, top, wide, high = (number(side) for side in panel.box)
        clips.append(
            f'<clipPath id="{clip}"><rect x="{left}" y="{top}" width="{wide}" height="{high}"/></clipPath>'
        )
        body += _grid(panel, fig)
        body.append(f'<g clip-path="url(#{clip})">{inside}</g>')
    body += _annotations(fig, panels, width)
    font = html.escape(str(fig.layout.font.family or "sans-serif"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(harmless(alt))}" font-family="{font}" font-size="12">'
        f"<defs>{''.join(clips)}</defs>{''.join(body)}</svg>"
    )


def _grid(panel: Panel, fig: go.Figure) -> Iterator[str]:
    left, top, wide, high = panel.box
    look = fig.layout.xaxis
    grid, faint = look.gridcolor or "#ddd", look.linecolor or "#999"
    ink = look.tickfont.color or "#555"
    for x, words in panel.x.ticks:
        yield _line(x, top, x, top + high, grid)
        if panel.x.has_labels:
            yield text_element(words, x, top + high + TICK_BELOW, ink, anchor="middle")
    for y, words in panel.y.ticks:
        yield _line(left, y, left + wide, y, grid)
        yield text_element(words, left - TICK_LEFT, y + 4, ink, anchor="end")
    yield _line(left, top + high, left + wide, top + high, faint)
    if panel.x.title:
        middle = left + wide / 2
        yield text_element(panel.x.title, middle, top + high + TITLE_BELOW, ink, anchor="middle")


def _line(
    x: float,
    y: float,
    to_x: float,
    to_y: float,
    color: str,
    width: float = 1.0,
    dash: str | None = None,
) -> str:
    return (
        f'<line x1="{number(x)}" y1="{number(y)}" x2="{number(to_x)}" y2="{number(to_y)}" '
        f'stroke="{html.escape(color)}" stroke-width="{number(width)}"{_dashes(dash)}/>'
    )


def _dashes(dash: str | None) -> str:
    """SVG attribute of a line's dashes; empty for a solid line."""
    pattern = DASHES.get(dash or "solid")
    return f' stroke-dasharray="{pattern}"' if pattern else ""


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
            line = shape.line
            yield _line(xs[0], ys[0], xs[1], ys[1], line.color, line.width or 1, line.dash)


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
    return (
        f'<path d="{_pieces(x, y)}" fill="none" stroke="{html.escape(line.color or "#000")}" '
        f'stroke-width="{number(line.width or 2)}" opacity="{number(opacity)}"{_dashes(line.dash)}/>'
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
