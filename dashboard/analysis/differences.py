"""Differences of two operating points on new data, and whether a difference may be chance."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import Kind, part
from dashboard.analysis.optimism import optimism_of, range_of
from dashboard.analysis.picked_points import COST, GAIN, is_best_of_its_model, pick_like
from dashboard.analysis.rankings import could_rank_alike
from dashboard.analysis.resampled_figures import COMPARED, gap, is_slow, replicates
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Objective, OperatingPoint
from metrics.evaluation.confusion import errors_by_bucket
from metrics.inference.choice.optimism import shifted
from metrics.inference.comparison.paired_difference import Chance, PairedDifference, may_be_even
from metrics.inference.samples_on_new_data import samples_in_interval
from metrics.inference.share_intervals import count_interval
from metrics.selection.ties import is_equal
from metrics.tally.kernel import Floats

MISSED = OBJECTIVES["missed_defects"]
OF_MISSES = {"recall", "missed_defects_per_1000_defects", "missed_defects_per_1000_units"}
"""Objectives that are better at the point with fewer missed defects, in any sample."""
OF_DEFECTS = {"recall", "missed_defects_per_1000_defects"}
"""Objectives that are shares of the defects."""
FALLING_OR_RISING = {MISSED.id, *OF_MISSES, "false_alarms", "share_flagged"}
"""Objectives whose figures only fall, or only rise, as the threshold of a model rises."""


def difference(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> PairedDifference | None:
    """Paired difference of two points on new data, first minus second; `None` if unknown or slow.

    Every page shows this value for two points, whichever is selected. It allows for the choice of both. In an
    objective that ranks models, a difference is clear only if it is with all models judged at once.
    """
    if analysis.uncertainty is None or not o.has_interval:
        return None
    if _is_more_fixed(analysis, first, second):
        paired_gap = difference(analysis, o, second, first)
        return paired_gap and paired_gap.reversed()
    o = _against_current(analysis, o, second)
    if _is_cost_of_change(analysis, o, first, second):
        gain = difference(analysis, GAIN, first, second)
        return gain and replace(
            gain.reversed(), unit=o.unit, direction=o.direction, better=gain.better
        )
    paired_gap = _paired_gap(analysis, o, first, second)
    if paired_gap is not None and o.id in OF_MISSES and not math.isnan(paired_gap.better):
        # A point has the higher recall exactly in the resamples in which it has fewer misses.
        misses = difference(analysis, MISSED, first, second)
        return paired_gap if misses is None else replace(paired_gap, better=misses.better)
    return paired_gap


def chance_of_difference(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> Chance:
    """Whether the difference of two points (`difference`) may be chance."""
    paired_gap = difference(analysis, o, first, second)
    return Chance.UNKNOWN if paired_gap is None else paired_gap.chance


def difference_in_samples(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> Floats | None:
    """Difference of two points in samples of new data, shape (R,); `None` if it is unknown or slow.

    The samples agree with the interval of the difference, if it has one.
    """
    if analysis.uncertainty is None or not o.has_interval or is_slow(analysis, o, first):
        return None
    drawn = replicates(analysis, o, first) - replicates(analysis, o, second)
    judged = difference(analysis, o, first, second)
    return (
        drawn
        if judged is None
        else samples_in_interval(drawn, judged.size, judged.low, judged.high)
    )


@part(reads=lambda selection: (selection.analysis.choices_key, selection.place))
def differences_within_chance(selection: Selection) -> frozenset[str]:
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
        and chance_of_difference(analysis, o, selection.point, analysis.current) is Chance.POSSIBLE
    )


def _optimism_of_difference(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> float:
    """Optimism of the first point's figure minus that of the second.

    The optimism is 0 if both points are the same on any data. It is also taken as 0 between a pick and
    another model's cheapest point or best for a stakeholder, since both were found on these rows.
    """
    both = first, second
    is_same = first.model == second.model and (o.of_model or first.place == second.place)
    if is_same or all(map(analysis.is_current, both)):
        return 0.0
    # The current system was chosen before these rows were seen.
    others = (p for p in both if pick_like(analysis, p) is None and not analysis.is_current(p))
    if any(is_best_of_its_model(analysis, p) for p in others):
        return 0.0
    return optimism_of(analysis, o, first) - optimism_of(analysis, o, second)


def _is_more_fixed(analysis: Analysis, first: OperatingPoint, second: OperatingPoint) -> bool:
    """Whether the first point varies less between samples than the second.

    A point that flags all units or none varies least, then the current system.
    """
    first_rank, second_rank = ((bool(p.extreme), analysis.is_current(p)) for p in (first, second))
    return first_rank > second_rank


def _is_cost_of_change(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> bool:
    """Whether a difference of costs is the change of revenue from the current system, with opposite sign."""
    if o is not COST or GAIN.id not in analysis.objectives or not analysis.is_current(second):
        return False
    costs = first.figures[COST.id] - second.figures[COST.id]
    return analysis.scenario.payoff is None and bool(is_equal(costs, -first.figures[GAIN.id]))


def _against_current(analysis: Analysis, o: Objective, other: OperatingPoint) -> Objective:
    """Objective of a difference to the current system: for revenue, the change from the current system."""
    is_earned = o.id == "revenue" and analysis.is_current(other)
    return analysis.objectives.get("revenue_impact", o) if is_earned else o


def _paired_gap(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> PairedDifference | None:
    optimism = _optimism_of_difference(analysis, o, first, second)
    result = gap(analysis, o, first, second, optimism=optimism)
    if result is None:
        return None
    ends = _interval_to_constant(analysis, o, first, second)
    is_one_sided = _is_nested(o, first, second) and result.size + optimism != 0
    if math.isnan(sum(ends)) and is_one_sided:
        ends = _interval_between_thresholds(analysis, o, first, second, optimism)
    if math.isnan(sum(ends)):
        # If the resamples do not vary, the interval is unknown.
        if result.high - result.low <= 1e-9 * abs(result.size):
            return result
        ends = shifted(result.low + optimism, result.high + optimism, optimism)
    better = result.better
    if is_one_sided:
        # In every sample the higher threshold flags no more units, so that the sign is certain.
        clip = max if result.size > 0 else min
        ends = clip(ends[0], 0.0), clip(ends[1], 0.0)
        better = float(o.direction.loss(np.array(result.size)) < 0)
    result = replace(result, low=ends[0], high=ends[1], better=better)
    is_reversed = result.size * (result.size + optimism) < 0
    is_open = result.chance is Chance.CLEAR and not is_one_sided
    may_be_even = _are_few if not o.of_model else could_rank_alike
    if not is_reversed and not (is_open and may_be_even(analysis, o, first, second)):
        return result
    # If the optimism reverses the sign of the difference, neither direction is clear.
    better = math.nan if is_reversed else result.better
    return replace(result, low=min(result.low, 0.0), high=max(result.high, 0.0), better=better)


def _is_nested(o: Objective, first: OperatingPoint, second: OperatingPoint) -> bool:
    """Whether both points are thresholds of a model, and the objective counts the units between them."""
    is_one_model = first.model == second.model and first.lower is second.lower is None
    return is_one_model and o.id in FALLING_OR_RISING


def _interval_between_thresholds(
    analysis: Analysis,
    o: Objective,
    first: OperatingPoint,
    second: OperatingPoint,
    optimism: float,
) -> tuple[float, float]:
    """Interval of the difference of two thresholds of a model: that of the number of units between them.

    The optimism changes the number in proportion, so that no end crosses 0. NaN for both classes at a set
    defect rate, where the difference is no number of units.
    """
    is_rate_set = analysis.scenario.defect_rate is not None
    (missed, alarms), (missed_by_second, alarms_of_second) = (
        _by_bucket(analysis, point) for point in (first, second)
    )
    defects, goods = np.abs(missed - missed_by_second), np.abs(alarms - alarms_of_second)
    of_defects: bool | None = o.id in {MISSED.id, *OF_MISSES}
    units = defects if of_defects else goods
    if o.id == "share_flagged":
        if is_rate_set:
            return math.nan, math.nan
        of_defects, units = None, defects + goods
    bootstrap, count = analysis.bootstrap, np.array([units.sum()])
    ends = count_interval(
        bootstrap,
        count,
        bootstrap.drawn.sums(units[:, None]),
        of_defects=of_defects,
        within_class=o.id in OF_DEFECTS or is_rate_set,
    )
    size = first.figures[o.id] - second.figures[o.id]
    low, high = shifted(1.0, 1.0, optimism / size)
    low, high = (low * ends.low / count).item() * size, (high * ends.high / count).item() * size
    return min(low, high), max(low, high)


def _interval_to_constant(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> tuple[float, float]:
    """Interval of a difference to a figure that is the same in all samples; NaN if it is not the same.

    Such a figure is the recall without checks. The difference is then as uncertain as the first figure.
    """
    is_against_itself = o.is_against_current and analysis.is_current(second)
    if not (is_against_itself or second.extreme):
        return math.nan, math.nan
    constant = np.zeros(1) if is_against_itself else replicates(analysis, o, second)
    if np.ptp(constant) > 1e-9 * abs(constant[0]):
        return math.nan, math.nan
    low, high = range_of(analysis, o, first)
    return low - float(constant[0]), high - float(constant[0])


def _are_few(
    analysis: Analysis, o: Objective, first: OperatingPoint, second: OperatingPoint
) -> bool:
    """Whether two points differ in too few units, or groups of units, for a clear difference."""
    if analysis.scenario.inspection is not None:
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
        counts = evaluation.current_by_bucket
        return np.asarray(counts.fn, np.float64), np.asarray(counts.fp, np.float64)
    m = 0 if point.model is None else evaluation.tally.index(point.model)
    return errors_by_bucket(evaluation.tally, m, point.threshold)
