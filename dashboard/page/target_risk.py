"""The risk that the chosen point misses a target, and by how much."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder, current_revenue, defect_rate_of
from dashboard.analysis.optimism import (
    GAIN,
    range_of,
    samples_of,
    share_above,
    share_missed,
    shortfall_in_samples,
)
from dashboard.analysis.resampled_figures import interval, replicates
from dashboard.analysis.scenario_figures import NO_CHECKS
from dashboard.analysis.selection import Selection
from dashboard.page.card_text import expected_figure
from dashboard.page.limits import (
    is_no_less_than_today,
    limit_name,
    why_not_certified,
)
from dashboard.page.models import better_threshold_words
from dashboard.page.state import PageState
from dashboard.words.certified import BY_CHANCE
from dashboard.words.numbers import (
    SPACE,
    digits,
    ends,
    figure,
    money,
    rate_words,
    to_digits,
    written_gap,
)
from dashboard.words.phrases import of_100
from dashboard.words.resampling import again_words
from metrics import OBJECTIVES, Bound, Objective, Unit
from metrics.evaluation.break_even_defect_rate import break_even_defect_rate
from metrics.evaluation.confusion import Confusion
from metrics.inference.intervals import Uncertainty
from metrics.tally.kernel import Floats


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
        ``below 2.69 %``.
    now : str
        The defect rate that is assumed.
    """

    rates: str
    now: str


def risk(selection: Selection, stakeholder: Stakeholder) -> Risk | None:
    """How likely a stakeholder's target is missed; None while that is not known."""
    analysis = selection.analysis
    known = analysis.uncertainty
    if known is None:
        return None
    o = stakeholder.objective
    same = {o.id, o.in_proportion}
    target = next((limit for limit in analysis.limits if limit.objective.id in same), None)
    beside = analysis.current if target is None or is_no_less_than_today(target) else None
    if target is None or beside is not None:
        of = "revenue" if o.is_against_today else "figure"
        words = f"the {of} with {NO_CHECKS}" if analysis.scenario.today is None else f"today’s {of}"
    else:
        o = target.objective
        name = limit_name(target, analysis.scenario)
        words = f"the {name[:1].lower()}{name[1:]}"
        if not o.is_against_today:
            words = f"the limit of {name[:1].lower()}{name[1:]}"
    bound, why = target, ""
    if bound is None and o.is_against_today:
        bound = Bound(GAIN if o.unit is Unit.PERCENT else o, 0.0)
    if bound is not None:  # then the same as the line of the limits says
        short, aim = (
            shortfall_in_samples(selection, bound, selection.point),
            np.asarray(bound.value),
        )
        share = share_missed(selection, [bound], selection.point)
        if beside is None:
            why = why_not_certified(selection, bound, share)
    else:
        drawn, aim = (
            samples_of(selection, o, selection.point, beside=beside),
            replicates(analysis, known, o, analysis.current),
        )
        short = None if drawn is None else o.direction.loss(drawn - aim)
        share = math.nan if short is None else share_above(short)
    if short is None or math.isnan(share):
        return None
    is_per_cent = o.unit is Unit.PERCENT and o.is_against_today
    here, then = (
        point.figures.get(o.id, math.nan) for point in (selection.point, analysis.current)
    )
    loss = o.direction.loss(np.array([here, then if target is None else target.value]))
    return Risk(
        target=words,
        share=share,
        is_kept=bool(loss[0] <= loss[1]),
        # In money where the share is counted in money: of the same samples.
        short=_short(analysis, GAIN, short, np.zeros(()))
        if is_per_cent
        else _short(analysis, o, short, aim),
        range=ends(
            o,
            selection.point.figures[o.id],
            *range_of(selection, o, selection.point),
            analysis.scenario,
        ),
        expected=_expected(selection, stakeholder.objective, o),
        of=_of_what(selection, known) if is_per_cent else "",
        why=why,
        is_wanted=target is not None,
        missed_at=_missed_at(selection, target) if target is not None and is_per_cent else None,
    )


def _expected(selection: Selection, wanted: Objective, o: Objective) -> str:
    """About what to expect of a target's figure, and of the stakeholder's own: ``+44.1 % (+$12.7 m)``."""
    expected = expected_figure(selection, o, selection.point)
    if not expected or wanted is o:
        return expected
    own = expected_figure(selection, wanted, selection.point)
    value = selection.point.figures[wanted.id]
    return f"{expected} ({own or figure(wanted, value, selection.analysis.scenario)})"


@dataclass(frozen=True)
class RiskRow:
    """A line of what is said of a risk.

    Attributes
    ----------
    name, about : str
        What it is of, and more of that in small type.
    value, note : str
        A figure, and more of that in small type.
    """

    name: str
    about: str
    value: str
    note: str = ""


def risk_rows(page: PageState, stakeholder: Stakeholder, found: Risk) -> tuple[RiskRow, ...]:
    """How often a target is met, by how much it is missed, what to expect, and what else would do."""
    verb, often = ("Meets", 1 - found.share) if found.is_kept else ("Misses", found.share)
    rows = [RiskRow(f"{verb} {found.target}", again_words(page.analysis), of_100(often))]
    if found.share > BY_CHANCE and found.short:
        rows.append(RiskRow("Where it is missed, short by", "on average", found.short))
    if found.range:
        within = f"{found.range}, 95{SPACE}% interval"
        expected = f"about {found.expected}" if found.expected else found.range
        note = within if found.expected else f"95{SPACE}% interval"
        rows.append(RiskRow("On new data", found.of, expected, note))
    if found.missed_at is not None:
        now = f"now {found.missed_at.now}; today’s revenue changes with it"
        rows.append(RiskRow("Target missed at a defect rate", now, found.missed_at.rates))
    better = better_threshold_words(page) if stakeholder.objective.is_against_today else None
    if better is not None:
        beside = ", ".join(filter(None, (better.missed, better.share)))
        moved = f"{better.place} {better.now}"
        rows.append(RiskRow("If only today’s threshold moved", moved, better.gain, beside))
    return tuple(rows)


def _missed_at(selection: Selection, target: Bound) -> MissedAt | None:
    """Below which defect rate, or above which, the chosen threshold misses a target in per cent."""
    analysis = selection.analysis
    scenario = analysis.scenario
    if scenario.payoff is None or scenario.inspection is not None:
        return None
    point, today = (
        Confusion(*np.array([one.tp, one.fp, one.fn, one.tn]))
        for one in (selection.point, analysis.current)
    )
    rate = break_even_defect_rate(point, today, scenario, target.value)
    if math.isnan(rate):
        return None
    now = defect_rate_of(analysis)
    is_met = target.keeps(selection.point.figures[target.objective.id])
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
    return MissedAt(f"{side} {end}", rate_words(now))


def _of_what(selection: Selection, known: Uncertainty) -> str:
    """What today earns, of which a gain is so many per cent: it is no surer than the gain."""
    analysis = selection.analysis
    earned, o = current_revenue(analysis), OBJECTIVES["revenue"]
    if math.isnan(earned):
        return ""
    words = f"of today’s {money(earned, analysis.scenario.currency)}"
    sure = ends(
        o,
        earned,
        *interval(selection, known, o, analysis.current),
        analysis.scenario,
    )
    return f"{words}, itself {sure}" if sure else words


def _short(analysis: Analysis, o: Objective, short: Floats, aim: Floats) -> str:
    """How far figures fall short of what is aimed at where they do, on average: ``0.8 points``."""
    missed = short > 0
    if not missed.any():
        return ""
    target = float(np.broadcast_to(aim, short.shape)[missed].mean())
    there = target + float(o.direction.loss(short[missed]).mean())
    return written_gap(o, there, target, analysis.scenario).measure
