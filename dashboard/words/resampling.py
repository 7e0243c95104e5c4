"""What a resample is, in words."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from metrics import Scenario


def resampled_words(scenario: Scenario) -> str:
    """What a resample draws."""
    if scenario.defect_rate is None:
        return "both classes resampled, as the file has them"
    return "each class resampled at its own total, since the defect rate is set"


def again_words(analysis: Analysis) -> str:
    """What a resample is, where one is first spoken of."""
    batches = ", whole batches at a time" if analysis.evaluation.tally.grouped else ""
    return f"these units drawn again{batches}"
