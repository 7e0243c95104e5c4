"""The marks on a unit: defects (scratch, pit, crack, stain) and harmless ones (dust, glare).

Every function takes the pixels' positions and one row of parameters per unit. It returns the change of
brightness in grey levels, shape (units, SIZE, SIZE). A defect's severity scales both its contrast and its
size, so that the mildest defects are hidden by the noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SIZE = 40
"""Pixels along one side of an image."""

OUTER = 17.6
"""Outer radius of the part, in pixels."""

_axis = np.arange(SIZE) - (SIZE - 1) / 2
X = np.broadcast_to(_axis[None, :], (SIZE, SIZE))
Y = np.broadcast_to(_axis[:, None], (SIZE, SIZE))


def _col(values: Floats) -> Floats:
    return values[:, None, None]


def _on_face(rng: np.random.Generator, bore: Floats, margin: float) -> tuple[Floats, Floats]:
    """Draw one position per unit, uniformly on its face, at least `margin` from both edges."""
    inner, outer = bore + margin, OUTER - margin
    radius = np.sqrt(rng.uniform(size=len(bore)) * (outer**2 - inner**2) + inner**2)
    angle = rng.uniform(0, 2 * np.pi, len(bore))
    return radius * np.cos(angle), radius * np.sin(angle)


def _to_segment(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> tuple[Floats, Floats]:
    """Distance of every pixel to the unit's line segment, and the nearest point of the segment (0 to 1)."""
    dx, dy = x1 - x0, y1 - y0
    length2 = np.maximum(dx * dx + dy * dy, 1e-9)
    px, py = X - _col(x0), Y - _col(y0)
    along = np.clip((px * _col(dx) + py * _col(dy)) / _col(length2), 0, 1)
    return np.hypot(px - along * _col(dx), py - along * _col(dy)), along


def scratch(rng: np.random.Generator, bore: Floats, severity: Floats) -> Floats:
    """A straight thin line that fades slightly: dark with a bright lip, or bright with a dark lip."""
    n = len(bore)
    x, y = _on_face(rng, bore, 1.5)
    angle = rng.uniform(0, np.pi, n)
    half = 0.5 * (5 + 15 * severity * rng.uniform(0.6, 1.1, n))
    cx, cy = half * np.cos(angle), half * np.sin(angle)
    depth = (7 + 62 * severity**1.5) * np.where(rng.random(n) < 0.65, -1.0, 0.8)
    width = rng.uniform(0.45, 0.8, n)
    near, along = _to_segment(x - cx, y - cy, x + cx, y + cy)
    lip, _ = _to_segment(x - cx + 1.1, y - cy + 0.6, x + cx + 1.1, y + cy + 0.6)
    fade = 1 - 0.5 * (2 * along - 1) ** 2
    line = np.exp(-0.5 * (near / _col(width)) ** 2) - 0.3 * np.exp(-0.5 * (lip / _col(width)) ** 2)
    return _col(depth) * fade * line


def pit(rng: np.random.Generator, bore: Floats, severity: Floats) -> Floats:
    """One to three small dark holes, each lit on the far side of its rim."""
    n = len(bore)
    total = np.zeros((n, SIZE, SIZE))
    count = 1 + (rng.random(n) < 0.45) + (rng.random(n) < 0.25)
    for k in range(3):
        x, y = _on_face(rng, bore, 1.8)
        radius = 0.65 + 0.95 * severity * rng.uniform(0.7, 1.2, n)
        depth = np.where(k < count, 14 + 85 * severity**1.2, 0.0) * (1.0 if k == 0 else 0.75)
        hole = np.exp(-0.5 * (np.hypot(X - _col(x), Y - _col(y)) / _col(radius)) ** 2)
        rim_x, rim_y = x + 1.25 * radius, y + 1.25 * radius
        rim = np.exp(
            -0.5 * (np.hypot(X - _col(rim_x), Y - _col(rim_y)) / (0.75 * _col(radius))) ** 2
        )
        total += _col(depth) * (0.5 * rim - hole)
    return total


def crack(rng: np.random.Generator, bore: Floats, severity: Floats) -> Floats:
    """A jagged dark line that starts at the bore or at the outer edge and wanders inwards."""
    n = len(bore)
    steps = 6
    from_bore = rng.random(n) < 0.6
    angle = rng.uniform(0, 2 * np.pi, n)
    start = np.where(from_bore, bore + 0.3, OUTER - 0.4)
    x, y = start * np.cos(angle), start * np.sin(angle)
    heading = np.where(from_bore, angle, angle + np.pi)
    stride = (3.5 + 9.5 * severity) / steps
    near = np.full((n, SIZE, SIZE), np.inf)
    for _ in range(steps):
        turn = heading + rng.normal(0, 0.65, n)
        x1, y1 = x + stride * np.cos(turn), y + stride * np.sin(turn)
        near = np.minimum(near, _to_segment(x, y, x1, y1)[0])
        x, y = x1, y1
    depth = 9 + 78 * severity**1.3
    return -_col(depth) * np.exp(-0.5 * (near / 0.55) ** 2)


def stain(rng: np.random.Generator, bore: Floats, severity: Floats) -> Floats:
    """A wide soft patch with an uneven outline and a slightly darker rim. Its contrast is rarely high."""
    n = len(bore)
    x, y = _on_face(rng, bore, 2.5)
    radius = 2.2 + 4.3 * severity * rng.uniform(0.7, 1.2, n)
    px, py = X - _col(x), Y - _col(y)
    theta = np.arctan2(py, px)
    outline = np.ones((n, SIZE, SIZE))
    for k in (2, 3):
        swing, phase = rng.uniform(0.05, 0.22, n), rng.uniform(0, 2 * np.pi, n)
        outline += _col(swing) * np.cos(k * theta + _col(phase))
    ratio = np.hypot(px, py) / (_col(radius) * outline)
    body = 1 / (1 + np.exp(np.clip(7 * (ratio - 1), -40, 40)))
    rim = np.exp(-0.5 * ((ratio - 0.95) / 0.16) ** 2)
    return -_col(4.0 + 30 * severity**1.3) * (body + 0.35 * rim)


def dust(rng: np.random.Generator, count: Floats) -> Floats:
    """Small round specks anywhere in the image, most of them bright, none with a lit rim."""
    n = len(count)
    total = np.zeros((n, SIZE, SIZE))
    for k in range(4):
        x, y = rng.uniform(-18, 18, n), rng.uniform(-18, 18, n)
        radius = rng.uniform(0.45, 0.95, n)
        level = rng.uniform(18, 80, n) * np.where(rng.random(n) < 0.72, 1.0, -0.8)
        speck = np.exp(-0.5 * (np.hypot(X - _col(x), Y - _col(y)) / _col(radius)) ** 2)
        total += _col(np.where(k < count, level, 0.0)) * speck
    return total


def glare(rng: np.random.Generator, level: Floats) -> Floats:
    """A long bright soft patch of light that the face reflects."""
    n = len(level)
    angle, radius = rng.uniform(0, 2 * np.pi, n), rng.uniform(7, 16, n)
    px = X - _col(radius * np.cos(angle))
    py = Y - _col(radius * np.sin(angle))
    cos, sin = _col(np.cos(angle)), _col(np.sin(angle))
    across = (px * cos + py * sin) / _col(rng.uniform(1.4, 2.6, n))
    along = (py * cos - px * sin) / _col(rng.uniform(3.0, 6.0, n))
    return _col(level) * np.exp(-0.5 * (across**2 + along**2))
