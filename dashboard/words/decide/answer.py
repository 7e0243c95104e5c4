"""Words of the answer at the top of Decide."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis, current_revenue
from dashboard.analysis.decide.answer import Answer, Reason, ReasonKind
from dashboard.analysis.limits import asks_for_current_level
from dashboard.words.decide.alternatives import cheapest_words, selected_is_cheapest_words
from dashboard.words.decide.cards import CHECKING, label_interval
from dashboard.words.inspection import band_words
from dashboard.words.limit_names import limit_figure
from dashboard.words.limits import (
    IF_HELD_OUT,
    limits_status_details,
    limits_status_words,
    obstacle_words,
)
from dashboard.words.names import Names, threshold_of
from dashboard.words.numbers import ends, exact_threshold, figure, in_per_cent, money
from dashboard.words.phrases import capital
from dashboard.words.resampling import expected_words
from metrics import Objective, OperatingPoint
from metrics.evaluation.objective import NO_CHECKS

EXPECTED = (
    "About what to expect on new data: what is picked as the best on this looks better than it is"
)
"""Tooltip of the figure to expect."""

UNCHANGED = "unchanged"
"""Words in place of a change of zero."""

NO_REASON = "No stakeholder would pick this threshold"
"""Words in place of a reason to pick a point."""


@dataclass(frozen=True)
class AnswerWords:
    """Words of the answer.

    Attributes
    ----------
    point, exact_point : str
        The point; the same with all digits of its threshold.
    effect : str
        What the point does: ``Catches 95 % of defects.``
    reason : str
        Why somebody would pick the point.
    lead, lead_chance : str
        Models with the same lowest cost, and whether the lead could be chance; mostly empty.
    rival : str
        Second cheapest model, if the point is the cheapest.
    obstacle : str
        That no choice meets the limits, or none that does improves on the current system; mostly empty.
    headline, interval : str
        Figure of the executive, and its 95 % interval.
    expected, expected_help : str
        Figure to expect on new data, and its tooltip; empty if it hardly differs from that in this file.
    limits, limits_help : str
        Whether the point meets the limits, and its tooltip.
    is_broken, is_doubtful : bool
        Whether the point breaks a limit, and whether it more likely does on new data.
    is_pending, is_lead_pending : bool
        Whether the limits, and the lead, are not judged yet.
    """

    point: str
    exact_point: str
    effect: str
    reason: str
    lead: str
    lead_chance: str
    rival: str
    obstacle: str
    headline: str
    interval: str
    expected: str
    expected_help: str
    limits: str
    limits_help: str
    is_broken: bool
    is_doubtful: bool
    is_pending: bool
    is_lead_pending: bool


def answer_words(analysis: Analysis, names: Names, answer: Answer) -> AnswerWords:
    """Words of an answer."""
    o, point, scenario = answer.objective, answer.point, analysis.scenario
    lead, chance, rival = "", CHECKING if answer.is_lead_pending else "", ""
    if answer.cheapest is not None:
        lead, chance = selected_is_cheapest_words(names, answer.cheapest)
        rival = "" if lead else names.model(answer.cheapest.next)
    end = "," if lead else ":" if chance else "."
    value = UNCHANGED if answer.is_unchanged else figure(o, answer.value, scenario)
    interval = ends(o, answer.value, *answer.interval, scenario)
    expected = expected_words(o, answer.expected, scenario)
    held_out = IF_HELD_OUT if analysis.held_out == "unknown" else ""
    return AnswerWords(
        point=point_title(analysis, names, point),
        exact_point=point_title(analysis, names, point, exact=True),
        effect=effect_words(point) if answer.band is None else band_words(answer.band, scenario),
        reason=f"{reason_words(analysis, answer.reason)}{end}",
        lead=lead,
        lead_chance=chance,
        rival=rival,
        obstacle=obstacle_words(analysis),
        headline=f"{headline_words(analysis, o)} {value}",
        interval=label_interval(answer.value, answer.interval, interval),
        expected=f"expect {expected}" if expected else "",
        expected_help=f"{EXPECTED}{held_out}" if expected else "",
        limits=limits_status_words(analysis, answer.limits, is_brief=True),
        limits_help=limits_status_details(analysis, answer.limits, is_brief=True),
        is_broken=answer.limits.is_broken,
        is_doubtful=answer.limits.is_doubtful,
        is_pending=answer.is_pending,
        is_lead_pending=answer.is_lead_pending,
    )


def point_title(
    analysis: Analysis, names: Names, point: OperatingPoint, *, exact: bool = False
) -> str:
    """An operating point: ``gradient boosting, threshold 0.168``, or the two thresholds of inspectors."""
    model, at = str(point.model), point.threshold
    if analysis.inspected_from(model, at, point.lower) is not None:
        return names.point(analysis, point, exact=exact)
    written = exact_threshold(at) if exact else threshold_of(analysis.figures, model, at)
    joint = ", threshold " if math.isfinite(at) else ", "
    return f"{names.model(model)}{joint}{written}"


def effect_words(point: OperatingPoint) -> str:
    """Effect of an operating point in a sentence: ``Catches 95 % of defects.``, for example."""
    share, recall = point.figures["share_flagged"], point.figures["recall"]
    if share == 0:
        return "Stops no unit and catches no defect."
    if share == 1:
        return "Catches all defects, as it stops every unit."
    caught = "all" if recall == 1 else f"{in_per_cent(recall)} of"
    return f"Catches {caught} defects."


def reason_words(analysis: Analysis, reason: Reason | None) -> str:
    """Reason to pick a point, without a full stop: ``Best for the executive``."""
    if reason is None:
        return NO_REASON
    match reason.kind:
        case ReasonKind.CHEAPEST:
            return cheapest_words(analysis.points["model"].nunique())
        case ReasonKind.CHEAPEST_WITHIN_LIMITS:
            return _cheapest_within_limits(analysis)
        case ReasonKind.BEST_FOR_STAKEHOLDER:
            return f"Best for the {analysis.stakeholder(reason.stakeholder).title.lower()}"
        case ReasonKind.BEST_MODEL:
            o = analysis.stakeholder(reason.stakeholder).objective
            return f"{capital(o.superlative)} {o.label} of all models"
        case ReasonKind.FAIR:
            return "The fair option"
        case ReasonKind.CURRENT:
            return "Today’s system"


def _cheapest_within_limits(analysis: Analysis) -> str:
    cheapest = cheapest_words()
    if len(analysis.limits) > 1:
        limits = (
            "both limits" if len(analysis.limits) == 2 else f"all {len(analysis.limits)} limits"
        )
        return f"{cheapest} that meets {limits}"
    [bound] = analysis.limits
    if bound.objective.is_against_today and not asks_for_current_level(bound):
        return f"{cheapest} reaching {limit_figure(bound, analysis.scenario)}"
    return f"{cheapest} that meets the limit"


def headline_words(analysis: Analysis, o: Objective) -> str:
    """Words before the figure of the headline."""
    is_unspecified = analysis.scenario.today is None
    if o.id == "revenue" and analysis.stakeholder("executive").objective.is_against_today:
        # The executive's card shows the gain; the headline shows what the gain is added to.
        current = money(current_revenue(analysis), analysis.scenario.currency)
        return f"Revenue from {current} {f'with {NO_CHECKS}' if is_unspecified else 'today'} to"
    than = f" against {NO_CHECKS}" if o.change_of and is_unspecified else ""
    return capital(o.change_of or o.label) + than
