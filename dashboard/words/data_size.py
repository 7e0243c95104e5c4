"""Words for the size of a data set: units, defects, held-out rows, and what is too scarce for intervals."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.words.numbers.amounts import number, rate_words
from metrics.errors import counted
from metrics.inference.scarcity import Scarce, Scarcity

HELD_OUT = {
    "held-out": "held out",
    "out-of-fold": "out of fold",
    "training": "TRAINING ROWS: the figures flatter every model",
    "unknown": "not said whether held out",
}
"""Relation of the rows to the training of the models, by the value of ``held_out``."""
CHECKED = {
    "all": "all units",
    "flagged": "only flagged units",
    "audit": "flagged units and a sample of the rest",
}
"""Units whose label was checked, by the value of ``labels_from``."""


def size_facts(rows: Sequence[int], held_out: str) -> list[str]:
    """Number of units, whether they were held out, and the share of defects.

    Parameters
    ----------
    rows : sequence of int
        Numbers of good units and of defects.

    Examples
    --------
    >>> [" ".join(fact.split()) for fact in size_facts([975, 25], "held-out")]
    ['1,000 units', 'held out', '2.5% defective (25)']
    """
    goods, defects = rows
    units = goods + defects
    return [
        counted(units, "unit"),
        HELD_OUT[held_out],
        f"{rate_words(defects / units)} defective ({number(defects)})",
    ]


def size_sentence(rows: Sequence[int], held_out: str) -> str:
    """All facts of `size_facts` in a sentence."""
    return f"{', '.join(size_facts(rows, held_out))}."


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
