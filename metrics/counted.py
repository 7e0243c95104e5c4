"""Intervals of figures that are shares of counts: Wilson's, and at a set defect rate two of them in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.confusion import Confusion, ratio
from metrics.margins import Interval, design_effect, lump, ratio_interval, wilson
from metrics.objective import Objective
from metrics.points import Evaluation
from metrics.resample import Floats, Resampled
from metrics.scenario import Scenario

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
