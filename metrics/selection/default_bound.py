"""Default bounds for monotone objectives, which are best if everything or nothing is flagged."""

from __future__ import annotations

import numpy as np

from metrics.evaluation.confusion import Confusion
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import OBJECTIVES, Extreme, Objective
from metrics.selection.limits import Bound

LEAST_RECALL = 0.8
"""Default share of defects to catch for few false alarms, if the current system catches none."""


def extreme_of(objective: Objective, evaluation: Evaluation) -> Extreme | None:
    """Extreme threshold of an objective: as declared, or as its formula implies.

    Notes
    -----
    The formula is evaluated on a grid of counts that does not depend on the models. If flagging one more
    unit, defective or good, never makes the figure worse, the objective is best at flag-everything. If it
    never makes the figure better, the objective is best at flag-nothing.
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
    # Sums of the same counts in another order may differ by rounding, which is not worse.
    slack = 1e-9 * np.abs(loss).max()
    if (steps <= slack).all():
        return Extreme.FLAG_EVERYTHING
    return Extreme.FLAG_NOTHING if (steps >= -slack).all() else None


def default_bound(objective: Objective, evaluation: Evaluation) -> Bound | None:
    """Default bound of a monotone objective without a given bound; `None` for other objectives.

    Notes
    -----
    For few misses, revenue must not be below the current system's. For few alarms, recall must be at least
    the current system's, or `LEAST_RECALL` if the current system catches no defect.
    """
    extreme = extreme_of(objective, evaluation)
    if extreme is None:
        return None
    if extreme is Extreme.FLAG_EVERYTHING:
        return Bound(OBJECTIVES["revenue_impact"], 0.0)
    # Computed in the same way as the points' recall, so that the current system's own point meets the bound.
    context = evaluation.context(None)
    caught = float(OBJECTIVES["recall"].values(context.today, context))
    return Bound(OBJECTIVES["recall"], caught if caught > 0 else LEAST_RECALL)
