"""What the actions of the stakeholders' cards open: halving a figure, and the risk of missing a target."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dashboard.page.card_text import (
    expected_figure,
    limit_figure,
    misses_words,
    needs_prices,
    today_words,
)
from dashboard.page.limits import (
    is_no_less_than_today,
    limit_name,
    why_not_certified,
)
from dashboard.page.optimism import (
    GAIN,
    range_of,
    samples_of,
    share_above,
    share_missed,
    shortfall_in_samples,
)
from dashboard.page.resampled_figures import gap, interval, replicates
from dashboard.page.scenario_figures import NO_CHECKS
from dashboard.page.state import PageState, Stakeholder, rate_now, today_earns
from metrics import OBJECTIVES, Bound, Direction, Objective, OperatingPoint, Unit
from metrics.evaluation.break_even_defect_rate import break_even_defect_rate
from metrics.evaluation.confusion import Confusion
from metrics.evaluation.objective import Extreme
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.comparison import Chance
from metrics.inference.intervals import Uncertainty
from metrics.narrative.certified_words import BY_CHANCE, met_words
from metrics.narrative.number_formatting import (
    SPACE,
    digits,
    ends,
    entered,
    figure,
    gap_ends,
    money,
    price_size,
    rate_words,
    to_digits,
    written_gap,
)
from metrics.narrative.phrases import capital, of_100, wanted
from metrics.selection.limits import keeps_all
from metrics.selection.picks import cheapest
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Action:
    """The one question that a card answers in place."""

    key: str
    label: str
    help: str


HALVE = Action("halve", "halve it?", "What halving it would cost everybody")
RISK = Action("risk", "risk?", "How likely it falls short, and by how much")
CALIBRATION = Action("calibration", "calibration?", "Whether its probabilities can be believed")


def action_of(o: Objective) -> Action:
    """Which question belongs to an objective."""
    if o.of_model:
        return CALIBRATION
    # What is better the less is flagged falls to nothing where nothing is.
    is_counted = o.direction is Direction.MINIMISE and o.extreme is Extreme.FLAG_EVERYTHING
    return HALVE if is_counted else RISK


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
class Halving:
    """What halving a stakeholder's figure costs the others.

    Attributes
    ----------
    of : str
        What is halved: ``the chosen 20,500``.
    point : OperatingPoint or None
        The cheapest point at which the figure is at most half; None where there is none.
    words : str
        The point.
    changes : tuple of Change
        Of the stakeholder and of the others; of the false alarms, too.
    breaks : tuple of str
        A sentence for each limit that the point breaks: nothing that keeps them all halves the figure.
    keeps : tuple of str
        A sentence for each that it keeps in the file, with how often it is missed.
    none : str
        Of what there is none to halve: ``0 missed defects``; mostly empty.
    already : str
        That today's figure is halved at the chosen point; mostly empty.
    of_today : str
        The cheapest way to halve today's figure instead, and what it leaves; mostly empty.
    """

    of: str
    point: OperatingPoint | None
    words: str
    changes: tuple[Change, ...]
    breaks: tuple[str, ...]
    keeps: tuple[str, ...]
    none: str = ""
    already: str = ""
    of_today: str = ""


def halving(page: PageState, stakeholder: Stakeholder) -> Halving:
    """Find the cheapest way to halve a stakeholder's figure, and what each role gets there."""
    o = stakeholder.objective
    of = f"the chosen {figure(o, page.chosen.figures[o.id], page.scenario)}"
    if page.chosen.figures[o.id] == 0:
        return Halving(of, None, "", (), (), (), none=f"{figure(o, 0.0, page.scenario)} {o.label}")
    point = _cheapest_within(page, o, page.chosen.figures[o.id] / 2)
    if point is None:
        return Halving(of, None, "", (), (), (), already=_already(page, o))
    changes = [change_of(page, s.title, s.objective, point) for s in page.stakeholders]
    alarms = OBJECTIVES["false_alarms"]
    if not any(change.label == alarms.label for change in changes):
        own = change_of(page, capital(alarms.label), alarms, point)
        changes.append(replace(own, label=_paid_words(page, o, point)))
    broken = [
        b for b in page.limits if not b.keeps(float(point.figures.get(b.objective.id, math.nan)))
    ]
    return Halving(
        of,
        point,
        page.words(point.model, point.threshold),
        tuple(changes),
        tuple(_left_words(page, bound, point) for bound in broken),
        tuple(_kept_words(page, bound, point) for bound in page.limits if bound not in broken),
        already=_already(page, o),
        of_today=_half_of_today(page, o, point),
    )


def _cheapest_within(page: PageState, o: Objective, most: float) -> OperatingPoint | None:
    """The cheapest point at which a figure is at most so much, where any can be one that keeps the limits."""
    values = page.points[o.id].to_numpy(np.float64)
    within = (values <= most) & is_ordinary(page.points)
    position = cheapest(page.points, within & keeps_all(page.points, page.limits))
    if position is None:
        position = cheapest(page.points, within)
    return None if position is None else OperatingPoint.from_points(page.points, position)


def _half_of_today(page: PageState, o: Objective, half: OperatingPoint) -> str:
    """The cheapest way to halve today's figure, where that is neither reached nor the same point."""
    then = page.today.figures.get(o.id, math.nan)
    if page.is_todays(page.chosen) or not page.chosen.figures[o.id] > then / 2:
        return ""
    point = _cheapest_within(page, o, then / 2)
    if point is None or point.place == half.place:
        return ""
    others = [s.objective for s in page.stakeholders if s.objective is not o]
    told = [one for one in others if not (one.of_model or needs_prices(one, page.scenario))]
    figures = [f"{one.label} {figure(one, point.figures[one.id], page.scenario)}" for one in told]
    if not all(b.keeps(float(point.figures.get(b.objective.id, math.nan))) for b in page.limits):
        figures.append(misses_words(page))
    place = page.words(point.model, point.threshold)
    return f"Half of {today_words(page, o)} in this file: {', '.join([place, *figures])}"


def _already(page: PageState, o: Objective) -> str:
    """That the chosen point has at most half of what today's system has: whoever asks may have meant that."""
    if page.is_todays(page.chosen) or not page.chosen.figures[o.id] <= page.today.figures[o.id] / 2:
        return ""
    here, known = samples_of(page, o, page.chosen), page.uncertainty
    if here is None or known is None:
        return f"At most half of {today_words(page, o)} already"
    share = share_above(here - replicates(page, known, o, page.today) / 2)
    sure = Chance.CLEAR if share <= BY_CHANCE else Chance.POSSIBLE
    return f"At most half of {today_words(page, o)} already, {sure.value}"


def _paid_words(page: PageState, o: Objective, point: OperatingPoint) -> str:
    """How many more false alarms there are for each miss less; else where their cost is counted already."""
    if o.id == "missed_defects":
        more = point.figures["false_alarms"] - page.chosen.figures["false_alarms"]
        less = page.chosen.figures[o.id] - point.figures[o.id]
        if more > 0 and less > 0:
            price = page.scenario.miss_cost
            words = f"{price_size(more / less)} more for each miss avoided"
            if page.scenario.miss_cost_by_type:
                return words
            verdict = "worth it" if more / less <= price else "not worth it"
            known, cost = page.uncertainty, OBJECTIVES["cost_of_errors"]
            found = None if known is None else gap(page, known, cost, point)
            hedge = (
                "" if found is None or found.chance is not Chance.POSSIBLE else ", could be chance"
            )
            return f"{words}: {verdict} at {entered(price)}{hedge}"
    if page.scenario.payoff is None:
        return ""
    earned = (s.title for s in page.stakeholders if "payoff" in s.objective.reads)
    return next((f"their cost is in the {title.lower()}’s figure" for title in earned), "")


def _left_words(page: PageState, bound: Bound, point: OperatingPoint) -> str:
    """What halving leaves of a limit that it breaks."""
    o, scenario = bound.objective, page.scenario
    there = figure(o, point.figures.get(o.id, math.nan), scenario)
    share = share_missed(page, [bound], point)
    often = "" if math.isnan(share) else f", missed in {of_100(share)}"
    if o.is_against_today:
        target = f"your {limit_figure(bound, scenario)} target"
        return f"{capital(o.change_of)} is then {there}, below {target}{often}."
    return f"Halving leaves {o.label} {there}, not {wanted(bound, scenario)}{often}."


def _kept_words(page: PageState, bound: Bound, point: OperatingPoint) -> str:
    """What halving leaves of a limit that it keeps in the file, and how often it is missed."""
    words = f"{limit_name(bound, page.scenario)}: {met_words(share_missed(page, [bound], point))}."
    if not bound.objective.is_against_today:
        return words
    there = figure(bound.objective, point.figures[bound.objective.id], page.scenario)
    return f"{capital(bound.objective.change_of)} is then {there}. {words}"


def change_of(page: PageState, title: str, o: Objective, point: OperatingPoint) -> Change:
    """What a role's figure becomes at another point."""
    scenario = page.scenario
    if needs_prices(o, scenario):  # good units' worth is nobody's money
        o = OBJECTIVES["false_alarms"]
    here, there = page.chosen.figures[o.id], point.figures[o.id]
    chance, within, known = Chance.UNKNOWN, "", page.uncertainty
    # Both may have been picked, as the cheapest of their kind: no luck of one alone is taken off.
    found = (
        None if here == there or known is None or not o.has_interval else gap(page, known, o, point)
    )
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
        _todays(page, o),
    )


def _todays(page: PageState, o: Objective) -> str:
    """Today's figure, where it says something beside the chosen point's."""
    if o.is_against_today or page.is_todays(page.chosen) or math.isnan(page.today.figures[o.id]):
        return ""
    return today_words(page, o)


@dataclass(frozen=True)
class Risk:
    """The chance that a target is missed, and by how much.

    Attributes
    ----------
    target : str
        In words.
    share : float
        Of the replicates that miss it; NaN where not known.
    is_kept : bool
        Whether the file's own figure meets it.
    short : str
        How far the figure falls short on average where it does: ``€3.46 m``; empty where it never does.
    range : str
        The 95 % interval of the figure.
    expected : str
        About what the figure may be expected to be on new data; empty where that is what it is here.
    of : str
        Of a figure in per cent of what today earns: how much that is, and how sure.
    why : str
        How a target that is hardly ever missed is not certified all the same; mostly empty.
    is_wanted : bool
        Whether a limit asks for the target; else it is today's figure, which nobody asked for.
    missed_at : MissedAt or None
        At which defect rates it is missed; None where that is not of so many per cent of what today earns.
    """

    target: str
    share: float
    is_kept: bool
    short: str
    range: str
    expected: str
    of: str
    why: str
    is_wanted: bool
    missed_at: MissedAt | None = None


@dataclass(frozen=True)
class MissedAt:
    """At which defect rates the chosen threshold misses a target, in the file.

    Attributes
    ----------
    rates : str
        ``below 2.69 % defects``.
    now : str
        The defect rate that is assumed.
    """

    rates: str
    now: str


def risk(page: PageState, stakeholder: Stakeholder) -> Risk | None:
    """How likely a stakeholder's target is missed; None while that is not known."""
    known = page.uncertainty
    if known is None:
        return None
    o = stakeholder.objective
    same = {o.id, o.in_proportion}
    target = next((limit for limit in page.limits if limit.objective.id in same), None)
    beside = page.today if target is None or is_no_less_than_today(target) else None
    if target is None or beside is not None:
        of = "revenue" if o.is_against_today else "figure"
        words = f"the {of} with {NO_CHECKS}" if page.scenario.today is None else f"today’s {of}"
    else:
        o = target.objective
        name = limit_name(target, page.scenario)
        words = f"the {name[:1].lower()}{name[1:]}"
        if not o.is_against_today:
            words = f"the limit of {name[:1].lower()}{name[1:]}"
    bound, why = target, ""
    if bound is None and o.is_against_today:
        bound = Bound(GAIN if o.unit is Unit.PERCENT else o, 0.0)
    if bound is not None:  # then the same as the line of the limits says
        short, aim = shortfall_in_samples(page, bound, page.chosen), np.asarray(bound.value)
        share = share_missed(page, [bound], page.chosen)
        if beside is None:
            why = why_not_certified(page, bound, share)
    else:
        drawn, aim = (
            samples_of(page, o, page.chosen, beside=beside),
            replicates(page, known, o, page.today),
        )
        short = None if drawn is None else o.direction.loss(drawn - aim)
        share = math.nan if short is None else share_above(short)
    if short is None or math.isnan(share):
        return None
    is_per_cent = o.unit is Unit.PERCENT and o.is_against_today
    here, then = (point.figures.get(o.id, math.nan) for point in (page.chosen, page.today))
    loss = o.direction.loss(np.array([here, then if target is None else target.value]))
    return Risk(
        target=words,
        share=share,
        is_kept=bool(loss[0] <= loss[1]),
        # In money where the share is counted in money: of the same samples.
        short=_short(page, GAIN, short, np.zeros(()))
        if is_per_cent
        else _short(page, o, short, aim),
        range=ends(o, page.chosen.figures[o.id], *range_of(page, o, page.chosen), page.scenario),
        expected=expected_figure(page, o, page.chosen),
        of=_of_what(page, known) if is_per_cent else "",
        why=why,
        is_wanted=target is not None,
        missed_at=_missed_at(page, target) if target is not None and is_per_cent else None,
    )


def _missed_at(page: PageState, target: Bound) -> MissedAt | None:
    """From which defect rate on, or up to which, the chosen threshold meets a target in per cent."""
    scenario = page.scenario
    if scenario.payoff is None or scenario.inspection is not None:
        return None
    point, today = (
        Confusion(*np.array([one.tp, one.fp, one.fn, one.tn])) for one in (page.chosen, page.today)
    )
    rate = break_even_defect_rate(point, today, scenario, target.value)
    if math.isnan(rate):
        return None
    now = rate_now(page)
    is_met = target.keeps(page.chosen.figures[target.objective.id])
    is_from = (rate < now) == is_met
    # As few digits as tell it from the rate of now, rounded to where the target is still met.
    most = next(
        (
            most
            for most in (3, 4, 5)
            if (to_digits(100 * rate, most, up=is_from) < 100 * now) == (rate < now)
        ),
        6,
    )
    end = f"{digits(100 * rate, most, up=is_from)}{SPACE}%"
    side = "below" if is_from else "above"
    return MissedAt(f"{side} {end} defects", rate_words(now))


def _of_what(page: PageState, known: Uncertainty) -> str:
    """What today earns, of which a gain is so many per cent: it is no surer than the gain."""
    earned, o = today_earns(page), OBJECTIVES["revenue"]
    if math.isnan(earned):
        return ""
    words = f"of today’s {money(earned, page.scenario.currency)}"
    sure = ends(o, earned, *interval(page, known, o, page.today), page.scenario)
    return f"{words}, itself {sure}" if sure else words


def _short(page: PageState, o: Objective, short: Floats, aim: Floats) -> str:
    """How far figures fall short of what is aimed at where they do, on average: ``0.8 points``."""
    missed = short > 0
    if not missed.any():
        return ""
    target = float(np.broadcast_to(aim, short.shape)[missed].mean())
    there = target + float(o.direction.loss(short[missed]).mean())
    return written_gap(o, there, target, page.scenario).measure
