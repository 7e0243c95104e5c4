"""Generated rows as Spark data frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from metrics import Tally
from metrics.spark.dataframe import tally_dataframe
from tests.metrics.strategies import Rows


def table(data: Rows) -> pa.Table:
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


def counted(df: Any, data: Rows, **options: Any) -> Tally:
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
