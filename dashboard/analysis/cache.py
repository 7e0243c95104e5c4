"""Cache of the server: a thread-safe LRU cache, bounded in bytes, which computes each value once.

Values in the cache outlive a run of a page, and no other module stores anything between runs. The decorator
`part` caches the functions of an analysis. The module `counts` caches tallies and replicates of counts.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Collection, Hashable, Iterable
from concurrent.futures import Future, wait
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from operator import and_, attrgetter
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

import pandas as pd

from dashboard.analysis.memory_size import memory_size
from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.analysis.thread_turns import Turns
from dashboard.data.dataset import Dataset
from metrics import Tally
from metrics.evaluation.confusion import ConfusionCurve
from metrics.evaluation.model_metrics import ModelFigures
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.parallel import processors

LOW_WATER = 0.95
"""Share of the room in use after entries were dropped. The rest is free for the next entries."""


T = TypeVar("T")


class Kind(enum.Enum):
    """Kind of an entry: which of its parts belong to other entries, and which share of the cache it uses."""

    JOB = enum.auto()
    """Job that counts a data set, with its tally."""
    CURVES = enum.auto()
    """Confusion curves of a data set."""
    COUNTED_SEPARATELY = enum.auto()
    """Tally at other thresholds."""
    PRICED = enum.auto()
    """Tally with the prices of missed defects by kind."""
    DRAWN = enum.auto()
    """Bootstrap replicates of the counts."""
    TESTED = enum.auto()
    """Shares of rows for the certification of limits."""
    SHARED = enum.auto()
    """Columns of figures that several scenarios share."""
    FIGURES = enum.auto()
    """All figures of a scenario."""
    UNCERTAINTY = enum.auto()
    """Intervals of a scenario."""
    PART = enum.auto()
    """Any other value that several scenarios share."""
    ONE_SCENARIO = enum.auto()
    """Any other value of a single scenario."""

    @property
    def shared(self) -> tuple[type, ...]:
        """Types of parts that belong to other entries."""
        match self:
            case Kind.JOB:
                return (Dataset,)
            case Kind.COUNTED_SEPARATELY | Kind.PRICED | Kind.SHARED:
                return ()
            case Kind.CURVES:
                return (Tally,)
            case Kind.DRAWN | Kind.TESTED:
                return Tally, ConfusionCurve
            case Kind.FIGURES:  # its columns are separate entries
                return Tally, ConfusionCurve, ModelFigures, pd.DataFrame
        return Dataset, Tally, ConfusionCurve, ReplicatedCounts, ScenarioFigures

    @cached_property
    def rooms(self) -> tuple[bool, ...]:
        """Whether the entry counts in each room: of all entries, of scenarios, and of a single scenario.

        Few entries of scenarios are read again, and those of a single scenario only by its readers.
        """
        is_of_one_scenario = self in (Kind.FIGURES, Kind.UNCERTAINTY, Kind.ONE_SCENARIO)
        is_of_several = self in (Kind.PRICED, Kind.SHARED, Kind.PART)
        return True, is_of_one_scenario or is_of_several, is_of_one_scenario

    @property
    def owns(self) -> bool:
        """Whether the entry owns the large parts that are counted in it."""
        return self in (Kind.JOB, Kind.CURVES, Kind.DRAWN, Kind.FIGURES)

    @cached_property
    def is_large(self) -> bool:
        """Whether a page that is being computed needs an entry of this kind."""
        return self.owns or self in (Kind.TESTED, Kind.UNCERTAINTY)

    @cached_property
    def grows(self) -> bool:
        """Whether the entry takes more memory while it is used."""
        return self in (Kind.JOB, Kind.DRAWN, Kind.TESTED, Kind.UNCERTAINTY)


@dataclass(frozen=True)
class Key:
    """Key of an entry, with everything that its value depends on.

    Attributes
    ----------
    data : tuple of str
        Fingerprints of the data sets.
    of : hashable
        Everything else, as frozen values.
    """

    data: tuple[str, ...]
    of: Hashable = None
    kind: Kind = Kind.PART

    @cached_property
    def _hash(self) -> int:
        return hash((self.data, self.of, self.kind))

    def __hash__(self) -> int:
        return self._hash


class _Entry(Future[Any]):
    """Value of a key, which a thread computes or has computed."""

    def __init__(self, key: Key) -> None:
        super().__init__()
        self.key = key


class Cache:
    """Thread-safe LRU cache, bounded in bytes. Only one thread at a time computes the value of a key.

    Parameters
    ----------
    most : int
        Largest number of bytes of all entries. The entries that a page of the last used data set needs stay
        even if they are larger.
    share : float
        Share of these bytes for entries that depend on a scenario. All other entries depend on data alone.
    share_of_one_scenario : float
        Share of these bytes for entries that belong to a single scenario.
    """

    def __init__(self, most: int, share: float = 1.0, share_of_one_scenario: float = 1.0) -> None:
        self.most, self._shares = most, (1.0, share, share_of_one_scenario)
        # The least recently used entry is first. An `OrderedDict` looks up each key while it is read.
        self._entries: dict[Key, _Entry] = {}
        self._sizes: dict[Key, int] = {}
        self._large: dict[Key, set[int]] = {}
        self._owners: dict[int, Key] = {}
        self._used = [0, 0, 0]  # bytes in each of the rooms (`Kind.rooms`)
        self._lock = threading.Lock()
        # Threads that compute, or run a whole page, at the same time.
        self.turns = Turns(processors())

    def get(self, key: Key, make: Callable[[], T]) -> T:
        """Value under a key; computed if it is missing, and awaited if another thread computes it."""
        with self._lock:
            entry = self._entries.get(key)
            is_new = entry is None
            if entry is None:
                entry = self._entries[key] = _Entry(key)
            # The same object is found at once, an equal one only after a long comparison.
            key = entry.key
            self._move_to_end(key)
            # The entries that own large parts of this one must not be dropped before it.
            for owner in {self._owners.get(part, key) for part in self._large.get(key, ())}:
                self._move_to_end(owner)
        if is_new:
            try:
                with self.turns.turn():
                    entry.set_result(make())
            except BaseException as error:
                self.drop(key, entry)  # the next caller tries again
                entry.set_exception(error)
                raise
        elif not entry.done():
            with self.turns.aside():
                wait([entry])
        value: T = entry.result()
        if is_new or key.kind.grows:
            self._weigh(key, entry, value)
        return value

    def _move_to_end(self, key: Key) -> None:
        self._entries[key] = self._entries.pop(key)

    def _weigh(self, key: Key, entry: _Entry, value: object) -> None:
        """Update the size of an entry, and drop other entries to make room."""
        large: set[int] = set()
        size = memory_size(value, key.kind.shared, large)
        with self._lock:
            if self._entries.get(key) is not entry:
                return
            self._count(key, size)
            self._large[key] = large
            if key.kind.owns:
                self._owners |= {part: key for part in large if part not in self._owners}
            over = self._rooms_over(1.0)
            if not any(over):
                return
            # Entries that a page of this data needs stay. Otherwise a larger page would never be complete.
            needed: Collection[Key] | None = None
            for old, other in list(self._entries.items()):
                # An entry that is being computed must stay, or it would be computed twice.
                is_used = any(map(and_, over, old.kind.rooms))
                if not is_used or other is entry or not other.done():
                    continue
                if old.kind.is_large:
                    if needed is None:
                        of_data = (k for k in self._entries if k.data == key.data)
                        needed = {k.kind: k for k in of_data}.values()
                    if old in needed:
                        continue
                self._drop(old)
                over = tuple(map(and_, over, self._rooms_over(LOW_WATER)))
                if not any(over):
                    break

    def _rooms_over(self, part: float) -> tuple[bool, ...]:
        """Whether more than a part of each of the rooms (`Kind.rooms`) is used."""
        rooms = zip(self._used, self._shares, strict=True)
        return tuple(used > share * part * self.most for used, share in rooms)

    def _count(self, key: Key, size: int) -> None:
        """Replace the size of an entry."""
        more = size - self._sizes.pop(key, 0)
        for room, is_in_room in enumerate(key.kind.rooms):
            self._used[room] += more * is_in_room
        if size:
            self._sizes[key] = size

    def _drop(self, key: Key) -> None:
        """Remove an entry, and the others that would keep its large parts in memory."""
        if self._entries.pop(key, None) is None:
            return
        self._count(key, 0)
        owned = {part for part in self._large.pop(key, ()) if self._owners.get(part) == key}
        for part in owned:
            del self._owners[part]
        if owned:
            for other in [other for other, large in self._large.items() if owned & large]:
                self._drop(other)

    @property
    def size(self) -> int:
        """Bytes of all entries, each measured when it was last used."""
        with self._lock:
            return self._used[0]

    def peek(self, key: Key) -> Any | None:
        """Value under a key; `None` if it is missing or not computed yet."""
        with self._lock:
            entry = self._entries.get(key)
        return entry.result() if entry is not None and _is_made(entry) else None

    def has(self, key: Key) -> bool:
        """Whether a value other than `None` is stored under a key."""
        return self.peek(key) is not None

    def touch(self, keys: Iterable[Key]) -> None:
        """Mark existing entries as just used."""
        with self._lock:
            for key in keys:
                if key in self._entries:
                    self._move_to_end(key)

    def drop(self, key: Key, entry: _Entry) -> None:
        """Drop an entry unless another one has replaced it."""
        with self._lock:
            if self._entries.get(key) is entry:
                self._drop(key)

    def drop_value(self, key: Key, value: object) -> None:
        """Drop the entry of a key if it holds a value."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None and _is_made(entry) and entry.result() is value:
            self.drop(key, entry)

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """Drop every entry of data sets that are gone; ``is_gone`` takes a fingerprint."""
        with self._lock:
            for key in [key for key in self._entries if any(map(is_gone, key.data))]:
                self._drop(key)


def _is_made(entry: _Entry) -> bool:
    """Whether the value of an entry is computed."""
    return entry.done() and entry.exception() is None


MOST = 250_000_000
"""Bytes that a server stores by default."""
SHARE = 0.2
"""Share of `MOST` for values that depend on a scenario."""
SHARE_OF_ONE_SCENARIO = 0.12
"""Share of `MOST` for values of a single scenario: twice as much as twenty readers need."""

STORE = Cache(MOST, SHARE, SHARE_OF_ONE_SCENARIO)
"""Cache of this server."""


def forget(fingerprint: str) -> None:
    """Drop every value of a deleted data set."""
    STORE.forget(lambda data: data == fingerprint)


class OfData(Protocol):
    """First argument of a function with `part`: a data set, an analysis, a selection, or a page.

    Without ``reads`` the value depends on the attribute ``key`` of this argument.
    """

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data set."""


A = TypeVar("A", bound=OfData)
P = ParamSpec("P")
R = TypeVar("R")


_key_of = attrgetter("key")


class computed_once(cached_property[R]):
    """A `cached_property` without a lock.

    In Python 3.11 all instances share the lock of the property. A thread that waits for its turn would hold
    the lock, and stop the threads that have a turn.
    """

    def __init__(self, compute: Callable[[Any], R]) -> None:
        super().__init__(compute)
        self.lock = nullcontext()


class Part(Generic[A, P, R]):
    """Function of an analysis whose values are cached (`part`)."""

    def __init__(
        self,
        compute: Callable[Concatenate[A, P], R],
        reads: Callable[Concatenate[A, P], Hashable] | None,
        kind: Kind,
    ) -> None:
        self._compute, self._reads, self._kind = compute, reads, kind
        update_wrapper(self, compute)

    def _key(self, analysis: A, *args: Any, **options: Any) -> Key:
        if self._reads is None:
            inputs: Hashable = _key_of(analysis), args, tuple(options.items())
        else:
            inputs = self._reads(analysis, *args, **options)
        others = (arg.fingerprint for arg in args if hasattr(arg, "fingerprint"))
        name = f"{self._compute.__module__}.{self._compute.__qualname__}"
        return Key((analysis.fingerprint, *others), (name, inputs), self._kind)

    def __call__(self, analysis: A, *args: P.args, **options: P.kwargs) -> R:
        """Value of the part; computed at the first call, then stored."""
        return STORE.get(
            self._key(analysis, *args, **options), lambda: self._compute(analysis, *args, **options)
        )

    def is_ready(self, analysis: A, *args: P.args, **options: P.kwargs) -> bool:
        """Whether the value is cached."""
        return STORE.has(self._key(analysis, *args, **options))


def part(
    *, reads: Callable[..., Hashable] | None = None, kind: Kind = Kind.ONE_SCENARIO
) -> Callable[[Callable[Concatenate[A, P], R]], Part[A, P, R]]:
    """Decorate a function of an analysis so that its values are cached.

    Parameters
    ----------
    reads : callable, optional
        Function of the same arguments that returns everything that the value depends on besides the data
        set. Scenarios for which it returns the same share the value. The default is the whole analysis.
    kind : Kind
        `Kind.PART` if many scenarios share the value. Values of a single scenario have less room.

    Examples
    --------
    >>> @part(reads=lambda analysis: analysis.picks_key)
    ... def feasibility_of(analysis): ...
    """

    def decorate(compute: Callable[Concatenate[A, P], R]) -> Part[A, P, R]:
        return Part(compute, reads, kind)

    return decorate
