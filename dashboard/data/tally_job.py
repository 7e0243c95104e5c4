"""Count the tally of a data set in a background thread, so that the page can show the progress."""

from __future__ import annotations

import threading
import time

from dashboard.data.allocator import release_unused
from dashboard.data.dataset import Dataset
from dashboard.data.progress import WatchedRows
from dashboard.data.uploads.file_names import with_own_names
from metrics import ScoreError, Scores, Tally, TallyFile, tally_scores, with_description

AT_ONCE = 2
"""Largest number of data sets that are counted at the same time."""
COUNTING_SLOTS = threading.BoundedSemaphore(AT_ONCE)


class TallyJob:
    """Tally that is being counted in its own thread. The thread goes on when its reader leaves the page.

    Attributes
    ----------
    passes, rows : int
        Number of passes over the rows that have begun, and of rows read in the last pass.
    waiting : bool
        True while other data sets are counted first.
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
        try:
            if isinstance(scores, TallyFile):
                # A tally of counted rows is compact too, so that sums are equal to the last digit.
                self._tally, self.waiting = scores.tally.compact(), False
                return
            with COUNTING_SLOTS:
                self.waiting = False
                also = [] if today is None else [today.threshold]
                self._tally = (
                    self._from_cache(scores, also) or self._from_rows(scores, also)
                ).compact()
        except BaseException as error:  # raised again by `result`
            self._error = error
        release_unused()  # memory that the passes used

    def _from_cache(self, scores: Scores, also: list[float]) -> Tally | None:
        """Cached tally of an earlier start, or `None`; if there is one, the rows count as checked."""
        cache, limit = self._dataset.tally_cache, self._dataset.max_thresholds
        file = None if cache is None else cache.find(scores.fingerprint, limit, also)
        if file is None:
            return None
        scores.take_as_checked(
            file.rows, file.positives, file.columns.positive, file.header.problems
        )
        return file.tally

    def _from_rows(self, scores: Scores, also: list[float]) -> Tally:
        """Count the tally now, and cache it for the next start."""
        cache, limit = self._dataset.tally_cache, self._dataset.max_thresholds
        progress = WatchedRows(scores, self._begin_pass, self._add_rows)
        tally = tally_scores(progress, max_thresholds=limit, also=also)
        if cache is not None:
            file = with_description(tally, scores, max_thresholds=limit)
            cache.store(file, scores.fingerprint, limit, also)
        return tally

    def _begin_pass(self) -> None:
        self.passes += 1
        self.rows, self._since = 0, time.monotonic()

    def _add_rows(self, rows: int) -> None:
        self.rows += rows
        if self._stopped:
            raise ScoreError(
                "E_CANCELLED", "counting was stopped", hint="Nothing is left of it; count again."
            )

    def stop(self) -> None:
        """Stop at the next batch of rows; `result` then raises an error."""
        self._stopped = True

    def wait(self, seconds: float | None) -> bool:
        """Wait at most ``seconds`` for the job, or until its end with `None`; True if the job is done."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def copy_check(self, scores: Scores | TallyFile) -> None:
        """Copy the results of the check to other scores of the same rows."""
        own = self._dataset.scores
        if isinstance(scores, TallyFile) or isinstance(own, TallyFile) or scores is own:
            return
        if own.rows is not None and own.positives is not None and own.columns.positive is not None:
            scores.take_as_checked(own.rows, own.positives, own.columns.positive, own.problems)

    @property
    def succeeded(self) -> bool:
        """True if the job is done and has a tally."""
        return self._tally is not None

    @property
    def result(self) -> Tally:
        """Tally of the finished job.

        Raises
        ------
        ScoreError
            If the rows are invalid. The error names files without their folders.
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
        """Share of the last pass that is done; 0 while the number of rows is unknown."""
        total = self.total
        return min(1.0, self.rows / total) if total else 0.0
