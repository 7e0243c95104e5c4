"""Charts of the HTML report: front and trade-off as SVG drawings with their findings.

If scripts may run, a slider moves the threshold in the drawings and the text. The report is complete without
scripts. All reports contain the same script, allowed by its hash in the report's policy. The script reads its
data as text from attributes, and never turns the text into markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.front import (
    FrontView,
    RankingView,
    front_with_selected,
    ranking_of,
    ranking_stakeholder,
)
from dashboard.analysis.decide.tradeoff import TradeoffView, least_cost_of, tradeoff_with_selected
from dashboard.analysis.selection import Selection
from dashboard.export.plotly_to_svg import (
    Panel,
    drawing,
    harmless,
    panels_of,
)
from dashboard.figures.front_figure import add_names, front_figure
from dashboard.figures.palette import LIGHT
from dashboard.figures.ranking_figure import ranking_figure
from dashboard.figures.tradeoff_figure import in_sight, tradeoff_figure
from dashboard.page_view import PageView
from dashboard.words.decide.charts_on_paper import TITLE, bar_note, threshold_title
from dashboard.words.decide.front import (
    certified_note,
    front_sentence,
    least_cost_figure,
    least_cost_sentence,
    left_out_notes,
    shades,
    within_limits_words,
)
from dashboard.words.phrases import amount
from metrics import Objective
from metrics.tally.kernel import Floats

Place = tuple[float, float] | None


@dataclass(frozen=True)
class Dots:
    """Positions of moving dots on a drawing, for each threshold of the slider.

    Attributes
    ----------
    places : sequence of sequence of (x, y) or None
        Position of each dot at each threshold, in pixels of the drawing; `None` if the dot has none.
    upright : (top, bottom) or None
        Ends of the line through the dots; `None` for no line.
    """

    places: tuple[tuple[Place, ...], ...]
    upright: tuple[float, float] | None = None

    def as_json(self) -> str:
        """JSON that the script reads."""
        rounded = [
            [None if at is None else [round(at[0], 1), round(at[1], 1)] for at in dot]
            for dot in self.places
        ]
        return json.dumps({"dots": rounded, "upright": self.upright}, separators=(",", ":"))


@dataclass(frozen=True)
class Hand:
    """Slider with the thresholds that a reader can choose.

    Attributes
    ----------
    words : sequence of str
        Description of each threshold.
    chosen : int
        Position of the selected threshold.
    """

    words: Sequence[str]
    chosen: int

    def as_json(self) -> str:
        """Descriptions as JSON that the script reads."""
        return json.dumps([harmless(words) for words in self.words])


MOST_NAMES = 24
"""Maximum number of models named below a chart."""


@dataclass(frozen=True)
class Picture:
    """Chart of the report.

    Attributes
    ----------
    title, finding, note : str
    svg : str
        Drawing with all texts escaped.
    names : tuple of (color, symbol, name)
        Legend of the markers.
    dots : Dots or None
        Dots that move with the slider.
    hand : Hand or None
        Slider below the chart.
    """

    title: str
    finding: str
    note: str
    svg: str
    names: tuple[tuple[str, str, str], ...]
    dots: Dots | None = None
    hand: Hand | None = None


FRONT, CURVES = (700, 330), (480, 360)
"""Width and height of the two charts in pixels."""
LOOKED_AT = 240
"""Approximate number of thresholds on the slider; dragging at this width reaches no more."""


def pictures(page: PageView) -> tuple[Picture, ...]:
    """Front and trade-off with the selected point, drawn in the light palette."""
    paper = replace(page.in_full, palette=LIGHT)
    view = front_with_selected(paper.selection, paper.choices.axes)
    by, along = (
        ranking_stakeholder(paper.analysis, paper.choices.axes),
        tradeoff_with_selected(paper.selection, paper.choices.x),
    )
    at = _looked_at(along)
    if by is None:
        drawn = front_figure(view, LIGHT, paper.styles, paper.analysis.scenario)
        add_names(drawn, view, LIGHT, paper.styles, paper.analysis.scenario)
        x, y = _along_front(paper.selection, view.across, view.up, at)
    else:
        ranking = ranking_of(paper.analysis, view, by)
        drawn = ranking_figure(ranking, LIGHT, paper.styles, paper.analysis.scenario, paper.label)
        x, y = _in_ranking(ranking, str(paper.selection.point.model), len(at))
    words = front_sentence(paper.analysis, paper.names, view)
    model = str(paper.selection.point.model)
    least_cost = least_cost_of(paper.selection)
    finding = least_cost_sentence(paper.selection, paper.names, least_cost)
    cost = least_cost_figure(paper.analysis.scenario, least_cost)
    names = tuple(
        (paper.styles[name].color(LIGHT), paper.styles[name].symbol, paper.label(name))
        for name in map(str, view.points["model"].unique())
        if name in view.worth
    )
    curves = go.Figure(
        tradeoff_figure(
            along,
            LIGHT,
            paper.styles[model].color(LIGHT),
            paper.analysis.scenario,
        ).as_dict()
    )
    front = go.Figure(drawn.as_dict())
    bar = within_limits_words(paper.selection, paper.choices.x) if along.kept else ""
    [panel] = panels_of(front, *FRONT).values()
    return (
        Picture(
            TITLE,
            words,
            " ".join(
                filter(
                    None,
                    [
                        _shades(paper.analysis, view),
                        certified_note(view),
                        *left_out_notes(paper.analysis, view),
                    ],
                )
            )
            if by is None
            else "",
            drawing(front, *FRONT, words),
            names,
            dots=Dots((_places(panel, x, y),)),
        ),
        Picture(
            threshold_title(paper.label(model)),
            finding,
            " ".join(filter(None, [cost, bar_note(bar)])),
            drawing(curves, *CURVES, finding),
            (),
            dots=_on_curves(along, curves, at),
            hand=Hand(_words(paper, along, at), int(np.searchsorted(at, along.chosen or 0))),
        ),
    )


def _shades(analysis: Analysis, view: FrontView) -> str:
    """Legend of the front's shades: "Black: best trade-offs. Grey: likely range."; may be empty."""
    return " ".join(f"{shade.capitalize()}: {words}." for shade, words in shades(analysis, view))


def _looked_at(view: TradeoffView) -> NDArray[np.intp]:
    """Positions of the slider's thresholds, including the selected one."""
    shown = in_sight(view, LOOKED_AT)
    return np.union1d(shown, [view.chosen or 0]).astype(np.intp)


def _words(page: PageView, view: TradeoffView, at: NDArray[np.intp]) -> tuple[str, ...]:
    """Figure of each stakeholder's objective at each threshold, in words."""
    lower = page.selection.point.lower
    return tuple(
        f"{page.words(view.model, float(view.thresholds[k]), lower=lower if k == view.chosen else None)}: "
        + "; ".join(
            f"{curve.objective.label} {amount(curve.objective, value, page.analysis.scenario)}"
            for curve in view.curves
            for value in [curve.at(k) if k == view.chosen else float(curve.values[k])]
        )
        + (". This is the chosen one." if k == view.chosen else ".")
        for k in at.tolist()
    )


def _along_front(
    selection: Selection, across: Objective, up: Objective, at: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Coordinates of the model on the front at each threshold."""
    model_points = selection.model_points.iloc[at]
    x, y = (model_points[o.id].to_numpy(np.float64, copy=True) for o in (across, up))
    if selection.point.lower is not None:
        is_chosen = model_points["threshold"].to_numpy() == selection.point.threshold
        x[is_chosen], y[is_chosen] = (selection.point.figures[o.id] for o in (across, up))
    return x, y


def _in_ranking(view: RankingView, model: str, count: int) -> tuple[Floats, Floats]:
    """Coordinates of the model in a ranking, which are the same at every threshold."""
    place = view.models.index(model) if model in view.models else None
    value = np.nan if place is None else view.values[place]
    return np.full(count, value), np.full(count, np.nan if place is None else float(place))


def _on_curves(view: TradeoffView, fig: go.Figure, at: NDArray[np.intp]) -> Dots:
    panels = list(panels_of(fig, *CURVES).values())
    own = [curve.values[at] for curve in view.curves]
    if view.chosen is not None:
        own = [
            np.where(at == view.chosen, curve.at(view.chosen), values)
            for curve, values in zip(view.curves, own, strict=True)
        ]
    dots = tuple(
        _places(panel, view.x[at], values) for panel, values in zip(panels, own, strict=True)
    )
    ends = [top for _, top, _, _ in (panel.box for panel in panels)]
    _, top, _, high = panels[-1].box
    return Dots(dots, (min(ends), top + high))


def _places(panel: Panel, x: Floats, y: Floats) -> tuple[Place, ...]:
    """Pixels of each point; `None` for points outside of the panel."""
    placed = zip(panel.x.place(x).tolist(), panel.y.place(y).tolist(), strict=True)
    return tuple((a, b) if panel.holds(a, b) else None for a, b in placed)
