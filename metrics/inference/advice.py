"""Recommendation for an operating point (ship or keep): one rule for all points and the current system."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from metrics.inference.certificates.sample_size import FEW_DEFECTS
from metrics.inference.optimism import NOT_KNOWN, LimitsMissed
from metrics.selection.picks import is_equal

TOLERABLE = 0.05
"""Largest share of resamples that may break a limit before shipping needs explicit acceptance."""


class Advice(Enum):
    """Recommended action."""

    SHIP = "ship"
    SHIP_IF_ACCEPTED = "ship if its risks are accepted"
    DO_NOT_SHIP = "do not ship"
    KEEP_CURRENT = "keep the current system"
    REPLACE_CURRENT = "replace the current system"


class Objection(Enum):
    """Reason to reject a point, regardless of its other figures."""

    TRAINED_ON = "the models were trained on these units"
    FLAGS_EVERYTHING = "it flags everything"
    FLAGS_NOTHING = "it flags nothing"
    NONE_MEETS_LIMITS = "no point meets all limits"
    BREAKS_LIMITS = "it breaks a limit"
    OFTEN_BREAKS_LIMITS = "it breaks a limit in more than half of the resamples"
    NONE_EARNS_MORE = "no point that meets the limits earns more than the current system"
    EARNS_NO_MORE = "it earns no more than the current system"
    CLEARLY_BEATEN = "another point is clearly better"


class Risk(Enum):
    """Risk that must be accepted when a point without objections is shipped."""

    MAY_BREAK_LIMITS = "it breaks a limit in too many resamples"
    GAIN_MAY_BE_CHANCE = "its gain over the current system could be chance"
    BEATEN_HERE = "another point has fewer misses and fewer false alarms in this file"
    FEW_DEFECTS = "few defects"


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


def objection_to(point: PointNumbers) -> Objection | None:
    """First objection to a point; `None` if there is no objection."""
    if point.is_training:
        return Objection.TRAINED_ON
    if not point.flagged:
        return Objection.FLAGS_NOTHING
    if not point.shipped:
        return Objection.FLAGS_EVERYTHING
    if point.limits:
        if not point.are_reachable:
            return Objection.NONE_MEETS_LIMITS
        if point.broken:
            return Objection.BREAKS_LIMITS
        if point.missed.exceeds(0.5) and not point.is_certified:
            return Objection.OFTEN_BREAKS_LIMITS
    if point.is_current:
        return Objection.CLEARLY_BEATEN if point.is_clearly_beaten else None
    if point.gain < 0 or is_equal(point.gain, 0.0):  # false for NaN as well
        return Objection.EARNS_NO_MORE if point.best_gain > 0 else Objection.NONE_EARNS_MORE
    return None


def risks_of(point: PointNumbers) -> tuple[Risk, ...]:
    """Risks that must be accepted with a point."""
    found = {
        Risk.MAY_BREAK_LIMITS: point.missed.exceeds(TOLERABLE) and not point.is_certified,
        Risk.GAIN_MAY_BE_CHANCE: point.gain_may_be_chance,
        Risk.BEATEN_HERE: point.is_beaten_here,
        Risk.FEW_DEFECTS: point.defects < FEW_DEFECTS,
    }
    return tuple(risk for risk, is_there in found.items() if is_there)


def advise(point: PointNumbers) -> Advice:
    """Recommendation for a point.

    Notes
    -----
    The current system is kept unless there is an objection to it. Any other point is then shipped, on the
    condition that its risks are accepted.
    """
    objection = objection_to(point)
    if point.is_current:
        return Advice.KEEP_CURRENT if objection is None else Advice.REPLACE_CURRENT
    if objection is not None:
        return Advice.DO_NOT_SHIP
    return Advice.SHIP_IF_ACCEPTED if risks_of(point) else Advice.SHIP
