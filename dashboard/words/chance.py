"""Words on whether a difference is clear or may be chance."""

from __future__ import annotations

import math

from metrics.inference.comparison.paired_difference import Chance, PairedDifference

MAY_BE_CHANCE = "may be chance"
CHANCE = {Chance.CLEAR: "clear", Chance.POSSIBLE: MAY_BE_CHANCE, Chance.UNKNOWN: "unknown"}
"""Words on whether a difference may be chance."""
OF_SIMULATIONS = "How sure, % of simulations"
"""Head of a column of `chance_words`."""


def chance_words(gap: PairedDifference) -> str:
    """Whether a gap may be chance, and in what per cent of simulations the first is better or worse.

    The head `OF_SIMULATIONS` explains the number.
    """
    if math.isnan(gap.better):
        return CHANCE[gap.chance]
    better = round(100 * gap.better)
    often = f"better in {better}" if better >= 50 else f"worse in {100 - better}"
    return f"{CHANCE[gap.chance]}: {often}"
