"""Shares of a tally's rows at every threshold, and how many independent rows tell as much of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ConfusionCurve, ratio
from metrics.inference.design_effect import DesignEffects, effects_of_buckets, mean_cluster_mass
from metrics.inference.intervals import DEFECTS, GOODS, UNITS
from metrics.tally.kernel import Floats
from metrics.tally.tally import Tally

FIXED = (DEFECTS, GOODS, UNITS)
"""Outcomes whose sum is the same at every threshold."""
Pair = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of outcomes, and of those that they are a share of."""


class Buckets(Enum):
    """Which buckets' rows tell of shares."""

    ALL = "all"
    ORDERING = "every third, which orders the points"
    TESTING = "the others, which test them"

    def of(self, count: int) -> NDArray[np.bool_]:
        """Which of so many they are."""
        orders = np.arange(count) % 3 == 0
        if self is Buckets.ALL:
            return np.ones(count, bool)
        return np.asarray(orders if self is Buckets.ORDERING else ~orders)


@dataclass(frozen=True, eq=False)
class ShareOfRows:
    """A share of rows at all thresholds of all models, one model after another, each of shape (K,).

    Attributes
    ----------
    share : ndarray of float64
        0 where there are no rows.
    rows : ndarray of float64
        That it is a share of: of independent rows their mass.
    effects : DesignEffects or None
        None of independent rows.
    """

    share: Floats
    rows: Floats
    effects: DesignEffects | None

    def trials(self, level: float) -> Floats:
        """How many independent rows tell as much of it, at a one-sided limit's level."""
        return self.rows if self.effects is None else self.rows / self.effects.at(level)


@dataclass(frozen=True, eq=False)
class SharesOfRows:
    """Shares of the rows of a tally at every threshold of every model: the same under every scenario.

    Attributes
    ----------
    tally : Tally
    curves : sequence of ConfusionCurve
        Of its models.

    Notes
    -----
    A share is found when it is asked for, and then kept.
    """

    tally: Tally
    curves: Sequence[ConfusionCurve]
    _found: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def are_independent(self) -> bool:
        """Whether a row tells as much as any other, and nothing of another."""
        return not self.tally.grouped and self.tally.weights is None

    @cached_property
    def ends(self) -> list[int]:
        """Where the thresholds of each model end."""
        return list(
            itertools.accumulate(model_curve.thresholds.size for model_curve in self.curves)
        )

    @property
    def size(self) -> int:
        """Number of thresholds of all models together."""
        return self.ends[-1]

    def of(self, pair: Pair, buckets: Buckets) -> ShareOfRows:
        """A share."""
        if (pair, buckets) not in self._found:
            self.find([pair], buckets)
        share: ShareOfRows = self._found[pair, buckets]
        return share

    def find(self, pairs: Iterable[Pair], buckets: Buckets) -> None:
        """Find several shares, those that are not known yet: dearer one by one than together."""
        missing = [pair for pair in dict.fromkeys(pairs) if (pair, buckets) not in self._found]
        if not missing:
            return
        if self.are_independent:
            for pair in missing:
                counts, (part, of) = self._counts(buckets), pair
                whole = np.asarray(_sum_of(counts, of), np.float64)
                share = np.nan_to_num(ratio(_sum_of(counts, part), whole))
                self._found[pair, buckets] = ShareOfRows(share, whole, None)
            return
        which = buckets.of(len(self.tally.counts))
        every = [self._of_model(m, missing, which) for m in range(len(self.curves))]
        for pair, own in zip(missing, zip(*every, strict=True), strict=True):
            self._found[pair, buckets] = _one_after_another(own)

    def _counts(self, buckets: Buckets) -> Confusion:
        """Counts of all models, of rows that are independent."""
        if buckets not in self._found:
            if buckets is Buckets.ALL:
                bins = [model_curve.bins for model_curve in self.curves]
            else:
                which = buckets.of(len(self.tally.counts))
                sums = self.tally.counts[which].sum(axis=0, dtype=np.int64)
                bins = [
                    sums[m, : model_curve.thresholds.size]
                    for m, model_curve in enumerate(self.curves)
                ]
            own = [_counts_of(one) for one in bins]
            self._found[buckets] = own[0].together(own[1:])
        found: Confusion = self._found[buckets]
        return found

    def _of_model(
        self, m: int, pairs: Sequence[Pair], which: NDArray[np.bool_]
    ) -> list[ShareOfRows]:
        """Shares of one model whose rows come in groups or have weights."""
        tally, size = self.tally, self.curves[m].thresholds.size
        mass: dict[str, Floats] = {}
        rows: dict[str, Floats] = {}
        for names in (DEFECTS, GOODS):  # flagged, then shipped
            if any(set(names) & set(of) for _, of in pairs):
                label = int(names == DEFECTS)
                bins = tally.masses[which, m, :size, label].astype(np.float64)
                count = tally.counts[which, m, :size, label].sum(axis=0, dtype=np.float64)
                mass |= dict(zip(names, _flagged_and_shipped(bins), strict=True))
                rows |= dict(zip(names, _flagged_and_shipped(count), strict=True))

        def together(of: dict[str, Floats], names: tuple[str, ...]) -> Floats:
            first, *others = (of[name] for name in names)
            return sum(others, first)

        return [
            _grouped(
                together(mass, part),
                together(mass, of),
                together(rows, of),
                self._at_once(of, which),
                alone=not tally.grouped,
            )
            for part, of in pairs
        ]

    def _at_once(self, of: tuple[str, ...], which: NDArray[np.bool_]) -> float:
        """Mass of the group that a unit of mass is in."""
        kind = next(names for names in FIXED if set(of) <= set(names))
        classes = {GOODS: [0], DEFECTS: [1], UNITS: [0, 1]}[kind]
        return mean_cluster_mass(self.tally.bucket_mass[which][:, classes].sum(axis=1))

    @cached_property
    def _bucket_rows(self) -> NDArray[np.int64]:
        """Rows of each bucket and class, whatever their weight, shape (B, 2)."""
        return np.asarray(self.tally.counts[:, 0].sum(axis=1, dtype=np.int64))

    def of_today(self, pair: Pair, buckets: Buckets, today: Confusion) -> ShareOfRows:
        """A share of today's system, whose counts by bucket belong to a scenario; of shape (1,)."""
        (part, of), which = pair, buckets.of(len(self.tally.counts))
        mass = today.each(lambda n: n[which, None].astype(np.float64))
        whole = _sum_of(mass, of)
        if self.are_independent:
            total = whole.sum(axis=0)
            share = np.nan_to_num(ratio(_sum_of(mass, part).sum(axis=0), total))
            return ShareOfRows(share, total, None)
        classes = sorted({int(name in DEFECTS) for name in of})
        rows = self._bucket_rows[which][:, classes].sum()
        at_once = self._at_once(of, which)
        trials = np.array([float(rows)])
        return _grouped(_sum_of(mass, part), whole, trials, at_once, alone=not self.tally.grouped)


def _counts_of(bins: NDArray[Any]) -> Confusion:
    """Counts at each threshold from bins of shape (K, 2)."""
    (fp, tn), (tp, fn) = (_flagged_and_shipped(bins[:, label]) for label in (0, 1))
    return Confusion(tp=tp, fp=fp, fn=fn, tn=tn)


def _flagged_and_shipped(bins: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What lies at or above each threshold, and what below, of bins of shape (..., K)."""
    shipped = bins.cumsum(axis=-1)
    return shipped[..., -1:] - shipped, shipped


def _one_after_another(models: Sequence[ShareOfRows]) -> ShareOfRows:
    """Shares of several models as one."""
    effects = [
        share_of_rows.effects for share_of_rows in models if share_of_rows.effects is not None
    ]
    return ShareOfRows(
        np.concatenate([share_of_rows.share for share_of_rows in models]),
        np.concatenate([share_of_rows.rows for share_of_rows in models]),
        DesignEffects(
            np.concatenate([one.by_spread for one in effects]),
            np.concatenate([one.alike for one in effects]),
            np.concatenate([one.tells for one in effects]),
            effects[0].blocks,
        ),
    )


def _grouped(part: Floats, of: Floats, rows: Floats, at_once: float, *, alone: bool) -> ShareOfRows:
    """A share by bucket, each of shape (B, K), and how alike its rows are."""
    share = np.nan_to_num(ratio(part.sum(axis=0), of.sum(axis=0)))
    return ShareOfRows(share, rows, effects_of_buckets(part, of, rows, at_once, alone=alone))


def _sum_of(counts: Confusion, names: tuple[str, ...]) -> NDArray[Any]:
    return np.sum([getattr(counts, name) for name in names], axis=0)
