"""Counts by segment and kind of defect, and of units that the current system treats differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metrics import Scores, TallyFile
from metrics.errors import Problem, warning
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.category_intervals import flagged_share_interval
from metrics.inference.share_intervals import count_interval
from metrics.scenario.scenario import Today
from metrics.tally.breakdown import FLAGGED, PASSED, Breakdown, BreakdownColumns, others_warnings
from metrics.tally.breakdown_counter import count_breakdowns

RATES = {"recall": 1, "false_alarm_rate": 0}
"""Name of the share of flagged units, and the class that it is a share of."""
NO_INTERVALS = warning(
    "W_TALLYPARTS",
    "parts of rows with weights or in groups have no intervals here: a tally does not count them by bucket",
    hint="For their intervals give the score files.",
)


def add_breakdowns(
    result: dict[str, Any],
    scores: Scores | TallyFile,
    columns: BreakdownColumns,
    at: Sequence[str],
    bootstrap: Bootstrap | None,
) -> tuple[Problem, ...]:
    """Add the counts of parts of the rows to every model's figures.

    Parameters
    ----------
    result : dict
        Result of `evaluation_json`.
    columns : BreakdownColumns
        Columns to count by, and the current system.
    at : sequence of str
        Thresholds as typed.
    bootstrap : Bootstrap or None
        Used for intervals.

    Returns
    -------
    tuple of Problem
        Warnings about categories that are counted together, and about intervals that are missing.
    """
    thresholds = [float(typed) for typed in at]
    by_bucket = bootstrap is not None and not bootstrap.rows_are_independent
    if isinstance(scores, TallyFile):
        breakdowns = scores.breakdowns_at(thresholds, columns)
        bootstrap = None if by_bucket else bootstrap
    else:
        buckets = len(bootstrap.evaluation.tally.counts) if bootstrap and by_bucket else 1
        breakdowns = count_breakdowns(scores, thresholds, columns, buckets=buckets)
    for model, figures in result["models"].items():
        if breakdowns.segments:
            figures["by"] = {
                column: _categories(breakdown, model, at, ("tp", "fp", "fn", "tn"), bootstrap)
                for column, breakdown in breakdowns.segments.items()
            }
        if breakdowns.defect_types is not None:
            kinds = breakdowns.defect_types
            figures["types"] = _categories(kinds, model, at, ("tp", "fn"), bootstrap)
        if breakdowns.today is not None:
            figures["flips"] = {
                typed: _flips(breakdowns.today, model, typed, bootstrap) for typed in at
            }
    others = others_warnings(breakdowns)
    return (*others, NO_INTERVALS) if by_bucket and bootstrap is None else others


def _categories(
    breakdown: Breakdown,
    model: str,
    at: Sequence[str],
    names: Sequence[str],
    bootstrap: Bootstrap | None,
) -> dict[str, Any]:
    """Counts by category and by threshold as typed."""
    by_category: dict[str, Any] = {category: {} for category in breakdown.categories}
    for typed in at:
        flagged, shipped = (
            n.sum(axis=0) for n in breakdown.flagged_and_shipped(model, float(typed))
        )
        for c, category in enumerate(breakdown.categories):
            counts = {
                "tp": flagged[c, 1],
                "fp": flagged[c, 0],
                "fn": shipped[c, 1],
                "tn": shipped[c, 0],
            }
            by_category[category][typed] = {name: counts[name] for name in names}
        if bootstrap is None:
            continue
        independent = bootstrap.rows_are_independent
        for rate, label in RATES.items():
            if label or "fp" in names:
                ends = flagged_share_interval(
                    breakdown, model, float(typed), label, independent=independent
                )
                for c, category in enumerate(breakdown.categories):
                    by_category[category][typed][f"{rate}_interval"] = [ends.low[c], ends.high[c]]
    return by_category


def _flips(today: Breakdown, model: str, typed: str, bootstrap: Bootstrap | None) -> dict[str, Any]:
    """Counts of units that the current system and a model treat differently."""
    flagged, shipped = today.flagged_and_shipped(model, float(typed))
    by_bucket = {
        "newly_caught": (flagged[:, PASSED, 1], True),
        "newly_missed": (shipped[:, FLAGGED, 1], True),
        "newly_flagged": (flagged[:, PASSED, 0], False),
        "newly_passed": (shipped[:, FLAGGED, 0], False),
    }
    flips: dict[str, Any] = {}
    for name, (units, of_defects) in by_bucket.items():
        flips[name] = units.sum()
        if bootstrap is not None:
            independent = bootstrap.rows_are_independent
            replicates = np.empty((0, 1)) if independent else bootstrap.drawn.sums(units[:, None])
            count = np.array([units.sum()])
            ends = count_interval(bootstrap, count, replicates, of_defects=of_defects)
            is_current = bootstrap.evaluation.scenario.today == Today(model, float(typed))
            # The current system never differs from itself, so its counts have no interval.
            both = [np.nan, np.nan] if is_current else [ends.low[0], ends.high[0]]
            flips[f"{name}_interval"] = both
    return flips
