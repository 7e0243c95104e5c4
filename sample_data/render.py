"""Grey images of a ground ring with a bore, as an inspection camera would see it.

An image is the sum of a surface (face, turning marks, gloss, light falling off), harmless marks, defects and
sensor noise, rounded to 8 bits. All steps before the rounding use float64. Processors whose exponentials
differ in the last bit then give the same pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sample_data import marks
from sample_data.marks import OUTER, SIZE, Floats, X, Y
from sample_data.units import CRACK, PIT, SCRATCH, STAIN

CHUNK = 500
"""Number of units that are drawn from one random stream. Another number gives other images."""

BACKGROUND = 38.0
_DRAW = {SCRATCH: marks.scratch, PIT: marks.pit, CRACK: marks.crack, STAIN: marks.stain}


def render(plan: pd.DataFrame, seed: np.random.SeedSequence) -> npt.NDArray[np.uint8]:
    """Draw the planned units.

    Parameters
    ----------
    plan : pandas.DataFrame
        As `sample_data.units.draw_units` returns it.
    seed : numpy.random.SeedSequence
        Seed of the marks' positions and of the noise. The sequence is not changed, so that the same seed
        draws the same images again.

    Returns
    -------
    ndarray of uint8, shape (units, SIZE, SIZE)
    """
    images = np.empty((len(plan), SIZE, SIZE), dtype=np.uint8)
    for number, start in enumerate(range(0, len(plan), CHUNK)):
        rows = slice(start, start + CHUNK)
        images[rows] = _render_chunk(plan.iloc[rows], seed, number)
    return images


def _render_chunk(
    plan: pd.DataFrame, seed: np.random.SeedSequence, number: int
) -> npt.NDArray[np.uint8]:
    mark_rng, harmless_rng, noise_rng = (
        np.random.default_rng(
            np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, number, stream))
        )
        for stream in range(3)
    )
    part = {name: plan[name].to_numpy(np.float64)[:, None, None] for name in _LOOKS}
    picture, face = _surface(part)
    picture += _defects(plan, mark_rng) * face
    harmless = marks.dust(harmless_rng, plan["dust"].to_numpy(np.float64))
    # Glare is limited to the part, because the dark belt around it reflects little light.
    harmless += marks.glare(harmless_rng, plan["glare"].to_numpy(np.float64)) * (0.1 + 0.9 * face)
    picture += harmless
    # Photon noise grows with the root of the brightness. At 150, usual for a face, it equals the plan's
    # noise.
    scale = part["noise"] * np.sqrt(0.15 + 0.85 * np.clip(picture, 0, 255) / 150)
    picture += scale * noise_rng.standard_normal(picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


_LOOKS = (
    "bore shift_x shift_y light slope slope_angle gloss gloss_angle marks marks_period "
    "marks_phase noise tilt"
).split()


def _surface(part: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Return the part without marks and noise, and the share of each pixel that is face (0 to 1)."""
    squeeze = 1 - 0.10 * part["tilt"]
    cos, sin = np.cos(part["slope_angle"]), np.sin(part["slope_angle"])
    x, y = X - part["shift_x"], Y - part["shift_y"]
    across, along = (x * cos + y * sin) / squeeze, y * cos - x * sin
    radius = np.hypot(across, along)
    angle = np.arctan2(y, x)
    # Edges are one pixel wide, as if blurred by the lens.
    face = _edge(OUTER - radius) * _edge(radius - part["bore"])
    chamfer = np.exp(-0.5 * ((radius - OUTER + 1.0) / 0.6) ** 2)
    chamfer += np.exp(-0.5 * ((radius - part["bore"] - 0.9) / 0.6) ** 2)
    turned = np.sin(2 * np.pi * radius / part["marks_period"] + part["marks_phase"])
    gloss = np.cos(2 * (angle - part["gloss_angle"]))
    fall = (1 + 1.8 * part["tilt"]) * part["slope"] * (x * cos + y * sin) / OUTER
    lit = part["light"] + part["marks"] * turned + part["gloss"] * gloss + fall + 20 * chamfer
    belt = BACKGROUND + 0.25 * fall - 10 * np.exp(-0.5 * ((radius - OUTER - 1.2) / 1.2) ** 2)
    return belt + face * (lit - belt), face


def _edge(inside: Floats) -> Floats:
    step = np.clip(0.5 + inside / 1.4, 0, 1)
    return step * step * (3 - 2 * step)


def _defects(plan: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """Changes in grey levels by the defects."""
    kind = plan["kind"].to_numpy()
    bore = plan["bore"].to_numpy(np.float64)
    severity = plan["severity"].to_numpy(np.float64)
    changed = np.zeros((len(plan), SIZE, SIZE))
    for code, draw in _DRAW.items():
        rows = np.flatnonzero(kind == code)
        changed[rows] = draw(rng, bore[rows], severity[rows])
    return changed
