"""What is kept of the pass over the rows that finds the thresholds, so that counting them costs less.

All of the rows where they are few. Where they are many, of each the number that says where it belongs: then
only the scores are read a second time, and no id is hashed and no label understood once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from metrics.errors import ScoreError
from metrics.grouped import Grouped, Slots, grouped, in_order, slots_of
from metrics.rows import Rows
from metrics.scores import Scores
from metrics.thresholds import FirstPass
from metrics.workers import Workers, ahead

KEPT_BYTES = 400_000_000
"""Scores, weights and values that are kept."""
KEPT_SLOTS = 400_000_000
"""Bytes that are kept of where rows belong: one of a row, more where there are more than 128 buckets."""

T = TypeVar("T")


class Kept(Generic[T]):
    """Things in the order in which places were asked for them, and none once they are too large together."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._places: list[list[T]] = []

    def place(self, size: int) -> list[T]:
        """A list to append to, whenever what belongs there is done; ``size`` is that of the thing."""
        self._size += size
        place: list[T] = []
        if self.is_whole:
            self._places.append(place)
        else:
            self._places.clear()  # what is still to be put there goes with its place
        return place

    @property
    def is_whole(self) -> bool:
        """Whether everything was kept."""
        return self._size <= self._most

    def all(self) -> list[T]:
        """Everything, in order."""
        return [own for place in self._places for own in place]


def choose_and_keep(
    scores: Scores, max_thresholds: int, *, also: Sequence[float], buckets: int
) -> tuple[list[NDArray[np.float64]], Iterable[Grouped]]:
    """As `metrics.thresholds.choose_thresholds`; and all rows once more, ready to be counted.

    Parameters
    ----------
    scores : Scores
    max_thresholds : int
    also : sequence of float
    buckets : int

    Returns
    -------
    list of ndarray, one for each model
    iterable of Grouped
        What was kept, where all rows fit into `KEPT_BYTES`. Else they are read anew as it is iterated.

    Raises
    ------
    ScoreError
        From the gate.
    """
    first = FirstPass(len(scores.models), max_thresholds)
    every, belonging = Kept[Grouped](KEPT_BYTES), Kept[Slots](KEPT_SLOTS)

    def take(rows: Rows, place: list[Grouped] | None, slot: list[Slots]) -> None:
        slots = slots_of(rows, buckets)
        slot.append(slots)
        if place is not None:
            place.append(in_order(rows, slots, buckets))
        first.add(rows)

    with Workers() as workers:
        for rows in scores.keyed_rows():
            place = every.place(rows.nbytes)
            slot = belonging.place(rows.count * np.min_scalar_type(2 * buckets - 1).itemsize)
            workers.begin(take, rows, place if every.is_whole else None, slot)
    again: Iterable[Grouped]
    if every.is_whole:
        again = every.all()
    elif belonging.is_whole:
        again = ahead(_where_they_belong(scores, deque(belonging.all()), buckets))
    else:
        again = ahead(grouped(rows, buckets) for rows in scores.keyed_rows())
    return first.thresholds(also), again


def _where_they_belong(scores: Scores, slots: Sequence[Slots], buckets: int) -> Iterator[Grouped]:
    """Read the scores of all rows anew."""
    waiting = deque(slots)
    own = waiting.popleft()
    for rows in scores.unkeyed_rows():
        while own.size < rows.count and waiting:
            own = np.concatenate([own, waiting.popleft()])
        if own.size < rows.count:
            raise _changed(scores)
        yield in_order(rows, own[: rows.count], buckets)
        own = own[rows.count :]
    if own.size or waiting:
        raise _changed(scores)


def _changed(scores: Scores) -> ScoreError:
    return ScoreError(
        "E_FILE",
        "rows must stay as they are while they are counted, and their number was changed",
        file=scores.files[0],
        hint="Open them again.",
    )
