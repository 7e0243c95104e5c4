"""Words of the answer at the top of the Decide page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.decide.answer import Answer, Reason, ReasonKind, reasons
from dashboard.analysis.decide.verdict import NO_GAIN, Objection
from dashboard.analysis.picked_points import GAIN
from dashboard.words.decide.button_labels import CHEAPEST_HELP
from dashboard.words.decide.cards import INTERVAL
from dashboard.words.decide.cheapest_model import (
    cheapest_words,
    rivals_words,
    selected_is_cheapest_words,
)
from dashboard.words.decide.verdict import DO_NOT_SHIP, earns_no_more_words
from dashboard.words.inspection import effect_words, inspected_words
from dashboard.words.limits.limit_names import (
    limit_figure,
    limit_name,
    limit_noun,
    misses_in_file,
)
from dashboard.words.limits.limits_status import (
    IF_HELD_OUT,
    least_sure_words,
    limits_status_details,
    limits_status_words,
    longest_status,
    obstacle_words,
)
from dashboard.words.names import ROLES, Names
from dashboard.words.numbers.amounts import money
from dashboard.words.numbers.figures import decimals_of, figure
from dashboard.words.numbers.intervals import ends
from dashboard.words.phrases import CHECKING, all_of, capital
from dashboard.words.resampling import expected_words
from metrics import Objective
from metrics.evaluation.objective import NO_CHECKS
from metrics.inference.certainty import Certainty

EXPECTED = (
    "About what to expect on new data: what is picked as the best on this looks better than it is"
)
"""Tooltip of the figure to expect."""

UNCHANGED = "unchanged"
"""Words in place of a change of zero."""

NO_REASON = "No stakeholder would pick this threshold"
"""Words in place of a reason to pick a point."""

LEAD = f"{capital(CHEAPEST_HELP)}. Click to compare any two"
"""Tooltip of the word on chance behind the cheapest point."""


class AnswerWords(NamedTuple):
    """Words of the answer.

    Attributes
    ----------
    point, exact_point : str
        The point, and the point with all digits of its threshold.
    effect : str
        Effect of the point: ``Catches 95% of defects.``
    warning : str
        Advice not to ship the point, which is shown instead of the effect; empty for other advice.
    reason : str
        Reason to pick the point; empty after a warning, unless it is only that new data may miss a limit.
        Also empty at a certified point that nobody would pick.
    lead, lead_chance : str
        Models with the same lowest cost, and whether the lead may be chance. Empty unless the point is the
        cheapest.
    lead_help : str
        Tooltip of the lead, which names the second cheapest model if there is one.
    headline, interval, headline_help : str
        Figure of the executive, its 95% interval, and a tooltip with the interval.
    expected, expected_help : str
        Figure to expect on new data, and its tooltip. Empty if it reads like the figure in the file.
    limits, limits_help : str
        Whether the point meets the limits, and its tooltip.
    is_broken, is_doubtful : bool
        Whether the point breaks a limit in this file, and whether it more likely does on new data.
    """

    point: str
    exact_point: str
    effect: str
    warning: str
    reason: str
    lead: str
    lead_chance: str
    lead_help: str
    headline: str
    interval: str
    headline_help: str
    expected: str
    expected_help: str
    limits: str
    limits_help: str
    is_broken: bool
    is_doubtful: bool


def answer_words(analysis: Analysis, names: Names, answer: Answer) -> AnswerWords:
    """Words of an answer."""
    o, point, scenario, band = answer.objective, answer.point, analysis.scenario, answer.band
    lead, chance, lead_help = "", CHECKING if answer.is_lead_pending else "", LEAD
    if answer.cheapest is not None:
        lead, chance = selected_is_cheapest_words(names, answer.cheapest)
        if not lead:
            lead_help = f"Ahead of {rivals_words(names, answer.cheapest)}. {LEAD}"
    has_reason = answer.objection in (None, Objection.OFTEN_BREAKS_LIMITS)
    if not has_reason:
        lead = chance = ""  # the reason not to ship replaces the reason to pick
    end = "," if lead else ":" if chance else "."
    value = UNCHANGED if answer.is_unchanged else _figure_beside_limits(analysis, o, answer.value)
    interval = ends(o, answer.value, *answer.interval, scenario)
    expected = expected_words(o, answer.expected, scenario)
    limits = limits_status_words(analysis, answer.limits)
    if answer.is_pending and analysis.limits and not limits:
        limits = (
            f"{limit_name(analysis.limits[0], scenario)}: " if len(analysis.limits) == 1 else ""
        )
        limits += CHECKING
    held_out = IF_HELD_OUT if analysis.held_out == "unknown" else ""
    is_certified = answer.limits.certainty is Certainty.CERTIFIED
    return AnswerWords(
        point=names.point(analysis.evaluation, point, joint=", threshold "),
        exact_point=names.point(analysis.evaluation, point, exact=True, joint=", threshold "),
        effect=effect_words(point.figures)
        if band is None
        else inspected_words(band.inspected, band.rejected, band.units, scenario),
        warning=_warning(analysis, answer.objection),
        # A certified point needs no remark that nobody would pick it.
        reason=""
        if not has_reason or (answer.reason is None and is_certified)
        else f"{reason_words(analysis, answer.reason)}{end}",
        lead=lead,
        lead_chance=chance,
        lead_help=lead_help,
        headline=f"{headline_words(analysis, o)} {value}",
        interval=interval,
        headline_help=f"95% on new data: {interval}. {INTERVAL}" if interval else "",
        expected=expected_on_new_data(expected),
        expected_help=f"{EXPECTED}{held_out}" if expected else "",
        limits=limits,
        limits_help=limits_status_details(analysis, answer.limits, answer.limits.certification),
        is_broken=answer.limits.is_broken,
        is_doubtful=answer.limits.is_doubtful,
    )


def _warning(analysis: Analysis, objection: Objection | None) -> str:
    """Advice not to ship a point, with the reason."""
    if objection is None:
        return ""
    why = ""
    if objection in NO_GAIN:
        why = f": it {no_gain_words(analysis)}"
    elif objection is Objection.OFTEN_BREAKS_LIMITS:
        why = f": it meets the {limit_noun(analysis.limits)} in under half of simulations"
    elif objection in (Objection.BREAKS_LIMITS, Objection.NONE_MEETS_LIMITS):
        why = f": it {misses_in_file(analysis.limits)}"
    return f"{DO_NOT_SHIP}{why}."


def no_gain_words(analysis: Analysis) -> str:
    """Statement that a point gains nothing: ``brings no more revenue than today``."""
    gain = analysis.objectives.get(GAIN.id, GAIN)
    return earns_no_more_words(gain, has_current=analysis.current.model is not None)


def _figure_beside_limits(analysis: Analysis, o: Objective, value: float) -> str:
    """Figure with enough digits to differ from a limit that it misses."""
    text = figure(o, value, analysis.scenario)
    for bound in analysis.limits:
        if bound.objective.id != o.id or bound.is_met(value):
            continue
        for decimals in range(decimals_of(value, o.unit) + 1, 7):
            if text != figure(o, bound.value, analysis.scenario, decimals - 1):
                break
            text = figure(o, value, analysis.scenario, decimals)
    return text


def expected_on_new_data(expected: str) -> str:
    """Words behind the figure in the file, from the figure to expect; empty if there is none."""
    return f"about {expected} on new data" if expected else ""


def reason_words(analysis: Analysis, reason: Reason | None) -> str:
    """Reason to pick a point, without a full stop: ``Best for the executive``."""
    if reason is None:
        return NO_REASON
    match reason.kind:
        case ReasonKind.CHEAPEST:
            return cheapest_words(analysis.scenario, len(analysis.models))
        case ReasonKind.CHEAPEST_WITHIN_LIMITS:
            return _cheapest_within_limits(analysis)
        case ReasonKind.BEST_FOR_STAKEHOLDER:
            return f"Best for the {ROLES[reason.stakeholder]}"
        case ReasonKind.BEST_MODEL:
            o = analysis.stakeholder(reason.stakeholder).objective
            return f"{capital(o.superlative)} {o.label} of all models"
        case ReasonKind.FAIR:
            return "The fair option"
        case ReasonKind.CURRENT:
            return "Today’s system"


def _cheapest_within_limits(analysis: Analysis) -> str:
    cheapest, bound = cheapest_words(analysis.scenario), analysis.limits[0]
    is_target = bound.objective.is_against_current and not bound.asks_for_current_level
    if len(analysis.limits) == 1 and is_target:
        return f"{cheapest} reaching {limit_figure(bound, analysis.scenario)}"
    return f"{cheapest} within {all_of(len(analysis.limits), 'limit')}"


def headline_words(analysis: Analysis, o: Objective) -> str:
    """Words before the figure of the headline."""
    is_unspecified = analysis.scenario.today is None
    if o.id == "revenue" and analysis.stakeholder("executive").objective.is_against_current:
        # The executive's card already shows the gain, so the headline shows what it is added to.
        current = money(analysis.current_revenue, analysis.scenario.currency)
        return f"Revenue from {current} {f'with {NO_CHECKS}' if is_unspecified else 'today'} to"
    than = f" against {NO_CHECKS if is_unspecified else 'today'}" if o.change_of else ""
    return capital(o.change_of or o.label) + than


def room_words(
    analysis: Analysis, selected: AnswerWords, tried: Sequence[AnswerWords]
) -> dict[str, str]:
    """Longest point, effect, headline and limits of the answer, for a font whose digits have equal width.

    They reserve room, so that nothing below moves during a drag.

    Parameters
    ----------
    selected : AnswerWords
        Words of the selected point, the only point with words for its lead.
    tried : sequence of AnswerWords
        Words at some thresholds of the selected model.
    """
    limits = analysis.limits
    longest = {
        slot: max(
            (re.sub(r"\d", "0", getattr(words, slot)) for words in (selected, *tried)), key=len
        )
        for slot in ("point", "effect", "warning", "headline", "expected")
    }
    effect = max(longest["effect"], longest["warning"], key=len)
    reasons_shown = [
        f"{NO_REASON}.",
        *(f"{reason_words(analysis, r)}." for r in reasons(analysis).values()),
    ]
    with_lead = " ".join(filter(None, [selected.reason, selected.lead, selected.lead_chance]))
    limit_names = [f"{limit_name(bound, analysis.scenario)}:" for bound in limits]
    least_sure = ""
    if len(limits) > 1:
        limit_names.append(f"{len(limits)} of {len(limits)} limits:")
        least_sure = max(map(least_sure_words, limits), key=len)
    if_held_out = IF_HELD_OUT if analysis.held_out == "unknown" else ""
    status = re.sub(r"\d", "0", longest_status(if_held_out))
    reason = max([*reasons_shown, with_lead], key=len)
    return {
        "point": longest["point"],
        "effect": f"{effect} {reason} {obstacle_words(analysis)}",
        "headline": f"{longest['headline']} {longest['expected']}".strip(),
        "limits": f"{max(limit_names, key=len)} {status}{least_sure}" if limit_names else "",
    }
