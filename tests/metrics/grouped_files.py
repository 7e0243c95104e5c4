"""Generated files of units in groups, and of independent units that look slightly grouped."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd


def logistic(x):
    return 1 / (1 + np.exp(-x))


def grouped(
    column: str | None = None,
    form: Callable[[int], str | int] = int,
    *,
    rows: int = 2400,
    size: int = 40,
    spread: float = 1.0,
    errors: float = 0.0,
    seed: int = 1,
) -> pd.DataFrame:
    """Two models on units in groups. Groups differ in the log odds of a defect and of an error."""
    rng = np.random.default_rng(seed)
    group = np.arange(rows) // size
    lean = spread * rng.standard_normal(group[-1] + 1)[group]
    labels = (rng.random(rows) < logistic(lean - 2)).astype(int)
    fault = errors * rng.standard_normal(group[-1] + 1)[group]
    frame = pd.DataFrame({"id": [f"u{k:05d}" for k in range(rows)], "label": labels})
    if column is not None:
        frame[column] = [form(int(one)) for one in group]
    for name, skill in (("a", 1.8), ("b", 2.4)):
        frame[name] = logistic(skill * labels - 2 + fault + rng.standard_normal(rows))
    return frame


def independent(seed: int) -> pd.DataFrame:
    """Independent units: features predict the label well, groups do not, and the order varies."""
    rng = np.random.default_rng(seed)
    rows = [600, 1500, 3000][seed % 3]
    country = rng.choice(40, rows, p=rng.dirichlet(np.full(40, 0.5)))
    age, step = rng.integers(18, 80, rows), rng.integers(0, 40, rows)
    temperature = rng.normal(60, 10, rows).round(1)
    features = {
        "age": age,
        "step": step,
        "temperature": temperature,
        "country": [f"c{k}" for k in country],
        "production_line": rng.choice(["L1", "L2", "L3"], rows),
        "hour": rng.integers(0, 24, rows),
    }
    lean = 0.03 * (age + step + temperature) + rng.standard_normal(40)[country] / 2
    noisy = lean + rng.logistic(size=rows)
    labels = (noisy > np.quantile(noisy, [0.9, 0.95, 0.7, 0.97][seed % 4])).astype(int)
    groups = {
        "wafer": np.arange(rows) // 25,
        "Batch_No": rng.permutation(np.arange(rows) // 60),
        "time": pd.date_range("2024-01-01", periods=rows, freq="7min").astype(str),
    }
    scores = {
        name: logistic(lean - lean.mean() + 1.5 * labels + rng.standard_normal(rows))
        for name in ("a", "b")
    }
    frame = pd.DataFrame({"id": np.arange(rows), "label": labels} | features | groups | scores)
    order = [None, "label", "a", "age", "production_line"][seed % 5]
    return frame if order is None else frame.sort_values(order)
