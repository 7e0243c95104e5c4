"""Clock of the library, by which stored data expires; a wrong system clock alone expires nothing.

While a server runs, this clock follows a monotonic clock. The system clock may be ahead, because no server
ran or because it was set. Then this clock catches up by at most a day at each start, and by a day per hour of
running. If the system clock is corrected within that time, nothing has been lost.
"""

from __future__ import annotations

import contextlib
import json
import math
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from metrics.io.atomic_write import replacing

DAY, HOUR = 86_400.0, 3_600.0
CLOCK = "clock.json"


class LibraryClock:
    """Time of one library, for all servers that share it.

    Parameters
    ----------
    folder : path
        Folder of the library.
    known : iterable of float
        Times of stored uploads, in seconds since the epoch. Without a note of an earlier server, at most a
        day is assumed to have passed since the last of them.

    Notes
    -----
    The clock never goes back. Stored data is dated by it too, so it need not agree with the system clock.
    """

    def __init__(self, folder: Path, known: Iterable[float] = ()) -> None:
        self._place = folder / CLOCK
        self._lock = threading.Lock()
        self._steady, wall = time.monotonic(), time.time()
        kept = self._kept()
        if kept is None:
            self._now = min([wall, max(known, default=wall) + DAY])
        else:
            then, wall_then = kept
            # Only the time since the last note counts, so that many starts count no more than one.
            self._now = then + min(DAY, max(0.0, wall - wall_then))
        self.keep()

    def now(self) -> float:
        """Seconds since the epoch by this clock."""
        with self._lock:
            steady = time.monotonic()
            gone, self._steady = steady - self._steady, steady
            behind = time.time() - (self._now + gone)
            self._now += gone + min(max(0.0, behind), gone * DAY / HOUR)
            return self._now

    def age(self, changed: float) -> float:
        """Seconds since a file was changed, at least; the file was dated by the system clock."""
        return min(self.now(), time.time()) - changed

    def keep(self) -> None:
        """Note the time for the next server; without the note, the next server starts where this one did."""
        now, kept = self.now(), self._kept()
        with self._lock:
            if kept is not None:  # noted by another server of this library
                self._now = now = max(now, kept[0])
        with contextlib.suppress(OSError), replacing(self._place, private=True) as file:
            file.write(json.dumps({"library": now, "wall": time.time()}).encode())

    def _kept(self) -> tuple[float, float] | None:
        """Time of this clock and of the system at the last note; `None` if there is no plausible note."""
        try:
            clock = json.loads(self._place.read_bytes())
            then, wall = float(clock["library"]), float(clock["wall"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        # The note may be ahead of a system clock that was set back. A note far ahead would expire everything.
        believed = math.isfinite(wall) and 0 <= then <= time.time() + 400 * DAY
        return (then, wall) if believed else None
