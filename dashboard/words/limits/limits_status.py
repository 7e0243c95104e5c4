"""Words for limits: how surely a point meets them, what no point reaches, and the fields of a target."""

from __future__ import annotations

import math

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.certified import announced_looks
from dashboard.analysis.limits import LimitsStatus, limits_status, obstacle
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.optimism import expectation
from dashboard.analysis.selection import Selection
from dashboard.words.limits.certainty import (
    LEVELS,
    basis_words,
    certainty_in_short,
    certainty_words,
)
from dashboard.words.limits.certified import (
    MET,
    MISSED,
    needed_rows_sentences,
    standing_help,
    standing_words,
)
from dashboard.words.limits.limit_names import (
    NEEDS_CURRENT_REVENUE,
    TARGET,
    limit_figure,
    limit_name,
    limit_value,
)
from dashboard.words.names import current_title
from dashboard.words.numbers.amounts import money
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import capital
from dashboard.words.resampling import expected_words
from metrics import Bound, Direction, Objective, OperatingPoint, Scenario
from metrics.evaluation.objective import NO_CHECKS
from metrics.inference.certainty import Certainty, LimitsMissed
from metrics.inference.certificates.certification import Certification, Standing
from metrics.inference.confidence_level import LEVEL


def limit_line_words(bound: Bound, scenario: Scenario) -> str:
    """Name of a limit at its line on a chart: ``target +30%``, or ``recall at least 80%``."""
    if bound.objective.is_against_current:
        name = limit_name(bound, scenario)
        return name[:1].lower() + name[1:]
    return f"{bound.objective.label} {limit_value(bound, scenario)}"


IF_HELD_OUT = " if no model saw these rows"
"""Condition that is added to a certain statement if it is unknown whether the rows were held out."""
MISSED_HERE = "missed here; "
"""Words before the certainty of a limit that is missed in the file."""
ROWS_SEEN = "met, but models saw these rows"
"""Status of a limit that is met on rows that the models were trained on."""


def longest_status(if_held_out: str) -> str:
    """Longest status of a limit. A page reserves room for it, so that nothing moves during a drag."""
    statuses = (
        f"{standing_words(Standing.CERTIFIED, LEVEL)}{if_held_out}",
        ROWS_SEEN,
        f"{certainty_words(LimitsMissed(0.005))}{if_held_out}",
        f"{MISSED_HERE}{certainty_words(LimitsMissed(0.995))}",
    )
    return max(statuses, key=len)


def limits_status_words(analysis: Analysis, status: LimitsStatus) -> str:
    """How surely a point meets the limits; empty without limits.

    For example ``Target +30%: uncertain, met in 61% of simulations``. The least sure of several is named.
    """
    words = _status_words(analysis, status)
    if status.least_sure is None:
        return words
    return f"{words}{least_sure_words(status.least_sure)}"


def least_sure_words(bound: Bound) -> str:
    """Words that name the least sure of several limits: ``; least sure: recall``."""
    o = bound.objective
    return f"; least sure: {TARGET if o.is_against_current else o.label}"


def _status_words(analysis: Analysis, status: LimitsStatus) -> str:
    """`limits_status_words` for all limits together."""
    if not status.limits:
        return ""
    subject = _subject(analysis, status)
    if status.are_rows_seen:
        return f"{subject} {MISSED if status.is_broken else ROWS_SEEN}"
    if_held_out = IF_HELD_OUT if analysis.held_out == "unknown" else ""
    certification, certainty = status.certification, certainty_words(status.missed)
    if certification is not None and (status.standing is Standing.CERTIFIED or not certainty):
        return f"{subject} {standing_words(status.standing, certification.confidence)}{if_held_out}"
    if status.is_broken:
        return f"{subject} {MISSED_HERE}{certainty}" if certainty else f"{subject} {MISSED}"
    is_sure = status.certainty is Certainty.VERY_LIKELY
    return f"{subject} {certainty or MET}{if_held_out if is_sure else ''}"


def level_words(status: LimitsStatus) -> str:
    """How surely limits are met, in the short form: ``uncertain: 61%``; in this file if that is unknown."""
    if status.certainty is Certainty.CERTIFIED:
        return str(status.certainty)
    in_file = MISSED if status.is_broken else MET
    return f"{in_file} here" if status.missed.is_unknown else certainty_in_short(status.missed)


def _subject(analysis: Analysis, status: LimitsStatus) -> str:
    count = len(analysis.limits)
    if len(status.limits) == 1:
        return f"{limit_name(status.limits[0], analysis.scenario)}:"
    if status.is_broken:
        return f"{len(status.limits)} of {count} limits:"
    return f"{'Both' if count == 2 else f'All {count}'} limits:"


def limits_status_details(
    analysis: Analysis, status: LimitsStatus, result: Certification | None
) -> str:
    """Tooltip of the status: explanation of the words, of "certified", and of the rows it would take."""
    details, missed = [], status.missed
    share = missed.share
    if not missed.is_unknown:
        details.append(f"{LEVELS} {basis_words(analysis.evaluation)}")
    if result is not None:
        details.append(standing_help(status.standing, result, announced_looks(analysis), share))
        details += needed_rows_sentences(result, analysis.evaluation.tally)
    return " ".join(filter(None, details))


def obstacle_words(analysis: Analysis) -> str:
    """Reason why the limits leave no point worth selecting; empty if they leave a point.

    For example ``Nothing reaches +45% in this file: the most is +31%.``
    """
    reason = obstacle(analysis)
    if reason is None:
        return ""
    limits, scenario = analysis.limits, analysis.scenario
    the_limits = "the limit" if len(limits) == 1 else "the limits"
    if not reason.is_unreachable:
        return f"Nothing that meets {the_limits} has cheaper errors than {current_title(analysis.scenario)}."
    if math.isnan(reason.best):
        return f"No choice meets {the_limits}."
    [bound] = limits
    o = bound.objective
    most = "most" if o.direction is Direction.MAXIMISE else "least"
    best = f"the {most} is {figure(o, reason.best, scenario)}."
    if o.is_against_current:
        return f"Nothing reaches {limit_figure(bound, scenario)} in this file: {best}"
    return f"No choice meets {the_limits}: {best}"


def limit_at_words(selection: Selection, bound: Bound, point: OperatingPoint) -> str:
    """One or two sentences about a limit at a point that is not selected yet."""
    scenario, o = selection.analysis.scenario, bound.objective
    value = point.figures.get(o.id, math.nan)
    missed, written = limits_missed(selection.analysis, [bound], point), figure(o, value, scenario)
    if not bound.is_met(value):
        certainty = certainty_words(missed)
        remark = f" ({certainty})" if certainty else ""
        if not o.is_against_current:
            return (
                f"{capital(o.label)}: then {written}, not {limit_value(bound, scenario)}{remark}."
            )
        target = f"your {limit_figure(bound, scenario)} target"
        return f"{_then(o)} {written}, below {target}{remark}."
    words = f"{limit_name(bound, scenario)}: {certainty_words(missed) or MET}."
    if len(selection.analysis.limits) == 1:  # in the words of the answer at this point
        status = limits_status(selection.analysis, point, at_rest=True)
        words = f"{limits_status_words(selection.analysis, status)}."
    if not o.is_against_current:
        return words
    expected = expected_words(o, expectation(selection.analysis, o, point), scenario)
    expect = f", about {expected} on new data" if expected else ""
    return f"{_then(o)} {written}{expect}. {words}"


def _then(o: Objective) -> str:
    """Beginning of a sentence about a change from the current system: ``Change in revenue is then``."""
    return f"{capital(o.change_of)} {'are' if o.change_of.endswith('s') else 'is'} then"


PERCENT_TARGET, ABSOLUTE_TARGET = "revenue_impact_percent", "revenue_impact"
"""Objectives of a target in per cent of the current revenue, and of one without prices."""


def target_id(scenario: Scenario) -> str:
    """Objective of the target whose field is shown even if no target is set."""
    return ABSOLUTE_TARGET if scenario.payoff is None else PERCENT_TARGET


def no_percent_target_words(analysis: Analysis) -> str:
    """Reason why no target in per cent of revenue can be set; empty if it can, and without prices."""
    if target_id(analysis.scenario) in analysis.objectives:
        return ""
    earned = analysis.current_revenue
    if analysis.is_current_unspecified and not earned > 0:
        loss = f"With {NO_CHECKS} you lose {money(-earned, analysis.scenario.currency)}"
        return (
            f"{NEEDS_CURRENT_REVENUE} {loss}: enter today’s system, or set a target in "
            f"{analysis.scenario.currency}."
        )
    currency, who = analysis.scenario.currency, current_title(analysis.scenario)
    does = "earn" if analysis.scenario.today is None else "earns"
    if earned < 0:
        does = "lose" if analysis.scenario.today is None else "loses"
    what = money(abs(earned), currency) if earned else "nothing"
    return f"{capital(who)} {does} {what}, so +30% means nothing: set a target in {currency}."
