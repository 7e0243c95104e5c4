"""Sentences about the transfer of operating points to other data."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.evidence.transfer import (
    Obstacle,
    Origin,
    TransferResult,
    TransferVerdict,
    has_comparable_costs,
    transfer_scenario,
)
from dashboard.data.library import Dataset
from dashboard.words.decide.alternatives import FAIR
from dashboard.words.names import Names
from dashboard.words.numbers import figure
from metrics.inference.transfer import Transfer


def not_comparable_sentence(analysis: Analysis, names: Names, other: Dataset) -> str:
    """Sentence about why other data has no `transfer_scenario`."""
    if not has_comparable_costs(analysis, other):
        return (
            f"{other.title} does not say of which kind a defect is, and kinds have prices: costs there "
            "cannot be set against those here."
        )
    if analysis.scenario.inspection is not None:
        return (
            "People inspect here, and the band that they inspect would be another on other data: nothing on "
            f"{other.title} can be set against it."
        )
    return (
        f"{other.title} has no model {names.model(str(analysis.current.model))}, which is today’s system: "
        "nothing there can be set against today."
    )


def origin_name(result: TransferResult) -> str:
    """Name of a transferred point: the stakeholder's title, ``Chosen point`` or ``Fair option``."""
    if result.origin is Origin.PICK:
        return result.stakeholder
    return "Chosen point" if result.origin is Origin.SELECTED else FAIR


OBSTACLES = {
    Obstacle.NO_SUCH_MODEL: "not among the models there",
    Obstacle.NOT_COUNTED: "the tally there does not count at this threshold",
}
"""Reason why a point cannot be judged on other data."""


def verdict_words(verdict: TransferVerdict) -> str:
    """Whether the selected point holds, within a sentence."""
    if not verdict.is_judged:
        return "not comparable"
    return "does not hold" if verdict.failures else "holds"


def verdict_sentence(verdict: TransferVerdict, other: Dataset) -> str:
    """Sentence about whether the selected point holds on other data."""
    if not verdict.is_judged:
        return f"The chosen point cannot be judged on {other.title}"
    return f"The chosen point {verdict_words(verdict)} on {other.title}"


def failed_figures(analysis: Analysis, other: Dataset, verdict: TransferVerdict) -> tuple[str, ...]:
    """Figures by which the selected point does not hold: ``missed defects (31, here 12)``."""
    scenario = transfer_scenario(analysis, other)
    words = []
    for result in verdict.failures:
        assert result.transfer is not None
        assert scenario is not None
        here, there = (
            figure(result.objective, value, scenario)
            for value in (result.transfer.here, result.transfer.there)
        )
        words.append(f"{result.objective.label} ({there}, here {here})")
    return tuple(words)


def picks_sentence(picks: Sequence[TransferResult], other: Dataset) -> str:
    """Sentence about whether the stakeholders' picks hold on other data."""
    judged = [p for p in picks if p.transfer is not None]
    if not judged:
        if any(p.model in other.scores.models for p in picks):
            return f"{other.title} is a tally that counts at no pick’s threshold"
        return f"No pick’s model is in {other.title}"
    failed = [p.stakeholder.lower() for p in judged if p.transfer is not None and p.transfer.fails]
    if not failed:
        every = {1: "one pick holds", 2: "both picks hold", 3: "all three picks hold"}
        return f"Of the roles’ own bests, {every[len(judged)]} there"
    if len(failed) == len(judged) > 1:
        return "None of the roles’ own bests holds there"
    names = " and the ".join(failed)
    return f"The {names}’s own best {'does' if len(failed) == 1 else 'do'} not hold there"


def transfer_words(transfer: Transfer) -> str:
    """Whether a figure holds on other data, with the reasons if it does not."""
    if math.isnan(transfer.there):
        return "undefined there"
    if transfer.holds:
        return "holds"
    reasons = []
    if not transfer.kept:
        reasons.append("breaks its limit there")
    reasons += [f"breaks the limit on {limit.objective.subject} there" for limit in transfer.broken]
    if transfer.worse:
        reasons.append("worse there")
    if transfer.misses_more:
        reasons.append("a larger share of the defects is missed there")
    if transfer.flags_more:
        reasons.append("a larger share of the good units is flagged there")
    if transfer.misplaced:
        reasons.append("another threshold is better there")
    return "does not hold: " + ", ".join(reasons)
