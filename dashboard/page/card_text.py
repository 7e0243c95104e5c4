"""What a stakeholder's card says of an operating point, as one frozen value.

The browser says the same while the threshold is dragged; at rest what stands on the page is from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import (
    Stakeholder,
    openings,
    point_of,
)
from dashboard.analysis.cards import (
    best_shown,
    figure_in_file,
    is_implied_by_target,
    needs_prices,
    places,
    scale_end,
    scale_start,
)
from dashboard.analysis.optimism import (
    chance_against,
    expectation,
    on_new_data,
    range_of,
    share_missed,
)
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.words.cards import (
    NO_CHOICE,
    best_beyond_limits,
    best_figure_words,
    best_label,
    comparison_words,
    current_words,
    figure_unit,
    label_interval,
    limit_suffix,
    no_percent_words,
    pick_words,
    place_of_pick,
    rank_words,
    uninformed_words,
)
from dashboard.words.certified import BY_CHANCE
from dashboard.words.limit_names import limit_noun, misses_words, within_limits
from dashboard.words.names import threshold_of
from dashboard.words.numbers import (
    ends,
    figure,
    number,
    worse_by,
    written_gap,
)
from dashboard.words.phrases import bound_words, capital, in_100, rule_words
from dashboard.words.resampling import expected_words
from metrics import (
    OBJECTIVES,
    Objective,
    OperatingPoint,
)
from metrics.inference.comparison import Chance


@dataclass(frozen=True)
class Scale:
    """Where figures lie between the scale’s beginning (`worst`), 0, and its end past the best, 1.

    Today's and a pinned point's may lie beyond.
    """

    chosen: float
    best: float
    today: float | None
    pinned: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class CardText:
    """A stakeholder's card.

    Attributes
    ----------
    text, unit, range : str
        The figure of the point in this file, its unit, and its 95 % interval for new data.
    rank : str
        Of the point's model, where the objective ranks models: ``3rd of 11``.
    best : str
        The best figure for the role: ``best 0.056``; "no choice left" where no point can be had.
    beside : str
        How the point stands to what it stands beside: ``beats today’s 19,620``.
    verdict : str
        Whether that could be chance; empty where not known.
    is_open : bool
        Whether interval and verdict are on their way.
    scale : Scale or None
        None where there is nothing to lie between.
    asks : bool
        Whether the figure is only to be had with prices: then ``beside`` says what is known without.
    note : str
        Why no target in per cent can be had of it; mostly empty.
    """

    text: str
    unit: str
    range: str
    rank: str
    best: str
    beside: str
    verdict: str
    is_open: bool
    scale: Scale | None
    asks: bool = False
    note: str = ""


def card(
    page: PageState, stakeholder: Stakeholder, point: OperatingPoint, *, at_rest: bool = False
) -> CardText:
    """What a stakeholder's card says of a point.

    Parameters
    ----------
    at_rest : bool
        Whether it is the chosen point, and what is known of chance is to be said.
    """
    o, scenario = stakeholder.objective, page.scenario
    value = point.figures[o.id]
    if needs_prices(o, scenario):
        stopped = figure(OBJECTIVES["share_flagged"], point.figures["share_flagged"], scenario)
        words = f"Until then: stops {stopped} of the units"
        return CardText("", "", "", "", "", words, "", is_open=False, scale=None, asks=True)
    found = range_at(page.selection, o, point)
    return CardText(
        text=figure(o, value, scenario),
        unit=figure_unit(page.analysis, o, str(point.model)),
        range=label_interval(value, found, ends(o, value, *found, scenario)),
        rank=rank_words(page.analysis, o).get(str(point.model), ""),
        best=best_words(page, stakeholder, point),
        beside=beside(page.selection, o, value),
        verdict=verdict(page.selection, o, point) if at_rest else "",
        is_open=page.analysis.is_pending and o.has_interval,
        scale=scale_of(page.selection, stakeholder, point, found),
        note=no_percent_words(page.analysis, o),
    )


def best_words(page: PageState, stakeholder: Stakeholder, point: OperatingPoint) -> str:
    """The best figure for a role: ``best 0.056``; ``is best`` where the point has it."""
    best, named = best_shown(page.analysis, stakeholder), best_label(page.analysis, stakeholder)
    if best is None:
        return NO_CHOICE
    o, often = stakeholder.objective, kept_on_card(page.selection, stakeholder)
    is_there = o.of_model or (best.model, best.threshold, None) == point.place
    if best.model == point.model and is_there:
        return f"is {named}{often}"
    words = best_figure_words(page.analysis, stakeholder)
    # No number stands twice: then where it is to be had as well.
    if words == f"{named} {figure(o, point.figures[o.id], page.scenario)}":
        words = f"{named}: {pick_words(page.analysis, page.names, o, best)}"
        if best.model == point.model:
            words = f"{named} at {threshold_of(page.figures, best.model, best.threshold)}"
    return f"{words}{often}"


def kept_on_card(selection: Selection, stakeholder: Stakeholder) -> str:
    """In how many resamples the best keeps limits that bind: ``, met in 49 of 100``, ``, misses target``.

    Without limits that bind, of the best of a ranking, whether it could be the first by chance.

    Of a best model that keeps them nowhere: where it is shown once it is chosen. Nothing is said before it is
    known what could be chance, nor where what its name says is clear, nor of rows that the models saw.
    """
    analysis = selection.analysis
    own, best = stakeholder.pick, best_shown(analysis, stakeholder)
    if best is None or (analysis.is_pending):
        return ""
    is_own = own is not None and best.model == own.model
    kept = limit_suffix(analysis, stakeholder)
    if is_own and not kept:
        first, last = places(analysis, stakeholder.objective).get(best.model, (1, 1))
        return (
            f", {Chance.POSSIBLE.value}" if first < last and analysis.held_out != "training" else ""
        )

    def found() -> float:
        row = best.row if own is None or own.row is None else own.row
        if stakeholder.objective.of_model and not is_own:
            of_model = np.flatnonzero(analysis.points["model"] == best.model)
            row = int(
                of_model[
                    analysis.evaluation.curve_of(best.model).row(openings(analysis)[best.model])
                ]
            )
        return share_missed(selection, analysis.limits, point_of(analysis.points, row))

    if analysis.held_out == "training":
        return "" if is_own else f", {misses_words(analysis)}"
    share = cache.STORE.get(
        analysis.keyed(
            "best misses",
            analysis.intervals_key,
            analysis.weights,
            stakeholder.name,
        ),
        found,
    )
    if is_own and not share > BY_CHANCE:
        return ""
    if not is_own and not share < 1 - BY_CHANCE:
        return f", {misses_words(analysis)}"
    often = f"met in {in_100(1 - share)} of 100"
    return f", {often}" if is_own else f", {limit_noun(analysis)} {often}"


def range_at(selection: Selection, o: Objective, point: OperatingPoint) -> tuple[float, float]:
    """95 % interval of a figure for new data; NaN where not known.

    Of a point that nobody picked as it was sent to the browser.
    """
    analysis = selection.analysis
    if o.is_against_today and point.figures[o.id] == 0:
        return math.nan, math.nan  # what is set against itself cannot vary
    known = analysis.uncertainty
    is_sent = point.lower is None or known is None or o not in known.objectives
    if is_sent and on_new_data(selection, o, point) is None:
        return analysis.interval_of(o.id, str(point.model), point.threshold) or (
            math.nan,
            math.nan,
        )
    return range_of(selection, o, point)


def beside(selection: Selection, o: Objective, value: float) -> str:
    """How a figure stands to today's, or how far it is from a pinned point's."""
    analysis = selection.analysis
    there = selection.reference.figures.get(o.id, math.nan)
    if selection.is_pinned:
        gap = written_gap(o, value, there, analysis.scenario)
        return f"pinned {figure(o, there, analysis.scenario)}: {gap.words(noun=False)}"
    if math.isnan(there):
        return ""
    words = current_words(analysis, o)
    if math.isnan(value - there):
        return words
    if written_gap(o, value, there, analysis.scenario).is_same:
        return f"the same as {words}"
    better, worse = comparison_words(o)
    return f"{worse if worse_by(o, value, there) > 0 else better} {words}"


def verdict(selection: Selection, o: Objective, point: OperatingPoint) -> str:
    """Whether what a point stands beside is beaten, or beats it, beyond chance; nothing where not known."""
    analysis = selection.analysis
    other_point, value = selection.reference, point.figures.get(o.id, math.nan)
    then = other_point.figures.get(o.id, math.nan)
    if math.isnan(value - then) or written_gap(o, value, then, analysis.scenario).is_same:
        return ""
    better = ""
    if selection.is_pinned:
        better = "worse" if worse_by(o, value, then) > 0 else "better"
    if analysis.uncertainty is None:
        return "" if analysis.shows_intervals else better
    chance = chance_against(selection, o, other_point)
    return ", ".join(filter(None, [better, "" if chance is Chance.UNKNOWN else chance.value]))


def alarms_chance(selection: Selection) -> str:
    """Whether the chosen point's false alarms differ from today's beyond chance; nothing where not judged."""
    analysis = selection.analysis
    o, scenario = OBJECTIVES["false_alarms"], analysis.scenario
    here, then = (
        point.figures.get(o.id, math.nan) for point in (selection.point, analysis.current)
    )
    if scenario.inspection is not None or written_gap(o, here, then, scenario).is_same:
        return ""
    if analysis.uncertainty is None:
        return CHECKING if analysis.shows_intervals else ""
    chance = chance_against(selection, o, analysis.current)
    return "" if chance is Chance.UNKNOWN else chance.value


CHECKING = "checking"
"""What is said of what is not known yet."""


def scale_of(
    selection: Selection,
    stakeholder: Stakeholder,
    point: OperatingPoint,
    found: tuple[float, float],
) -> Scale | None:
    """Where a point and its interval lie between the worst pick and what is past the best."""
    analysis = selection.analysis
    if (at_end := best_shown(analysis, stakeholder)) is None:
        return None
    o = stakeholder.objective
    last, best = scale_start(analysis, stakeholder), at_end.value
    end = scale_end(analysis, stakeholder)

    def share(value: float) -> float | None:
        found = (value - last) / (end - last)
        return None if math.isnan(found) else found

    def place(value: float) -> float | None:
        found = share(value)
        return None if found is None else min(1.0, max(0.0, found))

    if not math.isfinite(best - last) or best == last:
        return None
    chosen = place(point.figures[o.id])
    at_best = place(best)
    if chosen is None or at_best is None:
        return None
    low, high = (place(one) for one in found)
    today = share(analysis.current.figures.get(o.id, math.nan))
    pinned = share(selection.reference.figures.get(o.id, math.nan)) if selection.is_pinned else None
    return Scale(chosen, at_best, today, pinned, low, high)


def details(page: PageState, stakeholder: Stakeholder, point: OperatingPoint) -> tuple[str, ...]:
    """What else there is to say of a card's figure and of the best for its role, a sentence each."""
    o, scenario = stakeholder.objective, page.scenario
    is_earned = "payoff" in o.reads and scenario.payoff is not None
    sentences = [EARNED if is_earned else f"{capital(o.label)}: {o.term}"]
    if likely := expected_words(o, expectation(page.selection, o, point), scenario):
        sentences.append(
            f"On new data about {likely}, as the best of many looks better here than it is"
        )
    own = figure_in_file(page.analysis, o, point)
    if not math.isnan(own):
        units = number(int(sum(page.evaluation.tally.rows)))
        sentences.append(f"In the file of {units} units: {figure(o, own, scenario)}")
    if o.of_model:
        sentences.append(f"The same at every threshold of {page.label(str(point.model))}")
    elif o.in_proportion and not o.is_against_today:
        sentences.append(f"That is {number(point.figures[o.in_proportion])} of every 1,000 defects")
    sentences += filter(
        None,
        [
            uninformed_words(page.analysis, o, point.figures.get(o.id, math.nan)),
            _best_words(page, stakeholder),
        ],
    )
    return tuple(f"{text}." for text in sentences)


EARNED = "Revenue: what all units earn, less what false alarms and missed defects cost"


def _best_words(page: PageState, stakeholder: Stakeholder) -> str:
    """Where the best for a role is, and by which rule."""
    bound, scenario, own = stakeholder.bound, page.scenario, stakeholder.pick
    if own is None:
        kept = " that keeps the limits" if page.limits else ""
        if bound is None:
            return f"No threshold{kept} flags some units and not all"
        return f"No threshold{kept} qualifies {bound_words(bound, scenario)}"
    o = stakeholder.objective
    where = place_of_pick(page.analysis, page.names, stakeholder)
    is_implied = own.bound is not None and is_implied_by_target(page.analysis, own.bound)
    # Of a ranking no threshold is told, nor by which rule it is shown at one.
    is_threshold_free = o.of_model and own.bound is None
    rule = "" if is_implied or is_threshold_free else rule_words(own, scenario)
    there = ", ".join(filter(None, [f"{figure(o, own.value, scenario)} by {where}", rule]))
    beyond = best_beyond_limits(page.analysis, page.names, stakeholder)
    if beyond:
        them = "them" if len(page.limits) > 1 else "it"
        return f"Best of all models: {beyond}; of those that meet {them}: {there}"
    return f"Best for this role{within_limits(page.analysis)}: {there}"
