"""95% intervals of shares of counts, and of counts: Wilson's, with the effective number of rows.

If the scenario sets a defect rate, the two classes are separate samples. A figure of both classes is then
computed from a share of each class, and its interval combines the intervals of both shares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import COUNTS, is_extreme
from metrics.evaluation.shares_of_counts import DEFECTS, GOODS, UNITS, Odds, Share, share_of, sum_of
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.design_effect import mean_of_replicates
from metrics.inference.interval_formulas import (
    Interval,
    ratio_interval,
    undefined_where,
    wilson_interval,
)
from metrics.tally.kernel import Floats


def is_of_shares(evaluation: Evaluation, objective: Objective) -> bool:
    """Whether the interval of an objective is based on one or two shares of counts (`share_of`)."""
    return share_of(objective, evaluation.tally.class_mass, evaluation.scenario) is not None


def share_interval(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval:
    """95% interval of an objective that is made of one or two shares of counts (`is_of_shares`).

    Returns
    -------
    Interval
        Shape (K,), in the objective's unit. NaN ends if all units or no units are flagged, and the share is 0
        or 1 in any sample.

    Notes
    -----
    Wilson's interval, with the effective number of rows for each end (`GroupedMean.effective_rows`). Odds of
    two classes use the interval of the ratio of their shares (`interval_formulas.ratio_interval`), scaled to
    the defect rate.
    """
    evaluation = bootstrap.evaluation
    share_or_odds = share_of(objective, evaluation.tally.class_mass, evaluation.scenario)
    is_fixed = is_extreme(evaluation, model, positions)
    if isinstance(share_or_odds, Share):
        share = _estimated_share(bootstrap, model, positions, share_or_odds)
        is_fixed &= (share.value == 0) | (share.value == 1)
        low, high = share_or_odds.factor * share.ends.low, share_or_odds.factor * share.ends.high
    else:
        rate = evaluation.scenario.defect_rate
        assert isinstance(share_or_odds, Odds)
        assert rate is not None
        first, second = (
            _estimated_share(bootstrap, model, positions, share)
            for share in (share_or_odds.first, share_or_odds.second)
        )
        correlation = correlation_over_replicates(first.replicates, second.replicates)
        ends = ratio_interval(first.value, first.ends, second.value, second.ends, correlation)
        with np.errstate(divide="ignore"):
            low, high = (
                share_or_odds.factor / (1 + (1 - rate) / rate / end)
                for end in (ends.low, ends.high)
            )
    return undefined_where(is_fixed, low, high)


@dataclass(frozen=True)
class _EstimatedShare:
    """A share at K operating points, its interval, and its replicates (R, K) if rows come in groups."""

    value: Floats
    ends: Interval
    replicates: Floats | None = None


def _estimated_share(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], share: Share
) -> _EstimatedShare:
    """A share of counts at some operating points of a model."""
    estimated = _share_at_positions(bootstrap, model, positions, share)
    if bootstrap.rows_are_independent:
        return estimated
    return replace(
        estimated, ends=ordered_along_curve(bootstrap, model, positions, share, estimated.ends)
    )


def ordered_along_curve(
    bootstrap: Bootstrap,
    model: int,
    positions: NDArray[np.intp],
    share: Share,
    ends: Interval,
) -> Interval:
    """Ends that never rise, or never fall, along the curve, if this holds for the share in any sample.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Positions on the model's curve.
    share : Share
    ends : Interval of shape (K,)
        Ends at the positions, each computed from its own point only.

    Notes
    -----
    A higher threshold never misses fewer defects. So a limit of the misses at a higher threshold also limits
    the misses at a lower one, and the lowest of these upper limits is used. This matters for points with few
    misses, which show little about how similar the rows of a group are. Only a few neighbouring points
    compete, and they share most of their misses, so that hardly any coverage is lost.
    """
    if not share.order or bootstrap.evaluation.curves[model].lower is not None:
        return ends
    at = bootstrap.drawn.positions[model]

    def ordered_ends() -> Interval:
        alone = _share_at_positions(bootstrap, model, at, share).ends
        low = np.maximum.accumulate(alone.low[:: share.order])[:: share.order]
        high = np.minimum.accumulate(alone.high[:: -share.order])[:: -share.order]
        # The last element is for positions that have no cached point on one side.
        return Interval(np.append(low, 0.0), np.append(high, 1.0))

    ordered = bootstrap.drawn.cached((model, share.part, share.whole), ordered_ends)
    sides = np.searchsorted(at, positions, "right") - 1, np.searchsorted(at, positions)
    below, above = sides[:: share.order]
    return Interval(
        np.maximum(ends.low, ordered.low[below]), np.minimum(ends.high, ordered.high[above])
    )


def _share_at_positions(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp], share: Share
) -> _EstimatedShare:
    """A share of counts at some operating points of a model, each from its own point only."""
    tally = bootstrap.evaluation.tally
    observed = vars(bootstrap.evaluation.curves[model].counts[positions])
    trials = sum_of(observed, share.whole)
    value = ratio(sum_of(observed, share.part), trials)
    if bootstrap.rows_are_independent:
        return _EstimatedShare(value, wilson_interval(value * trials, trials))
    drawn = vars(bootstrap.counts(model, positions))
    replicates = ratio(sum_of(drawn, share.part), sum_of(drawn, share.whole))
    row_counts = vars(_row_counts(bootstrap.evaluation, model, positions))
    rows = np.asarray(sum_of(row_counts, share.whole), np.float64)
    remaining = tuple(name for name in share.whole if name not in share.part)
    grouped = mean_of_replicates(
        value, trials, rows, replicates, bootstrap.blocks, _cluster_mass(bootstrap, share.part)
    )
    ends = grouped.interval(_cluster_mass(bootstrap, remaining))
    return _EstimatedShare(value, ends, replicates if tally.grouped else None)


def _cluster_mass(bootstrap: Bootstrap, outcomes: tuple[str, ...]) -> float:
    """Mean mass of a group among the units that could have had an outcome."""
    goods, defects, both = bootstrap.drawn.cluster_masses
    if not set(outcomes) & set(DEFECTS):
        return goods
    return both if set(outcomes) & set(GOODS) else defects


def _row_counts(evaluation: Evaluation, model: int, positions: NDArray[np.intp]) -> Confusion:
    """Counts of rows at some operating points of a model, without weights."""
    tally = evaluation.tally
    if tally.weights is None:
        return evaluation.curves[model].alone.counts[positions]
    bins = tally.counts[:, model].sum(axis=0, dtype=np.int64)
    shipped = bins.cumsum(axis=0)[positions]
    flagged = tally.rows - shipped
    return Confusion(tp=flagged[:, 1], fp=flagged[:, 0], fn=shipped[:, 1], tn=shipped[:, 0])


def correlation_over_replicates(first: Floats | None, second: Floats | None) -> Floats:
    """Correlation of two shares over the replicates, shape (K,); 0 if either is constant or not grouped."""
    if first is None or second is None:
        return np.zeros(1)
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    both = ratio((a * b).sum(axis=0), np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
    return np.clip(np.nan_to_num(both), -1, 1)


def count_intervals(
    bootstrap: Bootstrap, model: int, positions: NDArray[np.intp]
) -> dict[str, Interval]:
    """Wilson's 95% intervals of the counts at operating points of a model, before the scenario is applied.

    Parameters
    ----------
    bootstrap : Bootstrap
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        Positions on the model's curve.

    Returns
    -------
    dict of str to Interval
        By the name of the count, shape (K,), in rows (or weight).

    Notes
    -----
    Each count is a share of all rows, with the effective number of rows by the design effect.
    """
    mass = float(bootstrap.evaluation.tally.class_mass.sum())
    ends = {
        name: _estimated_share(bootstrap, model, positions, Share((name,), UNITS)).ends
        for name in COUNTS
    }
    return {name: Interval(end.low * mass, end.high * mass) for name, end in ends.items()}


def count_interval(
    bootstrap: Bootstrap,
    counts: NDArray[Any],
    drawn: NDArray[Any],
    *,
    of_defects: bool | None,
    within_class: bool = False,
) -> Interval:
    """Wilson's 95% interval of observed counts.

    Parameters
    ----------
    bootstrap : Bootstrap
    counts : ndarray, shape (K,)
    drawn : ndarray, shape (R, K)
        The counts in every replicate; unused if rows are independent.
    of_defects : bool or None
        Whether the counts are of defects or of good units; `None` if they are of both.
    within_class : bool
        Whether the counts are a share of the class instead of all rows. A set defect rate fixes the class
        total.
    """
    tally, label = bootstrap.evaluation.tally, 2 if of_defects is None else int(of_defects)
    mass, rows = float(tally.class_mass.sum()), float(tally.rows.sum())
    drawn_mass = np.array(mass)
    if within_class:
        mass, rows = float(tally.class_mass[label]), float(tally.rows[label])
        drawn_mass = bootstrap.drawn.class_mass[:, label, None]
    share = np.asarray(counts, np.float64) / mass
    if bootstrap.rows_are_independent:
        ends = wilson_interval(share * rows, rows)
    else:
        ends = mean_of_replicates(
            share,
            np.full(share.shape, mass),
            np.full(share.shape, rows),
            ratio(drawn, drawn_mass),
            bootstrap.blocks,
            bootstrap.drawn.cluster_masses[label],
        ).interval(bootstrap.drawn.cluster_masses[label if within_class else 2])
    return Interval(ends.low * mass, ends.high * mass)
