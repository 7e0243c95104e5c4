"""Words of a gap between two figures: its size, its tie, and how often it holds."""

from __future__ import annotations

import math

from metrics import Objective, Scenario
from metrics.intervals import Difference
from metrics.wording import difference

TIE = "tie"


def tied(a: float, b: float) -> bool:
    """Whether two figures are equal; sums of weights may differ in their last bits."""
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=0)


def gap_size(o: Objective, value: float, reference: float, scenario: Scenario) -> str:
    """A gap without what it is to: ``2 fewer missed defects``, or a tie."""
    if tied(value, reference):
        return TIE
    text = difference(o, value, reference, scenario, than="the other")
    for end in (" than the other", " the other", " as"):
        text = text.removesuffix(end)
    return text


def than_here(o: Objective, value: float, reference: float, scenario: Scenario) -> str:
    """A gap to the figure it stands beside: ``5 more than here``."""
    text = difference(o, value, reference, scenario, than="here")
    return text.replace(f" {o.label}", "").replace(" false alarms’ worth", "")


def settled(found: Difference) -> str:
    """How often the first is better, and whether that settles it."""
    often = f"better in {100 * found.better:.0f} of 100 resamples"
    return often if found.separated else f"not settled: {often}"
