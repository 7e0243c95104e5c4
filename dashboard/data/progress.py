"""Progress of a pass over the rows of scores, reported to callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metrics import Scores
    from metrics.io.validation.read_batches import Batch


class WatchedRows:
    """Rows of scores that report the progress of each pass to callbacks.

    Parameters
    ----------
    begun : callable
        Called when a pass over the rows begins.
    read : callable
        Called with the number of rows of each batch after it has been processed.
    """

    def __init__(
        self, scores: Scores, begun: Callable[[], None], read: Callable[[int], None]
    ) -> None:
        self.models, self.columns = scores.models, scores.columns
        self.scale, self.files = scores.scale, scores.files
        self._scores, self._begun, self._read = scores, begun, read

    def labelled_rows(self) -> Iterator[Batch]:
        self._begun()
        # The callback runs inside the loop, so an error raised by the callback also ends the reading.
        for rows in self._scores.labelled_rows():
            yield rows
            self._read(rows.count)
