"""95 % intervals of figures at a point that was chosen on the rows that they are counted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics.evaluation.objective import Objective, Unit
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.intervals import intervals
from metrics.inference.optimism import Choice, mean_flattery

EQUAL_CANDIDATES = math.sqrt(2)
"""The flattery of the best of candidates that are equal in truth, over what replicates show of it."""

RANGES = {Unit.SHARE: (0.0, 1.0)} | dict.fromkeys(
    (Unit.COUNT, Unit.FALSE_ALARMS, Unit.LOSS, Unit.PER_1000_DEFECTS, Unit.PER_1000_UNITS),
    (0.0, math.inf),
)
"""What figures cannot be less or more than, whatever is taken off them."""


@dataclass(frozen=True)
class AtChoice:
    """A figure of a point that was chosen for being the best.

    Attributes
    ----------
    value : float
        In the file, in the objective's unit.
    expected : float
        What it may be expected to be in other samples: less the flattery.
    low, high : float
        Ends of the 95 % interval; NaN where undefined.
    """

    value: float
    expected: float
    low: float
    high: float


def interval_at_choice(
    bootstrap: Bootstrap,
    choice: Choice,
    model: str,
    threshold: float,
    objectives: Sequence[Objective],
) -> dict[str, AtChoice]:
    """Figures of a chosen point, with intervals that know that it was chosen.

    Parameters
    ----------
    bootstrap : Bootstrap
    choice : Choice
        How it was chosen.
    model : str
    threshold : float
        The point.
    objectives : sequence of Objective
        Whose figures are wanted, not that of the choice alone.

    Returns
    -------
    dict of str to AtChoice
        By objective id.

    Notes
    -----
    A point that is far ahead of all others is chosen in every sample, and its figure flatters nothing. Of
    candidates that are equal in truth, each with the noise s of a sample, the best is m s too good; a
    replicate's best is the best of the noise of the file and of its own together, sqrt(2) m s, of which half
    the variance is its own: it shows m s / sqrt(2) of flattery. So the flattery lies between 0 and sqrt(2)
    times what the replicates show, and the interval is that of a point nobody chose (`intervals`), moved by
    all of these ::

        [min(low, low - sqrt(2) f), max(high, high - sqrt(2) f)]

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Andrews, Kitagawa, McCloskey: Inference on winners. Quarterly Journal of Economics 2024 (that intervals
    at a winner must hold whether or not it is far ahead).
    """
    evaluation = bootstrap.evaluation
    m = evaluation.tally.index(model)
    at = evaluation.curves[m].positions([threshold])
    flattered = mean_flattery(bootstrap, choice, objectives)
    counts = evaluation.curves[m].counts[at].scaled(*evaluation.factors)
    out = {}
    for o in objectives:
        value = float(np.ravel(o.values(counts, evaluation.context(m)))[0])
        ends = intervals(bootstrap, o, m, at)
        low, high = ends.low.item(), ends.high.item()
        most = EQUAL_CANDIDATES * flattered[o.id]
        least, largest = RANGES.get(o.unit, (-math.inf, math.inf))
        out[o.id] = AtChoice(
            value,
            float(np.clip(value - flattered[o.id], least, largest)),
            float(np.clip(min(low, low - most), least, largest)),
            float(np.clip(max(high, high - most), least, largest)),
        )
    return out
