"""One colour and shape per model, told apart by either."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from dashboard.figures.look import DARK, LIGHT, dress, styles


def drawn(count, look):
    return [(s.color(look), s.symbol) for s in styles([f"m{k}" for k in range(count)]).values()]


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_ten_models_differ_in_colour_and_in_shape(look):
    colours, shapes = zip(*drawn(10, look), strict=True)
    assert len(set(colours)) == len(set(shapes)) == 10


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_a_hundred_models_are_a_hundred_pairs(look):
    pairs = drawn(100, look)
    assert len(set(pairs)) == 100
    # More models change nothing of those before them.
    assert pairs[:7] == drawn(7, look)


def luminance(colour):
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_colours_stand_out_from_the_paper(look):
    """Text by 4.5 to 1, graphical objects by 3 to 1, as WCAG 2.2 asks (1.4.3, 1.4.11)."""
    for colour, _ in drawn(10, look):
        assert contrast(colour, look.paper) >= 3
    for ink in (look.ink, look.muted, look.accent):
        assert contrast(ink, look.paper) >= 4.5


def test_dressing_keeps_what_is_drawn():
    fig = go.Figure(go.Scatter(x=[1], y=[2]))
    assert dress(fig, DARK, height=321, dragmode="zoom") is fig
    assert (fig.layout.height, fig.layout.dragmode) == (321, "zoom")
    assert fig.layout.font.color == DARK.ink
    assert (fig.data[0].x, fig.data[0].y) == ((1,), (2,))
