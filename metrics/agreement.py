"""Sentences about the seats: who picks what, what that costs the others, and where they could meet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from metrics.bargain import bargain
from metrics.compromise import least_regret
from metrics.decision import Pick
from metrics.facts import Facts, Seat
from metrics.objective import OBJECTIVES
from metrics.phrases import (
    all_of,
    capital,
    change,
    in_words,
    joined,
    lost,
    once,
    sized,
    subject,
)
from metrics.place import Place, is_ordinary
from metrics.wording import SPACE, figure, number, worse_by
from metrics.yardstick import ROUNDING

Groups = dict[Pick, tuple[Seat, ...]]

CERTAIN = "certain and wrong"
"""By which a text that says why a log loss is infinite can be told: once is enough."""


def picks(facts: Facts) -> list[str]:
    """Who picks what; then what it costs the others or, where all agree, what it changes against today."""
    groups = groups_of(facts)
    out = [_who(facts, groups)]
    if len(groups) == 1 and all(seat.pick is not None for seat in facts.seats):
        said = _against_today(facts, next(iter(groups)))
    else:
        said = _costs(facts, groups, caution=CERTAIN not in out[0])
    return [*out, said] if said else out


def compromise(facts: Facts, *, caution: bool) -> str:
    """Where the seats could meet; nothing where they agree or there is no such point.

    Parameters
    ----------
    facts : Facts
    caution : bool
        Whether to say of a log loss that it is only finite because it is clipped.
    """
    place, groups = meeting(facts), groups_of(facts)
    if place is None:
        return ""
    seats = [seat for seat in facts.seats if seat.pick is not None]
    costs = []
    for seat in seats:
        text = _lost_at(facts, seat, place.row, place.model, caution=caution)
        caution = caution and CERTAIN not in text
        costs.append(text)
    broken = [_limit_of(seat) for seat in seats if _breaks(facts, seat, place.row)]
    but = f", but it {'would break' if any(costs) else 'breaks'} {joined(broken)}" if broken else ""
    name = facts.spot(place)
    if not any(costs):
        if but or len(seats) < len(facts.seats):
            return f"Settling on {name} would cost nobody anything{but}."
        return f"{capital(all_of(len(seats)))} can settle on {name}: it costs nobody anything."
    for own, mine in groups.items():
        if own.row == place.row:
            name = f"{possessive(facts, mine)}, {name}"
    most = _at_most(facts, len(groups))
    kind = "A fair compromise" if most else "A compromise"
    if not _is_fair(facts, place):
        kind = "By the weights given, a compromise"
    said = f"{kind} is {name}{most}. It would cost "
    said += joined([f"{_titles([s])} {c or 'nothing'}" for s, c in zip(seats, costs, strict=True)])
    return once(f"{said}{but}.", facts.scenario)


def meeting(facts: Facts) -> Place | None:
    """The compromise; None where the seats agree or there is none."""
    found = facts.compromise
    return None if found is None or len(groups_of(facts)) < 2 else found.place


def groups_of(facts: Facts) -> Groups:
    """Seats by what they pick, in their order."""
    places: dict[tuple[str, float], Pick] = {}
    out: Groups = {}
    for seat in facts.seats:
        if seat.pick is not None:
            first = places.setdefault((seat.pick.model, seat.pick.threshold), seat.pick)
            out[first] = (*out.get(first, ()), seat)
    return out


def possessive(facts: Facts, seats: Sequence[Seat]) -> str:
    """What some seats pick: ``the executive’s pick``."""
    if len(seats) == 1:
        return f"{_of(seats[0])} pick"
    if len(seats) == len(facts.seats):
        return f"the pick of {all_of(len(seats))}"
    return f"the pick that {_titles(seats)} share"


def _titles(seats: Sequence[Seat]) -> str:
    return joined([f"the {seat.title}" for seat in seats])


def _of(seat: Seat) -> str:
    return f"the {seat.title}’" + ("" if seat.title.endswith("s") else "s")


def _limit_of(seat: Seat) -> str:
    assert seat.bound is not None
    return f"{_of(seat)} limit on {subject(seat.bound.objective)}"


def _is_fair(facts: Facts, place: Place) -> bool:
    """Whether it is the compromise also when every seat counts the same."""
    rows = [seat.pick.row for seat in facts.seats if seat.pick is not None]
    even = least_regret(bargain(facts.points, [seat.objective for seat in facts.seats], rows))
    return even.place == place


def _at_most(facts: Facts, count: int) -> str:
    """The most that any seat gives up; nothing where that is not a share of what the picks differ by."""
    assert facts.compromise is not None
    rows = [seat.pick.row for seat in facts.seats if seat.pick is not None]
    most = 0
    for seat, regret in zip(facts.seats, facts.compromise.regrets.tolist(), strict=True):
        own = facts.points.loc[rows, seat.objective.id].to_numpy(np.float64)
        own = own[np.isfinite(own)]
        differ = float(np.ptp(own)) > ROUNDING * float(np.abs(own).max())
        if regret > ROUNDING and not differ:
            return ""
        # Upwards, since nobody gives up more; what is only rounding is cut off first.
        most = max(most, math.ceil(round(100 * regret, 9)))
    if not 0 < most < 100:
        return ""
    return (
        f": nobody gives up more than {number(most)}{SPACE}% of what lies between the best and the worst "
        f"of the {in_words(count)} picks"
    )


def _who(facts: Facts, groups: Groups) -> str:
    missing = [seat for seat in facts.seats if seat.pick is None]
    reasons = [_reason(facts, seat) for seat in missing]
    if not groups and len(missing) > 1 and len(set(reasons)) == 1:
        return f"Nobody has a pick: {reasons[0]}."
    parts = [_picked(facts, groups)] if groups else []
    parts += [
        f"the {seat.title} has no pick, as {reason}"
        for seat, reason in zip(missing, reasons, strict=True)
    ]
    return capital(f"{'; '.join(parts)}.")


def _picked(facts: Facts, groups: Groups) -> str:
    seats = [seat for own in groups.values() for seat in own]
    whole = len(seats) == len(facts.seats) and len(seats) > 1
    model = next(iter(groups)).model
    alone = all(len(mine) == 1 for mine in groups.values())
    if len(groups) > 1 and {own.model for own in groups} == {model}:
        who = all_of(len(seats)) if whole else _titles(seats)
        each = [f"{_titles(mine)} {facts.at(model, own.threshold)}" for own, mine in groups.items()]
        listed = joined(each) if alone else ", ".join(each)
        return f"{who} pick {facts.label(model)}{_aside(facts, seats, model)}: {listed}"
    parts = []
    for k, (own, mine) in enumerate(groups.items()):
        verb = " picks" if len(mine) == 1 else " both pick" if len(mine) == 2 else " all pick"
        point = facts.words(own.model, own.threshold) + _aside(facts, mine, own.model)
        parts.append(f"{_titles(mine)}{'' if alone and k else verb} {point}")
    return joined(parts) if alone else "; ".join(parts)


def _aside(facts: Facts, seats: Sequence[Seat], model: str) -> str:
    """That the log loss of a model is only finite because it is clipped, for seats that look at it."""
    rows = facts.infinite_rows(model)
    if not rows or all(seat.objective.id != "log_loss" for seat in seats):
        return ""
    return (
        f" (it was {CERTAIN} on {sized(rows, 'unit')}, so its log loss is infinite unless clipped)"
    )


def _reason(facts: Facts, seat: Seat) -> str:
    """Why a seat has no pick."""
    if facts.points[seat.objective.id].isna().all():
        return f"{subject(seat.objective)} is undefined for every model"
    if seat.bound is None or not is_ordinary(facts.points).any():
        return "no threshold flags some units and not all"
    return f"no threshold qualifies {seat.bound.words(facts.evaluation)}"


def _against_today(facts: Facts, own: Pick) -> str:
    """What the one pick changes."""
    point, today = facts.points.loc[own.row], facts.today
    same = all(point[name] == today.get(name) for name in ("fn", "fp"))
    if same and today.get("model") == own.model:
        return "That is today’s system."
    base = "today" if isinstance(today.get("model"), str) else "shipping everything"
    seen: dict[str, str] = {}
    for seat in facts.seats:
        o = seat.objective
        before = today.get(o.id)
        if before is not None:
            text = change(o, facts.figure(o, own.row), float(before), facts.scenario)
            seen[o.id] = text + _of_all(facts, seat, text)
    parts = [text for text in seen.values() if text]
    return once(f"Against {base}, that is {joined(parts)}.", facts.scenario) if parts else ""


def _of_all(facts: Facts, seat: Seat, text: str) -> str:
    """Out of how many defects some more or fewer are missed."""
    if seat.objective.id != "missed_defects" or not text:
        return ""
    evaluation = facts.evaluation
    total = float(evaluation.tally.class_mass[1]) * evaluation.factors[0]
    shown = figure(OBJECTIVES["missed_defects"], total, facts.scenario)
    return f" (of {shown} {'defect' if shown == '1' else 'defects'})"


def _lost_at(facts: Facts, seat: Seat, row: int, model: str, *, caution: bool) -> str:
    """What a point costs a seat against its own pick; nothing where it costs nothing."""
    assert seat.pick is not None
    o = seat.objective
    text = lost(o, facts.figure(o, row), seat.pick.value, facts.scenario)
    return text + _aside(facts, [seat], model) if text and caution else text


def _breaks(facts: Facts, seat: Seat, row: int) -> bool:
    return seat.bound is not None and not seat.bound.keeps(facts.figure(seat.bound.objective, row))


def _costs(facts: Facts, groups: Groups, *, caution: bool) -> str:
    """The dearest of the others' picks for each seat, by whose pick it is."""
    costs: dict[Pick, list[tuple[Seat, str]]] = {own: [] for own in groups}
    breaks: dict[Pick, list[str]] = {own: [] for own in groups}
    for seat in facts.seats:
        others = [own for own, seats in groups.items() if seat not in seats]
        if seat.pick is None or not others:
            continue
        o = seat.objective
        value = seat.pick.value
        worst = max(others, key=lambda own: _known(worse_by(o, facts.figure(o, own.row), value)))
        text = _lost_at(facts, seat, worst.row, worst.model, caution=caution)
        if text:
            caution = caution and CERTAIN not in text
            costs[worst].append((seat, text + _of_all(facts, seat, text)))
            continue
        broken = [own for own in others if _breaks(facts, seat, own.row)]
        if broken:
            breaks[broken[0]].append(_limit_of(seat))
    clauses = []
    for own, seats in groups.items():
        verbs = []
        if costs[own]:
            verbs.append(f"cost {joined([f'{_titles([s])} {text}' for s, text in costs[own]])}")
        if breaks[own]:
            verbs.append(f"break {joined(breaks[own])}")
        if verbs:
            clauses.append(f"{possessive(facts, seats)} would {' and '.join(verbs)}")
    if not clauses:
        alike = "These picks differ, yet none of them costs anybody else anything."
        return alike if len(groups) > 1 else ""
    named = [seat for each in costs.values() for seat, _ in each]
    whose = f"{_of(named[0])} own pick" if len(named) == 1 else "their own picks"
    end = f", against {whose}" if named else ""
    return once(capital(f"{'; '.join(clauses)}{end}."), facts.scenario)


def _known(value: float) -> float:
    """A cost that can be compared; an undefined one is none."""
    return value if value == value else -1.0
