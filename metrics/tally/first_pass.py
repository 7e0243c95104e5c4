"""First pass over the rows: it chooses the thresholds, and stores data that makes counting faster.

Small data is stored completely. Large data is read a second time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from metrics.errors import ScoreError
from metrics.io.countable_rows import CountableRows
from metrics.io.validation.read_batches import Batch
from metrics.parallel import Workers
from metrics.read_ahead import ahead
from metrics.tally.choose_thresholds import FirstPass
from metrics.tally.kernel import Floats
from metrics.tally.part_counts import PartCodes
from metrics.tally.row_order import Codes, OrderedRows, ordered

MAX_KEPT_BYTES = 400_000_000
"""Memory limit for scores, weights and values stored by the first pass, in bytes."""


def coded_rows(
    scores: CountableRows, codes: PartCodes | None
) -> Iterator[tuple[Batch, Codes | None]]:
    """All rows, with their category codes if they are counted by category."""
    for batch in scores.labelled_rows():
        yield batch, None if codes is None else codes.of(batch)


def first_pass(
    scores: CountableRows,
    max_thresholds: int,
    *,
    also: Sequence[float],
    buckets: int,
    codes: PartCodes | None = None,
) -> tuple[list[Floats], Iterable[OrderedRows]]:
    """Thresholds by `thresholds_of`, and all rows again, ready for counting.

    The rows come from memory if all of them fit into `MAX_KEPT_BYTES`. Otherwise they are read again while
    they are iterated.
    """
    first = FirstPass(len(scores.models), max_thresholds)
    columns = 0 if codes is None else len(codes.columns)

    def add(rows: Batch, row_codes: Codes | None, stored: list[OrderedRows] | None) -> None:
        if stored is not None:
            stored.append(ordered(rows, buckets, row_codes))
        first.add(rows)

    # One list for each batch, because batches may be sorted in another order than they are read.
    kept: list[list[OrderedRows]] = []
    size = 0
    with Workers() as workers:
        for rows, row_codes in coded_rows(scores, codes):
            size += rows.nbytes + rows.count * columns
            stored: list[OrderedRows] | None = None
            if size <= MAX_KEPT_BYTES:
                kept.append(stored := [])
            else:
                kept.clear()  # rows that are sorted later are dropped with their list
            workers.begin(add, rows, row_codes, stored)
    again: Iterable[OrderedRows]
    if size <= MAX_KEPT_BYTES:
        again = list(itertools.chain.from_iterable(kept))
    else:
        again = ahead(_reread(scores, codes, buckets, int(first.totals.sum())))
    return first.thresholds(also), again


def _reread(
    scores: CountableRows, codes: PartCodes | None, buckets: int, known: int
) -> Iterator[OrderedRows]:
    """All rows once more; ``E_FILE`` if they are not as many as in the first pass."""
    count = 0
    for rows, row_codes in coded_rows(scores, codes):
        count += rows.count
        yield ordered(rows, buckets, row_codes)
    if count != known:
        raise ScoreError(
            "E_FILE",
            "rows must stay as they are while they are counted, and their number was changed",
            file=scores.files[0],
            hint="Open them again.",
        )
