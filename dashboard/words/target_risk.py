"""Words for the risk of missing a target: table with what another threshold would gain, notes, amounts."""

from __future__ import annotations

import math
from typing import NamedTuple

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.certified import announced_looks
from dashboard.analysis.decide.better_threshold import BetterThreshold
from dashboard.analysis.decide.target_risk import BreakEvenRate, Shortfall, TargetRisk
from dashboard.analysis.picked_points import may_have_been_picked
from dashboard.words.limits.certainty import basis_words, certainty_words
from dashboard.words.limits.certified import standing_help, standing_words, why_not_certified
from dashboard.words.limits.limit_names import limit_name
from dashboard.words.limits.limits_status import PERCENT_TARGET
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers.amounts import (
    digits,
    entered,
    money,
    price_size,
    rate_words,
    to_digits,
)
from dashboard.words.numbers.figures import in_per_cent
from dashboard.words.numbers.gaps import written_gap
from dashboard.words.numbers.intervals import ends
from dashboard.words.numbers.objective_units import unit_words
from dashboard.words.phrases import CHANCE
from dashboard.words.resampling import expected_words
from metrics import OBJECTIVES, OperatingPoint, Scenario
from metrics.errors import counted
from metrics.evaluation.objective import NO_CHECKS
from metrics.inference.certainty import RARELY
from metrics.inference.certificates.certification import Standing
from metrics.inference.comparison.paired_difference import Chance

RISK_UNKNOWN = "Not known without intervals."
"""Text in place of the table of a target's risk."""


class RiskRow(NamedTuple):
    """Row of the table of a target's risk: name and figure, each with an addition in small type."""

    name: str
    about: str
    value: str
    note: str = ""


def target_words(scenario: Scenario, risk: TargetRisk) -> str:
    """Name of a target within a sentence: ``the target +30%``, or ``today’s revenue``."""
    if risk.limit is None or risk.is_against_current:
        return _current("revenue" if risk.objective.is_against_current else "figure", scenario)
    name = limit_name(risk.limit, scenario)
    kind = "" if risk.objective.is_against_current else "limit of "
    return f"the {kind}{name[:1].lower()}{name[1:]}"


def _current(what: str, scenario: Scenario) -> str:
    return f"the {what} with {NO_CHECKS}" if scenario.today is None else f"today’s {what}"


def risk_rows(analysis: Analysis, risk: TargetRisk) -> tuple[RiskRow, ...]:
    """Rows about the chance to meet a target, the mean shortfall, and the figure to expect on new data."""
    scenario = analysis.scenario
    about, value = basis_words(analysis.evaluation), certainty_words(risk.missed)
    if (proof := risk.certified) is not None:
        about = standing_help(Standing.CERTIFIED, proof, announced_looks(analysis))
        value = standing_words(Standing.CERTIFIED, proof.confidence)
    rows = [RiskRow(f"Meets {target_words(analysis.scenario, risk)}", about, value)]
    if risk.missed.exceeds(RARELY) and risk.shortfall is not None:
        short_by = shortfall_words(risk.shortfall, scenario)
        rows.append(RiskRow("Where it is missed, short by", "on average", short_by))
    interval = ends(risk.shown, risk.figure, risk.low, risk.high, scenario)
    if interval:
        about = percent_of_words(analysis) if risk.shown.id == PERCENT_TARGET else ""
        if about and scenario.payoff is not None and scenario.today is not None:
            about += ", also uncertain"
        expected = expected_words(risk.shown, risk.expected, scenario)
        note = "95% interval"
        rows.append(
            RiskRow("On new data", about, f"about {expected}", f"{interval}, {note}")
            if expected
            else RiskRow("On new data", about, interval, note)
        )
    if risk.break_even is not None:
        current = _current("revenue", scenario)
        now = f"now {rate_words(risk.break_even.assumed)}; {current} changes with it"
        rates = break_even_words(risk.break_even)
        rows.append(RiskRow("Target missed at a defect rate", now, rates))
    return tuple(rows)


def shortfall_words(shortfall: Shortfall, scenario: Scenario) -> str:
    """Size of a mean shortfall: ``€3.46 m``."""
    o = shortfall.objective
    return written_gap(o, shortfall.figure, shortfall.target, scenario).measure


def percent_of_words(analysis: Analysis) -> str:
    """Amount that a target in per cent refers to: ``of today’s €28.7 m``.

    Without prices: ``of what no checks are worth: 60 false alarms, 1 for each good unit shipped, less 5 for
    each missed defect``.
    """
    scenario, worth = analysis.scenario, analysis.current_worth
    if scenario.payoff is not None:
        who = f" with {NO_CHECKS}" if scenario.today is None else ""
        whose = "" if who else "today’s "
        return f"of {whose}{money(worth, scenario.currency)}{who}"
    who = f"{NO_CHECKS} are" if scenario.today is None else "today’s system is"
    price = "" if scenario.miss_cost_by_type else f" {entered(scenario.miss_cost)}"
    amount = f"{price_size(worth)} false alarms"
    return f"of what {who} worth: {amount}, 1 for each good unit shipped, less{price} for each missed defect"


def break_even_words(break_even: BreakEvenRate) -> str:
    """Defect rates at which a target is missed: ``below 2.69%``."""
    is_from = (break_even.rate < break_even.assumed) == break_even.is_met
    # The rate has just enough digits to differ from the assumed rate. It is rounded to the side on which the
    # target is still met.
    most = next(
        (
            most
            for most in (3, 4, 5)
            if (to_digits(100 * break_even.rate, most, up=is_from) < 100 * break_even.assumed)
            == (break_even.rate < break_even.assumed)
        ),
        6,
    )
    end = f"{digits(100 * break_even.rate, most, up=is_from)}%"
    return f"{'below' if is_from else 'above'} {end}"


def risk_notes(analysis: Analysis, risk: TargetRisk) -> list[tuple[str, str]]:
    """Notes below the table of a target's risk, each as an emphasised beginning and a rest."""
    notes, is_change = [], risk.objective.is_against_current
    if analysis.held_out == "training":
        notes.append(("The models were trained on these units", ": all this flatters them."))
    if analysis.held_out == "unknown":
        notes.append(("Only if no model was trained on these units", ": this is not specified."))
    if is_change and may_have_been_picked(analysis, analysis.current):
        notes.append(
            (
                "",
                "Today’s threshold is its cheapest in this file. If it was found here, today looks better "
                "than it is, and the gain smaller.",
            )
        )
    return notes


def uncertified_words(risk: TargetRisk) -> str:
    """Reason why a target that is rarely missed is not certified; empty for any other target."""
    return "" if risk.uncertified is None else why_not_certified(risk.uncertified.models)


def better_threshold_row(analysis: Analysis, names: Names, better: BetterThreshold) -> RiskRow:
    """Row about the best other threshold of the current system."""
    o, point = better.objective, better.point
    current, scenario = analysis.current, analysis.scenario
    model = str(point.model)
    at, now = (threshold_of(analysis.evaluation, model, p.threshold) for p in (point, current))
    place, instead = f" at {at}", "instead of"
    if better.band is not None:
        inspectors = scenario.inspectors(better.band.units)
        by = "" if inspectors is None else f" by about {counted(inspectors, 'inspector')}"
        below = threshold_of(analysis.evaluation, model, better.band.ship_below)
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
