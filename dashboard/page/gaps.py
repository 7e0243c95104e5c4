"""Whether the gaps between models are real: each model's best point, and every pair's gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.page.state import PageState, Stakeholder, points_of_model
from metrics import Pick, pick
from metrics.inference.comparison import indistinct
from metrics.inference.front_stability import competitors
from metrics.inference.intervals import Difference, difference
from metrics.inference.optimism import Unflattered, unflattered


@dataclass(frozen=True)
class Gaps:
    """All pairs of models on one objective, each at its own best threshold.

    Attributes
    ----------
    picks : tuple of Pick
        Best first.
    ranges : tuple of (float, float)
        95 % interval of each pick's figure, its threshold held.
    pairs : mapping of (int, int) to Difference
        Of positions in ``picks``: the first against the second.
    together : ndarray of bool
        Which cannot be told from the best.
    elsewhere : Unflattered or None
        What the best is worth on rows that did not choose it.
    """

    picks: tuple[Pick, ...]
    ranges: tuple[tuple[float, float], ...]
    pairs: dict[tuple[int, int], Difference]
    together: NDArray[np.bool_]
    elsewhere: Unflattered | None


def between(page: PageState, stakeholder: Stakeholder) -> Gaps:
    """Find the gaps between every two models."""
    assert page.uncertainty is not None
    o, evaluation = stakeholder.objective, page.evaluation
    own = [
        pick(points_of_model(page.points, str(model)), o, evaluation, bound=stakeholder.bound)
        for model in page.points["model"].unique()
    ]
    picks = [p for p in own if p is not None and math.isfinite(p.value)]
    picks.sort(key=lambda p: float(o.direction.loss(np.asarray(p.value))))
    resampled = page.uncertainty.resampled
    columns, ranges = [], []
    for p in picks:
        m = evaluation.tally.index(p.model)
        where = evaluation.curves[m].positions([p.threshold])
        columns.append(resampled.values(o, m, where)[:, 0])
        ranges.append(page.range_of(o.id, p.model, p.threshold) or (math.nan, math.nan))
    blocks = resampled.draws.blocks
    pairs = {
        (i, j): difference(
            o, columns[i], columns[j], picks[i].value - picks[j].value, blocks=blocks
        )
        for i in range(len(picks))
        for j in range(len(picks))
        if i != j
    }
    if not picks:
        return Gaps((), (), {}, np.zeros(0, bool), None)
    together = indistinct(
        o, np.array([p.value for p in picks]), np.column_stack(columns), blocks=blocks
    )
    shown = set(page.points["model"])
    among = [m for m, model in enumerate(evaluation.tally.models) if model in shown]
    competing = competitors(resampled, [s.objective for s in page.stakeholders], among=among)
    elsewhere = unflattered(resampled, o, stakeholder.bound, competing)
    return Gaps(tuple(picks), tuple(ranges), pairs, together, elsewhere)
