"""Sentences at the top of a page: choices that the data cannot give, and too few defects."""

from __future__ import annotations

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.notices import Unavailable, Undefined, scarcities_of
from dashboard.words.names import Names
from dashboard.words.numbers import price_size, threshold
from dashboard.words.phrases import capital, scarcity_words
from metrics import Objective
from metrics.errors import counted

WHY_UNDEFINED = {
    Undefined.SERVING: "until all that it takes is given under “Serving”",
    Undefined.CURRENT_REVENUE: "here, since today’s system earns nothing to compare with",
    Undefined.INSPECTORS: "where people inspect",
    Undefined.DATA: "for this data",
}


def unavailable_words(found: Unavailable, names: Names) -> tuple[str, ...]:
    """A sentence for each choice that the data cannot give."""
    lines = [f"There is no model {model!r} in this data." for model in found.unknown]
    lines += [f"{model} was chosen and is hidden." for model in found.hidden]
    if found.is_all_hidden:
        lines.append("Every model was hidden; all are shown.")
    lines += [
        f"{capital(o.label)} is undefined {WHY_UNDEFINED[why]}; cost of errors is shown instead."
        for o, why in found.objectives
    ]
    lines += [f"{_not_judged(*bound)} The default limit applies." for bound in found.bounds]
    lines += [_not_judged(*limit) for limit in found.limits]
    if found.is_without_kinds:
        lines.append(
            "This data does not say of which kind a defect is, so every miss costs the same."
        )
    if found.inspections_a_day is not None:
        lines.append(
            f"The limit of inspections, {price_size(found.inspections_a_day)} a day, has no effect until the "
            "units a year are entered."
        )
    if (moved := found.moved) is not None:
        lines.append(
            f"This tally does not count {names.model(moved.model)} at {threshold(moved.asked)}. "
            f"Today’s system is shown at its nearest threshold, {threshold(moved.counted)}; at most "
            f"{counted(moved.units, 'unit')} would be flagged differently."
        )
    return tuple(lines)


def _not_judged(objective: Objective, why: Undefined) -> str:
    return f"The limit on {objective.label} cannot be judged: it is undefined {WHY_UNDEFINED[why]}."


def scarcity_notices(analysis: Analysis) -> list[str]:
    """A sentence for each thing that is scarce, and what it does to the figures."""
    consequence = (
        "the intervals hold the truth less often than they say"
        if analysis.shows_intervals
        else "every figure may be far off"
    )
    return [f"{scarcity_words(scarcity)}: {consequence}." for scarcity in scarcities_of(analysis)]
