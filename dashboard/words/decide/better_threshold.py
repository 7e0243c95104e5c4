"""Row of the table of risks: what moving only the current system's threshold would gain."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.better_threshold import BetterThreshold
from dashboard.words.chance import CHANCE
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers.figures import in_per_cent
from dashboard.words.numbers.gaps import written_gap
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.target_risk import RiskRow
from metrics import OBJECTIVES, OperatingPoint, Scenario
from metrics.errors import counted
from metrics.inference.comparison.paired_difference import Chance


def better_threshold_row(analysis: Analysis, names: Names, better: BetterThreshold) -> RiskRow:
    """Row about the best other threshold of the current system."""
    o, point = better.objective, better.point
    current, scenario = analysis.current, analysis.scenario
    model = str(point.model)
    at, now = (threshold_of(analysis.figures, model, p.threshold) for p in (point, current))
    place, instead = f" at {at}", "instead of"
    if better.band is not None:
        inspectors = scenario.inspectors(better.band.units)
        by = "" if inspectors is None else f" by about {counted(inspectors, 'inspector')}"
        below = threshold_of(analysis.figures, model, better.band.ship_below)
        inspected = in_per_cent(better.band.inspected)
        place = f", with {inspected} of the units inspected{by}, from {below} to {at},"
        instead = "instead of at"
    gap = written_gap(o, point.figures[o.id], current.figures[o.id], scenario)
    gain = f"{gap.measure} {'more' if gap.is_more else 'less'} {o.change_of or o.label}"
    hedge = "" if better.chance is Chance.UNKNOWN else f" ({CHANCE[better.chance]})"
    share_of_gain = f"{round(100 * better.gain / better.most)}% of the best model’s gain"
    return RiskRow(
        "If only today’s threshold moved",
        f"{names.model(model)}{place} {instead} {now}",
        f"{gain} {unit_words(o, scenario)}{hedge}",
        ", ".join(filter(None, (_change_of_missed(point, current, scenario), share_of_gain))),
    )


def _change_of_missed(point: OperatingPoint, current: OperatingPoint, scenario: Scenario) -> str:
    o = OBJECTIVES["missed_defects"]
    value, reference = (p.figures.get(o.id, math.nan) for p in (point, current))
    if not math.isfinite(value - reference):
        return ""
    gap = written_gap(o, value, reference, scenario)
    return "" if gap.is_same else gap.than("today")
