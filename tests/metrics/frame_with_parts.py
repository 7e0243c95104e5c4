"""Units with a production line, a site and a kind of defect, as a frame and as opened scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics import Scores, open_scores

MODELS = ("a", "b")


def frame_with_parts(n: int = 600, *, seed: int = 3) -> pd.DataFrame:
    """Units with ties at the thresholds; one model's scores are hundredths, the other's quarters."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(int)
    score = 1 / (1 + np.exp(-rng.normal(labels, 1)))
    return pd.DataFrame(
        {
            "id": [f"{seed}-{k}" for k in range(n)],
            "label": labels,
            "weight": rng.integers(1, 9, n) / 8,
            "lot": [f"lot {k}" for k in rng.integers(0, 50, n)],
            "site": rng.choice(["north", "south", ""], n),
            "line": rng.integers(1, 4, n),
            "kind": np.where(labels, rng.choice(["dent", "", "crack"], n), "none"),
            "a": score.round(2),
            "b": (4 * score).round() / 4,
        }
    )


def open_frame_with_parts(frame: pd.DataFrame, *, weighted: bool, checked: bool) -> Scores:
    """The frame with its segments, kinds and groups, with or without weights."""
    data = frame if weighted else frame.drop(columns="weight")
    scores = open_scores(
        data, models=MODELS, segments=["site", "line"], defect_type="kind", group="lot"
    )
    return scores.check() if checked else scores
