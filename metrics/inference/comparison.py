"""Whether the cheapest model is cheaper beyond chance, and how many more defects would settle it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from metrics.evaluation.confusion import ratio
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.inference.bootstrap import Floats, Resampled
from metrics.inference.intervals import Difference, difference
from metrics.inference.statistics import LEVEL, expanded
from metrics.selection.picks import ROUNDING, Pick, pick


def indistinct(
    objective: Objective,
    figures: Floats,
    replicates: Floats,
    level: float = LEVEL,
    *,
    blocks: int | None = None,
) -> NDArray[np.bool_]:
    """Which candidates cannot be told from the best.

    Parameters
    ----------
    objective : Objective
    figures : ndarray, shape (M,)
        One figure for each candidate; NaN where undefined.
    replicates : ndarray, shape (R, M)
        Of the same draws.
    level : float
        Share of samples in which the truly best is to be among the answers.
    blocks : int, optional
        Number of buckets drawn from, for which the limits are expanded.

    Returns
    -------
    ndarray of bool, shape (M,)
        The best is always among them; an undefined candidate never is.

    Notes
    -----
    A candidate leaves where its gap to any other exceeds, in standard errors, what the largest of its
    gaps would exceed by chance in one of twenty samples if it were the best. Every candidate has a limit
    of its own, since gaps to an unsteady one vary together.

    References
    ----------
    Hsu: Simultaneous confidence intervals for all distances from the "best". Ann. Statist. 1981.
    Romano, Wolf: Stepwise multiple testing as formalized data snooping. Econometrica 2005.
    """
    loss, drawn = objective.direction.loss(figures), objective.direction.loss(replicates)
    # In units of the largest figure, so that squares of the most extreme stay numbers.
    every_figure = np.abs(np.append(loss, drawn))
    size = every_figure[np.isfinite(every_figure)].max(initial=0.0) or 1.0
    loss, drawn = loss / size, drawn / size
    noise = np.ascontiguousarray((drawn - loss).T)
    wider = float(ndtri((1 + expanded(level, blocks)) / 2) / ndtri((1 + level) / 2))
    every = range(loss.size)
    return np.array([_may_be_best(loss, noise, i, level, wider) for i in every], bool)


def _may_be_best(loss: Floats, noise: Floats, i: int, level: float, wider: float) -> bool:
    """Whether no gap between a candidate and another, shape (M,), is too large; noise has shape (M, R)."""
    if np.isnan(loss[i]):
        return False
    others = np.flatnonzero(~np.isnan(loss))
    apart = noise[i] - noise[others]
    known = (~np.isnan(apart)).sum(axis=1)
    apart -= ratio(np.nansum(apart, axis=1), known)[:, None]
    error = np.sqrt(ratio(np.nansum(apart**2, axis=1), known))
    largest = np.fmax.reduce(ratio(apart, error[:, None]), axis=0, initial=0.0)
    limit = wider * np.quantile(largest, level)
    return not (loss[i] - loss[others] > limit * error).any()


POWER = 0.8


"""Share of samples of the size that is named in which a gap as it is now would separate."""


AT_MOST = 100


"""Times the defects of the file beyond which no number is named."""


@dataclass(frozen=True)
class Contest:
    """The cheapest model and its rival, each at its own threshold of least cost.

    Attributes
    ----------
    best, rival : Pick
    tied : tuple of str
        Models whose errors cost the same as those of the best, up to rounding; the rival first.
    gap : Difference
        In the cost of errors, best minus rival, and so not above 0.
    error : float
        Standard error of the gap; NaN where it cannot be known.
    apart : bool
        Whether the gap separates the two also if all models are judged at once.
    models : int
        How many compete.
    wanted : float
        Share of the resamples in which the best has to be ahead before the two can be told apart; with
        more than two models that alone is not enough.
    """

    best: Pick
    rival: Pick
    tied: tuple[str, ...]
    gap: Difference
    error: float
    apart: bool
    models: int
    wanted: float


def contest(
    points: pd.DataFrame, resampled: Resampled, *, agreed: str | None = None
) -> Contest | None:
    """Find the cheapest model and its rival.

    Parameters
    ----------
    points : DataFrame
        From `metrics.operating_points`, with ``cost_of_errors``; models left out do not compete.
    resampled : Resampled
        Of the same evaluation.
    agreed : str, optional
        A model that everybody picks: where it is not the cheapest, it is the rival.

    Returns
    -------
    Contest or None
        None where fewer than two models have a threshold that flags some units and not all.

    Notes
    -----
    The rival is the runner-up; but where that can be told from the best and another model cannot, it is
    the cheapest of those that cannot.
    """
    cost, evaluation = OBJECTIVES["cost_of_errors"], resampled.evaluation
    own = [pick(points[points["model"] == name], cost, evaluation) for name in _models(points)]
    picks = sorted((p for p in own if p is not None), key=lambda p: (p.value, p.model))
    if len(picks) < 2:
        return None
    drawn = np.column_stack([_replicates(resampled, p) for p in picks])
    together = indistinct(cost, np.array([p.value for p in picks]), drawn)
    best = picks[0]
    close = ROUNDING * max(abs(best.value), 1.0)
    tied = [p.model for p in picks[1:] if p.value - best.value <= close]
    k = next((k for k in range(1, len(picks)) if together[k]), 1)
    if agreed is not None and agreed != best.model:
        k = next((k for k in range(1, len(picks)) if picks[k].model == agreed), k)
    rival = picks[k]
    blocks = resampled.draws.blocks
    gap = difference(cost, drawn[:, 0], drawn[:, k], best.value - rival.value, blocks=blocks)
    if blocks < 2:  # every resample is the file itself
        gap = replace(gap, low=math.nan, high=math.nan, better=math.nan)
    return Contest(
        best=best,
        rival=rival,
        tied=tuple(sorted(tied, key=lambda name: (name != rival.model, name))),
        gap=gap,
        error=standard_error(drawn[:, 0] - drawn[:, k], blocks),
        apart=gap.separated and (len(picks) == 2 or not together[k]),
        models=len(picks),
        wanted=(1 + expanded(LEVEL, blocks)) / 2,
    )


def standard_error(differences: Floats, blocks: int) -> float:
    """Standard error of a paired difference.

    Parameters
    ----------
    differences : ndarray, shape (R,)
        Its replicates; NaN where undefined.
    blocks : int
        Number of buckets drawn from. Resamples of B of them vary too little, by (B - 1) / B.

    Returns
    -------
    float
        NaN with fewer than two buckets, or where more than one replicate in twenty is undefined.
    """
    known = differences[~np.isnan(differences)]
    if blocks < 2 or known.size < 2 or known.size < 0.95 * differences.size:
        return math.nan
    return float(known.std() * np.sqrt(blocks / (blocks - 1)))


def further_defects(defects: float, gap: float, error: float, *, rivals: int = 1) -> float:
    """How many more inspected defects would separate two models at the gap they have now.

    Parameters
    ----------
    defects : float
        In the file.
    gap : float
        Paired difference of the two.
    error : float
        Its standard error, in the same unit.
    rivals : int
        How many models the better one is held against at once, the other one among them.

    Returns
    -------
    float
        Not below 0; NaN where the gap or its error is 0 or unknown.

    Notes
    -----
    A standard error falls with the root of the sample. A gap stands out at the level of 5 %, two-sided,
    in a share P of the samples where it is z(0.975) + z(P) standard errors, so that::

        needed = defects * ((z(0.975) + z(P)) * error / gap) ** 2

    with P = 0.8, at an unchanged share of defects among the units. With K rivals the 5 % are shared out
    among them (Bonferroni), and z(1 - 0.025 / K) stands in the place of z(0.975). It asks how large a
    sample would be wanted if the true gap were the one that was seen; it does not say that it is.

    References
    ----------
    Dunn: Multiple comparisons among means. Journal of the American Statistical Association 1961.
    Lachin: Introduction to sample size determination and power analysis for clinical trials. Controlled
    Clinical Trials 1981.

    Examples
    --------
    >>> round(further_defects(1000, gap=1.0, error=1.0))
    6849
    >>> round(further_defects(1000, gap=1.0, error=1.0, rivals=9))
    12065
    """
    if not (abs(gap) > 0 and error > 0):
        return math.nan
    z = float(ndtri(1 - (1 - LEVEL) / (2 * rivals)) + ndtri(POWER))
    return max(0.0, defects * (z * error / abs(gap)) ** 2 - defects)


def _models(points: pd.DataFrame) -> list[str]:
    return [str(name) for name in points["model"].unique()]


def _replicates(resampled: Resampled, at: Pick) -> Floats:
    """Cost of errors at a pick in every resample, shape (R,)."""
    evaluation = resampled.evaluation
    m = evaluation.tally.index(at.model)
    where = evaluation.curves[m].positions([at.threshold])
    values: Floats = resampled.values(OBJECTIVES["cost_of_errors"], m, where)[:, 0]
    return values
