"""The verdict: whether to ship the chosen point, what it brings and costs, and how sure that is.

Every word comes from a template and every number from the figures. A sentence whose data is missing is left
out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.words.numbers import (
    SPACE,
    digits,
    ends,
    entered,
    figure,
    period_of,
    to_digits,
    worse_by,
    worth,
    written_gap,
)
from dashboard.words.phrases import (
    about,
    amount,
    bound_words,
    capital,
    change,
    every,
    in_100,
    in_words,
    joined,
    of_100,
    some,
    wanted,
)
from metrics.errors import counted
from metrics.evaluation.objective import OBJECTIVES, Direction, Extreme, Objective
from metrics.evaluation.operating_points import Evaluation, OperatingPoint, is_ordinary
from metrics.inference.advice import (
    TOLERABLE,
    Advice,
    Objection,
    PointNumbers,
    Risk,
    advise,
    objection_to,
    risks_of,
)
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import CheapestComparison, compare_cheapest
from metrics.inference.guarantee import clearly_better
from metrics.inference.replicate_choices import Choice, ReplicateChoices, choose_in_replicates
from metrics.inference.sample_size import MOST_TIMES, additional_defects
from metrics.scenario.scenario import Scenario
from metrics.selection.compromise import Compromise, least_regret, regret_matrix, regret_scale
from metrics.selection.cost_curve import (
    CostCurve,
    CostCurveInterval,
    by_miss_cost,
    intervals_by_model,
)
from metrics.selection.feasibility import Attainability, Feasibility, Relaxation, cheapest_among
from metrics.selection.limits import Bound, keeps_all
from metrics.selection.picks import Pick, is_equal, is_least

FOR_A_SHARE = 250
"""Replicates; a share is then known to 3 in 100."""

FLAGGING = {
    Extreme.FLAG_EVERYTHING: "flagging everything",
    Extreme.FLAG_NOTHING: "flagging nothing",
}

COST = OBJECTIVES["cost_of_errors"]
MISSES, ALARMS = OBJECTIVES["missed_defects"], OBJECTIVES["false_alarms"]
PER_CENT = OBJECTIVES["revenue_impact_percent"]
COULD_BE_CHANCE = " (could be chance)"


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
class ChosenFacts:
    """What is known of the chosen point.

    Attributes
    ----------
    point : OperatingPoint
        With the figures of all that is wanted and, against today, of what is missed, flagged and earned.
    words : str
        The point: ``gradient boosting at 0.31``.
    is_todays : bool
        Whether it is today's system.
    missed : float
        Share of the resamples in which it misses a limit; NaN where not known, and without limits.
    reached : float
        What its figure is at least as good as in all but 5 of 100 resamples, of the objective of the only
        limit; NaN where not known, and without one.
    gain_range : (float, float)
        95 % interval of what is earned against today's system on new data; NaN where not known.
    is_pick : bool
        Whether it is somebody's best, or the fair option.
    is_certified : bool
        Whether it keeps the limits for certain (`metrics.inference.guarantee`).
    unsettled : frozenset of str
        Objectives by which it stands apart from today's system, but may do so by chance.
    by_chance : callable or None
        Whether it may be chance that, in an objective, a row of the points is worse; None where not known.
    """

    point: OperatingPoint
    words: str
    is_todays: bool
    missed: float = math.nan
    reached: float = math.nan
    gain_range: tuple[float, float] = (math.nan, math.nan)
    is_pick: bool = True
    is_certified: bool = False
    unsettled: frozenset[str] = frozenset()
    by_chance: Callable[[Objective, int], bool] | None = None


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
    bootstrap : Bootstrap or None
        None: nothing is said of chance.
    today : OperatingPoint
        Today's system, with the figures that are known.
    today_words : str
        It in words: ``rule at 0.5``.
    chosen : ChosenFacts
    label : callable
        A model's shown name.
    words : callable
        An operating point as text: ``gradient boosting at 0.31``.
    threshold_words : callable
        A threshold of a model as text: ``0.31``, ``flag nothing``.
    is_training : bool
        Whether the models were trained on these rows.
    is_unsaid : bool
        Whether nobody has said if they were.
    certified : ndarray of bool, shape (n,), or None
        Which of ``points`` keep all limits for certain; None where not known.
    confidence : float
        With which.
    gain : Objective
        What is earned against today's system, as the page calls it.
    missed : callable or None
        In what share of resamples a row of ``points`` misses a limit, NaN where not known; asked of the picks
        and the compromise alone.
    may_be_chance : callable or None
        Whether it may be chance that, for the k-th of the stakeholders, a point is worse than its own pick;
        None where not known.
    """

    evaluation: Evaluation
    points: pd.DataFrame
    stakeholders: tuple[StakeholderFacts, ...]
    limits: tuple[Bound, ...]
    feasibility: Feasibility | None
    compromise: Compromise | None
    by_cost: CostCurve
    bootstrap: Bootstrap | None
    today: OperatingPoint
    today_words: str
    chosen: ChosenFacts
    label: Callable[[str], str]
    words: Callable[[str | None, float], str]
    threshold_words: Callable[[str, float], str]
    is_training: bool = False
    is_unsaid: bool = False
    certified: NDArray[np.bool_] | None = None
    confidence: float = 0.95
    gain: Objective = OBJECTIVES["revenue_impact"]
    missed: Callable[[int], float] | None = None
    may_be_chance: Callable[[int, OperatingPoint], bool] | None = None

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
        cheapest = Choice(COST, limits=self.limits, models=self.models)
        [found] = choose_in_replicates(self.resamples, [cheapest])
        missed = float((found.models < 0).mean())
        return missed if missed < 1 else math.nan

    @cached_property
    def rivals(self) -> CheapestComparison | None:
        """The cheapest model against its rival.

        None where there are not two models, nobody resampled, or no flag at all is cheapest.
        """
        now = self.evaluation.miss_cost
        if self.bootstrap is None or _cost_curve(self).at(now).point.extreme is not None:
            return None
        return compare_cheapest(self.points, self.bootstrap)

    @cached_property
    def clearly_better(self) -> OperatingPoint | None:
        """The point that earns most of those that are clearly better than today's system and keep the limits.

        None without any, and where nobody resampled: then nothing is said of chance.
        """
        if self.bootstrap is None:
            return None
        better = clearly_better(self.evaluation.alone, confidence=self.confidence)
        keys = [
            pd.MultiIndex.from_frame(own[["model", "threshold"]]) for own in (self.points, better)
        ]
        among = (
            keys[0].isin(keys[1]) & is_ordinary(self.points) & keeps_all(self.points, self.limits)
        )
        if not among.any():
            return None
        gains = self.points[self.gain.id].to_numpy(np.float64)
        best = np.argmax(np.where(among, np.nan_to_num(gains, nan=-math.inf), -math.inf))
        return OperatingPoint.from_points(self.points, int(best))

    @cached_property
    def numbers(self) -> PointNumbers:
        """What the advice on the chosen point follows from."""
        chosen, points, feasibility = self.chosen, self.points, self.feasibility
        figures, counts = chosen.point.figures, chosen.point.counts
        limits = self.limits if feasibility is not None else ()
        kept = np.ones(len(points), bool) if feasibility is None else feasibility.keep
        return PointNumbers(
            is_current=chosen.is_todays,
            is_training=self.is_training,
            flagged=counts["tp"] + counts["fp"],
            shipped=counts["fn"] + counts["tn"],
            limits=len(limits),
            broken=sum(not bound.keeps(figures[bound.objective.id]) for bound in limits),
            are_reachable=feasibility is None or feasibility.is_kept,
            missed=chosen.missed,
            is_certified=chosen.is_certified,
            gain=figures.get(self.gain.id, math.nan),
            best_gain=float(
                np.nanmax(points[self.gain.id].to_numpy(np.float64)[kept], initial=-np.inf)
            ),
            gain_may_be_chance=self.gain.id in chosen.unsettled,
            is_beaten_here=_better_in_both(self) is not None,
            is_clearly_beaten=chosen.is_todays and self.clearly_better is not None,
            defects=self.defects,
        )

    @property
    def scenario(self) -> Scenario:
        """What the figures assume."""
        return self.evaluation.scenario

    @property
    def here(self) -> str:
        """What a sentence says once of counts that are no year's."""
        return "" if self.scenario.units_per_year is not None else f" {period_of(self.scenario)}"

    @property
    def models(self) -> tuple[str, ...]:
        """Those that are visible."""
        return tuple(str(model) for model in self.points["model"].unique())

    @property
    def defects(self) -> int:
        """Rows of the file that are defects, whatever their weight."""
        return int(self.evaluation.tally.rows[1])

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

    def point(self, row: int) -> OperatingPoint:
        """One of the points."""
        return OperatingPoint.from_points(self.points, int(self.points.index.get_loc(row)))  # type: ignore[arg-type]

    def spot(self, point: OperatingPoint) -> str:
        """A point in words, also one that flags everything or nothing."""
        if point.extreme is not None:
            return FLAGGING[point.extreme]
        return self.words(point.model, point.threshold)

    def at(self, model: str, threshold: float) -> str:
        """A point of a model that was just named: ``at 0.31``."""
        words = self.threshold_words(model, threshold)
        return f"at {words}" if math.isfinite(threshold) else words


@dataclass
class Resamples:
    """Shares of resamples in words, the first with what a resample is."""

    explained: bool = field(default=False)
    shift_explained: bool = field(default=False)

    def __call__(self, share: float) -> str:
        """As `of_100`."""
        first, self.explained = not self.explained, True
        return of_100(share, RESAMPLE if first else "")

    def missing(self, share: float, *, is_pick: bool = True) -> str:
        """Of those that miss a limit, which are counted less the optimism of a choice that somebody made."""
        asides = [] if self.explained else [RESAMPLE]
        asides += [SHIFT] if is_pick and not self.shift_explained else []
        self.explained, self.shift_explained = True, self.shift_explained or is_pick
        aside = ", ".join(asides)
        if is_about_half(share):
            return f"about half of all resamples{f' ({aside})' if aside else ''}"
        return of_100(share, aside)


THRESHOLDS_ANEW = ", thresholds chosen anew,"
HALF = 0.48, 0.52
"""Shares that are told as about half: other draws of the resamples would fall on either side of it."""
RESAMPLE = "stand-ins for new data, drawn at random from this file"
SHIFT = "allowing for the choice having been made on it"


def is_about_half(share: float) -> bool:
    """Whether a share of resamples is too near a half to be told from it."""
    return HALF[0] <= share <= HALF[1]  # false for NaN as well


@dataclass(frozen=True)
class Sentence:
    """One sentence of the verdict, or two that belong together.

    Attributes
    ----------
    about : {"ship", "picks", "compromise", "gap", "range", "limits"}
        Which chart shows it.
    text : str
        Plain text that ends with a full stop.
    """

    about: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What the figures say.

    Attributes
    ----------
    opening : tuple of Sentence
        One to five: whether to ship the chosen point; what it brings against today; who would rather have
        another; the fair option; how sure that is.
    details : tuple of Sentence
        What is best for whom, and how often again in resamples; the limits; the gap between
        the cheapest models; at which cost of a miss another would be cheapest.
    """

    opening: tuple[Sentence, ...]
    details: tuple[Sentence, ...]


def verdict(facts: Facts) -> Verdict:
    """Say what the figures say."""
    resamples = Resamples()
    opening = [
        Sentence("ship", ship_sentence(facts, resamples)),
        Sentence("ship", today_sentence(facts)),
        Sentence("picks", compromise_sentence(facts, resamples)),
        Sentence("compromise", fair_sentence(facts, resamples)),
        Sentence("gap", certainty_sentence(facts, resamples)),
    ]
    details = [
        Sentence("picks", picks_sentence(facts)),
        Sentence("picks", again_sentence(facts, resamples)),
        Sentence("limits", limits_sentence(facts, resamples)),
        Sentence("gap", gap_sentence(facts, resamples)),
        Sentence("range", range_sentence(facts)),
    ]
    if resamples.explained and not facts.evaluation.tally.grouped:
        # Nobody knows better where no group was named, and many a file has units that belong together.
        alone = (
            "Each unit counts as independent of the others, as no column was said to group them; if they "
            "came in batches, what is said of resamples may be too sure."
        )
        details.append(Sentence("picks", alone))
    opening, details = ([s for s in said if s.text] for said in (opening, details))
    return Verdict(tuple(opening), tuple(details))


def ship_sentence(facts: Facts, resamples: Resamples) -> str:
    """Whether to ship the chosen point."""
    chosen, advice = facts.chosen, advise(facts.numbers)
    if advice is Advice.REPLACE_CURRENT:
        return f"Do not stop at today’s system: {_against(facts, resamples)}."
    if advice is Advice.KEEP_CURRENT:
        return f"Keep today’s system, {chosen.words}{_for_all_that_is_better(facts)}."
    if advice is Advice.DO_NOT_SHIP:
        return f"Do not ship yet: {_against(facts, resamples)}."
    level = [facts.spot(point) for point in _as_good(facts)]
    text = f"Ship {joined([chosen.words, *level], 'or')}"
    if level:
        both = "both" if len(level) == 1 else "all"
        text += f", which do equally well in this file ({both} with {_counts(facts)})"
    if advice is Advice.SHIP_IF_ACCEPTED:
        risks = " and that ".join(_risks(facts, resamples))
        text += f"{',' if level else ''} only if you accept that {risks}"
        text += _reached(facts) if Risk.MAY_BREAK_LIMITS in risks_of(facts.numbers) else ""
    elif facts.bootstrap is None and math.isnan(chosen.missed):
        text += NOT_COUNTED
    unsaid = " Make sure first that no model was trained on these units." if facts.is_unsaid else ""
    return f"{text}.{unsaid}"


NOT_COUNTED = ", as far as this file tells: how sure that is has not been counted"


def _for_all_that_is_better(facts: Facts) -> str:
    """That a point which earns more in the file is not clearly better; nothing without one."""
    if not facts.numbers.best_gain > 0 or is_equal(facts.numbers.best_gain, 0.0):
        return ""
    return NOT_COUNTED if facts.bootstrap is None else ": no other choice is clearly better"


def _counts(facts: Facts) -> str:
    figures = facts.chosen.point.figures
    misses, alarms = (figure(o, figures[o.id], facts.scenario) for o in (MISSES, ALARMS))
    missed = f"{misses} missed {'defect' if misses == '1' else 'defects'}"
    return f"{missed} and {alarms} false {'alarm' if alarms == '1' else 'alarms'}"


def _against(facts: Facts, resamples: Resamples) -> str:
    """Why not to ship the chosen point."""
    chosen, objection = facts.chosen, objection_to(facts.numbers)
    if objection is Objection.TRAINED_ON:
        return "the models were trained on these units, so every figure here flatters them"
    if objection in (Objection.FLAGS_EVERYTHING, Objection.FLAGS_NOTHING):
        what = "everything" if objection is Objection.FLAGS_EVERYTHING else "nothing"
        return f"{chosen.words} flags {what}"
    if objection is Objection.NONE_MEETS_LIMITS:
        return f"no threshold of any model meets {_these(facts)}"
    if objection is Objection.BREAKS_LIMITS:
        broken = [b for b in facts.limits if not b.keeps(chosen.point.figures[b.objective.id])]
        if len(broken) > 1:
            return f"{chosen.words} meets {_few_of(facts, len(broken))}"
        o = broken[0].objective
        there = amount(o, chosen.point.figures[o.id], facts.scenario, in_file=False)
        limit = f"the {_noun(facts)} ({_limit_words(facts, broken[0])})"
        return f"{chosen.words} does not meet {limit}: it has {there}"
    if objection is Objection.OFTEN_BREAKS_LIMITS:
        return (
            f"{chosen.words} meets {_these(facts)} in this file{_missed_by_half(facts, resamples)}"
        )
    if objection is Objection.CLEARLY_BEATEN:
        return _clearly_beaten(facts)
    if objection is Objection.NONE_EARNS_MORE:
        than = f" and meets {_these(facts)}" if facts.limits else ""
        return f"no threshold of any model brings more {facts.gain.noun} than {_today(facts)}{than}"
    less = change(facts.gain, facts.numbers.gain, 0.0, facts.scenario)
    brings = f"brings {less}{facts.here}" if less else f"brings no more {facts.gain.noun}"
    return f"{chosen.words} {brings} than {_today(facts)}"


def _clearly_beaten(facts: Facts) -> str:
    """By what today's system is clearly beaten."""
    better, counts = facts.clearly_better, facts.chosen.point.counts
    assert better is not None
    more = change(facts.gain, better.figures.get(facts.gain.id, math.nan), 0.0, facts.scenario)
    parts = [f"brings {more}{facts.here}"] if more else []
    if better.fn < counts["fn"] and better.fp < counts["fp"]:
        parts.append("has fewer missed defects and fewer false alarms")
    return f"it is clear that {facts.spot(better)} {joined(parts) or 'is no worse'}"


def _missed_by_half(facts: Facts, resamples: Resamples) -> str:
    """How near the figure is, how often it misses, and what it would not miss."""
    chosen = facts.chosen
    often = f"but misses {_it(facts)} in {resamples.missing(chosen.missed, is_pick=chosen.is_pick)}"
    if len(facts.limits) > 1:
        return f", {often}"
    o = facts.limits[0].objective
    here = amount(o, chosen.point.figures[o.id], facts.scenario, in_file=False)
    return f", with {here}, {often}{_reached(facts)}"


def _reached(facts: Facts) -> str:
    """What the figure of the only limit is at least as good as in 95 of 100 resamples, as a sentence."""
    if len(facts.limits) != 1 or math.isnan(facts.chosen.reached):
        return ""
    o = facts.limits[0].objective
    most = "at least" if o.direction is Direction.MAXIMISE else "at most"
    least = amount(o, facts.chosen.reached, facts.scenario, in_file=False)
    return f". In 95 of 100, {o.subject} is {most} {least}"


def _few_of(facts: Facts, broken: int) -> str:
    count = len(facts.limits)
    met = "none" if count == broken else f"only {in_words(count - broken)}"
    return f"{met} of the {in_words(count)} {_noun(facts)}s"


def _risks(facts: Facts, resamples: Resamples) -> list[str]:
    """What whoever ships the chosen point has to accept."""
    chosen, out = facts.chosen, []
    for risk in risks_of(facts.numbers):
        if risk is Risk.MAY_BREAK_LIMITS:
            often = resamples.missing(chosen.missed, is_pick=chosen.is_pick)
            out.append(f"it misses {_one_of_these(facts)} in {often}")
        elif risk is Risk.GAIN_MAY_BE_CHANCE:
            out.append(f"its gain in {facts.gain.noun} over {_today(facts)} could be chance")
        elif risk is Risk.BEATEN_HERE:
            better = _better_in_both(facts)
            assert better is not None
            out.append(f"{facts.spot(better)} has fewer missed defects and fewer false alarms")
        else:
            out.append(f"all of this rests on only {counted(facts.defects, 'defect')}")
    return out


def _better_in_both(facts: Facts) -> OperatingPoint | None:
    """The cheapest point with fewer missed defects and fewer false alarms than the chosen one, if any."""
    points, counts = facts.points, facts.chosen.point.counts
    fewer = (points["fn"] < counts["fn"]) & (points["fp"] < counts["fp"])
    allowed = fewer.to_numpy() & is_ordinary(points) & keeps_all(points, facts.limits)
    return cheapest_among(points, allowed) if allowed.any() else None


def _today(facts: Facts) -> str:
    return "no checks" if facts.today.model is None else "today"


def _as_good(facts: Facts) -> tuple[OperatingPoint, ...]:
    """Points of other models, one of each, that do as well in the file as the chosen one, whoever asks.

    Of what is the same at every threshold of a model nothing is asked: the models differ in that.
    """
    chosen = facts.chosen.point
    points, figures = facts.points, {**chosen.figures, **chosen.counts}
    asked = [COST.id, *(s.objective.id for s in facts.stakeholders if not s.objective.of_model)]
    asked += [bound.objective.id for bound in facts.limits]
    same = is_ordinary(points) & (points["model"] != chosen.model).to_numpy()
    for name in dict.fromkeys(["fn", "fp", *asked]):
        same &= is_equal(points[name].to_numpy(np.float64), figures[name])
    found = points[same].drop_duplicates("model")
    return tuple(facts.point(row) for row in found.index.tolist())


def today_sentence(facts: Facts) -> str:
    """What the chosen point brings against today's system."""
    chosen, today = facts.chosen, facts.today
    if chosen.is_todays:
        return ""
    parts = []
    for o in (MISSES, ALARMS):
        now, then = (float(point.figures.get(o.id, math.nan)) for point in (chosen.point, today))
        way = _way_of(facts, o, now, then)
        if way:
            before, after = (figure(o, x, facts.scenario) for x in (then, now))
            yearly = "" if facts.here else " a year"
            parts.append(f"{o.label} {way} from {before} to {after}{yearly}{_by_luck(facts, o)}")
    told = "; ".join(filter(None, [joined(parts) if parts else "", _earned(facts)]))
    if not told:
        return ""
    named = "" if today.model is None else f" ({facts.today_words})"
    return f"Against {_today(facts)}{named}, {told}{facts.here}."


def _way_of(facts: Facts, o: Objective, now: float, then: float) -> str:
    """How a figure changes; nothing where that cannot be seen."""
    gap = written_gap(o, now, then, facts.scenario)
    if not gap.is_defined or gap.is_same:
        return ""
    return "rise" if gap.is_more else "fall"


def _by_luck(facts: Facts, o: Objective) -> str:
    return COULD_BE_CHANCE if o.id in facts.chosen.unsettled else ""


def _earned(facts: Facts) -> str:
    """What is earned against today; nothing where nobody has priced a unit: then no amount could be seen."""
    o, figures = facts.gain, facts.chosen.point.figures
    gap = written_gap(o, figures.get(o.id, math.nan), 0.0, facts.scenario)
    if facts.scenario.payoff is None or not gap.is_defined or gap.is_same:
        return ""
    share = figures.get(PER_CENT.id, math.nan)
    aside = f" ({figure(PER_CENT, share, facts.scenario)})" if math.isfinite(share) else ""
    yearly = "" if facts.here else " a year"
    way = f"{o.noun} {'rise' if gap.is_more else 'fall'}s by {gap.amount}{yearly}{aside}"
    low, high = facts.chosen.gain_range
    value = figures[o.id]
    # Neither where an end is unknown, nor where a rise in the file is a fall on new data.
    if o.id in facts.chosen.unsettled or not (low * value > 0 and high * value > 0):
        return way + _by_luck(facts, o)
    size = abs(value)
    low, high = sorted((abs(low), abs(high)))
    between = ends(o, size, low, high, facts.scenario)
    return f"{way}, on new data by {between.replace('+', '')}" if between else way


def compromise_sentence(facts: Facts, resamples: Resamples) -> str:
    """Who would rather have another point and what that asks of the others, or that nobody would."""
    wishes = list(_wishes(facts, resamples))
    figures = facts.chosen.point.figures
    broken = [
        f"{_of_the(s)} limit on {s.bound.objective.subject}"
        for s in facts.stakeholders
        if s.bound is not None and not s.bound.keeps(figures[s.bound.objective.id])
    ]
    breaks = f"It breaks {joined(broken)}." if broken else ""
    if wishes:
        return " ".join(filter(None, [f"{capital('; '.join(wishes))}{facts.here}.", breaks]))
    if breaks or any(s.pick is None for s in facts.stakeholders):
        return breaks
    return f"Nobody at the table has to give anything up in this file{_apart(facts)}."


def _wishes(facts: Facts, resamples: Resamples) -> Iterator[str]:
    chosen = facts.chosen.point
    for k, stakeholder in enumerate(facts.stakeholders):
        own, o = stakeholder.pick, stakeholder.objective
        if own is None or not _gives_up(facts, o, own):
            continue
        gain = change(o, own.value, chosen.figures[o.id], facts.scenario)
        gain += _chance(facts, k, chosen)
        where = facts.label(own.model) if o.of_model else facts.words(own.model, own.threshold)
        losses = [] if o.of_model else list(_losses(facts, k, own.row))
        if not o.of_model:
            losses += _limits_at(facts, own.row, resamples)
        but = f", but {joined(losses)}" if losses else ""
        yield f"the {stakeholder.title} would rather have {where}: against this choice {gain}{but}"


def _limits_at(facts: Facts, row: int, resamples: Resamples) -> list[str]:
    """That somebody's pick does not meet the limits that can be met, or may not; mostly nothing."""
    if facts.feasibility is None or not facts.feasibility.is_kept:
        return []
    if not facts.feasibility.keep[facts.points.index.get_loc(row)]:
        return [f"{_one_of_these(facts, named=True)} missed"]
    share = math.nan if facts.missed is None else facts.missed(row)
    if not share > TOLERABLE:  # true for NaN as well
        return []
    return [f"{_one_of_these(facts, named=True)} missed in {resamples.missing(share)}"]


def _losses(facts: Facts, k: int, row: int) -> Iterator[str]:
    """What others, and the business, would lose at somebody's pick against the chosen point."""
    own = facts.stakeholders[k].objective
    asked = [s.objective for s in facts.stakeholders if not s.objective.of_model]
    if facts.scenario.payoff is not None and not any(o.is_against_today for o in asked):
        asked.append(facts.gain)
    for o in {o.id: o for o in asked if o.id != own.id}.values():
        here, there = facts.chosen.point.figures[o.id], facts.figure(o, row)
        text = _against_choice(facts, o, row) if worse_by(o, there, here) > 0 else ""
        if text:
            yield text


def _apart(facts: Facts) -> str:
    """By what the models differ that do as well as the chosen point otherwise; nothing without any."""
    parts = []
    for other in _as_good(facts):
        for k, s in enumerate(facts.stakeholders):
            o = s.objective
            here, there = facts.chosen.point.figures[o.id], other.figures[o.id]
            text = change(o, here, there, facts.scenario) if o.of_model else ""
            if text:
                than = f" than {facts.label(str(other.model))}"
                parts.append(f"{text}{than}{_chance(facts, k, other)}")
    name = facts.label(str(facts.chosen.point.model))
    return f"; {name} has {joined(parts)}" if parts else ""


def _chance(facts: Facts, k: int, point: OperatingPoint) -> str:
    """That it may be chance that a point is worse for somebody than its own pick, as an aside."""
    if facts.may_be_chance is None:
        return ""
    return COULD_BE_CHANCE if facts.may_be_chance(k, point) else ""


def certainty_sentence(facts: Facts, resamples: Resamples) -> str:
    """How sure it is that limits are kept, and that no other model is better."""
    if facts.bootstrap is None:
        return ""
    parts = [_kept_for_sure(facts, resamples), _model_for_sure(facts)]
    return " ".join(f"{capital(part)}." for part in parts if part)


def _kept_for_sure(facts: Facts, resamples: Resamples) -> str:
    """That the chosen point meets the limits, where nobody was asked to accept that it may not."""
    chosen = facts.chosen
    if chosen.is_certified:
        sure = f"{100 * facts.confidence:g}{SPACE}%"
        return f"it is {sure} sure that this choice meets {_these(facts)} on new data"
    if not chosen.missed <= TOLERABLE:  # true for NaN as well
        return ""
    often = resamples.missing(chosen.missed, is_pick=chosen.is_pick)
    return f"this choice misses {_one_of_these(facts)} in {often}"


def _model_for_sure(facts: Facts) -> str:
    """Whether another model may be the cheaper one."""
    found, chosen = facts.rivals, facts.chosen.point
    if found is None or chosen.model in found.tied:
        return ""
    best, rival = found.best, found.rival
    aside = f"leaving {_the_limits(facts)} aside, " if facts.limits else ""
    if chosen.model != best.model:
        by_chance = facts.chosen.by_chance
        hedge = not found.is_clear and (by_chance is None or by_chance(COST, best.row))
        cheapest = facts.words(best.model, best.threshold)
        ahead = _ahead(facts, best.row, chosen)
        comma = "," if ahead else ""
        text = f"{aside}the cheapest errors are those of {cheapest}{comma}{ahead}"
        return text + (COULD_BE_CHANCE if hedge else "")
    if found.tied:
        return ""
    if found.is_clear:
        name = facts.label(best.model)
        return f"{aside}it is clear that {name} makes cheaper errors than every other model"
    ahead = _ahead(facts, best.row, facts.point(rival.row))
    second, comma = facts.words(rival.model, rival.threshold), "," if ahead else ""
    cheaper = f"{facts.label(best.model)} makes cheaper errors than {second}{comma}{ahead}"
    return f"{aside}it could be chance that {cheaper}"


def _ahead(facts: Facts, row: int, other: OperatingPoint, *, in_file: bool = True) -> str:
    """By how much a point is cheaper than another, in money where there are prices that say so."""
    period = f" {period_of(facts.scenario)}" if in_file or not facts.here else ""
    if facts.scenario.payoff is not None:
        gap = written_gap(
            facts.gain, facts.figure(facts.gain, row), other.figures[facts.gain.id], facts.scenario
        )
        if gap.is_defined and gap.is_more and not gap.is_same:
            return f" by {gap.amount}{period}"
    gap = written_gap(COST, other.figures[COST.id], facts.figure(COST, row), facts.scenario)
    if gap.is_same or not gap.is_more:
        return ""
    return f" by {gap.amount} {worth('false alarm', gap.amount == '1')}{period}"


def picks_sentence(facts: Facts) -> str:
    """What is best for whom, and where other models are as good."""
    parts = []
    for k, stakeholder in enumerate(facts.stakeholders):
        own, o = stakeholder.pick, stakeholder.objective
        who = f"for the {stakeholder.title} ({o.subject}){'' if k else ' is'}"
        if own is None:
            parts.append(f"{who} nothing, as {_reason(facts, stakeholder)}")
            continue
        where = facts.label(own.model) if o.of_model else facts.words(own.model, own.threshold)
        parts.append(f"{who} {where}{_level_words(facts, stakeholder)}")
    binds = any((choice := facts.choice_of(s)) and choice.limits for s in facts.stakeholders)
    return f"{f'Of what meets {_the_limits(facts)}, best' if binds else 'Best'} {joined(parts)}."


def _level_words(facts: Facts, stakeholder: StakeholderFacts) -> str:
    """Which other models reach a stakeholder's best figure, as an aside."""
    own = stakeholder.pick
    assert own is not None
    others = [model for model in _level(facts, stakeholder) if model != own.model]
    if not others:
        return ""
    if len(others) == len(facts.models) - 1 and len(others) > 1:
        return " (every other model can do as well)"
    names = some([facts.label(model) for model in others], "models")
    return f" ({names} can do as well)"


def _level(facts: Facts, stakeholder: StakeholderFacts) -> tuple[str, ...]:
    """Models that reach a stakeholder's best figure."""
    own, choice = stakeholder.pick, facts.choice_of(stakeholder)
    assert own is not None
    assert choice is not None
    points, o = facts.points, stakeholder.objective
    bounds = [*choice.limits, *([] if own.bound is None else [own.bound])]
    figures = points[o.id].to_numpy(np.float64)
    allowed = is_ordinary(points) & ~np.isnan(figures) & keeps_all(points, bounds)
    loss = np.where(allowed, o.direction.loss(figures), np.inf)
    return tuple(str(model) for model in points["model"][allowed & is_least(loss)].unique())


def _reason(facts: Facts, stakeholder: StakeholderFacts) -> str:
    """Why a stakeholder has no pick."""
    if facts.points[stakeholder.objective.id].isna().all():
        return f"{stakeholder.objective.subject} is undefined for every model"
    if facts.limits and facts.feasibility is not None and not facts.feasibility.is_kept:
        return f"no threshold meets {_the_limits(facts)}"
    if stakeholder.bound is None or not is_ordinary(facts.points).any():
        return "no threshold flags some units and not all"
    return f"no threshold qualifies {bound_words(stakeholder.bound, facts.scenario)}"


def again_sentence(facts: Facts, resamples: Resamples) -> str:
    """How often the same models are best in resamples; nothing where there is but one."""
    if len(facts.models) == 1 or not facts.picked_again:
        return ""
    index = facts.evaluation.tally.index
    able = [s for s in facts.stakeholders if s.pick is not None]
    told = [
        (s.title, again.share_of(index(s.pick.model)))
        for s, again in zip(able, facts.picked_again, strict=True)
        # Where others are as good, the one that is picked says nothing of the models.
        if s.pick is not None and len(_level(facts, s)) == 1
    ]
    if not told or any(math.isnan(share) for _, share in told):
        return ""
    anew = any(not s.objective.of_model for s in able if s.title in {title for title, _ in told})
    again = f"the same model is picked again{THRESHOLDS_ANEW if anew else ''}"
    if facts.limits_missed > 0:  # false for NaN as well
        often = resamples(facts.limits_missed)
        said = [f"in {in_100(share)} for the {title}" for title, share in told]
        none = f"in {often} no threshold of any model meets {_the_limits(facts)}"
        return f"{capital(none)}; of all 100 {again} {joined(said)}."
    (title, share), *more = told
    said = [f"in {resamples(share)} for the {title}"]
    said += [f"in {in_100(share)} for the {title}" for title, share in more]
    return f"{capital(again)} {joined(said)}."


def _the_limits(facts: Facts) -> str:
    return every(len(facts.limits), _noun(facts))


def _noun(facts: Facts) -> str:
    """What is asked of today's system is a target."""
    return "target" if all(bound.objective.is_against_today for bound in facts.limits) else "limit"


def _them(facts: Facts) -> str:
    return "it" if len(facts.limits) == 1 else "them"


def _it(facts: Facts) -> str:
    return "it" if len(facts.limits) == 1 else "one"


def fair_sentence(facts: Facts, resamples: Resamples) -> str:
    """Where the stakeholders could meet, and what it asks of each; nothing where they need not."""
    found = facts.compromise
    picks = [(k, s, s.pick) for k, s in enumerate(facts.stakeholders) if s.pick is not None]
    places = {(own.model, None if s.objective.of_model else own.threshold) for _, s, own in picks}
    if found is None or found.point is None or len(places) < 2:
        return ""
    point = found.point
    fair = "by the weights given, the fair option"
    if _is_fair(facts, point):
        fair = "a compromise, the fair option,"
    if point.place == facts.chosen.point.place:
        asks = any(_gives_up(facts, s.objective, own) for _, s, own in picks)
        return "" if not asks else f"This choice is {fair.rstrip(',')}."
    assert point.row is not None
    told = [
        _of_the(s)
        for _, s, own in picks
        if own.row == point.row and not s.objective.of_model and _gives_up(facts, s.objective, own)
    ]
    if told:  # what it asks was said of that
        return f"{capital(fair)} is {told[0]} best, {facts.spot(point)}."
    asked = {s.objective.id: s.objective for _, s, _ in picks}
    changes = [c for o in asked.values() if (c := _against_choice(facts, o, point.row))]
    if not changes:
        return ""
    missed = "".join(f", with {text}" for text in _limits_at(facts, point.row, resamples))
    against = f"against this choice {joined(changes)}{facts.here}{missed}"
    return f"{capital(fair)} is {facts.spot(point)}: {against}."


def _against_choice(facts: Facts, o: Objective, row: int) -> str:
    """What a point changes against the chosen one; nothing where that cannot be seen."""
    by_chance = facts.chosen.by_chance
    text = change(o, facts.figure(o, row), facts.chosen.point.figures[o.id], facts.scenario)
    return text + (COULD_BE_CHANCE if text and by_chance is not None and by_chance(o, row) else "")


def _gives_up(facts: Facts, o: Objective, own: Pick) -> bool:
    """Whether the chosen point is worse for somebody than the own pick, as far as can be seen."""
    here = facts.chosen.point.figures[o.id]
    return worse_by(o, here, own.value) > 0 and bool(change(o, here, own.value, facts.scenario))


def _is_fair(facts: Facts, point: OperatingPoint) -> bool:
    """Whether it is the compromise also when every stakeholder counts the same."""
    rows = [s.pick.row for s in facts.stakeholders if s.pick is not None]
    objectives = [s.objective for s in facts.stakeholders]
    return least_regret(regret_matrix(facts.points, objectives, rows)).point == point


def _of_the(stakeholder: StakeholderFacts) -> str:
    return f"the {stakeholder.title}’" + ("" if stakeholder.title.endswith("s") else "s")


def limits_sentence(facts: Facts, resamples: Resamples) -> str:
    """Which limits can be met and by whom, or by how little one would have to give way."""
    feasibility = facts.feasibility
    if feasibility is None or not facts.limits:
        return ""
    if feasibility.is_kept:
        kept = [
            _kept(facts, feasibility),
            _price(facts, feasibility),
            _missed(facts, resamples),
            _certified(facts),
        ]
        return " ".join(filter(None, kept))
    if feasibility.extremes:
        what = joined([FLAGGING[extreme] for extreme in feasibility.extremes], "or")
        return f"Only {what} meets {_these(facts)}."
    return _broken(facts, feasibility)


def _these(facts: Facts) -> str:
    """The limits, a single one with what it asks for."""
    if len(facts.limits) == 1:
        return f"the {_noun(facts)} ({_limit_words(facts, facts.limits[0])})"
    return _the_limits(facts)


def _one_of_these(facts: Facts, *, named: bool = False) -> str:
    """What is missed where any is; of a single one what it asks for, if it was not named before."""
    count = len(facts.limits)
    if count == 1:
        return _the_limits(facts) if named else _these(facts)
    return f"one of the {in_words(count)} {_noun(facts)}s"


def _limit_words(facts: Facts, bound: Bound) -> str:
    return f"{bound.objective.subject} {wanted(bound, facts.scenario, in_file=False)}"


def _kept(facts: Facts, feasibility: Feasibility) -> str:
    kept = feasibility.keep & is_ordinary(facts.points)
    verb = "is" if len(facts.limits) == 1 else "are"
    by_model = facts.points["model"][kept].astype(str).value_counts(sort=False)
    # Those that meet them at most thresholds first; a stable order among equals.
    ranked = by_model.sort_values(ascending=False, kind="stable").index
    by = some([facts.label(str(model)) for model in ranked], "models")
    if int(kept.sum()) == 1:
        only = facts.points[kept].iloc[0]
        by = facts.words(str(only["model"]), float(only["threshold"]))
    alone = " alone" if len(ranked) == 1 < len(facts.models) or int(kept.sum()) == 1 else ""
    return f"{capital(_these(facts))} {verb} met in this file by {by}{alone}."


def _price(facts: Facts, feasibility: Feasibility) -> str:
    """What the cheapest point that keeps the limits costs more than the cheapest of all."""
    kept = feasibility.keep & is_ordinary(facts.points)
    ends = [cheapest_among(facts.points, among) for among in (kept, np.ones_like(kept))]
    with_them, without = (end for end in ends if end is not None)
    assert without.row is not None
    more = _ahead(facts, without.row, with_them, in_file=False)  # which was said
    them = "it" if len(facts.limits) == 1 else "them"
    return f"Keeping {them} makes the cheapest point dearer{more}." if more else ""


def _keepers(facts: Facts) -> list[tuple[str, int]]:
    """Picks and compromise that keep all limits, by whose they are and where."""
    assert facts.feasibility is not None
    keeps = dict(zip(facts.points.index.tolist(), facts.feasibility.keep.tolist(), strict=True))
    chosen = facts.chosen.point.row
    found: dict[int, list[str]] = {}
    for s in facts.stakeholders:
        # Of a whole model no threshold is wanted.
        if s.pick is not None and not s.objective.of_model and keeps[s.pick.row]:
            found.setdefault(s.pick.row, []).append(_of_the(s))
    out = [(f"{joined(whose)} best", row) for row, whose in found.items() if row != chosen]
    if chosen is not None and keeps.get(chosen, False):
        out.insert(0, ("this choice", chosen))
    point = None if facts.compromise is None else facts.compromise.point
    rows = [row for _, row in out]
    if point is not None and point.row is not None and keeps[point.row] and point.row not in rows:
        out.append(("the fair option", point.row))
    return out


def _missed(facts: Facts, resamples: Resamples) -> str:
    """In how many resamples those that keep the limits miss one; nothing where not known."""
    if facts.missed is None:
        return ""
    asked = [(who, facts.missed(row)) for who, row in _keepers(facts)]
    known = [(who, share) for who, share in asked if not math.isnan(share)]
    if not known:
        return ""
    (who, share), *more = known
    said = [f"by {who} in {resamples.missing(share)}"]
    said += [f"by {w} in {'about half' if is_about_half(s) else in_100(s)}" for w, s in more]
    one = "It is" if len(facts.limits) == 1 else "One of them is"
    return f"{one} missed {joined(said)}."


def _certified(facts: Facts) -> str:
    """Which of those that keep the limits do so for certain, and what that is; nothing where not known."""
    keepers = _keepers(facts)
    if facts.certified is None or not keepers:
        return ""
    known = dict(zip(facts.points.index.tolist(), facts.certified.tolist(), strict=True))
    sure = [who for who, row in keepers if known[row]]
    chosen_from = "all its thresholds" if len(facts.models) == 1 else "all thresholds of all models"
    if not sure:  # as the page of limits says
        return ""
    every = len(sure) == len(keepers)
    one = capital(sure[0]) if len(sure) == 1 else "All of these"
    which = one if every else f"Of these only {joined(sure)}"
    return (
        f"{which} {'is' if len(sure) == 1 else 'are'} certified: {100 * facts.confidence:g}{SPACE}% sure to "
        f"meet {_them(facts)} on new data, by a stricter test that allows for having tried {chosen_from}."
    )


def _broken(facts: Facts, feasibility: Feasibility) -> str:
    beyond = [attained for attained in feasibility.attainability if not attained.is_reachable]
    unknown = [attained.bound.objective.subject for attained in beyond if np.isnan(attained.best)]
    head = f"No threshold meets {_these(facts)}"
    if unknown:
        return f"{head}, as {joined(unknown)} {_is(unknown)} undefined at every point."
    ways = _ways(facts, feasibility)
    if beyond:
        head += f": {joined([_best(facts, attained) for attained in beyond[:MOST_WAYS]])}"
        if len(facts.limits) == 1:
            return f"{head}{facts.here}."
    if ways:
        giving = [_way(facts, way) for way in ways[:MOST_WAYS]]
        return f"{head}; giving way {', or '.join(giving)}{facts.here}."
    near = feasibility.nearest
    if near is None:
        return f"{head}, as each leaves one of them undefined."
    binding = [facts.limits[k] for k in near.binding][:MOST_WAYS]
    short = [
        f"{bound.objective.subject} "
        f"{amount(bound.objective, near.point.figures[bound.objective.id], facts.scenario, in_file=False)} "
        f"where {wanted(bound, facts.scenario, in_file=False)} is asked"
        for bound in binding
    ]
    alone = "" if beyond else ", and giving way on one alone does not help"
    return (
        f"{head}{facts.here}{alone}; {facts.spot(near.point)} comes nearest, with {joined(short)}."
    )


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


MOST_WAYS = 2
"""Ways of giving way that are named, and limits beyond reach."""


def _best(facts: Facts, attained: Attainability) -> str:
    """How far a limit that no point keeps can be reached."""
    assert attained.point is not None
    o = attained.bound.objective
    where = facts.label(str(attained.point.model)) if o.of_model else facts.spot(attained.point)
    best = f"the best is {amount(o, attained.best, facts.scenario, in_file=False)}, by {where}"
    if len(facts.limits) == 1:
        return best
    asked = wanted(attained.bound, facts.scenario, in_file=False)
    return f"on {o.subject} {best}, where {asked} is asked"


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
        f"on {o.subject} to {about(o, way.bound.value, facts.scenario, in_file=False)} "
        f"would admit {facts.spot(way.point)}"
    )


def gap_sentence(facts: Facts, resamples: Resamples) -> str:
    """How far the cheapest model is ahead of its rival, how often, and what would settle it."""
    found = facts.rivals
    if found is None:
        return ""
    each = "a miss, on average," if facts.scenario.miss_cost_by_type else "a miss"
    aside = f"leaving {_the_limits(facts)} aside and " if facts.limits else ""
    counting = f"{aside}counting {each} as {_alarms(entered(facts.evaluation.miss_cost))}, "
    counting = capital(counting)
    best = facts.words(found.best.model, found.best.threshold)
    if found.tied:
        if facts.chosen.point.model in (found.best.model, *found.tied) and _as_good(facts):
            return ""  # which it opens with
        names = some([facts.label(m) for m in (found.best.model, *found.tied)], "models")
        return f"{counting}{names} make the cheapest errors: they cost the same in this file."
    rival = facts.words(found.rival.model, found.rival.threshold)
    ahead = _ahead(facts, found.best.row, facts.point(found.rival.row)) or " by a trace"
    here = "" if facts.here else " in this file"
    text = f"{counting}{best} makes the cheapest errors{here}: it beats {rival}{ahead}"
    if not math.isnan(found.gap.better):
        text += f", and is ahead in {resamples(found.gap.better)}"
    return f"{text}." if found.is_clear else f"{text}.{_more(facts, found)}"


def _more(facts: Facts, found: CheapestComparison) -> str:
    """What would settle an open question, as a sentence; nothing where that is not known."""
    many = f"the best of {found.models} models" if found.models > 2 else "one of two models"
    open_ = f" That could be chance: {many} can be that far ahead by luck"
    more = additional_defects(facts.defects, found.gap.size, found.error, rivals=found.models - 1)
    if more + facts.defects > MOST_TIMES * facts.defects:
        return f"{open_}; to settle it would take more than {MOST_TIMES} times as many units."
    if not more >= 1:
        return f"{open_}."
    units = digits(more * float(facts.evaluation.tally.rows.sum()) / facts.defects, 2)
    return (
        f"{open_}; about {units} more inspected units ({digits(more, 2)} of them defective) would "
        "show that it is not, four times in five, if the gap stays as it is."
    )


def range_sentence(facts: Facts) -> str:
    """At which costs of a miss the choice of the model stands, and who would be cheapest beyond.

    Notes
    -----
    The ends are rounded inwards, so that what is said holds at them. With one model the choice is its
    threshold. Beyond the cost curve's ends nothing is said.
    """
    now, cost_curve = facts.evaluation.miss_cost, _cost_curve(facts)
    if len(facts.models) == 1:
        stretches = [
            CostCurveInterval(s.low, s.high, (str(s.point.model),), s.point.extreme)
            for s in cost_curve.segments
        ]
    else:
        stretches = list(intervals_by_model(cost_curve))
    k = max(k for k, stretch in enumerate(stretches) if k == 0 or stretch.low <= now)
    low, high, current = _written(stretches[k], now)
    down, up = k > 0, k + 1 < len(stretches)
    if not down and not up:
        return ""
    span = f"{low} to {_alarms(high)}" if down and up else f"{_alarms(low if down else high)} or "
    span += "" if down and up else "more" if down else "fewer"
    lead = "" if facts.scenario.inspection is None else "without inspectors, "
    who = _cheapest_in(facts, stretches[k], cost_curve.at(now).point)
    text = f"{lead}if a miss costs {span} (now {current}), {who} cheapest in this file"
    beyond = []
    if down:
        beyond.append(f"just below that it would be {_instead(facts, stretches, k, k - 1)}")
    if up:
        it = "" if down else " that it would be"
        beyond.append(f"just above{it} {_instead(facts, stretches, k, k + 1)}")
    return f"{capital(text)}; {', '.join(beyond)}."


def _cheapest_in(facts: Facts, stretch: CostCurveInterval, point: OperatingPoint) -> str:
    """Who is cheapest in a stretch, with its verb; of a single model at which threshold."""
    if stretch.extreme is not None:
        return f"{FLAGGING[stretch.extreme]} is"
    if len(facts.models) == 1:
        return f"{facts.words(point.model, point.threshold)} is"
    names = some([facts.label(model) for model in stretch.models], "models")
    if len(stretch.models) > 1:
        return f"{names}, thresholds chosen anew, are"
    return f"{names}, its threshold chosen anew, is"


def _instead(facts: Facts, stretches: Sequence[CostCurveInterval], k: int, other: int) -> str:
    """Who is cheapest in a stretch beside that of the present cost, which may come again beyond it."""
    stretch, beyond = stretches[other], 2 * other - k
    if stretch.extreme is not None:
        return FLAGGING[stretch.extreme]
    if len(facts.models) == 1:
        return "another threshold"
    who = some([facts.label(model) for model in stretch.models], "models", word="or")
    if 0 <= beyond < len(stretches) and stretches[beyond].models == stretches[k].models:
        end, to = (stretch.high, "up") if other > k else (stretch.low, "down")
        return f"{who} ({to} to about {digits(end, 2)})"
    return who


def _alarms(count: str) -> str:
    return f"{count} false alarm{'' if count == '1' else 's'}"


def _cost_curve(facts: Facts) -> CostCurve:
    """The cost curve, stretched where the miss cost of the scenario lies outside it."""
    now, segments = facts.evaluation.miss_cost, facts.by_cost.segments
    least, most = segments[0].low, segments[-1].high
    if least <= now <= most:
        return facts.by_cost
    return by_miss_cost(facts.points, facts.evaluation, least=min(least, now), most=max(most, now))


def _written(stretch: CostCurveInterval, now: float) -> tuple[str, str, str]:
    """Its ends and the present cost, in as many digits as keep them in order."""
    for most in range(2, 16):
        low, high = to_digits(stretch.low, most, up=True), to_digits(stretch.high, most, up=False)
        current = max(entered(now), digits(now, most), key=len)
        if low <= float(current.replace(",", "")) <= high and low < high:
            break
    low_words, high_words = digits(stretch.low, most, up=True), digits(stretch.high, most, up=False)
    return low_words, high_words, current
