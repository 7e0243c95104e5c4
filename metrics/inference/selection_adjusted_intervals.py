"""95 % intervals of figures at a point that was chosen on the rows that they are counted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metrics.evaluation.objective import Objective, Unit
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.intervals import intervals
from metrics.inference.optimism import Choice, mean_optimism

LEAST, MOST = 0.5, math.sqrt(2)
"""Optimism over what replicates show of it: of a best that is two errors ahead, and of equal candidates."""

RANGES = dict.fromkeys(
    (Unit.COUNT, Unit.FALSE_ALARMS, Unit.LOSS, Unit.PER_DAY), (0.0, math.inf)
) | {
    Unit.SHARE: (0.0, 1.0),
    Unit.PER_1000_DEFECTS: (0.0, 1e3),
    Unit.PER_1000_UNITS: (0.0, 1e3),
    Unit.PER_MILLION: (0.0, 1e6),
}
"""What figures cannot be less or more than, whatever is taken off them."""


@dataclass(frozen=True)
class AtChoice:
    """A figure of a point that was chosen for being the best.

    Attributes
    ----------
    value : float
        In the file, in the objective's unit.
    expected : float
        What it may be expected to be in other samples: less the optimism.
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
        By objective id; as if nobody had chosen the point where it is not known how optimistic that is.

    Notes
    -----
    Of candidates that are equal in truth, each with the noise s of a sample, the best is m s too good; a
    replicate's best is the best of the noise of the file and of its own together, sqrt(2) m s, of which half
    the variance is its own: it shows m s / sqrt(2) of optimism. Of two candidates whose difference has the
    standard error s, the better by d is s phi(d / s) too good on average, and replicates show
    s phi(d / (sqrt(2) s)) / sqrt(2): half of that is left where d = 2 s, and nothing of either farther ahead.
    So the optimism lies between a half and sqrt(2) of what the replicates show, f, and the interval is that
    of a point nobody chose (`intervals`), moved by the one and by the other ::

        [low - max(f / 2, sqrt(2) f), high - min(f / 2, sqrt(2) f)]

    An end that is the least or the most that the figure can be stays: a file in which no defect is missed
    leaves open that none ever is.

    References
    ----------
    Efron: Estimating the error rate of a prediction rule: improvement on cross-validation. JASA 1983.
    Andrews, Kitagawa, McCloskey: Inference on winners. Quarterly Journal of Economics 2024 (that intervals
    at a winner must hold whether or not it is far ahead).
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
        known = 0.0 if math.isnan(optimism[o.id]) else optimism[o.id]
        out[o.id] = at_choice(o, value, ends.low.item(), ends.high.item(), known)
    return out


def at_choice(o: Objective, value: float, low: float, high: float, optimism: float) -> AtChoice:
    """Figure of a chosen point: from its interval as if nobody had chosen it, and the mean optimism."""
    low_there, high_there = shifted(low, high, optimism)
    least, largest = RANGES.get(o.unit, (-math.inf, math.inf))
    # An interval that is open has no width.
    slack = 1e-9 * (high - low if math.isfinite(high - low) else abs(value))
    return AtChoice(
        value,
        float(np.clip(value - optimism, least, largest)),
        least if low <= least + slack else float(np.clip(low_there, least, largest)),
        largest if high >= largest - slack else float(np.clip(high_there, least, largest)),
    )


def shifted(low: float, high: float, optimism: float) -> tuple[float, float]:
    """Interval as if nobody had chosen, moved by what the optimism may be at least and at most."""
    least, most = sorted((LEAST * optimism, MOST * optimism))
    return low - most, high - least
