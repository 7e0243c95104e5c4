"""Words for bootstrap resamples and for figures to expect on new data."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.words.numbers.amounts import number
from dashboard.words.numbers.figures import figure
from metrics import Objective, Scenario, Unit
from metrics.inference.optimism import AtChoice, Basis, LimitsMissed
from metrics.inference.replicated_counts import REPLICATES


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
    values = [float(f"{value:.3g}") for value in (expected.expected, expected.value)]
    on_new_data, in_file = (
        figure(o, float(round(value)) if o.unit is Unit.COUNT else value, scenario)
        for value in values
    )
    return "" if on_new_data == in_file else on_new_data


def basis_words(analysis: Analysis, missed: LimitsMissed) -> str:
    """Explanation of the share of simulations in which a limit is met."""
    if missed.basis is Basis.DECIDED:
        return (
            "A limit decided which point was picked. On new data it is met about half of the time."
        )
    if missed.basis is Basis.INTERVAL:
        return "From the 95% interval, which holds the limit although nearly all simulations agree."
    batches = ", whole batches at a time" if analysis.evaluation.tally.grouped else ""
    return f"A simulation draws these units again{batches}, and allows for the choice made on them."
