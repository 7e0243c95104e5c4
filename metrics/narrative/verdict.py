"""The verdict: what the figures say to the people at the table, in a few plain sentences.

Every word comes from a template and every number from the figures. A sentence whose data is missing is left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import is_ordinary
from metrics.narrative import robustness, stakeholders
from metrics.narrative.phrases import (
    about,
    all_of,
    amount,
    capital,
    every,
    in_words,
    joined,
    lost,
    of_100,
    once,
    some,
    wanted,
)
from metrics.narrative.verdict_facts import FLAGGING, Facts, StakeholderFacts
from metrics.selection.compromise import regret_scale
from metrics.selection.feasibility import Attainability, Feasibility, Relaxation, cheapest_among
from metrics.selection.limits import Bound

__all__ = ["Facts", "Sentence", "StakeholderFacts", "verdict"]

MOST_WAYS = 2
"""Ways of giving way that are named, and limits beyond reach."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of the verdict, or two that belong together.

    Attributes
    ----------
    about : {"picks", "compromise", "gap", "range", "limits"}
        Which chart shows it.
    text : str
        Plain text that ends with a full stop.
    finding : str
        Of "range", what of it can stand alone as a heading, without a full stop.
    """

    about: str
    text: str
    finding: str = ""


def verdict(facts: Facts) -> tuple[Sentence, ...]:
    """Say what the figures say.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    tuple of Sentence
        Who picks what, and what that costs the others (both "picks"); where the stakeholders could meet;
        which limits are met; whether the gap is beyond chance; over which cost of a miss the choice stands.
        Two to five, with limits at most six.
    """
    found = robustness.rivals(facts)
    if facts.scenario.inspection is None:
        finding, reach = robustness.reach(facts, found)
    else:  # the cost curve is of the models alone, and so no rival of theirs is one there
        finding, reach = map(without_inspectors, robustness.reach(facts, None))
    picks, cautioned = stakeholders.picks(facts)
    sentences = [Sentence("picks", text) for text in picks]
    sentences += [
        Sentence("compromise", stakeholders.compromise(facts, caution=not cautioned)),
        Sentence("limits", limits(facts)),
        Sentence("gap", "" if found is None else robustness.gap(facts, found)),
        Sentence("range", reach, finding),
    ]
    return tuple(sentence for sentence in sentences if sentence.text)


def without_inspectors(text: str) -> str:
    """A sentence of what the models do alone, where people inspect what the others are of."""
    return f"Without inspectors, {text[:1].lower()}{text[1:]}"


def limits(facts: Facts) -> str:
    """Which limits can be met and by whom, or by how little one would have to give way."""
    feasibility = facts.feasibility
    if feasibility is None or not facts.limits:
        return ""
    if feasibility.is_kept:
        text = _kept(facts, feasibility)
    elif feasibility.extremes:
        what = joined([FLAGGING[extreme] for extreme in feasibility.extremes], "or")
        text = f"Only {what} meets {_these(facts)}."
    else:
        text = _broken(facts, feasibility)
    return once(text, facts.scenario)


def _these(facts: Facts) -> str:
    """The limits, a single one with what it asks for."""
    if len(facts.limits) == 1:
        return f"the limit on {_limit_words(facts, facts.limits[0])}"
    return every(len(facts.limits), "limit")


def _limit_words(facts: Facts, bound: Bound) -> str:
    return f"{bound.objective.subject} ({wanted(bound, facts.scenario)})"


def _kept(facts: Facts, feasibility: Feasibility) -> str:
    kept = feasibility.keep & is_ordinary(facts.points)
    count = int(kept.sum())
    verb = "is" if len(facts.limits) == 1 else "are"
    head = f"{capital(_these(facts))} {verb} met"
    if count == 1:
        only = facts.points[kept].iloc[0]
        text = f"{head} by {facts.words(str(only['model']), float(only['threshold']))} alone"
    else:
        by_model = facts.points["model"][kept].astype(str).value_counts(sort=False)
        # Those that meet them at most thresholds first; a stable order among equals.
        ranked = by_model.sort_values(ascending=False, kind="stable").index
        names = some([facts.label(str(model)) for model in ranked], "models")
        text = f"{head} in this file by {names}; of what meets "
        text += "it" if len(facts.limits) == 1 else "them"
        text += f", {_cheapest_among(facts, kept)} has the least cost of errors"
    said = [f"{text}.", _price(facts, kept), _who_keeps(facts, feasibility), _by_chance(facts)]
    return " ".join(filter(None, said))


def _by_chance(facts: Facts) -> str:
    """In how many resamples nothing meets the limits; nothing where each has something that does."""
    missed = facts.limits_missed
    if not missed > 0:  # false for NaN as well
        return ""
    often = of_100(missed, explained=not stakeholders.repeated_picks(facts))
    return f"In {often} no threshold meets {'it' if len(facts.limits) == 1 else 'them'}."


def _price(facts: Facts, kept: NDArray[np.bool_]) -> str:
    """What the cheapest point that keeps the limits costs more than the cheapest of all."""
    ends = [cheapest_among(facts.points, among) for among in (kept, np.ones_like(kept))]
    cost = OBJECTIVES["cost_of_errors"]
    with_them, without = (end.figures[cost.id] for end in ends if end is not None)
    more = lost(cost, with_them, without, facts.scenario)
    it = "it" if len(facts.limits) == 1 else all_of(len(facts.limits))
    return f"Keeping {it} costs {more}." if more else ""


def _cheapest_among(facts: Facts, among: NDArray[np.bool_]) -> str:
    """The point of least cost among some, by whose pick it is or else in words."""
    point = cheapest_among(facts.points, among)
    assert point is not None
    for own, group in stakeholders.groups_of(facts).items():
        if own.row == point.row:
            return stakeholders.possessive(facts, group)
    return "the fair option" if stakeholders.compromise_point(facts) == point else facts.spot(point)


def _who_keeps(facts: Facts, feasibility: Feasibility) -> str:
    """Which of the picks and the compromise keep all limits."""
    groups, point = stakeholders.groups_of(facts), stakeholders.compromise_point(facts)
    keeps = dict(zip(facts.points.index.tolist(), feasibility.keep.tolist(), strict=True))
    yes = [stakeholders.possessive(facts, group) for own, group in groups.items() if keeps[own.row]]
    others = len(groups) - len(yes)
    no = ["the other pick" if others == 1 else "the other picks"] if others else []
    it = "it" if len(facts.limits) == 1 else all_of(len(facts.limits))
    apart = point is not None and all(own.row != point.row for own in groups)
    met = point is not None and apart and keeps[point.row]
    if not groups:
        return ""
    rows = [own.row for own in groups if keeps[own.row]]
    rows += [point.row] if met and point is not None and point.row is not None else []
    sure = _certified(facts, rows)
    if not yes:
        also = ", nor does the fair option" if apart else ""
        return (
            f"The fair option keeps {it}{sure}, but no pick does."
            if met
            else f"No pick keeps {it}{also}."
        )
    if not no and len(yes) > 1:
        yes = ["every pick"]
    if apart:
        (yes if met else no).append("the fair option")
    said = f"{capital(joined(yes))} {'keeps' if len(yes) == 1 else 'keep'} {it}"
    verb = "does" if len(no) == 1 and others < 2 else "do"
    return (
        f"{said}{sure}{';' if sure else ','} {joined(no)} {verb} not." if no else f"{said}{sure}."
    )


def _certified(facts: Facts, rows: Sequence[int]) -> str:
    """Whether those that keep the limits keep them for certain, as an aside; nothing where not known."""
    if facts.certified is None or not rows:
        return ""
    known = dict(zip(facts.points.index.tolist(), facts.certified.tolist(), strict=True))
    sure, count = sum(known[row] for row in rows), len(rows)
    if count == 1:
        return ", certified" if sure else ", not certified"
    some_of_them = f"{in_words(sure) if sure else 'none'} of them"
    return f", {all_of(count) if sure == count else some_of_them} certified"


def _broken(facts: Facts, feasibility: Feasibility) -> str:
    beyond = [attained for attained in feasibility.attainability if not attained.is_reachable]
    unknown = [attained.bound.objective.subject for attained in beyond if np.isnan(attained.best)]
    head = f"No point meets {_these(facts)}"
    if unknown:
        return f"{head}, as {joined(unknown)} {_is(unknown)} undefined at every point."
    ways = _ways(facts, feasibility)
    if beyond:
        head += f": {joined([_best(facts, attained) for attained in beyond[:MOST_WAYS]])}"
        if len(facts.limits) == 1:
            return f"{head}."
    if ways:
        giving = [_way(facts, way) for way in ways[:MOST_WAYS]]
        return f"{head}; giving way {', or '.join(giving)}."
    near = feasibility.nearest
    if near is None:
        return f"{head}, as each leaves one of them undefined."
    binding = [facts.limits[k] for k in near.binding][:MOST_WAYS]
    short = [
        f"{bound.objective.subject} "
        f"{amount(bound.objective, near.point.figures[bound.objective.id], facts.scenario)} "
        f"where {wanted(bound, facts.scenario)} is asked"
        for bound in binding
    ]
    alone = "" if beyond else ", and giving way on one alone does not help"
    return f"{head}{alone}; {facts.spot(near.point)} comes nearest, with {joined(short)}."


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _best(facts: Facts, attained: Attainability) -> str:
    """How far a limit that no point keeps can be reached."""
    assert attained.point is not None
    o = attained.bound.objective
    where = facts.label(str(attained.point.model)) if o.of_model else facts.spot(attained.point)
    best = f"the best is {amount(o, attained.best, facts.scenario)}, by {where}"
    if len(facts.limits) == 1:
        return best
    return f"on {o.subject} {best}, where {wanted(attained.bound, facts.scenario)} is asked"


def _ways(facts: Facts, feasibility: Feasibility) -> list[Relaxation]:
    """Ways of giving way on one limit, the smallest first, measured by what the stakeholders pick.

    Notes
    -----
    What admits only flag-everything or flag-nothing counts where nothing else does.
    """
    ways = [way for way in feasibility.relaxations if way is not None and np.isfinite(way.by)]
    ways = [way for way in ways if way.point.extreme is None] or ways
    rows = [
        stakeholder.pick.row for stakeholder in facts.stakeholders if stakeholder.pick is not None
    ]

    def share(way: Relaxation, asked: float) -> float:
        figures = facts.points.loc[rows, way.bound.objective.id].to_numpy(np.float64)
        return way.by / regret_scale(figures, [asked])

    asked = {
        id(w): b.value for w, b in zip(feasibility.relaxations, facts.limits, strict=True) if w
    }
    return sorted(ways, key=lambda way: share(way, asked[id(way)]))


def _way(facts: Facts, way: Relaxation) -> str:
    o = way.bound.objective
    return (
        f"on {o.subject} to {about(o, way.bound.value, facts.scenario)} "
        f"would admit {facts.spot(way.point)}"
    )
