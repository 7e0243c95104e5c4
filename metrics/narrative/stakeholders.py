"""Sentences about the stakeholders: who picks what, what that costs the others, and where they could meet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from metrics.errors import counted
from metrics.evaluation.objective import OBJECTIVES, Unit
from metrics.evaluation.operating_points import OperatingPoint, is_ordinary
from metrics.inference.optimism import largest_regret
from metrics.inference.statistics import LEVEL
from metrics.inference.uncertainty import FEW_DEFECTS
from metrics.narrative.formatting import SPACE, figure, number, worse_by
from metrics.narrative.phrases import (
    all_of,
    bound_words,
    capital,
    change,
    in_words,
    joined,
    lost,
    once,
)
from metrics.narrative.verdict_facts import Facts, StakeholderFacts
from metrics.selection.cheapest import ROUNDING, is_equal
from metrics.selection.compromise import least_regret, regret_matrix
from metrics.selection.picks import Pick

Groups = dict[Pick, tuple[StakeholderFacts, ...]]


def picks(facts: Facts) -> tuple[list[str], bool]:
    """Who picks what; then what it costs the others or, where all agree, what it changes against today.

    Returns
    -------
    texts : list of str
    cautioned : bool
        Whether one of them says that a log loss is only finite because it is clipped.
    """
    groups = groups_of(facts)
    who = _who(facts, groups)
    cautioned = any(_aside(facts, mine, own.model) for own, mine in groups.items())
    if len(groups) == 1 and all(stakeholder.pick is not None for stakeholder in facts.stakeholders):
        then = _against_today(facts, next(iter(groups)))
    else:
        then, cautioned = _costs(facts, groups, cautioned=cautioned)
    who = " ".join(filter(None, [who, repeated_picks(facts)]))
    return ([who, then] if then else [who]), cautioned


def repeated_picks(facts: Facts) -> str:
    """How often the same models are picked in resamples; nothing where there is but one."""
    picked = [s.pick.model for s in facts.stakeholders if s.pick is not None]
    if len(facts.models) == 1 or not facts.picked_again:
        return ""
    index = facts.evaluation.tally.index
    shares = [
        own.share_of(index(model)) for own, model in zip(facts.picked_again, picked, strict=True)
    ]
    if any(math.isnan(share) for share in shares):
        return ""
    # What is not all is not written as all.
    counts = [100 if share == 1 else min(99, round(100 * share)) for share in shares]
    same = "The same models are" if len(set(picked)) > 1 else "The same model is"
    many = str(counts[0]) if len(set(counts)) == 1 else joined([str(count) for count in counts])
    often = f"{same} picked in {many} of 100 resamples of these units"
    # Nobody knows better where no group was named, and many a file has units that belong together.
    alone = "" if facts.evaluation.tally.grouped else ", each taken as independent of the others"
    few = f", on only {counted(facts.defects, 'defect')}" if facts.defects < FEW_DEFECTS else ""
    return f"{often}{few}{alone}."


def names_resamples(facts: Facts) -> bool:
    """Whether what is said of picks and limits has said what a resample is."""
    return bool(repeated_picks(facts)) or facts.limits_missed > 0


def compromise(facts: Facts, *, caution: bool) -> str:
    """Where the stakeholders could meet; nothing where they agree or there is no such point.

    Parameters
    ----------
    facts : Facts
    caution : bool
        Whether to say of a log loss that it is only finite because it is clipped.
    """
    point, groups = compromise_point(facts), groups_of(facts)
    if point is None:
        return ""
    stakeholders = [
        stakeholder for stakeholder in facts.stakeholders if stakeholder.pick is not None
    ]
    costs = []
    for stakeholder in stakeholders:
        text = _lost_at(facts, stakeholder, point)
        aside = _aside(facts, [stakeholder], str(point.model)) if text and caution else ""
        caution = caution and not aside
        costs.append(text + aside)
    broken = [_limit_of(stakeholder) for stakeholder in stakeholders if _breaks(stakeholder, point)]
    but = f", but it {'would break' if any(costs) else 'breaks'} {joined(broken)}" if broken else ""
    name = facts.spot(point)
    if not any(costs):
        if but or len(stakeholders) < len(facts.stakeholders):
            return f"Settling on {name} would cost nobody anything{but}."
        return (
            f"{capital(all_of(len(stakeholders)))} can settle on {name}: it costs nobody anything."
        )
    for own, mine in groups.items():
        if own.row == point.row:
            name = f"{possessive(facts, mine)}, {name}"
    most = _at_most(facts, len(groups))
    kind = "The fair option"
    if not _is_fair(facts, point):
        kind = "By the weights given, the fair option"
    sentence = f"{kind} is {name}{most}. It would cost "
    sentence += joined(
        [f"{_titles([s])} {c or 'nothing'}" for s, c in zip(stakeholders, costs, strict=True)]
    )
    return once(f"{sentence}{but}.", facts.scenario)


def compromise_point(facts: Facts) -> OperatingPoint | None:
    """The compromise; None where the stakeholders agree or there is none."""
    found = facts.compromise
    return None if found is None or len(groups_of(facts)) < 2 else found.point


def groups_of(facts: Facts) -> Groups:
    """Stakeholders by what they pick, in their order."""
    places: dict[tuple[str, float], Pick] = {}
    out: Groups = {}
    for stakeholder in facts.stakeholders:
        if stakeholder.pick is not None:
            first = places.setdefault(
                (stakeholder.pick.model, stakeholder.pick.threshold), stakeholder.pick
            )
            out[first] = (*out.get(first, ()), stakeholder)
    return out


def possessive(facts: Facts, stakeholders: Sequence[StakeholderFacts]) -> str:
    """What some stakeholders pick: ``the executive’s pick``."""
    if len(stakeholders) == 1:
        return f"{_of_the(stakeholders[0])} pick"
    if len(stakeholders) == len(facts.stakeholders):
        return f"the pick of {all_of(len(stakeholders))}"
    return f"the pick that {_titles(stakeholders)} share"


def _titles(stakeholders: Sequence[StakeholderFacts]) -> str:
    return joined([f"the {stakeholder.title}" for stakeholder in stakeholders])


def _of_the(stakeholder: StakeholderFacts) -> str:
    return f"the {stakeholder.title}’" + ("" if stakeholder.title.endswith("s") else "s")


def _limit_of(stakeholder: StakeholderFacts) -> str:
    assert stakeholder.bound is not None
    return f"{_of_the(stakeholder)} limit on {stakeholder.bound.objective.subject}"


def _is_fair(facts: Facts, point: OperatingPoint) -> bool:
    """Whether it is the compromise also when every stakeholder counts the same."""
    rows = [
        stakeholder.pick.row for stakeholder in facts.stakeholders if stakeholder.pick is not None
    ]
    even = least_regret(
        regret_matrix(
            facts.points, [stakeholder.objective for stakeholder in facts.stakeholders], rows
        )
    )
    return even.point == point


def _at_most(facts: Facts, count: int) -> str:
    """The most that any stakeholder gives up; nothing where it is no share of the picks' range."""
    assert facts.compromise is not None
    rows = [
        stakeholder.pick.row for stakeholder in facts.stakeholders if stakeholder.pick is not None
    ]
    most = 0
    for stakeholder, regret in zip(
        facts.stakeholders, facts.compromise.regrets.tolist(), strict=True
    ):
        own = facts.points.loc[rows, stakeholder.objective.id].to_numpy(np.float64)
        own = own[np.isfinite(own)]
        differ = not is_equal(float(own.min()), float(own.max()))
        if regret > ROUNDING and not differ:
            return ""
        # Upwards, since nobody gives up more; what is only rounding is cut off first.
        most = max(most, math.ceil(round(100 * regret, 9)))
    if not 0 < most < 100:
        return ""
    return (
        f": nobody gives up more than {number(most)}{SPACE}% of what lies between the best and the worst "
        f"of the {in_words(count)} picks{_at_most_elsewhere(facts)}"
    )


def _at_most_elsewhere(facts: Facts) -> str:
    """What that is at most in 95 of 100 resamples, where each picks anew."""
    stakeholders, found = facts.stakeholders, facts.compromise
    assert found is not None
    assert found.point is not None
    # Which has said what a resample is.
    if (
        facts.resamples is None
        or any(s.pick is None for s in stakeholders)
        or not repeated_picks(facts)
    ):
        return ""
    objectives = [s.objective for s in stakeholders]
    at = str(found.point.model), found.point.threshold
    most = largest_regret(facts.resamples, facts.picked_again, objectives, *at)
    if not np.isfinite(most).mean() > 0.5:
        return ""
    upper = math.ceil(100 * float(np.quantile(most[np.isfinite(most)], LEVEL)))
    if upper >= 100:  # picks that lie near each other in most resamples
        return " in this file, which resamples do not bear out"
    return f" in this file (in 95 of 100 resamples at most {number(upper)}{SPACE}%)"


def _who(facts: Facts, groups: Groups) -> str:
    missing = [stakeholder for stakeholder in facts.stakeholders if stakeholder.pick is None]
    reasons = [_reason(facts, stakeholder) for stakeholder in missing]
    if not groups and len(missing) > 1 and len(set(reasons)) == 1:
        return f"Nobody has a pick: {reasons[0]}."
    parts = [_picked(facts, groups)] if groups else []
    parts += [
        f"the {stakeholder.title} has no pick, as {reason}"
        for stakeholder, reason in zip(missing, reasons, strict=True)
    ]
    return capital(f"{'; '.join(parts)}.")


def _picked(facts: Facts, groups: Groups) -> str:
    stakeholders = [stakeholder for own in groups.values() for stakeholder in own]
    whole = len(stakeholders) == len(facts.stakeholders) and len(stakeholders) > 1
    model = next(iter(groups)).model
    alone = all(len(mine) == 1 for mine in groups.values())
    if len(groups) > 1 and {own.model for own in groups} == {model}:
        who = all_of(len(stakeholders)) if whole else _titles(stakeholders)
        each = [f"{_titles(mine)} {facts.at(model, own.threshold)}" for own, mine in groups.items()]
        listed = joined(each) if alone else ", ".join(each)
        return f"{who} pick {facts.label(model)}{_aside(facts, stakeholders, model)}: {listed}"
    parts = []
    for k, (own, mine) in enumerate(groups.items()):
        verb = " picks" if len(mine) == 1 else " both pick" if len(mine) == 2 else " all pick"
        point = facts.words(own.model, own.threshold) + _aside(facts, mine, own.model)
        parts.append(f"{_titles(mine)}{'' if alone and k else verb} {point}")
    return joined(parts) if alone else "; ".join(parts)


def _aside(facts: Facts, stakeholders: Sequence[StakeholderFacts], model: str) -> str:
    """That the log loss of a model is only finite because it is clipped, for stakeholders that look at it."""
    rows = facts.infinite_rows(model)
    if not rows or not any(stakeholder.objective.is_clipped for stakeholder in stakeholders):
        return ""
    wrong = counted(round(rows), "unit")
    return f" (it was certain and wrong on {wrong}, so its log loss is infinite unless clipped)"


def _reason(facts: Facts, stakeholder: StakeholderFacts) -> str:
    """Why a stakeholder has no pick."""
    if facts.points[stakeholder.objective.id].isna().all():
        return f"{stakeholder.objective.subject} is undefined for every model"
    if stakeholder.bound is None or not is_ordinary(facts.points).any():
        return "no threshold flags some units and not all"
    return f"no threshold qualifies {bound_words(stakeholder.bound, facts.evaluation.scenario)}"


def _against_today(facts: Facts, own: Pick) -> str:
    """What the one pick changes."""
    fn, fp = (facts.points[name].loc[own.row] for name in ("fn", "fp"))
    today = facts.today
    if (own.model, fn, fp) == (today.model, today.fn, today.fp):
        return "That is today’s system."
    base = "shipping everything" if today.model is None else "today"
    seen: dict[str, str] = {}
    for stakeholder in facts.stakeholders:
        o = stakeholder.objective
        before = today.figures.get(o.id)
        if before is not None:
            text = change(o, facts.figure(o, own.row), before, facts.scenario)
            seen[o.id] = text + _of_all(facts, stakeholder, text)
    parts = [text for text in seen.values() if text]
    return once(f"Against {base}, that is {joined(parts)}.", facts.scenario) if parts else ""


def _of_all(facts: Facts, stakeholder: StakeholderFacts, text: str) -> str:
    """Out of how many defects some more or fewer are missed."""
    proportion = OBJECTIVES.get(stakeholder.objective.in_proportion)
    if proportion is None or proportion.unit is not Unit.PER_1000_DEFECTS or not text:
        return ""
    evaluation = facts.evaluation
    total = float(evaluation.tally.class_mass[1]) * evaluation.factors[0]
    shown = figure(stakeholder.objective, total, facts.scenario)
    return f" (of {shown} {'defect' if shown == '1' else 'defects'})"


def _lost_at(facts: Facts, stakeholder: StakeholderFacts, point: OperatingPoint) -> str:
    """What a point costs a stakeholder against its own pick; nothing where it costs nothing."""
    assert stakeholder.pick is not None
    o = stakeholder.objective
    return lost(o, point.figures[o.id], stakeholder.pick.value, facts.scenario)


def _breaks(stakeholder: StakeholderFacts, point: OperatingPoint) -> bool:
    bound = stakeholder.bound
    return bound is not None and not bound.keeps(point.figures[bound.objective.id])


def _costs(facts: Facts, groups: Groups, *, cautioned: bool) -> tuple[str, bool]:
    """The dearest of the others' picks for each stakeholder, by whose pick it is; returns as `picks` does."""
    costs: dict[Pick, list[tuple[StakeholderFacts, str]]] = {own: [] for own in groups}
    breaks: dict[Pick, list[str]] = {own: [] for own in groups}
    for stakeholder in facts.stakeholders:
        others = [own for own, stakeholders in groups.items() if stakeholder not in stakeholders]
        if stakeholder.pick is None or not others:
            continue
        o = stakeholder.objective
        value = stakeholder.pick.value
        worst = max(others, key=lambda own: _known(worse_by(o, facts.figure(o, own.row), value)))
        text = _lost_at(facts, stakeholder, facts.point(worst))
        if text:
            aside = "" if cautioned else _aside(facts, [stakeholder], worst.model)
            cautioned = cautioned or bool(aside)
            costs[worst].append((stakeholder, text + aside + _of_all(facts, stakeholder, text)))
            continue
        broken = [own for own in others if _breaks(stakeholder, facts.point(own))]
        if broken:
            breaks[broken[0]].append(_limit_of(stakeholder))
    clauses = []
    for own, stakeholders in groups.items():
        verbs = []
        if costs[own]:
            verbs.append(f"cost {joined([f'{_titles([s])} {text}' for s, text in costs[own]])}")
        if breaks[own]:
            verbs.append(f"break {joined(breaks[own])}")
        if verbs:
            clauses.append(f"{possessive(facts, stakeholders)} would {' and '.join(verbs)}")
    if not clauses:
        alike = "These picks differ, yet none of them costs anybody else anything."
        return alike if len(groups) > 1 else "", cautioned
    named = [stakeholder for each in costs.values() for stakeholder, _ in each]
    whose = f"{_of_the(named[0])} own pick" if len(named) == 1 else "their own picks"
    end = f", against {whose}" if named else ""
    return once(capital(f"{'; '.join(clauses)}{end}."), facts.scenario), cautioned


def _known(value: float) -> float:
    """A cost that can be compared; an undefined one is none."""
    return value if value == value else -1.0
