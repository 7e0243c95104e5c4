"""One table whose columns are known: a source, its columns, what was noticed."""

from __future__ import annotations

from dataclasses import dataclass, field

from metrics.errors import Problem
from metrics.io.columns import Columns
from metrics.io.formats.source import Source
from metrics.io.options import RowsHeldOut, Scale


@dataclass(frozen=True)
class ScoreTable:
    """One table with its columns known.

    Attributes
    ----------
    sources : tuple of Source
        What was opened: the fingerprint is made of it, and it goes on finding problems while it is read.
    notes : list of Problem
        Warnings about the columns.
    """

    source: Source
    columns: Columns
    files: tuple[str, ...]
    sources: tuple[Source, ...]
    notes: list[Problem] = field(default_factory=list)
    scale: Scale = "probability"
    held_out: RowsHeldOut = "unknown"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Warnings met so far; complete after one complete pass."""
        found = (problem for source in self.sources for problem in source.problems)
        return tuple(dict.fromkeys([*found, *self.notes]))
