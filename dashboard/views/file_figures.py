"""The file's own figures, where a scenario sets a defect rate or a volume: both are shown and named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard import cache
from dashboard.views.state import Table
from metrics import Objective


def _differs(table: Table, o: Objective) -> bool:
    """Whether an objective's figures of the file are others than the scenario's; a recall's are the same."""
    own = table.in_file
    if own is None or o.id not in own:
        return False
    there, here = (frame[o.id].to_numpy(np.float64) for frame in (table.points, own))
    return not np.allclose(there, here, rtol=1e-9, atol=0, equal_nan=True)


def column(table: Table, o: Objective) -> str | None:
    """Name under which the browser has an objective's figures of the file; None where it needs none."""
    key = repr((table.key, o.id))
    differs: bool = cache.drawn("differs in file", key, lambda: _differs(table, o))
    return f"in file: {o.id}" if differs else None


def in_file(table: Table, o: Objective, point: pd.Series) -> float:
    """The file's own figure of an operating point; NaN where the scenario's is no other, or undefined."""
    if table.in_file is None or column(table, o) is None:
        return math.nan
    own = table.in_file[table.in_file["model"] == point["model"]]
    k = int(np.searchsorted(own["threshold"].to_numpy(), float(point["threshold"]), side="left"))
    return float(own[o.id].iloc[k])


def with_file_figures(
    table: Table, objectives: Sequence[Objective]
) -> tuple[pd.DataFrame, list[Objective]]:
    """Operating points and the objectives that go to the browser, the seats' own of the file among them."""
    points, out = table.points, list(objectives)
    for seat in table.seats:
        name = column(table, seat.objective)
        if name is not None and table.in_file is not None and name not in points:
            points = points.assign(**{name: table.in_file[seat.objective.id].to_numpy()})
            out.append(replace(seat.objective, id=name))
    return points, out
