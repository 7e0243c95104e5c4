"""What the server keeps of data between runs: tallies, figures of scenarios, resamples, parts of pages.

Every entry is kept under a frozen key that names its data, so that what is kept of data goes with it.
"""

from __future__ import annotations

import enum
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from dashboard.data.library import Dataset
from dashboard.data.tally_job import TURNS, TallyJob
from dashboard.page.scenario_figures import (
    FiguresKey,
    ScenarioFigures,
    Shared,
    figures_under,
    prices_of,
    shared_keys,
)
from metrics import Scenario, Tally, TallyFile, tally_scores
from metrics.evaluation.confusion import Curve, curve, with_worst_recalls
from metrics.evaluation.model_metrics import ModelFigures
from metrics.inference.guarantee import SharesOfRows
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.inference.uncertainty import Uncertainty
from metrics.tally.breakdown import count_defect_types
from metrics.tally.miss_prices import with_miss_prices
from metrics.tally.sparse_sums import Floats
from metrics.tally.worst_recall import worst_recalls, worst_recalls_counted

ATOMS = (bool, int, float, complex, str, bytes, bytearray, type(None))


def memory_size(value: Any, shared: tuple[type, ...] = ()) -> int:
    """Bytes that a value holds on to, each object of its parts once.

    Parameters
    ----------
    shared : tuple of type
        What belongs to somebody else, where it is a part of the value.
    """
    counted_ids: dict[int, Any] = {}
    todo, total = [value], 0
    while todo:
        one = todo.pop()
        if id(one) in counted_ids or (one is not value and isinstance(one, shared)):
            continue
        counted_ids[id(one)] = one  # held, or what comes next may have its id
        if isinstance(one, np.ndarray):
            if isinstance(one.base, np.ndarray):  # a view keeps all of what it looks at
                todo.append(one.base)
            else:
                total += one.nbytes
        elif isinstance(one, pd.DataFrame):
            total += int(one.index.memory_usage())
            todo.extend(column for _, column in one.items())
        elif isinstance(one, pd.Series) and isinstance(one.dtype, np.dtype):
            todo.append(one.to_numpy())
        elif isinstance(one, pd.Series):
            total += one.memory_usage(index=False)
        else:
            total += sys.getsizeof(one, 64)
            if isinstance(one, ATOMS):
                continue
            if isinstance(one, Mapping):
                todo.extend(one.keys())
                todo.extend(one.values())
            elif isinstance(one, tuple | list | set | frozenset):
                todo.extend(one)
            elif not isinstance(one, type) and not callable(one):
                todo.extend(getattr(one, "__dict__", {}).values())
    return total


T = TypeVar("T")


class Kind(enum.Enum):
    """What is kept, and what of it belongs to another entry."""

    JOB = enum.auto()
    CURVES = enum.auto()
    COUNTED_APART = enum.auto()
    PRICED = enum.auto()
    DRAWN = enum.auto()
    TESTED = enum.auto()
    SHARED = enum.auto()
    FIGURES = enum.auto()
    UNCERTAINTY = enum.auto()
    PART = enum.auto()
    OF_ONE = enum.auto()

    @property
    def shared(self) -> tuple[type, ...]:
        """Types of values that are no part of the memory that such an entry takes."""
        match self:
            case Kind.JOB:
                return (Dataset,)
            case Kind.COUNTED_APART | Kind.PRICED | Kind.SHARED:
                return ()
            case Kind.CURVES:
                return (Tally,)
            case Kind.DRAWN | Kind.TESTED:
                return Tally, Curve
            case Kind.FIGURES:  # whose columns are entries of their own
                return Tally, Curve, ModelFigures, pd.DataFrame
        return Dataset, Tally, Curve, ReplicatedCounts, ScenarioFigures

    @cached_property
    def passes(self) -> bool:
        """Whether such an entry is of one scenario, or of some: many come, and few come back."""
        return self in (Kind.PRICED, Kind.SHARED, Kind.PART) or self.is_of_one

    @cached_property
    def is_of_one(self) -> bool:
        """Whether it is of one scenario alone, which nobody comes back to but who asked for it."""
        return self in (Kind.FIGURES, Kind.UNCERTAINTY, Kind.OF_ONE)

    @cached_property
    def grows(self) -> bool:
        """Whether such an entry takes more memory while it is used."""
        return self in (Kind.JOB, Kind.DRAWN, Kind.TESTED, Kind.UNCERTAINTY)


@dataclass(frozen=True)
class Key:
    """All that an entry follows from.

    Attributes
    ----------
    data : tuple of str
        Fingerprints of the data that it is made of.
    of : hashable
        Everything else, as frozen values.
    kind : Kind
    """

    data: tuple[str, ...]
    of: Hashable = None
    kind: Kind = Kind.PART

    @cached_property
    def _hash(self) -> int:
        return hash((self.data, self.of, self.kind))

    def __hash__(self) -> int:
        return self._hash


class Turns:
    """As many threads at work at a time as there are cores; the others wait."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)
        self._own = threading.local()

    @property
    def _has_one(self) -> bool:
        return getattr(self._own, "has_one", False)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work in a turn; work within work is in the same."""
        if self._has_one:
            yield
            return
        with self._free:
            self._own.has_one = True
            try:
                yield
            finally:
                self._own.has_one = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Wait for others without keeping a turn from them."""
        if not self._has_one:
            yield
            return
        self._own.has_one = False
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
            self._own.has_one = True


class Cache:
    """Entries under keys, bounded in bytes; each is made once for all who ask.

    Parameters
    ----------
    most : int
        Bytes that entries may take together; those that were asked for longest ago go first. What was asked
        for last stays, however large.
    share : float
        Of that, what entries of scenarios may take together; what is of the data serves them all.
    share_of_ones : float
        Of that, what entries of one scenario each may take together; what scenarios share stays for them.
    """

    def __init__(self, most: int, share: float = 1.0, share_of_ones: float = 1.0) -> None:
        self.most, self.share, self.share_of_ones = most, share, share_of_ones
        self._entries: OrderedDict[Key, Future[Any]] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        # Of all sizes, of those of scenarios, and of those of one scenario each.
        self._total = self._passing = self._of_ones = 0
        self._lock = threading.Lock()
        self._turns = Turns(
            os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count() or 1
        )

    def get(self, key: Key, make: Callable[[], T]) -> T:
        """What is kept under a key; it is made where there is none, and waited for where it is on its way."""
        with self._lock:
            entry = self._entries.get(key)
            is_new = entry is None
            if entry is None:
                entry = self._entries[key] = Future()
            self._entries.move_to_end(key)
        if is_new:
            try:
                with self._turns.turn():
                    entry.set_result(make())
            except BaseException as error:
                self.drop(key, entry)  # whoever asks next tries anew
                entry.set_exception(error)
                raise
        elif not entry.done():
            with self._turns.aside():
                wait([entry])
        made: T = entry.result()
        if is_new or key.kind.grows:
            self._weigh(key, entry, made)
        return made

    def _weigh(self, key: Key, entry: Future[Any], made: object) -> None:
        """Note what an entry takes, which grows while it is used, and make room for it."""
        size = memory_size(made, key.kind.shared)
        with self._lock:
            if self._entries.get(key) is not entry:
                return
            self._count(key, size)
            if not self._is_over():
                return
            for old in list(self._entries):
                if not self._is_over():
                    break
                # What is on its way stays: it is not to be begun a second time.
                if old == key or not self._entries[old].done():
                    continue
                is_over = self._total > self.most
                is_over |= old.kind.passes and self._passing > self.share * self.most
                is_over |= old.kind.is_of_one and self._of_ones > self.share_of_ones * self.most
                if is_over:
                    self._drop(old)

    def _is_over(self) -> bool:
        """Whether something must go."""
        return (
            self._total > self.most
            or self._passing > self.share * self.most
            or self._of_ones > self.share_of_ones * self.most
        )

    def _count(self, key: Key, size: int) -> None:
        """Note what an entry takes, in place of what it took before."""
        more = size - self._sizes.pop(key, 0)
        self._total += more
        self._passing += more if key.kind.passes else 0
        self._of_ones += more if key.kind.is_of_one else 0
        if size:
            self._sizes[key] = size

    def _drop(self, key: Key) -> None:
        """Take an entry out."""
        del self._entries[key]
        self._count(key, 0)

    @property
    def size(self) -> int:
        """Bytes that the entries take together, as they were when last asked for."""
        with self._lock:
            return self._total

    def peek(self, key: Key) -> Any | None:
        """What is kept under a key; None where nothing is yet, which is not waited for."""
        with self._lock:
            entry = self._entries.get(key)
        return entry.result() if entry is not None and _is_made(entry) else None

    def touch(self, keys: Iterable[Key]) -> None:
        """Count entries as asked for just now, those that are there."""
        with self._lock:
            for key in keys:
                if key in self._entries:
                    self._entries.move_to_end(key)

    def drop(self, key: Key, entry: Future[Any]) -> None:
        """Forget one entry, unless another has taken its place."""
        with self._lock:
            if self._entries.get(key) is entry:
                self._drop(key)

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
                self._drop(key)


def _is_made(entry: Future[Any]) -> bool:
    """Whether what an entry holds can be had at once."""
    return entry.done() and entry.exception() is None


MOST = 500_000_000
"""Bytes that a server keeps where nobody says how many."""
SHARE = 0.3
"""Of them for scenarios: what many of them share, and what each needs alone."""

SHARE_OF_ONES = 0.06
"""Of them for what one scenario alone needs: enough for what twenty readers look at, twice over."""

_KEPT = Cache(MOST, SHARE, SHARE_OF_ONES)


def limit(most: int) -> None:
    """Keep at most so many bytes of all data together."""
    _KEPT.most = most


def size() -> int:
    """Bytes that are kept of all data together."""
    return _KEPT.size


def _job_key(dataset: Dataset) -> Key:
    return Key((dataset.fingerprint,), kind=Kind.JOB)


def tally_job(dataset: Dataset) -> TallyJob:
    """The counting of a data set, begun where nobody has asked for it yet."""
    return _KEPT.get(_job_key(dataset), lambda: TallyJob(dataset))


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
        counted = job.result
        job.tell(dataset.scores)
        return counted
    except Exception:
        _KEPT.drop_value(_job_key(dataset), job)
        raise


def priced_tally(dataset: Dataset, scenario: Scenario) -> Tally:
    """Tally of a data set, with the prices of missed defects where the scenario has them by kind.

    Raises
    ------
    ScoreError
        As `tally`.
    """
    counted = tally(dataset)
    return _priced(dataset, scenario, counted, _priced_key(dataset, scenario))


def _priced_key(dataset: Dataset, scenario: Scenario, *at: float) -> Key | None:
    prices = prices_of(scenario)
    return None if prices is None else Key((dataset.fingerprint,), (prices, at), Kind.PRICED)


def _priced(dataset: Dataset, scenario: Scenario, counted: Tally, key: Key | None) -> Tally:
    """A tally with the prices of missed defects by kind: one more pass over the rows."""
    scores, prices = dataset.scores, scenario.miss_cost_by_type
    if key is None or not prices or not dataset.names_kinds:
        return counted
    assert not isinstance(scores, TallyFile)

    def price() -> Tally:
        with TURNS:
            return with_miss_prices(counted, scores, prices, scenario.miss_cost)

    return _KEPT.get(key, price)


def kinds(dataset: Dataset) -> Mapping[str, int]:
    """Defects of each kind, the most first; empty where the data names none.

    Raises
    ------
    ScoreError
        As `tally`.
    """
    scores = dataset.scores
    if isinstance(scores, TallyFile) or not dataset.names_kinds:
        return {}
    tally(dataset)  # by which the rows are checked

    def count() -> Mapping[str, int]:
        with TURNS:
            return count_defect_types(scores)

    return _KEPT.get(Key((dataset.fingerprint,), "kinds of defect"), count)


def _curves(dataset: Dataset, counted: Tally, prices: Hashable = None) -> tuple[Curve, ...]:
    return _KEPT.get(
        Key((dataset.fingerprint,), prices, kind=Kind.CURVES),
        lambda: _with_worst(
            dataset, counted, tuple(curve(counted, m) for m in range(len(counted.models)))
        ),
    )


def _with_worst(dataset: Dataset, counted: Tally, curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """Curves with the recall of the worst kind and segment, counted once where the data has any."""
    scores = dataset.scores
    if isinstance(scores, TallyFile):
        if scores.tally.breakdowns is None:
            return curves
    elif not (dataset.names_kinds or scores.columns.segments):
        return curves

    def count() -> tuple[list[Floats] | None, list[Floats] | None]:
        if isinstance(scores, TallyFile):
            assert scores.tally.breakdowns is not None
            return worst_recalls_counted(scores.tally.breakdowns)
        with TURNS:
            return worst_recalls(scores, counted)

    return with_worst_recalls(
        curves, *_KEPT.get(Key((dataset.fingerprint,), "worst recalls"), count)
    )


def _apart_key(dataset: Dataset, thresholds: Sequence[float]) -> Key:
    return Key((dataset.fingerprint,), tuple(thresholds), Kind.COUNTED_APART)


def _counted_apart(dataset: Dataset, thresholds: Sequence[float]) -> Tally:
    """Tally at thresholds that are none of the data's own tally: one more pass over the rows."""

    def count() -> Tally:
        assert not isinstance(dataset.scores, TallyFile)
        alone = [np.array(thresholds, np.float64)] * len(dataset.scores.models)
        with TURNS:
            return tally_scores(dataset.scores, thresholds=alone)

    return _KEPT.get(_apart_key(dataset, thresholds), count)


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
    apart = _counted_apart(dataset, [today[1]])
    return _priced(dataset, scenario, apart, _priced_key(dataset, scenario, today[1]))


def is_counted_for(dataset: Dataset, scenario: Scenario) -> bool:
    """Whether no row has to be read for the figures of a scenario, once the data is counted."""
    today = _uncounted_today(dataset, scenario)
    key = _priced_key(dataset, scenario)
    if key is not None and dataset.names_kinds and _KEPT.peek(key) is None:
        return False
    return _is_at_hand(dataset, [] if today is None else [today[1]])


def is_counted_at(dataset: Dataset, points: Sequence[tuple[str, float]]) -> bool:
    """Whether no row has to be read for operating points of other data, once this is counted."""
    return _is_at_hand(dataset, _uncounted(dataset, points))


def _is_at_hand(dataset: Dataset, thresholds: Sequence[float]) -> bool:
    if not thresholds or isinstance(dataset.scores, TallyFile):
        return True
    return _KEPT.peek(_apart_key(dataset, thresholds)) is not None


def _uncounted(dataset: Dataset, points: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Thresholds of operating points where the data's own tally is not exact for all of them."""
    counted = tally(dataset)
    if all(counted.is_exact(counted.index(model), threshold) for model, threshold in points):
        return ()
    return tuple(sorted({threshold for _, threshold in points}))


def counted_at(
    dataset: Dataset, points: Sequence[tuple[str, float]], scenario: Scenario
) -> Tally | None:
    """Tally of a data set at operating points of other data; None where its own counts them exactly.

    Parameters
    ----------
    points : sequence of (model, threshold)
        Finite thresholds.
    scenario : Scenario
        Whose prices of missed defects by kind are summed, where it has any.

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
    apart = _counted_apart(dataset, thresholds)
    return _priced(dataset, scenario, apart, _priced_key(dataset, scenario, *thresholds))


def scenario_figures(dataset: Dataset, scenario: Scenario) -> ScenarioFigures:
    """Operating points of a data set under a scenario.

    Raises
    ------
    ScoreError
        Where the scenario does not fit the data.
    """
    counted, prices = priced_tally(dataset, scenario), prices_of(scenario)
    curves, today = _curves(dataset, counted, prices), _today(dataset, scenario)
    own = (dataset.fingerprint,)

    def keyed(key: Hashable) -> Key:
        is_of_one = isinstance(key, FiguresKey) and key.scenario.miss_cost != Scenario().miss_cost
        return Key(own, key, Kind.OF_ONE if is_of_one else Kind.SHARED)

    def share(key: Hashable, make: Callable[[], Shared]) -> Shared:
        return _KEPT.get(keyed(key), make)

    found = _KEPT.get(
        Key(own, scenario, Kind.FIGURES),
        lambda: figures_under(counted, scenario, curves, today, share),
    )
    # What it holds on to is not to go before it.
    _KEPT.touch(map(keyed, shared_keys(counted, scenario)))
    return found


def part(key: Key, make: Callable[[], T]) -> T:
    """A part of a page, made once for all that it follows from."""
    return _KEPT.get(key, make)


def has_part(key: Key) -> bool:
    """Whether a part of a page is there already."""
    return _KEPT.peek(key) is not None


def _drawn_key(dataset: Dataset, seed: int, prices: Hashable) -> Key:
    return Key((dataset.fingerprint,), (seed, prices), Kind.DRAWN)


def drawn(dataset: Dataset, seed: int, scenario: Scenario) -> ReplicatedCounts | None:
    """The data in other samples, where it has been drawn; a page does not wait for it."""
    found: ReplicatedCounts | None = _KEPT.peek(_drawn_key(dataset, seed, prices_of(scenario)))
    return found


def draw(dataset: Dataset, seed: int, scenario: Scenario) -> ReplicatedCounts:
    """The data in other samples, which serve every scenario of it with the same prices by kind."""
    prices = prices_of(scenario)

    def make() -> ReplicatedCounts:
        counted = priced_tally(dataset, scenario)
        made = ReplicatedCounts.draw(counted, _curves(dataset, counted, prices), seed=seed)
        made.keep()
        return made

    return _KEPT.get(_drawn_key(dataset, seed, prices), make)


def shares_of_rows(dataset: Dataset) -> SharesOfRows:
    """What limits of a data set are certified by, under every scenario; a share once it is asked for."""

    def make() -> SharesOfRows:
        counted = tally(dataset)
        return SharesOfRows(counted, _curves(dataset, counted))

    return _KEPT.get(Key((dataset.fingerprint,), kind=Kind.TESTED), make)


def uncertainty(key: Key, make: Callable[[], Uncertainty]) -> Uncertainty:
    """How sure the figures of a scenario are."""
    return _KEPT.get(replace(key, kind=Kind.UNCERTAINTY), make)


def forget(fingerprint: str) -> None:
    """Drop what is kept of data that is gone, and nothing of other data."""
    _KEPT.forget(fingerprint)
