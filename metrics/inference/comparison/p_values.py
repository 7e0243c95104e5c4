"""P-values of differences between two independent samples, and Holm's procedure for many tests."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.special import ndtr, stdtr

from metrics.evaluation.objective import Objective
from metrics.inference.comparison.paired_difference import PairedDifference
from metrics.inference.confidence_level import Z
from metrics.selection.limits import Bound
from metrics.tally.kernel import Floats

Hypothesis = TypeVar("Hypothesis", bound=Hashable)


def holm(chances: Mapping[Hypothesis, float], level: float) -> frozenset[Hypothesis]:
    """Hypotheses to reject by Holm's procedure.

    The probability of rejecting any true hypothesis is at most ``level``.

    Parameters
    ----------
    chances : mapping of hashable to float
        p-value of each hypothesis.
    level : float

    References
    ----------
    Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 1979.
    """
    rejected: set[Hypothesis] = set()
    for hypothesis, chance in sorted(chances.items(), key=lambda item: item[1]):
        if chance > level / (len(chances) - len(rejected)):
            break
        rejected.add(hypothesis)
    return frozenset(rejected)


def chance_of_equal_shares(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Two-sided p-value of the test that two shares are equal; each is given with its number of rows."""
    (p, n), (q, m) = first, second
    pooled = (p * n + q * m) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return float(2 * ndtr(-abs(p - q) / error))


@dataclass(frozen=True)
class FigurePair:
    """A figure of one point on two independent data sets, with its 95% intervals.

    Attributes
    ----------
    first, second : float
        Figures in the objective's unit.
    first_range, second_range : (float, float)
        Their intervals.
    optimism : float
        Optimism of the first figure.
    is_extreme : bool
        Whether everything or nothing is flagged on the second data. A figure without an interval is then
        fixed by construction.
    freedom : float
        Degrees of freedom of Student's t.
    """

    objective: Objective
    first: float
    first_range: tuple[float, float]
    second: float
    second_range: tuple[float, float]
    optimism: float = 0.0
    is_extreme: bool = False
    freedom: float = math.inf

    def _loss(self, value: float | tuple[float, float]) -> Floats:
        return self.objective.direction.loss(np.asarray(value))

    @property
    def _near(self) -> float:
        """Distance from the second figure to its better limit."""
        near = float(self._loss(self.second) - self._loss(self.second_range).min())
        return 0.0 if self.is_extreme and math.isnan(near) else near

    @property
    def chance_of_worse(self) -> float:
        """p-value of the test that the second figure is as good as the first; NaN if either is unknown."""
        here, there = self._loss(self.first - self.optimism), self._loss(self.second)
        far = float(self._loss(self.first_range).max() - self._loss(self.first))
        return _one_sided(float(there - here), math.hypot(far, self._near), self.freedom)

    def chance_of_beyond(self, limit: Bound) -> float:
        """p-value of the test that the second figure meets a limit, or is as good as the first."""
        by = float(self._loss(self.second) - self._loss(limit.value))
        beyond = _one_sided(by, self._near, self.freedom)
        return max(beyond, self.chance_of_worse)


def chance_of_gap(gap: PairedDifference, freedom: float) -> float:
    """One-sided p-value of the test that the first figure of a gap is as good as the second."""
    loss = gap.direction.loss(np.array([gap.size, gap.low, gap.high]))
    return _one_sided(float(loss[0]), float(loss[0] - loss[1:].min()), freedom)


def _one_sided(size: float, distance: float, freedom: float) -> float:
    """p-value of a loss that is ``size`` above 0, with a 95% limit ``distance`` below it.

    Few defects estimate their own spread badly. Student's t with as many degrees of freedom therefore
    replaces the normal distribution.
    """
    if math.isnan(size) or math.isnan(distance):
        return math.nan
    if distance == 0:
        return 0.0 if size > 0 else 1.0
    return float(stdtr(freedom, -Z * size / distance))
