"""``common-ground check`` and ``common-ground convert``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dashboard.arguments.input_options import (
    add_input_options,
    add_json_option,
    open_input,
    open_input_or_tally,
)
from dashboard.cli.outcome import report_outcome
from dashboard.cli.terminal import say
from dashboard.decisions.canonical_json import json_ready
from metrics.errors import Problem, ScoreError, counted, shown
from metrics.io.scores import Scores

if TYPE_CHECKING:
    from metrics.io.column_uses import ColumnUse
    from metrics.tally.breakdown import Breakdowns
    from metrics.tally.file.tally_file import TallyFile


def add_check(parser: argparse.ArgumentParser) -> None:
    add_input_options(parser)
    add_json_option(parser)


def add_convert(parser: argparse.ArgumentParser) -> None:
    add_check(parser)
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT.parquet", help="file to write"
    )


def facts_json(scores: Scores | TallyFile | None) -> dict[str, Any]:
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
    kinds, today = breakdowns.defect_types, breakdowns.today_point
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


def run_check(options: argparse.Namespace) -> int:
    return _run(options, None)


def run_convert(options: argparse.Namespace) -> int:
    return _run(options, options.output)


def _run(options: argparse.Namespace, output: str | None) -> int:
    from metrics.io.convert import convert

    scores: Scores | TallyFile | None = None
    try:
        if output is None:
            scores = open_input_or_tally(options)
            scores.check()
        else:
            scores = rows = open_input(options)
            _ = rows.fingerprint  # reads the input, so it is computed before the output is written
            convert(rows, output)
        problems = scores.problems
    except ScoreError as error:
        known = scores.problems if scores else ()
        problems = (*error.problems, *(p for p in known if p not in error.problems))
    return report_scores(options, scores, problems, output)


def report_scores(
    options: argparse.Namespace,
    scores: Scores | TallyFile | None,
    problems: Sequence[Problem],
    written: str | None,
    **facts: Any,
) -> int:
    """Print the content that was read, and the file that was written; return the exit code."""
    if options.json:
        return report_outcome(options, problems, (), **facts_json(scores), **facts)
    if scores is None or any(problem.severity == "error" for problem in problems):
        say("refused", file=sys.stderr)
        return report_outcome(options, problems, ())
    return report_outcome(options, problems, _summary(scores, written))


def _summary(scores: Scores | TallyFile, written: str | None) -> Iterator[str]:
    """Lines about the content that was read, and the file that was written."""
    columns = scores.columns
    counts = ((scores.rows, "row"), (scores.positives, "defect"), (len(scores.models), "model"))
    yield ", ".join(counted(number or 0, noun) for number, noun in counts)
    numbered = "" if columns.id else "; rows are numbered, since there is no id"
    yield f"a defect is where {columns.label} is {columns.positive}{numbered}"
    yield from _column_lines(scores.uses)
    breakdowns = _breakdowns(scores)
    if breakdowns is not None:
        kinds = breakdowns.defect_types
        for breakdown in [*breakdowns.segments.values(), *([kinds] if kinds else [])]:
            yield f"counted by {breakdown.column}: {', '.join(map(shown, breakdown.categories))}"
        if breakdowns.today_point is not None:
            yield "counted against today's {} at {!r}".format(*breakdowns.today_point)
    yield scores.fingerprint
    if written is not None:
        yield f"written to {written}"


def _column_lines(columns: Sequence[ColumnUse]) -> Iterator[str]:
    """Lines of a table with the role of each column."""
    from dashboard.words.data.columns import COLUMN_TABLE, column_rows

    rows = [[shown(cell, 80) for cell in row] for row in [COLUMN_TABLE, *column_rows(columns)]]
    first, second = (max(len(row[k]) for row in rows) for k in (0, 1))
    for row in rows:
        yield f"{row[0]:{first}}  {row[1]:{second}}  {row[2]}".rstrip()
