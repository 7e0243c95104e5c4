"""Convert a plotly figure to a static SVG drawing, which is sharp on paper and has no script.

Only the parts of the app's figures are supported: lines, steps, bands, markers, straight lines and
annotations.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import plotly.graph_objects as go

from dashboard.analysis.mask_runs import runs_of
from dashboard.export.figure_parts import Panel, panels_of, steps
from dashboard.figures.texts import bold_parts
from dashboard.safe_text import harmless, printable
from metrics.tally.kernel import Floats

DASHES = {"dot": "1.5 3", "dash": "6 4", "dashdot": "6 3 1.5 3", "longdash": "10 5"}
"""SVG dash patterns by plotly's name."""
TICK_LEFT, TICK_BELOW, TITLE_BELOW = 7, 15, 36
"""Pixels from a panel's left edge to its tick texts, and from its bottom to its tick texts and title."""


def number(value: float) -> str:
    """Number for SVG, rounded to a hundredth of a pixel."""
    return f"{value:z.2f}".rstrip("0").rstrip(".")


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
        Text of a chart, with bold parts as in `dashboard.figures.layout`.
    x, y : float
        Start of the base line in pixels.
    halo : bool
        True for a halo that separates the text from lines behind it.
    """
    svg_elements = []
    for part, is_bold in bold_parts(text or ""):
        words = html.escape(printable(part))
        svg_elements.append(f'<tspan font-weight="600">{words}</tspan>' if is_bold else words)
    outline = (
        ' paint-order="stroke" stroke="#fff" stroke-opacity="0.85" stroke-width="3"' if halo else ""
    )
    return (
        f'<text x="{number(x)}" y="{number(y)}" fill="{html.escape(color)}" font-size="{number(size)}" '
        f'text-anchor="{anchor}" xml:space="preserve"{outline}>{"".join(svg_elements)}</text>'
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
    for panel in panels:
        inside = "".join([*_shapes(fig, panel), *_traces(panel)])
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
        if panel.x.layout.showticklabels is not False:
            yield text_element(words, x, top + high + TICK_BELOW, ink, anchor="middle")
    for y, words in panel.y.ticks:
        yield _line(left, y, left + wide, y, grid)
        yield text_element(words, left - TICK_LEFT, y + 4, ink, anchor="end")
    yield _line(left, top + high, left + wide, top + high, faint)
    if title := panel.x.layout.title.text:
        middle = left + wide / 2
        yield text_element(title, middle, top + high + TITLE_BELOW, ink, anchor="middle")


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


def _shapes(fig: go.Figure, panel: Panel) -> Iterator[str]:
    """Straight lines across the panel, and filled areas."""
    for shape in filter(panel.has, fig.layout.shapes):
        xs = panel.x.place([shape.x0, shape.x1], shape.xref)
        ys = panel.y.place([shape.y0, shape.y1], shape.yref)
        if not np.isfinite([xs, ys]).all():
            continue
        if shape.type == "rect":
            yield _area(np.take(xs, [0, 1, 1, 0]), np.repeat(ys, 2), shape.fillcolor)
        else:
            line = shape.line
            yield _line(xs[0], ys[0], xs[1], ys[1], line.color, line.width or 1, line.dash)


def _traces(panel: Panel) -> Iterator[str]:
    before: tuple[Floats, Floats] | None = None
    for trace in panel.traces:
        x, y = panel.x.place(trace.x), panel.y.place(trace.y)
        mode, opacity = trace.mode or "lines", 1.0 if trace.opacity is None else trace.opacity
        if "lines" in mode:
            corners = steps(x, y, trace.line.shape)
            if trace.fill == "toself":
                yield _area(*corners, trace.fillcolor)
            elif trace.fill == "tonexty" and before is not None:
                xs, ys = (np.append(corners[k], before[k][::-1]) for k in (0, 1))
                yield _area(xs, ys, trace.fillcolor)
            before = corners
            if trace.line.width != 0:
                yield _path(*corners, trace.line, opacity)
        if "markers" in mode:
            look = trace.marker
            color = look.color or "#000"
            edge, size, width = look.line.color or color, look.size or 6, look.line.width or 0
            opacity *= 1 if look.opacity is None else look.opacity
            for at in zip(x.tolist(), y.tolist(), strict=True):
                if panel.holds(*at, room=12):  # False for NaN
                    yield marker(look.symbol or "circle", *at, size, color, edge, width, opacity)


def _pieces(x: Floats, y: Floats) -> str:
    """SVG path through points, with a gap at each missing point."""
    points = [f"{number(a)} {number(b)}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    return "".join("M" + "L".join(points[first:end]) for first, end in runs_of(np.isfinite(x + y)))


def _path(x: Floats, y: Floats, line: Any, opacity: float) -> str:
    return (
        f'<path d="{_pieces(x, y)}" fill="none" stroke="{html.escape(line.color or "#000")}" '
        f'stroke-width="{number(line.width or 2)}" opacity="{number(opacity)}"{_dashes(line.dash)}/>'
    )


def _area(x: Floats, y: Floats, color: str) -> str:
    known = np.isfinite(x) & np.isfinite(y)
    return f'<path d="{_pieces(x[known], y[known])}Z" fill="{html.escape(color)}" stroke="none"/>'


def _annotations(fig: go.Figure, panels: Sequence[Panel], width: int) -> Iterator[str]:
    for note in fig.layout.annotations:
        panel = next((panel for panel in panels if panel.has(note)), panels[0])
        x, y = float(panel.x.place(note.x, note.xref)), float(panel.y.place(note.y, note.yref))
        if not panel.holds(x, y, room=30):
            continue
        size, color = note.font.size or 12, note.font.color or "#000"
        if note.showarrow is False:
            anchor = {"left": "start", "right": "end"}.get(note.xanchor or "", "middle")
            lift = {"bottom": -3.0, "top": size}.get(note.yanchor or "", size / 3)
            y += lift - float(note.yshift or 0)
        else:
            half = 0.25 * size * sum(len(part) for part, _ in bold_parts(note.text))
            to_x = min(max(x + float(note.ax), half + 2), width - half - 2)
            to_y = y + float(note.ay)
            yield _line(x, y, to_x, to_y, note.arrowcolor or color, 0.8)
            x, y, anchor = to_x, to_y + size / 3, "middle"
        yield text_element(note.text, x, y, color, size=size, anchor=anchor, halo=True)
