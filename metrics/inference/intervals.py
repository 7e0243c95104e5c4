"""Intervals of figures: percentiles of the replicates, and Wilson's where a figure is a count or a rate.

Intervals of figures that are shares of counts: Wilson's, and at a set defect rate two of them in one.

Intervals of the counts that were observed, whatever the scenario makes of them.

What intervals of replicates leave out: outcomes that no row of the sample had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import COUNTS, Evaluation
from metrics.inference.bootstrap import Floats, Resampled
from metrics.inference.statistics import (
    LEVEL,
    Interval,
    design_effect,
    lump,
    percentile,
    ratio_interval,
    unseen,
    wilson,
)
from metrics.scenario.scenario import Scenario

DEFECTS, GOODS = ("tp", "fn"), ("fp", "tn")


UNITS = DEFECTS + GOODS


@dataclass(frozen=True)
class Share:
    """Outcomes as a share of others, and what the share times a factor is.

    Attributes
    ----------
    part, of : tuple of str
        Names of the counts.
    factor : float
    """

    part: tuple[str, ...]
    of: tuple[str, ...]
    factor: float = 1.0


@dataclass(frozen=True)
class Ratio:
    """Two shares, each of a class that is a sample of its own, whose ratio makes odds.

    Attributes
    ----------
    first, second : Share
    factor : float
        What the odds' share of one times this is.
    """

    first: Share
    second: Share
    factor: float = 1.0


def share_of(objective: str, mass: Floats, scenario: Scenario) -> Share | Ratio | None:
    """A standard objective as a share of counts, or a ratio of two; None where it is neither.

    Parameters
    ----------
    objective : str
        Its id.
    mass : ndarray, shape (2,)
        Good units and defects of the file.
    scenario : Scenario

    Notes
    -----
    Observed counts vary with the number of defects in the sample: they are shares of all rows. At a set
    defect rate each class stands at its own total, and precision is that rate's odds times the recall
    over the share of good units that are flagged.
    """
    on_defects, on_goods = scenario.factors(mass)
    goods, defects = mass[0] * on_goods, mass[1] * on_defects
    units = goods + defects
    if objective == "recall":
        return Share(("tp",), DEFECTS)
    if objective == "missed_defects_per_1000_defects":
        return Share(("fn",), DEFECTS, 1000.0)
    if scenario.defect_rate is None:
        return {
            "missed_defects": Share(("fn",), UNITS, units),
            "false_alarms": Share(("fp",), UNITS, units),
            "misclassified_units": Share(("fn", "fp"), UNITS, units),
            "missed_defects_per_1000_units": Share(("fn",), UNITS, 1000.0),
            "share_flagged": Share(("tp", "fp"), UNITS),
            "precision": Share(("tp",), ("tp", "fp")),
            "shipped_defects_per_million": Share(("fn",), ("fn", "tn"), 1e6),
        }.get(objective)
    found: dict[str, Share | Ratio] = {
        "missed_defects": Share(("fn",), DEFECTS, defects),
        "false_alarms": Share(("fp",), GOODS, goods),
        "missed_defects_per_1000_units": Share(("fn",), DEFECTS, 1000.0 * scenario.defect_rate),
        "precision": Ratio(Share(("tp",), DEFECTS), Share(("fp",), GOODS)),
        "shipped_defects_per_million": Ratio(Share(("fn",), DEFECTS), Share(("tn",), GOODS), 1e6),
    }
    return found.get(objective)


def counted(
    resampled: Resampled,
    objective: Objective,
    model: int,
    where: NDArray[np.intp],
    *,
    grouped: bool,
) -> Interval | None:
    """95 % interval of an objective that is made of one or two shares; None where it is not.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
    model : int
    where : ndarray of int, shape (K,)
    grouped : bool

    Notes
    -----
    NaN ends where all units are flagged, or none, and the share is then 0 or 1 in any sample.
    """
    evaluation = resampled.evaluation
    kind = share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario)
    if kind is None or not objective.is_standard:
        return None
    of = _Counts(resampled, model, where, grouped)
    certain = extreme(evaluation, model, where)
    if isinstance(kind, Share):
        share, ends, _ = of.interval(kind)
        certain &= (share == 0) | (share == 1)
        low, high = kind.factor * ends.low, kind.factor * ends.high
    else:
        first, of_first, drawn = of.interval(kind.first)
        second, of_second, other = of.interval(kind.second)
        ends = ratio_interval(first, of_first, second, of_second, _correlation(drawn, other))
        rate = evaluation.scenario.defect_rate
        assert rate is not None
        with np.errstate(divide="ignore"):
            low, high = (
                kind.factor / (1 + (1 - rate) / rate / side) for side in vars(ends).values()
            )
    return Interval(np.where(certain, np.nan, low), np.where(certain, np.nan, high))


def extreme(evaluation: Evaluation, model: int, where: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which operating points flag everything or nothing by what they are, not by chance.

    Notes
    -----
    Nothing: at infinity. Everything: at the lowest score of the file. A threshold between two scores, or
    beyond them, may divide other units in two even where it does not divide these.
    """
    own = evaluation.curves[model]
    counts = own.counts[where]
    everything = np.asarray(counts.fn + counts.tn == 0) & own.distinct[where]
    return np.isinf(own.thresholds[where]) | everything


def lumps(evaluation: Evaluation, grouped: bool) -> tuple[float, float, float]:
    """Mass of good units, of defects and of both that may come at once: 1 where rows stand alone."""
    tally = evaluation.tally
    if not grouped and tally.weights is None:
        return 1.0, 1.0, 1.0
    by_bucket = tally.bucket_mass
    return lump(by_bucket[:, 0]), lump(by_bucket[:, 1]), lump(by_bucket.sum(axis=1))


def _sum(counts: Confusion, names: tuple[str, ...]) -> NDArray[Any]:
    return np.sum([getattr(counts, name) for name in names], axis=0)


def _correlation(first: Floats | None, second: Floats | None) -> Floats:
    """Of two shares over the replicates, shape (K,); 0 where either does not vary, or rows stand alone."""
    if first is None or second is None:
        return np.zeros(1)
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    both = ratio((a * b).sum(axis=0), np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
    return np.clip(np.nan_to_num(both), -1, 1)


@dataclass(frozen=True)
class _Counts:
    """Counts of some operating points of a model."""

    resampled: Resampled
    model: int
    where: NDArray[np.intp]
    grouped: bool

    def interval(self, share: Share) -> tuple[Floats, Interval, Floats | None]:
        """A share, its interval, and, of groups, its replicates, shape (R, K)."""
        observed = self.resampled.evaluation.curves[self.model].counts[self.where]
        trials = _sum(observed, share.of)
        p = ratio(_sum(observed, share.part), trials)
        if not self.grouped and self.resampled.evaluation.tally.weights is None:
            return p, wilson(p * trials, trials), None
        counts = self.resampled.counts(self.model, self.where)
        drawn = ratio(_sum(counts, share.part), _sum(counts, share.of))
        rows = np.asarray(_sum(self._rows(), share.of), np.float64)
        at_once = np.where(p == 0, self._lump(share.part), self._lump_of_rest(share))
        effect = design_effect(
            p,
            rows,
            drawn,
            self.resampled.draws.blocks,
            otherwise=rows * ratio(at_once, trials),
        )
        n = rows / effect
        return p, wilson(p * n, n), drawn if self.grouped else None

    def _lump(self, outcomes: tuple[str, ...]) -> float:
        """Mass that may come at once of those units that could have had an outcome."""
        goods, defects, both = lumps(self.resampled.evaluation, self.grouped)
        if not set(outcomes) & set(DEFECTS):
            return goods
        return both if set(outcomes) & set(GOODS) else defects

    def _lump_of_rest(self, share: Share) -> float:
        return self._lump(tuple(name for name in share.of if name not in share.part))

    def _rows(self) -> Confusion:
        """Counts of rows, whatever their weight."""
        tally = self.resampled.evaluation.tally
        bins = tally.counts[:, self.model].sum(axis=0, dtype=np.int64)
        shipped = bins.cumsum(axis=0)[self.where]
        flagged = tally.rows - shipped
        return Confusion(tp=flagged[:, 1], fp=flagged[:, 0], fn=shipped[:, 1], tn=shipped[:, 0])


def count_intervals(
    resampled: Resampled, counts: Confusion, drawn: Confusion, *, grouped: bool = False
) -> dict[str, Interval]:
    """Wilson's 95 % intervals of observed counts.

    Parameters
    ----------
    resampled : Resampled
    counts : Confusion of shape (K,)
        As observed.
    drawn : Confusion of shape (R, K)
        The same in every replicate.
    grouped : bool
        Whether rows come in groups that share a bucket.

    Returns
    -------
    dict of str to Interval
        By the name of the count.
    """
    tally = resampled.evaluation.tally
    mass, rows = float(tally.class_mass.sum()), float(tally.rows.sum())
    at_once = lumps(resampled.evaluation, grouped)
    out = {}
    for name in COUNTS:
        share = np.asarray(getattr(counts, name), np.float64) / mass
        trials = np.full(share.shape, rows)
        if grouped or tally.weights is not None:
            varied = getattr(drawn, name) / mass
            # Where none was seen, as many may come at once as come of a class on average.
            lump = at_once[1 if name in ("tp", "fn") else 0]
            none = np.full(share.shape, rows * lump / mass)
            effect = design_effect(share, trials, varied, resampled.draws.blocks, otherwise=none)
            trials /= effect
        ends = wilson(share * trials, trials)
        out[name] = Interval(ends.low * mass, ends.high * mass)
    return out


MOVES = (("fn", "tp", 1), ("tp", "fn", 1), ("fp", "tn", 0), ("tn", "fp", 0))


"""An outcome that may be unseen, the other one of its class, and the class."""


def with_unseen(
    resampled: Resampled,
    objective: Objective,
    model: int,
    where: NDArray[np.intp],
    ends: Interval,
    *,
    grouped: bool,
) -> Interval:
    """Ends of replicates moved by what the outcomes that were never seen may add.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
        Of operating points.
    model : int
    where : ndarray of int, shape (K,)
    ends : Interval of shape (K,)
        Percentiles of the replicates.
    grouped : bool

    Returns
    -------
    Interval
        NaN where the figure holds by construction.

    Notes
    -----
    Replicates of 0 missed defects all have 0. The end towards which a missed defect moves the figure lies
    so far out as the root of the sum of two squares says: of the distance that the replicates have, and of
    what the figure would be with about 3 in the number of defects missed (MOVER). A missed defect has the
    mean value of a defect. At flag-everything and flag-nothing there is nothing that could be seen.

    References
    ----------
    Zou, Donner: Construction of confidence limits about effect measures: a general approach. Statistics
    in Medicine 2008.
    """
    evaluation = resampled.evaluation
    counts, context = evaluation.curves[model].counts[where], evaluation.context(model)

    def figures(at: Confusion, today: Confusion) -> Floats:
        scaled = today.scaled(*evaluation.factors)
        return objective.values(at.scaled(*evaluation.factors), replace(context, today=scaled))

    today = evaluation.today_counts
    figure = figures(counts, today)
    able = ~extreme(evaluation, model, where)
    moved = [
        (able & empty, figures(at, today))
        for empty, at in _moves(resampled, model, counts, grouped)
    ]
    against_today = objective.signed and objective.is_standard
    if against_today and evaluation.scenario.today is not None:
        moved += [
            (np.broadcast_to(empty, able.shape), figures(counts, at))
            for empty, at in _moves(resampled, model, today, grouped)
        ]
    fall, rise = np.zeros(where.size), np.zeros(where.size)
    for empty, values in moved:
        apart = np.where(empty, np.nan_to_num(values - figure), 0.0)
        fall = np.hypot(fall, np.minimum(apart, 0))
        rise = np.hypot(rise, np.maximum(apart, 0))
    low = np.where(fall > 0, figure - np.hypot(np.maximum(figure - ends.low, 0), fall), ends.low)
    high = np.where(rise > 0, figure + np.hypot(np.maximum(ends.high - figure, 0), rise), ends.high)
    own = _is_today(resampled, model, where) if against_today else np.zeros(where.size, bool)
    return Interval(np.where(own, np.nan, low), np.where(own, np.nan, high))


def _moves(
    resampled: Resampled, model: int, counts: Confusion, grouped: bool
) -> Iterator[tuple[NDArray[np.bool_], Confusion]]:
    """For each outcome: where it was never seen, and the counts with as many of it as there may be."""
    tally = resampled.evaluation.tally
    at_once = lumps(resampled.evaluation, grouped)
    for none, other, kind in MOVES:
        empty = np.asarray(getattr(counts, none) == 0)
        if not empty.any():
            continue
        mass = tally.class_mass[kind]
        more = np.where(empty, mass * unseen(mass / at_once[kind]), 0.0)
        changed: dict[str, Any] = {
            none: getattr(counts, none) + more,
            other: getattr(counts, other) - more,
        }
        if counts.missed_value is not None and kind == 1 and tally.values is not None:
            mean = tally.values[:, model, :, 1].sum() / mass
            changed["missed_value"] = counts.missed_value + mean * (more if none == "fn" else -more)
        yield empty, replace(counts, **changed)


def _is_today(resampled: Resampled, model: int, where: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which operating points are today's system; without one, every unit is shipped today."""
    evaluation = resampled.evaluation
    own, today = evaluation.curves[model], evaluation.scenario.today
    if today is None:
        return np.isinf(own.thresholds[where])
    same: NDArray[np.bool_] = (where == own.position(today.threshold)) & (own.model == today.model)
    return same & (evaluation.today_tally is evaluation.tally)


__all__ = [
    "LEVEL", "Difference", "Interval", "design_effect", "difference", "intervals", "percentile", "wilson",
]  # fmt: skip


WITHOUT = frozenset({"calibration_error"})


"""Objectives without an interval.

A sum of absolute gaps grows with every sample's noise: replicates lie above their own figure, and percentiles
never hold the 0 of a calibrated model; reflected at the figure they hold it in 51 to 86 % of made data sets.
"""


def intervals(
    resampled: Resampled,
    objective: Objective,
    model: int,
    where: NDArray[np.intp],
    *,
    grouped: bool = False,
) -> Interval:
    """95 % interval of an objective at some operating points of a model.

    Parameters
    ----------
    resampled : Resampled
    objective : Objective
    model : int
    where : ndarray of int, shape (K,)
        Positions on the model's curve.
    grouped : bool
        Whether rows come in groups that share a bucket.

    Returns
    -------
    Interval
        Of shape (K,), of the scenario; of shape (1,) for an objective of a whole model. NaN ends where
        there is none: the figure is undefined, is the same in any sample (that flagging everything misses
        nothing), or did not vary in any replicate, which says nothing of how much it may.

    Notes
    -----
    Counts and rates: Wilson's, with as many effective rows as the `design_effect` leaves where rows are
    grouped or weighted; at a set defect rate what depends on both classes has the intervals of both.
    All else: percentiles of the replicates, expanded for the number of buckets, and moved by what was
    never seen.

    References
    ----------
    Kish: Survey sampling. 1965 (design effect).
    """
    if objective.id in WITHOUT and objective.is_standard:
        return Interval(np.full(1, np.nan), np.full(1, np.nan))
    found = counted(resampled, objective, model, where, grouped=grouped)
    if found is not None:
        return found
    values = resampled.values(objective, model, where)
    ends = percentile(values, blocks=resampled.draws.blocks)
    if not objective.of_model:
        ends = with_unseen(resampled, objective, model, where, ends, grouped=grouped)
    size = np.maximum(np.abs(ends.low), np.abs(ends.high))
    with np.errstate(invalid="ignore"):
        flat = ends.high - ends.low <= 1e-9 * size
    return Interval(np.where(flat, np.nan, ends.low), np.where(flat, np.nan, ends.high))


def needs_replicates(resampled: Resampled, objective: Objective, *, grouped: bool) -> bool:
    """Whether `intervals` of an objective rest on replicates; without, thousands of points cost nothing."""
    evaluation = resampled.evaluation
    if objective.of_model or not objective.is_standard:
        return True
    if grouped or evaluation.tally.weights is not None:
        return True
    return share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario) is None


@dataclass(frozen=True)
class Difference:
    """A gap between two figures, paired.

    Attributes
    ----------
    gap, low, high : float
        First minus second, with its 95 % interval; NaN where undefined.
    better : float
        Share of the replicates in which the first is better, a tie counting half; of those in which both
        are defined.
    """

    gap: float
    low: float
    high: float
    better: float

    @property
    def separated(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    @property
    def may_be_chance(self) -> bool:
        """Whether the interval holds 0; not where it is undefined."""
        return self.low <= 0 <= self.high


def difference(
    objective: Objective,
    first: Floats,
    second: Floats,
    gap: float,
    *,
    blocks: int | None = None,
) -> Difference:
    """Paired difference of two figures.

    Parameters
    ----------
    objective : Objective
    first, second : ndarray, shape (R,)
        Replicates of the same draws.
    gap : float
        Of the figures themselves.
    blocks : int, optional
        Number of buckets drawn from, as `percentile` has it.
    """
    ends = percentile((first - second)[:, None], blocks=blocks)
    loss = objective.direction.loss(first - second)
    known = loss[~np.isnan(loss)]
    better = float(np.mean((known < 0) + 0.5 * (known == 0))) if known.size else np.nan
    return Difference(gap, ends.low.item(), ends.high.item(), better)
