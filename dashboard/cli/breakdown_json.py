"""Breakdowns in the one JSON object of ``common-ground evaluate``: segments, kinds of defect, flips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.decisions.canonical_json import json_ready
from metrics.errors import warning
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.category_intervals import flagged_share_interval
from metrics.inference.share_intervals import count_interval
from metrics.scenario.scenario import Today
from metrics.tally.breakdown import FLAGGED, PASSED, Breakdown, Breakdowns

RATES = {"recall": 1, "false_alarm_rate": 0}
"""Shares of a class that is flagged, and the class."""
NO_INTERVALS = warning(
    "W_TALLYPARTS",
    "parts of rows with weights or in groups have no intervals here: a tally does not count them by bucket",
    hint="For their intervals give the score files.",
)


def add_breakdowns(
    out: dict[str, Any],
    breakdowns: Breakdowns,
    at: Sequence[str],
    bootstrap: Bootstrap | None = None,
) -> None:
    """Put the counts of parts of the rows into every model's figures.

    Parameters
    ----------
    out : dict
        From `dashboard.cli.evaluate_json.evaluation_json`.
    at : sequence of str
        Thresholds as typed, for which they were counted.
    bootstrap : Bootstrap, optional
        Puts intervals beside them; they were then counted by bucket unless rows are independent.
    """
    for model, figures in out["models"].items():
        if breakdowns.segments:
            figures["by"] = {
                column: _categories(own, model, at, ("tp", "fp", "fn", "tn"), bootstrap)
                for column, own in breakdowns.segments.items()
            }
        if breakdowns.defect_types is not None:
            own = breakdowns.defect_types
            figures["types"] = _categories(own, model, at, ("tp", "fn"), bootstrap)
        if breakdowns.today is not None:
            figures["flips"] = {
                typed: _flips(breakdowns.today, model, typed, bootstrap) for typed in at
            }


def _categories(
    own: Breakdown,
    model: str,
    at: Sequence[str],
    names: Sequence[str],
    bootstrap: Bootstrap | None,
) -> dict[str, Any]:
    """Counts by category and threshold as typed."""
    out: dict[str, Any] = {category: {} for category in own.categories}
    for typed in at:
        flagged, shipped = (n.sum(axis=0) for n in own.flagged_and_shipped(model, float(typed)))
        for c, category in enumerate(own.categories):
            counts = {
                "tp": flagged[c, 1],
                "fp": flagged[c, 0],
                "fn": shipped[c, 1],
                "tn": shipped[c, 0],
            }
            out[category][typed] = {name: json_ready(counts[name]) for name in names}
        if bootstrap is None:
            continue
        independent = bootstrap.rows_are_independent
        for rate, label in RATES.items():
            if label or "fp" in names:
                ends = flagged_share_interval(
                    own, model, float(typed), label, independent=independent
                )
                for c, category in enumerate(own.categories):
                    both = [json_ready(ends.low[c]), json_ready(ends.high[c])]
                    out[category][typed][f"{rate}_interval"] = both
    return out


def _flips(today: Breakdown, model: str, typed: str, bootstrap: Bootstrap | None) -> dict[str, Any]:
    """Units that today's system and a model treat differently."""
    flagged, shipped = today.flagged_and_shipped(model, float(typed))
    by_bucket = {
        "newly_caught": (flagged[:, PASSED, 1], True),
        "newly_missed": (shipped[:, FLAGGED, 1], True),
        "newly_flagged": (flagged[:, PASSED, 0], False),
        "newly_passed": (shipped[:, FLAGGED, 0], False),
    }
    out: dict[str, Any] = {}
    for name, (own, of_defects) in by_bucket.items():
        out[name] = json_ready(own.sum())
        if bootstrap is not None:
            independent = bootstrap.rows_are_independent
            drawn = np.empty((0, 1)) if independent else bootstrap.drawn.sums(own[:, None])
            count = np.array([own.sum()])
            ends = count_interval(bootstrap, count, drawn, of_defects=of_defects)
            same = bootstrap.evaluation.scenario.today == Today(model, float(typed))
            both = (np.nan, np.nan) if same else (ends.low[0], ends.high[0])  # 0 in any sample
            out[f"{name}_interval"] = json_ready(list(both))
    return out
