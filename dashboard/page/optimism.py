"""What is to be had on new data at a point that was picked for being the best on this."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from dashboard.analysis import cache
from dashboard.analysis.analysis import Stakeholder, current_revenue, point_of, points_of_model
from dashboard.page.compromises import compromise_of
from dashboard.page.resampled_figures import (
    TOLD,
    gap,
    interval,
    interval_at,
    is_slow,
    place_of,
    replicates,
)
from dashboard.page.state import PageState
from dashboard.session.choices import Point
from dashboard.words.numbers import tied
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, Pick, pick
from metrics.evaluation.confusion import ratio
from metrics.evaluation.standard_objectives import beyond_share, revenue_impact_percent
from metrics.inference.comparison import Chance, Gap
from metrics.inference.front_stability import competing_positions
from metrics.inference.intervals import Uncertainty, is_of_shares
from metrics.inference.optimism import (
    AtChoice,
    OptimismCorrected,
    Shape,
    at_choice,
    interval_at_choice,
    mean_over_replicates,
    optimism_by_replicate,
    optimism_corrected,
    samples_at_choice,
    shifted,
)
from metrics.inference.replicate_choices import (
    FOR_A_MEAN,
    Choice,
    CompromiseChoice,
    ReplicateChoices,
    choose_in_replicates,
    limits_aside_where_needed,
)
from metrics.selection.limits import keeps_all
from metrics.tally.kernel import Floats

COST, GAIN = (OBJECTIVES[name] for name in ("cost_of_errors", "revenue_impact"))


def on_new_data(page: PageState, o: Objective, point: OperatingPoint) -> AtChoice | None:
    """A figure of the point under discussion, and what is to be had of it on new data.

    Returns
    -------
    AtChoice or None
        None where nobody picked the point for being the best, where it is today's system and the figure its
        change from today, of what is the same at every threshold of a model, and as long as it is not known.
    """
    known = page.uncertainty
    choice = None if o.of_model else choice_of_chosen(page)
    if known is None or choice is None or not _is_chosen(page, point):
        return None
    if o.is_against_today and page.is_todays(point):  # nothing, on any data
        return None
    value = point.figures.get(o.id, math.nan)
    if not math.isfinite(value) or not o.has_interval or is_slow(page, o, point):
        return None
    optimism = _optimism(page, choice, o, point)
    shape = Shape.of(replicates(page, known, o, point), is_share=is_of_shares(page.evaluation, o))
    found = at_choice(o, value, *interval(page, known, o, point), optimism, shape)
    return found if math.isfinite(found.expected) else None


def _is_chosen(page: PageState, point: OperatingPoint) -> bool:
    return point.place == page.chosen.place and not page.is_alone(point)


def range_of(page: PageState, o: Objective, point: OperatingPoint) -> tuple[float, float]:
    """95 % interval of a figure on new data, of a pick one that knows of the choice; NaN where not known."""
    at_choice = on_new_data(page, o, point)
    if at_choice is not None:
        return at_choice.low, at_choice.high
    known = page.uncertainty
    return (math.nan, math.nan) if known is None else interval(page, known, o, point)


def best_of_each_model(page: PageState, stakeholder: Stakeholder) -> dict[str, Pick | None]:
    """Where each visible model is best for a stakeholder, on limits or not; None where nowhere."""
    o, bound = stakeholder.objective, stakeholder.bound

    def found() -> dict[str, Pick | None]:
        models = [str(model) for model in page.points["model"].unique()]
        each = {model: points_of_model(page.points, model) for model in models}
        return {m: pick(own, o, page.evaluation, bound=bound) for m, own in each.items()}

    follows = page.scenario, page.picks_key.hidden, o, bound
    return cache.STORE.get(page.keyed("best of each model", *follows), found)


def ranges_of_own_best(page: PageState, stakeholder: Stakeholder) -> dict[str, tuple[float, float]]:
    """95 % interval of each model's best for a stakeholder; NaN where not known, or without a best.

    Of every model alike: it knows that the threshold was picked among the model's own, and not that a model
    is the best of many.
    """
    o, bound, known = stakeholder.objective, stakeholder.bound, page.uncertainty
    best = best_of_each_model(page, stakeholder)
    if known is None:
        return dict.fromkeys(best, (math.nan, math.nan))

    def found() -> dict[str, tuple[float, float]]:
        ends, places = {}, {}
        for model, own in best.items():
            ends[model] = (math.nan, math.nan)
            if own is None:
                continue
            ends[model] = interval_at(page, known, o, model, own.threshold)
            point = point_of(points_of_model(page.points, model), own.row)
            is_against_itself = o.is_against_today and page.is_todays(point)
            at = place_of(page, point)
            is_known = o.of_model or not o.has_interval or is_slow(page, o, point)
            if at and not (is_known or is_against_itself):
                places[model] = at
        few = known.bootstrap.part(0, FOR_A_MEAN)
        choices = [Choice(o, bound, models=(model,)) for model in places]
        chosen = choose_in_replicates(few, choices) if choices else ()
        for (model, at), again in zip(places.items(), chosen, strict=True):
            own = best[model]
            assert own is not None
            optimism = mean_over_replicates(optimism_by_replicate(few, again, [o], at=at)[o.id])
            drawn = known.bootstrap.values_at(o, model, own.threshold)
            shape = Shape.of(drawn, is_share=is_of_shares(page.evaluation, o))
            optimism = 0.0 if math.isnan(optimism) else optimism
            there = at_choice(o, own.value, *ends[model], optimism, shape)
            ends[model] = there.low, there.high
        return ends

    # Neither the limits nor what the others want change it.
    picked = tuple((model, own and own.threshold) for model, own in best.items())
    key = page.keyed("ranges of own best", page.scenario, page.analysis.seed, o, bound, picked)
    return cache.STORE.get(key, found)


def optimism_of(page: PageState, o: Objective, point: OperatingPoint) -> float:
    """By how much a figure is better, or worse, than is to be had on new data; 0 where nobody picked it."""
    at_choice = on_new_data(page, o, point)
    return 0.0 if at_choice is None else at_choice.value - at_choice.expected


def optimism_against(
    page: PageState, o: Objective, point: OperatingPoint, other: OperatingPoint
) -> float:
    """As `optimism_of`, of the gap to another point.

    None where both are the same on any data, or the other was picked as its model's best as well.
    """
    is_same = point.model == other.model and (o.of_model or point.place == other.place)
    if is_same or (page.is_todays(point) and page.is_todays(other)):
        return 0.0
    return 0.0 if _was_picked_likewise(page, other) else optimism_of(page, o, point)


def _was_picked_likewise(page: PageState, other: OperatingPoint) -> bool:
    """Whether a model stands at its cheapest threshold, which was found on these rows as well.

    Both are flattered, and no luck of one alone is taken off. What is in use today was known before.
    """
    if other.model is None or page.is_todays(other):
        return False
    return other.threshold == _cheapest_threshold(page, str(other.model))


def is_today_cheapest(page: PageState) -> bool:
    """Whether today's threshold is the one at which its model's errors cost least in this file.

    Then it may have been found on these units rather than be the one in use.
    """
    today = page.today
    return today.model is not None and today.threshold == _cheapest_threshold(page, today.model)


def _cheapest_threshold(page: PageState, model: str) -> float | None:
    """Where a model's errors cost least, whether the model is shown or not."""

    def found() -> float | None:
        best = pick(points_of_model(page.figures.points, model), COST, page.evaluation)
        return None if best is None else best.threshold

    return cache.STORE.get(page.keyed("cheapest threshold", page.scenario, model), found)


def samples_of(
    page: PageState, o: Objective, point: OperatingPoint, *, beside: OperatingPoint | None = None
) -> Floats | None:
    """A figure of the point under discussion in samples of new data, shape (R,); None where not known.

    Parameters
    ----------
    beside : OperatingPoint, optional
        What the samples are to be set against.

    Notes
    -----
    Of a share of what today earns the optimism is taken off what is earned, and the share is of that: it is
    undefined where today's system earns nothing.
    """
    known = page.uncertainty
    if known is not None and o.compute is revenue_impact_percent:
        gained, earned = _gained(page, known, point), _earned(page, known)
        return ratio(100 * gained, np.where(earned > 0, earned, 0.0))
    if known is None or not o.has_interval or is_slow(page, o, point):
        return None
    drawn, value = replicates(page, known, o, point), point.figures.get(o.id, math.nan)
    if beside is None:
        return samples_at_choice(drawn, value, optimism_of(page, o, point), o.unit)
    there, then = replicates(page, known, o, beside), beside.figures.get(o.id, math.nan)
    optimism = optimism_against(page, o, point, beside)
    return there + samples_at_choice(drawn - there, value - then, optimism)


def _gained(page: PageState, known: Uncertainty, point: OperatingPoint) -> Floats:
    """Revenue against today in samples of new data."""
    drawn, value = replicates(page, known, GAIN, point), point.figures.get(GAIN.id, math.nan)
    return samples_at_choice(drawn, value, optimism_of(page, GAIN, point))


def _earned(page: PageState, known: Uncertainty) -> Floats:
    """What today's system earns in samples of new data."""
    return replicates(page, known, OBJECTIVES["revenue"], page.today)


def shortfall_in_samples(page: PageState, bound: Bound, point: OperatingPoint) -> Floats | None:
    """How far a point is from keeping a limit in samples of new data, shape (R,); above 0 where it is missed.

    Of a share of what today earns: in money, which is defined where a sample turns today's into a loss, too.
    Of a loss there is no share.
    """
    o, known = bound.objective, page.uncertainty
    if known is not None and o.compute is revenue_impact_percent:
        if not current_revenue(page.analysis) > 0:
            return None
        beyond: Floats = beyond_share(
            _gained(page, known, point), _earned(page, known), bound.value
        )
        return -beyond
    drawn = samples_of(page, o, point)
    return None if drawn is None else o.direction.loss(drawn - bound.value)


def share_missed(page: PageState, bounds: Sequence[Bound], point: OperatingPoint) -> float:
    """Share of the resamples in which a point misses any limit, as if it were chosen; NaN where not known.

    Where somebody picks the point this allows for the choice: the same wherever it is said of the point.
    """
    page = page.select(point)
    if page.uncertainty is None:
        return math.nan
    worst = np.full(page.uncertainty.bootstrap.replicates, -np.inf)
    for bound in bounds:
        short = shortfall_in_samples(page, bound, point)
        if short is None:
            return math.nan
        worst = np.maximum(worst, short)
    return share_above(worst)


def share_above(short: Floats) -> float:
    """Share of the samples that miss a target, of those where that is defined; NaN where it is in none."""
    defined = ~np.isnan(short)
    return float((short[defined] > 0).mean()) if defined.any() else math.nan


def gap_against(page: PageState, o: Objective, other: OperatingPoint) -> Gap | None:
    """The chosen point against another on new data, paired; None where not known, or that would take long."""
    if page.uncertainty is None or not o.has_interval:
        return None
    o = _against_today(page, o, other)
    optimism = optimism_against(page, o, page.chosen, other)
    # What is set against today is its own gap to it, and has one interval.
    is_gap = o.is_against_today and page.is_todays(other)
    ends = range_of(page, o, page.chosen) if is_gap else (math.nan, math.nan)
    return _gap(page, o, page.chosen, other, optimism, ends)


def _against_today(page: PageState, o: Objective, other: OperatingPoint) -> Objective:
    """What a gap to today's system is of: of revenue the change from today, of which it is the size."""
    is_earned = o.id == "revenue" and page.is_todays(other)
    return page.objectives.get("revenue_impact", o) if is_earned else o


def chance_of_pick(
    page: PageState, choice: Choice, o: Objective, point: OperatingPoint, other: OperatingPoint
) -> Chance:
    """As `chance_against`, of any point that is picked as ``choice`` says."""
    if page.uncertainty is None or not o.has_interval:
        return Chance.UNKNOWN
    optimism = _optimism(page, choice, o, point)
    gap = _gap(page, o, point, other, 0.0 if math.isnan(optimism) else optimism)
    return Chance.UNKNOWN if gap is None else gap.chance


def gap_to_pick(page: PageState, stakeholder: Stakeholder, point: OperatingPoint) -> Gap | None:
    """A point against a stakeholder's pick on new data, paired; None where not known, or without a pick."""
    o, pick_of = stakeholder.objective, stakeholder.pick
    if page.uncertainty is None or not o.has_interval or pick_of is None:
        return None
    best = point_of(page.points, pick_of.row)
    if best.place == page.chosen.place and Point(str(point.model), point.threshold) in picked(page):
        # Both were picked: as is said of what the one gives and takes instead of the other.
        return gap_against(page.select(point), o, best)
    optimism = _optimism(page, _own_choice(page, stakeholder), o, best)
    gap = _gap(page, o, best, point, 0.0 if math.isnan(optimism) else optimism)
    return None if gap is None else gap.reversed()


def _gap(
    page: PageState,
    o: Objective,
    point: OperatingPoint,
    other: OperatingPoint,
    optimism: float,
    ends: tuple[float, float] = (math.nan, math.nan),
) -> Gap | None:
    assert page.uncertainty is not None
    found = gap(page, page.uncertainty, o, other, point=point, optimism=optimism)
    if found is None:
        return None
    if found.high - found.low <= 1e-9 * abs(found.size):  # how much it may vary is not known
        return found
    if math.isnan(sum(ends)):
        ends = shifted(found.low + optimism, found.high + optimism, optimism)
    found = replace(found, low=ends[0], high=ends[1])
    if found.size * (found.size + optimism) >= 0:
        return found
    # What turns round where the choice is allowed for is not clear either way, however often.
    return replace(found, low=min(found.low, 0.0), high=max(found.high, 0.0), better=math.nan)


def chance_against(page: PageState, o: Objective, other: OperatingPoint) -> Chance:
    """Whether it may be chance that the chosen point is better or worse than another."""
    gap = gap_against(page, o, other)
    return Chance.UNKNOWN if gap is None else gap.chance


def within_chance(page: PageState) -> frozenset[str]:
    """Objectives by which the chosen point stands apart from today's system, but not beyond chance.

    Those that the stakeholders want and those that the sentence tells of; none where it is not known.
    """
    objectives = {o.id: o for o in (*(s.objective for s in page.stakeholders), *TOLD)}

    def found() -> frozenset[str]:
        both = ((o, page.chosen.figures.get(o.id, math.nan)) for o in objectives.values())
        return frozenset(
            o.id
            for o, here in both
            if not math.isnan(here - (then := page.today.figures.get(o.id, math.nan)))
            and not tied(here, then)
            and chance_against(page, o, page.today) is Chance.POSSIBLE
        )

    return cache.STORE.get(
        page.keyed("within_chance", page.intervals_key, page.chosen.place, choice_of_chosen(page)),
        found,
    )


def choice_of_chosen(page: PageState) -> Choice | CompromiseChoice | None:
    """How the point under discussion was picked; None where it is nobody's best."""
    chosen = page.chosen
    return _choices(page).get(Point(str(chosen.model), chosen.threshold, chosen.lower))


def picked(page: PageState) -> tuple[Point, ...]:
    """Points that somebody may have picked, whose ranges allow for that where they are chosen."""
    return tuple(_choices(page))


def _choices(page: PageState) -> Mapping[Point, Choice | CompromiseChoice]:
    """The points that somebody may have picked, and how, the best known reason first."""
    key = page.keyed("choices", page.picks_key, page.analysis.weights)
    return cache.STORE.get(key, lambda: _find_choices(page))


def _find_choices(page: PageState) -> dict[Point, Choice | CompromiseChoice]:
    shown = tuple(str(model) for model in page.points["model"].unique())
    found: dict[Point, Choice | CompromiseChoice] = {}

    def add(point: Pick | OperatingPoint | None, choice: Choice | CompromiseChoice) -> None:
        if point is not None and point.model is not None:
            found.setdefault(Point(str(point.model), point.threshold), choice)

    # Where nothing keeps the limits the page opens on the cheapest of all.
    limits = page.limits if keeps_all(page.points, page.limits).any() else ()
    cheapest = pick(page.points, COST, page.evaluation, limits=limits)
    add(cheapest, Choice(COST, None, limits, shown))
    ranking = [s for s in page.stakeholders if s.objective.of_model]
    for s in page.stakeholders:
        if s not in ranking:
            add(s.pick, _own_choice(page, s))
    able = [
        (_own_choice(page, s), weight)
        for s, weight in zip(page.stakeholders, page.analysis.weights, strict=True)
        if s.pick is not None
    ]
    if any(weight > 0 for _, weight in able):
        picks, weights = zip(*able, strict=True)
        add(compromise_of(page).point, CompromiseChoice(picks, limits, weights, shown))
    for s in ranking:
        add(s.pick, _own_choice(page, s))
        best = pick(page.points, s.objective, page.evaluation, bound=s.bound)
        add(best, Choice(s.objective, s.bound, (), shown))
    return found


def _own_choice(page: PageState, stakeholder: Stakeholder) -> Choice:
    """How a stakeholder picks."""
    shown = tuple(str(model) for model in page.points["model"].unique())
    return Choice(stakeholder.objective, stakeholder.bound, page.limits, shown)


def _optimism(
    page: PageState, choice: Choice | CompromiseChoice, o: Objective, point: OperatingPoint
) -> float:
    """Optimism of a figure at a point that is picked so."""
    shown = objectives_shown(page)
    objectives = shown if o in shown else (o,)
    at = place_of(page, point)
    key = page.keyed("optimism at a pick", page.intervals_key, choice, objectives, at)

    def made() -> dict[str, float]:
        assert page.uncertainty is not None
        few = page.uncertainty.bootstrap.part(0, FOR_A_MEAN)
        chosen = limits_aside_where_needed(few, choice, partial(replicate_choices, page))
        found = optimism_by_replicate(few, chosen, objectives, at=at)
        return {name: mean_over_replicates(own) for name, own in found.items()}

    return cache.STORE.get(key, made)[o.id]


def range_at_best(page: PageState, stakeholder: Stakeholder) -> tuple[float, float]:
    """95 % interval of the best figure that knows that it was chosen for being so; NaN where undefined."""
    assert page.uncertainty is not None
    o, bound = stakeholder.objective, stakeholder.bound
    best = pick(page.points, o, page.evaluation, bound=bound)
    if best is None or not o.has_interval or o.is_slow:
        return math.nan, math.nan
    choice = Choice(o, bound, models=tuple(page.points["model"].unique()))
    at_choice = interval_at_choice(
        page.uncertainty.bootstrap, choice, best.model, best.threshold, [o]
    )[o.id]
    return at_choice.low, at_choice.high


def best_on_new_data(page: PageState, stakeholder: Stakeholder) -> OptimismCorrected | None:
    """What the best is worth on rows that did not choose it; takes a second or two."""
    assert page.uncertainty is not None
    bootstrap = page.uncertainty.bootstrap
    shown = set(page.points["model"])
    among = [m for m, model in enumerate(page.evaluation.tally.models) if model in shown]
    objectives = [s.objective for s in page.stakeholders]
    if stakeholder.objective not in objectives:  # a front has at most three
        objectives = [stakeholder.objective]
    competing = competing_positions(bootstrap, objectives, among=among)
    return optimism_corrected(bootstrap, stakeholder.objective, stakeholder.bound, competing)


def objectives_shown(page: PageState) -> tuple[Objective, ...]:
    """Objectives of which Decide shows figures, which are found together."""
    objectives = [s.objective for s in page.stakeholders]
    objectives += [o for s in objectives if (o := OBJECTIVES.get(s.in_proportion)) is not None]
    objectives += [
        OBJECTIVES[name] for name in ("missed_defects", "false_alarms", "recall", "share_flagged")
    ]
    for bound in page.limits:
        o = bound.objective
        objectives += [o, GAIN] if o.compute is revenue_impact_percent else [o]
    known = page.objectives
    are_picked = (o for o in objectives if o.id in known and not (o.is_slow or o.of_model))
    return tuple({o.id: o for o in are_picked}.values())


def replicate_choices(page: PageState, choice: Choice | CompromiseChoice) -> ReplicateChoices:
    """What would be chosen in resamples, the first of them; once for all who ask."""
    assert page.uncertainty is not None
    few = page.uncertainty.bootstrap.part(0, FOR_A_MEAN)
    key = page.keyed("chosen again", page.intervals_key, choice)
    return cache.STORE.get(key, lambda: choose_in_replicates(few, [choice])[0])
