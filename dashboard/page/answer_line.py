"""The first line of Decide: the point under discussion, what it does and is worth, and for what reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dashboard.analysis import cache, inspection
from dashboard.analysis.alternatives import cheapest_model
from dashboard.analysis.analysis import Analysis, at_or_above, current_revenue, openings, point_of
from dashboard.analysis.cards import best_shown, needs_prices
from dashboard.analysis.compromises import compromise_of
from dashboard.analysis.limits import (
    NOTABLE,
    LimitsStatus,
    asks_for_current_level,
    limits_status,
    meets_limits,
)
from dashboard.analysis.optimism import expectation, range_of
from dashboard.analysis.resampled_figures import is_slow
from dashboard.analysis.scenario_figures import NO_CHECKS
from dashboard.page.state import PageState
from dashboard.session.choices import Point
from dashboard.words.alternatives import cheapest_words, selected_is_cheapest_words
from dashboard.words.cards import CHECKING, label_interval
from dashboard.words.inspection import band_words
from dashboard.words.limit_names import limit_figure
from dashboard.words.limits import (
    IF_HELD_OUT,
    limits_status_details,
    limits_status_words,
    obstacle_words,
)
from dashboard.words.names import threshold_of
from dashboard.words.numbers import (
    ends,
    exact_threshold,
    figure,
    in_per_cent,
    money,
)
from dashboard.words.phrases import capital
from dashboard.words.resampling import expected_words
from metrics import OBJECTIVES, Objective, OperatingPoint, Pick, pick


@dataclass(frozen=True)
class Answer:
    """The point under discussion, what it does, what it is worth and whether it keeps the limits.

    Attributes
    ----------
    point, exact : str
        The point, and the same with all digits of its threshold.
    what, why : str
        What it does, and for what reason one would choose it, or that nobody has one.
    lead, lead_chance : str
        With which models it ties where it costs least, and how sure that is; empty where it does not.
    rival : str
        Ahead of which model it then is; mostly not empty there.
    outright : str
        That no choice keeps the limits, or none that does is better than today; mostly empty.
    headline, range : str
        The executive's figure, and its 95 % interval.
    expected, expected_why : str
        About what to expect of the figure on new data, where that is not as here, and why; else empty.
    limits : str
        Whether the limits are kept, and how sure that is of new data.
    limits_why : str
        What certified means there; mostly empty.
    is_broken, is_doubtful : bool
        Whether a limit is broken, or is met in the file and more likely missed on new data.
    is_open : bool
        Whether the limits are still being judged.
    is_lead_open : bool
        Whether it is still being judged how sure the lead is, of which then "checking" is said.
    """

    point: str
    exact: str
    what: str
    why: str
    lead: str
    lead_chance: str
    rival: str
    outright: str
    headline: str
    range: str
    expected: str
    expected_why: str
    limits: str
    limits_why: str
    is_broken: bool
    is_doubtful: bool
    is_open: bool
    is_lead_open: bool


def answer(page: PageState, point: OperatingPoint, *, at_rest: bool = False) -> Answer:
    """What the first line says of a point.

    Parameters
    ----------
    at_rest : bool
        Whether it is the chosen point, of which what is known of chance is to be said.
    """
    o = headline_objective(page.analysis)
    value = point.figures[o.id]
    is_open = at_rest and page.analysis.is_pending
    is_none = o.is_against_today and value == 0  # what is set against itself
    between = expected = ""
    if at_rest and o.has_interval and not is_none and not is_slow(page.analysis, o, point):
        notable = expectation(page.selection, o, point, least=NOTABLE)
        expected = expected_words(o, notable, page.scenario)
        between = ends(o, value, *range_of(page.selection, o, point), page.scenario)
    limits = LimitsStatus(()) if is_open else limits_status(page.selection, point, at_rest=at_rest)
    band = inspection.band_at(page.analysis, point)
    model, at = str(point.model), point.threshold
    reason = reasons(page.analysis).get(Point(model, at, point.lower), COUNTED)
    # Rows that the models saw flatter each model its own way.
    leads = at_rest and reason.is_cheapest and page.held_out != "training"
    is_lead_open = leads and is_open and page.points["model"].nunique() > 1
    cheapest = cheapest_model(page.analysis) if leads and not is_open else None
    lead = sure = ""
    if cheapest is not None and cheapest.is_at(point):
        lead, sure = selected_is_cheapest_words(page.names, cheapest)
    if is_lead_open:
        sure = CHECKING
    return Answer(
        point=point_words(page, point, threshold_of(page.figures, model, at)),
        exact=point_words(page, point, exact_threshold(at), exact=True),
        what=caught_words(point) if band is None else band_words(band, page.scenario),
        why=f"{reason.words}{',' if lead else ':' if sure else '.'}",
        lead=lead,
        lead_chance=sure,
        rival=page.label(cheapest.next) if sure and cheapest is not None and not lead else "",
        outright=obstacle_words(page.analysis),
        headline=f"{headline_words(page.analysis, o)} "
        f"{UNCHANGED if is_none else figure(o, value, page.scenario)}",
        range=label_interval(value, range_of(page.selection, o, point), between) if between else "",
        expected=f"expect {expected}" if expected else "",
        expected_why=f"{EXPECTED}{IF_HELD_OUT if page.held_out == 'unknown' else ''}"
        if expected
        else "",
        limits=limits_status_words(page.analysis, limits, is_brief=True),
        limits_why=limits_status_details(page.analysis, limits, is_brief=True),
        is_broken=limits.is_broken,
        is_doubtful=limits.is_doubtful,
        is_open=is_open,
        is_lead_open=is_lead_open,
    )


@dataclass(frozen=True)
class Reason:
    """Why one would choose a point.

    Attributes
    ----------
    words : str
    is_cheapest : bool
        Whether it is the cheapest of all points, limits or not.
    """

    words: str
    is_cheapest: bool = False

    @property
    def sentence(self) -> str:
        """The words as a sentence."""
        return f"{self.words}."


EXPECTED = (
    "About what to expect on new data: what is picked as the best on this looks better than it is"
)
"""What the figure is that may be expected."""

UNCHANGED = "unchanged"
"""What a change of nothing is called."""

COUNTED = Reason("Nobody’s best threshold")
"""What stands where nobody has a reason to choose a point."""


def point_words(
    page: PageState, point: OperatingPoint, threshold: str, *, exact: bool = False
) -> str:
    """An operating point: ``gradient boosting, threshold 0.168``, or the two thresholds of a band."""
    model, at = str(point.model), point.threshold
    if page.ship_below(model, at, point.lower) is not None:
        say = page.exact_words if exact else page.words
        return say(model, at, lower=point.lower)
    joint = ", threshold " if math.isfinite(at) else ", "
    return f"{page.label(model)}{joint}{threshold}"


def caught_words(point: OperatingPoint) -> str:
    """What a point catches."""
    share, recall = point.figures["share_flagged"], point.figures["recall"]
    if share == 0:
        return "Stops no unit and catches no defect."
    if share == 1:
        return "Catches all defects, as it stops every unit."
    caught = "all" if recall == 1 else f"{in_per_cent(recall)} of"
    return f"Catches {caught} defects."


def reasons(analysis: Analysis) -> dict[Point, Reason]:
    """Why one would choose a point, of the points with a reason."""
    return cache.STORE.get(
        analysis.keyed("reasons", analysis.picks_key, analysis.weights), lambda: _reasons(analysis)
    )


def _reasons(analysis: Analysis) -> dict[Point, Reason]:
    found: dict[Point, Reason] = {}

    def add(point: Pick | OperatingPoint | None, reason: Reason) -> None:
        if point is not None and point.model is not None:
            found.setdefault(Point(str(point.model), point.threshold), reason)

    cost = OBJECTIVES["cost_of_errors"]
    cheapest = pick(analysis.points, cost, analysis.evaluation, limits=analysis.limits)
    add(cheapest, _of_cheapest(analysis))
    if cheapest is None:  # the page opens on the cheapest of all
        add(pick(analysis.points, cost, analysis.evaluation), _of_all(analysis))
    for stakeholder in analysis.stakeholders:
        if not stakeholder.objective.of_model:
            add(stakeholder.pick, Reason(f"Best for the {stakeholder.title.lower()}"))
            continue
        best = best_shown(analysis, stakeholder)
        if best is not None:  # at the threshold at which a click on it shows its model
            o, shown_at = (
                stakeholder.objective,
                Point(best.model, openings(analysis)[best.model]),
            )
            found.setdefault(shown_at, Reason(f"{capital(o.superlative)} {o.label} of all models"))
    add(compromise_of(analysis).point, Reason("The fair option"))
    today = analysis.current
    if (
        today.model is not None and analysis.scenario.inspection is None
    ):  # which may lie between two thresholds of its model
        at = Point(today.model, today.threshold)
        add(at_or_above(analysis.points, analysis.evaluation, at), Reason("Today’s system"))
    return found


def _of_all(analysis: Analysis) -> Reason:
    """Why the page opens on a point, where the limits change nothing."""
    models = analysis.points["model"].nunique()
    return Reason(cheapest_words(models), is_cheapest=True)


def _of_cheapest(analysis: Analysis) -> Reason:
    """Why the page opens on a point, such as that it is the cheapest reaching +30 %."""
    # What is cheapest anyway needs no limits.
    cheapest = pick(analysis.points, OBJECTIVES["cost_of_errors"], analysis.evaluation)
    if cheapest is not None and meets_limits(analysis, point_of(analysis.points, cheapest.row)):
        return _of_all(analysis)
    within = cheapest_words()
    if len(analysis.limits) > 1:
        kept = "both limits" if len(analysis.limits) == 2 else f"all {len(analysis.limits)} limits"
        return Reason(f"{within} that keeps {kept}")
    [bound] = analysis.limits
    if bound.objective.is_against_today and not asks_for_current_level(bound):
        return Reason(f"{within} reaching {limit_figure(bound, analysis.scenario)}")
    return Reason(f"{within} that keeps the limit")


def headline_objective(analysis: Analysis) -> Objective:
    """The executive's objective, a gain in per cent or else as what is earned with it.

    Without prices the product manager's.
    """
    for stakeholder in reversed(analysis.stakeholders):
        o = stakeholder.objective
        if needs_prices(o, analysis.scenario):
            continue
        if not o.is_against_today:
            return o
        # Where today earns nothing, a gain does not say whether anything is earned.
        return next(
            (
                analysis.objectives[one]
                for one in (o.in_proportion, "revenue")
                if one in analysis.objectives
            ),
            o,
        )
    return OBJECTIVES["missed_defects"]


def headline_words(analysis: Analysis, o: Objective) -> str:
    """What the first line's figure is of."""
    none = analysis.scenario.today is None
    if o.id == "revenue" and analysis.stakeholder("executive").objective.is_against_today:
        # Beside a gain: what it is added to.
        now = money(current_revenue(analysis), analysis.scenario.currency)
        return f"Revenue from {now} {f'with {NO_CHECKS}' if none else 'today'} to"
    than = f" against {NO_CHECKS}" if o.change_of and none else ""
    return capital(o.change_of or o.label) + than
