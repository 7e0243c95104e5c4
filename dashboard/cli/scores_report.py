"""Report of ``check``, ``convert`` and ``tally`` about the scores they read, as text or JSON."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dashboard.cli.outcome import report_outcome
from dashboard.cli.terminal import say
from dashboard.decisions.canonical_json import json_ready
from dashboard.words.data.scores_summary import summary_lines
from metrics.errors import ScoreError
from metrics.io.scores import Scores

if TYPE_CHECKING:
    from metrics.tally.breakdown import Breakdowns
    from metrics.tally.file.tally_file import TallyFile


def report_scores(
    options: argparse.Namespace,
    scores: Scores | TallyFile | None,
    failure: ScoreError | None,
    written: str | None,
    **facts: Any,
) -> int:
    """Print the content that was read, and the file that was written; return the exit code."""
    problems = () if scores is None else scores.problems
    if failure is not None:
        problems = (*failure.problems, *(p for p in problems if p not in failure.problems))
    if options.json:
        return report_outcome(options, problems, (), **_facts_json(scores), **facts)
    if scores is None or any(problem.severity == "error" for problem in problems):
        say("refused", file=sys.stderr)
        return report_outcome(options, problems, ())
    return report_outcome(options, problems, summary_lines(scores, _breakdowns(scores), written))


def _facts_json(scores: Scores | TallyFile | None) -> dict[str, Any]:
    """Facts of scores for ``check --json``."""
    if scores is None:
        return dict.fromkeys(("rows", "positives", "fingerprint", "columns"))
    breakdowns = _breakdowns(scores)
    return {
        "rows": scores.rows,
        "positives": scores.positives,
        "fingerprint": scores.fingerprint,
        "columns": _columns(scores),
        **({} if breakdowns is None else {"breakdowns": _breakdowns_json(breakdowns)}),
    }


def _breakdowns(scores: Scores | TallyFile | None) -> Breakdowns | None:
    """Breakdowns of a tally; `None` for rows, and for a tally without breakdowns."""
    # `TallyFile` is not imported for this, because loading it takes longer than checking a small file.
    return None if scores is None or isinstance(scores, Scores) else scores.tally.breakdowns


def _breakdowns_json(breakdowns: Breakdowns) -> dict[str, Any]:
    """Categories of every column, and the current system."""
    kinds, today = breakdowns.defect_types, breakdowns.current_point
    return {
        "segments": {name: breakdown.categories for name, breakdown in breakdowns.segments.items()},
        "type": None if kinds is None else {kinds.column: kinds.categories},
        "today": None if today is None else {"model": today[0], "threshold": json_ready(today[1])},
    }


def _columns(scores: Scores | TallyFile) -> dict[str, Any]:
    """Columns by the names of their options, and the unused columns with the reason."""
    named = asdict(scores.columns)
    kind = named.pop("defect_type")
    named |= {} if kind is None else {"type": kind}
    unused: list[dict[str, str]] = []
    if isinstance(scores, Scores):
        unused = [{"column": name, "why": why} for name, why in scores.unused.items()]
        if scores.meaning.of:
            named["scores_of"] = dict(scores.meaning.of)
        if scores.meaning.decision_of:
            named["decision"] = dict(scores.meaning.decision_of)
    return named | {"unused": unused}
