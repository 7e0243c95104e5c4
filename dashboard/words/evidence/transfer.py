"""Words for the transfer of operating points to other data: results, verdict and reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.evidence.transfer import (
    Obstacle,
    Origin,
    TransferResult,
    has_comparable_costs,
    transfer_scenario,
)
from dashboard.data.dataset import Dataset
from dashboard.words.data_size import size_facts
from dashboard.words.decide.compromises import FAIR
from dashboard.words.names import STAKEHOLDER_TITLES, Names
from dashboard.words.numbers.amounts import number, rate_words
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.objective_units import unit_noun, unit_words
from metrics import Objective, Scenario
from metrics.inference.transfer import Transfer

ON_OTHER_DATA, HOW_JUDGED = "On other data", "how it was judged"
"""Title of the panel, and label of the link to it."""
NOT_JUDGED = "Not judged on other data"
"""Finding about other data if none is open, or if it cannot be compared."""


def not_comparable_sentence(analysis: Analysis, names: Names, other: Dataset) -> str:
    """Sentence about why other data cannot be compared (`transfer_scenario` is `None`)."""
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
        return STAKEHOLDER_TITLES[result.stakeholder]
    return "Chosen point" if result.origin is Origin.SELECTED else FAIR


def first_failure(fails: Sequence[str]) -> str:
    """First figure that does not hold, and the number of further ones; empty if all hold."""
    more = f", {len(fails) - 1} more" if len(fails) > 1 else ""
    return f": {fails[0]}{more}" if fails else ""


OBSTACLES = {
    Obstacle.NO_SUCH_MODEL: "not among the models there",
    Obstacle.NOT_COUNTED: "the tally there does not count at this threshold",
}
"""Reason why a point cannot be judged on other data."""


Failures = tuple[TransferResult, ...] | None
"""Results of the selected point that do not hold on other data; `None` if none could be judged."""

HOLDS_NOTE = (
    "Each threshold is carried over as it stands. It does not hold where the figure there is worse than what "
    "was to be expected, where a larger share of the defects is missed or of the good units flagged, where a "
    "limit breaks, or where another threshold of the same model does better there, each by more than both "
    "samples’ chance."
)
"""Explanation of when a point holds."""


def transfer_facts(
    analysis: Analysis, other: Dataset, scenario: Scenario, results: Sequence[TransferResult]
) -> list[str]:
    """Facts about the other data: size, number of units that its counts are for, and defect rate."""
    facts = [
        *size_facts(dataset_counts.tally(other).rows.tolist(), other.scores.held_out),
        f"counts on both sides are for {number(scenario.units_per_year or 0)} units",
    ]
    if analysis.scenario.defect_rate is None and scenario.defect_rate is not None:
        facts.append(f"both at the defect rate here, {rate_words(scenario.defect_rate)}")
        prior = next((r.transfer.prior for r in results if r.transfer is not None), None)
        if prior is not None and prior.is_significant:
            facts.append("the defect rate there is another, which says nothing against a threshold")
    return facts


def figure_label(analysis: Analysis, o: Objective, scenario: Scenario) -> str:
    """Label of an objective with the unit of its figures in both data sets."""
    # Counts are for as many units as the first data set has: a year's units if its volume is known.
    is_yearly = analysis.scenario.units_per_year is not None
    return f"{o.label} {(unit_words if is_yearly else unit_noun)(o, scenario)}"


def verdict_words(failures: Failures) -> str:
    """Whether the selected point holds on other data, as part of a sentence."""
    if failures is None:
        return "not comparable"
    return "does not hold" if failures else "holds"


def verdict_sentence(failures: Failures, other: Dataset) -> str:
    """Sentence about whether the selected point holds on other data."""
    verdict = "cannot be judged" if failures is None else verdict_words(failures)
    return f"The chosen point {verdict} on {other.title}"


def failed_figures(analysis: Analysis, other: Dataset, failures: Failures) -> tuple[str, ...]:
    """Figures by which the selected point does not hold: ``missed defects (31, here 12)``."""
    scenario = transfer_scenario(analysis, other)
    words = []
    for result in failures or ():
        assert result.transfer is not None
        assert scenario is not None
        here, there = (
            figure(result.objective, value, scenario)
            for value in (result.transfer.here, result.transfer.there)
        )
        words.append(f"{result.objective.label} ({there}, here {here})")
    return tuple(words)


def transfer_words(transfer: Transfer) -> str:
    """Words on whether a figure holds on other data, with the reasons if it does not."""
    if math.isnan(transfer.there):
        return "undefined there"
    if transfer.holds:
        return "holds"
    reasons = []
    if not transfer.meets_condition:
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
