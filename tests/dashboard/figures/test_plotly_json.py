"""Tests that a drawing equals Plotly's own JSON of the figure."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from dashboard.figures.layout import house_layout, level_title
from dashboard.figures.palette import DARK
from dashboard.figures.plotly_json import Drawing

DOT = {"color": "#123456", "width": 1, "dash": "dot"}
TRACE = {
    "x": np.array([1.5, np.nan], np.float32),
    "mode": "lines",
    "line": {"color": "#123456", "width": 1.2},
    "customdata": np.array([3, 4], np.int32),
    "fill": None,
}


def draw_row(fig, level, **where):
    """Draw a line, two rules and an axis in one row of either kind of figure."""
    fig.add_scatter(**TRACE, y=[level, np.nan], **where)
    fig.add_vline(x=0.5, line=DOT, **where)
    fig.add_hline(y=level, line=DOT, **where)
    fig.update_yaxes(range=[0.0, level], nticks=3, **where)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_drawing_equals_plotlys_json(rows):
    below = {"shared_xaxes": True, "vertical_spacing": 0.13}
    theirs = go.Figure() if rows == 1 else make_subplots(rows, 1, **below)
    theirs.layout.template = None
    ours = Drawing(DARK, rows, 0.13)
    for row in range(1, rows + 1):
        draw_row(ours, np.float64(row), row=row)
        where = {} if rows == 1 else {"row": row, "col": 1}
        draw_row(theirs, np.float64(row), **where)
    theirs.update_xaxes(title={"text": "along"}, **where)
    ours.update_xaxes(title={"text": "along"}, row=rows)
    for fig in (theirs, ours):
        house_layout(
            fig, DARK, height=300, margin={"l": 46, "r": 12, "t": 26, "b": 40}, dragmode="zoom"
        )
        level_title(fig, "a title", DARK)
        fig.update_layout(uirevision="one")
    assert json.loads(ours.drawn().json) == json.loads(theirs.to_json())
