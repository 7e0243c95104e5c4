"""The verdict: what the figures say to the people at the table, in a few plain sentences.

Every word comes from a template and every number from the figures. A sentence whose data is missing is left
out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metrics.errors import counted
from metrics.evaluation.objective import OBJECTIVES, Extreme, Objective, Unit
from metrics.evaluation.operating_points import Evaluation, OperatingPoint, is_ordinary
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import Chance, CheapestComparison, compare_cheapest
from metrics.inference.cost_curve_stability import CostCurveStability, switches
from metrics.inference.optimism import (
    Choice,
    ReplicateChoices,
    choose_in_replicates,
    largest_regret,
)
from metrics.inference.sample_size import MOST_TIMES, additional_defects
from metrics.inference.statistics import LEVEL
from metrics.inference.uncertainty import FEW_DEFECTS, VERY_FEW_DEFECTS
from metrics.narrative.formatting import (
    SPACE,
    digits,
    entered,
    figure,
    number,
    period_of,
    to_digits,
    worse_by,
    written_gap,
)
from metrics.narrative.phrases import (
    about,
    all_of,
    amount,
    bound_words,
    capital,
    change,
    every,
    in_100,
    in_words,
    joined,
    lost,
    of_100,
    once,
    some,
    wanted,
)
from metrics.scenario.scenario import Scenario
from metrics.selection.cheapest import ROUNDING, is_equal, is_least
from metrics.selection.compromise import Compromise, least_regret, regret_matrix, regret_scale
from metrics.selection.cost_curve import (
    CostCurve,
    CostCurveInterval,
    by_miss_cost,
    intervals_by_model,
)
from metrics.selection.feasibility import Attainability, Feasibility, Relaxation, cheapest_among
from metrics.selection.limits import Bound, keeps_all
from metrics.selection.picks import Pick, pick

FOR_A_SHARE = 250
"""Replicates; a share is then known to 3 in 100."""

AS_THEY_ARE = "thresholds as they are"
"""Of resamples in which nothing is chosen anew, as a pick is."""

FLAGGING = {
    Extreme.FLAG_EVERYTHING: "flagging everything",
    Extreme.FLAG_NOTHING: "flagging nothing",
}


@dataclass(frozen=True)
class StakeholderFacts:
    """Somebody at the table.

    Attributes
    ----------
    title : str
        As it stands inside a sentence: "data scientist".
    objective : Objective
    bound : Bound or None
        Within which the stakeholder picks.
    pick : Pick or None
    """

    title: str
    objective: Objective
    bound: Bound | None
    pick: Pick | None


@dataclass(frozen=True)
class Facts:
    """The figures of a verdict.

    Attributes
    ----------
    evaluation : Evaluation
    points : DataFrame
        Operating points of the visible models, at least one row, with the columns of the stakeholders' and
        the limits' objectives and ``cost_of_errors``.
    stakeholders : tuple of StakeholderFacts
        At least one; their picks, the compromise and the feasibility are of ``points``.
    limits : tuple of Bound
    feasibility : Feasibility or None
        Of the limits.
    compromise : Compromise or None
        That of least regret.
    by_cost : CostCurve
        From `metrics.selection.cost_curve.by_miss_cost`.
    stability : CostCurveStability or None
        Of ``by_cost``, best with the scenario's miss cost in its grid.
    bootstrap : Bootstrap or None
        None: nothing is said of chance.
    today : OperatingPoint
        Today's system, with the figures that are known.
    label : callable
        A model's shown name.
    words : callable
        An operating point as text: ``gradient boosting at 0.31``.
    threshold_words : callable
        A threshold of a model as text: ``0.31``, ``flag nothing``.
    certified : ndarray of bool, shape (n,), or None
        Which of ``points`` keep all limits for certain (`metrics.inference.guarantee`); None where not known.
    missed : callable or None
        In what share of resamples a row of ``points`` misses a limit, NaN where not known; asked of the picks
        and the compromise alone.
    may_be_chance : callable or None
        Whether it may be chance that, for the k-th of the stakeholders, a row of ``points`` is worse than its
        own pick; None where not known.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    stakeholders: tuple[StakeholderFacts, ...]
    limits: tuple[Bound, ...]
    feasibility: Feasibility | None
    compromise: Compromise | None
    by_cost: CostCurve
    stability: CostCurveStability | None
    bootstrap: Bootstrap | None
    today: OperatingPoint
    label: Callable[[str], str]
    words: Callable[[str | None, float], str]
    threshold_words: Callable[[str, float], str]
    certified: NDArray[np.bool_] | None = None
    missed: Callable[[int], float] | None = None
    may_be_chance: Callable[[int, int], bool] | None = None

    @cached_property
    def shares_missed(self) -> tuple[tuple[str, float], ...]:
        """Who keeps the limits in this file without being certified to, and how often not in resamples."""
        if self.missed is None or self.feasibility is None or not self.feasibility.is_kept:
            return ()
        sure: dict[int, bool] = {}
        if self.certified is not None:
            sure = dict(zip(self.points.index.tolist(), self.certified.tolist(), strict=True))
        asked = ((who, self.missed(row)) for who, row in _keepers(self) if not sure.get(row, False))
        return tuple((who, share) for who, share in asked if not math.isnan(share))

    @cached_property
    def resamples(self) -> Bootstrap | None:
        """As many as a share needs that is said in whole hundredths."""
        return None if self.bootstrap is None else self.bootstrap.part(0, FOR_A_SHARE)

    @cached_property
    def picked_again(self) -> tuple[ReplicateChoices, ...]:
        """What each stakeholder who has a pick would pick in the resamples; none without these."""
        choices = [own for s in self.stakeholders if (own := self.choice_of(s)) is not None]
        return choose_in_replicates(self.resamples, choices) if self.resamples and choices else ()

    @cached_property
    def limits_missed(self) -> float:
        """Share of the resamples in which no point keeps the limits that some point of the file keeps.

        NaN where not known, or in all: then the limits are on what no resample tells.
        """
        if self.resamples is None or self.feasibility is None or not self.feasibility.is_kept:
            return math.nan
        cheapest = Choice(OBJECTIVES["cost_of_errors"], limits=self.limits, models=self.models)
        [found] = choose_in_replicates(self.resamples, [cheapest])
        missed = float((found.models < 0).mean())
        return missed if missed < 1 else math.nan

    @property
    def scenario(self) -> Scenario:
        """What the figures assume."""
        return self.evaluation.scenario

    @property
    def models(self) -> tuple[str, ...]:
        """Those that are visible."""
        return tuple(str(model) for model in self.points["model"].unique())

    @property
    def defects(self) -> int:
        """Rows of the file that are defects, whatever their weight."""
        return int(self.evaluation.tally.rows[1])

    @property
    def agreed(self) -> str | None:
        """The one model that every stakeholder picks, at whatever threshold; None where there is none."""
        picked = {
            stakeholder.pick.model if stakeholder.pick else None
            for stakeholder in self.stakeholders
        }
        return picked.pop() if len(picked) == 1 else None

    def choice_of(self, stakeholder: StakeholderFacts) -> Choice | None:
        """How a stakeholder's pick was found; None without one."""
        if stakeholder.pick is None:
            return None
        # Limits that bind, bind every pick.
        rows = [s.pick.row for s in self.stakeholders if s.pick is not None]
        limits = self.limits if keeps_all(self.points.loc[rows], self.limits).all() else ()
        return Choice(stakeholder.objective, stakeholder.bound, limits, self.models)

    def figure(self, objective: Objective, row: int) -> float:
        """An objective at one of the points."""
        return float(self.points[objective.id].loc[row])

    def point(self, pick: Pick) -> OperatingPoint:
        """The point of a pick."""
        position = self.points.index.get_loc(pick.row)
        return OperatingPoint.from_points(self.points, int(position))  # type: ignore[arg-type]

    def spot(self, point: OperatingPoint) -> str:
        """A point in words, also one that flags everything or nothing."""
        if point.extreme is not None:
            return FLAGGING[point.extreme]
        return self.words(point.model, point.threshold)

    def at(self, model: str, threshold: float) -> str:
        """A point of a model that was just named: ``at 0.31``."""
        words = self.threshold_words(model, threshold)
        return f"at {words}" if math.isfinite(threshold) else words

    def infinite_rows(self, model: str) -> int:
        """Units that a model scored exactly 0 or 1 on the wrong side."""
        evaluation = self.evaluation
        return int(evaluation.figures[evaluation.tally.index(model)].infinite_rows)


Groups = dict[Pick, tuple[StakeholderFacts, ...]]


def picks_sentences(facts: Facts) -> tuple[list[str], bool]:
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
    if len(facts.models) == 1 or not facts.picked_again:
        return ""
    index = facts.evaluation.tally.index
    able = [s for s in facts.stakeholders if s.pick is not None]
    told = [
        (s, s.pick.model, again.share_of(index(s.pick.model)))
        for s, again in zip(able, facts.picked_again, strict=True)
        if s.pick is not None and not _is_level(facts, s)
    ]
    picked, shares = [model for _, model, _ in told], [share for *_, share in told]
    if not told or any(math.isnan(share) for share in shares):
        return ""
    # What is not all is not written as all.
    counts = [100 if share == 1 else min(99, round(100 * share)) for share in shares]
    same = "The same models are" if len(set(picked)) > 1 else "The same model is"
    many = str(counts[0]) if len(set(counts)) == 1 else joined([str(count) for count in counts])
    level = [s for s in able if _is_level(facts, s)]
    if level:
        many = joined([f"{n} (the {s.title})" for n, (s, *_) in zip(counts, told, strict=True)])
    often = f"{same} picked, thresholds chosen anew, in {many} of 100 resamples of these units"
    # Nobody knows better where no group was named, and many a file has units that belong together.
    alone = "" if facts.evaluation.tally.grouped else ", each taken as independent of the others"
    none = (
        "" if not facts.limits_missed > 0 else f"; in {_none_meets(facts)}"
    )  # false for NaN as well
    few = f", on only {counted(facts.defects, 'defect')}" if facts.defects < FEW_DEFECTS else ""
    alike = f"; for {_titles(level)} every model does equally well" if level else ""
    return f"{often}{few}{alone}{none}{alike}."


def _is_level(facts: Facts, stakeholder: StakeholderFacts) -> bool:
    """Whether every model reaches a stakeholder's best figure, so that the pick says nothing of the model."""
    own, choice = stakeholder.pick, facts.choice_of(stakeholder)
    assert own is not None
    assert choice is not None
    points, o = facts.points, stakeholder.objective
    bounds = [*choice.limits, *([] if own.bound is None else [own.bound])]
    figures = points[o.id].to_numpy(np.float64)
    allowed = is_ordinary(points) & ~np.isnan(figures) & keeps_all(points, bounds)
    loss = np.where(allowed, o.direction.loss(figures), np.inf)
    return points["model"][allowed & is_least(loss)].nunique() == len(facts.models)


def _none_meets(facts: Facts) -> str:
    """In how many resamples nothing meets the limits, so that nobody can pick anything."""
    return f"{in_100(facts.limits_missed)} no threshold meets {_the_limits(facts)}"


def _the_limits(facts: Facts) -> str:
    return "the limit" if len(facts.limits) == 1 else every(len(facts.limits), "limit")


def names_resamples(facts: Facts) -> bool:
    """Whether what is said of picks and limits has said what a resample is."""
    return bool(repeated_picks(facts) or facts.shares_missed) or facts.limits_missed > 0


def compromise_sentence(facts: Facts, *, caution: bool) -> str:
    """Where the stakeholders could meet; nothing where they agree or there is no such point.

    Parameters
    ----------
    facts : Facts
    caution : bool
        Whether to say of a log loss that it is only finite because it is clipped.
    """
    point = compromise_point(facts)
    if point is None:
        return ""
    stakeholders = [
        stakeholder for stakeholder in facts.stakeholders if stakeholder.pick is not None
    ]
    costs = []
    for stakeholder in stakeholders:
        text = _lost_at(facts, stakeholder, point)
        text += _chance(facts, stakeholder, point.row) if text else ""
        aside = _aside(facts, [stakeholder], str(point.model)) if text and caution else ""
        caution = caution and not aside
        costs.append((text + aside).replace(") (", "; "))
    broken = [_limit_of(stakeholder) for stakeholder in stakeholders if _breaks(stakeholder, point)]
    but = f", but it {'would break' if any(costs) else 'breaks'} {joined(broken)}" if broken else ""
    name = facts.spot(point)
    if not any(costs):
        if but or len(stakeholders) < len(facts.stakeholders):
            return f"Settling on {name} would cost nobody anything in this file{but}."
        who = capital(all_of(len(stakeholders)))
        return f"{who} can settle on {name}: it costs nobody anything in this file."
    placed = placed_groups_of(facts)
    for own, mine in placed.items():
        if own.row == point.row:
            name = f"{possessive(facts, mine)}, {name}"
    most = _at_most(facts, len(placed))
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
    """Stakeholders by what they pick, in their order.

    Notes
    -----
    A figure of a whole model is the same at all of its thresholds: who picks by one agrees with whoever
    picks a threshold of that model, and stands alone where others pick several of it.
    """
    places: dict[tuple[str, float | None], Pick] = {}
    thresholds: dict[str, set[float]] = {}
    for stakeholder in facts.stakeholders:
        own = stakeholder.pick
        if own is not None and not stakeholder.objective.of_model:
            places.setdefault((own.model, own.threshold), own)
            thresholds.setdefault(own.model, set()).add(own.threshold)
    out: Groups = {}
    for stakeholder in facts.stakeholders:
        own = stakeholder.pick
        if own is not None:
            at: float | None = own.threshold
            if stakeholder.objective.of_model and own.model in thresholds:
                several = len(thresholds[own.model]) > 1
                at = None if several else next(iter(thresholds[own.model]))
            first = places.setdefault((own.model, at), own)
            out[first] = (*out.get(first, ()), stakeholder)
    return out


def placed_groups_of(facts: Facts) -> Groups:
    """Those whose threshold somebody wants, and of models that nobody else picks."""
    return {own: g for own, g in groups_of(facts).items() if not _is_anywhere(facts, own, g)}


def _is_anywhere(facts: Facts, own: Pick, stakeholders: Sequence[StakeholderFacts]) -> bool:
    """Whether they want a model at any of the thresholds that others pick of it."""
    return _ranks(stakeholders) and any(
        s.pick is not None and s.pick.model == own.model and not s.objective.of_model
        for s in facts.stakeholders
    )


def _ranks(stakeholders: Sequence[StakeholderFacts]) -> bool:
    """Whether they look at figures of whole models only, and so want no threshold."""
    return all(s.objective.of_model for s in stakeholders)


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
    level: list[Objective] = []
    for stakeholder, regret in zip(
        facts.stakeholders, facts.compromise.regrets.tolist(), strict=True
    ):
        own = facts.points.loc[rows, stakeholder.objective.id].to_numpy(np.float64)
        own = own[np.isfinite(own)]
        if is_equal(float(own.min()), float(own.max())):
            # Which is then a share of the figure itself, and of no range.
            level += [stakeholder.objective] if regret > ROUNDING else []
            continue
        # Upwards, since nobody gives up more; what is only rounding is cut off first.
        most = max(most, math.ceil(round(100 * regret, 9)))
    if not 0 < most < 100:
        return ""
    picks = f"{in_words(count)} picks" if len(set(rows)) == count else "picks"
    aside = ""
    if level:
        aside = f"leaving {joined([o.subject for o in level])} aside, on which the picks do not differ, "
    return (
        f": {aside}nobody gives up more than {number(most)}{SPACE}% of what lies between the best and the "
        f"worst of the {picks}{_at_most_elsewhere(facts, aside=level)}"
    )


def _at_most_elsewhere(facts: Facts, *, aside: Sequence[Objective]) -> str:
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
    objectives = [s.objective for s in stakeholders if s.objective not in aside]
    at = str(found.point.model), found.point.threshold
    most = largest_regret(facts.resamples, facts.picked_again, objectives, *at)
    if not np.isfinite(most).mean() > 0.5:
        return ""
    upper = math.ceil(100 * float(np.quantile(most[np.isfinite(most)], LEVEL)))
    if upper >= 100:  # picks that lie near each other in most resamples
        return (
            f" in this file, but in at least {100 - round(100 * LEVEL)} of 100 resamples somebody gives up "
            "all of it"
        )
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
        is_only = whole and _is_only_one(facts, model)
        each = [
            f"{_titles(mine)} {_threshold(facts, own, mine, limits_are_named=is_only)}"
            for own, mine in groups.items()
        ]
        listed = joined(each) if alone else ", ".join(each)
        aside = _aside(facts, stakeholders, model)
        if is_only:
            only = f"only {facts.label(model)}{aside} meets {_the_limits(facts)} in this file"
            return f"{only}, so {who} pick it: {listed}"
        return f"{who} pick {facts.label(model)}{aside}: {listed}"
    if whole and len(groups) == 1 and _is_only_one(facts, model):
        own, aside = next(iter(groups)), _aside(facts, stakeholders, model)
        only = f"only {facts.label(model)}{aside} meets {_the_limits(facts)} in this file"
        return f"{only}, so {all_of(len(stakeholders))} pick it {facts.at(model, own.threshold)}"
    parts = []
    for k, (own, mine) in enumerate(groups.items()):
        verb = " picks" if len(mine) == 1 else " both pick" if len(mine) == 2 else " all pick"
        anywhere = _is_anywhere(facts, own, mine)
        point = facts.label(own.model) if anywhere else facts.words(own.model, own.threshold)
        point += f" {_any_threshold(facts, mine)}" if anywhere else ""
        point += _aside(facts, mine, own.model)
        parts.append(f"{_titles(mine)}{'' if alone and k else verb} {point}")
    return joined(parts) if alone else "; ".join(parts)


def _threshold(
    facts: Facts, own: Pick, stakeholders: Sequence[StakeholderFacts], *, limits_are_named: bool
) -> str:
    if _is_anywhere(facts, own, stakeholders):
        return _any_threshold(facts, stakeholders, limits_are_named=limits_are_named)
    return facts.at(own.model, own.threshold)


def _any_threshold(
    facts: Facts, stakeholders: Sequence[StakeholderFacts], *, limits_are_named: bool = False
) -> str:
    """Of those that meet the limits, where these bind the picks."""
    choice = facts.choice_of(stakeholders[0])
    if choice is None or not choice.limits:
        return "at any threshold"
    one = "it" if limits_are_named else "the limit"
    return f"at any threshold that meets {one if len(choice.limits) == 1 else 'the limits'}"


def _is_only_one(facts: Facts, model: str) -> bool:
    """Whether limits that bind the picks leave no other model to be picked."""
    binds = any((choice := facts.choice_of(s)) and choice.limits for s in facts.stakeholders)
    if facts.feasibility is None or not binds or len(facts.models) == 1:
        return False
    kept = facts.feasibility.keep & is_ordinary(facts.points)
    return set(facts.points["model"][kept].astype(str)) == {model}


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
        rows = {own: _row_at(facts, stakeholder, own, groups[own]) for own in others}
        figures = {
            own: math.nan if row is None else facts.figure(o, row) for own, row in rows.items()
        }
        worst = max(others, key=lambda own: _known(worse_by(o, figures[own], value)))
        text = lost(o, figures[worst], value, facts.scenario)
        if text:
            aside = "" if cautioned else _aside(facts, [stakeholder], worst.model)
            cautioned = cautioned or bool(aside)
            of_all = _of_all(facts, stakeholder, text)
            text += aside + of_all + _chance(facts, stakeholder, rows[worst])
            costs[worst].append((stakeholder, text.replace(") (", "; ")))
            continue
        broken = [
            own
            for own in others
            if not _ranks(groups[own]) and _breaks(stakeholder, facts.point(own))
        ]
        if broken:
            breaks[broken[0]].append(_limit_of(stakeholder))
    clauses = []
    for own, stakeholders in groups.items():
        verbs = []
        whose, best = possessive(facts, stakeholders), ""
        wanted = [s for s in stakeholders if not s.objective.of_model]
        if not wanted and not _ranks([s for s, _ in costs[own]]):
            whose, best = whose.replace(" pick", " model"), "at best "
        elif wanted:
            whose = possessive(facts, wanted)
        if costs[own]:
            verbs.append(
                f"{best}cost {joined([f'{_titles([s])} {text}' for s, text in costs[own]])}"
            )
        if breaks[own]:
            verbs.append(f"break {joined(breaks[own])}")
        if verbs:
            clauses.append(f"{whose} would {' and '.join(verbs)}")
    if not clauses:
        alike = "These picks differ, yet none of them costs anybody else anything."
        return alike if len(groups) > 1 else "", cautioned
    named = [stakeholder for each in costs.values() for stakeholder, _ in each]
    whose = f"{_of_the(named[0])} own pick" if len(named) == 1 else "their own picks"
    end = f", against {whose}" if named else ""
    return once(capital(f"{'; '.join(clauses)}{end}."), facts.scenario), cautioned


def _chance(facts: Facts, stakeholder: StakeholderFacts, row: int | None) -> str:
    """That it may be chance that a point costs somebody something, as an aside."""
    if row is None or facts.may_be_chance is None:
        return ""
    k = next(k for k, s in enumerate(facts.stakeholders) if s is stakeholder)
    return " (could be chance)" if facts.may_be_chance(k, row) else ""


def _row_at(
    facts: Facts,
    stakeholder: StakeholderFacts,
    own: Pick,
    stakeholders: Sequence[StakeholderFacts],
) -> int | None:
    """Where the others pick or, where they want no threshold, what is best of their model for somebody."""
    o = stakeholder.objective
    assert stakeholder.pick is not None
    if o.of_model or not _ranks(stakeholders):
        return own.row
    if own.model == stakeholder.pick.model:
        return stakeholder.pick.row
    choice = facts.choice_of(stakeholder)
    assert choice is not None
    points = facts.points[facts.points["model"] == own.model]
    best = pick(points, o, facts.evaluation, bound=choice.bound, limits=choice.limits)
    return None if best is None else best.row


def _known(value: float) -> float:
    """A cost that can be compared; an undefined one is none."""
    return value if value == value else -1.0


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


def gap_sentence(facts: Facts, found: CheapestComparison) -> str:
    """Whether the cheapest model is cheaper than its rival beyond chance."""
    each = "a miss, on average," if facts.scenario.miss_cost_by_type else "a miss"
    counting = f"Counting {each} as {_alarms(entered(facts.evaluation.miss_cost))}, "
    tied = found.rival.model in found.tied
    text = counting + (_tie(facts, found) if tied else _gap(facts, found))
    return once(text, facts.scenario)


def _gap_names_resamples(found: CheapestComparison) -> bool:
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
        # However clear it is who is ahead, by how much is the file's own.
        period = period_of(facts.scenario)
        period += " in this file" if found.is_clear and "file" not in period else ""
        head += f"{size.amount} {period} below the best of {rival}, counted in false alarms"
    else:
        head += f"a trace below the best of {rival}"
    first = not names_resamples(facts)
    often = of_100(gap.better, explained=first) if _gap_names_resamples(found) else ""
    if found.is_clear:
        clear = f"{head}. That it is ahead is clear: it is in {often}"
        return f"{clear}{f', but {basis(facts)}' if facts.defects < VERY_FEW_DEFECTS else ''}."
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


def cost_range_sentence(facts: Facts, found: CheapestComparison | None) -> tuple[str, str]:
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
    beyond = [f"below that it is {_who_is_cheapest(facts, stretches[k - 1])}"] if k else []
    if k + 1 < len(stretches):
        above = f"above {'it' if k else 'that it is'} {_who_is_cheapest(facts, stretches[k + 1])}"
        if k + 2 < len(stretches) and stretches[k + 2].models == here.models:
            until = digits(stretches[k + 1].high, 2)
            above += f" up to {until}, then {_who_is_cheapest(facts, here)} again"
        beyond.append(above)
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
    who, also = _who_is_cheapest(facts, here), _as_cheap(facts, here)
    share, at = _share(facts, point)
    first = not (names_resamples(facts) or (found and _gap_names_resamples(found)))
    resamples = "" if math.isnan(share) else of_100(share, explained=first)
    if also:
        same = f"at {now} {also}"
        if not math.isnan(share):
            other = f"at {at} " if at else ""
            same += f", and {other}no model beats {who}, {AS_THEY_ARE}, in {resamples}"
        return f"{who} is at least as cheap as any other in this file ({same})"
    # The sentence on the gap has said how often it is ahead of its rival: with two models, or where they
    # are apart, a second share of resamples would say the same again in other words.
    settled = found.is_clear if found else math.isnan(share)
    others, often = len(facts.models) - 1, ""
    if not math.isnan(share) and not (found and (found.is_clear or others == 1)):
        who_else = {1: "the other does not beat", 2: "neither of the two others beats"}.get(
            others, f"none of the {in_words(others)} others beats"
        )
        often = f" (at {at or now}, {AS_THEY_ARE}, {who_else} it in {resamples})"
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
    said = [(name, _between(*side, most, now)) for name, side in sides if side != (now, now)]
    # All of a side at the present cost is no range: what there is to say is that it has changed by then.
    already = ""
    if len(said) < len(sides):
        already = f" In {of_100(found.overtaken)} another is already cheaper at {entered(now)}."
    if not said:
        return already
    name, where = said[0]
    changes = f"the{name if len(sides) == 2 else ''} change lies {where}"
    changes += "".join(f", the{name} {where}" for name, where in said[1:])
    # Each range leaves out 5 in 100 of its own.
    often = "In" if len(said) == 1 else "Each taken alone, in"
    return f"{already} {often} 95 of 100 resamples {changes}."


def _between(low: float, high: float, most: float, now: float) -> str:
    """Where something lies; beyond the end of the cost curve nobody looked."""
    # What ends at the present cost, ends at what was entered.
    least, last = (
        entered(now) if digits(x, 2) == digits(now, 2) else digits(x, 2) for x in (low, high)
    )
    if high == most:
        return f"anywhere above {least}" if least == entered(now) else f"at {least} or more"
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


def _who_is_cheapest(facts: Facts, stretch: CostCurveInterval) -> str:
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
        current = max(entered(now), digits(now, most), key=len)
        if low <= float(current.replace(",", "")) <= high and low < high:
            break
    low_words, high_words = digits(stretch.low, most, up=True), digits(stretch.high, most, up=False)
    return low_words, high_words, current


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
    found = rivals(facts)
    if facts.scenario.inspection is None:
        finding, reach = cost_range_sentence(facts, found)
    else:  # the cost curve is of the models alone, and so no rival of theirs is one there
        finding, reach = map(without_inspectors, cost_range_sentence(facts, None))
    picks, cautioned = picks_sentences(facts)
    sentences = [Sentence("picks", text) for text in picks]
    sentences += [
        Sentence("compromise", compromise_sentence(facts, caution=not cautioned)),
        Sentence("limits", limits_sentence(facts)),
        Sentence("gap", "" if found is None else gap_sentence(facts, found)),
        Sentence("range", reach, finding),
    ]
    return tuple(sentence for sentence in sentences if sentence.text)


def without_inspectors(text: str) -> str:
    """A sentence of what the models do alone, where people inspect what the others are of."""
    return f"Without inspectors, {text[:1].lower()}{text[1:]}"


def limits_sentence(facts: Facts) -> str:
    """Which limits can be met and by whom, or by how little one would have to give way."""
    feasibility = facts.feasibility
    if feasibility is None or not facts.limits:
        return ""
    if feasibility.is_kept:
        return _kept(facts, feasibility)
    if feasibility.extremes:
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
    # What is kept in this file only says so itself, whatever was said before of the counts.
    counts = once(" ".join(filter(None, [f"{text}.", _price(facts, kept)])), facts.scenario)
    return " ".join(filter(None, [counts, _who_keeps(facts, feasibility), _by_chance(facts)]))


def _by_chance(facts: Facts) -> str:
    """In how many resamples nothing meets the limits; nothing where each has something that does."""
    missed = facts.limits_missed
    if not missed > 0 or repeated_picks(facts):  # false for NaN as well; the picks have said it
        return ""
    often = of_100(missed, explained=not facts.shares_missed)
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
    for own, group in placed_groups_of(facts).items():
        if own.row == point.row:
            return possessive(facts, group)
    return "the fair option" if compromise_point(facts) == point else facts.spot(point)


def _who_keeps(facts: Facts, feasibility: Feasibility) -> str:
    """Which of the picks and the compromise keep all limits."""
    groups, point = placed_groups_of(facts), compromise_point(facts)
    keeps = _keeps(facts, feasibility)
    yes = [possessive(facts, group) for own, group in groups.items() if keeps[own.row]]
    others = len(groups) - len(yes)
    no = ["the other pick" if others == 1 else "the other picks"] if others else []
    it = "it" if len(facts.limits) == 1 else all_of(len(facts.limits))
    apart = point is not None and all(own.row != point.row for own in groups)
    met = point is not None and point.row is not None and apart and keeps[point.row]
    if not groups:
        return ""
    sure = _certified(facts, [row for _, row in _keepers(facts)]) + _missed(facts)
    here = " in this file" if sure and not _all_certified(facts) else ""
    if not yes:
        also = ", nor does the fair option" if apart else ""
        return (
            f"The fair option keeps {it}{here}{sure}, but no pick does."
            if met
            else f"No pick keeps {it}{also}."
        )
    if not no and len(yes) > 1:
        yes = ["every pick"]
    if apart:
        (yes if met else no).append("the fair option")
    said = f"{capital(joined(yes))} {'keeps' if len(yes) == 1 else 'keep'} {it}{here}"
    verb = "does" if len(no) == 1 and others < 2 else "do"
    return (
        f"{said}{sure}{';' if sure else ','} {joined(no)} {verb} not." if no else f"{said}{sure}."
    )


def _keeps(facts: Facts, feasibility: Feasibility) -> dict[int, bool]:
    return dict(zip(facts.points.index.tolist(), feasibility.keep.tolist(), strict=True))


def _keepers(facts: Facts) -> list[tuple[str, int]]:
    """Picks and compromise that keep all limits, by whose they are and where."""
    assert facts.feasibility is not None
    groups, point, keeps = (
        placed_groups_of(facts),
        compromise_point(facts),
        _keeps(facts, facts.feasibility),
    )
    found = [(possessive(facts, group), own.row) for own, group in groups.items() if keeps[own.row]]
    if point is not None and point.row is not None and keeps[point.row]:
        found += [("the fair option", point.row)] * all(own.row != point.row for own in groups)
    return found


def _missed(facts: Facts) -> str:
    """In how many resamples those that keep the limits miss one, as an aside; nothing where not known."""
    shares = facts.shares_missed
    if not shares:
        return ""
    explained = not repeated_picks(facts)
    first = of_100(shares[0][1], explained=explained)
    if len(shares) == 1 == len(_keepers(facts)):
        return f" (missed in {first})"
    each = [f"in {in_100(share)} by {who}" for who, share in shares[1:]]
    return f" (missed in {joined([f'{first} by {shares[0][0]}', *each])})"


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


def _all_certified(facts: Facts) -> bool:
    """Whether all that keep the limits keep them for certain."""
    if facts.certified is None:
        return False
    known = dict(zip(facts.points.index.tolist(), facts.certified.tolist(), strict=True))
    return all(known[row] for _, row in _keepers(facts))


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
