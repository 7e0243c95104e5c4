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


def said(fig):
    return json.loads(fig.to_json())


def on(row):
    """Position of an element in Plotly's own figure."""
    return {} if row is None else {"row": row, "col": 1}


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_it_is_sent_as_plotly_sends_it(rows):
    below = {"shared_xaxes": True, "vertical_spacing": 0.13}
    theirs = go.Figure() if rows == 1 else make_subplots(rows, 1, **below)
    theirs.layout.template = None
    ours = Drawing(rows, 0.13)
    for row in range(1, rows + 1):
        where = on(None if rows == 1 else row)
        trace = {
            "x": np.array([1.5, np.nan], np.float32),
            "y": [np.float64(row), np.nan],
            "mode": "lines",
            "line": {"color": "#123456", "width": 1.2},
            "customdata": np.array([3, 4], np.int32),
            "fill": None,
        }
        theirs.add_scatter(**trace, **where)
        ours.add_scatter(**trace, row=row)
        theirs.add_vline(x=0.5, line=DOT, **where)
        ours.add_vline(0.5, line=DOT, row=row)
        theirs.add_hline(y=np.float64(row), line=DOT, **where)
        ours.add_hline(np.float64(row), line=DOT, row=row)
        theirs.update_yaxes(range=[0.0, np.float64(row)], nticks=3, **where)
        ours.update_yaxes(range=[0.0, np.float64(row)], nticks=3, row=row)
    for fig in (theirs, ours):
        house_layout(
            fig, DARK, height=300, margin={"l": 46, "r": 12, "t": 26, "b": 40}, dragmode="zoom"
        )
        level_title(fig, "a title", DARK)
        fig.update_layout(uirevision="one")
    theirs.update_xaxes(title_text="along", **on(None if rows == 1 else rows))
    ours.update_xaxes(title={"text": "along"}, row=rows)
    assert said(ours) == said(theirs)


def test_as_plotlys_own_figure_it_is_checked():
    ours = Drawing()
    ours.add_scatter(x=[1.0], y=[2.0], mode="markers")
    assert go.Figure(ours.as_dict()).data[0].mode == "markers"
    ours.add_scatter(x=[1.0], y=[2.0], mode="no such mode")
    with pytest.raises(ValueError, match="mode"):
        go.Figure(ours.as_dict())
