"""Paths of the sample's files, which the dashboard opens by default.

`python -m sample_data.make` makes the files again. `sample_data/README.md` describes what is rendered and
what is assumed.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent

SCORES = FOLDER / "line3_camera_trial.parquet"
"""Scores of the held-out units: id, label, value, line, batch, kind of defect, then one column per model."""

KIND = "kind"
"""Column of `SCORES` with the kind of a defect; empty for a good unit."""

SCENARIO = FOLDER / "scenario.toml"
"""Scenario of one plant: earnings and costs of a unit, current system, volume and limits."""

SCENARIO_LARGE = FOLDER / "scenario_large.toml"
"""Scenario of a plant that makes billions of a cheap part."""

IMAGES = FOLDER / "images.npz"
"""Grey images of every held-out defect, and of the good units with the highest scores of a model."""

MODELS = FOLDER / "models.csv"
"""Seconds to score one unit (measured) and the price of a worker hour (assumed), per model."""

__all__ = ["FOLDER", "IMAGES", "KIND", "MODELS", "SCENARIO", "SCENARIO_LARGE", "SCORES"]
