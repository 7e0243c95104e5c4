"""Clock of the library, by which stored data expires, and which a wrong system clock cannot mislead.

While a server runs, this clock follows a monotonic clock. The system clock may be ahead, because no server
ran or because it was set. Then this clock catches up by at most a day at each start, and by a day per hour of
running. If a wrong system clock is corrected in time, nothing has expired.
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
"""Name of the file with the saved time."""


class LibraryClock:
    """Time of one library, for all servers that share it.

    Parameters
    ----------
    folder : path
        Folder of the library.
    known : iterable of float
        Times of stored uploads, in seconds since the epoch. If no time was saved, at most a day is assumed
        to have passed since the last upload.

    Notes
    -----
    The clock never goes back. Stored data is dated by it too, so it need not agree with the system clock.
    """

    def __init__(self, folder: Path, known: Iterable[float] = ()) -> None:
        self._place = folder / CLOCK
        self._lock = threading.Lock()
        self._steady, wall = time.monotonic(), time.time()
        saved = self._saved()
        if saved is None:
            self._now = min([wall, max(known, default=wall) + DAY])
        else:
            then, wall_then = saved
            # Time is added since the last save, so that many starts add no more than one start.
            self._now = then + min(DAY, max(0.0, wall - wall_then))
        self.save()

    def now(self) -> float:
        """Seconds since the epoch by this clock."""
        with self._lock:
            steady = time.monotonic()
            gone, self._steady = steady - self._steady, steady
            behind = time.time() - (self._now + gone)
            self._now += gone + min(max(0.0, behind), gone * DAY / HOUR)
            return self._now

    def age(self, changed: float) -> float:
        """Least age of a file in seconds. The system clock dated the file."""
        return min(self.now(), time.time()) - changed

    def save(self) -> None:
        """Save the time for the next server, which would otherwise start at the same time as this one."""
        now, saved = self.now(), self._saved()
        with self._lock:
            if saved is not None:  # by another server of this library
                self._now = now = max(now, saved[0])
        with contextlib.suppress(OSError), replacing(self._place, private=True) as file:
            file.write(json.dumps({"library": now, "wall": time.time()}).encode())

    def _saved(self) -> tuple[float, float] | None:
        """Saved times of this clock and of the system clock; `None` if there are no plausible times."""
        try:
            clock = json.loads(self._place.read_bytes())
            then, wall = float(clock["library"]), float(clock["wall"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        # The system clock may have been set back since. But a time far in the future would expire everything.
        is_plausible = math.isfinite(wall) and 0 <= then <= time.time() + 400 * DAY
        return (then, wall) if is_plausible else None
