"""That there are so few defects or groups that no figure is to be trusted far, in sentences."""

from __future__ import annotations

from dashboard.page.scenario_figures import ScenarioFigures
from dashboard.session.choices import Choices
from metrics.inference.uncertainty import scarcities
from metrics.narrative.phrases import scarcity_words


def scarcity_notices(choices: Choices, figures: ScenarioFigures) -> list[str]:
    """That there are few defects or groups, whether or not the page shows how sure its figures are."""
    consequence = (
        "the intervals hold the truth less often than they say"
        if choices.intervals
        else "every figure may be far off"
    )
    return [
        f"{scarcity_words(scarcity)}: {consequence}."
        for scarcity in scarcities(figures.evaluation.tally)
    ]
