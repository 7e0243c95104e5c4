"""Words for compromises: names, explanation, and reasons why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.words.phrases import joined
from metrics.selection.compromise import Compromise

FAIR = "Fair option"
"""Name of the first compromise."""
COMPROMISE_NAMES = {
    "smallest largest regret": FAIR,
    "knee of the front": "Best balance",
    "Nash bargaining solution": "Best for all three together",
}
"""Name of a compromise by its method."""
COMPROMISES_NOTE = (
    "The fair option keeps the largest loss of any stakeholder as small as possible (Chebyshev). The best "
    "balance is where the front bends most (its knee). The best for all three together has the largest "
    "product of the gains against today (Nash). A loss is a share of the distance from a stakeholder’s best "
    "to its worst figure among the stakeholders’ best choices. Intervals allow for the choice of the best."
)
"""Explanation of the compromises."""


def compromises_name(same: Sequence[Compromise]) -> str:
    """Names of the compromises at one point: ``Fair option and best balance``."""
    first, *others = (COMPROMISE_NAMES[compromise.method.name] for compromise in same)
    return joined([first, *(other[:1].lower() + other[1:] for other in others)])
