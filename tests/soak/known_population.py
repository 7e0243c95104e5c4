"""Populations with known figures, to draw samples from: rows of a score file, or generated normal scores.

Figures are computed from counts without the library, as an oracle for its intervals and certified limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from metrics.io.open import open_scores
from metrics.scenario.scenario import Payoff
from metrics.selection.limits import parse_limit
from metrics.tally.kernel import Floats
from sample_data import SCORES
from tests.metrics.made_rows import Rows

MISS_COST = 5.0
DEFAULT_PAYOFF = Payoff(ship_defect=-MISS_COST)
LESS_IS_BETTER = ("cost_of_errors", "missed_defects", "share_flagged", "false_alarms")


class Counts(NamedTuple):
    """Expected confusion counts of points in a sample, and the value of the missed defects."""

    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats
    missed_value: Floats | float = 0.0


class BestPoint(NamedTuple):
    """Point with the best expected figure."""

    model: str
    threshold: float
    figures: dict[str, float]


@dataclass(frozen=True, eq=False)
class Population:
    """Units from which samples are drawn.

    Attributes
    ----------
    name : str
    units : Rows
    rows : int
        Number of rows in a sample.
    rate : float or None
        Defect rate; `None` for that of the units.
    current : (str, float)
        Model and threshold of the current system. By default it ships everything.
    payoff : Payoff
    """

    name: str
    units: Rows
    rows: int = 4000
    rate: float | None = None
    current: tuple[str, float] = ("", math.inf)
    payoff: Payoff = DEFAULT_PAYOFF

    @cached_property
    def chances(self) -> Floats:
        """Probability of each unit to be the next row of a sample."""
        is_defect = self.units.labels == 1
        rate = is_defect.mean() if self.rate is None else self.rate
        of_class = (1 - rate) / (~is_defect).sum(), rate / is_defect.sum()
        return np.asarray(np.where(is_defect, of_class[1], of_class[0]), np.float64)

    def draw(self, rng: np.random.Generator) -> Rows:
        """Draw a sample."""
        size = self.units.labels.size
        if self.rate is None:
            return self.take(rng.integers(0, size, self.rows))
        return self.take(rng.choice(size, self.rows, p=self.chances))

    def take(self, drawn: np.ndarray) -> Rows:
        """Units as rows of a sample; a unit that is drawn twice counts as two units."""
        # With one id they would share a bucket, like a group.
        return replace(self.units.take(drawn), ids=())

    @cached_property
    def _below(self) -> dict[str, tuple[Floats, list[Floats]]]:
        """Sorted scores of each model, and sums over the units below each and over all.

        The sums are numbers of defects, numbers of good units, and values of defects.
        """
        is_defect, mass = self.units.labels == 1, self.chances * self.rows * self.units.mass()
        values = 0.0 if self.units.values is None else self.units.values
        amounts = mass * is_defect, mass * ~is_defect, mass * is_defect * values
        below = {}
        for model, scores in self.units.scores.items():
            order = np.argsort(scores, kind="stable")
            below[model] = scores[order], [np.append(0.0, np.cumsum(a[order])) for a in amounts]
        return below

    def counts(self, model: str, thresholds: Floats) -> Counts:
        """Expected counts at thresholds of a model."""
        scores, (missed, passed, values) = self._below[model]
        at = np.searchsorted(scores, thresholds, side="left")
        return Counts(
            missed[-1] - missed[at], passed[-1] - passed[at], missed[at], passed[at], values[at]
        )

    @cached_property
    def _current_revenue(self) -> Floats:
        model, threshold = self.current
        any_model = next(iter(self.units.scores))
        return revenue(self.counts(model or any_model, np.array(threshold)), self.payoff)

    def figures(self, model: str, thresholds: Floats) -> dict[str, Floats]:
        """Expected figures at thresholds of a model."""
        counts = self.counts(model, thresholds)
        gain = revenue(counts, self.payoff) - self._current_revenue
        return figures_of_counts(counts) | {
            "revenue_impact": gain,
            "revenue_impact_percent": 100 * gain / self._current_revenue,
        }

    def breaks(self, points: pd.DataFrame, limits: Sequence[str]) -> bool:
        """Whether a point misses a limit. A figure equal to a limit meets it."""
        for model, thresholds in points.groupby("model")["threshold"]:
            figures = self.figures(str(model), thresholds.to_numpy())
            for limit in map(parse_limit, limits):
                slack = 1e-9 * (1 if limit.is_ceiling else -1)
                if not all(limit.holds(figure - slack) for figure in figures[limit.objective.id]):
                    return True
        return False

    def thresholds(self, model: str) -> Floats:
        """Thresholds among which the best one is found."""
        return np.unique(self.units.scores[model])

    @cached_property
    def cheapest(self) -> BestPoint:
        """Point with the lowest cost of errors."""
        return self._best("cost_of_errors")

    @cached_property
    def best_earning(self) -> BestPoint:
        """Point with the highest revenue."""
        return self._best("revenue_impact")

    def _best(self, name: str) -> BestPoint:
        sign = 1 if name in LESS_IS_BETTER else -1
        best = []
        for model in self.units.scores:
            thresholds = self.thresholds(model)
            figures = self.figures(model, thresholds)
            k = int(np.nanargmin(sign * figures[name]))
            of_point = {key: float(values[k]) for key, values in figures.items()}
            best.append(BestPoint(model, float(thresholds[k]), of_point))
        return min(best, key=lambda point: sign * point.figures[name])


def figures_of_counts(counts: Counts) -> dict[str, Floats]:
    """Figures of points that depend only on their counts."""
    tp, fp, fn, tn, missed_value = counts
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "cost_of_errors": MISS_COST * fn + fp,
            "missed_defects": fn,
            "missed_value": np.broadcast_to(missed_value, np.shape(fn)),
            "false_alarms": fp,
            "recall": tp / (tp + fn),
            "precision": tp / (tp + fp),
            "share_flagged": (tp + fp) / (tp + fp + fn + tn),
        }


def revenue(counts: Counts, payoff: Payoff) -> Floats:
    """Revenue at points with these counts."""
    assert payoff.ship_defect is not None
    of_shipped = payoff.ship_good * counts.tn + payoff.ship_defect * counts.fn
    return of_shipped + payoff.reject_good * counts.fp + payoff.reject_defect * counts.tp


def read_rows(path: Path = SCORES) -> Rows:
    """Labels and scores of a score file, without groups and values."""
    scores = open_scores(path)
    batches = list(scores.batches())

    def column(name: str) -> np.ndarray:
        return np.concatenate([batch.column(name).to_numpy() for batch in batches])

    return Rows(column("label"), {model: column(model) for model in scores.models})


def normal_scores(
    labels: np.ndarray,
    skills: Mapping[str, float],
    shift: float | np.ndarray,
    rng: np.random.Generator,
    *,
    common: float = 0.64,
    spreads: Mapping[str, float] | None = None,
) -> dict[str, Floats]:
    """Generated scores by model, whose log odds are normal.

    Parameters
    ----------
    labels : ndarray
    skills : mapping of str to float
        Distance between the mean log odds of defects and of good units.
    shift : float or ndarray
        Added to all log odds.
    rng : Generator
    common : float
        Share of the variance that all models have in common.
    spreads : mapping of str to float, optional
        Standard deviation of the log odds of defects; by default 1, as of good units.
    """
    shared = np.sqrt(common) * rng.standard_normal(labels.size)
    scores = {}
    for model, skill in skills.items():
        noise = shared + np.sqrt(1 - common) * rng.standard_normal(labels.size)
        if spreads is not None:
            noise = noise * np.where(labels == 1, spreads[model], 1.0)
        scores[model] = expit(skill * labels + noise + shift)
    return scores


def standard_errors(number: float, draws: float, share: float = 0.05) -> float:
    """Standard errors of a share of draws, in per cent: how far it may be off by chance."""
    return float(100 * number * (share * (1 - share) / draws) ** 0.5)
