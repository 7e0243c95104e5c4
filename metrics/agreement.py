"""Sentences about the seats: who picks what, what that costs the others, and where they could meet."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.decision import Pick
from metrics.facts import Facts, Seat
from metrics.phrases import (
    capital,
    change,
    every,
    joined,
    lost,
    once,
    sized,
    subject,
)
from metrics.place import is_ordinary
from metrics.wording import worse_by

Groups = dict[Pick, tuple[Seat, ...]]


def picks(facts: Facts) -> list[str]:
    """Who picks what; then what it costs the others or, where all agree, what it changes against today."""
    groups = _groups(facts)
    out = [_who(facts, groups)]
    said = _costs(facts, groups)
    if len(groups) == 1 and all(seat.pick is not None for seat in facts.seats):
        said = _against_today(facts, next(iter(groups)))
    return [*out, said] if said else out


def compromise(facts: Facts) -> str:
    """Where the seats could meet; nothing where they agree or there is no such point."""
    found, groups = facts.compromise, _groups(facts)
    if found is None or found.place is None or len(groups) < 2:
        return ""
    place = found.place
    subject_ = facts.spot(place)
    for own, seats in groups.items():
        if (own.model, own.threshold) == (place.model, place.threshold):
            subject_ = f"{_possessive(seats, own=True)}, {subject_},"
    parts = []
    broken = []
    for seat in facts.seats:
        if seat.pick is None:
            continue
        text = _lost_at(facts, seat, place.row, place.model)
        parts.append((f"the {seat.title}", text))
        if _breaks(facts, seat, place.row):
            broken.append(seat)
    if any(text for _, text in parts):
        costs = joined([f"{who} {text or 'nothing'}" for who, text in parts])
        said = f"it would cost {costs}"
    else:
        said = "it would cost nobody anything"
    if broken:
        limits = joined([_limit_of(seat) for seat in broken])
        said += f", but it breaks {limits}"
    return once(
        f"As a compromise, {subject_} asks least of the seat that gives up most: {said}.",
        facts.scenario,
    )


def _groups(facts: Facts) -> Groups:
    """Seats by what they pick, in their order."""
    places: dict[tuple[str, float], Pick] = {}
    out: Groups = {}
    for seat in facts.seats:
        if seat.pick is not None:
            first = places.setdefault((seat.pick.model, seat.pick.threshold), seat.pick)
            out[first] = (*out.get(first, ()), seat)
    return out


def _titles(seats: Sequence[Seat]) -> str:
    return joined([f"the {seat.title}" for seat in seats])


def _of(seat: Seat) -> str:
    return f"the {seat.title}’" + ("" if seat.title.endswith("s") else "s")


def _possessive(seats: Sequence[Seat], *, own: bool = False) -> str:
    if len(seats) == 1:
        return f"{_of(seats[0])} {'own pick' if own else 'pick'}"
    return f"the pick that {_titles(seats)} share"


def _limit_of(seat: Seat) -> str:
    assert seat.bound is not None
    return f"{_of(seat)} limit on {subject(seat.bound.objective)}"


def _basis(seats: int) -> str:
    return "against its own pick" if seats == 1 else "each against its own pick"


def _who(facts: Facts, groups: Groups) -> str:
    missing = [seat for seat in facts.seats if seat.pick is None]
    reasons = [_reason(facts, seat) for seat in missing]
    if not groups and len(missing) > 1 and len(set(reasons)) == 1:
        return f"No seat has a pick: {reasons[0]}."
    parts = [_picked(facts, groups)] if groups else []
    parts += [
        f"the {seat.title} has no pick, as {reason}"
        for seat, reason in zip(missing, reasons, strict=True)
    ]
    return capital(f"{'; '.join(parts)}.")


def _picked(facts: Facts, groups: Groups) -> str:
    seats = [seat for own in groups.values() for seat in own]
    whole = len(seats) == len(facts.seats) and len(seats) > 1
    who = every(len(seats), "seat") if whole else _titles(seats)
    model = next(iter(groups)).model
    pick = "picks" if len(seats) == 1 else "pick"
    alone = all(len(mine) == 1 for mine in groups.values())
    if len(groups) == 1:
        own = next(iter(groups))
        return f"{who} {pick} {facts.words(own.model, own.threshold)}{_aside(facts, seats, model)}"
    if {own.model for own in groups} == {model}:
        each = [f"{_titles(mine)} {facts.at(model, own.threshold)}" for own, mine in groups.items()]
        listed = joined(each) if alone else ", ".join(each)
        return f"{who} {pick} {facts.label(model)}{_aside(facts, seats, model)}: {listed}"
    parts = []
    for k, (own, mine) in enumerate(groups.items()):
        verb = "" if alone and k else " picks" if len(mine) == 1 else " both pick"
        verb = " all pick" if len(mine) > 2 else verb
        point = facts.words(own.model, own.threshold) + _aside(facts, mine, own.model)
        parts.append(f"{_titles(mine)}{verb} {point}")
    return joined(parts) if alone else "; ".join(parts)


def _aside(facts: Facts, seats: Sequence[Seat], model: str) -> str:
    """That the log loss by which a model was picked is only finite because it is clipped."""
    rows = facts.infinite_rows(model)
    if not rows or all(seat.objective.id != "log_loss" for seat in seats):
        return ""
    return (
        f" (its log loss is infinite unclipped: {sized(rows, 'unit')} scored exactly 0 or 1 "
        "on the wrong side)"
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
            seen[o.id] = change(o, facts.figure(o, own.row), float(before), facts.scenario)
    parts = [text for text in seen.values() if text]
    return once(f"Against {base}, that is {joined(parts)}.", facts.scenario) if parts else ""


def _lost_at(facts: Facts, seat: Seat, row: int, model: str) -> str:
    """What a point costs a seat against its own pick; nothing where it costs nothing."""
    assert seat.pick is not None
    o = seat.objective
    text = lost(o, facts.figure(o, row), seat.pick.value, facts.scenario)
    if text and o.id == "log_loss" and facts.infinite_rows(model):
        text += " (clipped; unclipped it is infinite)"
    return text


def _breaks(facts: Facts, seat: Seat, row: int) -> bool:
    return seat.bound is not None and not seat.bound.keeps(facts.figure(seat.bound.objective, row))


def _costs(facts: Facts, groups: Groups) -> str:
    """The dearest of the others' picks for each seat, by whose pick it is."""
    costs: dict[Pick, list[str]] = {own: [] for own in groups}
    breaks: dict[Pick, list[str]] = {own: [] for own in groups}
    for seat in facts.seats:
        others = [own for own, seats in groups.items() if seat not in seats]
        if seat.pick is None or not others:
            continue
        o = seat.objective
        value = seat.pick.value
        worst = max(others, key=lambda own: _known(worse_by(o, facts.figure(o, own.row), value)))
        text = _lost_at(facts, seat, worst.row, worst.model)
        if text:
            costs[worst].append(f"the {seat.title} {text}")
            continue
        broken = [own for own in others if _breaks(facts, seat, own.row)]
        if broken:
            breaks[broken[0]].append(_limit_of(seat))
    clauses = []
    for own, seats in groups.items():
        verbs = []
        if costs[own]:
            verbs.append(f"cost {joined(costs[own])}")
        if breaks[own]:
            verbs.append(f"break {joined(breaks[own])}")
        if verbs:
            clauses.append(f"{_possessive(seats)} would {' and '.join(verbs)}")
    named = sum(len(each) for each in costs.values())
    if not clauses:
        alike = "These picks differ, yet none of them costs another seat anything."
        return alike if len(groups) > 1 else ""
    end = f", {_basis(named)}" if named else ""
    return once(capital(f"{'; '.join(clauses)}{end}."), facts.scenario)


def _known(value: float) -> float:
    """A cost that can be compared; an undefined one is none."""
    return value if value == value else -1.0
