"""Words for the cost curves: at which cost of a miss or defect rate another model would be the cheapest."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.models.cost_curves import interval_at
from dashboard.words.limits.limit_names import ignoring_limits
from dashboard.words.names import Names
from dashboard.words.numbers.amounts import digits, entered, to_digits
from dashboard.words.phrases import FLAGGING, capital, joined
from metrics.selection.cost_curve import CostCurve, CostCurveInterval, Segment, intervals_by_model

ALONG_COST = {
    False: "false alarms that a miss costs",
    True: "false alarms that a miss costs on average",
}
"""Title of the axis of the cost of a miss, by whether the cost is an average over the kinds of defects."""
ALONG_RATE = "defects in production"
"""Title of the axis of the defect rate."""
DIGITS = 2
"""Significant digits of the end of an interval. A narrow interval has more."""


def cost_curves_question(analysis: Analysis) -> str:
    """Question that the two cost curves answer. They ignore limits and inspectors."""
    alone = "" if analysis.scenario.inspection is None else "without inspectors"
    ignored = [f", {words}" for words in (ignoring_limits(analysis.limits), alone) if words]
    return f"When would another model win{''.join(ignored)}?"


COST_CURVES_NOTE = (
    "Each model at its own best threshold, which changes at the stripes; hover for it."
)
"""Note below the two cost curves."""


def strip_alt(title: str, intervals: Sequence[tuple[str, str]]) -> str:
    """Alternative text of a cost curve, from names and ranges of its intervals."""
    models = "; ".join(f"{name} from {ends}" for name, ends in intervals)
    return f"The cheapest model by {title}: {models}"


def cheapest_sentence(
    cost_curve: CostCurve,
    miss_cost: float,
    names: Names,
    *,
    is_average: bool = False,
    tied: Sequence[str] = (),
    is_significant: bool = True,
) -> str:
    """Sentence about the cheapest model, and the costs of a miss at which it stays the cheapest.

    Parameters
    ----------
    cost_curve : CostCurve
        Cheapest models along the cost of a miss.
    is_average : bool
        Whether the cost of a miss is an average over the kinds of defects.
    tied : sequence of str
        Other models that cost as little at `miss_cost`.
    is_significant : bool
        Whether the other models are significantly more expensive.

    Notes
    -----
    An end of the range is named if another model is cheaper beyond it. Flagging nothing or everything does
    not count as a model.
    """
    intervals, k = intervals_by_model(cost_curve), interval_at(cost_curve, miss_cost)
    interval = intervals[k]
    has_below = k > 0 and intervals[k - 1].extreme is None
    has_above = k + 1 < len(intervals) and intervals[k + 1].extreme is None
    name = cheapest_name(interval, names)
    is_cheapest = "is cheapest" if is_significant else "seems cheapest in this file"
    if interval.extreme is not None:
        name = capital(name)
    elif len(interval.models) > 1:
        is_cheapest = "tie as the cheapest"
    low, high = interval_ends(interval, share=False)
    # An end below 1 is left out, since readers assume that a miss costs at least a false alarm.
    if has_below and has_above and (interval.low >= 1 or miss_cost < 1):
        ends = f"{low} to {high}"
    else:
        ends = f"up to {high}" if has_above else f"at least {low}"
    where = f"a miss costs{' on average' if is_average else ''}"
    reach = f"while {where} {ends} false alarms" if has_below or has_above else f"whatever {where}"
    level = joined([names.model(model) for model in tied]) if tied else ""
    also = f", where {level} cost{'s' if len(tied) == 1 else ''} as little" if tied else ""
    return f"{name} {is_cheapest} {reach} (now {entered(miss_cost)}{also})"


def interval_ends(interval: CostCurveInterval | Segment, *, share: bool) -> tuple[str, str]:
    """Words for the ends of an interval, both rounded inwards.

    Parameters
    ----------
    share : bool
        Whether the ends are shares, written in per cent.
    """
    for most in range(DIGITS, 8):
        low = to_digits(interval.low, most, up=True)
        if low < to_digits(interval.high, most, up=False):
            break
    write = rate_value if share else cost_value
    return write(interval.low, most, up=True), write(interval.high, most, up=False)


def ranges_words(intervals: Sequence[CostCurveInterval], *, share: bool) -> str:
    """Ranges along which a model is the cheapest: ``1 to 2, 3 to 4``; `share` as in `interval_ends`."""
    return ", ".join(" to ".join(interval_ends(interval, share=share)) for interval in intervals)


def cost_value(value: float, most: int = DIGITS, *, up: bool | None = None) -> str:
    """Cost of a miss on the axis of a cost curve; the parameters are those of `digits`."""
    return digits(value, most, up=up)


def rate_value(value: float, most: int = DIGITS, *, up: bool | None = None) -> str:
    """Defect rate on the axis of a cost curve, in per cent; the parameters are those of `digits`."""
    return f"{digits(100 * value, most, up=up)}%"


def cheapest_name(interval: CostCurveInterval, names: Names) -> str:
    """Cheapest models of an interval, within a sentence."""
    if interval.extreme is not None:
        return FLAGGING[interval.extreme]
    return joined([names.model(model) for model in interval.models])


def stays_cheapest_words(holds: Segment, decisive: str = "") -> str:
    """Sentence about the prices of a miss at which the same point stays the cheapest.

    Parameters
    ----------
    decisive : str
        Name of the limits, if the point stays the cheapest only because of them.
    """
    low, high = interval_ends(holds, share=False)
    why = f": the {decisive} decide{'' if decisive.endswith('s') else 's'}" if decisive else ""
    return f"From {low} to {high} this model and threshold stay the cheapest{why}."
