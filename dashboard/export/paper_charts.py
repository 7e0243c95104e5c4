"""Charts of a decision for reports and slides: the front and the trade-off with their texts.

If scripts may run, a slider in the report moves the threshold (`report_slider`). The report is complete
without scripts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.analysis.decide.front import (
    front_with_selected,
    ranking_stakeholder,
)
from dashboard.analysis.decide.model_ranking import ranking_of
from dashboard.analysis.decide.tradeoff import TradeoffView, tradeoff_with_selected
from dashboard.export.figure_parts import panels_of
from dashboard.export.plotly_to_svg import drawing
from dashboard.export.report_slider import (
    Place,
    curve_values,
    front_coordinates,
    pixels,
    ranking_coordinates,
    slider_positions,
    threshold_descriptions,
)
from dashboard.figures.front_figure import front_figure
from dashboard.figures.front_names import add_names
from dashboard.figures.palette import LIGHT
from dashboard.figures.ranking_figure import ranking_figure
from dashboard.figures.tradeoff_figure import tradeoff_figure
from dashboard.page_view import PageView
from dashboard.safe_text import harmless
from dashboard.words.decide.front import (
    certified_note,
    front_alt,
    front_sentence,
    left_out_notes,
    names_of_marks,
    ranking_alt,
    shades,
)
from dashboard.words.decide.tradeoff import (
    NO_THRESHOLD,
    TITLE,
    TRADEOFF_SPOKEN,
    bar_note,
    curve_title,
    least_cost_sentence,
    threshold_title,
    tradeoff_alt,
    within_limits_words,
)
from metrics import Objective, Unit

FRONT, CURVES = (700, 330), (480, 360)
"""Width and height of the two drawings in pixels."""


@dataclass(frozen=True)
class PaperChart:
    """Chart of a report or a slide.

    Attributes
    ----------
    notes : tuple of str
        Sentences below the chart.
    spoken : tuple of str
        Description of the chart and further sentences, for the speaker of a slide.
    models : tuple of (color, symbol, name)
        Legend of the markers.
    names : mapping of str to str
        Names of the figure's traces on paper.
    shares : frozenset of str
        Axes of the layout whose values are fractions, such as ``yaxis2``.
    size : (int, int)
        Width and height of the drawing in pixels.
    dots : tuple of tuple of Place
        Position of each moving dot at each threshold of the slider.
    upright : (float, float) or None
        Top and bottom of the line through the dots; `None` for no line.
    thresholds : tuple of str
        Description of each threshold of the slider; empty without a slider.
    chosen : int
        Position of the selected threshold.
    """

    title: str
    finding: str
    notes: tuple[str, ...]
    figure: go.Figure
    spoken: tuple[str, ...] = ()
    models: tuple[tuple[str, str, str], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    shares: frozenset[str] = frozenset()
    size: tuple[int, int] = FRONT
    dots: tuple[tuple[Place, ...], ...] = ()
    upright: tuple[float, float] | None = None
    thresholds: tuple[str, ...] = ()
    chosen: int = 0

    @property
    def svg(self) -> str:
        """Drawing with all texts escaped."""
        return drawing(self.figure, *self.size, self.finding)

    @property
    def script_data(self) -> dict[str, str]:
        """Places of the dots, and descriptions of the thresholds, as JSON that the script reads."""
        return {
            "dots": json.dumps({"dots": self.dots, "upright": self.upright}, separators=(",", ":")),
            "words": json.dumps([harmless(words) for words in self.thresholds]),
        }


def charts(page: PageView) -> tuple[PaperChart, PaperChart]:
    """Front and trade-off with the selected point, drawn in the light palette."""
    page = replace(page.in_full, palette=LIGHT)
    view = tradeoff_with_selected(page.selection, page.choices.x)
    at = slider_positions(view)
    return _front(page, at), _tradeoff(page, view, at)


def _front(page: PageView, at: NDArray[np.intp]) -> PaperChart:
    """Front of two objectives, or a ranking of the models if one of the two ranks models."""
    analysis, scenario = page.analysis, page.analysis.scenario
    view = front_with_selected(page.selection, page.choices.axes)
    finding = front_sentence(analysis, page.names, view)
    ranked_by = ranking_stakeholder(analysis, page.choices.axes)
    if ranked_by is None:
        drawn = front_figure(view, LIGHT, page.styles, scenario)
        mark_names = names_of_marks(page.analysis, view.marks)
        add_names(drawn, view, mark_names, scenario)
        x, y = front_coordinates(page.selection, view.across, view.up, at)
        legend = [f"{shade.capitalize()}: {words}." for shade, words in shades(analysis, view)]
        notes = [" ".join(legend), certified_note(view), *left_out_notes(analysis, view)]
        axes, alt = {"xaxis": view.across, "yaxis": view.up}, front_alt(view, finding)
    else:
        ranking = ranking_of(analysis, view, ranked_by)
        drawn = ranking_figure(ranking, LIGHT, page.styles, scenario, page.label)
        x, y = ranking_coordinates(ranking, str(page.selection.point.model), len(at))
        notes, axes, alt = (
            [],
            {"xaxis": ranking.objective},
            ranking_alt(ranked_by.objective, finding),
        )
    figure = go.Figure(drawn.as_dict())
    [panel] = panels_of(figure, *FRONT)
    models = [str(model) for model in view.points["model"].unique()]
    return PaperChart(
        TITLE,
        finding,
        tuple(filter(None, notes)),
        figure,
        spoken=(alt,),
        models=tuple(
            (page.styles[name].color(LIGHT), page.styles[name].symbol, page.label(name))
            for name in models
            if name in view.worth
        ),
        names={f"curve {name}": f"{page.label(name)}, every threshold" for name in models}
        | {name: page.label(name) for name in models}
        | {"band's edge": "likely range"},
        shares=_share_axes(axes),
        dots=(pixels(panel, x, y),),
    )


def _tradeoff(page: PageView, view: TradeoffView, at: NDArray[np.intp]) -> PaperChart:
    """Each stakeholder's objective along the thresholds of the selected model."""
    scenario, finding = page.analysis.scenario, least_cost_sentence(page.selection, page.names)
    color = page.styles[view.model].color(LIGHT)
    figure = go.Figure(tradeoff_figure(view, LIGHT, color, scenario).as_dict())
    panels = panels_of(figure, *CURVES)
    (_, top, _, _), (_, last_top, _, last_height) = panels[0].box, panels[-1].box
    bar = within_limits_words(page.selection, page.choices.x) if view.within_limits else ""
    rows = [f"axis{k}" if k > 1 else "axis" for k in range(1, len(view.curves) + 1)]
    axes = {f"y{row}": curve.objective for row, curve in zip(rows, view.curves, strict=True)}
    not_drawn = [f"{curve_title(who)}: {o.label} {NO_THRESHOLD}." for who, o in view.apart]
    share_x = set() if view.axis == "threshold" else {f"x{row}" for row in rows}
    return PaperChart(
        threshold_title(page.label(view.model)),
        finding,
        tuple(filter(None, [bar_note(bar)])),
        figure,
        spoken=(
            tradeoff_alt(page.label(view.model), finding),
            *not_drawn,
            TRADEOFF_SPOKEN,
        ),
        names={curve.objective.id: curve.objective.label for curve in view.curves},
        shares=_share_axes(axes) | share_x,
        size=CURVES,
        dots=tuple(
            pixels(panel, view.x[at], curve_values(view, curve, at))
            for panel, curve in zip(panels, view.curves, strict=True)
        ),
        upright=(top, last_top + last_height),
        thresholds=threshold_descriptions(page, view, at),
        chosen=int(np.searchsorted(at, view.chosen or 0)),
    )


def _share_axes(axes: Mapping[str, Objective]) -> frozenset[str]:
    return frozenset(axis for axis, o in axes.items() if o.unit is Unit.SHARE)
