"""Words for defects, groups, values or weights that are too few for reliable intervals."""

from __future__ import annotations

from metrics.errors import counted
from metrics.inference.scarcity import Scarce, Scarcity


def scarcity_words(scarcity: Scarcity) -> str:
    """Words for something scarce: ``Only 7 defects``, ``Only about 12 groups of units``."""
    count = round(scarcity.count)
    if scarcity.of is Scarce.VALUES:
        equal = f"about {counted(count, 'defect')} of equal value"
        return f"A few defects hold most of the value, which tells as much as {equal}"
    if scarcity.of is Scarce.WEIGHTS:
        equal = f"about {counted(count, 'defect')} of equal weight"
        return f"With their weights the defects tell only as much as {equal}"
    return f"Only {scarce_noun(scarcity)}"


def scarce_noun(scarcity: Scarcity) -> str:
    """A small number of defects or of groups: ``7 defects``, ``about 12 groups of units``."""
    count = round(scarcity.count)
    if scarcity.of is Scarce.DEFECTS:
        return counted(count, "defect")
    return f"about {counted(count, 'group')} of units"
