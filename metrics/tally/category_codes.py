"""Category codes of rows by segment, kind of defect, and the current system's decision.

The current system's decision is also counted by part of the rows (`part_of_buckets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from metrics.io.validation.read_batches import Batch
from metrics.tally.breakdown import ANSWERS, TODAY, BreakdownColumns
from metrics.tally.categories import Categories
from metrics.tally.kernel import is_flagged
from metrics.tally.row_order import Codes

PARTS = 34
"""Number of parts of a tally's rows. The first part orders operating points, the others test them in turn."""


def part_of_buckets(buckets: int) -> NDArray[np.intp]:
    """Part that each bucket belongs to, shape (buckets,); every third bucket is in the first part."""
    bucket = np.arange(buckets)
    # Position among the buckets that are not in the first part.
    test_bucket = bucket - bucket // 3 - 1
    return np.where(bucket % 3 == 0, 0, 1 + test_bucket % (PARTS - 1))


@dataclass(frozen=True)
class CodeColumn:
    """Column of the category codes, for a segment, the kinds, or the current system's decision.

    Attributes
    ----------
    name : str
        Column of the rows that has the categories, or `TODAY`.
    is_of_defects : bool
        Whether only defects have a category. The code of a good unit is then 0 and means nothing.
    today : (int, float) or None
        Position of the current system's model and its threshold, if its answers are the categories. They are
        also counted by part of the rows.
    """

    name: str
    categories: Categories
    is_of_defects: bool = False
    today: tuple[int, float] | None = None

    @property
    def parts(self) -> int:
        """Number of parts of the rows that are counted separately."""
        return 1 if self.today is None else PARTS

    @property
    def width(self) -> int:
        """Number of codes, including those of categories that may still appear.

        Compiled code uses the codes as indices without a bounds check.
        """
        return self.categories.max_size if self.today is None else PARTS * len(ANSWERS)

    def write(self, batch: Batch, codes: NDArray[np.uint8]) -> None:
        """Write the codes of some rows into zeros."""
        if self.today is not None:
            model, threshold = self.today
            codes[:] = is_flagged(batch.scores[model], threshold)
        elif self.is_of_defects:
            defects = np.flatnonzero(batch.labels == 1)
            codes[defects] = self.categories.codes(batch.parts[self.name].take(pa.array(defects)))
        else:
            codes[:] = self.categories.codes(batch.parts[self.name])


class CategoryCodes:
    """Assigns category codes to rows, while new categories still appear.

    Parameters
    ----------
    counted : BreakdownColumns
    models : sequence of str
        Models of the scores in the batches.
    """

    def __init__(self, counted: BreakdownColumns, models: Sequence[str]) -> None:
        self.counted = counted
        fixed = counted.segment_categories
        self.columns = [CodeColumn(s, Categories.fixed(fixed.get(s))) for s in counted.segments]
        if counted.defect_type is not None:
            kinds = Categories.fixed(counted.kind_categories)
            self.columns.append(CodeColumn(counted.defect_type, kinds, is_of_defects=True))
        if counted.today is not None:
            model, threshold = counted.today
            today = models.index(model), threshold
            self.columns.append(CodeColumn(TODAY, Categories.fixed(ANSWERS), today=today))

    def close(self) -> None:
        """Stop adding categories. New ones from a file that changes while it is read go into `OTHER`."""
        for column in self.columns:
            column.categories.are_fixed = True

    def of(self, batch: Batch) -> Codes:
        """Codes of some rows, shape (columns, rows)."""
        codes = np.zeros((len(self.columns), batch.labels.size), np.uint8)
        for column, codes_of_column in zip(self.columns, codes, strict=True):
            column.write(batch, codes_of_column)
        return codes
