"""Certainty that a limit is met on new data: its levels, and the share of samples in which it is missed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


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
"""Smallest share of the resamples that must meet a limit, by certainty. A certificate needs no share."""
RARELY = 1 - LEAST_MET[Certainty.VERY_LIKELY]
"""Largest share of the resamples that miss a limit that is very likely met."""


@dataclass(frozen=True)
class LimitsMissed:
    """How often a limit is missed on new data.

    Attributes
    ----------
    share : float
        Share of the samples of new data (`samples_in_interval`) that miss the limit; NaN if it is unknown.
    """

    share: float = math.nan

    @property
    def is_unknown(self) -> bool:
        """Whether the share is unknown."""
        return math.isnan(self.share)

    @property
    def certainty(self) -> Certainty:
        """How surely the limit is met, without regard to certificates."""
        # The last digits of a difference of floats are rounding error.
        met = round(1 - self.share, 12)
        return next((c for c, least in LEAST_MET.items() if met >= least), Certainty.UNKNOWN)

    def exceeds(self, share: float) -> bool:
        """Whether the limit is missed more often than a share; False if the share is unknown."""
        return self.share > share


NOT_KNOWN = LimitsMissed()
"""Value if nothing was resampled, or if there is no limit."""
