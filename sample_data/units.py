"""The plan of the sample's units: lines, batches, defects, unit values and appearance.

A plan is a DataFrame with one row per unit. The plan describes a unit completely, except the positions of its
marks and the noise of its pixels. These are drawn by `sample_data.render`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

GOOD, SCRATCH, PIT, CRACK, STAIN = range(5)
KINDS = ("good", "scratch", "pit", "crack", "stain")
"""Meaning of a unit's `kind`. Every kind except the first is a defect."""


@dataclass(frozen=True)
class Line:
    """Properties of a production line."""

    name: str
    share: float
    light: float
    slope: float
    noise: float
    defects: float


LINES = (
    Line("L1", share=0.27, light=6.0, slope=7.0, noise=3.0, defects=0.85),
    Line("L2", share=0.23, light=-7.0, slope=13.0, noise=3.5, defects=1.0),
    Line("L3", share=0.50, light=0.0, slope=9.0, noise=3.3, defects=1.1),
)

# Bore radius in pixels, and value of the steel in EUR, by part number.
VARIANTS = ((5.2, 0.0740), (6.2, 0.0910), (7.2, 0.1380))

UNITS_PER_BATCH = (42, 79)


def draw_units(
    seed: np.random.SeedSequence, *, units: int, defect_rate: float, first_batch: int = 1
) -> pd.DataFrame:
    """Draw a plan of units, batch by batch.

    Parameters
    ----------
    seed : numpy.random.SeedSequence
        Seed of all random numbers.
    units : int
        Number of units; the last batch is cut short to reach it exactly.
    defect_rate : float
        Expected share of defects over all batches; a single batch may be far from it.
    first_batch : int
        Number of the first batch. Parts that must not share a batch start at different numbers.

    Returns
    -------
    pandas.DataFrame
        One row per unit. ``id``, ``line``, ``batch`` are text; ``kind`` indexes `KINDS`; ``label``
        is 1 for a defect; ``value`` is in EUR; ``severity`` is in (0, 1), 0 for a good unit;
        lengths are in pixels, brightness in grey levels, angles in radians.

    Notes
    -----
    A batch shares its line, its part number, its tool and its light. Its defect rate is the expected rate
    times a gamma variable with mean 1 and variance 1.25. Most of its defects are of one or two kinds (a
    Dirichlet draw). Defects are therefore clustered.
    """
    rng = np.random.default_rng(seed)
    low, high = UNITS_PER_BATCH
    sizes = rng.integers(low, high + 1, size=units // low + 1)
    batches = int(np.searchsorted(np.cumsum(sizes), units)) + 1
    of = np.repeat(np.arange(batches), sizes[:batches])[:units]

    line = rng.choice(len(LINES), size=batches, p=[ln.share for ln in LINES])
    variant = rng.choice(len(VARIANTS), size=batches, p=(0.35, 0.45, 0.20))
    rate = defect_rate * _per_line("defects")[line] * rng.gamma(0.8, 1 / 0.8, size=batches)
    mix = rng.dirichlet((0.75, 0.75, 0.6, 0.9), size=batches)
    price = np.array([price for _, price in VARIANTS])[variant] * rng.lognormal(0, 0.05, batches)

    defect = rng.random(units) < np.minimum(rate, 0.6)[of]
    kind = 1 + (rng.random(units)[:, None] > mix.cumsum(axis=1)[of, :-1]).sum(axis=1)
    kind = np.where(defect, kind, GOOD)
    severity = np.where(defect, rng.beta(1.4, 1.9, size=units), 0.0)
    value = np.round(price[of] * rng.lognormal(0, 0.12, size=units), 4)

    names = np.array([ln.name for ln in LINES], dtype=object)[line]
    codes = np.array([f"B{first_batch + k:04d}" for k in range(batches)], dtype=object)
    serial = np.arange(units) - np.concatenate(([0], np.cumsum(sizes[:batches])))[of] + 1
    ids = [f"{names[b]}-{codes[b]}-{k:02d}" for b, k in zip(of, serial, strict=True)]
    return pd.DataFrame(
        {
            "id": ids,
            "label": defect.astype(np.int8),
            "value": value,
            "line": names[of],
            "batch": codes[of],
            "kind": kind.astype(np.int8),
            "severity": severity,
            **_looks(rng, of, line, variant),
        }
    )


def _per_line(field: str) -> npt.NDArray[np.float64]:
    return np.array([getattr(ln, field) for ln in LINES], dtype=np.float64)


def _looks(
    rng: np.random.Generator,
    of: npt.NDArray[np.intp],
    line: npt.NDArray[np.int64],
    variant: npt.NDArray[np.int64],
) -> dict[str, npt.NDArray[np.float64]]:
    """Draw the appearance of each unit, first the part that its batch shares."""
    batches, units = len(line), len(of)
    slope_angle = 0.8 * line + rng.normal(0, 0.25, batches)
    tool_wear = rng.gamma(4.0, 0.25, batches)
    light = 150 + _per_line("light")[line] + rng.normal(0, 4.0, batches)
    return {
        "bore": np.array([bore for bore, _ in VARIANTS])[variant][of] + rng.normal(0, 0.08, units),
        "shift_x": rng.normal(0, 0.30, units),
        "shift_y": rng.normal(0, 0.30, units),
        "light": light[of] + rng.normal(0, 3.0, units),
        "slope": _per_line("slope")[line][of] * rng.lognormal(0, 0.15, units),
        "slope_angle": slope_angle[of] + rng.normal(0, 0.12, units),
        "gloss": rng.gamma(6.0, 2.0, batches)[of] * rng.lognormal(0, 0.15, units),
        "gloss_angle": rng.uniform(0, np.pi, units),
        "marks": 3.2 * tool_wear[of] * rng.lognormal(0, 0.15, units),
        "marks_period": rng.uniform(2.3, 3.4, batches)[of] * rng.lognormal(0, 0.01, units),
        "marks_phase": rng.uniform(0, 2 * np.pi, units),
        "noise": _per_line("noise")[line][of] * rng.lognormal(0, 0.05, units),
        # Harmless marks that look like defects occur on good and on defective units.
        "dust": np.where(rng.random(units) < 0.13, rng.integers(1, 5, units), 0).astype(float),
        "glare": np.where(rng.random(units) < 0.07, rng.uniform(18, 75, units), 0.0),
        "tilt": np.where(rng.random(units) < 0.07, rng.uniform(0.3, 1.0, units), 0.0),
    }
