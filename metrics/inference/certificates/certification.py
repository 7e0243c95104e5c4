"""Certification: limits that are certified at each operating point, and the rows that a certificate needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.evaluation import Evaluation
from metrics.inference.certificates.guarantee import (
    can_be_guaranteed,
    error_of_look,
    is_guaranteed,
)
from metrics.inference.certificates.limit_conditions import condition_of
from metrics.inference.certificates.shares_of_rows import SharesOfRows
from metrics.inference.certificates.unit_losses import LossLimit
from metrics.inference.confidence_level import LEVEL
from metrics.selection.limits import Limit


class Standing(Enum):
    """Status of a limit at an operating point."""

    CERTIFIED = "certified"
    MET = "met here"
    NOT_MET = "not met"


@dataclass(frozen=True)
class Needed:
    """Smallest number of rows that can certify a limit on a share, if none of them is a failure.

    Attributes
    ----------
    count : int
        Smallest n with s ** n <= e / M, for a limited share s; `guaranteed` defines e and M.
    of : tuple of str
        Outcomes of the rows, such as those of defects for a limit on recall.
    """

    count: int
    of: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Certification:
    """Operating points that are certified to meet each limit, and all limits together, on the population.

    Attributes
    ----------
    each : tuple of ndarray of bool, shape (n,), or None
        For each limit: whether each of the `operating_points` is certified; `None` if the limit cannot be
        certified.
    together : ndarray of bool, shape (n,), or None
        The same for all limits that can be certified together; `None` if no limit can be certified.
    needed : tuple of Needed or None
        For each limit; `None` if it is not on a share that only grows or only falls with the threshold.
    models : int
        Number of models to choose from.
    """

    limits: tuple[Limit, ...]
    each: tuple[NDArray[np.bool_] | None, ...]
    together: NDArray[np.bool_] | None
    needed: tuple[Needed | None, ...]
    models: int
    confidence: float

    def standing(self, limit: int, position: int, *, is_met: bool) -> Standing:
        """Status of a limit at an operating point.

        Parameters
        ----------
        limit, position : int
            Index of the limit, and of the operating point.
        is_met : bool
            Whether the figure of the point in the file meets the limit.
        """
        if not is_met:
            return Standing.NOT_MET
        certified = self.each[limit]
        is_certified = certified is not None and certified[position]
        return Standing.CERTIFIED if is_certified else Standing.MET

    def standing_of_all(self, position: int, *, are_met: bool) -> Standing:
        """Status of all limits together; certified only if every limit can be certified."""
        if not are_met:
            return Standing.NOT_MET
        can_all_be = all(certified is not None for certified in self.each)
        is_certified = can_all_be and self.together is not None and self.together[position]
        return Standing.CERTIFIED if is_certified else Standing.MET


def certification(
    evaluation: Evaluation,
    limits: Sequence[Limit],
    *,
    confidence: float = LEVEL,
    shares: SharesOfRows | None = None,
) -> Certification:
    """Certify limits at all operating points, each limit by itself and all limits together.

    Parameters
    ----------
    evaluation : Evaluation
    limits : sequence of Limit
        May include limits that cannot be certified.
    confidence : float
        See `guaranteed`.
    shares : SharesOfRows, optional
        Cached shares of the evaluation's tally.
    """
    shares = shares or SharesOfRows(evaluation.tally, evaluation.curves)
    testable = [limit for limit in limits if can_be_guaranteed(limit, evaluation)]

    def certified(some: Sequence[Limit]) -> NDArray[np.bool_]:
        return is_guaranteed(evaluation, some, confidence=confidence, shares=shares)

    each = {limit: certified([limit]) for limit in testable}
    together = None
    if testable:
        together = each[testable[0]] if len(testable) == 1 else certified(testable)
    return Certification(
        limits=tuple(limits),
        each=tuple(each.get(limit) for limit in limits),
        together=together,
        needed=tuple(
            rows_without_failure(limit, evaluation, confidence) if limit in each else None
            for limit in limits
        ),
        models=len(evaluation.curves),
        confidence=confidence,
    )


def rows_without_failure(
    limit: Limit, evaluation: Evaluation, confidence: float = LEVEL
) -> Needed | None:
    """Smallest number of rows that can certify a limit on a share, if none of them is a failure.

    Returns
    -------
    Needed or None
        `None` if the limit is not on a share that only grows or only falls with the threshold.
    """
    condition = condition_of(limit, evaluation)
    if isinstance(condition, LossLimit) or not condition.slope:
        return None
    allowed_failures = condition.value if condition.is_ceiling else 1 - condition.value
    if not 0 < allowed_failures < 1:
        return None
    level = error_of_look(confidence, evaluation) / len(evaluation.curves)
    count = math.log(level) / math.log1p(-allowed_failures)
    # Rounding errors must not add a row.
    return Needed(math.ceil(count - 1e-9), condition.share.whole)
