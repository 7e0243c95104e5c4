"""Fronts to draw: any front, the front of a small file, and both as Plotly reads them."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
from hypothesis import strategies as st

from dashboard.analysis.decide.front import Mark, front_view
from dashboard.figures.front_figure import front_figure
from dashboard.figures.front_names import add_names
from dashboard.figures.model_styles import styles
from dashboard.figures.palette import LIGHT
from dashboard.words.decide.front import mark_label
from metrics import OBJECTIVES, Bound, Scenario
from tests.dashboard.tables import NASTY, made

SOME = ["log_loss", "missed_defects", "revenue_impact", "precision", "false_alarms"]
IDS = st.sampled_from(SOME)
# With few values, most examples have ties, duplicates and undefined figures.
FIGURES = st.sampled_from([-2.0, -1.0, 0.0, 1.0, 2.5, math.nan])


@st.composite
def front_inputs(draw):
    """Arguments of `front_view`: points with the figures of five objectives, the objectives, and marks."""
    count = draw(st.integers(1, 14))
    frame = pd.DataFrame(
        {
            "model": sorted(draw(st.sampled_from(NASTY)) for _ in range(count)),
            "threshold": [*range(count - 1), math.inf],
        }
        | {o: draw(st.lists(FIGURES, min_size=count, max_size=count)) for o in SOME}
    )
    three = draw(st.lists(IDS, min_size=3, max_size=3))
    across, up = draw(st.lists(st.sampled_from(three), min_size=2, max_size=2))
    named = draw(st.lists(st.integers(0, count - 1), max_size=3))
    marks = [
        Mark("pick", frame["model"][k], frame["threshold"][k], frame[across][k], frame[up][k])
        for k in named
    ]  # fmt: skip
    return frame, [OBJECTIVES[o] for o in three], OBJECTIVES[across], OBJECTIVES[up], marks


ROWS = made()


def limit(label, value):
    """Limit on an objective that equals the false alarms under another name."""
    return Bound(replace(OBJECTIVES["false_alarms"], label=label), value)


def view_and_figure(palette=LIGHT, across="missed_defects", up="revenue_impact"):
    """Drawn front of a file with models of awkward names."""
    names = ["log_loss", across, up]
    points = pd.DataFrame(ROWS.points(set(names), Scenario()))

    def place(k: int) -> tuple[float, float, float]:
        return float(points["threshold"][k]), float(points[across][k]), float(points[up][k])

    marks = [
        Mark("pick", NASTY[0], *place(3), stakeholders=("data",)),
        Mark("chosen", NASTY[3], *place(len(points) - 4)),
        Mark("today", None, math.inf, 36.0, 0.0),
    ]
    stakeholders = [OBJECTIVES[name] for name in names]
    view = front_view(points, stakeholders, OBJECTIVES[across], OBJECTIVES[up], marks)
    return view, chart(view, palette)


def chart(view, palette=LIGHT, scenario=None, *, on_paper=False):
    """Front as Plotly reads it; `on_paper` includes the names."""
    scenario, style = scenario or Scenario(), styles((*NASTY, "a"))
    fig = front_figure(view, palette, style, scenario)
    if on_paper:
        names = [mark_label(mark, scenario) for mark in view.marks]
        add_names(fig, view, names, scenario)
    return go.Figure(fig.as_dict())
