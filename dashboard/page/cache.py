"""What the server keeps of data between runs: tallies, figures of scenarios, resamples, parts of pages.

Every entry is kept under a frozen key that names its data, so that what is kept of data goes with it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from dashboard.data.library import Dataset
from dashboard.data.tally_job import TURNS, TallyJob
from dashboard.page.scenario_figures import ScenarioFigures, figures_under
from metrics import Scenario, Tally, TallyFile, tally_scores
from metrics.evaluation.confusion import Curve, curve
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.inference.summary import Uncertainty

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """All that an entry follows from.

    Attributes
    ----------
    data : tuple of str
        Fingerprints of the data that it is made of.
    of : hashable
        Everything else, as frozen values.
    """

    data: tuple[str, ...]
    of: Hashable = None


class Cache:
    """Entries under keys, those that were asked for longest ago dropped; each is made once for all who ask.

    Parameters
    ----------
    most : int
        Entries that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Key, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], T]) -> T:
        """What is kept under a key; it is made where there is none, and waited for where it is on its way."""
        with self._lock:
            entry = self._entries.get(key)
            is_new = entry is None
            if entry is None:
                entry = self._entries[key] = Future()
            self._entries.move_to_end(key)
            # What is on its way stays: it is not to be begun a second time.
            made_before = [old for old, own in self._entries.items() if own.done()]
            for old in made_before[: max(0, len(self._entries) - self._most)]:
                del self._entries[old]
        if is_new:
            try:
                entry.set_result(make())
            except BaseException as error:
                self.drop(key, entry)  # whoever asks next tries anew
                entry.set_exception(error)
                raise
        made: T = entry.result()
        return made

    def peek(self, key: Key) -> Any | None:
        """What is kept under a key; None where nothing is yet, which is not waited for."""
        with self._lock:
            entry = self._entries.get(key)
        return entry.result() if entry is not None and _is_made(entry) else None

    def drop(self, key: Key, entry: Future[Any]) -> None:
        """Forget one entry, unless another has taken its place."""
        with self._lock:
            if self._entries.get(key) is entry:
                del self._entries[key]

    def drop_value(self, key: Key, value: object) -> None:
        """Forget what is kept under a key, if it is this."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None and _is_made(entry) and entry.result() is value:
            self.drop(key, entry)

    def forget(self, fingerprint: str) -> None:
        """Drop every entry that is made of some data."""
        with self._lock:
            for key in [key for key in self._entries if fingerprint in key.data]:
                del self._entries[key]


def _is_made(entry: Future[Any]) -> bool:
    """Whether what an entry holds can be had at once."""
    return entry.done() and entry.exception() is None


_JOBS, _CURVES, _COUNTED_APART, _FIGURES = Cache(4), Cache(4), Cache(64), Cache(6)
_PARTS, _DRAWN, _UNCERTAINTIES = Cache(256), Cache(4), Cache(64)
_CACHES = (_JOBS, _CURVES, _COUNTED_APART, _FIGURES, _PARTS, _DRAWN, _UNCERTAINTIES)


def tally_job(dataset: Dataset) -> TallyJob:
    """The counting of a data set, begun where nobody has asked for it yet."""
    return _JOBS.get(Key((dataset.fingerprint,)), lambda: TallyJob(dataset))


def is_counted(dataset: Dataset) -> bool:
    """Wait until a data set is counted; False where it cannot be, which is left for a reader to be told."""
    job = tally_job(dataset)
    job.wait(None)
    return job.succeeded


def tally(dataset: Dataset) -> Tally:
    """Tally of a data set; the threshold of the scenario that it came with is among its thresholds.

    Raises
    ------
    ScoreError
        Where the gate refuses the rows; whoever asks next has them counted anew.
    """
    job = tally_job(dataset)
    job.wait(None)
    try:
        return job.result
    except Exception:
        _JOBS.drop_value(Key((dataset.fingerprint,)), job)
        raise


def _curves(dataset: Dataset, counted: Tally) -> tuple[Curve, ...]:
    return _CURVES.get(
        Key((dataset.fingerprint,)),
        lambda: tuple(curve(counted, m) for m in range(len(counted.models))),
    )


def _apart_key(dataset: Dataset, thresholds: Sequence[float]) -> Key:
    return Key((dataset.fingerprint,), tuple(thresholds))


def _counted_apart(dataset: Dataset, thresholds: Sequence[float]) -> Tally:
    """Tally at thresholds that are none of the data's own tally: one more pass over the rows."""

    def count() -> Tally:
        assert not isinstance(dataset.scores, TallyFile)
        alone = [np.array(thresholds, np.float64)] * len(dataset.scores.models)
        with TURNS:
            return tally_scores(dataset.scores, thresholds=alone)

    return _COUNTED_APART.get(_apart_key(dataset, thresholds), count)


def _uncounted_today(dataset: Dataset, scenario: Scenario) -> tuple[str, float] | None:
    """Today's system where the tally does not count it exactly; None where it does."""
    today, counted = scenario.today, tally(dataset)
    if today is None or today.model not in counted.models:
        return None
    exact = counted.is_exact(counted.index(today.model), today.threshold)
    return None if exact else (today.model, today.threshold)


def _today(dataset: Dataset, scenario: Scenario) -> Tally | None:
    """Tally of today's system where that of the data cannot count it exactly; None where it can."""
    today = _uncounted_today(dataset, scenario)
    if today is None:
        return None
    if isinstance(dataset.scores, TallyFile):
        return dataset.scores.at([today])  # which says that it cannot
    return _counted_apart(dataset, [today[1]])


def is_counted_for(dataset: Dataset, scenario: Scenario) -> bool:
    """Whether no row has to be read for the figures of a scenario, once the data is counted."""
    today = _uncounted_today(dataset, scenario)
    return _is_at_hand(dataset, [] if today is None else [today[1]])


def is_counted_at(dataset: Dataset, points: Sequence[tuple[str, float]]) -> bool:
    """Whether no row has to be read for operating points of other data, once this is counted."""
    return _is_at_hand(dataset, _uncounted(dataset, points))


def _is_at_hand(dataset: Dataset, thresholds: Sequence[float]) -> bool:
    if not thresholds or isinstance(dataset.scores, TallyFile):
        return True
    return _COUNTED_APART.peek(_apart_key(dataset, thresholds)) is not None


def _uncounted(dataset: Dataset, points: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Thresholds of operating points where the data's own tally is not exact for all of them."""
    counted = tally(dataset)
    if all(counted.is_exact(counted.index(model), threshold) for model, threshold in points):
        return ()
    return tuple(sorted({threshold for _, threshold in points}))


def counted_at(dataset: Dataset, points: Sequence[tuple[str, float]]) -> Tally | None:
    """Tally of a data set at operating points of other data; None where its own counts them exactly.

    Parameters
    ----------
    dataset : Dataset
    points : sequence of (model, threshold)
        Finite thresholds.

    Raises
    ------
    ScoreError
        Where there are no rows to count and the tally at hand is not exact there.
    """
    thresholds = _uncounted(dataset, points)
    if not thresholds:
        return None
    if isinstance(dataset.scores, TallyFile):
        return dataset.scores.at(points)
    return _counted_apart(dataset, thresholds)


def scenario_figures(dataset: Dataset, scenario: Scenario) -> ScenarioFigures:
    """Operating points of a data set under a scenario.

    Raises
    ------
    ScoreError
        Where the scenario does not fit the data.
    """
    counted = tally(dataset)
    curves, today = _curves(dataset, counted), _today(dataset, scenario)
    return _FIGURES.get(
        Key((dataset.fingerprint,), scenario),
        lambda: figures_under(counted, scenario, curves, today),
    )


def part(key: Key, make: Callable[[], T]) -> T:
    """A part of a page, made once for all that it follows from."""
    return _PARTS.get(key, make)


def drawn(dataset: Dataset, seed: int) -> ReplicatedCounts | None:
    """The data in other samples, where it has been drawn; a page does not wait for it."""
    found: ReplicatedCounts | None = _DRAWN.peek(Key((dataset.fingerprint,), seed))
    return found


def draw(dataset: Dataset, seed: int) -> ReplicatedCounts:
    """The data in other samples, which serve every scenario of it."""

    def make() -> ReplicatedCounts:
        counted = tally(dataset)
        made = ReplicatedCounts.draw(counted, _curves(dataset, counted), seed=seed)
        made.keep()
        return made

    return _DRAWN.get(Key((dataset.fingerprint,), seed), make)


def uncertainty(key: Key, make: Callable[[], Uncertainty]) -> Uncertainty:
    """How sure the figures of a scenario are."""
    return _UNCERTAINTIES.get(key, make)


def forget(fingerprint: str) -> None:
    """Drop what is kept of data that is gone, and nothing of other data."""
    for cache in _CACHES:
        cache.forget(fingerprint)
