"""Answer of the process that reads an upload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from metrics.errors import Problem
from metrics.io.checked_columns import Columns
from metrics.io.column_uses import ColumnUse


@dataclass(frozen=True)
class UploadAnswer:
    """Content of an upload that has been read.

    Attributes
    ----------
    problems : tuple of Problem
        Warnings about the files.
    columns : Columns
        Names of the columns by role.
    uses : sequence of ColumnUse
        Use of each column.
    given : str
        Digest of the uploaded bytes, independent of the reading options; empty for a tally.
    is_tally : bool
        True if the upload is a tally, False if it holds rows of scores.
    """

    problems: tuple[Problem, ...]
    rows: int
    positives: int
    scale: str
    held_out: str
    fingerprint: str
    columns: Columns
    uses: tuple[ColumnUse, ...]
    given: str
    is_tally: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict."""
        return {
            **vars(self),
            "ok": True,
            "problems": packed(self.problems),
            "columns": asdict(self.columns),
            "uses": [asdict(column) for column in self.uses],
        }


def refused(problems: Iterable[Problem]) -> dict[str, Any]:
    """Answer about files that are refused, ready for JSON."""
    return {"ok": False, "problems": packed(problems)}


def packed(problems: Iterable[Problem]) -> list[Any]:
    """Problems ready for JSON."""
    return [problem.packed() for problem in problems]
