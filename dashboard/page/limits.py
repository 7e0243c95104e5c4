"""The limits that everybody agreed on: their words, and whether a point keeps them, be it by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.analysis import cache
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.certified import among_visible, certified, certified_points, standing_of
from dashboard.analysis.optimism import share_missed
from dashboard.analysis.scenario_figures import NO_CHECKS
from dashboard.analysis.selection import Selection
from dashboard.page.state import PageState
from dashboard.words.certified import (
    BY_CHANCE,
    RARE,
    explained,
    met_words,
    missed_words,
    short,
    stricter,
    what_it_takes,
)
from dashboard.words.limit_names import limit_figure, limit_noun
from dashboard.words.numbers import figure
from dashboard.words.phrases import capital, every, is_unpriced, joined, wanted
from dashboard.words.resampling import again_words
from dashboard.words.verdict import FLAGGING
from metrics import Bound, Direction, OperatingPoint, Pick, Scenario, Unit
from metrics.evaluation.operating_points import is_ordinary
from metrics.inference.guarantee import CONFIDENCE, Certification, Standing
from metrics.selection.feasibility import Feasibility, cheapest_among, feasibility
from metrics.selection.limits import keeps_all


def limit_words(analysis: Analysis, bound: Bound) -> str:
    """A limit as the page and the verdict write it: ``at least 80.0 %``."""
    return wanted(bound, analysis.scenario)


def keeps_every(analysis: Analysis, found: Pick | None) -> bool:
    """Whether a pick keeps all limits."""
    if found is None:
        return False
    return all(
        b.keeps(float(analysis.points[b.objective.id].array[found.row])) for b in analysis.limits
    )


def is_no_less_than_today(bound: Bound) -> bool:
    """Whether a limit asks for nothing but what there is today."""
    return bound.objective.is_against_today and bound.value == 0


def limit_name(bound: Bound, scenario: Scenario) -> str:
    """A limit in a line: ``Target +30 %``, or ``Recall at least 80 %``."""
    if is_no_less_than_today(bound):
        than = "with no checks" if scenario.today is None else "today"
        if is_unpriced(bound.objective, scenario):
            return f"Errors cost no more than {than}"
        return f"No less {bound.objective.change_of} than {than}"
    if bound.objective.is_against_today:
        than = NO_CHECKS if scenario.today is None else "today"
        against = "" if bound.objective.unit is Unit.PERCENT else f" against {than}"
        return f"Target {limit_figure(bound, scenario)}{against}"
    return f"{capital(bound.objective.subject)} {wanted(bound, scenario)}"


@dataclass(frozen=True)
class LimitsSaid:
    """Whether a point keeps the limits.

    Attributes
    ----------
    text : str
        Empty without limits.
    is_broken : bool
        Whether one is broken.
    why : str
        What certified or not means here; empty where neither is said.
    is_doubtful : bool
        Whether what is met in the file is more likely missed on new data.
    """

    text: str
    is_broken: bool = False
    why: str = ""
    is_doubtful: bool = False


UNLESS_SEEN = " if no model saw these rows"
"""On what it rests that a limit is surely met, where nobody has said so."""
AS_SEEN = "met, but models saw these rows"
"""How a limit stands that is met on rows on which every figure flatters."""


def longest_standing() -> str:
    """The longest of what may stand behind a limit's name: a page that is to keep still has room for it."""
    said = (
        f"{short(Standing.CERTIFIED, CONFIDENCE)}{UNLESS_SEEN}",
        AS_SEEN,
        met_words(0.0, UNLESS_SEEN),
        *(
            words(share, is_brief=True)
            for words in (met_words, missed_words)
            for share in (0.005, 0.4, 0.6, 0.995)
        ),
    )
    return max(said, key=len)


def limits_said(
    selection: Selection, point: OperatingPoint, *, at_rest: bool, is_brief: bool = False
) -> LimitsSaid:
    """Whether a point keeps the limits, and in how many samples of new data it would not.

    Where it is brief, `LimitsSaid.why` says what they are counted of.
    """
    analysis = selection.analysis
    if not analysis.limits:
        return LimitsSaid("")
    broken = [
        b
        for b in analysis.limits
        if not b.keeps(float(point.figures.get(b.objective.id, math.nan)))
    ]
    count = len(analysis.limits)
    told = broken or list(analysis.limits)
    if len(told) == 1:
        subject = f"{limit_name(told[0], analysis.scenario)}:"
    elif broken:
        subject = f"{len(broken)} of {count} limits"
    else:
        subject = f"{'Both' if count == 2 else f'All {count}'} limits"
    if at_rest and analysis.held_out == "training":
        words = missed_words(math.nan) if broken else AS_SEEN
        return LimitsSaid(f"{subject} {words}", bool(broken), is_doubtful=not broken)
    rests_on = UNLESS_SEEN if analysis.held_out == "unknown" else ""
    certification = certified(analysis) if at_rest and not broken else None
    standing = Standing.NOT_MET
    if certification is not None:
        standing = standing_of(analysis, certification, analysis.limits, point)
    is_told = at_rest and standing is not Standing.CERTIFIED
    share = share_missed(selection, told, point) if is_told else math.nan
    why = ""
    if certification is not None:
        why = _why(analysis, certification, standing, share)
        if standing is not Standing.MET:
            sure = short(standing, certification.confidence)
            return LimitsSaid(f"{subject} {sure}{rests_on}", why=why)
    brief = {"is_brief": is_brief}
    verb = missed_words(share, **brief) if broken else met_words(share, rests_on, **brief)
    if is_brief and (share < 1 - BY_CHANCE if broken else share > BY_CHANCE):
        why = f"{of_100_words(analysis)} {why}".rstrip()
    if math.isnan(share) and why:
        verb = short(Standing.MET, 0)
    return LimitsSaid(f"{subject} {verb}", bool(broken), why, not broken and share > 0.5)


def of_100_words(analysis: Analysis) -> str:
    """What a count behind a limit is of."""
    return (
        f"In so many of 100 resamples, {again_words(analysis)}, allowing for the choice among them."
    )


def _why(analysis: Analysis, certification: Certification, standing: Standing, share: float) -> str:
    """What a standing means, how that goes with the share of resamples, and what certifying would take."""
    count, models = len(analysis.limits), certification.models
    means = explained(standing, certification.confidence, models, share, count)
    takes = what_it_takes(certification, analysis.evaluation.tally.rows.tolist())
    return " ".join(filter(None, [means, *takes]))


def why_not_certified(selection: Selection, bound: Bound, share: float) -> str:
    """How it can be that the chosen point hardly ever misses a limit in resamples, and is not certified.

    Nothing where it is, where it misses the limit often, or where that is not known.
    """
    analysis = selection.analysis
    certification = None if not share <= RARE else certified(analysis, (bound,))
    if certification is None:
        return ""
    standing = standing_of(analysis, certification, (bound,), selection.point)
    return stricter(certification.models) if standing is Standing.MET else ""


def outright(analysis: Analysis) -> str:
    """That nothing keeps the limits, or nothing that does is better than today; mostly nothing."""
    if not analysis.limits:
        return ""
    key = analysis.keyed("outright", analysis.picks_key)
    return cache.STORE.get(key, lambda: _outright(analysis))


def _outright(analysis: Analysis) -> str:
    cost = "cost_of_errors"
    best = cheapest_among(analysis.points, keeps_all(analysis.points, analysis.limits))
    limits = "the limit" if len(analysis.limits) == 1 else "the limits"
    if best is None:
        return (
            _beyond_reach(analysis, analysis.limits[0])
            if len(analysis.limits) == 1
            else f"No choice keeps {limits}."
        )
    if not best.figures[cost] < analysis.current.figures[cost]:
        return f"Nothing that keeps {limits} has cheaper errors than today."
    return ""


def _beyond_reach(analysis: Analysis, bound: Bound) -> str:
    """That nothing keeps a limit, and how far one can go: ``Nothing reaches +45 %: the most is +31 %``."""
    o = bound.objective
    loss = o.direction.loss(
        analysis.points[o.id].to_numpy(np.float64)[is_ordinary(analysis.points)]
    )
    if np.isnan(loss).all():
        return "No choice keeps the limit."
    nearest = figure(o, float(o.direction.loss(np.nanmin(loss))), analysis.scenario)
    what = "most" if o.direction is Direction.MAXIMISE else "least"
    if o.is_against_today:
        return f"Nothing reaches {limit_figure(bound, analysis.scenario)}: the {what} is {nearest}."
    return f"No choice keeps the limit: the {what} is {nearest}."


def feasibility_of(analysis: Analysis) -> Feasibility | None:
    """What the limits leave, and who keeps them; None without limits."""
    if not analysis.limits:
        return None
    picks = [s.pick.row for s in analysis.stakeholders if s.pick is not None]
    key = analysis.keyed("feasibility", analysis.picks_key, analysis.limits_in_force)
    return cache.STORE.get(key, lambda: feasibility(analysis.points, analysis.limits, picks))


def limits_finding(page: PageState, feasibility: Feasibility) -> str:
    """What the limits leave, in one sentence."""
    limits = (
        f"the {limit_noun(page.analysis)}"
        if len(page.limits) == 1
        else every(len(page.limits), "limit")
    )
    if feasibility.is_kept:
        kept = page.points[feasibility.keep & is_ordinary(page.points)]
        able, among = kept["model"].unique(), page.points["model"].nunique()
        if among == 1:
            return f"In this file {page.label(str(able[0]))} meets {limits}"
        if len(able) == 1:
            return f"In this file only {page.label(str(able[0]))} meets {limits}"
        many = f"{'all' if len(able) == among else f'{len(able)} of'} {among} models"
        return f"In this file {many} meet {limits}"
    if feasibility.extremes:
        return f"Only {joined([FLAGGING[e] for e in feasibility.extremes], 'or')} keeps {limits}"
    return f"No point keeps {limits}"


def certified_for(page: PageState) -> tuple[str, ...]:
    """Which models keep each limit by itself for certain, or what it would take; none where not known."""
    certification = certified(page.analysis)
    if certification is None:
        return ()
    takes = what_it_takes(certification, page.evaluation.tally.rows.tolist())
    return tuple(
        "no such limit can be" if own is None else _models_words(page, own, needed)
        for own, needed in zip(certification.each, takes, strict=True)
    )


def _models_words(page: PageState, kept: NDArray[np.bool_], needed: str) -> str:
    points = page.points[among_visible(page.analysis, kept) & is_ordinary(page.points)]
    able, among = points["model"].unique(), page.points["model"].nunique()
    if not len(able):
        return f"no model. {needed}" if needed else "no model"
    return (
        f"{page.label(str(able[0]))} alone" if len(able) == 1 else f"{len(able)} of {among} models"
    )


def certified_finding(page: PageState, *, is_explained: bool) -> str:
    """What certified means, where that is not said yet, and where the cheapest point that is certified lies.

    Nothing where it is not known.
    """
    certification = certified(page.analysis)
    if certification is None:
        return ""
    means = explained(Standing.CERTIFIED, certification.confidence, certification.models)
    said, kept = [] if is_explained else [means], certified_points(page.analysis)
    if kept is not None:
        best = cheapest_among(page.points, kept)
        said.append(
            "No threshold is certified."
            if best is None
            else f"Cheapest that is certified: {page.words(best.model, best.threshold)}."
        )
    return " ".join(said)
