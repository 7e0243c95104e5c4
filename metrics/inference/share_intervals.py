"""Wilson intervals: of figures that are shares of counts, and of the observed counts themselves.

At a set defect rate a figure of both classes is made of two shares, each of a class that is a sample of its
own, and has the intervals of both in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.objective import Objective
from metrics.evaluation.operating_points import COUNTS, Evaluation
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.design_effect import design_effect
from metrics.inference.statistics import (
    Interval,
    ratio_interval,
    wilson_interval,
)
from metrics.scenario.scenario import Scenario
from metrics.tally.sparse_sums import Floats

DEFECTS, GOODS = ("tp", "fn"), ("fp", "tn")
UNITS = DEFECTS + GOODS
"""Names of the counts that make up each class, and both."""


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
class Odds:
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


def share_of(objective: str, mass: Floats, scenario: Scenario) -> Share | Odds | None:
    """A standard objective as a share of counts, or a ratio of two; None where it is neither.

    Parameters
    ----------
    objective : str
        Its id.
    mass : ndarray, shape (2,)
        Good units and defects of the file.
    scenario : Scenario

    Returns
    -------
    Share, Odds or None

    Notes
    -----
    Observed counts vary with the number of defects in the sample: they are shares of all rows. At a set
    defect rate each class stands at its own total, and precision is that rate's odds times the recall
    over the share of good units that are flagged. Where people inspect, counts are expected ones.
    """
    if scenario.inspection is not None:
        return None
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
    by_class: dict[str, Share | Odds] = {
        "missed_defects": Share(("fn",), DEFECTS, defects),
        "false_alarms": Share(("fp",), GOODS, goods),
        "missed_defects_per_1000_units": Share(("fn",), DEFECTS, 1000.0 * scenario.defect_rate),
        "precision": Odds(Share(("tp",), DEFECTS), Share(("fp",), GOODS)),
        "shipped_defects_per_million": Odds(Share(("fn",), DEFECTS), Share(("tn",), GOODS), 1e6),
    }
    return by_class.get(objective)


def share_interval(
    bootstrap: Bootstrap, objective: Objective, model: int, positions: NDArray[np.intp]
) -> Interval | None:
    """95 % interval of an objective that is made of one or two shares of counts.

    Parameters
    ----------
    bootstrap : Bootstrap
        Its replicates tell the design effect, where rows come in groups or have weights.
    objective : Objective
    model : int
        Position among the tally's models.
    positions : ndarray of int, shape (K,)
        On the model's curve.

    Returns
    -------
    Interval or None
        Of shape (K,), in the objective's unit. NaN ends where all units are flagged, or none, and the share
        is then 0 or 1 in any sample. None where the objective is not made of shares (`share_of`).

    Notes
    -----
    Of n rows with design effect d, Wilson's interval at n / d trials. Odds of two classes have the interval
    of the ratio of their shares (`metrics.inference.statistics.ratio_interval`), brought to the defect rate.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Kish: Survey sampling. 1965 (design effect).
    """
    evaluation = bootstrap.evaluation
    kind = share_of(objective.id, evaluation.tally.class_mass, evaluation.scenario)
    if kind is None or not objective.is_standard:
        return None
    shares = _Shares(bootstrap, model, positions)
    certain = is_extreme(evaluation, model, positions)
    if isinstance(kind, Share):
        share, ends, _ = shares.interval(kind)
        certain &= (share == 0) | (share == 1)
        low, high = kind.factor * ends.low, kind.factor * ends.high
    else:
        first, of_first, first_drawn = shares.interval(kind.first)
        second, of_second, second_drawn = shares.interval(kind.second)
        correlation = _correlation(first_drawn, second_drawn)
        ends = ratio_interval(first, of_first, second, of_second, correlation)
        rate = evaluation.scenario.defect_rate
        assert rate is not None
        with np.errstate(divide="ignore"):
            low, high = (
                kind.factor / (1 + (1 - rate) / rate / end) for end in (ends.low, ends.high)
            )
    return Interval(np.where(certain, np.nan, low), np.where(certain, np.nan, high))


def count_intervals(
    bootstrap: Bootstrap, counts: Confusion, drawn: Confusion
) -> dict[str, Interval]:
    """Wilson's 95 % intervals of observed counts, whatever the scenario makes of them.

    Parameters
    ----------
    bootstrap : Bootstrap
    counts : Confusion of shape (K,)
        As observed.
    drawn : Confusion of shape (R, K)
        The same in every replicate.

    Returns
    -------
    dict of str to Interval
        By the name of the count, of shape (K,), in rows (or weight).

    Notes
    -----
    Each count as a share of all rows, with as many of them as the design effect leaves.

    References
    ----------
    Wilson: Probable inference, the law of succession, and statistical inference. JASA 1927.
    Kish: Survey sampling. 1965 (design effect).
    """
    return {
        name: count_interval(
            bootstrap, getattr(counts, name), getattr(drawn, name), of_defects=name in DEFECTS
        )
        for name in COUNTS
    }


def count_interval(
    bootstrap: Bootstrap,
    counts: NDArray[Any],
    drawn: NDArray[Any],
    *,
    of_defects: bool,
    within_class: bool = False,
) -> Interval:
    """Wilson's 95 % interval of observed counts of one class; see `count_intervals`.

    Parameters
    ----------
    bootstrap : Bootstrap
    counts : ndarray, shape (K,)
    drawn : ndarray, shape (R, K)
        In every replicate; not looked at where rows are independent.
    of_defects : bool
        Of which class they are.
    within_class : bool
        Whether the counts are a share of the class, whose number a set defect rate gives, not of all rows.
    """
    tally, label = bootstrap.evaluation.tally, int(of_defects)
    mass, rows = float(tally.class_mass.sum()), float(tally.rows.sum())
    drawn_mass = np.array(mass)
    if within_class:
        mass, rows = float(tally.class_mass[label]), float(tally.rows[label])
        drawn_mass = bootstrap.class_mass[:, label, None]
    share = np.asarray(counts, np.float64) / mass
    trials = np.full(share.shape, rows)
    if not bootstrap.rows_are_independent:
        # Where none was seen, as many may come at once as come of a class on average.
        at_once = bootstrap.cluster_masses[label]
        effect = design_effect(
            share,
            trials,
            ratio(drawn, drawn_mass),
            bootstrap.blocks,
            otherwise=np.full(share.shape, rows * at_once / mass),
        )
        trials /= effect
    ends = wilson_interval(share * trials, trials)
    return Interval(ends.low * mass, ends.high * mass)


def is_extreme(
    evaluation: Evaluation, model: int, positions: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which operating points flag everything or nothing by what they are, not by chance.

    Notes
    -----
    Nothing: at infinity. Everything: at the lowest score of the file. A threshold between two scores, or
    beyond them, may divide other units in two even where it does not divide these.
    """
    model_curve = evaluation.curves[model]
    counts = model_curve.counts[positions]
    everything = np.asarray(counts.fn + counts.tn == 0) & model_curve.distinct[positions]
    return np.isinf(model_curve.thresholds[positions]) | everything


@dataclass(frozen=True)
class _Shares:
    """Shares of counts at some operating points of a model."""

    bootstrap: Bootstrap
    model: int
    positions: NDArray[np.intp]

    def interval(self, share: Share) -> tuple[Floats, Interval, Floats | None]:
        """A share, its interval, and, of groups, its replicates, shape (R, K)."""
        bootstrap = self.bootstrap
        observed = bootstrap.evaluation.curves[self.model].counts[self.positions]
        trials = _sum(observed, share.of)
        p = ratio(_sum(observed, share.part), trials)
        if bootstrap.rows_are_independent:
            return p, wilson_interval(p * trials, trials), None
        counts = bootstrap.counts(self.model, self.positions)
        replicated_shares = ratio(_sum(counts, share.part), _sum(counts, share.of))
        rows = np.asarray(_sum(self._rows(), share.of), np.float64)
        rest = tuple(name for name in share.of if name not in share.part)
        at_once = np.where(p == 0, self._cluster_mass(share.part), self._cluster_mass(rest))
        effect = design_effect(
            p, rows, replicated_shares, bootstrap.blocks, otherwise=rows * ratio(at_once, trials)
        )
        n = rows / effect
        return (
            p,
            wilson_interval(p * n, n),
            replicated_shares if bootstrap.evaluation.tally.grouped else None,
        )

    def _cluster_mass(self, outcomes: tuple[str, ...]) -> float:
        """Mass that may come at once of those units that could have had an outcome."""
        goods, defects, both = self.bootstrap.cluster_masses
        if not set(outcomes) & set(DEFECTS):
            return goods
        return both if set(outcomes) & set(GOODS) else defects

    def _rows(self) -> Confusion:
        """Counts of rows, whatever their weight."""
        tally = self.bootstrap.evaluation.tally
        bins = tally.counts[:, self.model].sum(axis=0, dtype=np.int64)
        shipped = bins.cumsum(axis=0)[self.positions]
        flagged = tally.rows - shipped
        return Confusion(tp=flagged[:, 1], fp=flagged[:, 0], fn=shipped[:, 1], tn=shipped[:, 0])


def _sum(counts: Confusion, names: tuple[str, ...]) -> NDArray[Any]:
    return np.sum([getattr(counts, name) for name in names], axis=0)


def _correlation(first: Floats | None, second: Floats | None) -> Floats:
    """Of two shares over the replicates, shape (K,); 0 where either does not vary, or rows stand alone."""
    if first is None or second is None:
        return np.zeros(1)
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    both = ratio((a * b).sum(axis=0), np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0)))
    return np.clip(np.nan_to_num(both), -1, 1)
