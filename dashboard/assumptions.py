"""What the figures of a decision rest on, in words."""

from __future__ import annotations

from dashboard.decision import Decision
from metrics import OBJECTIVES, Bound, ScoreError, scenario_from
from metrics.phrases import subject, wanted
from metrics.wording import MINUS

PAYOFFS = {
    "ship_good": "good unit shipped",
    "reject_good": "good unit held back",
    "ship_defect": "defect shipped",
    "reject_defect": "defect held back",
}


def payoffs(d: Decision) -> str:
    """What a unit earns, or what stands in for it."""
    miss, given = d.scenario.get("miss_cost", 5), d.scenario.get("payoff")
    if not given:
        return f"none given: a good unit shipped counts 1, a miss {miss:,.10g}"
    # Where nobody has said what a shipped defect costs, the price of a miss stands for it.
    every = {name: given.get(name) for name in PAYOFFS} | {"ship_defect": -miss} | dict(given)
    said = []
    for name, value in every.items():
        if isinstance(value, int | float):
            amount = f"{MINUS if value < 0 else ''}{abs(value):,.10g}"
            unit = d.scenario.get("currency", "")
            said.append(f"{PAYOFFS.get(name, name)} {amount} {unit}".rstrip())
    return ", ".join(said)


def limits(d: Decision) -> str:
    """The limits in force, as the page words them; a bare number where this version cannot word one.

    A record outlives the version that made it: an objective of somebody's own, or a scenario with keys
    that are not known here, must not keep the rest of its report from being read.
    """
    try:
        scenario = scenario_from(d.scenario)
    except ScoreError:
        scenario = None
    said = []
    for name, value in d.scenario.get("limits", {}).items():
        o = OBJECTIVES.get(name)
        if o is None or scenario is None:
            said.append(f"{name} {value:,.10g}")
        else:
            said.append(f"{subject(o)} {wanted(Bound(o, float(value)), scenario)}")
    return ", ".join(said) or "none"
