"""Generated rows as Spark data frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from metrics import Tally
from metrics.spark.dataframe import tally_dataframe
from tests.metrics.made_rows import Rows


def table_of_rows(data: Rows) -> pa.Table:
    """Rows with the columns that a user would have."""
    n = data.labels.size
    columns: dict[str, Any] = {
        "id": list(data.ids) or [f"unit-{k}" for k in range(n)],
        "label": data.labels.astype(np.int64),
    }
    if data.weights is not None:
        columns["weight"] = data.weights
    if data.values is not None:
        columns["value"] = data.values
    if data.groups is not None:
        columns["batch"] = list(data.groups)
    return pa.table(columns | dict(data.scores))


def tally_on_cluster(df: Any, data: Rows, **options: Any) -> Tally:
    """Tally of a data frame that holds the rows."""
    given: dict[str, Any] = {
        "label": "label",
        "id": "id",
        "models": data.models,
        "weight": None if data.weights is None else "weight",
        "value": None if data.values is None else "value",
        "group": None if data.groups is None else "batch",
        "scale": data.scale,
    }
    return tally_dataframe(df, **given | options)


def make_rows(n: int = 500, seed: int = 1, models: int = 3) -> Rows:
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.2).astype(np.int8)
    labels[:2] = 0, 1
    scores = {
        f"model.{k} `{k}`": 1 / (1 + np.exp(-rng.normal(labels * (k + 1) - 1, 1)))
        for k in range(models)
    }
    return Rows(
        labels,
        scores,
        weights=rng.uniform(0.1, 4.0, n),
        values=rng.uniform(0.0, 90.0, n),
        groups=tuple(f"lot {k}" for k in rng.integers(0, 40, n)),
    )


ROWS = make_rows()
PLAIN = replace(ROWS, scores={f"m{k}": scores for k, scores in enumerate(ROWS.scores.values())})
"""Rows without names that Spark's own functions cannot handle."""
