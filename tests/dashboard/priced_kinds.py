"""Units with kinds of defects, the price of each kind, and their costs from the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.data.dataset import Dataset
from metrics import Scenario, Today, open_scores

PRICES = {"dent": 9.0, "crack": 0.25, "": 3.0}
OTHERWISE = 5.0


def make_units(*, weighted: bool) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    labels = (rng.random(400) < 0.3).astype(int)
    frame = pd.DataFrame({"id": range(400), "label": labels})
    if weighted:
        frame["weight"] = rng.integers(1, 9, 400) / 8
    kinds = rng.choice(["dent", "crack", "", "chip"], 400)
    frame["kind"] = np.where(labels, kinds, "none")
    for name in ("a", "b"):
        frame[name] = (1 / (1 + np.exp(-rng.normal(labels, 1)))).round(2)
    return frame


def costs(frame: pd.DataFrame, model: str) -> dict[float, float]:
    """Cost at every threshold, computed from the rows."""
    mass = frame.get("weight", pd.Series(1.0, frame.index))
    price = frame["kind"].map(PRICES).fillna(OTHERWISE)
    out = {}
    for at in [*np.unique(frame[model]), np.inf]:
        flagged = frame[model] >= at
        missed = (mass * price)[~flagged & (frame["label"] == 1)].sum()
        out[float(at)] = missed + mass[flagged & (frame["label"] == 0)].sum()
    return out


SCENARIO = Scenario(
    miss_cost=OTHERWISE, miss_cost_by_type=PRICES, today=Today("b", 0.512), defect_rate=None
)


def open_units(
    frame: pd.DataFrame, scenario: Scenario = SCENARIO, kind: str | None = "kind"
) -> Dataset:
    scores = open_scores(frame, models=["a", "b"], defect_type=kind)
    return Dataset(scores.fingerprint, "units", ("units",), scores, scenario, 4096, "upload")
