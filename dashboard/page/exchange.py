"""What everybody gets at another point, such as where a figure is halved, for what the chosen one has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cards import needs_prices
from dashboard.analysis.limits import NOTABLE
from dashboard.analysis.optimism import expectation, samples_of, share_above, share_missed
from dashboard.analysis.resampled_figures import gap, replicates
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.words.cards import current_words
from dashboard.words.certified import BY_CHANCE, met_words
from dashboard.words.limit_names import limit_figure, misses_words
from dashboard.words.limits import limit_name
from dashboard.words.numbers import (
    entered,
    figure,
    gap_ends,
    price_size,
    written_gap,
)
from dashboard.words.phrases import capital, of_100, wanted
from dashboard.words.resampling import expected_words
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.comparison import Chance, Gap
from metrics.selection.limits import keeps_all
from metrics.selection.picks import cheapest


@dataclass(frozen=True)
class Change:
    """What one role's figure becomes at another point.

    Attributes
    ----------
    title, label : str
        Of the role, and of its objective.
    here, there : str
        The figure now, and at the other point.
    size : str
        How far the second is from the first: ``EUR 183 k below``.
    chance : Chance
    ends : str
        Of the size's 95 % interval, where it could be chance.
    today : str
        The figure of today's system; empty where it is set against that, or is that of the chosen point.
    """

    title: str
    label: str
    here: str
    there: str
    size: str
    chance: Chance
    ends: str = ""
    today: str = ""


@dataclass(frozen=True)
class Exchange:
    """What everybody gets at another point, in exchange for what they have at the chosen one.

    Attributes
    ----------
    point : OperatingPoint
    words : str
        The point.
    changes : tuple of Change
        Of the stakeholders; of the false alarms, too.
    breaks : tuple of str
        A sentence for each limit that the point breaks.
    keeps : tuple of str
        A sentence for each that it keeps in the file, with how often it is missed.
    """

    point: OperatingPoint
    words: str
    changes: tuple[Change, ...]
    breaks: tuple[str, ...]
    keeps: tuple[str, ...]


@dataclass(frozen=True)
class Halving:
    """What halving a stakeholder's figure costs the others.

    Attributes
    ----------
    of : str
        What is halved: ``the chosen 20,500``.
    there : Exchange or None
        At the cheapest point at which the figure is at most half, where any can be one that keeps the limits;
        None where there is none.
    none : str
        Of what there is none to halve: ``0 missed defects``; mostly empty.
    already : str
        That today's figure is halved at the chosen point; mostly empty.
    of_today : str
        The cheapest way to halve today's figure instead, and what it leaves; mostly empty.
    """

    of: str
    there: Exchange | None
    none: str = ""
    already: str = ""
    of_today: str = ""


def halving(page: PageState, stakeholder: Stakeholder) -> Halving:
    """Find the cheapest way to halve a stakeholder's figure, and what each role gets there."""
    o = stakeholder.objective
    of = f"the chosen {figure(o, page.chosen.figures[o.id], page.scenario)}"
    if page.chosen.figures[o.id] == 0:
        return Halving(of, None, none=f"{figure(o, 0.0, page.scenario)} {o.label}")
    point = _cheapest_within(page.analysis, o, page.chosen.figures[o.id] / 2)
    if point is None:
        return Halving(of, None, already=_already(page.selection, o))
    known = page.uncertainty

    def apart(o: Objective) -> Gap | None:
        # Both may have been picked, as the cheapest of their kind: no luck of one alone is taken off.
        return None if known is None else gap(page.selection, known, o, point)

    there = exchange(page, point, apart, less=o)
    return Halving(
        of, there, already=_already(page.selection, o), of_today=_half_of_today(page, o, point)
    )


def exchange(
    page: PageState,
    point: OperatingPoint,
    apart: Callable[[Objective], Gap | None],
    *,
    less: Objective,
) -> Exchange:
    """Say what everybody gets at another point.

    Parameters
    ----------
    apart : callable
        How far the chosen point is from the other, by objective; None where that is not known.
    less : Objective
        What there is less of, for each of which the false alarms pay.
    """
    changes = [
        change_of(page.selection, s.title, s.objective, point, apart) for s in page.stakeholders
    ]
    alarms = OBJECTIVES["false_alarms"]
    if alarms not in (_told(page.analysis, s.objective) for s in page.stakeholders):
        own = change_of(page.selection, capital(alarms.label), alarms, point, apart)
        changes.append(replace(own, label=_paid_words(page.selection, less, point, apart)))
    broken = [
        b for b in page.limits if not b.keeps(float(point.figures.get(b.objective.id, math.nan)))
    ]
    return Exchange(
        point,
        page.words(point.model, point.threshold, lower=point.lower),
        tuple(changes),
        tuple(_left_words(page.selection, bound, point) for bound in broken),
        tuple(
            _kept_words(page.selection, bound, point)
            for bound in page.limits
            if bound not in broken
        ),
    )


def _cheapest_within(analysis: Analysis, o: Objective, most: float) -> OperatingPoint | None:
    """The cheapest point at which a figure is at most so much, where any can be one that keeps the limits."""
    values = analysis.points[o.id].to_numpy(np.float64)
    within = (values <= most) & is_ordinary(analysis.points)
    position = cheapest(analysis.points, within & keeps_all(analysis.points, analysis.limits))
    if position is None:
        position = cheapest(analysis.points, within)
    return None if position is None else OperatingPoint.from_points(analysis.points, position)


def _half_of_today(page: PageState, o: Objective, half: OperatingPoint) -> str:
    """The cheapest way to halve today's figure, where that is neither reached nor the same point."""
    then = page.today.figures.get(o.id, math.nan)
    if page.is_todays(page.chosen) or not page.chosen.figures[o.id] > then / 2:
        return ""
    point = _cheapest_within(page.analysis, o, then / 2)
    if point is None or point.place == half.place:
        return ""
    others = [s.objective for s in page.stakeholders if s.objective is not o]
    told = [one for one in others if not (one.of_model or needs_prices(one, page.scenario))]
    figures = [f"{one.label} {figure(one, point.figures[one.id], page.scenario)}" for one in told]
    if not all(b.keeps(float(point.figures.get(b.objective.id, math.nan))) for b in page.limits):
        figures.append(misses_words(page.analysis))
    place = page.words(point.model, point.threshold)
    return f"Half of {current_words(page.analysis, o)} in this file: {', '.join([place, *figures])}"


def _already(selection: Selection, o: Objective) -> str:
    """That the chosen point has at most half of what today's system has: whoever asks may have meant that."""
    analysis = selection.analysis
    if (
        analysis.is_current(selection.point)
        or not selection.point.figures[o.id] <= analysis.current.figures[o.id] / 2
    ):
        return ""
    here, known = samples_of(selection, o, selection.point), analysis.uncertainty
    if here is None or known is None:
        return f"At most half of {current_words(analysis, o)} already"
    share = share_above(here - replicates(analysis, known, o, analysis.current) / 2)
    sure = Chance.CLEAR if share <= BY_CHANCE else Chance.POSSIBLE
    return f"At most half of {current_words(analysis, o)} already, {sure.value}"


def _paid_words(
    selection: Selection,
    o: Objective,
    point: OperatingPoint,
    apart: Callable[[Objective], Gap | None],
) -> str:
    """How many more false alarms there are for each miss less; else where their cost is counted already."""
    analysis = selection.analysis
    if o.id == "missed_defects":
        more = point.figures["false_alarms"] - selection.point.figures["false_alarms"]
        less = selection.point.figures[o.id] - point.figures[o.id]
        if more > 0 and less > 0:
            price = analysis.scenario.miss_cost
            words = f"{price_size(more / less)} more for each miss avoided"
            if analysis.scenario.miss_cost_by_type or analysis.scenario.inspection is not None:
                return words  # what else it costs is not the price of a miss alone
            verdict = "worth it" if more / less <= price else "not worth it"
            found = apart(OBJECTIVES["cost_of_errors"])
            hedge = (
                "" if found is None or found.chance is not Chance.POSSIBLE else ", could be chance"
            )
            return f"{words}: {verdict} at {entered(price)}{hedge}"
    if analysis.scenario.payoff is None:
        return ""
    earned = (s.title for s in analysis.stakeholders if "payoff" in s.objective.reads)
    return next((f"their cost is in the {title.lower()}’s figure" for title in earned), "")


def _left_words(selection: Selection, bound: Bound, point: OperatingPoint) -> str:
    """What another point leaves of a limit that it breaks."""
    o, scenario = bound.objective, selection.analysis.scenario
    there = figure(o, point.figures.get(o.id, math.nan), scenario)
    share = share_missed(selection, [bound], point)
    often = "" if math.isnan(share) else f", missed in {of_100(share)}"
    if o.is_against_today:
        target = f"your {limit_figure(bound, scenario)} target"
        return f"{capital(o.change_of)} is then {there}, below {target}{often}."
    return f"{capital(o.label)}: then {there}, not {wanted(bound, scenario)}{often}."


def _kept_words(selection: Selection, bound: Bound, point: OperatingPoint) -> str:
    """What another point leaves of a limit that it keeps in the file, and how often it is missed."""
    analysis = selection.analysis
    words = f"{limit_name(bound, analysis.scenario)}: {met_words(share_missed(selection, [bound], point))}."
    if not bound.objective.is_against_today:
        return words
    o = bound.objective
    there = figure(o, point.figures[o.id], analysis.scenario)
    expected = expected_words(
        o, expectation(selection.at(point), o, point, least=NOTABLE), analysis.scenario
    )
    there += f", expect {expected}" if expected else ""
    return f"{capital(o.change_of)} is then {there}. {words}"


def change_of(
    selection: Selection,
    title: str,
    o: Objective,
    point: OperatingPoint,
    apart: Callable[[Objective], Gap | None],
) -> Change:
    """What a role's figure becomes at another point."""
    analysis = selection.analysis
    o, scenario = _told(analysis, o), analysis.scenario
    here, there = selection.point.figures[o.id], point.figures[o.id]
    chance, within = Chance.UNKNOWN, ""
    found = None if here == there or not o.has_interval else apart(o)
    if found is not None:
        chance = found.chance
        within = gap_ends(found.reversed(), scenario, there, here)
    return Change(
        title,
        o.label,
        figure(o, here, scenario),
        figure(o, there, scenario),
        written_gap(o, there, here, scenario).words(noun=False),
        chance,
        within if chance is Chance.POSSIBLE else "",
        _todays(selection, o),
    )


def _told(analysis: Analysis, o: Objective) -> Objective:
    """What is told of an objective: without prices good units' worth is nobody's money."""
    return OBJECTIVES["false_alarms"] if needs_prices(o, analysis.scenario) else o


def _todays(selection: Selection, o: Objective) -> str:
    """Today's figure, where it says something beside the chosen point's."""
    analysis = selection.analysis
    if (
        o.is_against_today
        or analysis.is_current(selection.point)
        or math.isnan(analysis.current.figures[o.id])
    ):
        return ""
    return current_words(analysis, o)
