"""First pass over the rows: it chooses the thresholds, and stores data that makes counting faster.

Small data is stored completely. Large data is read a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

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
T = TypeVar("T")


def coded_rows(
    scores: CountableRows, codes: PartCodes | None
) -> Iterator[tuple[Batch, Codes | None]]:
    """All rows, with their category codes if they are counted by category."""
    for batch in scores.labelled_rows():
        yield batch, None if codes is None else codes.of(batch)


class _BoundedStore(Generic[T]):
    """An ordered collection that drops everything if its total size exceeds a limit."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._slots: list[list[T]] = []

    def reserve(self, size: int) -> list[T]:
        """An empty list for an item of the given ``size``, whose position in the order is fixed now."""
        self._size += size
        slot: list[T] = []
        if self.is_whole:
            self._slots.append(slot)
        else:
            self._slots.clear()  # items that are added later are dropped with their list
        return slot

    @property
    def is_whole(self) -> bool:
        """Whether everything is stored."""
        return self._size <= self._most

    def all(self) -> list[T]:
        """All items in order."""
        return [item for slot in self._slots for item in slot]


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
    row_store = _BoundedStore[OrderedRows](MAX_KEPT_BYTES)
    columns = 0 if codes is None else len(codes.columns)

    def add(rows: Batch, row_codes: Codes | None, stored: list[OrderedRows] | None) -> None:
        if stored is not None:
            stored.append(ordered(rows, buckets, row_codes))
        first.add(rows)

    with Workers() as workers:
        for rows, row_codes in coded_rows(scores, codes):
            stored = row_store.reserve(rows.nbytes + rows.count * columns)
            workers.begin(add, rows, row_codes, stored if row_store.is_whole else None)
    again: Iterable[OrderedRows]
    if row_store.is_whole:
        again = row_store.all()
    else:
        again = ahead(
            ordered(rows, buckets, row_codes) for rows, row_codes in coded_rows(scores, codes)
        )
    return first.thresholds(also), again
