"""Sentences about what holds: whether the gap is real, over which cost of a miss, and within which limits."""

from __future__ import annotations

import math

import numpy as np

from metrics.decision import is_least
from metrics.envelope import Envelope, Reign, by_miss_cost, reigns
from metrics.facts import FLAGGING, Facts
from metrics.objective import OBJECTIVES
from metrics.phrases import digits, lost, of_100, once, sized, some
from metrics.place import Place, is_ordinary
from metrics.settle import AT_MOST, Contest, contest, further_defects
from metrics.uncertainty import FEW_DEFECTS


def gap(facts: Facts) -> str:
    """Whether the cheapest model is really cheaper than its rival.

    Returns
    -------
    str
        Nothing where there are not two models, nobody resampled, or no flag at all is cheapest.
    """
    now = facts.scenario.miss_cost
    if facts.resampled is None or _envelope(facts).at(now).place.extreme is not None:
        return ""
    found = contest(facts.points, facts.resampled, agreed=facts.agreed)
    if found is None:
        return ""
    return once(
        _tie(facts, found) if found.rival.model in found.tied else _gap(facts, found),
        facts.scenario,
    )


def basis(facts: Facts) -> str:
    """On how many defects the figures rest."""
    few = "only " if facts.defects < FEW_DEFECTS else ""
    return f"on {few}{sized(facts.defects, 'defect')}"


def _tie(facts: Facts, found: Contest) -> str:
    names = some([facts.label(m) for m in (found.best.model, *found.tied)], "models")
    said = f"The errors of {names} cost the same"
    said += f", {basis(facts)}" if facts.defects < FEW_DEFECTS else ""
    return f"{said}: on cost there is nothing between them."


def _gap(facts: Facts, found: Contest) -> str:
    best, rival, chance = facts.label(found.best.model), facts.label(found.rival.model), found.gap
    size = lost(OBJECTIVES["cost_of_errors"], found.rival.value, found.best.value, facts.scenario)
    size = size.replace(" of errors", " less")
    if not size:
        size = "a trace less"
    if facts.agreed == found.rival.model:
        rival += ", which the seats pick"
    head = f"The errors of {best} cost the least, {size} than those of {rival}"
    more = _more(facts, found)
    if found.apart:
        held = f"{head}; that holds in {of_100(chance.better)}"
        if facts.defects < FEW_DEFECTS:
            return f"{held}, so the gap looks real, but it rests {basis(facts)}."
        return f"{held}: the gap is real."
    if chance.separated and found.models > 2:
        return (
            f"{head}; that holds in {of_100(chance.better)}, but among {found.models} models "
            f"it is not yet beyond chance {basis(facts)}{more}."
        )
    known = "" if math.isnan(chance.better) else f" (it is ahead in {of_100(chance.better)})"
    return f"{head}, but {basis(facts)} the two can’t be told apart{known}{more}."


def _more(facts: Facts, found: Contest) -> str:
    """What would settle an open question, as the end of its sentence; nothing where that is not known."""
    more = further_defects(facts.defects, found.gap.gap, found.error)
    if more + facts.defects > AT_MOST * facts.defects:
        return f"; a gap this small would take more than {AT_MOST} times as many defects to settle"
    if not more >= 1:
        return ""
    text = digits(more, 2)
    return (
        f"; about {text} more inspected {'defect' if text == '1' else 'defects'} would probably "
        "settle it at this gap"
    )


def reach(facts: Facts) -> str:
    """Over which cost of a miss the choice stands, and who takes over beyond.

    Notes
    -----
    The ends are rounded inwards, so that what is said holds at them. With one model the choice is its
    threshold. Beyond the envelope's ends, "or more" and "or fewer" are said only where they hold for any
    cost of a miss.
    """
    now, envelope = facts.scenario.miss_cost, _envelope(facts)
    place = envelope.at(now).place
    if len(facts.models) == 1:
        stretches = [
            Reign(s.low, s.high, (s.place.model,), s.place.extreme) for s in envelope.segments
        ]
    else:
        stretches = list(reigns(envelope))
    k = max(k for k, stretch in enumerate(stretches) if k == 0 or stretch.low <= now)
    here = stretches[k]
    low, high, current = _written(here, now)
    said = f"{_span(facts, envelope, here, low, high)} (now {current}{_stays(facts, place)}), "
    if len(facts.models) == 1 and here.extreme is None:
        return f"{said}{facts.label(place.model)} is cheapest {facts.at(place.model, place.threshold)}."
    said += f"{_who(facts, here)} is cheapest"
    also = _as_cheap(facts, here)
    if also:
        said += f", at {current} tied with {also}"
    beyond = [f"below that it is {_who(facts, stretches[k - 1])}"] if k else []
    if k + 1 < len(stretches):
        beyond.append(f"above {'it' if k else 'that it is'} {_who(facts, stretches[k + 1])}")
    return f"{said}; {', '.join(beyond)}." if beyond else f"{said}."


def _as_cheap(facts: Facts, stretch: Reign) -> str:
    """Further models whose errors cost as little at the present cost of a miss."""
    cost = facts.points["cost_of_errors"].to_numpy(np.float64)
    least = is_least(cost) & is_ordinary(facts.points)
    known = () if stretch.extreme is not None else stretch.models
    names = [str(m) for m in facts.points["model"][least].unique() if m not in known]
    return some([facts.label(name) for name in names], "models") if names else ""


def _who(facts: Facts, stretch: Reign) -> str:
    """Who is cheapest, as one name."""
    if stretch.extreme is not None:
        return FLAGGING[stretch.extreme]
    return some([facts.label(model) for model in stretch.models], "models", word="or")


def _envelope(facts: Facts) -> Envelope:
    """The envelope, stretched where the miss cost of the scenario lies outside it."""
    now, segments = facts.scenario.miss_cost, facts.by_cost.segments
    least, most = segments[0].low, segments[-1].high
    if least <= now <= most:
        return facts.by_cost
    return by_miss_cost(facts.points, facts.evaluation, least=min(least, now), most=max(most, now))


def _written(stretch: Reign, now: float) -> tuple[str, str, str]:
    """Its ends and the present cost, in as many digits as keep them in order."""
    for most in range(3, 16):
        low = digits(stretch.low, most, up=True)
        high, current = digits(stretch.high, most, up=False), digits(now, most)
        ends = [float(text.replace(",", "")) for text in (low, current, high)]
        if ends[0] <= ends[1] <= ends[2] and ends[0] < ends[2]:
            break
    return low, high, current


def _span(facts: Facts, envelope: Envelope, stretch: Reign, low: str, high: str) -> str:
    least, most = envelope.segments[0].low, envelope.segments[-1].high
    down = stretch.low == least and _goes_on(facts, stretch, 0.0, least)
    up = stretch.high == most and _goes_on(facts, stretch, most, math.inf)
    if down and up:
        return "Whatever a miss costs"
    if low == high:
        return f"Where a miss costs {_alarms(low)}"
    if up:
        return f"Whenever a miss costs {_alarms(low)} or more"
    if down:
        return f"Whenever a miss costs {_alarms(high)} or fewer"
    return f"Whenever a miss costs {low} to {_alarms(high)}"


def _alarms(count: str) -> str:
    return f"{count} false alarm{'' if count == '1' else 's'}"


def _goes_on(facts: Facts, stretch: Reign, least: float, most: float) -> bool:
    """Whether a stretch that ends with the envelope holds all the way beyond."""
    beyond = by_miss_cost(facts.points, facts.evaluation, least=least, most=most).segments
    if len(facts.models) == 1:
        return len(beyond) == 1
    common = set(stretch.models)
    for segment in beyond:
        common &= {segment.place.model, *segment.also}
    return bool(common) and all(s.place.extreme == stretch.extreme for s in beyond)


def _stays(facts: Facts, place: Place) -> str:
    """How often the cheapest is so in other samples, at the miss cost nearest to the present one."""
    found = facts.upheld
    if found is None or facts.resampled is None or len(facts.models) == 1:
        return ""
    now = facts.scenario.miss_cost
    k = int(np.abs(np.log(found.along / now)).argmin())
    there, share = found.places[k], float(found.shares[k])
    if math.isnan(share) or (there.model, there.extreme) != (place.model, place.extreme):
        return ""
    at = "" if math.isclose(found.along[k], now) else f" at {digits(float(found.along[k]))}"
    return f", cheapest in {of_100(share)}{at}"
