"""Words for compromises: names, explanation, and reasons why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.words.phrases import joined
from metrics.evaluation.objective import NO_CHECKS
from metrics.selection.compromise import UNDEFINED_TODAY, Compromise

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


def missing_words(analysis: Analysis, compromise: Compromise) -> str:
    """Reason why there is no such compromise."""
    if compromise.missing != UNDEFINED_TODAY:
        return compromise.missing
    objectives = [s.objective for s in analysis.stakeholders]
    figures = analysis.current.figures
    unknown = [o.label for o in objectives if math.isnan(figures.get(o.id, math.nan))]
    if analysis.scenario.today is not None:
        return f"needs today’s {joined(unknown)}, which is not known"
    none = f"{NO_CHECKS} have no {joined(unknown, 'or')}"
    return f"{none}: enter today’s system" if analysis.is_current_unspecified else none
