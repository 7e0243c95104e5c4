"""How far a pass over the rows of scores is, for somebody who waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from metrics import Scores
    from metrics.io.hashing import KeyedRows
    from metrics.io.validation.read_batches import Batch

T = TypeVar("T")


class _Watched:
    """What `metrics.tally_scores` uses of scores."""

    def __init__(
        self, scores: Scores, begun: Callable[[], None], read: Callable[[int], None]
    ) -> None:
        self.models, self.scale, self.layout = scores.models, scores.scale, scores.layout
        self._scores, self._begun, self._read = scores, begun, read

    def keyed_rows(self) -> Iterator[KeyedRows]:
        return self._watch(self._scores.keyed_rows)

    def labelled_rows(self) -> Iterator[Batch]:
        return self._watch(self._scores.labelled_rows, lambda batch: batch.labels.size)

    def unkeyed_rows(self) -> Iterator[KeyedRows]:
        return self._watch(self._scores.unkeyed_rows)

    def _watch(
        self, read: Callable[[], Iterator[T]], size: Callable[[T], int] = attrgetter("count")
    ) -> Iterator[T]:
        self._begun()
        # Nowhere but in the loop, so that who stops it by an error also ends the reading.
        for rows in read():
            yield rows
            self._read(size(rows))


def watched(scores: Scores, begun: Callable[[], None], read: Callable[[int], None]) -> Scores:
    """Scores to be tallied by somebody who wants to know how far it is.

    Parameters
    ----------
    begun : callable
        Called when a pass over the rows begins.
    read : callable
        Called with the number of rows of each batch once it has been dealt with.
    """
    return cast("Scores", _Watched(scores, begun, read))
