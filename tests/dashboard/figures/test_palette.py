"""Tests that each model has one colour and shape, and that either distinguishes the models."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dashboard.figures.model_styles import in_grey, styles
from dashboard.figures.palette import DARK, LIGHT, on_color


def colours_and_symbols(count, palette):
    return [(s.color(palette), s.symbol) for s in styles([f"m{k}" for k in range(count)]).values()]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_eleven_models_have_different_shapes_and_a_hundred_different_pairs(palette):
    pairs = colours_and_symbols(100, palette)
    assert len(set(pairs)) == 100
    assert len({shape for _, shape in pairs[:11]}) == 11
    # Further models do not change the colours of earlier models.
    assert pairs[:7] == colours_and_symbols(7, palette)


# Linear RGB as seen by dichromats: Machado, Oliveira and Fernandes (2009), severity 1.0.
VISIONS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Matrix from linear sRGB to XYZ under D65 (IEC 61966-2-1)."""
APART = 4 * 2.3
"""Distance in CIELAB from which two colours are distinguishable: four times the just noticeable difference.

Source: Mahy, Van Eycken and Oosterlinck (1994).
"""


def as_seen(colour, vision="full"):
    """Linear RGB of a colour as seen by a kind of vision."""
    channels = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.clip(VISIONS[vision] @ linear, 0, 1)


def contrast(one, other, vision="full"):
    """Contrast by WCAG 2.2, computed from the relative luminance."""
    low, high = sorted((TO_XYZ @ as_seen(colour, vision))[1] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour, vision):
    """CIELAB of a colour as seen by a kind of vision."""
    t = TO_XYZ @ as_seen(colour, vision) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, vision):
    """CIE76 distance of two colours as seen by a kind of vision."""
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_twenty_models_differ_for_colour_blind_readers(palette, vision):
    """By the shape of their markers, or else by colour; the first four by colour alone."""
    models = colours_and_symbols(20, palette)
    alike = [
        (one, other)
        for one, other in combinations(models, 2)
        if one[1] == other[1] and distance(one[0], other[0], vision) < APART
    ]
    assert alike == []
    apart = [
        distance(one[0], other[0], vision) >= APART for one, other in combinations(models[:10], 2)
    ]
    assert sum(apart) >= 40  # of 45
    for (one, _), (other, _) in combinations(models[:4], 2):
        assert distance(one, other, vision) >= APART
    # The eleventh colour differs from the first ten, and for most readers in hue.
    nearest = min(distance(models[10][0], colour, vision) for colour, _ in models[:10])
    assert nearest >= (4 * APART if vision == "full" else APART)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_contrast_with_the_background(palette, vision):
    """Text by 4.5 to 1, graphical objects by 3 to 1, as WCAG 2.2 asks (1.4.3, 1.4.11)."""
    for colour, _ in colours_and_symbols(11, palette):
        assert contrast(colour, palette.paper, vision) >= 3
    for ink in (palette.ink, palette.muted, palette.accent):
        assert contrast(ink, palette.paper, vision) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_no_colour_looks_like_the_grey_of_dominated_points(palette):
    for colour, _ in colours_and_symbols(11, palette):
        for grey in (palette.beaten, palette.muted, palette.faint):
            assert distance(colour, grey, "full") >= 2 * APART, colour


def test_neighbours_without_colour_have_two_greys_with_readable_names():
    names = ["a", "b", "c", "d"]
    of_models = styles(names)
    grey = in_grey(of_models, {"a"}, [("a", "b"), ("b", "c"), ("c", "d")])
    assert grey["a"] == of_models["a"]
    assert [grey[m].light for m in names[1:]] == [LIGHT.beaten, LIGHT.muted, LIGHT.beaten]
    assert [grey[m].symbol for m in names] == [of_models[m].symbol for m in names]
    for palette in (LIGHT, DARK):
        shades = [grey[m].color(palette) for m in ("b", "c")]
        assert contrast(*shades) > 1.5
        for shade in (*shades, *(style.color(palette) for style in of_models.values())):
            assert contrast(on_color(shade), shade) >= 4
