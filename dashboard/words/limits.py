"""Words for limits: names, whether a point meets them, and feasibility."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.certified import certified, certified_points
from dashboard.analysis.limits import (
    LimitsStatus,
    asks_for_current_level,
    broken_limits,
    certified_models,
    obstacle,
)
from dashboard.analysis.limits_missed import limits_missed
from dashboard.analysis.optimism import expectation
from dashboard.analysis.selection import Selection
from dashboard.words.certainty import LEVELS, basis_words, certainty_in_short, certainty_words
from dashboard.words.certified import MET, MISSED, explained, look_words, short, what_it_takes
from dashboard.words.limit_names import NEEDS_CURRENT_REVENUE, TARGET, limit_figure, limit_noun
from dashboard.words.names import Names, current_title
from dashboard.words.numbers.amounts import money, number
from dashboard.words.numbers.figures import figure
from dashboard.words.phrases import FLAGGING, capital, every, is_unpriced, joined, wanted
from dashboard.words.resampling import expected_words
from metrics import Bound, Direction, Objective, OperatingPoint, Scenario, Unit
from metrics.evaluation.objective import NO_CHECKS
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.certainty import Certainty, LimitsMissed
from metrics.inference.certificates.certification import Certification, Standing
from metrics.inference.certificates.guarantee import CONFIDENCE
from metrics.scenario.inspection import DAYS
from metrics.scenario.scenario import Looks
from metrics.selection.feasibility import Feasibility, cheapest_among


def limit_name(bound: Bound, scenario: Scenario) -> str:
    """A limit in one line: ``Target +30%``, or ``Recall at least 80%``."""
    if asks_for_current_level(bound):
        current = "with no checks" if scenario.today is None else "today"
        if is_unpriced(bound.objective, scenario):
            return f"Errors cost no more than {current}"
        return f"No less {bound.objective.change_of} than {current}"
    if bound.objective.is_against_today:
        current = NO_CHECKS if scenario.today is None else "today"
        against = "" if bound.objective.unit is Unit.PERCENT else f" against {current}"
        return f"Target {limit_figure(bound, scenario)}{against}"
    return f"{capital(bound.objective.subject)} {wanted(bound, scenario)}"


def limit_line_words(bound: Bound, scenario: Scenario) -> str:
    """Name of a limit at its line on a chart: ``target +30%``, or ``recall at least 80%``."""
    if bound.objective.is_against_today:
        name = limit_name(bound, scenario)
        return name[:1].lower() + name[1:]
    return f"{bound.objective.label} {wanted(bound, scenario)}"


IF_HELD_OUT = " if no model saw these rows"
"""Condition that is added to a certain statement if it is unknown whether the rows were held out."""
MISSED_HERE = "missed here; "
"""Words before the certainty of a limit that is missed in the file."""
ROWS_SEEN = "met, but models saw these rows"
"""Status of a limit that is met on rows that the models were trained on."""


def longest_status(if_held_out: str) -> str:
    """Longest status of a limit. A page reserves room for it, so that nothing moves during a drag."""
    statuses = (
        f"{short(Standing.CERTIFIED, CONFIDENCE)}{if_held_out}",
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
    return f"; least sure: {TARGET if o.is_against_today else o.label}"


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
        return f"{subject} {short(status.standing, certification.confidence)}{if_held_out}"
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
        details.append(f"{LEVELS} {basis_words(analysis)}")
    if result is not None:
        looks = announced_looks(analysis)
        details.append(explained(status.standing, result.confidence, result.models, share, looks))
        details += what_it_takes(result, analysis.evaluation.tally)
    return " ".join(filter(None, details))


def announced_looks(analysis: Analysis) -> Looks | None:
    """Looks at growing data that were announced; `None` for a single look."""
    looks = analysis.scenario.looks
    return None if looks is None or looks.of == 1 else looks


def obstacle_words(analysis: Analysis) -> str:
    """Reason why the limits leave no point worth selecting; empty if they leave a point.

    For example ``Nothing reaches +45%: the most is +31%.``
    """
    reason = obstacle(analysis)
    if reason is None:
        return ""
    limits, scenario = analysis.limits, analysis.scenario
    the_limits = "the limit" if len(limits) == 1 else "the limits"
    if not reason.is_unreachable:
        return f"Nothing that meets {the_limits} has cheaper errors than today."
    if math.isnan(reason.best):
        return f"No choice meets {the_limits}."
    [bound] = limits
    o = bound.objective
    most = "most" if o.direction is Direction.MAXIMISE else "least"
    best = f"the {most} is {figure(o, reason.best, scenario)}."
    if o.is_against_today:
        return f"Nothing reaches {limit_figure(bound, scenario)}: {best}"
    return f"No choice meets {the_limits}: {best}"


def limits_finding(analysis: Analysis, names: Names, feasibility: Feasibility) -> str:
    """Finding of the Limits page: how many models meet the limits."""
    limits, points = analysis.limits, analysis.points
    the_limits = f"the {limit_noun(analysis)}" if len(limits) == 1 else every(len(limits), "limit")
    if feasibility.is_feasible:
        able = points[feasibility.meets & is_ordinary(points)]["model"].unique()
        among = len(analysis.models)
        if among == 1:
            return f"In this file {names.model(str(able[0]))} meets {the_limits}"
        if len(able) == 1:
            return f"In this file only {names.model(str(able[0]))} meets {the_limits}"
        all_of_them = "both" if among == 2 else f"all {among}"
        many = all_of_them if len(able) == among else f"{len(able)} of {among}"
        return f"In this file {many} models meet {the_limits}"
    if feasibility.extremes:
        return (
            f"Only {joined([FLAGGING[e] for e in feasibility.extremes], 'or')} meets {the_limits}"
        )
    return f"No point meets {the_limits}"


def limits_table(
    analysis: Analysis, names: Names, feasibility: Feasibility
) -> tuple[list[str], list[list[str]]]:
    """Heads and rows of the table of limits.

    A row has the models that meet a limit in this file, those that are certified to meet it if that is known,
    the best possible figure, and the value to which relaxing this limit alone suffices if no point meets all.
    """
    certain, relaxations, scenario = (
        _certified_models(analysis, names),
        feasibility.relaxations,
        analysis.scenario,
    )
    heads = [
        "Limit",
        "Met by",
        *(["Certified at a threshold of"] if certain else []),
        "Best possible",
    ]
    heads += ["If only this limit gives way, to"] if relaxations else []
    rows = []
    for k, attained in enumerate(feasibility.attainability):
        bound = attained.bound
        best = "undefined at every point"
        if attained.point is not None:
            best = figure(bound.objective, attained.best, scenario)
        rows.append(
            [
                f"{bound.objective.subject} {wanted(bound, scenario)}",
                _models_words(analysis, names, attained.models),
                *certain[k : k + 1],
                best,
                *(
                    "does not help" if w is None else wanted(w.bound, scenario)
                    for w in relaxations[k : k + 1]
                ),
            ]
        )
    return heads, rows


def _models_words(analysis: Analysis, names: Names, models: Sequence[str]) -> str:
    """Words for some of the models: ``no model``, ``a only`` or ``3 of 11 models``."""
    if not models:
        return "no model"
    if len(models) == 1:
        return f"{names.model(models[0])} only"
    return f"{len(models)} of {len(analysis.models)} models"


def cheapest_lead(analysis: Analysis) -> str:
    """Beginning of the sentence about the cheapest point that meets the limits."""
    return f"Cheapest point that meets {'it' if len(analysis.limits) == 1 else 'all of them'}"


SET_LIMIT = "A limit that every choice must meet, such as a target of the revenue or a least recall"
"""Help of the button that leads to the limits."""
NEAREST_LEAD = "Nearest to meeting all limits"
"""Beginning of the sentence about the nearest point, if no point meets the limits."""


def missed_there(analysis: Analysis, nearest: OperatingPoint) -> str:
    """Sentence about the limits that the nearest point misses, with a leading space."""
    labels = [bound.objective.label for bound in broken_limits(analysis, nearest)]
    return f" Missed there: {joined(labels)}."


def _certified_models(analysis: Analysis, names: Names) -> tuple[str, ...]:
    """Models that are certified to meet each limit, or the rows that this would take; empty if unknown."""
    certification, models = certified(analysis), certified_models(analysis)
    if certification is None or models is None:
        return ()
    takes = what_it_takes(certification, analysis.evaluation.tally)

    def words(models: tuple[str, ...] | None, needed: str) -> str:
        if models is None:
            return "no such limit can be"
        some = _models_words(analysis, names, models)
        return f"{some}. {needed}" if needed and not models else some

    return tuple(map(words, models, takes))


def certified_finding(analysis: Analysis, names: Names, *, is_explained: bool) -> str:
    """Sentence about the cheapest point at which the limits are certified; empty if unknown.

    Parameters
    ----------
    is_explained : bool
        Whether the page already explains what certified means.
    """
    result = certified(analysis)
    if result is None:
        return ""
    looks = announced_looks(analysis)
    sentences = [] if looks is None else [f"This is {look_words(looks)}."]
    if not is_explained:
        sentences.append(
            explained(Standing.CERTIFIED, result.confidence, result.models, looks=looks)
        )
    points = certified_points(analysis)
    point = None if points is None else cheapest_among(analysis.points, points)
    if point is not None:  # The table of limits already shows if there is none.
        at = names.at(analysis, point.model, point.threshold)
        sentences.append(f"Cheapest that is certified: {at}.")
    return " ".join(sentences)


def limit_at_words(selection: Selection, bound: Bound, point: OperatingPoint) -> str:
    """One or two sentences about a limit at a point that is not selected yet."""
    scenario, o = selection.analysis.scenario, bound.objective
    value, missed = (
        point.figures.get(o.id, math.nan),
        limits_missed(selection.analysis, [bound], point),
    )
    written = figure(o, value, scenario)
    if not bound.is_met(value):
        certainty = certainty_words(missed)
        remark = f" ({certainty})" if certainty else ""
        if not o.is_against_today:
            return f"{capital(o.label)}: then {written}, not {wanted(bound, scenario)}{remark}."
        target = f"your {limit_figure(bound, scenario)} target"
        return f"{_then(o)} {written}, below {target}{remark}."
    words = f"{limit_name(bound, scenario)}: {certainty_words(missed) or MET}."
    if not o.is_against_today:
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
    currency, who = analysis.scenario.currency, current_title(analysis)
    does = "earn" if analysis.scenario.today is None else "earns"
    if earned < 0:
        does = "lose" if analysis.scenario.today is None else "loses"
    what = money(abs(earned), currency) if earned else "nothing"
    return f"{capital(who)} {does} {what}, so +30% means nothing: set a target in {currency}."


def limit_a_day(bound: Bound, scenario: Scenario) -> str:
    """Limit on a count a year, in counts on an average day; empty for any other limit."""
    if bound.objective.unit is not Unit.COUNT or scenario.units_per_year is None:
        return ""
    return f"That is {number(bound.value / DAYS, 0 if bound.value >= 10 * DAYS else 1)} a day. "
