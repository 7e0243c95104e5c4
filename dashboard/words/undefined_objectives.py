"""Words for objectives that are undefined, and for limits on them that cannot be judged: the reasons."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.undefined_objectives import Undefined, why_undefined
from dashboard.words.limits.limit_names import limit_figure
from dashboard.words.names import current_system, loss_words
from metrics import OBJECTIVES, Bound

WHY_UNDEFINED = {
    Undefined.SERVING: "until all that it takes is given under “Serving”",
    Undefined.INSPECTORS: "where people inspect",
    Undefined.DATA: "for this data",
}


def reason_words(analysis: Analysis, name: str) -> str:
    """Reason why an objective is undefined."""
    reason = why_undefined(analysis, OBJECTIVES[name])
    if reason is Undefined.CURRENT_REVENUE:
        return f"here, since {_no_current_revenue(analysis)}"
    return WHY_UNDEFINED[reason]


def not_judged_sentence(analysis: Analysis, bound: Bound) -> str:
    """Sentence that a limit on an undefined objective cannot be judged, with the way out if there is one."""
    o = bound.objective
    if why_undefined(analysis, o) is not Undefined.CURRENT_REVENUE:
        return f"The limit on {o.label} cannot be judged: it is undefined {reason_words(analysis, o.id)}."
    target = limit_figure(bound, analysis.scenario)
    way_out = "" if analysis.scenario.payoff is None else " Set a target in money."
    return f"The target {target} cannot be judged: {_no_current_revenue(analysis)}.{way_out}"


def _no_current_revenue(analysis: Analysis) -> str:
    """Reason why a change has no figure in per cent: ``today’s system makes a loss``."""
    if analysis.scenario.payoff is None:
        return "no prices are entered"
    return f"{current_system(analysis.scenario)} {loss_words(analysis.scenario, analysis.current_revenue)}"
