"""Figures of a chosen point with intervals that allow for the choice, from the parts of the library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.evaluation.objective import Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.choice.optimism import AtChoice, Shape, at_choice, is_limited, mean_optimism
from metrics.inference.intervals import intervals
from metrics.inference.share_intervals import is_of_shares
from metrics.selection.choice import Choice


def interval_at_choice(
    bootstrap: Bootstrap,
    choice: Choice,
    model: str,
    threshold: float,
    objectives: Sequence[Objective],
) -> dict[str, AtChoice]:
    """Figures of a chosen point, with intervals that allow for the choice.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice
        Rule by which the point was chosen.
    model : str
    threshold : float
    objectives : sequence of Objective
        Objectives to correct, also others than that of the choice.

    Returns
    -------
    dict of str to AtChoice
        By objective id; without a correction if the optimism is unknown.
    """
    evaluation = bootstrap.evaluation
    m = evaluation.tally.index(model)
    at = evaluation.curves[m].positions([threshold])
    optimism = mean_optimism(bootstrap, choice, objectives, at=(m, int(at[0])))
    counts = evaluation.curves[m].counts[at].scaled(*evaluation.factors)
    out = {}
    for o in objectives:
        value = float(np.ravel(o.values(counts, evaluation.context(m)))[0])
        ends = intervals(bootstrap, o, m, at)
        shape = Shape.of(bootstrap.values(o, m, at)[:, 0], is_share=is_of_shares(evaluation, o))
        out[o.id] = at_choice(
            o,
            value,
            ends.low.item(),
            ends.high.item(),
            optimism[o.id],
            shape,
            is_limited=is_limited(choice, o),
        )
    return out
