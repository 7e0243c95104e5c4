"""Ranking of the models by the objective of a stakeholder, as a chart shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.front import FrontView, discussed
from dashboard.analysis.decide.limit_lines import LimitLine
from dashboard.analysis.resampled_figures import intervals_of_models
from metrics import Objective
from metrics.inference.interval_formulas import Interval

FAR = 2.0
"""Distance from the coloured models beyond which a figure is not visible, as a multiple of their range."""


@dataclass(frozen=True)
class RankingView:
    """Ranking of the models by an objective, the best first.

    Attributes
    ----------
    objective : Objective
    models : tuple of str
        Models with a figure.
    rows : ndarray of int, shape (n,)
        An operating point of each model.
    values : ndarray, shape (n,)
    coloured : frozenset of str
        Models that are drawn in colour.
    today : float
        Figure of the current system; NaN if undefined.
    undefined : int
        Number of models without a figure.
    ends : Interval or None
        95% intervals of shape (n,); `None` if unknown.
    without : tuple of str
        Models without a figure that still have a row in the chart.
    limits : tuple of LimitLine
    """

    objective: Objective
    models: tuple[str, ...]
    rows: NDArray[np.int32]
    values: NDArray[np.float64]
    coloured: frozenset[str]
    today: float
    undefined: int
    ends: Interval | None = None
    without: tuple[str, ...] = ()
    limits: tuple[LimitLine, ...] = ()

    @property
    def visible_range(self) -> list[float]:
        """Ends of the axis, which contains the coloured models and the figures near them."""
        ends_known = () if self.ends is None else (self.ends.low, self.ends.high)
        figures = np.column_stack([self.values, *ends_known])
        is_coloured = [model in self.coloured for model in self.models]
        coloured = figures[is_coloured] if any(is_coloured) else figures[:1]
        coloured = coloured[np.isfinite(coloured)]
        if not coloured.size:
            return [0.0, 1.0]
        low, high = float(coloured.min()), float(coloured.max())
        far = FAR * (high - low)
        others = np.append(figures, self.today)
        near = others[(others >= low - far) & (others <= high + far)]
        low, high = min(low, *near), max(high, *near)
        room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
        return [max(low - room, 0.0) if low >= 0 else low - room, high + room]


def ranking_of(analysis: Analysis, view: FrontView, by: Stakeholder) -> RankingView:
    """Ranking of the models by a stakeholder's objective that ranks models."""
    o = by.objective
    firsts = analysis.points.drop_duplicates("model")
    loss = o.direction.loss(firsts[o.id].to_numpy(np.float64))
    order = np.argsort(loss, kind="stable")  # undefined figures last
    order = order[: int(np.isfinite(loss).sum())]
    defined = firsts.iloc[order]
    positions = np.flatnonzero(~analysis.points["model"].duplicated().to_numpy())[order]
    models = tuple(map(str, defined["model"]))
    return RankingView(
        objective=o,
        models=models,
        rows=positions.astype(np.int32),
        values=defined[o.id].to_numpy(np.float64),
        coloured=discussed(view),
        today=analysis.current.figures.get(o.id, np.nan),
        undefined=len(firsts) - len(defined),
        ends=intervals_of_models(analysis, o, models),
    )
