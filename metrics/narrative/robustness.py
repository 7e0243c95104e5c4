"""Sentences about what holds: whether the gap is beyond chance, and over which cost of a miss."""

from __future__ import annotations

import math

import numpy as np

from metrics.errors import counted
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import OperatingPoint, is_ordinary
from metrics.inference.comparison import Chance, CheapestComparison, compare_cheapest
from metrics.inference.cost_curve_stability import switches
from metrics.inference.sample_size import MOST_TIMES, additional_defects
from metrics.inference.uncertainty import VERY_FEW_DEFECTS
from metrics.narrative.formatting import digits, period_of, to_digits, written_gap
from metrics.narrative.phrases import (
    all_of,
    in_words,
    of_100,
    once,
    some,
)
from metrics.narrative.stakeholders import names_resamples, repeated_picks
from metrics.narrative.verdict_facts import FLAGGING, Facts
from metrics.selection.cheapest import is_least
from metrics.selection.cost_curve import (
    CostCurve,
    CostCurveInterval,
    by_miss_cost,
    intervals_by_model,
)

COST = OBJECTIVES["cost_of_errors"]


def rivals(facts: Facts) -> CheapestComparison | None:
    """The cheapest model against its rival.

    Returns
    -------
    CheapestComparison or None
        None where there are not two models, nobody resampled, or no flag at all is cheapest.
    """
    now = facts.evaluation.miss_cost
    if facts.bootstrap is None or _cost_curve(facts).at(now).point.extreme is not None:
        return None
    return compare_cheapest(facts.points, facts.bootstrap, agreed=facts.agreed)


def gap(facts: Facts, found: CheapestComparison) -> str:
    """Whether the cheapest model is cheaper than its rival beyond chance."""
    each = "a miss, on average," if facts.scenario.miss_cost_by_type else "a miss"
    counting = f"Counting {each} as {_alarms(digits(facts.evaluation.miss_cost))}, "
    tied = found.rival.model in found.tied
    text = counting + (_tie(facts, found) if tied else _gap(facts, found))
    return once(text, facts.scenario)


def _names_resamples(found: CheapestComparison) -> bool:
    """Whether the sentence on the gap says in how many resamples the cheapest is ahead."""
    return found.rival.model not in found.tied and not math.isnan(found.gap.better)


def basis(facts: Facts) -> str:
    """On how many defects the figures rest."""
    few = "only " if facts.defects < VERY_FEW_DEFECTS else ""
    return f"on {few}{counted(round(facts.defects), 'defect')}"


def _tie(facts: Facts, found: CheapestComparison) -> str:
    names = some([facts.label(m) for m in (found.best.model, *found.tied)], "models")
    few = f", {basis(facts)}" if facts.defects < VERY_FEW_DEFECTS else ""
    return f"{names} make the cheapest errors: they cost the same in this file{few}."


def _gap(facts: Facts, found: CheapestComparison) -> str:
    best, rival, gap = found.best, facts.label(found.rival.model), found.gap
    if facts.agreed == found.rival.model:
        rival += f", which {_everybody(facts)}"
    # Who only seems ahead has the cheapest errors of this file alone.
    here = "" if found.is_clear else " in this file"
    head = f"{facts.words(best.model, best.threshold)} makes the cheapest errors{here}: "
    size = written_gap(COST, found.rival.value, best.value, facts.scenario)
    if not size.is_same:
        head += f"{size.amount} {period_of(facts.scenario)} below the best of {rival}, "
        head += "counted in false alarms"
    else:
        head += f"a trace below the best of {rival}"
    first = not names_resamples(facts)
    often = of_100(gap.better, explained=first) if _names_resamples(found) else ""
    if found.is_clear:
        if facts.defects < VERY_FEW_DEFECTS:
            return f"{head}. That is clear: it holds in {often}, but it rests {basis(facts)}."
        return f"{head}. That is clear: it holds in {often}."
    more = _more(facts, found)
    if gap.chance is Chance.CLEAR and found.models > 2:
        return (
            f"{head}. That could be chance: it is ahead in {often}, but the best of {found.models} models "
            f"can be that far ahead by chance {basis(facts)}{more}."
        )
    if often:
        wanted = math.ceil(100 * found.required_share)
        needs = f", where it takes at least {wanted}" if 100 * gap.better < wanted else ""
        often = f": it is ahead in {often}{needs}"
    return f"{head}. That could be chance {basis(facts)}{often}{more}."


def _everybody(facts: Facts) -> str:
    """Those that agree, with their verb."""
    count = len(facts.stakeholders)
    return f"the {facts.stakeholders[0].title} picks" if count == 1 else f"{all_of(count)} pick"


def _more(facts: Facts, found: CheapestComparison) -> str:
    """What would settle an open question, as the end of its sentence; nothing where that is not known."""
    more = additional_defects(facts.defects, found.gap.size, found.error, rivals=found.models - 1)
    if more + facts.defects > MOST_TIMES * facts.defects:
        return f"; a gap this small would take more than {MOST_TIMES} times as many units to settle"
    if not more >= 1:
        return ""
    units = digits(more * float(facts.evaluation.tally.rows.sum()) / facts.defects, 2)
    return (
        f"; about {units} more inspected units ({digits(more, 2)} of them defective) would tell them "
        "apart four times in five, if the gap stays as it is"
    )


def reach(facts: Facts, found: CheapestComparison | None) -> tuple[str, str]:
    """Over which cost of a miss the choice stands, and who takes over beyond.

    Parameters
    ----------
    facts : Facts
    found : CheapestComparison or None
        From `rivals`: where it leaves the two together, the cheapest only seems so.

    Returns
    -------
    finding, text : str
        What can stand alone, without a full stop; and the whole sentence.

    Notes
    -----
    The ends are rounded inwards, so that what is said holds at them. With one model the choice is its
    threshold. Beyond the cost curve's ends, "or more" and "or fewer" are said only where they hold for any
    cost of a miss.
    """
    now, cost_curve = facts.evaluation.miss_cost, _cost_curve(facts)
    point = cost_curve.at(now).point
    if len(facts.models) == 1:
        stretches = [
            CostCurveInterval(s.low, s.high, (str(s.point.model),), s.point.extreme)
            for s in cost_curve.segments
        ]
    else:
        stretches = list(intervals_by_model(cost_curve))
    k = max(k for k, stretch in enumerate(stretches) if k == 0 or stretch.low <= now)
    here = stretches[k]
    low, high, current = _written(here, now)
    finding = f"{_span(facts, cost_curve, here, low, high)} (now {current}), "
    few = found is None and facts.defects < VERY_FEW_DEFECTS
    hedge = f", as far as can be said {basis(facts)}" if few else ""
    if len(facts.models) == 1 and here.extreme is None:
        model = str(point.model)
        finding += f"{facts.label(model)} is cheapest {facts.at(model, point.threshold)}{hedge}"
        return finding, f"{finding}."
    finding += _cheapest(facts, found, here, point, current)
    beyond = [f"below that it is {_who(facts, stretches[k - 1])}"] if k else []
    if k + 1 < len(stretches):
        beyond.append(f"above {'it' if k else 'that it is'} {_who(facts, stretches[k + 1])}")
    if beyond:
        switched = ""
        if facts.scenario.inspection is None:  # whose resamples are of bands
            switched = _switched(facts, cost_curve, here, down=bool(k), up=k + 1 < len(stretches))
        return finding, f"{finding}; {', '.join(beyond)}{hedge}.{switched}"
    return f"{finding}{hedge}", f"{finding}{hedge}."


def _cheapest(
    facts: Facts,
    found: CheapestComparison | None,
    here: CostCurveInterval,
    point: OperatingPoint,
    now: str,
) -> str:
    """Who is cheapest, or only seems so, and how often."""
    if here.extreme is None and len(here.models) > 1:
        names = some([facts.label(model) for model in here.models], "models")
        return f"{names} are cheapest, at the same cost"
    who, also = _who(facts, here), _as_cheap(facts, here)
    share, at = _share(facts, point)
    first = not (names_resamples(facts) or (found and _names_resamples(found)))
    resamples = "" if math.isnan(share) else of_100(share, explained=first)
    if also:
        same = f"at {now} {also}"
        if not math.isnan(share):
            other = f"at {at} " if at else ""
            same += f", and {other}no model beats {who} in {resamples}"
        return f"{who} is at least as cheap as any other in this file ({same})"
    # The sentence on the gap has said how often it is ahead of its rival: with two models, or where they
    # are apart, a second share of resamples would say the same again in other words.
    settled = found.is_clear if found else math.isnan(share)
    others, often = len(facts.models) - 1, ""
    if not math.isnan(share) and not (found and (found.is_clear or others == 1)):
        who_else = {1: "the other does not beat", 2: "neither of the two others beats"}.get(
            others, f"none of the {in_words(others)} others beats"
        )
        often = f" (at {at or now} {who_else} it in {resamples})"
    file = "" if facts.bootstrap is None else " in this file"
    return f"{who} {'is' if settled else 'seems'} cheapest{file}{often}"


def _switched(
    facts: Facts, cost_curve: CostCurve, here: CostCurveInterval, *, down: bool, up: bool
) -> str:
    """Between which costs of a miss others take over in resamples."""
    # Only after who picks what, where it is said what a resample is.
    if facts.bootstrap is None or here.extreme or len(here.models) > 1 or not repeated_picks(facts):
        return ""
    now = facts.scenario.miss_cost
    found = switches(cost_curve, facts.points, facts.bootstrap, now)
    most = cost_curve.segments[-1].high
    sides = [(" lower", found.below)] * down + [(" upper", found.above)] * up
    said = [(name, _between(*side, most)) for name, side in sides if side != (now, now)]
    # All of a side at the present cost is no range: what there is to say is that it has changed by then.
    already = ""
    if len(said) < len(sides):
        already = f" In {of_100(found.overtaken)} another is already cheaper at {digits(now)}."
    if not said:
        return already
    name, where = said[0]
    changes = f"the{name if len(sides) == 2 else ''} change lies {where}"
    changes += "".join(f", the{name} {where}" for name, where in said[1:])
    return f"{already} In 95 of 100 resamples {changes}."


def _between(low: float, high: float, most: float) -> str:
    """Where something lies; beyond the end of the cost curve nobody looked."""
    if high == most:
        return f"at {digits(low, 2)} or more"
    least, last = digits(low, 2), digits(high, 2)
    return f"at {least}" if least == last else f"between {least} and {last}"


def _as_cheap(facts: Facts, stretch: CostCurveInterval) -> str:
    """That further models' errors cost as little at the present cost of a miss; nothing if none do."""
    cost = facts.points["cost_of_errors"].to_numpy(np.float64)
    least = is_least(cost) & is_ordinary(facts.points)
    known = () if stretch.extreme is not None else stretch.models
    names = [str(m) for m in facts.points["model"][least].unique() if m not in known]
    if not names:
        return ""
    listed = some([facts.label(name) for name in names], "models")
    return f"{listed} {'costs' if len(names) == 1 else 'cost'} the same"


def _who(facts: Facts, stretch: CostCurveInterval) -> str:
    """Who is cheapest, as one name."""
    if stretch.extreme is not None:
        return FLAGGING[stretch.extreme]
    return some([facts.label(model) for model in stretch.models], "models", word="or")


def _cost_curve(facts: Facts) -> CostCurve:
    """The cost curve, stretched where the miss cost of the scenario lies outside it."""
    now, segments = facts.evaluation.miss_cost, facts.by_cost.segments
    least, most = segments[0].low, segments[-1].high
    if least <= now <= most:
        return facts.by_cost
    return by_miss_cost(facts.points, facts.evaluation, least=min(least, now), most=max(most, now))


def _written(stretch: CostCurveInterval, now: float) -> tuple[str, str, str]:
    """Its ends and the present cost, in as many digits as keep them in order."""
    for most in range(3, 16):
        low, high = to_digits(stretch.low, most, up=True), to_digits(stretch.high, most, up=False)
        if low <= to_digits(now, most) <= high and low < high:
            break
    low_words, high_words = digits(stretch.low, most, up=True), digits(stretch.high, most, up=False)
    return low_words, high_words, digits(now, most)


def _span(
    facts: Facts, cost_curve: CostCurve, stretch: CostCurveInterval, low: str, high: str
) -> str:
    least, most = cost_curve.segments[0].low, cost_curve.segments[-1].high
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


def _goes_on(facts: Facts, stretch: CostCurveInterval, least: float, most: float) -> bool:
    """Whether a stretch that ends with the cost curve holds all the way beyond."""
    beyond = by_miss_cost(facts.points, facts.evaluation, least=least, most=most).segments
    if len(facts.models) == 1:
        return len(beyond) == 1
    common = set(stretch.models)
    for segment in beyond:
        common &= {str(segment.point.model), *segment.also}
    return bool(common) and all(s.point.extreme == stretch.extreme for s in beyond)


def _share(facts: Facts, point: OperatingPoint) -> tuple[float, str | None]:
    """How often the cheapest is so in resamples, and at which miss cost if not the present one.

    Returns
    -------
    float
        NaN where it is not known, and for no flag at all, with which no model can beat another.
    str or None
    """
    found = facts.stability
    if found is None or facts.bootstrap is None or len(facts.models) == 1 or point.extreme:
        return math.nan, None
    now = facts.evaluation.miss_cost
    k = int(np.abs(np.log(found.along / now)).argmin())
    there, at = found.points[k], float(found.along[k])
    if there.extreme or there.model != point.model:
        return math.nan, None
    return float(found.shares[k]), None if math.isclose(at, now) else digits(at)
