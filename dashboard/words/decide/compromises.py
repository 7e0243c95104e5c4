"""Words for the compromises, and for what each choice costs each stakeholder."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.words.decide.alternatives import COMPROMISE_NAMES
from dashboard.words.numbers import SPACE, number
from dashboard.words.phrases import joined
from metrics.selection.compromise import Compromise


def compromises_name(same: Sequence[Compromise]) -> str:
    """Names of the compromises at one point: ``Fair option and best balance``."""
    first, *others = (COMPROMISE_NAMES[compromise.method.name] for compromise in same)
    return joined([first, *(other[:1].lower() + other[1:] for other in others)])


def lost_gain(share: float) -> str:
    """Share of a stakeholder's possible gain that a point loses.

    The possible gain is the difference between the stakeholder's own best and its worst figure at the picks
    of others.

    Examples
    --------
    >>> [lost_gain(share).replace(SPACE, " ") for share in (0, 0.684, 1)]
    ['loses nothing', 'loses 69 % of its possible gain', 'loses all of its possible gain']
    """
    per_cent = math.ceil(round(100 * share, 9))
    if per_cent <= 0:
        return "loses nothing"
    if per_cent >= 100:
        return "loses all of its possible gain"
    return f"loses {number(per_cent)}{SPACE}% of its possible gain"


LOST_GAIN_NOTE = (
    "Below each figure: how far it is from the best for that stakeholder, and the 95 % interval of that, "
    "which allows for the choice of the best. On target: in this file. Possible gain of a stakeholder: from "
    "its worst figure at another’s best to its own best."
)
"""Explanation of the regret table."""
COMPROMISES_NOTE = (
    "The fair option has the smallest worst-case loss: the largest share that a stakeholder loses is as "
    "small as possible (Chebyshev). The best balance is where the front bends most (its knee). The third has "
    "the largest product of the gains against today (Nash). Shares run from the best to the worst of the "
    "stakeholders’ best choices, so that hiding a weak model changes nothing."
)
"""Explanation of the compromises."""


def no_threshold_note(analysis: Analysis, objectives: Sequence[str]) -> str:
    """Explanation of the dashes in the row of a model that is best at any threshold; empty without dashes.

    Parameters
    ----------
    objectives : sequence of str
        Labels of the objectives that such models are best by.
    """
    if not objectives or all(
        stakeholder.objective.of_model for stakeholder in analysis.stakeholders
    ):
        return ""
    labels = list(dict.fromkeys(objectives))
    verb = "chooses" if len(labels) == 1 else "choose"
    return f"–: depends on the threshold, and {joined(labels)} {verb} none."
