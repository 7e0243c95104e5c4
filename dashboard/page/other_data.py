"""Whether what was picked holds on other data that is open: the other data, the picks judged there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.analysis import cache, counts
from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Key
from dashboard.analysis.cards import needs_prices
from dashboard.analysis.compromises import compromise_of
from dashboard.analysis.optimism import choice_of_chosen
from dashboard.analysis.selection import Selection
from dashboard.data.library import Dataset, Library
from dashboard.page.state import PageState
from dashboard.words.alternatives import FAIR
from dashboard.words.numbers import figure
from metrics import OBJECTIVES, Bound, Objective, Scenario, evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import LEVEL
from metrics.inference.optimism import mean_optimism
from metrics.inference.replicate_choices import Choice, CompromiseChoice
from metrics.inference.transfer import (
    FALSE_ALARMS,
    RECALL,
    CarriedPoint,
    Transfer,
    assess_transfers,
    comparable_scenario,
)

NONE = "none"
SHARE = (1 - LEVEL) / 2
"""Chance that something is said against the chosen point, and as much for all others together."""


@dataclass(frozen=True)
class TransferResult:
    """An operating point that somebody chose here, and what became of it on other data.

    Attributes
    ----------
    whose : str
    objective : Objective
    bound : Bound or None
    model, threshold
    transfer : Transfer or None
        None where it cannot be judged there.
    why : str
        Why it cannot.
    is_chosen : bool
        Whether it is the point under discussion.
    choice : Choice or CompromiseChoice or None
        How the point was chosen from these rows; None where nobody looked for the best.
    seeks_threshold : bool
        Whether it was chosen for this objective.
    """

    whose: str
    objective: Objective
    bound: Bound | None
    model: str
    threshold: float
    transfer: Transfer | None
    why: str = "not among the models there"
    is_chosen: bool = False
    choice: Choice | CompromiseChoice | None = None
    seeks_threshold: bool = True


def others(
    library: Library, dataset: Dataset, named: Sequence[str | None], owner: str
) -> list[Dataset]:
    """Open data that shares a model with this: of the command line, and what a reader or a link names."""
    found = [*library.own, *(library.find(f, owner) for f in named if f not in (None, NONE))]
    distinct = {other.fingerprint: other for other in found if other is not None}
    distinct.pop(dataset.fingerprint, None)
    models = set(dataset.scores.models)
    # The sample is nobody's later month: what it shares with other data is a model's name.
    return [
        other
        for other in distinct.values()
        if other.origin != "sample" and models & set(other.scores.models)
    ]


def chosen(also: str | None, among: Sequence[Dataset]) -> Dataset | None:
    """The other data to judge on: what was chosen, or the last that was opened."""
    if also == NONE or not among:
        return None
    return next((other for other in among if other.fingerprint == also), among[-1])


def picks_to_carry(page: PageState) -> list[TransferResult]:
    # A limit that nobody chose is the default of the other data there, such as today's recall.
    chosen = [named is not None for named in page.choices.bounds]
    return [
        TransferResult(
            s.title,
            s.objective,
            s.bound if own else None,
            s.pick.model,
            s.pick.threshold,
            None,
            choice=_choice(page.analysis, s.objective, s.bound),
        )
        for s, own in zip(page.stakeholders, chosen, strict=True)
        if s.pick is not None
    ]


def _choice(analysis: Analysis, o: Objective, bound: Bound | None) -> Choice:
    shown = tuple(analysis.points["model"].unique())
    return Choice(o, bound, analysis.limits, shown)


def chosen_to_carry(selection: Selection) -> list[TransferResult]:
    """The point under discussion: by its errors, and by what each stakeholder wants."""
    analysis = selection.analysis
    cost = OBJECTIVES["cost_of_errors"]
    objectives = [
        s.objective
        for s in analysis.stakeholders
        if not needs_prices(s.objective, analysis.scenario)
    ]
    by_what = {o.id: o for o in (cost, *sorted(objectives, key=lambda o: o.of_model))}
    model, at = str(selection.point.model), selection.point.threshold
    choice = choice_of_chosen(selection)
    # The room chose it, not a role: that another threshold would suit the role is nothing new.
    return [
        TransferResult(
            "Chosen point",
            o,
            None,
            model,
            at,
            None,
            is_chosen=True,
            choice=choice,
            seeks_threshold=o is cost,
        )
        for o in by_what.values()
    ]


def fair_to_carry(selection: Selection) -> list[TransferResult]:
    """The fair option, where it is not the point under discussion."""
    fair, here = compromise_of(selection.analysis).point, selection.point
    if fair is None or (fair.model, fair.threshold) == (here.model, here.threshold):
        return []
    there = str(fair.model), fair.threshold
    cost = OBJECTIVES["cost_of_errors"]
    return [TransferResult(FAIR, cost, None, *there, None, seeks_threshold=False)]


def scenario_there(analysis: Analysis, other: Dataset) -> Scenario | None:
    """The scenario under which other data is judged; None where that cannot be judged by it.

    It must have today's system and, where kinds of defect have prices, say of which kind a defect is.
    """
    if analysis.scenario.miss_cost_by_type and not other.names_kinds:
        return None
    return comparable_scenario(analysis.scenario, analysis.evaluation, other.scores.models)


def why_not_comparable(page: PageState, other: Dataset) -> str:
    """Why `scenario_there` finds none, in a sentence."""
    if page.scenario.miss_cost_by_type and not other.names_kinds:
        return (
            f"{other.title} does not say of which kind a defect is, and kinds have prices: costs there "
            "cannot be set against those here."
        )
    if page.scenario.inspection is not None:
        return (
            "People inspect here, and where that begins would be found anew on other data: nothing on "
            f"{other.title} can be set against it."
        )
    return (
        f"{other.title} has no model {page.label(str(page.today.model))}, which is today’s system: nothing "
        "there can be set against today."
    )


def chosen_there(selection: Selection, other: Dataset, scenario: Scenario) -> list[TransferResult]:
    """What became of the chosen point on other data."""
    analysis = selection.analysis
    at = str(selection.point.model), selection.point.threshold
    both = analysis.dataset.fingerprint, other.fingerprint
    key = Key(
        both,
        (
            "chosen there",
            analysis.picks_key,
            analysis.weights,
            analysis.seed,
            at,
        ),
    )
    return cache.STORE.get(
        key, lambda: carry_over(analysis, other, scenario, chosen_to_carry(selection))
    )


def is_counted(page: PageState, other: Dataset, scenario: Scenario) -> bool:
    """Whether no row has to be read to judge the picks and the chosen point on other data."""
    return all(
        [
            counts.is_counted_for(page.dataset, scenario),
            counts.is_counted_for(other, scenario),
            *(
                counts.is_counted_at(other, _finite(_shared(points, other)))
                for points in (
                    picks_to_carry(page),
                    chosen_to_carry(page.selection),
                    fair_to_carry(page.selection),
                )
            ),
        ]
    )


def _shared(points: Sequence[TransferResult], other: Dataset) -> list[TransferResult]:
    return [p for p in points if other.counts_at(p.model, p.threshold)]


def _finite(points: Sequence[TransferResult]) -> list[tuple[str, float]]:
    return [(p.model, p.threshold) for p in points if math.isfinite(p.threshold)]


def carry_over(
    analysis: Analysis, other: Dataset, scenario: Scenario, points: Sequence[TransferResult]
) -> list[TransferResult]:
    """Carry operating points of this data over to other data."""
    here = counts.scenario_figures(analysis.dataset, scenario).evaluation
    there = counts.scenario_figures(other, scenario).evaluation
    shared = _shared(points, other)
    apart = counts.counted_at(other, _finite(shared), scenario)
    first = Bootstrap(here, counts.draw(analysis.dataset, analysis.seed, scenario))
    second = Bootstrap.draw(there, seed=analysis.seed)
    exact = None
    if apart is not None:
        of = evaluate(apart, scenario, today_tally=there.today_tally)
        exact = Bootstrap(of, replace(second.drawn, tally=apart, curves=of.curves))
    carried = [
        CarriedPoint(
            p.objective,
            p.model,
            p.threshold,
            p.bound,
            _optimism(analysis, first, p.choice),
            p.seeks_threshold,
        )
        for p in shared
    ]
    found = iter(
        assess_transfers(carried, first, second, exact=exact, limits=analysis.limits, level=SHARE)
    )
    out = []
    for p in points:
        if p in shared:
            p = replace(p, transfer=next(found))
        elif p.model in other.scores.models:
            p = replace(p, why="the tally there does not count at this threshold")
        out.append(p)
    return out


def _optimism(
    analysis: Analysis, first: Bootstrap, choice: Choice | CompromiseChoice | None
) -> Mapping[str, float]:
    """Optimism of figures at a point that was chosen on this data, by objective id."""
    if choice is None:
        return {}
    asked = [s.objective for s in analysis.stakeholders]
    asked += [s.bound.objective for s in analysis.stakeholders if s.bound is not None]
    asked += [limit.objective for limit in analysis.limits]
    objectives = {o.id: o for o in (*asked, OBJECTIVES["cost_of_errors"], RECALL, FALSE_ALARMS)}
    key = analysis.keyed("optimism", analysis.intervals_key, first.evaluation.scenario, choice)
    return cache.STORE.get(key, lambda: mean_optimism(first, choice, list(objectives.values())))


@dataclass(frozen=True)
class Elsewhere:
    """What became of the chosen point on other data: the one verdict that every page gives.

    Attributes
    ----------
    title : str
        Of the other data.
    fails : tuple of TransferResult
        Figures by which it does not hold.
    is_judged : bool
        Whether anything could be judged there.
    """

    title: str
    fails: tuple[TransferResult, ...]
    is_judged: bool

    @property
    def words(self) -> str:
        """Whether it holds."""
        if not self.is_judged:
            return "not comparable"
        return "does not hold" if self.fails else "holds"


def elsewhere(found: Sequence[TransferResult], other: Dataset) -> Elsewhere:
    """Judge the chosen point by what became of it on other data."""
    known = [p for p in found if p.is_chosen and p.transfer is not None]
    return Elsewhere(
        other.title, tuple(p for p in known if p.transfer and p.transfer.fails), bool(known)
    )


def selected_elsewhere(selection: Selection, other: Dataset) -> Elsewhere | None:
    """Judge the selected point on other data; `None` if the current system is not there.

    Raises
    ------
    ScoreError
        If the other data cannot be counted.
    """
    scenario = scenario_there(selection.analysis, other)
    return None if scenario is None else elsewhere(chosen_there(selection, other, scenario), other)


def failed_figures(analysis: Analysis, other: Dataset, judged: Elsewhere) -> tuple[str, ...]:
    """Figures by which the selected point does not hold: ``missed defects (31, here 12)``."""
    scenario = scenario_there(analysis, other)
    words = []
    for result in judged.fails:
        assert result.transfer is not None
        assert scenario is not None
        here, there = (
            figure(result.objective, value, scenario)
            for value in (result.transfer.here, result.transfer.there)
        )
        words.append(f"{result.objective.label} ({there}, here {here})")
    return tuple(words)


def finding(carried: Sequence[TransferResult], other: Dataset) -> str:
    """What became of the chosen point, in one sentence."""
    judged = elsewhere(carried, other)
    if not judged.is_judged:
        return f"The chosen point cannot be judged on {other.title}"
    if not judged.fails:
        return f"The chosen point holds on {other.title}"
    return f"The chosen point does not hold on {other.title}"


def picks_finding(picks: Sequence[TransferResult], other: Dataset) -> str:
    """What became of the roles' own bests, in one sentence."""
    known = [p for p in picks if p.transfer is not None]
    if not known:
        if any(p.model in other.scores.models for p in picks):
            return f"{other.title} is a tally that counts at no pick’s threshold"
        return f"No pick’s model is in {other.title}"
    failed = [p.whose.lower() for p in known if p.transfer is not None and p.transfer.fails]
    every = {1: "one pick holds", 2: "both picks hold", 3: "all three picks hold"}
    if not failed:
        return f"Of the roles’ own bests, {every[len(known)]} there"
    if len(failed) == len(known) > 1:
        return "None of the roles’ own bests holds there"
    names = " and the ".join(failed)
    return f"The {names}’s own best {'does' if len(failed) == 1 else 'do'} not hold there"


def verdict(transfer: Transfer) -> str:
    """Whether a point holds on the other data, and if not, why."""
    if math.isnan(transfer.there):
        return "undefined there"
    if transfer.holds:
        return "holds"
    reasons = []
    if not transfer.kept:
        reasons.append("breaks its limit there")
    reasons += [f"breaks the limit on {limit.objective.subject} there" for limit in transfer.broken]
    if transfer.worse:
        reasons.append("worse there")
    if transfer.misses_more:
        reasons.append("a larger share of the defects is missed there")
    if transfer.flags_more:
        reasons.append("a larger share of the good units is flagged there")
    if transfer.misplaced:
        reasons.append("another threshold is better there")
    return "does not hold: " + ", ".join(reasons)
