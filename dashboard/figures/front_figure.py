"""Chart of the front: every model at every threshold, on the objectives of two stakeholders."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.analysis.decide.front import Curve, FrontView, Mark
from dashboard.figures.front_range import Ranges, VisibleFront, corners, on_screen, spaced, walked
from dashboard.figures.layout import house_layout, level_title
from dashboard.figures.limit_shades import add_acceptable, joined_by_gaps, stretches_in
from dashboard.figures.model_styles import ModelStyle
from dashboard.figures.palette import Palette, pale
from dashboard.figures.plotly_json import Drawing, as_float32
from dashboard.figures.ticks import set_axis
from dashboard.words.axes import axis_title
from dashboard.words.decide.front import mark_label
from metrics import Scenario
from metrics.inference.choice.front_band import AttainmentBand

HEIGHT = 400
MARKER_SPACING = 0.022
"""Smallest distance between two markers of a model, as a share of the visible axes."""
CURVE_SPACING, BEATEN_SPACING = 0.006, 0.02
"""Smallest distance between two corners of a curve, for models on the shortlist and for the others."""
DISCUSSED, BEATEN = (1.5, 1.0), (1.0, 1.0)
"""Width in pixels and opacity of these curves; curves of other models are less prominent."""
CERTIFIED_WIDTH = 4
"""Width in pixels of the part of a curve that is certified to meet all limits."""
BAND = 0.1
"""Opacity of the band, low enough to look clean over the shade of a limit."""
MOST_STEPS = 40
"""Smallest number of values on an axis at which single steps can no longer be distinguished."""
MARKS = {
    "pick": (15, "circle", 2.5),
    "today": (14, "diamond-tall", 2),
    "compromise": (15, "star", 2),
    "chosen": (22, "circle-open", 3),
    "beside": (18, "square-open", 2),
}
"""Size, symbol and line width of a named point, by its kind."""


def front_figure(
    view: FrontView,
    palette: Palette,
    model_styles: Mapping[str, ModelStyle],
    scenario: Scenario,
    visible: VisibleFront | None = None,
    curves: Drawing | None = None,
) -> Drawing:
    """Draw the front without names; the titles of the axes say which direction is better.

    Parameters
    ----------
    visible, curves : VisibleFront and Drawing, optional
        Result of `VisibleFront.of` and of `front_curves`, if they are known.
    """
    visible = visible or VisibleFront.of(view)
    ranges = visible.ranges
    fig = Drawing(palette)
    fig.data += (curves or front_curves(view, palette, model_styles, visible)).data
    for k, mark in enumerate(view.marks):
        _add_mark(fig, k, mark, model_styles, scenario)
    margin = {"l": 46, "r": 12, "t": 26, "b": 42}
    house_layout(fig, palette, height=HEIGHT, automargin=False, margin=margin)
    set_axis(fig, "xaxis", view.across, scenario, ranges[0], ticks_on_paper=7)
    set_axis(fig, "yaxis", view.up, scenario, ranges[1], ticks_on_paper=8)
    title = html.escape(axis_title(view.across, scenario))
    fig.update_xaxes(title={"text": title, "standoff": 2})
    level_title(fig, html.escape(axis_title(view.up, scenario, upright=True)), palette)
    if view.acceptable is not None:
        add_acceptable(fig, view, view.acceptable, visible)
        _add_certified(fig, view, view.acceptable.certified, visible, model_styles)
    return fig


def front_curves(
    view: FrontView, palette: Palette, model_styles: Mapping[str, ModelStyle], visible: VisibleFront
) -> Drawing:
    """Draw the parts of a front that depend on no named point: band, curves, markers, and the joining line.

    Notes
    -----
    Corners and markers carry the row of their operating point. The page has the names of the points in its
    curves.
    """
    fig = Drawing(palette)
    ranges, shown = visible.ranges, visible.coloured
    _add_band(fig, view, ranges)
    # Grey curves are below the coloured ones.
    models = sorted(view.curves.items(), key=lambda item: item[0] in shown)
    colors = {
        model: model_styles[model].color(palette) if model in shown else palette.beaten
        for model, _ in models
    }
    has_steps = has_wide_steps(view, ranges)
    for model, model_points in models:
        line = {"color": colors[model], "shape": "hv" if has_steps else "linear"}
        drawn = steps(view, model_points) if has_steps else model_points
        _add_curve(fig, model, drawn, ranges, line, model in shown)
    is_on_front = view.points["front"].to_numpy()
    for model, model_points in models:
        marker = {
            "color": colors[model],
            "symbol": model_styles[model].symbol,
            "size": 8 if model in shown else 6,
            "opacity": 0.9,
            "line": {"width": 0.5, "color": palette.paper},
        }
        _add_markers(fig, model, model_points[is_on_front[model_points.index]], ranges, marker)
    # No better point was observed between two points of the front, so they are joined by steps.
    _add_line(fig, view.line)
    return fig


def has_wide_steps(view: FrontView, ranges: Ranges) -> bool:
    """Whether an axis has few values at the visible points, such as the misses in a file with few defects."""
    shares = on_screen(view.whole.places, ranges)
    visible = shares[((shares >= 0) & (shares <= 1)).all(axis=1)]
    return any(1 < pd.unique(values).size < MOST_STEPS for values in visible.T)


def steps(view: FrontView, model_points: Curve) -> Curve:
    """Best point of each step of a model, from left to right, on a chart of wide steps.

    Notes
    -----
    The other points of a step have the same misses and more false alarms. A curve through all of them
    would zigzag.
    """
    x, y = (
        o.direction.loss(v)
        for o, v in zip((view.across, view.up), model_points.places.T, strict=True)
    )
    order = np.lexsort((y, x))
    return model_points[order[np.append(True, np.diff(x[order]) != 0)[: order.size]]]


def _add_curve(
    fig: Drawing, model: str, drawn: Curve, ranges: Ranges, line: dict[str, Any], is_shown: bool
) -> None:
    width, opacity = DISCUSSED if is_shown else BEATEN
    thin = walked(drawn, ranges, CURVE_SPACING if is_shown else BEATEN_SPACING)
    fig.add_scatter(
        **_places(thin),
        mode="lines",
        line={"width": width, **line},
        opacity=opacity,
        hoverinfo="none",
        customdata=thin.thresholds,
        name=f"curve {model}",
    )


def _add_markers(
    fig: Drawing, model: str, front: Curve, ranges: Ranges, marker: dict[str, Any]
) -> None:
    """Mark the points of a model that no other point beats for all stakeholders."""
    part = spaced(front, ranges, MARKER_SPACING)
    if not len(part):
        return
    fig.add_scatter(
        **_places(part),
        mode="markers",
        name=model,
        marker=marker,
        customdata=part.thresholds,
        hoverinfo="none",
    )


def _places(points: Curve) -> dict[str, Any]:
    return {"x": as_float32(points.places[:, 0]), "y": as_float32(points.places[:, 1])}


def _band_sides(view: FrontView, band: AttainmentBand, ranges: Ranges) -> list[NDArray[np.float64]]:
    """Both sides of the band as steps, which end where the line of the front ends."""
    ended = view.line if len(view.line) > 1 else view.points
    far = []
    for o, axis in ((view.across, "x"), (view.up, "y")):
        values = ended[axis].to_numpy(np.float64)
        values = values[np.isfinite(values)]
        far.append(values[np.argmax(o.direction.loss(values))])
    sides = [
        _stairs(side[corners(side, ranges, CURVE_SPACING)], far[0], far[1])
        for side in (band.hardly, band.easily)
    ]
    for k, o in enumerate((view.across, view.up)):
        for side in sides:
            worse = o.direction.loss(side[:, k]) > o.direction.loss(far[k])
            side[worse, k] = far[k]
    return sides


def _add_band(fig: Drawing, view: FrontView, ranges: Ranges) -> None:
    """Shade the band that contains the front in 95 of 100 resamples."""
    if view.band is None:
        return
    sides = _band_sides(view, view.band, ranges)
    outline = np.concatenate([sides[0], sides[1][::-1]])
    fig.add_line(
        as_float32(outline[:, 0]),
        as_float32(outline[:, 1]),
        {"width": 0},
        fill="toself",
        fillcolor=pale(fig.palette.ink, BAND),
        name="band",
    )
    # Only the sides have edges; the ends of the band are no boundary.
    x, y = joined_by_gaps([side[1:-1] for side in sides])
    fig.add_line(
        x, y, {"color": fig.palette.beaten, "width": 1, "dash": "2px,2px"}, name="band's edge"
    )


def _stairs(places: NDArray[np.float64], far_x: float, far_y: float) -> NDArray[np.float64]:
    """Steps through corners: down to the first corner, then right and down to each of the others."""
    x, y = places[:, 0], places[:, 1]
    return np.column_stack(
        [np.append(np.repeat(x, 2), far_x), np.concatenate([[far_y], np.repeat(y, 2)])]
    )


def _add_line(fig: Drawing, points: pd.DataFrame) -> None:
    """Join several points of the front by steps."""
    if len(points) < 2:
        return
    fig.add_line(
        as_float32(points["x"].to_numpy(np.float64)),
        as_float32(points["y"].to_numpy(np.float64)),
        {"color": fig.palette.ink, "width": 1.6, "shape": "hv"},
        name="front",
    )


def _add_mark(
    fig: Drawing, k: int, mark: Mark, model_styles: Mapping[str, ModelStyle], scenario: Scenario
) -> None:
    """Draw a named point on top of the other points; it can be clicked like these."""
    size, symbol, width = MARKS[mark.kind]
    color = mark_color(mark, fig.palette, model_styles)
    hollow = symbol.endswith("open")
    fig.add_marks(
        [mark.x],
        [mark.y],
        {
            "size": size,
            "symbol": symbol,
            "color": color if hollow else fig.palette.paper,
            "line": {"width": width, "color": color},
        },
        name=mark_label(mark, scenario),
        meta={"mark": k},
    )


def mark_color(mark: Mark, palette: Palette, model_styles: Mapping[str, ModelStyle]) -> str:
    """Colour of a named point. Marks that may move to another model do not have the colour of a model."""
    of_model = mark.kind in ("pick", "beside") and mark.model is not None
    return model_styles[str(mark.model)].color(palette) if of_model else palette.ink


def _add_certified(
    fig: Drawing,
    view: FrontView,
    certified: NDArray[np.bool_] | None,
    visible: VisibleFront,
    model_styles: Mapping[str, ModelStyle],
) -> None:
    """Thicken the coloured curves where all limits are certified, above the shade and below the rest."""
    if certified is None:
        return
    for model in sorted(visible.coloured & view.curves.keys()):
        stretches = stretches_in(view.curves[model], certified, visible.ranges, CURVE_SPACING)
        stretches = [places for places in stretches if len(places) > 1]  # a single point is no line
        if not stretches:
            continue
        x, y = joined_by_gaps(stretches)
        fig.add_line(
            x,
            y,
            {"color": model_styles[model].color(fig.palette), "width": CERTIFIED_WIDTH},
            opacity=0.55,
            name="certified",
            zorder=-1,
        )
