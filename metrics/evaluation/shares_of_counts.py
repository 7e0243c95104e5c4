"""Standard objectives as shares of counts, for exact intervals: recall is the share of defects flagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import Objective
from metrics.scenario.scenario import Scenario
from metrics.tally.kernel import Floats

DEFECTS, GOODS = ("tp", "fn"), ("fp", "tn")
UNITS = DEFECTS + GOODS
"""Names of the counts of all units."""
FIXED = DEFECTS, GOODS, UNITS
"""Groups of outcomes that have the same sum at every threshold."""


def sum_of(counts: Mapping[str, NDArray[Any]], names: tuple[str, ...]) -> NDArray[Any]:
    """Sum of the counts with some names."""
    return np.sum([counts[name] for name in names], axis=0)


@dataclass(frozen=True)
class Share:
    """Outcomes as a share of other outcomes, times a factor.

    Attributes
    ----------
    part, whole : tuple of str
        Names of the counts in the numerator and in the denominator.
    factor : float
        Multiplier that turns the share into the figure.
    """

    part: tuple[str, ...]
    whole: tuple[str, ...]
    factor: float = 1.0

    @property
    def order(self) -> int:
        """1 if the share never falls as the threshold rises, -1 if it never rises, otherwise 0."""
        if self.whole not in FIXED:
            return 0
        return 1 if {*self.part} <= {"fn", "tn"} else -1 if {*self.part} <= {"tp", "fp"} else 0


@dataclass(frozen=True)
class Odds:
    """Odds that are a ratio of two shares, each of one class.

    Attributes
    ----------
    factor : float
        Multiplier that turns the share with these odds into the figure.
    """

    first: Share
    second: Share
    factor: float = 1.0


def share_of(objective: Objective, mass: Floats, scenario: Scenario) -> Share | Odds | None:
    """A standard objective as a share of counts, or as a ratio of two shares; `None` if it is neither.

    Parameters
    ----------
    objective : Objective
    mass : ndarray, shape (2,)
        Good units and defects of the file.
    scenario : Scenario

    Notes
    -----
    Observed counts vary with the number of defects in the sample, so they are shares of all rows. If the
    scenario sets a defect rate, each class has a fixed total. The odds of precision are then the odds of the
    defect rate times recall over the false alarm rate. If people inspect, counts are not whole numbers, so no
    objective is a share.
    """
    if scenario.inspection is not None or not objective.is_standard:
        return None
    on_defects, on_goods = scenario.factors(mass)
    goods, defects = mass[0] * on_goods, mass[1] * on_defects
    shares: dict[str, Share | Odds] = {
        "recall": Share(("tp",), DEFECTS),
        "missed_defects_per_1000_defects": Share(("fn",), DEFECTS, 1000.0),
    }
    if scenario.defect_rate is None:
        units = goods + defects
        shares |= {
            "missed_defects": Share(("fn",), UNITS, units),
            "false_alarms": Share(("fp",), UNITS, units),
            "misclassified_units": Share(("fn", "fp"), UNITS, units),
            "missed_defects_per_1000_units": Share(("fn",), UNITS, 1000.0),
            "share_flagged": Share(("tp", "fp"), UNITS),
            "precision": Share(("tp",), ("tp", "fp")),
            "shipped_defects_per_million": Share(("fn",), ("fn", "tn"), 1e6),
        }
    else:
        shares |= {
            "missed_defects": Share(("fn",), DEFECTS, defects),
            "false_alarms": Share(("fp",), GOODS, goods),
            "missed_defects_per_1000_units": Share(("fn",), DEFECTS, 1000.0 * scenario.defect_rate),
            "precision": Odds(Share(("tp",), DEFECTS), Share(("fp",), GOODS)),
            "shipped_defects_per_million": Odds(
                Share(("fn",), DEFECTS), Share(("tn",), GOODS), 1e6
            ),
        }
    return shares.get(objective.id)
