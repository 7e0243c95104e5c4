"""Missed defects by kind and by segment (cross table)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.failures.parts import Parts
from metrics.tally.breakdown import FLAGGED
from metrics.tally.categories import OTHER
from metrics.tally.failure_breakdowns import INSPECTED, SHIPPED, Failures
from metrics.tally.kernel import Floats


@dataclass(frozen=True)
class Cell:
    """Defects of one kind in one part, in the file.

    Attributes
    ----------
    of, missed : float
        Number of all defects, and of the missed defects.
    lost : float
        Number of missed defects that the current system catches; 0 without a current system.
    """

    of: float
    missed: float
    lost: float


@dataclass(frozen=True)
class Crossed:
    """Missed defects by kind and by part of a column (cross table).

    Attributes
    ----------
    parts : tuple of str
        Parts, the lowest recall first.
    kinds : tuple of (str, tuple of (Cell or None))
        Kinds, the lowest recall first, with a cell for each part. A cell is `None` if the part has no defect
        of this kind.
    """

    column: str
    parts: tuple[str, ...]
    kinds: tuple[tuple[str, tuple[Cell | None, ...]], ...]


def crossed_of(
    analysis: Analysis, failures: Failures, columns: Sequence[Parts]
) -> tuple[Crossed, ...]:
    """Missed defects by kind, for each column of segments. Kinds and parts have the order of `columns`."""
    kinds = [part.category for parts in columns if parts.is_kind for part in parts.parts]
    tables = []
    for parts in columns:
        pairs = failures.pairs.get(parts.column)
        if parts.is_kind or not kinds or pairs is None or not pairs.is_whole:
            continue
        across = [part.category for part in parts.parts]
        sums: dict[tuple[str, str], Floats] = {}
        for (kind, category), counts in pairs.counts.items():
            pair = kind if kind in kinds else OTHER, category if category in across else OTHER
            sums[pair] = sums.get(pair, 0.0) + counts
        cells = {pair: _cell(analysis, counts) for pair, counts in sums.items()}
        rows = [(kind, tuple(cells.get((kind, part)) for part in across)) for kind in kinds]
        tables.append(Crossed(parts.column, tuple(across), tuple(rows)))
    return tuple(tables)


def _cell(analysis: Analysis, defects: Floats) -> Cell:
    """Cell of the defects of a kind and a part, from their counts in `Pairs`."""
    inspection = analysis.scenario.inspection
    overlooked = 1.0 if inspection is None else 1 - inspection.catches
    missed = defects[:, SHIPPED] + overlooked * defects[:, INSPECTED]
    lost = 0.0 if analysis.scenario.today is None else float(missed[FLAGGED])
    return Cell(float(defects.sum()), float(missed.sum()), lost)
