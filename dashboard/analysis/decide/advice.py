"""Recommendation for an operating point (ship or keep): one rule for all points and the current system."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

from metrics.inference.certificates.sample_size import FEW_DEFECTS
from metrics.inference.optimism import NOT_KNOWN, LimitsMissed
from metrics.selection.picks import is_equal

TOLERABLE = 0.05
"""Largest share of resamples that may break a limit before shipping needs explicit acceptance."""


class Advice(Enum):
    """Recommended action."""

    SHIP = auto()
    SHIP_IF_ACCEPTED = auto()
    DO_NOT_SHIP = auto()
    KEEP_CURRENT = auto()
    REPLACE_CURRENT = auto()


class Objection(Enum):
    """Reason to reject a point, regardless of its other figures."""

    TRAINED_ON = auto()
    FLAGS_EVERYTHING = auto()
    FLAGS_NOTHING = auto()
    NONE_MEETS_LIMITS = auto()
    BREAKS_LIMITS = auto()
    OFTEN_BREAKS_LIMITS = auto()
    NONE_EARNS_MORE = auto()
    EARNS_NO_MORE = auto()
    CLEARLY_BEATEN = auto()


class Risk(Enum):
    """Risk that must be accepted when a point without objections is shipped."""

    MAY_BREAK_LIMITS = auto()
    GAIN_MAY_BE_CHANCE = auto()
    BEATEN_HERE = auto()
    FEW_DEFECTS = auto()


@dataclass(frozen=True)
class PointNumbers:
    """Figures of an operating point that the recommendation depends on.

    Attributes
    ----------
    is_current, is_training : bool
        Whether the point is the current system; whether the models were trained on these units.
    flagged, shipped : float
        Number of units.
    limits, broken : int
        Number of limits, and number of limits that the point breaks in the file.
    are_reachable : bool
        Whether some point meets all limits.
    missed : LimitsMissed
        How often the resamples miss a limit at the point.
    is_certified : bool
        Whether the point is certified to meet the limits.
    gain, best_gain : float
        Gain of the point over the current system, and the largest gain of a point that meets the limits; NaN
        if undefined.
    gain_may_be_chance : bool
    is_beaten_here : bool
        Whether a point that meets the limits has fewer misses and fewer false alarms in the file.
    is_clearly_beaten : bool
        Whether a point is certified to be better (`certificates.guarantee.clearly_better`). Only used for the
        current system.
    defects : int
    """

    is_current: bool
    flagged: float
    shipped: float
    defects: int
    is_training: bool = False
    limits: int = 0
    broken: int = 0
    are_reachable: bool = True
    missed: LimitsMissed = NOT_KNOWN
    is_certified: bool = False
    gain: float = math.nan
    best_gain: float = math.nan
    gain_may_be_chance: bool = False
    is_beaten_here: bool = False
    is_clearly_beaten: bool = False

    @property
    def objection(self) -> Objection | None:
        """First objection to the point; `None` if there is no objection."""
        if self.is_training:
            return Objection.TRAINED_ON
        if not self.flagged:
            return Objection.FLAGS_NOTHING
        if not self.shipped:
            return Objection.FLAGS_EVERYTHING
        if self.limits:
            if not self.are_reachable:
                return Objection.NONE_MEETS_LIMITS
            if self.broken:
                return Objection.BREAKS_LIMITS
            if self.missed.exceeds(0.5) and not self.is_certified:
                return Objection.OFTEN_BREAKS_LIMITS
        if self.is_current:
            return Objection.CLEARLY_BEATEN if self.is_clearly_beaten else None
        if self.gain < 0 or is_equal(self.gain, 0.0):  # false for NaN as well
            return Objection.EARNS_NO_MORE if self.best_gain > 0 else Objection.NONE_EARNS_MORE
        return None

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Risks that must be accepted with the point."""
        found = {
            Risk.MAY_BREAK_LIMITS: self.missed.exceeds(TOLERABLE) and not self.is_certified,
            Risk.GAIN_MAY_BE_CHANCE: self.gain_may_be_chance,
            Risk.BEATEN_HERE: self.is_beaten_here,
            Risk.FEW_DEFECTS: self.defects < FEW_DEFECTS,
        }
        return tuple(risk for risk, is_there in found.items() if is_there)

    @property
    def advice(self) -> Advice:
        """Recommendation for the point.

        Notes
        -----
        The current system is kept unless there is an objection to it. Any other point is then shipped, on
        the condition that its risks are accepted.
        """
        if self.is_current:
            return Advice.KEEP_CURRENT if self.objection is None else Advice.REPLACE_CURRENT
        if self.objection is not None:
            return Advice.DO_NOT_SHIP
        return Advice.SHIP_IF_ACCEPTED if self.risks else Advice.SHIP
