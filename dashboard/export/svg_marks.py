"""What a drawing is made of: markers, and texts that are harmless in it."""

from __future__ import annotations

import html
import math
import re

from metrics.errors import CONTROLS, LINE_ENDS, TURNS

DASHES = {"dot": "1.5 3", "dash": "6 4", "dashdot": "6 3 1.5 3", "longdash": "10 5"}
"""By plotly's name."""
_UNSEEN = re.compile(f"[{CONTROLS}{LINE_ENDS}{TURNS}\ufffe\uffff]")
"""What is no letter, or turns the direction of the text that follows."""


def harmless(text: str) -> str:
    """A text without what turns the direction of all that follows, or is no letter; white space is one."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))


def number(value: float) -> str:
    """A figure of a drawing, to a hundredth of a pixel."""
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
    """A text; of markup, which plotly's texts are, only bold remains.

    Parameters
    ----------
    text : str
        Escaped, with ``<b>`` around what is bold.
    x, y : float
        Its base line.
    halo : bool
        Whether it stands out from what is behind it.
    """
    parts, bold = [], False
    for part in re.split(r"(</?b>)", text or ""):
        if part in ("<b>", "</b>"):
            bold = part == "<b>"
            continue
        one_line = re.sub(r"\s", " ", html.unescape(part))
        said = html.escape(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", one_line))
        parts.append(f'<tspan font-weight="600">{said}</tspan>' if bold else said)
    behind = (
        ' paint-order="stroke" stroke="#fff" stroke-opacity="0.85" stroke-width="3"' if halo else ""
    )
    return (
        f'<text x="{number(x)}" y="{number(y)}" fill="{html.escape(color)}" font-size="{number(size)}" '
        f'text-anchor="{anchor}" xml:space="preserve"{behind}>{"".join(parts)}</text>'
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
    "diamond": [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)],
    "diamond-tall": [(0, -1.4), (0.7, 0), (0, 1.4), (-0.7, 0)],
    "triangle-up": [(0, -1.15), (1.1, 0.75), (-1.1, 0.75)],
    "triangle-down": [(0, 1.15), (1.1, -0.75), (-1.1, -0.75)],
    "triangle-left": [(-1.15, 0), (0.75, 1.1), (0.75, -1.1)],
    "pentagon": _polygon(5, 0.0),
    "hexagon": _polygon(6, math.pi / 6),
    "star": [(x * r, y * r) for (x, y), r in zip(_polygon(10, 0.0), [1.3, 0.52] * 5, strict=True)],
    "cross": _CROSS,
    "x": [((x - y) * _HALF, (x + y) * _HALF) for x, y in _CROSS],
}
"""Outlines by plotly's name, in radii."""


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
    """One marker; an open one is drawn by its edge alone.

    Parameters
    ----------
    symbol : str
        Plotly's name, such as "diamond" or "circle-open".
    x, y, size : float
        Middle and diameter.
    color, edge : str
        Of the inside and of the outline.
    """
    name = symbol.removesuffix("-open")
    hollow = symbol.endswith("-open")
    fill = "none" if hollow else html.escape(color)
    drawn = (
        f' stroke="{html.escape(color if hollow else edge)}" stroke-width="{number(width or 1)}"'
        if hollow or width
        else ""
    )
    look = f'fill="{fill}"{drawn} opacity="{number(opacity)}"'
    radius = size / 2
    if name not in SHAPES:
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {look}/>'
    points = " ".join(f"{number(x + radius * a)},{number(y + radius * b)}" for a, b in SHAPES[name])
    return f'<polygon points="{points}" {look}/>'
