"""Breakdowns in the one JSON object of ``common-ground evaluate``: segments, kinds of defect, flips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.decisions.canonical_json import json_ready
from metrics.errors import Problem, warning
from metrics.tally.breakdown import FLAGGED, MAX_CATEGORIES, OTHER, PASSED, Breakdown, Breakdowns


def add_breakdowns(out: dict[str, Any], breakdowns: Breakdowns, at: Sequence[str]) -> None:
    """Put the counts of parts of the rows into every model's figures.

    Parameters
    ----------
    out : dict
        From `dashboard.cli.evaluate_json.evaluation_json`.
    breakdowns : Breakdowns
    at : sequence of str
        Thresholds as typed, for which they were counted.
    """
    for model, figures in out["models"].items():
        if breakdowns.segments:
            figures["by"] = {
                column: _categories(own, model, at, ("tp", "fp", "fn", "tn"))
                for column, own in breakdowns.segments.items()
            }
        if breakdowns.defect_types is not None:
            figures["types"] = _categories(breakdowns.defect_types, model, at, ("tp", "fn"))
        if breakdowns.today is not None:
            figures["flips"] = {typed: _flips(breakdowns.today, model, typed) for typed in at}


def others_warnings(breakdowns: Breakdowns) -> tuple[Problem, ...]:
    """A warning for each column with more categories than are counted apart."""
    return tuple(
        warning(
            "W_OTHERS",
            f"more than {MAX_CATEGORIES} different values: the later ones are counted together as {OTHER!r}",
            column=own.column,
            hint="Write fewer, wider categories into a column of their own.",
        )
        for own in breakdowns.all
        if own.has_others
    )


def _categories(
    own: Breakdown, model: str, at: Sequence[str], names: Sequence[str]
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
    return out


def _flips(today: Breakdown, model: str, typed: str) -> dict[str, Any]:
    """Units that today's system and a model treat differently."""
    flagged, shipped = (n.sum(axis=0) for n in today.flagged_and_shipped(model, float(typed)))
    return {
        "newly_caught": json_ready(flagged[PASSED, 1]),
        "newly_missed": json_ready(shipped[FLAGGED, 1]),
        "newly_flagged": json_ready(flagged[PASSED, 0]),
        "newly_passed": json_ready(shipped[FLAGGED, 0]),
    }
