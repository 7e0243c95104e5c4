"""What time it is for what is kept: the wall clock may be set to any day, and nothing is over by that alone.

A library's time goes on while a server runs, by a clock that nobody sets. Where the wall clock is ahead of
it, since no server ran or since it was set, it follows by at most a day at a start, and by a day for each
hour in which a server runs: whoever sets a clock right in that time has lost nothing.
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
    """The time of one library, for all servers that share it.

    Parameters
    ----------
    folder : path
        Of the library.
    known : iterable of float
        Times at which something came, in seconds since the epoch: without a note of an earlier server no more
        than a day has gone by since the last of them.

    Notes
    -----
    It never goes back. What is kept is dated by it too, so it need not agree with the wall.
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
            # Only what went by since the last note, so that many starts are no more than one.
            self._now = then + min(DAY, max(0.0, wall - wall_then))
        self.keep()

    def now(self) -> float:
        """Seconds since the epoch, as this library counts them."""
        with self._lock:
            steady = time.monotonic()
            gone, self._steady = steady - self._steady, steady
            behind = time.time() - (self._now + gone)
            self._now += gone + min(max(0.0, behind), gone * DAY / HOUR)
            return self._now

    def age(self, changed: float) -> float:
        """Seconds since a file was changed at least, by this clock and by the wall's, which dated it."""
        return min(self.now(), time.time()) - changed

    def keep(self) -> None:
        """Note the time for the next server; where that cannot be, it begins where this one did."""
        now, kept = self.now(), self._kept()
        with self._lock:
            if kept is not None:  # of another server of this library
                self._now = now = max(now, kept[0])
        with contextlib.suppress(OSError), replacing(self._place, private=True) as file:
            file.write(json.dumps({"library": now, "wall": time.time()}).encode())

    def _kept(self) -> tuple[float, float] | None:
        """The library's time and the wall's at the last note; None where there is none that can be."""
        try:
            clock = json.loads(self._place.read_bytes())
            then, wall = float(clock["library"]), float(clock["wall"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        # It may be ahead of the wall, which was set back; were it far ahead, all would be over.
        believed = math.isfinite(wall) and 0 <= then <= time.time() + 400 * DAY
        return (then, wall) if believed else None
