"""Plotly figures as plain JSON, built without validation.

A page sends its figures again for every scenario. Plotly's Python objects take ten times as long to build.
For an export, create such an object from `Drawing.as_dict`.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.palette import Palette


class Drawn(NamedTuple):
    """Finished figure: JSON that Plotly's script in the browser reads, and its height in pixels."""

    json: bytes
    height: int


class Drawing:
    """Figure with traces and a layout.

    Parameters
    ----------
    palette : Palette
    rows : int
        Number of pairs of axes, one below the other, which share their horizontal range.
    gap : float
        Distance between two rows, as a share of the height.

    Attributes
    ----------
    data : list of dict
    layout : dict
    """

    def __init__(self, palette: Palette, rows: int = 1, gap: float = 0.0) -> None:
        self.palette, self.rows = palette, rows
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {}
        if rows > 1:
            high = (1 - gap * (rows - 1)) / rows
            for row in range(1, rows + 1):
                low = (rows - row) * (high + gap)
                x: dict[str, Any] = {"anchor": f"y{_nth(row)}", "domain": [0.0, 1.0]}
                if row < rows:
                    x |= {"matches": f"x{rows}", "showticklabels": False}
                self.layout[f"xaxis{_nth(row)}"] = x
                self.layout[f"yaxis{_nth(row)}"] = {
                    "anchor": f"x{_nth(row)}",
                    "domain": [low, 1.0 if row == 1 else low + high],
                }

    def add_scatter(self, *, row: int = 1, **trace: Any) -> None:
        """Add a trace of points or lines."""
        axes = {"xaxis": f"x{_nth(row)}", "yaxis": f"y{_nth(row)}"} if self.rows > 1 else {}
        self.data.append({"type": "scatter", **trace, **axes})

    def add_line(self, x: Any, y: Any, line: dict[str, Any], **trace: Any) -> None:
        """Add a line, by default without a text under the pointer."""
        self.add_scatter(**{"hoverinfo": "skip"} | trace, x=x, y=y, mode="lines", line=line)

    def add_marks(self, x: Any, y: Any, marker: dict[str, Any], **trace: Any) -> None:
        """Add marks, by default without a text of Plotly's own under the pointer."""
        self.add_scatter(**{"hoverinfo": "none"} | trace, x=x, y=y, mode="markers", marker=marker)

    def add_annotation(self, **annotation: Any) -> None:
        """Add an annotation."""
        self.layout.setdefault("annotations", []).append(annotation)

    def add_text(self, text: str, color: str, **place: Any) -> None:
        """Add an annotation without an arrow. The text is in Plotly's markup."""
        font = {"size": 12, "color": color}
        self.add_annotation(text=text, showarrow=False, font=font, **place)

    def add_vline(self, x: float, *, line: dict[str, Any], row: int = 1) -> None:
        """Add a vertical line across a pair of axes."""
        ends = {"x0": x, "x1": x, "xref": f"x{_nth(row)}"}
        across = {"y0": 0, "y1": 1, "yref": f"y{_nth(row)} domain"}
        self.add_shape(type="line", **ends, **across, line=line)

    def add_hline(self, y: float, *, line: dict[str, Any], row: int = 1) -> None:
        """Add a horizontal line across a pair of axes."""
        ends = {"y0": y, "y1": y, "yref": f"y{_nth(row)}"}
        across = {"x0": 0, "x1": 1, "xref": f"x{_nth(row)} domain"}
        self.add_shape(type="line", **across, **ends, line=line)

    def add_bar_below(self, x: tuple[float, float], *, line: dict[str, Any]) -> None:
        """Add a horizontal bar below the lowest pair of axes, over a part of their width."""
        ends = {"x0": x[0], "x1": x[1], "xref": f"x{_nth(self.rows)}"}
        foot = {"y0": 0, "y1": 0, "yref": f"y{_nth(self.rows)} domain"}
        self.add_shape(type="line", **ends, **foot, line=line)

    def add_rect(
        self, x: list[float] | None, y: list[float] | None, *, fillcolor: str, row: int = 1
    ) -> None:
        """Fill a rectangle below all traces; a missing end extends it to the end of the axes."""
        ends: dict[str, Any] = {}
        for axis, bounds in (("x", x), ("y", y)):
            low, high = bounds or (0, 1)
            ref = f"{axis}{_nth(row)}" if bounds else f"{axis}{_nth(row)} domain"
            ends |= {f"{axis}0": low, f"{axis}1": high, f"{axis}ref": ref}
        look = {"fillcolor": fillcolor, "line": {"width": 0}, "layer": "below"}
        self.add_shape(type="rect", **ends, **look)

    def add_shape(self, **shape: Any) -> None:
        """Add a shape."""
        self.layout.setdefault("shapes", []).append(shape)

    def update_layout(self, **layout: Any) -> None:
        """Update the layout; nested parts are merged."""
        _merge(self.layout, layout)

    def update_xaxes(self, *, row: int | None = None, **axis: Any) -> None:
        """Update the horizontal axes of all rows, or of one row."""
        self._update("xaxis", row, axis)

    def update_yaxes(self, *, row: int | None = None, **axis: Any) -> None:
        """Update the vertical axes of all rows, or of one row."""
        self._update("yaxis", row, axis)

    def _update(self, name: str, row: int | None, axis: dict[str, Any]) -> None:
        for k in range(1, self.rows + 1) if row is None else (row,):
            _merge(self.layout.setdefault(f"{name}{_nth(k)}", {}), axis)

    def packed(self) -> Drawing:
        """Copy with plain JSON values, which a cache can store."""
        out = Drawing(self.palette, self.rows)
        out.data, out.layout = _plain(self.data), _plain(self.layout)
        return out

    def as_dict(self) -> dict[str, Any]:
        """Arguments for Plotly's figure object."""
        return {"data": self.data, "layout": self.layout}

    def drawn(self) -> Drawn:
        """Finished figure. A cache stores it, which is much smaller than the drawing."""
        text = json.dumps(_plain(self.as_dict()), allow_nan=False, separators=(",", ":"))
        return Drawn(text.encode(), int(self.layout["height"]))


def axis_name(letter: str, row: int) -> str:
    """Name of a row's axis in the layout, such as ``xaxis`` or ``yaxis2``."""
    return f"{letter}axis{_nth(row)}"


def axis_id(letter: str, row: int) -> str:
    """Name of a row's axis in references, such as ``x`` or ``y2``."""
    return f"{letter}{_nth(row)}"


def _nth(row: int) -> str:
    """Suffix in the name of a row's axis."""
    return "" if row == 1 else str(row)


def _merge(whole: dict[str, Any], part: dict[str, Any]) -> None:
    for name, value in part.items():
        if isinstance(value, dict):
            _merge(whole.setdefault(name, {}), value)
        else:
            whole[name] = value


def _plain(value: Any) -> Any:
    """Value in plain JSON: arrays as encoded bytes, NaN as null."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, np.ndarray):
        return _packed(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def as_float32(values: NDArray[np.float64]) -> NDArray[np.floating]:
    """Values as 32-bit floats, which are precise enough for a chart; unchanged if they are too large."""
    with np.errstate(over="ignore"):
        short = values.astype(np.float32)
    return short if np.isfinite(short[np.isfinite(values)]).all() else values


def _packed(values: NDArray[Any]) -> dict[str, str]:
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    kind = f"{values.dtype.kind}{values.dtype.itemsize}"
    return {"dtype": kind, "bdata": base64.b64encode(little.tobytes()).decode()}
