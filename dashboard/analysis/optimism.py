"""Optimism of picked points: figures, intervals and differences to expect on new data.

A point that was picked as the best on these rows looks better in the file than on new data. The difference is
its optimism, which is estimated by repeating the pick in resamples. Intervals here allow for it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from dashboard.analysis.analysis import (
    Analysis,
    Stakeholder,
    at_or_above,
    point_of,
    points_of_model,
)
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.decide.compromises import compromise_of
from dashboard.analysis.resampled_figures import (
    COMPARED,
    gap,
    interval,
    is_slow,
    place_of,
    replicates,
)
from dashboard.analysis.selection import Selection
from dashboard.session.choices import Point
from metrics import OBJECTIVES, Bound, Objective, OperatingPoint, Pick, pick
from metrics.evaluation.confusion import confusion_by_bucket, ratio
from metrics.evaluation.standard_objectives import (
    beyond_share,
    payoff_of,
    revenue_impact_percent,
)
from metrics.inference.comparison import Chance, Gap, may_be_even
from metrics.inference.interval_formulas import TAIL, Interval
from metrics.inference.intervals import is_of_shares
from metrics.inference.optimism import (
    DECIDED,
    NOT_KNOWN,
    AtChoice,
    Basis,
    ChosenBeside,
    Correction,
    LimitsMissed,
    Shape,
    at_choice,
    mean_over_replicates,
    optimism_by_replicate,
    samples_at_choice,
    share_beyond,
    share_of_optimism,
    shifted,
)
from metrics.inference.replicate_choices import (
    FOR_A_MEAN,
    Choice,
    CompromiseChoice,
    ReplicateChoices,
    choose_in_replicates,
    conditions_of,
    limits_aside_where_needed,
)
from metrics.selection.limits import meets_all
from metrics.selection.picks import is_equal
from metrics.tally.kernel import Floats

COST, GAIN, MISSED = (
    OBJECTIVES[name] for name in ("cost_of_errors", "revenue_impact", "missed_defects")
)
OF_MISSES = {"recall", "missed_defects_per_1000_defects", "missed_defects_per_1000_units"}
"""Objectives that are better at the point with fewer missed defects, in any sample."""
FALLING_OR_RISING = {MISSED.id, *OF_MISSES, "false_alarms", "share_flagged"}
"""Objectives whose figures only fall, or only rise, as the threshold of a model rises."""


def on_new_data(analysis: Analysis, o: Objective, point: OperatingPoint) -> AtChoice | None:
    """Figure of a point, with the figure and interval to expect on new data.

    A picked point has the optimism of its choice, and the other thresholds of its model have a share of it.
    The current system has none: its threshold was fixed before these rows were seen.

    Returns
    -------
    AtChoice or None
        `None` if intervals are not computed, if no stakeholder would pick a point of the model, or if the
        objective ranks models. Also `None` for the difference of the current system to itself.
    """
    if analysis.uncertainty is None or o.of_model or not o.has_interval:
        return None
    if point.model is None or point.lower is not None or analysis.is_alone(point):
        return None
    if o.is_against_today and analysis.is_current(point):  # this difference is 0 on any data
        return None
    if analysis.is_current(point) and _pick_like(analysis, point) is None:
        return None
    value = point.figures.get(o.id, math.nan)
    if not math.isfinite(value) or is_slow(analysis, o, point):
        return None
    picks = _picks_beside(analysis, o, point.model)
    if not picks:
        return None
    row = analysis.evaluation.curve_of(point.model).row(point.threshold)
    correction = Correction.beside([pick.at(row) for pick in picks], np.array([value]))
    ends = correction.apply(o, 0, value, *interval(analysis, o, point))
    return AtChoice(value, *(end.item() for end in ends))


def pick_on_new_data(analysis: Analysis, o: Objective, point: OperatingPoint) -> AtChoice | None:
    """Figure of a pick, or of a point like one (`_pick_like`), on new data; `None` for others."""
    is_picked = _pick_like(analysis, point) is not None
    return on_new_data(analysis, o, point) if is_picked else None


@part(reads=lambda analysis, *of: (analysis.choices_key, of))
def _picks_beside(analysis: Analysis, o: Objective, model: str) -> list[ChosenBeside]:
    """Points of a model that a stakeholder would pick, with their corrections."""
    picks = []
    for point, choice in _reasons(analysis).values():
        at = place_of(analysis, point)
        if point.model != model or at is None:
            continue
        optimism = _optimism(analysis, choice, o, point)
        value = point.figures[o.id]
        if not math.isfinite(optimism + value):
            continue
        ends = interval(analysis, o, point)
        shape = Shape.of(
            replicates(analysis, o, point), is_share=is_of_shares(analysis.evaluation, o)
        )
        share = _share_of_optimism(analysis, choice, at)
        picks.append(ChosenBeside(at_choice(o, value, *ends, optimism, shape), *ends, share))
    return picks


@part(reads=lambda analysis, *of: (analysis.intervals_key, of))
def _share_of_optimism(
    analysis: Analysis, choice: Choice | CompromiseChoice, at: tuple[int, int]
) -> Floats:
    model_curve = analysis.evaluation.curves[at[0]]
    share = share_of_optimism(analysis.bootstrap, choice, at)
    # The interval of the misses is the same wherever the same defects are missed.
    share[model_curve.counts.fn == model_curve.counts.fn[at[1]]] = 1.0
    return share[model_curve.distinct]


@part(reads=lambda analysis, *of: (analysis.choices_key, of))
def ranges_of_curve(analysis: Analysis, o: Objective, model: str) -> Interval | None:
    """95% intervals of a stakeholder's objective at the points of a model, on new data (`on_new_data`).

    `None` if they are not computed.
    """
    known = analysis.intervals_of(o, model)
    if known is None or o.of_model or not (picks := _picks_beside(analysis, o, model)):
        return known
    values = analysis.points_of(model)[o.id].to_numpy(np.float64)
    correction = Correction.beside(picks, values)
    _, low, high = correction.apply(o, slice(None), values, known.low, known.high)
    current = analysis.current
    is_shown = current.model == model and analysis.scenario.inspection is None
    if is_shown and _pick_like(analysis, current) is None:
        row = analysis.evaluation.curve_of(model).row(current.threshold)
        low[row], high[row] = known.low[row], known.high[row]
    return Interval(low, high)


def range_of(analysis: Analysis, o: Objective, point: OperatingPoint) -> tuple[float, float]:
    """95% interval of a figure on new data; NaN if unknown. It allows for a choice as `on_new_data` does."""
    at_choice = on_new_data(analysis, o, point)
    if at_choice is not None:
        return at_choice.low, at_choice.high
    if analysis.uncertainty is None:
        return math.nan, math.nan
    return interval(analysis, o, point)


def _best_reads(analysis: Analysis, stakeholder: Stakeholder) -> Hashable:
    return analysis.scenario, analysis.hidden, stakeholder.objective, stakeholder.bound


@part(reads=_best_reads, kind=Kind.PART)
def best_of_each_model(analysis: Analysis, stakeholder: Stakeholder) -> dict[str, Pick | None]:
    """Best point of each visible model for a stakeholder, ignoring limits; `None` if there is none."""
    o, bound = stakeholder.objective, stakeholder.bound
    points_by_model = {model: analysis.points_of(model) for model in analysis.models}
    return {
        m: pick(points, o, analysis.evaluation, bound=bound)
        for m, points in points_by_model.items()
    }


def ranges_of_own_best(
    analysis: Analysis, stakeholder: Stakeholder
) -> dict[str, tuple[float, float]]:
    """95% interval of each model's best figure for a stakeholder; NaN if unknown, or without a best.

    Each interval allows for the choice of the model's threshold. At a pick it is the interval of the pick
    (`range_of`), which also allows for the choice of its model.
    """
    best = best_of_each_model(analysis, stakeholder)
    if analysis.uncertainty is None:
        return dict.fromkeys(best, (math.nan, math.nan))
    ranges = dict(_ranges_of_own_best(analysis, stakeholder))
    for model in {model for model, _ in _reasons(analysis)}:
        if (best_of_model := best.get(model)) is not None:
            point = point_of(analysis.points_of(model), best_of_model.row)
            if (at_pick := pick_on_new_data(analysis, stakeholder.objective, point)) is not None:
                ranges[model] = at_pick.low, at_pick.high
    return ranges


def _ranges_read(analysis: Analysis, stakeholder: Stakeholder) -> Hashable:
    # Neither the limits nor the objectives of other stakeholders change these intervals.
    best = best_of_each_model(analysis, stakeholder)
    picked = tuple((model, p and p.threshold) for model, p in best.items())
    objective_and_bound = stakeholder.objective, stakeholder.bound
    return analysis.scenario, analysis.seed, *objective_and_bound, picked


@part(reads=_ranges_read, kind=Kind.PART)
def _ranges_of_own_best(
    analysis: Analysis, stakeholder: Stakeholder
) -> dict[str, tuple[float, float]]:
    o, bound = stakeholder.objective, stakeholder.bound
    best = best_of_each_model(analysis, stakeholder)
    ends, places = {}, {}
    for model, best_of_model in best.items():
        ends[model] = (math.nan, math.nan)
        if best_of_model is None:
            continue
        point = point_of(analysis.points_of(model), best_of_model.row)
        ends[model] = interval(analysis, o, point)
        is_against_itself = o.is_against_today and analysis.is_current(point)
        at = place_of(analysis, point)
        is_known = o.of_model or not o.has_interval or is_slow(analysis, o, point)
        if at and not (is_known or is_against_itself):
            places[model] = at
    few = analysis.bootstrap.part(0, FOR_A_MEAN)
    choices = [Choice(o, bound, models=(model,)) for model in places]
    chosen = choose_in_replicates(few, choices) if choices else ()
    for (model, at), repeated in zip(places.items(), chosen, strict=True):
        best_of_model = best[model]
        assert best_of_model is not None
        optimism = mean_over_replicates(optimism_by_replicate(few, repeated, [o], at=at)[o.id])
        drawn = analysis.bootstrap.values_at(o, model, best_of_model.threshold)
        shape = Shape.of(drawn, is_share=is_of_shares(analysis.evaluation, o))
        corrected = at_choice(o, best_of_model.value, *ends[model], optimism, shape)
        ends[model] = corrected.low, corrected.high
    return ends


def optimism_of(analysis: Analysis, o: Objective, point: OperatingPoint) -> float:
    """Figure in the file minus the expected figure on new data; 0 if no point of the model was picked."""
    at_choice = on_new_data(analysis, o, point)
    return 0.0 if at_choice is None else at_choice.value - at_choice.expected


def optimism_of_difference(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> float:
    """Optimism of the first point's figure minus that of the second.

    The optimism is 0 if both points are the same on any data. It is also taken as 0 between a pick and
    another model's cheapest point, since both were found on these rows.
    """
    both = first, second
    is_same = first.model == second.model and (o.of_model or first.place == second.place)
    if is_same or all(map(analysis.is_current, both)):
        return 0.0
    if any(_pick_like(analysis, p) is None and _was_picked_likewise(analysis, p) for p in both):
        return 0.0
    return optimism_of(analysis, o, first) - optimism_of(analysis, o, second)


def _was_picked_likewise(analysis: Analysis, other: OperatingPoint) -> bool:
    """Whether a point is the cheapest of its model, which was also found on these rows.

    The current system was chosen before these rows were seen.
    """
    if other.model is None or analysis.is_current(other):
        return False
    return other.threshold == _cheapest_threshold(analysis, str(other.model))


def is_today_cheapest(analysis: Analysis) -> bool:
    """Whether the current threshold is the cheapest threshold of its model in this file.

    Such a threshold may have been found on these units, and may not be the one in use.
    """
    today = analysis.current
    return today.model is not None and today.threshold == _cheapest_threshold(analysis, today.model)


@part(reads=lambda analysis, model: (analysis.scenario, model), kind=Kind.PART)
def _cheapest_threshold(analysis: Analysis, model: str) -> float | None:
    """Cheapest threshold of a model, which may be hidden; `None` if there is none."""
    best = pick(points_of_model(analysis.figures.points, model), COST, analysis.evaluation)
    return None if best is None else best.threshold


def samples_of(
    analysis: Analysis, o: Objective, point: OperatingPoint, *, beside: OperatingPoint | None = None
) -> Floats | None:
    """Figure of a point in samples of new data, shape (R,); `None` if unknown.

    Parameters
    ----------
    beside : OperatingPoint, optional
        Point that the figure is compared with.

    Notes
    -----
    For a revenue in per cent, the optimism is subtracted from the revenue before the division. The result is
    NaN in samples in which the current system earns nothing.
    """
    if analysis.uncertainty is None:
        return None
    if o.compute is revenue_impact_percent:
        gained, earned = _gained(analysis, point), _earned(analysis)
        return ratio(100 * gained, np.where(earned > 0, earned, 0.0))
    if not o.has_interval or is_slow(analysis, o, point):
        return None
    drawn = replicates(analysis, o, point)
    if beside is None:
        return samples_at_choice(drawn, optimism_of(analysis, o, point), o)
    drawn_beside = replicates(analysis, o, beside)
    optimism = optimism_of_difference(analysis, o, point, beside)
    return drawn_beside + samples_at_choice(drawn - drawn_beside, optimism)


def _gained(analysis: Analysis, point: OperatingPoint) -> Floats:
    """Change of the revenue from the current system in samples of new data, shape (R,)."""
    drawn = replicates(analysis, GAIN, point)
    return samples_at_choice(drawn, optimism_of(analysis, GAIN, point))


def _earned(analysis: Analysis) -> Floats:
    """Payoff of the current system in samples of new data, shape (R,)."""
    return np.asarray(payoff_of(analysis.bootstrap.today, analysis.scenario))[:, 0]


def shortfall_in_samples(analysis: Analysis, bound: Bound, point: OperatingPoint) -> Floats | None:
    """Shortfall of a point from a limit in samples of new data, shape (R,); positive if the limit is missed.

    For a limit in per cent of the current revenue, the shortfall is in money. Money is also defined in
    samples in which the current system makes a loss. The result is `None` if it makes a loss in the file.
    """
    o = bound.objective
    if analysis.uncertainty is not None and o.compute is revenue_impact_percent:
        if not analysis.current_worth > 0:
            return None
        beyond: Floats = beyond_share(_gained(analysis, point), _earned(analysis), bound.value)
        return -beyond
    drawn = samples_of(analysis, o, point)
    return None if drawn is None else o.direction.loss(drawn - bound.value)


def limits_missed(
    analysis: Analysis, bounds: Sequence[Bound], point: OperatingPoint
) -> LimitsMissed:
    """How often any of some limits is missed at a point.

    The share of a pick allows for its choice. It is an estimate if a limit that is not clearly met decided
    the pick, or if the interval of a figure holds the limit although nearly all resamples agree.
    """
    if analysis.uncertainty is None:
        return NOT_KNOWN
    worst = np.full(analysis.bootstrap.replicates, -np.inf)
    for bound in bounds:
        short = shortfall_in_samples(analysis, bound, point)
        if short is None:
            return NOT_KNOWN
        worst = np.maximum(worst, short)
    share = share_above(worst)
    if TAIL < share < 1 - TAIL:
        is_decided = any(_decided_pick(analysis, bound, point) for bound in bounds)
        return DECIDED if is_decided else LimitsMissed(share)
    is_met = share <= TAIL
    beyond = [_share_beyond(analysis, bound, point, is_met=is_met) for bound in bounds]
    estimate = max(beyond, default=0.0) if is_met else 1 - min(beyond)
    return (
        LimitsMissed(estimate, Basis.INTERVAL)
        if min(estimate, 1 - estimate) > 0
        else LimitsMissed(share)
    )


def _share_beyond(
    analysis: Analysis, bound: Bound, point: OperatingPoint, *, is_met: bool
) -> float:
    """Share of samples beyond a limit by the figure's 95% interval; 0 if no end lies beyond the limit.

    The resamples of a file without a miss have none, but the interval allows for one.
    """
    o, at_choice = bound.objective, on_new_data(analysis, bound.objective, point)
    expected = point.figures[o.id] if at_choice is None else at_choice.expected
    ends = range_of(analysis, o, point)
    beyond = [end for end in ends if not math.isnan(end) and bound.is_met(end) != is_met]
    return max((share_beyond(bound.value, expected, end) for end in beyond), default=0.0)


def _decided_pick(analysis: Analysis, bound: Bound, point: OperatingPoint) -> bool:
    """Whether a limit is met and another point would have been picked without it."""
    reason = _pick_like(analysis, point)
    if reason is None or not bound.is_met(point.figures[bound.objective.id]):
        return False
    point, choice = reason
    # A compromise depends on the picks, and the limits may move these.
    if isinstance(choice, CompromiseChoice):
        return bound in choice.limits
    conditions = conditions_of(replace(choice, limits=()), analysis.evaluation)
    if bound.objective in [condition.objective for condition in conditions]:
        return True
    others = [limit for limit in choice.limits if limit != bound]
    if len(others) == len(choice.limits):
        return False
    best = pick(
        analysis.points, choice.objective, analysis.evaluation, bound=choice.bound, limits=others
    )
    return best is None or point_of(analysis.points, best.row).place != point.place


def share_above(short: Floats) -> float:
    """Share of the defined samples that miss a target; NaN if no sample is defined."""
    defined = ~np.isnan(short)
    return float((short[defined] > 0).mean()) if defined.any() else math.nan


NOTABLE = 0.1
"""Least difference between a figure in the file and the expected one that a sentence mentions.

It is a share of half the 95% interval.
"""


def expectation(
    analysis: Analysis, o: Objective, point: OperatingPoint, *, least: float = NOTABLE
) -> AtChoice | None:
    """Figure to expect of a picked point on new data.

    Parameters
    ----------
    least : float
        Least difference to the figure in this file, as a share of half the 95% interval.

    Returns
    -------
    AtChoice or None
        `None` if the difference is less than `least`, if no stakeholder would pick the point, or if the
        models were trained on the rows.
    """
    at_choice = on_new_data(analysis, o, point)
    if at_choice is None or analysis.held_out == "training":
        return None
    is_less = (
        abs(at_choice.expected - at_choice.value) < least * (at_choice.high - at_choice.low) / 2
    )
    return None if is_less else at_choice


def gap_against(selection: Selection, o: Objective, other: OperatingPoint) -> Gap | None:
    """Difference of the selected point to another on new data (`difference`)."""
    return difference(selection.analysis, o, selection.point, other)


def difference(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> Gap | None:
    """Paired difference of two points on new data, first minus second; `None` if unknown or slow.

    Every page shows this value for two points, whichever is selected. It allows for the choice of both.
    """
    if analysis.uncertainty is None or not o.has_interval:
        return None
    if _is_more_fixed(analysis, first, second):
        paired_gap = difference(analysis, o, second, first)
        return paired_gap and paired_gap.reversed()
    o = _against_today(analysis, o, second)
    if _is_cost_of_change(analysis, o, first, second):
        gain = difference(analysis, GAIN, first, second)
        return gain and replace(
            gain.reversed(), unit=o.unit, direction=o.direction, better=gain.better
        )
    optimism = optimism_of_difference(analysis, o, first, second)
    ends = (math.nan, math.nan)
    is_gap = o.is_against_today and analysis.is_current(second)
    if (is_gap or second.extreme) and not is_slow(analysis, o, first, second):
        constant = np.zeros(1) if is_gap else replicates(analysis, o, second)
        if np.ptp(constant) <= 1e-9 * abs(constant[0]):
            # The difference to a constant, such as the recall without checks, is as uncertain as the figure.
            low, high = range_of(analysis, o, first)
            ends = low - float(constant[0]), high - float(constant[0])
    paired_gap = _gap(analysis, o, first, second, optimism, ends)
    if paired_gap is not None and o.id in OF_MISSES and not math.isnan(paired_gap.better):
        # A point has the higher recall exactly in the resamples in which it has fewer misses.
        misses = difference(analysis, MISSED, first, second)
        return paired_gap if misses is None else replace(paired_gap, better=misses.better)
    return paired_gap


def _is_more_fixed(analysis: Analysis, first: OperatingPoint, second: OperatingPoint) -> bool:
    """Whether the first point varies less between samples than the second.

    A point that flags all units or none varies least, then the current system.
    """
    first_rank, second_rank = ((bool(p.extreme), analysis.is_current(p)) for p in (first, second))
    return first_rank > second_rank


def _is_cost_of_change(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> bool:
    """Whether a difference of costs is the change of revenue from the current system with another sign."""
    if o is not COST or GAIN.id not in analysis.objectives or not analysis.is_current(second):
        return False
    costs = first.figures[COST.id] - second.figures[COST.id]
    return analysis.scenario.payoff is None and bool(is_equal(costs, -first.figures[GAIN.id]))


def _against_today(analysis: Analysis, o: Objective, other: OperatingPoint) -> Objective:
    """Objective of a difference to the current system: for revenue, the change from the current system."""
    is_earned = o.id == "revenue" and analysis.is_current(other)
    return analysis.objectives.get("revenue_impact", o) if is_earned else o


def gap_to_pick(analysis: Analysis, stakeholder: Stakeholder, point: OperatingPoint) -> Gap | None:
    """Difference of a point to a stakeholder's pick (`difference`); `None` without pick."""
    best = stakeholder.pick
    if best is None:
        return None
    return difference(analysis, stakeholder.objective, point, point_of(analysis.points, best.row))


def _gap(
    analysis: Analysis,
    o: Objective,
    point: OperatingPoint,
    other: OperatingPoint,
    optimism: float,
    ends: tuple[float, float] = (math.nan, math.nan),
) -> Gap | None:
    result = gap(analysis, o, point, other, optimism=optimism)
    if result is None:
        return None
    if math.isnan(sum(ends)):
        # If the resamples do not vary, the interval is unknown.
        if result.high - result.low <= 1e-9 * abs(result.size):
            return result
        ends = shifted(result.low + optimism, result.high + optimism, optimism)
    is_nested = point.model == other.model and point.lower is other.lower is None
    if is_nested and o.id in FALLING_OR_RISING and result.size:
        # In every sample the higher threshold flags no more units, so that the sign is certain.
        clip = max if result.size > 0 else min
        ends = clip(ends[0], 0.0), clip(ends[1], 0.0)
    result = replace(result, low=ends[0], high=ends[1])
    is_reversed = result.size * (result.size + optimism) < 0
    if not is_reversed and not (
        result.chance is Chance.CLEAR and _are_few(analysis, o, point, other)
    ):
        return result
    # If the optimism reverses the sign of the difference, neither direction is clear.
    better = math.nan if is_reversed else result.better
    return replace(result, low=min(result.low, 0.0), high=max(result.high, 0.0), better=better)


def _are_few(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> bool:
    """Whether two points differ in too few units, or groups of units, for a clear difference."""
    if o.of_model or analysis.scenario.inspection is not None:
        return False
    first_counts, second_counts = (_by_bucket(analysis, point) for point in (first, second))
    missed, alarms = (a - b for a, b in zip(first_counts, second_counts, strict=True))
    if o is MISSED or o.id in OF_MISSES:
        return may_be_even(missed)
    # Any figure needs units that are flagged by only one of both.
    return may_be_even(alarms if o.id == "false_alarms" else np.abs(missed) + np.abs(alarms))


def _by_bucket_reads(analysis: Analysis, point: OperatingPoint) -> Hashable:
    return point.place, analysis.is_current(point), analysis.scenario.today


@part(reads=_by_bucket_reads, kind=Kind.PART)
def _by_bucket(analysis: Analysis, point: OperatingPoint) -> tuple[Floats, Floats]:
    """Missed defects and false alarms of a point, as observed in each bucket."""
    evaluation = analysis.evaluation
    if analysis.is_current(point):
        counts = evaluation.today_by_bucket
    else:
        m = 0 if point.model is None else evaluation.tally.index(point.model)
        counts = confusion_by_bucket(evaluation.tally, m, point.threshold)
    return np.asarray(counts.fn, np.float64), np.asarray(counts.fp, np.float64)


def chance_against(selection: Selection, o: Objective, other: OperatingPoint) -> Chance:
    """Whether the difference of the selected point to another may be chance."""
    gap = gap_against(selection, o, other)
    return Chance.UNKNOWN if gap is None else gap.chance


def _within_chance_reads(selection: Selection) -> Hashable:
    return selection.analysis.choices_key, selection.place


@part(reads=_within_chance_reads)
def within_chance(selection: Selection) -> frozenset[str]:
    """Objectives whose difference to the current system may be chance; empty if unknown.

    The stakeholders' objectives and those of the answer (`COMPARED`) are judged.
    """
    analysis = selection.analysis
    objectives = {o.id: o for o in (*(s.objective for s in analysis.stakeholders), *COMPARED)}
    figures = ((o, selection.point.figures.get(o.id, math.nan)) for o in objectives.values())
    return frozenset(
        o.id
        for o, selected in figures
        if not math.isnan(selected - (current := analysis.current.figures.get(o.id, math.nan)))
        and not is_equal(selected, current)
        and chance_against(selection, o, analysis.current) is Chance.POSSIBLE
    )


def choice_of_chosen(selection: Selection) -> Choice | CompromiseChoice | None:
    """How the selected point was picked; `None` if no stakeholder would pick it.

    A point of the same model that misses as many defects as a pick is treated like this pick.
    """
    reason = _pick_like(selection.analysis, selection.point)
    return None if reason is None else reason[1]


Reason = tuple[OperatingPoint, Choice | CompromiseChoice]
"""A point that a stakeholder may have picked, and the choice that picks it."""


def _pick_like(analysis: Analysis, point: OperatingPoint) -> Reason | None:
    """Pick of the same model with as many missed defects as a point; `None` if there is none.

    The intervals of the point allow for the choice of this pick: the interval of the misses is the same at
    both thresholds. The current system was not chosen on these rows, unless a stakeholder picks it.
    """
    if point.model is None or point.lower is not None:
        return None
    reason = _reasons(analysis).get((point.model, point.fn))
    if reason is not None and reason[0].place != point.place and analysis.is_current(point):
        return None
    return reason


def _picks_read(analysis: Analysis) -> Hashable:
    return analysis.picks_key, analysis.weights


@part(reads=_picks_read)
def _reasons(analysis: Analysis) -> Mapping[tuple[str, float], Reason]:
    """First point that a stakeholder may have picked, with its choice, by model and number of misses."""
    reasons: dict[tuple[str, float], Reason] = {}
    for at, choice in _choices(analysis).items():
        point = at_or_above(analysis.points, analysis.evaluation, at)
        if point is not None:
            reasons.setdefault((at.model, point.fn), (point, choice))
    return reasons


@part(reads=_picks_read)
def picked(analysis: Analysis) -> tuple[Point, ...]:
    """Points whose intervals allow for a choice once they are selected.

    These are the picks, and points of the same model that miss as many defects as a pick.
    """
    points, current = analysis.points, analysis.current
    models, missed = points["model"], points["fn"]
    is_like = np.zeros(len(points), np.bool_)
    for model, fn in _reasons(analysis):
        is_like |= ((models == model) & (missed == fn)).to_numpy()
    # Only points with the counts of the current system need the slower `_pick_like`.
    is_open = ((missed == current.fn) & (points["fp"] == current.fp)).to_numpy()
    points_found = [*_choices(analysis)]
    rows = np.flatnonzero(is_like)
    places = zip(rows.tolist(), models.iloc[rows], points["threshold"].iloc[rows], strict=True)
    for k, model, threshold in places:
        if not is_open[k] or _pick_like(analysis, OperatingPoint.from_points(points, k)):
            points_found.append(Point(str(model), float(threshold)))
    return tuple(dict.fromkeys(points_found))


@part(reads=_picks_read)
def _choices(analysis: Analysis) -> Mapping[Point, Choice | CompromiseChoice]:
    """Points that a stakeholder may have picked, with the choice that picks each.

    If several choices pick a point, the first one counts.
    """
    candidates: list[tuple[Pick | OperatingPoint | None, Choice | CompromiseChoice]] = []
    # If no point meets the limits, the page opens on the cheapest of all points.
    limits = analysis.limits if meets_all(analysis.points, analysis.limits).any() else ()
    cheapest = pick(analysis.points, COST, analysis.evaluation, limits=limits)
    choice = Choice(COST, models=analysis.models)
    candidates.append((cheapest, _with_binding_limits(analysis, choice, cheapest)))
    ranking = [s for s in analysis.stakeholders if s.objective.of_model]
    for s in analysis.stakeholders:
        if s not in ranking:
            candidates.append((s.pick, _choice_of(analysis, s)))
    weighted_choices = [
        (_choice_of(analysis, s), weight)
        for s, weight in zip(analysis.stakeholders, analysis.weights, strict=True)
        if s.pick is not None
    ]
    if any(weight > 0 for _, weight in weighted_choices):
        picks, weights = zip(*weighted_choices, strict=True)
        compromise = CompromiseChoice(picks, limits, weights, analysis.models)
        candidates.append((compromise_of(analysis).point, compromise))
    for s in ranking:
        candidates.append((s.pick, _choice_of(analysis, s)))
        best = pick(analysis.points, s.objective, analysis.evaluation, bound=s.bound)
        candidates.append((best, Choice(s.objective, s.bound, (), analysis.models)))
    o, best = best_of_current_model(analysis)
    if best is not None and best.threshold != analysis.current.threshold:
        candidates.append((best, Choice(o, models=(best.model,))))
    by_point: dict[Point, Choice | CompromiseChoice] = {}
    for point, rule in candidates:
        if point is not None and point.model is not None:
            by_point.setdefault(Point(str(point.model), point.threshold), rule)
    return by_point


@part(reads=lambda analysis: analysis.picks_key)
def best_of_current_model(analysis: Analysis) -> tuple[Objective, Pick | None]:
    """Best point of the current system's model; `None` without such a model.

    The best is judged by revenue if there are prices, otherwise by the cost of errors.
    """
    o = GAIN if analysis.scenario.payoff is not None and GAIN.id in analysis.objectives else COST
    model = analysis.current.model
    if model not in analysis.models:
        return o, None
    return o, pick(analysis.points_of(str(model)), o, analysis.evaluation)


def _choice_of(analysis: Analysis, stakeholder: Stakeholder) -> Choice:
    """Choice that picks the best point for a stakeholder, without limits if these do not affect the pick."""
    choice = Choice(stakeholder.objective, stakeholder.bound, models=analysis.models)
    return _with_binding_limits(analysis, choice, stakeholder.pick)


def _with_binding_limits(analysis: Analysis, choice: Choice, current_pick: Pick | None) -> Choice:
    """A choice with the limits of the meeting if it picks another point without them.

    Limits that change no pick then change no interval.
    """
    if not analysis.limits:
        return choice
    unlimited = pick(analysis.points, choice.objective, analysis.evaluation, bound=choice.bound)
    is_same = (
        unlimited is not None and current_pick is not None and unlimited.row == current_pick.row
    )
    return choice if is_same else replace(choice, limits=analysis.limits)


def _optimism(
    analysis: Analysis, choice: Choice | CompromiseChoice, o: Objective, point: OperatingPoint
) -> float:
    """Optimism of a figure at a point that is picked by a choice."""
    shown = objectives_shown(analysis)
    objectives = shown if o in shown else (o,)
    return _optimism_at(analysis, choice, objectives, place_of(analysis, point))[o.id]


@part(reads=lambda analysis, *of: (analysis.intervals_key, of))
def _optimism_at(
    analysis: Analysis,
    choice: Choice | CompromiseChoice,
    objectives: tuple[Objective, ...],
    at: tuple[int, int] | None,
) -> dict[str, float]:
    few = analysis.bootstrap.part(0, FOR_A_MEAN)
    by_objective = optimism_by_replicate(
        few, _replicate_choices(analysis, choice), objectives, at=at
    )
    return {name: mean_over_replicates(by_replicate) for name, by_replicate in by_objective.items()}


def objectives_shown(analysis: Analysis) -> tuple[Objective, ...]:
    """Objectives whose figures the Decide page shows. Their optimism is computed together."""
    objectives = [s.objective for s in analysis.stakeholders]
    objectives += [o for s in objectives if (o := OBJECTIVES.get(s.in_proportion)) is not None]
    objectives += [
        OBJECTIVES[name] for name in ("missed_defects", "false_alarms", "recall", "share_flagged")
    ]
    for bound in analysis.limits:
        o = bound.objective
        objectives += [o, GAIN] if o.compute is revenue_impact_percent else [o]
    known = analysis.objectives
    are_picked = (o for o in objectives if o.id in known and not (o.is_slow or o.of_model))
    return tuple({o.id: o for o in are_picked}.values())


@part(reads=lambda analysis, choice: (analysis.choices_key, choice))
def _replicate_choices(analysis: Analysis, choice: Choice | CompromiseChoice) -> ReplicateChoices:
    """Points that a choice picks in the first resamples; without limits if no point meets them."""
    cached = _choices_in_replicates(analysis)
    if choice in cached:
        return cached[choice]
    few = analysis.bootstrap.part(0, FOR_A_MEAN)
    return limits_aside_where_needed(few, [choice])[0]


@part(reads=lambda analysis: analysis.choices_key)
def _choices_in_replicates(
    analysis: Analysis,
) -> dict[Choice | CompromiseChoice, ReplicateChoices]:
    """The choices of all picks, repeated together: a compromise repeats those of the stakeholders anyway."""
    few = analysis.bootstrap.part(0, FOR_A_MEAN)
    choices = list(dict.fromkeys(_choices(analysis).values()))
    return dict(zip(choices, limits_aside_where_needed(few, choices), strict=True))
