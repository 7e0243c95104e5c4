"""Confidence intervals by category of a column: all categories simultaneously, and the worst category."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from metrics.evaluation.confusion import ratio
from metrics.inference.confidence_level import TAIL
from metrics.inference.design_effect import mean_cluster_mass, share_of_buckets
from metrics.inference.interval_formulas import (
    Interval,
    clopper_pearson_lower,
    clopper_pearson_upper,
)
from metrics.tally.breakdown import Breakdown
from metrics.tally.kernel import Floats


def flagged_share_interval(
    breakdown: Breakdown,
    model: str,
    threshold: float,
    label: int,
    *,
    independent: bool,
) -> Interval:
    """Simultaneous 95% intervals of the share of a class that is flagged, by category.

    Parameters
    ----------
    breakdown : Breakdown
        Breakdown with C categories; by bucket if rows are not independent.
    model : str
    threshold : float
    label : {0, 1}
        1: recall; 0: the false alarm rate.
    independent : bool
        Whether every row has weight 1 and belongs to no group.

    Returns
    -------
    Interval
        Shape (C,); NaN if a category has no rows of the class.

    Notes
    -----
    Exact limits of Clopper and Pearson. Each limit fails with a probability of 0.05 / (2 C), so that all C
    intervals hold together in at least 95% of samples (Bonferroni). Rows in groups or with weights count by
    their effective number (`metrics.inference.design_effect.GroupedMean.effective_rows`).

    References
    ----------
    Clopper, Pearson: The use of confidence or fiducial limits illustrated in the case of the binomial.
    Biometrika 1934.
    Korn, Graubard: Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology 1998.
    """
    counts = _CategoryCounts.count(breakdown, model, threshold, label, independent=independent)
    level = TAIL / max(1, counts.share.size)
    return Interval(counts.lower(level), counts.upper(level))


@dataclass(frozen=True)
class WorstShare:
    """Smallest share of any category, with an interval that allows for picking the smallest.

    Attributes
    ----------
    value : float
        Smallest share in the file. It is biased downwards, most strongly for many small categories of equal
        true share.
    shrunken : float
        Smallest share after all shares are shrunk towards the overall share. They shrink more the less their
        spread exceeds chance.
    low, high : float
        Ends of the 95% interval of the smallest true share.
    """

    value: float
    shrunken: float
    low: float
    high: float


def worst_share(
    breakdowns: Sequence[Breakdown],
    model: str,
    threshold: float,
    *,
    independent: bool,
) -> WorstShare:
    """Smallest recall of any category, such as the worst segment or the worst kind of defect.

    Parameters
    ----------
    breakdowns : sequence of Breakdown
        One for each column, with C categories together; by bucket if rows are not independent.
    model : str
    threshold : float
    independent : bool
        Whether every row has weight 1 and belongs to no group.

    Returns
    -------
    WorstShare
        NaN if no category has a defect.

    Notes
    -----
    The smallest true share lies above the smallest lower limit unless the limit of the worst category itself
    fails. Each lower limit therefore fails with a probability of 0.025. The smallest true share lies below
    the smallest upper limit unless one of the C limits fails. Each upper limit therefore fails with a
    probability of 0.025 / C. The spread of the true shares is estimated as by DerSimonian and Laird, column
    by column; 0 means that all true shares are equal.

    References
    ----------
    Berger: Multiparameter hypothesis testing and acceptance sampling. Technometrics 1982 (the lower end).
    DerSimonian, Laird: Meta-analysis in clinical trials. Controlled Clinical Trials 1986.
    Efron, Morris: Data analysis using Stein's estimator. JASA 1975.
    """
    columns = [
        _CategoryCounts.count(breakdown, model, threshold, 1, independent=independent)
        for breakdown in breakdowns
    ]
    n_categories = sum(int((~np.isnan(counts.share)).sum()) for counts in columns)
    if n_categories == 0:
        return WorstShare(*[float("nan")] * 4)
    return WorstShare(
        value=_smallest(counts.share for counts in columns),
        shrunken=_smallest(counts.shrunken() for counts in columns),
        low=_smallest(counts.lower(TAIL) for counts in columns),
        high=_smallest(counts.upper(TAIL / n_categories) for counts in columns),
    )


def _smallest(shares: Iterable[Floats]) -> float:
    """Smallest share in any column; categories without rows do not count."""
    return float(np.nanmin(np.concatenate(list(shares))))


@dataclass(frozen=True)
class _CategoryCounts:
    """Flagged rows of a class, and all rows of the class, by category.

    ``part`` and ``whole`` are masses by bucket. ``rows`` counts each row as 1, regardless of its weight.
    """

    part: Floats
    whole: Floats
    rows: Floats | None

    @classmethod
    def count(
        cls, breakdown: Breakdown, model: str, threshold: float, label: int, *, independent: bool
    ) -> _CategoryCounts:
        flagged, shipped = (
            n[..., label].astype(np.float64)
            for n in breakdown.flagged_and_shipped(model, threshold)
        )
        if independent:
            return cls(flagged, flagged + shipped, None)
        flagged_rows, shipped_rows = breakdown.flagged_and_shipped(model, threshold, rows=True)
        rows = (flagged_rows + shipped_rows)[..., label].sum(axis=0)
        return cls(flagged, flagged + shipped, np.asarray(rows, np.float64))

    @cached_property
    def share(self) -> Floats:
        """Share of each category; NaN if a category has no rows."""
        return ratio(self.part.sum(axis=0), self.whole.sum(axis=0))

    def trials(self, level: float, *, is_upper: bool) -> Floats:
        """Equivalent number of independent rows for a one-sided limit at this level."""
        if self.rows is None:
            return np.asarray(self.whole.sum(axis=0), np.float64)
        masses = np.array([mean_cluster_mass(mass) for mass in self.whole.T])
        grouped = share_of_buckets(self.part, self.whole, self.rows, masses)
        return grouped.effective_rows(level, is_upper=is_upper)

    def lower(self, level: float) -> Floats:
        """Exact lower limit of each share, missed with probability ``level``."""
        trials = self.trials(level, is_upper=False)
        low = clopper_pearson_lower(np.nan_to_num(self.share) * trials, trials, level)
        return np.where(np.isnan(self.share), np.nan, low)

    def upper(self, level: float) -> Floats:
        """Exact upper limit of each share, missed with probability ``level``."""
        trials = self.trials(level, is_upper=True)
        high = clopper_pearson_upper(np.nan_to_num(self.share) * trials, trials, level)
        return np.where(np.isnan(self.share), np.nan, high)

    def shrunken(self) -> Floats:
        """Shares shrunk towards the overall share. They shrink more the less their spread exceeds chance."""
        is_known = ~np.isnan(self.share)
        trials = self.trials(TAIL, is_upper=False)[is_known]
        share = self.share[is_known]
        mean = float(trials @ share / trials.sum())
        variance = mean * (1 - mean)
        size = trials.sum() - trials @ trials / trials.sum()
        shrunken_share = self.share.copy()
        if share.size < 2 or variance == 0 or size <= 0:
            return shrunken_share
        excess = trials @ (share - mean) ** 2 / variance - (share.size - 1)
        spread = max(0.0, float(excess) * variance / float(size))
        shrunken_share[is_known] = mean + spread / (spread + variance / trials) * (share - mean)
        return shrunken_share
