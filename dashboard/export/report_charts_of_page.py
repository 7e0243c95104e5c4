"""The page's two charts as drawings for paper, and along which thresholds a reader may look at them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.export.plotly_to_svg import Panel, drawing, panels_of
from dashboard.export.report_chart import Dots, Hand, Picture, Place, alone
from dashboard.figures.front_figure import FrontView, add_names, front_figure
from dashboard.figures.palette import LIGHT
from dashboard.figures.ranking_figure import RankingView, ranking_figure
from dashboard.figures.tradeoff_figure import TradeoffView, in_sight, tradeoff_figure
from dashboard.page.front_and_tradeoff import (
    certified_words,
    cheapest,
    finding_of,
    front_of,
    left_out_of,
    ranked,
    ranking_of,
    shades,
    tradeoff_of,
)
from dashboard.page.state import PageState
from metrics import Objective
from metrics.narrative.phrases import amount
from metrics.tally.kernel import Floats

FRONT, CURVES = (700, 330), (480, 360)
"""Width and height of the two, in pixels."""
LOOKED_AT = 240
"""About how many thresholds can be looked at; a hand on a slider of that width meets no more."""


def pictures(page: PageState) -> tuple[Picture, ...]:
    """Front and trade-off with the chosen point, in ink on white whatever the screen."""
    paper = replace(page.in_full, palette=LIGHT)
    view = front_of(paper, chosen=True)
    by, along = ranked(paper, paper.choices.axes), tradeoff_of(paper, chosen=True)
    at = _looked_at(along)
    if by is None:
        drawn = front_figure(view, LIGHT, paper.styles, paper.scenario)
        add_names(drawn, view, LIGHT, paper.styles, paper.scenario)
        x, y = _along_front(paper, view.across, view.up, at)
    else:
        ranking = ranking_of(paper, view, by)
        drawn = ranking_figure(ranking, LIGHT, paper.styles, paper.scenario, paper.label)
        x, y = _in_ranking(ranking, str(paper.chosen.model), len(at))
    words = finding_of(paper, view)
    model = str(paper.chosen.model)
    finding, cost, _ = cheapest(paper, model)
    names = tuple(
        (paper.styles[name].color(LIGHT), paper.styles[name].symbol, paper.label(name))
        for name in view.points.loc[view.points["front"], "model"].unique()
    )
    curves = go.Figure(
        tradeoff_figure(
            along,
            LIGHT,
            paper.styles[model].color(LIGHT),
            paper.scenario,
        ).as_dict()
    )
    front = go.Figure(drawn.as_dict())
    [panel] = panels_of(front, *FRONT).values()
    return (
        Picture(
            "Best trade-offs",
            words,
            " ".join(
                filter(
                    None, [_shades(paper, view), certified_words(view), *left_out_of(paper, view)]
                )
            )
            if by is None
            else "",
            drawing(front, *FRONT, words),
            names,
            dots=Dots((_places(panel, x, y),)),
        ),
        Picture(
            f"Threshold: {paper.label(model)}",
            finding,
            cost,
            drawing(curves, *CURVES, finding),
            (),
            dots=_on_curves(along, curves, at),
            hand=Hand(_words(paper, along, at), int(np.searchsorted(at, along.chosen or 0))),
        ),
    )


def _shades(page: PageState, view: FrontView) -> str:
    """What is shaded on the front: "Grey: new data. Blue: target met here." or nothing."""
    return " ".join(f"{shade.capitalize()}: {words}." for shade, words in shades(page, view))


def _looked_at(view: TradeoffView) -> NDArray[np.intp]:
    """Positions of the thresholds that can be looked at, the chosen one among them."""
    shown = in_sight(view, LOOKED_AT)
    return np.union1d(shown, [view.chosen or 0]).astype(np.intp)


def _words(page: PageState, view: TradeoffView, at: NDArray[np.intp]) -> tuple[str, ...]:
    """What each threshold is to the stakeholders whose figure it moves."""
    lower = page.chosen.lower
    return tuple(
        f"{page.words(view.model, float(view.thresholds[k]), lower=lower if k == view.chosen else None)}: "
        + "; ".join(
            f"{curve.objective.label} {amount(curve.objective, value, page.scenario)}"
            for curve in view.curves
            for value in [curve.at(k) if k == view.chosen else float(curve.values[k])]
        )
        + "."
        for k in at.tolist()
    )


def _along_front(
    page: PageState, across: Objective, up: Objective, at: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Where the model lies on the front at each threshold."""
    model_points = page.model_points.iloc[at]
    x, y = (model_points[o.id].to_numpy(np.float64, copy=True) for o in (across, up))
    if page.chosen.lower is not None:
        is_chosen = model_points["threshold"].to_numpy() == page.chosen.threshold
        x[is_chosen], y[is_chosen] = (page.chosen.figures[o.id] for o in (across, up))
    return x, y


def _in_ranking(view: RankingView, model: str, count: int) -> tuple[Floats, Floats]:
    """Where the model lies in a ranking: at one place whatever the threshold."""
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
    """Pixels of each point; None where it lies outside."""
    placed = zip(panel.x.place(x).tolist(), panel.y.place(y).tolist(), strict=True)
    return tuple((a, b) if panel.holds(a, b) else None for a, b in placed)


def drawings(page: PageState, foot: str) -> dict[str, str]:
    """The two as files of their own, by name."""
    front, curves = pictures(page)
    return {
        "front": alone(front, *FRONT, foot),
        "trade-off": alone(curves, *CURVES, foot),
    }
