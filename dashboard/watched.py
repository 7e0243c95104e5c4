"""Scores with an eye on how many of their rows went by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from metrics import Scores
from metrics.rows import Rows


class _Watched:
    """What `metrics.tally_scores` uses of scores."""

    def __init__(
        self, scores: Scores, begun: Callable[[], None], read: Callable[[int], None]
    ) -> None:
        self.models, self.scale, self.layout = scores.models, scores.scale, scores.layout
        self._scores, self._begun, self._read = scores, begun, read

    def keyed_rows(self) -> Iterator[Rows]:
        return self._watch(self._scores.keyed_rows)

    def unkeyed_rows(self) -> Iterator[Rows]:
        return self._watch(self._scores.unkeyed_rows)

    def _watch(self, read: Callable[[], Iterator[Rows]]) -> Iterator[Rows]:
        self._begun()
        # Nowhere but in the loop, so that who stops it by an error also ends the reading.
        for rows in read():
            yield rows
            self._read(rows.count)


def watched(scores: Scores, begun: Callable[[], None], read: Callable[[int], None]) -> Scores:
    """Scores to be tallied by somebody who wants to know how far it is.

    Parameters
    ----------
    scores : Scores
    begun : callable
        Called when a pass over the rows begins.
    read : callable
        Called with the number of rows of each batch once it has been dealt with.
    """
    return cast(Scores, _Watched(scores, begun, read))
