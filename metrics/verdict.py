"""The verdict: what the figures say to the people at the table, in a few plain sentences.

Every word comes from a template and every number from the figures. A sentence whose data is missing is left
out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics import agreement, outlook
from metrics.decision import Bound
from metrics.facts import FLAGGING, Facts, Seat
from metrics.limits import GiveWay, Judgement, Reach
from metrics.phrases import (
    about,
    amount,
    capital,
    every,
    joined,
    once,
    sized,
    some,
    subject,
    wanted,
)
from metrics.place import is_ordinary
from metrics.uncertainty import FEW_DEFECTS
from metrics.yardstick import own_range

__all__ = ["Facts", "Seat", "Sentence", "verdict"]

MOST_WAYS = 2
"""Ways of giving way that are named, and limits beyond reach."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of the verdict.

    Attributes
    ----------
    about : {"picks", "compromise", "gap", "range", "limits"}
        Which chart shows it.
    text : str
        Plain text that ends with a full stop.
    """

    about: str
    text: str


def verdict(facts: Facts) -> tuple[Sentence, ...]:
    """Say what the figures say.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    tuple of Sentence
        Who picks what, and what that costs the others (both "picks"); where the seats could meet; whether
        the gap is real; over which cost of a miss the choice stands; which limits are met. Two to five,
        with limits at most six.
    """
    gap = outlook.gap(facts)
    reach = outlook.reach(facts)
    if not gap and facts.defects < FEW_DEFECTS:
        reach = f"{reach.removesuffix('.')}, as far as can be said {outlook.basis(facts)}."
    said = [("picks", text) for text in agreement.picks(facts)]
    said += [
        ("compromise", agreement.compromise(facts)),
        ("gap", gap),
        ("range", reach),
        ("limits", limits(facts)),
    ]
    return tuple(Sentence(part, text) for part, text in said if text)


def limits(facts: Facts) -> str:
    """Which limits can be met, and otherwise by how little one would have to give way."""
    judgement = facts.judgement
    if judgement is None or not facts.limits:
        return ""
    if judgement.is_kept:
        text = _kept(facts, judgement)
    elif judgement.extremes:
        what = joined([FLAGGING[extreme] for extreme in judgement.extremes], "or")
        text = f"Only {what} meets {_these(facts)}."
    else:
        text = _broken(facts, judgement)
    return once(text, facts.scenario)


def _these(facts: Facts) -> str:
    """The limits, a single one with what it asks for."""
    if len(facts.limits) == 1:
        return f"the limit on {_asked(facts, facts.limits[0])}"
    return every(len(facts.limits), "limit")


def _asked(facts: Facts, bound: Bound) -> str:
    return f"{subject(bound.objective)} ({wanted(bound, facts.scenario)})"


def _kept(facts: Facts, judgement: Judgement) -> str:
    kept = judgement.keep & is_ordinary(facts.points)
    count = int(kept.sum())
    verb = "is" if len(facts.limits) == 1 else "are"
    by_model = facts.points["model"][kept].value_counts(sort=False)
    # Most points first; a stable order among equals.
    names = [
        facts.label(str(m)) for m in by_model.sort_values(ascending=False, kind="stable").index
    ]
    text = f"{capital(_these(facts))} {verb} met by "
    if count == 1:
        only = facts.points[kept].iloc[0]
        text += f"one point, {facts.words(str(only['model']), float(only['threshold']))}"
    else:
        text += f"{sized(count, 'point')} of {some(names, 'models')}"
    row, name = _meeting(facts)
    if row is not None:
        met = bool(judgement.keep[facts.points.index.get_loc(row)])
        text += f", {name} among them" if met else f", but not by {name}"
    return f"{text}."


def _meeting(facts: Facts) -> tuple[int | None, str]:
    """The point that the seats have in common: what all pick, or else the compromise."""
    rows = {seat.pick.row if seat.pick else None for seat in facts.seats}
    if len(rows) == 1:
        return rows.pop(), "the seats’ pick" if len(facts.seats) > 1 else "the pick"
    place = None if facts.compromise is None else facts.compromise.place
    return None if place is None else place.row, "the compromise"


def _broken(facts: Facts, judgement: Judgement) -> str:
    beyond = [reach for reach in judgement.reaches if not reach.is_reachable]
    unknown = [subject(reach.bound.objective) for reach in beyond if np.isnan(reach.best)]
    head = f"No point meets {_these(facts)}"
    if unknown:
        return f"{head}, as {joined(unknown)} {_is(unknown)} undefined at every point."
    ways = _ways(facts, judgement)
    if beyond:
        head += f": {joined([_best(facts, reach) for reach in beyond[:MOST_WAYS]])}"
        if len(facts.limits) == 1:
            return f"{head}."
    if ways:
        giving = [_way(facts, way) for way in ways[:MOST_WAYS]]
        return f"{head}; giving way {', or '.join(giving)}."
    near = judgement.nearest
    if near is None:
        return f"{head}, as each leaves one of them undefined."
    binding = [facts.limits[k] for k in near.binding][:MOST_WAYS]
    short = [
        f"{subject(bound.objective)} "
        f"{amount(bound.objective, facts.figure(bound.objective, near.place.row), facts.scenario)} "
        f"where {wanted(bound, facts.scenario)} is asked"
        for bound in binding
    ]
    alone = "" if beyond else ", and giving way on one alone does not help"
    return f"{head}{alone}; {facts.spot(near.place)} comes nearest, with {joined(short)}."


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _best(facts: Facts, reach: Reach) -> str:
    """How far a limit that no point keeps can be reached."""
    assert reach.place is not None
    o = reach.bound.objective
    where = facts.label(reach.place.model) if o.of_model else facts.spot(reach.place)
    best = f"the best is {amount(o, reach.best, facts.scenario)}, by {where}"
    if len(facts.limits) == 1:
        return best
    return f"on {subject(o)} {best}, where {wanted(reach.bound, facts.scenario)} is asked"


def _ways(facts: Facts, judgement: Judgement) -> list[GiveWay]:
    """Ways of giving way on one limit, the smallest first, measured by what the seats pick.

    Notes
    -----
    What admits only flag-everything or flag-nothing counts where nothing else does.
    """
    found = [way for way in judgement.give_way if way is not None and np.isfinite(way.by)]
    found = [way for way in found if way.place.extreme is None] or found
    rows = [seat.pick.row for seat in facts.seats if seat.pick is not None]

    def share(way: GiveWay, asked: float) -> float:
        figures = facts.points.loc[rows, way.bound.objective.id].to_numpy(np.float64)
        return way.by / own_range(figures, [asked])

    asked = {id(w): b.value for w, b in zip(judgement.give_way, facts.limits, strict=True) if w}
    return sorted(found, key=lambda way: share(way, asked[id(way)]))


def _way(facts: Facts, way: GiveWay) -> str:
    o = way.bound.objective
    return (
        f"on {subject(o)} to {about(o, way.bound.value, facts.scenario)} "
        f"would admit {facts.spot(way.place)}"
    )
