"""Counting a data set beside the page, so that the page can say how far it is."""

from __future__ import annotations

import threading
import time

from dashboard.data.allocator import release_unused
from dashboard.data.library import Dataset
from dashboard.data.progress import watched
from dashboard.data.uploads.metadata import with_own_names
from metrics import ScoreError, Scores, Tally, TallyFile, described, tally_scores

AT_ONCE = 2
"""Data sets that are counted at the same time; the others wait."""


TURNS = threading.BoundedSemaphore(AT_ONCE)


class TallyJob:
    """A tally on its way, in a thread of its own: its reader is told how far it is, and may leave.

    Attributes
    ----------
    passes, rows : int
        Passes over the rows begun, and rows read in the last.
    waiting : bool
        Whether others are counted first.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.passes = self.rows = 0
        self.waiting = True
        self._stopped, self._since = False, time.monotonic()
        self._dataset = dataset
        self._tally: Tally | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        today, scores = self._dataset.scenario.today, self._dataset.scores
        if isinstance(scores, TallyFile):
            self._tally, self.waiting = scores.tally, False
            return
        try:
            with TURNS:
                self.waiting = False
                also = [] if today is None else [today.threshold]
                self._tally = (self._kept(scores, also) or self._anew(scores, also)).compact()
        except BaseException as error:  # raised again where the tally is asked for
            self._error = error
        release_unused()  # what the passes took

    def _kept(self, scores: Scores, also: list[float]) -> Tally | None:
        """The tally that an earlier start has left, and what it found in the same rows."""
        kept = self._dataset.kept
        limit = self._dataset.max_thresholds
        found = None if kept is None else kept.find(scores.fingerprint, limit, also)
        if found is None:
            return None
        spelling = found.columns.positive
        scores.take_as_checked(found.rows, found.positives, spelling, found.header.problems)
        return found.tally

    def _anew(self, scores: Scores, also: list[float]) -> Tally:
        """The tally, counted now, and kept for the next start."""
        limit, kept = self._dataset.max_thresholds, self._dataset.kept
        tally = tally_scores(
            watched(scores, self._begun, self._read), max_thresholds=limit, also=also
        )
        if kept is not None:
            whole = described(tally, scores, max_thresholds=limit)
            kept.keep(whole, scores.fingerprint, limit, also)
        return tally

    def _begun(self) -> None:
        self.passes += 1
        self.rows, self._since = 0, time.monotonic()

    def _read(self, rows: int) -> None:
        self.rows += rows
        if self._stopped:
            raise ScoreError(
                "E_CANCELLED", "counting was stopped", hint="Nothing is left of it; count again."
            )

    def stop(self) -> None:
        """End it at the next batch of rows; who asks for the tally is told so."""
        self._stopped = True

    def wait(self, seconds: float | None) -> bool:
        """Whether it is done after so many seconds at most; None waits for the end."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def tell(self, scores: Scores | TallyFile) -> None:
        """Hand what was found in the rows on to another opening of the same ones."""
        own = self._dataset.scores
        if isinstance(scores, TallyFile) or isinstance(own, TallyFile) or scores is own:
            return
        if own.rows is not None and own.positives is not None and own.columns.positive is not None:
            scores.take_as_checked(own.rows, own.positives, own.columns.positive, own.problems)

    @property
    def succeeded(self) -> bool:
        """Whether it is done and there is a tally."""
        return self._tally is not None

    @property
    def result(self) -> Tally:
        """The tally, once it is done.

        Raises
        ------
        ScoreError
            Where the gate refuses the rows; it names files without their folders.
        """
        if isinstance(self._error, ScoreError):
            problems = with_own_names(self._error.problems, self._dataset.files)
            raise ScoreError.of(problems) from self._error
        if self._error is not None:
            raise self._error
        assert self._tally is not None
        return self._tally

    @property
    def total(self) -> int | None:
        """Number of rows; `None` while it is unknown."""
        scores = self._dataset.scores
        return scores.rows if self.passes > 1 else getattr(scores, "rows_claimed", None)

    @property
    def seconds(self) -> float:
        """Seconds since the pass began."""
        return time.monotonic() - self._since

    @property
    def share(self) -> float:
        """How much of the last pass is done; 0 while nobody knows how many rows there are."""
        total = self.total
        return min(1.0, self.rows / total) if total else 0.0
