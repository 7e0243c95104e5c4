"""Sentences about the effect of an operating point: what it catches and changes, which limits it breaks."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from dashboard.analysis.resampled_figures import CHANGES
from dashboard.words.limits.limit_names import limit_value
from dashboard.words.numbers.figures import figure, in_per_cent
from dashboard.words.numbers.gaps import WrittenGap, written_gap
from dashboard.words.numbers.objective_units import worth
from dashboard.words.phrases import MAY_BE_CHANCE, all_of
from metrics import OBJECTIVES, Bound, Scenario
from metrics.evaluation.objective import NO_CHECKS, labelled_for

Figures = Mapping[str, float]
"""Figures of a point by objective id."""


def change_sentence(
    point: Figures,
    current: Figures,
    scenario: Scenario,
    name: str,
    *,
    same_model: bool,
    unsettled: Collection[str],
) -> str:
    """Sentence about the changes of a point against the current system.

    Parameters
    ----------
    unsettled : collection of objective ids
        Objectives in which the change may be chance.
    """
    against = f"Against {NO_CHECKS}" if scenario.today is None else f"Against today ({name})"
    if all(point[key] == current[key] for key in ("missed_defects", "false_alarms")):
        if same_model:
            return f"This is today’s system ({name})."
        return f"{against}: the same missed defects and the same false alarms."
    parts = []
    for key in CHANGES:
        gap = written_gap(
            labelled_for(OBJECTIVES[key], scenario), point[key], current[key], scenario
        )
        if gap.is_defined:
            hedge = f" ({MAY_BE_CHANCE})" if key in unsettled and not gap.is_same else ""
            parts.append((_change_words(gap, scenario), hedge))
    if parts and scenario.units_per_year is not None:
        parts[-1] = (f"{parts[-1][0]} a\N{NO-BREAK SPACE}year", parts[-1][1])
    return f"{against}: {', '.join(map(''.join, parts))}."


def _change_words(gap: WrittenGap, scenario: Scenario) -> str:
    o = gap.objective
    if gap.is_same:
        return f"the same {o.change_of}" if o.is_against_current else f"as many {o.label}"
    if o.is_against_current and math.isfinite(gap.size):
        # Without payoffs the gain is counted in false alarms.
        unit = "" if scenario.payoff is not None else f" {worth()}"
        return f"{gap.amount}{unit} {'more' if gap.is_more else 'less'} {o.change_of}"
    return gap.words()


def limits_sentence(point: Figures, bounds: Sequence[Bound], scenario: Scenario) -> str:
    """Sentence about the limits that a point breaks, or that it meets all. Empty without limits."""
    broken = []
    for bound in bounds:
        value = float(point.get(bound.objective.id, math.nan))
        if not bound.is_met(value):
            written = figure(bound.objective, value, scenario)
            broken.append(
                f"{bound.objective.label} is {written}, not {limit_value(bound, scenario)}"
            )
    if not bounds:
        return ""
    if not broken:
        return f"Meets {all_of(len(bounds), 'limit')}."
    which = f"{len(broken)} of {len(bounds)} limits" if len(bounds) > 1 else "the limit"
    return f"Breaks {which}: {'; '.join(broken)}."


def effect_words(point: Figures) -> str:
    """Effect of an operating point in a sentence: ``Catches 95% of defects.``, for example."""
    share, recall = point["share_flagged"], point["recall"]
    if share == 0:
        return "Stops no unit and catches no defect."
    if share == 1:
        return "Catches all defects, as it stops every unit."
    caught = "all" if recall == 1 else f"{in_per_cent(recall)} of"
    return f"Catches {caught} defects."
