"""Tests that SVG drawings show the same content at the same positions as their figures."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly.subplots import make_subplots

from dashboard.export.figure_parts import DrawnAxis
from dashboard.export.plotly_to_svg import SHAPES, drawing, marker, text_element
from tests.dashboard.decided import ANY_TEXT
from tests.dashboard.hostile import HOSTILE

SPACE = "{http://www.w3.org/2000/svg}"


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def circles(svg: str) -> list[tuple[float, float]]:
    return [
        (float(c.attrib["cx"]), float(c.attrib["cy"])) for c in read(svg).iter(f"{SPACE}circle")
    ]


def plain(x, y, **axes) -> go.Figure:
    fig = go.Figure(go.Scatter(x=x, y=y, mode="markers"))
    fig.update_layout(**axes)
    return fig


RANGED = {"xaxis": {"range": [0, 10]}, "yaxis": {"range": [0, 10]}}


def test_larger_values_are_higher_and_farther_right():
    (low_x, low_y), (high_x, high_y) = circles(
        drawing(plain([1, 9], [2, 8], **RANGED), 400, 300, "")
    )
    assert low_x < high_x
    assert low_y > high_y


def test_a_reversed_axis_is_drawn_reversed():
    fig = plain([1, 9], [2, 8], xaxis={"range": [10, 0]}, yaxis={"range": [0, 10]})
    (first, _), (second, _) = circles(drawing(fig, 400, 300, ""))
    assert first > second


@given(
    st.lists(st.floats(0, 10), min_size=3, max_size=8),
    st.sampled_from(["linear", "log"]),
)
def test_positions_are_proportional_to_values(values, kind):
    """A value halfway between two others (or between their logarithms) is drawn halfway between them."""
    layout = go.layout.XAxis(type=kind, range=[0, 10] if kind == "linear" else [-1, 1])
    own = DrawnAxis(layout, 50.0, 250.0)
    given_ = np.array(values) if kind == "linear" else 10 ** (np.array(values) / 5 - 1)
    expected = 50 + 200 * np.array(values) / 10
    np.testing.assert_allclose(own.place(given_), expected, atol=1e-9)


def test_ticks_are_those_of_the_figure_within_the_space():
    layout = go.layout.YAxis(range=[0, 10], tickvals=[0, 0.1, 5], ticktext=["€0", "€0.1", "€5"])
    assert DrawnAxis(layout, 0.0, 1000.0).ticks == [(0.0, "€0"), (500.0, "€5")]


def test_undefined_and_outside_points_are_not_drawn():
    fig = plain([1, math.nan, 5, math.inf, 50], [1, 2, math.nan, 3, 5], **RANGED)
    assert len(circles(drawing(fig, 400, 300, ""))) == 1


@pytest.mark.parametrize(("shape", "corners"), [("hv", 5), ("vh", 5), ("linear", 3)])
def test_steps_have_the_shape_of_the_line(shape, corners):
    fig = go.Figure(go.Scatter(x=[1, 2, 3], y=[1, 5, 9], mode="lines", line={"shape": shape}))
    fig.update_layout(**RANGED)
    [path] = [p.attrib["d"] for p in read(drawing(fig, 400, 300, "")).iter(f"{SPACE}path")]
    points = [tuple(map(float, part.split())) for part in path.replace("M", "").split("L")]
    assert len(points) == corners
    (x0, y0), (x1, y1) = points[:2]
    assert {"hv": y0 == y1 and x0 != x1, "vh": x0 == x1 and y0 != y1}.get(shape, True)


def test_each_panel_has_its_own_axes():
    fig = make_subplots(rows=2, cols=1, shared_xaxes=True)
    fig.add_scatter(x=[1, 2], y=[0, 1], mode="markers", row=1, col=1)
    fig.add_scatter(x=[1, 2], y=[0, 1000], mode="markers", row=2, col=1)
    fig.add_hline(y=500, row=2, col=1, line={"color": "#123456"})
    fig.update_xaxes(range=[0, 3])
    fig.update_yaxes(range=[-0.1, 1.1], row=1)
    fig.update_yaxes(range=[-100, 1100], row=2)
    svg = drawing(fig, 400, 300, "")
    upper, lower = circles(svg)[:2], circles(svg)[2:]
    assert max(y for _, y in upper) < min(y for _, y in lower)
    [line] = [e for e in read(svg).iter(f"{SPACE}line") if e.attrib["stroke"] == "#123456"]
    assert float(line.attrib["y1"]) == pytest.approx(np.mean([y for _, y in lower]), abs=0.02)
    assert len({clip.attrib["id"] for clip in read(svg).iter(f"{SPACE}clipPath")}) == 2
    assert drawing(fig, 400, 300, "") == svg  # a second export of the view gives the same file


def test_an_area_ends_at_its_bounds_and_is_below_the_lines():
    fig = plain([2, 9], [2, 8], **RANGED)
    fig.add_shape(
        type="rect", x0=0, x1=1, xref="x domain", y0=2, y1=8, fillcolor="#123456", line_width=0
    )
    svg = drawing(fig, 400, 300, "")
    area = next(e for e in read(svg).iter(f"{SPACE}path") if e.attrib["fill"] == "#123456")
    heights = {float(y) for _, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", area.attrib["d"])}
    assert sorted(heights) == pytest.approx(sorted(y for _, y in circles(svg)), abs=0.02)
    assert svg.index("#123456") < svg.index("<circle")


@given(ANY_TEXT | st.sampled_from(HOSTILE))
def test_a_name_is_never_markup(name):
    import html

    fig = plain([1], [1], **RANGED)
    fig.add_annotation(x=1, y=1, text=f"<b>{html.escape(name)}</b>", showarrow=False)
    tree = read(drawing(fig, 400, 300, name))
    assert {e.tag.removeprefix(SPACE) for e in tree.iter()} <= {
        "svg", "defs", "clipPath", "rect", "g", "line", "text", "tspan", "circle",
    }  # fmt: skip
    assert not any(key.startswith("on") or "href" in key for e in tree.iter() for key in e.attrib)
    bold = [e.text or "" for e in tree.iter(f"{SPACE}tspan")]
    assert not any(sign in "".join(bold) for sign in "\u202e\u2066\x00")


@pytest.mark.parametrize("symbol", [*SHAPES, "circle", "circle-open", "star-open"])
def test_every_marker_is_a_shape_around_its_position(symbol):
    shape = ElementTree.fromstring(marker(symbol, 50, 60, 10, "#111111", "#222222", 1, 0.5))
    if shape.tag == "polygon":
        points = np.array([tuple(map(float, p.split(","))) for p in shape.attrib["points"].split()])
        assert np.abs(points - [50, 60]).max() < 8
        assert np.abs(points.mean(axis=0) - [50, 60]).max() < 2
    else:
        assert (shape.attrib["cx"], shape.attrib["r"]) == ("50", "5")
    assert (shape.attrib["fill"] == "none") == symbol.endswith("-open")


def test_spaces_between_bold_and_plain_text_are_kept():
    assert "</tspan>  log loss" in text_element("<b>Data scientist</b>  log loss", 0, 0, "#000")
