"""First pass over the rows: it chooses the thresholds, and stores the sorted rows if they fit into memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from metrics.errors import ScoreError
from metrics.io.countable_rows import CountableRows
from metrics.io.validation.read_batches import Batch
from metrics.parallel import Workers
from metrics.read_ahead import compute_ahead
from metrics.tally.category_codes import CategoryCodes
from metrics.tally.choose_thresholds import ThresholdSketches, thresholds_of
from metrics.tally.kernel import Floats
from metrics.tally.row_order import Codes, OrderedRows, order_rows

MAX_STORED_BYTES = 400_000_000
"""Memory limit for scores, weights and values stored by the first pass, in bytes."""


def coded_rows(
    scores: CountableRows, codes: CategoryCodes | None
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
    codes: CategoryCodes | None = None,
) -> tuple[list[Floats], Iterable[OrderedRows]]:
    """Choose each model's thresholds (see `thresholds_of`), and return the rows sorted for counting.

    The rows come from memory if all of them fit into `MAX_STORED_BYTES`. Otherwise they are read again while
    they are iterated.
    """
    sketches = ThresholdSketches(len(scores.models), max_thresholds)
    columns = 0 if codes is None else len(codes.columns)

    def add(rows: Batch, row_codes: Codes | None, stored: list[OrderedRows] | None) -> None:
        if stored is not None:
            stored.append(order_rows(rows, buckets, row_codes))
        sketches.add(rows)

    # Threads finish out of order. A list for each batch keeps the order of the file.
    batches: list[list[OrderedRows]] = []
    size = 0
    with Workers() as workers:
        for rows, row_codes in coded_rows(scores, codes):
            size += rows.nbytes + rows.count * columns
            stored: list[OrderedRows] | None = None
            if size <= MAX_STORED_BYTES:
                batches.append(stored := [])
            else:
                batches.clear()  # rows that are sorted later are dropped with their list
            workers.begin(add, rows, row_codes, stored)
    again: Iterable[OrderedRows]
    if size <= MAX_STORED_BYTES:
        again = list(itertools.chain.from_iterable(batches))
    else:
        again = compute_ahead(_reread(scores, codes, buckets, int(sketches.totals.sum())))
    return thresholds_of(sketches.sketches, sketches.totals, also), again


def _reread(
    scores: CountableRows, codes: CategoryCodes | None, buckets: int, known: int
) -> Iterator[OrderedRows]:
    """Read all rows a second time; ``E_FILE`` unless there are ``known`` rows, as in the first pass."""
    count = 0
    for rows, row_codes in coded_rows(scores, codes):
        count += rows.count
        yield order_rows(rows, buckets, row_codes)
    if count != known:
        raise ScoreError(
            "E_FILE",
            f"rows must stay as they are while they are counted, got {count:,} instead of {known:,}",
            file=scores.files[0],
            hint="Open them again.",
        )
