"""Trade-offs to draw: the curves of a small file, and one curve with limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from hypothesis import strategies as st

from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.decide.tradeoff import StakeholderCurve, TradeoffView, along
from dashboard.analysis.decide.tradeoff_scales import Scales
from dashboard.figures.palette import LIGHT
from dashboard.figures.tradeoff_figure import tradeoff_figure
from dashboard.session.choices import STAKEHOLDERS
from metrics import OBJECTIVES, Bound, Scenario
from tests.dashboard.tables import made

ROWS = made(rows=300, seed=21)
MODEL = ROWS.models[3]
NAMES = ("false_alarms", "missed_defects", "revenue_impact")
AXES = ("threshold", "flagged", "recall")
POINTS = pd.DataFrame(ROWS.points({*NAMES, "share_flagged"}, Scenario()))
POINTS["recall"] = POINTS["tp"] / (POINTS["tp"] + POINTS["fn"])
OWN = POINTS[POINTS["model"] == MODEL].reset_index(drop=True)
ANY = Scales(log=False)
POSITIONS = st.integers(0, len(OWN) - 1)


def tradeoff_view(axis, chosen, best, today=0.5, log=False, picks=(True,) * 3):
    """View of one model along its thresholds, with positions of the selected and the best points."""
    curves = [
        StakeholderCurve(who, OBJECTIVES[name], OWN[name].to_numpy(), b, today, is_pick=is_pick)
        for who, name, b, is_pick in zip(STAKEHOLDERS, NAMES, best, picks, strict=True)
    ]
    return TradeoffView(
        MODEL,
        OWN["threshold"].to_numpy(),
        along(OWN, axis),
        axis,
        OWN["share_flagged"].to_numpy(),
        1 - OWN["recall"].to_numpy(),
        curves,
        Scales(log),
        chosen,
    )


def figure_of(view, scenario=None):
    """Chart of a trade-off as Plotly reads it."""
    return go.Figure(tradeoff_figure(view, LIGHT, "#123456", scenario or Scenario()).as_dict())


def figure_with_limits(*values, today=0.5, above=True):
    """One curve of figures from 0 to 100, drawn with limits."""
    view = tradeoff_view("threshold", 30, (None, None, None), today)
    o, steps = OBJECTIVES["revenue_impact"], np.linspace(0, 100, len(OWN))
    lines = [LimitLine("y", value, Bound(o, 3.0), above) for value in values]
    curve = StakeholderCurve("data", o, steps, None, today, limits=lines)
    return figure_of(replace(view, curves=[curve], scales=Scales(False, {o.id: (0.0, 100.0)})))


def line_levels(fig, dash):
    """Figures at which lines with a style are drawn."""
    return [s.y0 for s in fig.layout.shapes if s.type == "line" and s.line.dash == dash]


def line_names(fig):
    """Labels at the ends of lines, from the top: figure, words, and upward shift."""
    said = [(a.y, a.text.strip(), a.yshift) for a in fig.layout.annotations if a.name != "title"]
    return sorted(said, key=lambda one: (-one[0], -one[2]))
