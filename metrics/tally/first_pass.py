"""First pass over the rows: it chooses the thresholds, and stores data that makes counting faster.

Small data is stored completely. For large data only the slot of each row is stored. The second pass then
reads only scores, without hashing ids or parsing labels again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np

from metrics.errors import ScoreError
from metrics.io.countable_rows import CountableRows
from metrics.io.validation.read_batches import Batch
from metrics.parallel import Workers
from metrics.read_ahead import ahead
from metrics.tally.choose_thresholds import FirstPass
from metrics.tally.kernel import Floats
from metrics.tally.part_counts import PartCodes
from metrics.tally.row_order import (
    Codes,
    OrderedRows,
    Slots,
    no_codes,
    ordered,
    ordered_by,
    slot_bytes,
    slots_of,
)

MAX_KEPT_BYTES = 400_000_000
"""Memory limit for scores, weights and values stored by the first pass, in bytes."""
MAX_KEPT_SLOTS = 400_000_000
"""Memory limit for the slots stored by the first pass: one byte a row, more with over 128 buckets."""
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
    slot_store = _BoundedStore[tuple[Slots, Codes]](MAX_KEPT_SLOTS)
    columns = 0 if codes is None else len(codes.columns)

    def add(
        rows: Batch,
        row_codes: Codes | None,
        stored_rows: list[OrderedRows] | None,
        stored_slots: list[tuple[Slots, Codes]],
    ) -> None:
        slots = slots_of(rows, buckets)
        stored_slots.append((slots, no_codes() if row_codes is None else row_codes))
        if stored_rows is not None:
            stored_rows.append(ordered_by(rows, slots, buckets, row_codes))
        first.add(rows)

    with Workers() as workers:
        for rows, row_codes in coded_rows(scores, codes):
            stored_rows = row_store.reserve(rows.nbytes + rows.count * columns)
            stored_slots = slot_store.reserve(rows.count * (slot_bytes(buckets) + columns))
            sorted_rows = stored_rows if row_store.is_whole else None
            workers.begin(add, rows, row_codes, sorted_rows, stored_slots)
    again: Iterable[OrderedRows]
    if row_store.is_whole:
        again = row_store.all()
    elif slot_store.is_whole:
        again = ahead(_reread(scores, slot_store.all(), buckets))
    else:
        again = ahead(
            ordered(rows, buckets, row_codes) for rows, row_codes in coded_rows(scores, codes)
        )
    return first.thresholds(also), again


def _reread(
    scores: CountableRows, stored: Sequence[tuple[Slots, Codes]], buckets: int
) -> Iterator[OrderedRows]:
    """Read the scores of all rows again; their slots (and category codes, if any) are known."""
    waiting = deque(stored)
    slots, codes = waiting.popleft()
    for rows in scores.unkeyed_rows():
        while slots.size < rows.count and waiting:
            next_slots, next_codes = waiting.popleft()
            slots = np.concatenate([slots, next_slots])
            codes = np.concatenate([codes, next_codes], axis=1)
        if slots.size < rows.count:
            raise _changed_rows_error(scores)
        yield ordered_by(rows, slots[: rows.count], buckets, codes[:, : rows.count])
        slots, codes = slots[rows.count :], codes[:, rows.count :]
    if slots.size or waiting:
        raise _changed_rows_error(scores)


def _changed_rows_error(scores: CountableRows) -> ScoreError:
    return ScoreError(
        "E_FILE",
        "rows must stay as they are while they are counted, and their number was changed",
        file=scores.files[0],
        hint="Open them again.",
    )
