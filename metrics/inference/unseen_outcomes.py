"""Outcomes with a count of zero that a file may have by chance, and their largest plausible number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.confusion import Confusion, ratio
from metrics.evaluation.shares_of_counts import DEFECTS, GOODS, Share
from metrics.inference.confidence_level import Z
from metrics.inference.design_effect import mean_of_replicates
from metrics.inference.interval_formulas import Interval, rule_of_three
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class UnseenOutcome:
    """An outcome that K points may lack, and the points' counts with its largest plausible number.

    Attributes
    ----------
    name : str
        ``fn``, ``tp``, ``fp`` or ``tn``.
    is_lacking : ndarray of bool, shape (K,)
    counts : Confusion of shape (K,)
        Counts with the largest plausible number; only meaningful for points that lack the outcome.
    """

    name: str
    is_lacking: NDArray[np.bool_]
    counts: Confusion


OUTCOMES = {1: ("fn", "tp"), 0: ("fp", "tn")}
"""Wrong and right outcome of a defect (1) and of a good unit (0)."""


def judged_wrongly(drawn: Confusion, label: int) -> Floats:
    """Share of a class that is judged wrongly in every replicate, shape (R, K)."""
    wrong, right = (getattr(drawn, outcome) for outcome in OUTCOMES[label])
    return ratio(wrong, wrong + right)


def with_unseen_outcomes(
    replicates: ReplicatedCounts,
    counts: Confusion,
    drawn: Confusion,
    along_curve: Callable[[Share, Interval], Interval] = lambda share, ends: ends,
) -> Iterator[UnseenOutcome]:
    """Yield each outcome that some points may lack.

    Parameters
    ----------
    replicates : ReplicatedCounts
    counts : Confusion of shape (K,)
        As observed.
    drawn : Confusion of shape (R, K)
        The same counts in every replicate. They may be scaled by class.
    along_curve : callable
        Makes the ends of a share at points of one curve agree with those at the other thresholds.
    """
    tally = replicates.tally
    all_shipped: Any = replicates.curves[0].counts[-1]
    for label, (wrong, right) in OUTCOMES.items():
        mass, group_mass = float(tally.class_mass[label]), replicates.cluster_masses[label]
        observed = np.stack([getattr(counts, wrong), getattr(counts, right)])
        is_lacking = (observed == 0) | tally.grouped
        if not tally.grouped:
            more = np.where(is_lacking, observed[::-1] * rule_of_three(mass / group_mass), 0.0)
        else:
            share = observed[0] / mass
            grouped = mean_of_replicates(
                share,
                np.full(share.shape, mass),
                np.full(share.shape, float(tally.rows[label])),
                judged_wrongly(drawn, label),
                replicates.blocks,
                group_mass,
            )
            wrong_share = Share((wrong,), DEFECTS if label else GOODS)
            ends = along_curve(wrong_share, grouped.interval())
            distances = mass * np.stack([ends.high - share, share - ends.low])
            more = np.sqrt(np.maximum(distances**2 - Z**2 * grouped.variance_of_sum, 0))
        for k, (unseen, opposite) in enumerate(((wrong, right), (right, wrong))):
            if not is_lacking[k].any():
                continue
            changed: dict[str, Any] = {
                unseen: getattr(counts, unseen) + more[k],
                opposite: getattr(counts, opposite) - more[k],
            }
            for sums in ("missed_value", "missed_price"):
                missed = getattr(counts, sums)
                if label == 1 and missed is not None:
                    mean = getattr(all_shipped, sums) / mass
                    changed[sums] = missed + mean * (more[k] if unseen == "fn" else -more[k])
            with_more = replace(counts, **changed)
            yield UnseenOutcome(unseen, is_lacking[k], with_more)
