"""What else must hold where an objective is best with everything, or nothing, flagged: its condition."""

from __future__ import annotations

import numpy as np

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import OBJECTIVES, Extreme, Objective
from metrics.evaluation.operating_points import Evaluation
from metrics.selection.limits import Bound

LEAST_RECALL = 0.8
"""Share of the defects to catch where a stakeholder wants few alarms and today's system catches none."""


def extreme_of(objective: Objective, evaluation: Evaluation) -> Extreme | None:
    """Silly threshold of an objective: as it declares, or as its formula shows.

    Notes
    -----
    The objective is asked about a grid of counts that no model has to reach, so that the answer does not
    depend on the models: where flagging one more unit, defect or not, never makes the figure worse, it
    is best at flag-everything; where it never makes it better, at flag-nothing.
    """
    if objective.extreme is not None or objective.of_model or objective.is_standard:
        return objective.extreme
    goods, defects = evaluation.tally.class_mass
    flagged = np.linspace(0.1, 0.9, 7)
    tp, fp = (
        part.ravel() for part in np.meshgrid(defects * flagged, goods * flagged, indexing="ij")
    )
    counts = Confusion(tp=tp, fp=fp, fn=defects - tp, tn=goods - fp)
    values = objective.values(counts.scaled(*evaluation.factors), evaluation.context(0))
    loss = objective.direction.loss(values).reshape(flagged.size, flagged.size)
    steps = np.concatenate([np.diff(loss, axis=axis).ravel() for axis in (0, 1)])
    if not np.isfinite(steps).all() or not steps.any():
        return None
    # Rounding apart: sums of the same counts in another order are not worse.
    slack = 1e-9 * np.abs(loss).max()
    if (steps <= slack).all():
        return Extreme.FLAG_EVERYTHING
    return Extreme.FLAG_NOTHING if (steps >= -slack).all() else None


def default_bound(objective: Objective, evaluation: Evaluation) -> Bound | None:
    """Bound of a monotone objective where its stakeholder names none; None for other objectives.

    Notes
    -----
    Few misses: revenue not below today's. Few alarms: as many defects caught as today, or four in five
    where today's system catches none.
    """
    extreme = extreme_of(objective, evaluation)
    if extreme is None:
        return None
    if extreme is Extreme.FLAG_EVERYTHING:
        return Bound(OBJECTIVES["revenue_impact"], 0.0)
    # Computed as the points' recall is, so that today's own point cannot miss the bound by rounding.
    context = evaluation.context(None)
    caught = float(OBJECTIVES["recall"].values(context.today, context))
    return Bound(OBJECTIVES["recall"], caught if caught > 0 else LEAST_RECALL)
