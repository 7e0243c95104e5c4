"""The page's two charts as native charts for slides."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np

from dashboard.deck import Charts, Shown
from dashboard.deck_values import Chart, Scale, Series, round_ends
from dashboard.figures.front import axis_title
from dashboard.figures.front_view import FrontView, Mark, line_of, visible_range
from dashboard.figures.labels import label_offsets
from dashboard.figures.look import LIGHT, mixed
from dashboard.figures.svg import steps
from dashboard.figures.tradeoff_view import (
    SeatCurve,
    TradeoffView,
    crowded,
    in_sight,
    x_range,
    y_range,
)
from dashboard.views.charts import cheapest, finding_of, front_of, tradeoff_view_of
from dashboard.views.state import Table
from metrics import Unit
from metrics.wording import APART, number, unit_words

FRONT_POINTS = 2_000
"""Points of the front that one model's series holds; on the sample a model has some hundred."""
CURVE_POINTS = 240
PIXELS = 80
"""To an inch of a slide: a label of the page is as far from its point as here."""
X_TITLES = {"threshold": "threshold", "flagged": "share flagged", "recall": "recall"}


def charts(table: Table) -> Charts:
    """Front and trade-off with the chosen point, in the colours of the light page."""
    paper = replace(table, look=LIGHT)
    return Charts(_front(paper), _tradeoff(paper))


def _front(table: Table) -> Shown:
    view, _ = front_of(table, chosen=True)
    ranges = visible_range(view)
    across, up = (
        Scale(
            html.unescape(axis_title(o, table.scenario, arrow)),
            min(ends),
            max(ends),
            backwards=ends[0] > ends[1],
            share=o.unit is Unit.SHARE,
        )
        for o, ends, arrow in zip((view.across, view.up), ranges, "→↑", strict=True)
    )
    models, left_out = _models(table, view)
    line = line_of(view)
    corners = steps(line["x"].to_numpy(np.float64), line["y"].to_numpy(np.float64), "hv")
    series = [
        *models,
        Series("front of the two axes", *corners, LIGHT.ink, width=1.5, listed=True),
        *(
            _mark(table, mark, offset)
            for mark, offset in zip(view.marks, label_offsets(view.marks, ranges), strict=True)
        ),
    ]
    said = finding_of(table, view)
    notes = [
        f"{view.up.label} against {view.across.label} of every model at every threshold. {said}.",
        "Better is up and to the right. A filled point is beaten by no other for all three seats; the line "
        "joins what none beats on the two axes. Named: each seat's own pick, the compromises, today's "
        "system and the chosen point.",
        "The chart can be edited. Points of the front that lie beyond the axes are in its data.",
    ]
    if left_out:
        notes.append(f"{number(left_out)} of the front's points are left out, evenly.")
    return Shown("The front", said, "", (Chart("", across, up, tuple(series)),), tuple(notes))


def _models(table: Table, view: FrontView) -> tuple[list[Series], int]:
    """A series for each model: its points on the front, or a pale curve where it is beaten everywhere."""
    beaten, drawn, left_out = [], [], 0
    for model, own in view.points.groupby("model", sort=False):
        style, front = table.styles[str(model)], own[own["front"]]
        kept = front if len(front) else own
        most = FRONT_POINTS if len(front) else CURVE_POINTS
        if len(kept) > most:
            left_out += len(kept) - most if len(front) else 0
            kept = kept.iloc[np.linspace(0, len(kept) - 1, most).round().astype(int)]
        places = kept["x"].to_numpy(np.float64), kept["y"].to_numpy(np.float64)
        name = table.label(str(model))
        if len(front):
            drawn.append(
                Series(
                    name, *places, style.color(LIGHT), symbol=style.symbol, listed=True
                )
            )  # fmt: skip
        else:
            pale = mixed(style.color(LIGHT), LIGHT.paper, 0.35)
            beaten.append(Series(f"{name}, beaten everywhere", *places, pale, width=0.75))
    return [*beaten, *drawn], left_out


def _mark(table: Table, mark: Mark, offset: tuple[int, int]) -> Series:
    """A point with a name of its own."""
    color = LIGHT.ink
    if mark.kind == "pick" and mark.model is not None:
        color = table.styles[mark.model].color(LIGHT)
    size, symbol, color = {
        "chosen": (16, "ring", LIGHT.accent),
        "today": (12, "hexagon", color),
        "compromise": (12, "star", color),
    }.get(mark.kind, (12, "ring", color))
    place = np.array([mark.x]), np.array([mark.y])
    name = f"{mark.label}: {table.words(mark.model, mark.threshold)}"
    return Series(
        name,
        *place,
        color,
        symbol,
        size,
        label=mark.label,
        offset=(offset[0] / PIXELS, offset[1] / PIXELS),
    )


def _tradeoff(table: Table) -> Shown:
    view = tradeoff_view_of(table, chosen=True)
    finding, cost, note = cheapest(table, view.model)
    positions = in_sight(view, table.own["share_flagged"].to_numpy(), CURVE_POINTS)
    low, high = x_range(view, positions)
    log = crowded(view, positions, high)
    if log:
        low = float(view.x[positions].min())
    elif float(view.x[positions].min()) >= 0:
        low = max(low, 0.0)
    across = Scale(X_TITLES[view.axis], low, high, share=view.axis != "threshold", log=log)
    color = table.styles[view.model].color(LIGHT)
    drawn = tuple(_curve(table, view, curve, across, positions, color) for curve in view.curves)
    name = table.label(view.model)
    notes = [
        f"The objectives of the three seats along the thresholds of {name}. {finding}. {cost} {note}",
        "A unit is flagged where its score is at or above the threshold. Ring: the seat's own best threshold "
        "of this model. Dot and upright line: the chosen threshold. Dotted: today's system. Thin lines: "
        "95 % intervals, where they are known.",
        f"The charts can be edited; each curve holds at most {CURVE_POINTS} thresholds, evenly, with those "
        "that are marked among them.",
    ]
    return Shown(f"Threshold trade-off: {name}", finding, cost, drawn, tuple(notes))


def _curve(
    table: Table,
    view: TradeoffView,
    curve: SeatCurve,
    across: Scale,
    positions: np.ndarray[tuple[int], np.dtype[np.intp]],
    color: str,
) -> Chart:
    o = curve.objective
    shape = "vh" if view.axis == "threshold" else "linear"  # steps, never slopes
    x = view.x[positions]
    low, high = y_range(curve, view, positions)
    if not o.signed:
        low = max(low, 0.0)
    up = Scale("", low, high, share=o.unit is Unit.SHARE)
    series = []
    if curve.ends is not None:
        pale = mixed(color, LIGHT.paper, 0.45)
        for name, ends in (("low", curve.ends.low), ("high", curve.ends.high)):
            # Without its first corner, which belongs to what lies left of the axis.
            along, at = steps(x, ends[positions], shape)
            series.append(Series(f"95 % interval, {name}", along[1:], at[1:], pale, width=0.75))
    series.append(Series(o.label, *steps(x, curve.values[positions], shape), color, width=2.25))
    if np.isfinite(curve.today):
        ends_of = np.array(round_ends(across)[:2])
        series.append(
            Series("today", ends_of, np.full(2, curve.today), LIGHT.muted, width=1.25, dashed=True)
        )
    if curve.best is not None:
        best = view.x[[curve.best]], curve.values[[curve.best]]
        series.append(Series("own best threshold", *best, color, "ring", 11))
    if view.chosen is not None:
        at, value = view.x[[view.chosen]], curve.values[[view.chosen]]
        upright = np.repeat(at, 2), np.array(round_ends(up)[:2])
        series.append(Series("chosen threshold", *upright, LIGHT.accent, width=1.25))
        series.append(Series("chosen", at, value, LIGHT.accent, "circle", 9))
    unit = unit_words(o, table.scenario)
    joint = ", " if o.unit in APART else " "
    title = f"{curve.seat}: {o.label}{joint + unit if unit else ''}"
    return Chart(title, across, up, tuple(series))
