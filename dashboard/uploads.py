"""Uploads on their way, and whether anybody still waits for them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dashboard.intake import Intake

GRACE = 120.0
"""Seconds for which an upload goes on without its reader; for as long Streamlit keeps a session."""
MAX_FILES = 50
"""Files that one upload may hold."""
AT_ONCE = 2
"""Uploads that are read at the same time; the others wait."""


class Presence:
    """For how long a reader's browser has been away.

    Parameters
    ----------
    is_connected : callable
        Whether it is connected now; asked from any thread.

    Notes
    -----
    It is asked now and then, not told: a page that is still drawn when its browser goes would otherwise
    pass for a browser that has come back.
    """

    def __init__(self, is_connected: Callable[[], bool]) -> None:
        self._is_connected = is_connected
        self._missed: float | None = None

    def away(self) -> float:
        """Seconds since the browser was first seen to be gone; 0 while it is there."""
        if self._is_connected():
            self._missed = None
            return 0.0
        now = time.monotonic()
        if self._missed is None:
            self._missed = now
        return now - self._missed


@dataclass
class Upload:
    """Files that are being read for somebody.

    Attributes
    ----------
    job : Intake
    place : path
        Folder that holds all there is of the upload on the server.
    presence : Presence
        Of whoever waits for it.
    """

    job: Intake
    place: Path
    presence: Presence

    @property
    def abandoned(self) -> bool:
        """Whether nobody has waited for it for so long that nobody will come back."""
        return self.presence.away() > GRACE

    def close(self) -> None:
        """End it where it still runs, and remove what it left on the server."""
        self.job.cancel()
        shutil.rmtree(self.place, ignore_errors=True)
