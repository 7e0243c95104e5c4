"""Slider of a report: its thresholds, their descriptions, and the places of the dots that it moves.

The slider moves the threshold in the drawings and the text. All reports contain the same script, allowed by
its hash in the report's policy. The script reads its data as text from attributes, and never turns the text
into markup.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.decide.model_ranking import RankingView
from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView
from dashboard.analysis.selection import Selection
from dashboard.export.figure_parts import Panel
from dashboard.figures.tradeoff_range import drawn_positions
from dashboard.page_view import PageView
from dashboard.words.phrases import figure_with_unit
from metrics import Objective
from metrics.tally.kernel import Floats

Place = tuple[float, float] | None
"""Position in pixels of a drawing, to a tenth; `None` outside of its panel."""

SLIDER_STEPS = 240
"""Approximate number of thresholds on the slider. At its width, dragging cannot reach more."""


def slider_positions(view: TradeoffView) -> NDArray[np.intp]:
    """Positions of the slider's thresholds, including the selected one."""
    shown = drawn_positions(view, SLIDER_STEPS)
    return np.union1d(shown, [view.chosen or 0]).astype(np.intp)


def threshold_descriptions(
    page: PageView, view: TradeoffView, at: NDArray[np.intp]
) -> tuple[str, ...]:
    """Sentence about each threshold of the slider, with the figures of the stakeholders' objectives."""
    lower = page.selection.point.lower
    return tuple(
        f"{page.words(view.model, float(view.thresholds[k]), lower=lower if k == view.chosen else None)}: "
        + "; ".join(
            f"{curve.objective.label} {figure_with_unit(curve.objective, value, page.analysis.scenario)}"
            for curve in view.curves
            for value in curve_values(view, curve, np.array([k])).tolist()
        )
        + (". This is the chosen one." if k == view.chosen else ".")
        for k in at.tolist()
    )


def front_coordinates(
    selection: Selection, across: Objective, up: Objective, at: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Coordinates of the model on the front at each threshold."""
    model_points = selection.model_points.iloc[at]
    x, y = (model_points[o.id].to_numpy(np.float64, copy=True) for o in (across, up))
    if selection.point.lower is not None:
        is_chosen = model_points["threshold"].to_numpy() == selection.point.threshold
        x[is_chosen], y[is_chosen] = (selection.point.figures[o.id] for o in (across, up))
    return x, y


def ranking_coordinates(view: RankingView, model: str, count: int) -> tuple[Floats, Floats]:
    """Coordinates of the model in a ranking, which are the same at every threshold."""
    place = view.models.index(model) if model in view.models else None
    value = np.nan if place is None else view.values[place]
    return np.full(count, value), np.full(count, np.nan if place is None else float(place))


def curve_values(view: TradeoffView, curve: StakeholderCurve, at: NDArray[np.intp]) -> Floats:
    """Figures of a curve at each threshold. At the selected threshold, the figure of the selected point."""
    values = curve.values[at]
    if view.chosen is None:
        return values
    return np.where(at == view.chosen, curve.at(view.chosen), values)


def pixels(panel: Panel, x: Floats, y: Floats) -> tuple[Place, ...]:
    """Pixels of each point; `None` for points outside of the panel."""
    placed = zip(panel.x.place(x).tolist(), panel.y.place(y).tolist(), strict=True)
    return tuple((round(a, 1), round(b, 1)) if panel.holds(a, b) else None for a, b in placed)
