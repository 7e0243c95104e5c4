"""Words for the number of resamples, and for figures to expect on new data."""

from __future__ import annotations

from dashboard.words.numbers.amounts import number
from dashboard.words.numbers.figures import figure
from metrics import Objective, Scenario, Unit
from metrics.inference.bootstrap import REPLICATES
from metrics.inference.choice.optimism import AtChoice


def resampled_words(scenario: Scenario) -> str:
    """Number of resamples, and how they draw the classes."""
    how = "both classes resampled, as the file has them"
    if scenario.defect_rate is not None:
        how = "each class resampled at its own total, since the defect rate is set"
    return f"{number(REPLICATES)} resamples of the units: {how}"


def intervals_help(scenario: Scenario) -> str:
    """Help for the switch that shows intervals."""
    return (
        f"Intervals that hold the true figure in 95% of samples, from {resampled_words(scenario)}."
    )


def expected_words(o: Objective, expected: AtChoice | None, scenario: Scenario) -> str:
    """Figure to expect on new data; empty if it reads like the figure in this file.

    Figures have three digits, and counts are whole.
    """
    if expected is None:
        return ""
    rounded = [float(f"{value:.3g}") for value in (expected.expected, expected.value)]
    on_new_data, in_file = (
        figure(o, float(round(value)) if o.unit is Unit.COUNT else value, scenario)
        for value in rounded
    )
    return "" if on_new_data == in_file else on_new_data
