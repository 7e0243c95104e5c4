"""How sure the figures of the page are: finding out, and asking of one point."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import cache
from dashboard.views.state import Table
from metrics import Objective
from metrics.intervals import intervals, percentile
from metrics.uncertainty import Uncertainty, uncertainty

CERTAIN = frozenset({"false_alarms", "share_flagged", "recall", "missed_defects_per_1000_defects"})
"""What flagging nothing makes 0, or all, in any sample."""


def resample(table: Table) -> bool:
    """Find out how sure the figures are, where that is to be shown and not known; whether it was done."""
    if not table.choices.intervals or table.uncertainty is not None:
        return False
    picked = [seat.pick for seat in table.seats if seat.pick is not None]
    asked: dict[str, list[float]] = {}
    for pick_ in picked:
        asked.setdefault(pick_.model, []).append(pick_.threshold)
    shown = set(table.points["model"])
    cache.resample(
        table.sure_key,
        lambda: uncertainty(
            table.evaluated.evaluation,
            [seat.objective for seat in table.seats],
            seed=table.choices.seed,
            grouped=table.dataset.scores.columns.group is not None,
            asked=asked,
            hidden=[m for m in table.dataset.scores.models if m not in shown],
        ),
    )
    return True


def _place(table: Table, point: pd.Series) -> tuple[int, int, bool]:
    """Model and position of a point on its curve, and whether it is a point of the curve.

    Everything is shipped by every model: the first stands for them. Today's threshold may lie between two
    of its model's.
    """
    evaluation = table.evaluated.evaluation
    m = 0 if point["model"] is None else evaluation.tally.index(str(point["model"]))
    thresholds = evaluation.curves[m].thresholds
    k = int(np.searchsorted(thresholds, float(point["threshold"]), side="left"))
    return m, k, point is not table.today or thresholds[k] == float(point["threshold"])


def interval(
    table: Table, known: Uncertainty, objective: Objective, point: pd.Series
) -> tuple[float, float]:
    """95 % interval of any figure of an operating point, or of today's system; NaN where undefined."""
    resampled = known.resampled
    m, k, on_curve = _place(table, point)
    flags_nothing = math.isinf(float(point["threshold"]))
    if (point["model"] is None and objective.of_model) or (
        flags_nothing and objective.id in CERTAIN
    ):
        return math.nan, math.nan
    if on_curve:
        grouped = table.dataset.scores.columns.group is not None
        ends = intervals(resampled, objective, m, np.array([k]), grouped=grouped)
    else:
        ends = percentile(resampled.of_today(objective), blocks=resampled.draws.blocks)
    return ends.low.item(), ends.high.item()


def replicates(
    table: Table, known: Uncertainty, objective: Objective, point: pd.Series
) -> NDArray[np.float64]:
    """A figure of an operating point, or of today's system, in every resample, shape (R,)."""
    if point is table.today:
        return known.resampled.of_today(objective)[:, 0]
    m, k, _ = _place(table, point)
    return known.resampled.values(objective, m, np.array([k]))[:, 0]
