"""95 % intervals of an objective: Wilson's where it is a count or a rate, else percentiles of replicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.share_intervals import share_interval, share_of
from metrics.inference.statistics import Interval, percentile_interval
from metrics.inference.zero_counts import extend_for_zero_counts


def intervals(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval:
    """95 % interval of an objective at some operating points of a model.

    Parameters
    ----------
    bootstrap : Bootstrap
    objective : Objective
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        On the model's curve.

    Returns
    -------
    Interval
        Of shape (K,), in the objective's unit, of the scenario; of shape (1,) for an objective of a whole
        model. NaN ends where there is none: the figure is undefined, is the same in any sample (that
        flagging everything misses nothing), or did not vary in any replicate, which says nothing of how
        much it may.

    Notes
    -----
    Counts and rates: Wilson's, with as many effective rows as the `design_effect` leaves where rows are
    grouped or weighted; at a set defect rate what depends on both classes has the intervals of both.
    All else: percentiles of the replicates, expanded for the number of buckets, and moved by what was
    never seen.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Kish: Survey sampling. 1965 (design effect).
    Hesterberg: What teachers should know about the bootstrap. The American Statistician 2015 (expanded
    percentile interval).
    """
    if not objective.has_interval:
        return Interval(np.full(1, np.nan), np.full(1, np.nan))
    of_shares = share_interval(bootstrap, objective, model, positions)
    if of_shares is not None:
        return of_shares
    values = bootstrap.values(objective, model, positions)
    ends = percentile_interval(values, blocks=bootstrap.blocks)
    if not objective.of_model:
        ends = extend_for_zero_counts(bootstrap, objective, model, positions, ends)
    size = np.maximum(np.abs(ends.low), np.abs(ends.high))
    with np.errstate(invalid="ignore"):
        flat = ends.high - ends.low <= 1e-9 * size
    return Interval(np.where(flat, np.nan, ends.low), np.where(flat, np.nan, ends.high))


def needs_replicates(bootstrap: Bootstrap, objective: Objective) -> bool:
    """Whether `intervals` of an objective rest on replicates; without, thousands of points cost nothing."""
    evaluation = bootstrap.evaluation
    if objective.of_model or not objective.is_standard:
        return True
    if not bootstrap.rows_are_independent:
        return True
    return share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario) is None
