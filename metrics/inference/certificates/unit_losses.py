"""Limits on the mean loss of a unit, and the losses of units at every operating point.

The loss of a unit depends on its class, on whether the operating point flags it, and on whether the current
system flags it. The current system sees the same units, so a difference between both is one loss per unit.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.evaluation import Evaluation
from metrics.inference.certificates.mean_loss import Losses
from metrics.inference.certificates.shares_of_rows import Buckets, SharesOfRows
from metrics.inference.certificates.variance_of_amounts import mean_amount
from metrics.tally.category_codes import PARTS, part_of_buckets
from metrics.tally.kernel import Floats


@dataclass(frozen=True, eq=False)
class LossLimit:
    """Limit that is met if the mean loss of a unit is at most a value.

    Attributes
    ----------
    point : ndarray of float64, shape (2, 2)
        Loss of a good unit and of a defect (first axis) if the point ships or flags it (second axis).
    most : float
        Largest mean loss that meets the limit.
    today : ndarray of float64, shape (2, 2)
        Loss that is added if the current system ships or flags the unit.
    by_class : bool
        Whether the classes are separate samples, with mean losses that are added.
    """

    point: Floats
    most: float
    today: Floats = field(default_factory=lambda: np.zeros((2, 2)))
    by_class: bool = False

    @property
    def samples(self) -> list[tuple[int, ...]]:
        """Classes of each sample."""
        return [(0,), (1,)] if self.by_class else [(0, 1)]


@dataclass(frozen=True, eq=False)
class UnitLosses:
    """Losses of the units in some rows, at all thresholds of all models.

    Attributes
    ----------
    flagged : ndarray, shape (G, K, 2)
        Good units and defects that each point flags, in G steps.
    both : ndarray, shape (G, K, 2), or None
        Units that the current system flags as well; `None` if they were not counted.
    is_nested : ndarray of bool, shape (K,)
        Whether a point is of the current system's model. The higher threshold then flags a subset of the
        lower.
    units, of_current : ndarray, shape (G, 2)
        All units, and the units that the current system flags.
    """

    limit: LossLimit
    flagged: NDArray[Any]
    both: NDArray[Any] | None
    is_nested: NDArray[np.bool_]
    units: Floats
    of_current: Floats

    @classmethod
    def of(cls, limit: LossLimit, evaluation: Evaluation, shares: SharesOfRows) -> UnitLosses:
        """Losses of all rows, with one step for each part of the rows."""
        parts = part_of_buckets(len(shares.tally.counts))
        today, counts = evaluation.scenario.today, evaluation.current_by_bucket
        flagged_today = np.column_stack([counts.fp, counts.tp])
        both, is_nested = None, np.zeros(shares.size, bool)
        if today is None or not limit.today.any():
            flagged_today = np.zeros_like(flagged_today)  # as if the current system flagged nothing
        else:
            both = shares.flagged_by_both((today.model, today.threshold))
            m = shares.tally.index(today.model)
            is_nested[slice(*[0, *shares.ends][m : m + 2])] = True
        units, of_current = np.zeros((2, PARTS, 2))
        np.add.at(units, parts, shares.tally.bucket_mass)
        np.add.at(of_current, parts, flagged_today)
        return cls(limit, shares.flagged, both, is_nested, units, of_current)

    def part(self, buckets: Buckets) -> UnitLosses:
        """Losses of the rows that order the points, or of the rows that test them."""
        steps = slice(0, 1) if buckets is Buckets.ORDERING else slice(1, PARTS)
        losses = replace(
            self,
            flagged=self.flagged[steps],
            both=None if self.both is None else self.both[steps],
            units=self.units[steps],
            of_current=self.of_current[steps],
        )
        return losses.in_one_step if self.limit.by_class else losses

    def of_points(self, points: NDArray[np.intp] | slice) -> UnitLosses:
        """Losses at some of the points."""
        return replace(
            self,
            flagged=self.flagged[:, points],
            both=None if self.both is None else self.both[:, points],
            is_nested=self.is_nested[points],
        )

    @cached_property
    def in_one_step(self) -> UnitLosses:
        """The same losses in a single step."""
        return replace(
            self,
            flagged=self.flagged.sum(axis=0, keepdims=True),
            both=None if self.both is None else self.both.sum(axis=0, keepdims=True),
            units=self.units.sum(axis=0, keepdims=True),
            of_current=self.of_current.sum(axis=0, keepdims=True),
        )

    def at(self, points: NDArray[np.intp] | slice) -> list[Losses]:
        """Losses at some of the points, one `Losses` for each sample."""
        return self.with_counts(self.counts_at(points))

    def with_counts(self, counts: Sequence[Floats]) -> list[Losses]:
        """Losses at the points of some counts (`counts_at`)."""
        limit = self.limit
        # Ordered by whether the point flags the unit, then by whether the current system does.
        values = [(limit.point[label][:, None] + limit.today[label]).ravel() for label in (0, 1)]
        return [
            Losses(np.concatenate([values[label] for label in classes]), of_sample)
            for classes, of_sample in zip(limit.samples, counts, strict=True)
        ]

    def counts_at(self, points: NDArray[np.intp] | slice) -> list[Floats]:
        """Units with each loss at some of the points, for each sample; they do not depend on the losses."""
        cells = [self._cells(points, label) for label in (0, 1)]
        return [
            np.stack(
                [
                    np.concatenate(mixture, axis=1)
                    for mixture in itertools.product(*(cells[label] for label in classes))
                ],
                axis=1,
            )
            for classes in self.limit.samples
        ]

    def _cells(self, points: NDArray[np.intp] | slice, label: int) -> list[Floats]:
        """Units of a class by decision of both systems, each of shape (G, 4, P), one for each mixture."""
        flagged = self.flagged[:, points, label].astype(np.float64)
        units, of_current = self.units[:, None, label], self.of_current[:, None, label]
        if self.both is not None:
            mixture = [self.both[:, points, label].astype(np.float64)]
        else:
            # Least and largest number of units that both may flag.
            most = np.minimum(flagged, of_current)
            least = np.maximum(flagged + of_current - units, 0.0)
            least = np.where(self.is_nested[points], most, least)
            mixture = [least, most] if self.of_current.any() else [most]
        return [
            np.maximum(
                np.stack(
                    [units - flagged - of_current + both, of_current - both, flagged - both, both],
                    axis=1,
                ),
                0.0,  # rounding errors of sums of weights
            )
            for both in mixture
        ]


def independent_units(
    testing: UnitLosses,
    evaluation: Evaluation,
    shares: SharesOfRows,
    level: float,
    at: NDArray[np.intp] | slice,
) -> list[Floats | None]:
    """Equivalent number of independent units for each sample's mean at some of the points.

    `None` if all units are independent.
    """
    limit = testing.limit
    if shares.tally.rows_are_independent:
        return [None] * len(limit.samples)
    losses = testing.of_points(at).in_one_step.at(slice(None))  # a sum over all points is slow
    current = np.column_stack([evaluation.current_by_bucket.fp, evaluation.current_by_bucket.tp])
    # Amounts that are added if the point ships the unit, for every unit, and if the current system flags it.
    amounts = np.column_stack(
        [
            limit.point[:, 0] - limit.point[:, 1],
            limit.point[:, 1] + limit.today[:, 0],
            limit.today[:, 1] - limit.today[:, 0],
        ]
    )
    sizes: list[Floats | None] = []
    for classes, sample in zip(limit.samples, losses, strict=True):
        [cells] = sample.counts
        squares = (sample.values[:, None] - sample.mean) ** 2
        variance = (squares * cells).sum(axis=1).max(axis=0) / sample.units
        moments = sample.mean, variance
        grouped = mean_amount(shares, amounts, current, classes, moments, Buckets.TESTING, at)
        sizes.append(grouped.rows / grouped.effect(level, sample.values.max()))
    return sizes
