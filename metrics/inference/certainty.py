"""Certainty that a limit is met on new data: its levels, and the share of samples in which it is missed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from scipy.special import ndtr

from metrics.inference.interval_formulas import Z


class Certainty(StrEnum):
    """How surely a limit is met on new data."""

    CERTIFIED = "certified"
    VERY_LIKELY = "very likely"
    LIKELY = "likely"
    UNCERTAIN = "uncertain"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"


LEAST_MET = {
    Certainty.VERY_LIKELY: 0.95,
    Certainty.LIKELY: 0.75,
    Certainty.UNCERTAIN: 0.25,
    Certainty.UNLIKELY: 0.0,
}
"""Least share of the resamples that meet a limit, by certainty. A certificate is no share."""
RARELY = 1 - LEAST_MET[Certainty.VERY_LIKELY]
"""Largest share of the resamples that miss a limit that is very likely met."""


class Basis(Enum):
    """Source of the share in which a limit is missed."""

    RESAMPLES = auto()
    """The share is counted in the resamples."""
    DECIDED = auto()
    """The limit affected the choice of the point and is not clearly met, so the resamples say little."""
    INTERVAL = auto()
    """Nearly all resamples agree although the figure's interval holds the limit, which gives the share."""


@dataclass(frozen=True)
class LimitsMissed:
    """How often a limit is missed on new data.

    Attributes
    ----------
    share : float
        Share of the resamples that miss the limit, or an estimate by another basis; NaN if it is unknown.
    basis : Basis

    Notes
    -----
    A limit that affects the choice adds optimism that replicates do not show: the luckier the chosen point,
    the less optimism they show. In simulations (`tests.soak.chosen`) a limit that is not clearly met then
    holds for about half of the choices (`DECIDED`). The share is between a third and three quarters by the
    kind of choice, for any count in the replicates.
    """

    share: float = math.nan
    basis: Basis = Basis.RESAMPLES

    @property
    def is_unknown(self) -> bool:
        """Whether the share is unknown."""
        return math.isnan(self.share)

    @property
    def certainty(self) -> Certainty:
        """How surely the limit is met, apart from a certificate."""
        # The last digits of a difference of floats are rounding error.
        met = round(1 - self.share, 12)
        return next((c for c, least in LEAST_MET.items() if met >= least), Certainty.UNKNOWN)

    def exceeds(self, share: float) -> bool:
        """Whether the limit is missed more often than a share; false if nothing is known."""
        return self.share > share


NOT_KNOWN = LimitsMissed()
"""Value if nothing was resampled, or if there is no limit."""
DECIDED = LimitsMissed(0.5, Basis.DECIDED)
"""A limit that decided the pick is missed about as often as it is met."""


def share_beyond(limit: float, expected: float, end: float) -> float:
    """Share of samples beyond a limit between the expected figure and an end of its 95% interval.

    The figure is taken to be normal on each side of the expected one.
    """
    if end == expected:
        return 0.5
    return float(ndtr(-Z * abs(limit - expected) / abs(end - expected)))
