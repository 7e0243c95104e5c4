"""Lines about scores or a tally for the command line: counts, use of each column, categories, fingerprint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dashboard.words.data.columns import COLUMN_TABLE, column_rows
from metrics.errors import counted, shown

if TYPE_CHECKING:
    from metrics.io.column_uses import ColumnUse
    from metrics.io.scores import Scores
    from metrics.tally.breakdown import Breakdowns
    from metrics.tally.file.tally_file import TallyFile


def summary_lines(
    scores: Scores | TallyFile, breakdowns: Breakdowns | None, written: str | None
) -> Iterator[str]:
    """Lines about the content that was read, and the file that was written."""
    columns = scores.columns
    counts = ((scores.rows, "row"), (scores.positives, "defect"), (len(scores.models), "model"))
    yield ", ".join(counted(number or 0, noun) for number, noun in counts)
    numbered = "" if columns.id else "; rows are numbered, since there is no id"
    yield f"a defect is where {columns.label} is {columns.positive}{numbered}"
    yield from _column_lines(scores.uses)
    if breakdowns is not None:
        kinds = breakdowns.defect_types
        for breakdown in [*breakdowns.segments.values(), *([kinds] if kinds else [])]:
            yield f"counted by {breakdown.column}: {', '.join(map(shown, breakdown.categories))}"
        if breakdowns.current_point is not None:
            yield "counted against today's {} at {!r}".format(*breakdowns.current_point)
    yield scores.fingerprint
    if written is not None:
        yield f"written to {written}"


def _column_lines(columns: Sequence[ColumnUse]) -> Iterator[str]:
    """Lines of a table with the role of each column."""
    rows = [[shown(cell, 80) for cell in row] for row in [COLUMN_TABLE, *column_rows(columns)]]
    first, second = (max(len(row[k]) for row in rows) for k in (0, 1))
    for row in rows:
        yield f"{row[0]:{first}}  {row[1]:{second}}  {row[2]}".rstrip()
