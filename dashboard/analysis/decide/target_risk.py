"""Risk that the selected point misses a stakeholder's target on new data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dashboard.analysis.analysis import Analysis, Stakeholder, defect_rate_of
from dashboard.analysis.cache import part
from dashboard.analysis.certified import certified, standing_of
from dashboard.analysis.differences import difference_in_samples
from dashboard.analysis.limits_missed import limits_missed, share_above, shortfall_in_samples
from dashboard.analysis.optimism import expectation, range_of
from dashboard.analysis.picked_points import GAIN
from dashboard.analysis.resampled_figures import interval, replicates
from dashboard.analysis.selection import Selection
from metrics import OBJECTIVES, Bound, Objective, Unit
from metrics.evaluation.break_even_defect_rate import break_even_defect_rate
from metrics.evaluation.confusion import Confusion
from metrics.inference.certainty import NOT_KNOWN, RARELY, LimitsMissed
from metrics.inference.certificates.certification import Certification, Standing
from metrics.inference.choice.optimism import AtChoice
from metrics.inference.confidence_level import TAIL
from metrics.tally.kernel import Floats

PERCENT = OBJECTIVES["revenue_impact_percent"]
MOST_PERCENT = 300.0
"""Largest gain in per cent of the current revenue that is shown in per cent."""
LEAST_REVENUE = 0.25
"""Least lower end of the current revenue's interval for gains in per cent, as a share of the revenue."""


@part(reads=lambda analysis: analysis.intervals_key)
def has_steady_percent(analysis: Analysis) -> bool:
    """Whether the current revenue is large and certain enough for gains in per cent of it."""
    gain = analysis.proposed.figures.get(PERCENT.id, math.nan)
    if gain > MOST_PERCENT:
        return False
    if analysis.uncertainty is None:
        return True
    low, _ = interval(analysis, OBJECTIVES["revenue"], analysis.current)
    return not low < LEAST_REVENUE * analysis.current_worth


@dataclass(frozen=True)
class Shortfall:
    """Mean shortfall of the resamples that miss a target.

    Attributes
    ----------
    objective : Objective
        Objective that the shortfall is measured in.
    target, figure : float
        Mean target and mean figure over these resamples.
    """

    objective: Objective
    target: float
    figure: float


@dataclass(frozen=True)
class BreakEvenRate:
    """Defect rate at which the threshold of the selected point just meets a target.

    Attributes
    ----------
    rate : float
    assumed : float
        Defect rate of the scenario.
    is_met : bool
        Whether the target is met at the assumed rate.
    """

    rate: float
    assumed: float
    is_met: bool


@dataclass(frozen=True)
class TargetRisk:
    """Risk that the selected point misses a stakeholder's target.

    Attributes
    ----------
    objective : Objective
        Objective of the target: the stakeholder's, or the same in per cent.
    limit : Bound or None
        Limit that sets the target. `None` without such a limit: the target is then the current figure.
    missed : LimitsMissed
        How often the resamples miss the target.
    is_met : bool
        Whether the target is met in this file.
    shortfall : Shortfall or None
        `None` if no resample misses the target.
    shown : Objective
        Objective of the next figures: `objective`, or money if gains in per cent are not steady.
    figure, low, high : float
        Figure of the selected point and its 95% interval on new data.
    expected : AtChoice or None
        Figure to expect on new data.
    certified, uncertified : Certification or None
        Certification of a limit that is certified at the selected point, and of one that is hardly ever
        missed and yet not certified; otherwise `None`.
    break_even : BreakEvenRate or None
        Defect rate at which a target in per cent is just met; `None` for other targets.
    """

    objective: Objective
    limit: Bound | None
    missed: LimitsMissed
    is_met: bool
    shortfall: Shortfall | None
    shown: Objective
    figure: float
    low: float
    high: float
    expected: AtChoice | None
    certified: Certification | None
    uncertified: Certification | None
    break_even: BreakEvenRate | None

    @property
    def is_against_current(self) -> bool:
        """Whether the target is the current figure."""
        return self.limit is None or self.limit.asks_for_current_level


def target_risk(selection: Selection, stakeholder: Stakeholder) -> TargetRisk | None:
    """Risk that the selected point misses a stakeholder's target; `None` without intervals."""
    analysis, point, wanted = selection.analysis, selection.point, stakeholder.objective
    if analysis.uncertainty is None:
        return None
    limit = next(
        (b for b in analysis.limits if b.objective.id in (wanted.id, wanted.in_proportion)), None
    )
    is_current_level = limit is None or limit.asks_for_current_level
    o = wanted if limit is None or is_current_level else limit.objective
    is_per_cent = o.unit is Unit.PERCENT and o.is_against_current
    bound = limit
    if bound is None and o.is_against_current:
        bound = Bound(GAIN if is_per_cent else o, 0.0)
    shortfalls = _shortfalls(selection, o, bound)
    if shortfalls is None:
        return None
    shortfall, aim, missed = shortfalls
    value = point.figures.get(o.id, math.nan)
    target = analysis.current.figures.get(o.id, math.nan) if limit is None else limit.value
    loss = o.direction.loss(np.array([value, target]))
    shown = o
    if is_per_cent and not has_steady_percent(analysis):
        shown = analysis.objectives.get(GAIN.id, GAIN)
    low, high = range_of(analysis, shown, point)
    certification, standing = None, Standing.NOT_MET
    if limit is not None and not is_current_level and not missed.exceeds(RARELY):
        certification, standing = _certification(selection, limit)
    is_explained = standing is Standing.MET and missed.share <= TAIL
    return TargetRisk(
        objective=o,
        limit=limit,
        missed=missed,
        is_met=bool(loss[0] <= loss[1]),
        # The shortfall of a target in per cent is in money, as in `shortfall_in_samples`.
        shortfall=_shortfall(GAIN, shortfall, np.zeros(()))
        if is_per_cent
        else _shortfall(o, shortfall, aim),
        shown=shown,
        figure=point.figures[shown.id],
        low=low,
        high=high,
        expected=expectation(analysis, shown, point),
        certified=certification if standing is Standing.CERTIFIED else None,
        uncertified=certification if is_explained else None,
        break_even=_break_even(selection, limit) if limit is not None and is_per_cent else None,
    )


def _shortfalls(
    selection: Selection, o: Objective, bound: Bound | None
) -> tuple[Floats, Floats, LimitsMissed] | None:
    """Shortfall from a target in each resample, the target, and how often the resamples miss it.

    Parameters
    ----------
    bound : Bound or None
        `None` for a target that is the current figure of the objective.
    """
    analysis, point = selection.analysis, selection.point
    if bound is not None:  # so that the share equals the one in the status of the limits
        short = shortfall_in_samples(analysis, bound, point)
        aim: Floats = np.asarray(bound.value)
        missed = limits_missed(analysis, [bound], point)
    else:
        ahead = difference_in_samples(analysis, o, point, analysis.current)
        aim = replicates(analysis, o, analysis.current)
        short = None if ahead is None else o.direction.loss(ahead)
        missed = NOT_KNOWN if short is None else LimitsMissed(share_above(short))
    return None if short is None or missed.is_unknown else (short, aim, missed)


def _shortfall(o: Objective, short: Floats, aim: Floats) -> Shortfall | None:
    missed = short > 0
    if not missed.any():
        return None
    target = float(np.broadcast_to(aim, short.shape)[missed].mean())
    return Shortfall(o, target, target + float(o.direction.loss(short[missed]).mean()))


def _certification(selection: Selection, bound: Bound) -> tuple[Certification | None, Standing]:
    """Certification of a limit alone, and its standing at the selected point."""
    certification = certified(selection.analysis, (bound,))
    if certification is None:
        return None, Standing.NOT_MET
    return certification, standing_of(selection.analysis, certification, (bound,), selection.point)


def _break_even(selection: Selection, target: Bound) -> BreakEvenRate | None:
    analysis = selection.analysis
    scenario = analysis.scenario
    if scenario.payoff is None or scenario.inspection is not None:
        return None
    point, current = (
        Confusion(*np.array(list(p.counts.values()))) for p in (selection.point, analysis.current)
    )
    rate = break_even_defect_rate(point, current, scenario, target.value)
    if math.isnan(rate):
        return None
    return BreakEvenRate(rate, defect_rate_of(analysis), target.is_met_at(selection.point))
