"""Upload in progress, and whether the browser of its reader is still connected."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dashboard.data.uploads.job import UploadJob

GRACE = 120.0
"""Seconds for which an upload continues without its reader. Streamlit keeps a session for the same time."""


class Presence:
    """Tracks for how long a reader's browser has been away.

    Parameters
    ----------
    is_connected : callable
        True if the browser is connected now. It is called from any thread.

    Notes
    -----
    The connection is polled, because events would be misleading: a page that is still drawn after its browser
    has left would look like a browser that has come back.
    """

    def __init__(self, is_connected: Callable[[], bool]) -> None:
        self._is_connected = is_connected
        self._away_since: float | None = None

    def away(self) -> float:
        """Seconds since the browser was first seen to be away; 0 while it is connected."""
        if self._is_connected():
            self._away_since = None
            return 0.0
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        return now - self._away_since


@dataclass
class Upload:
    """Uploaded files that are being read for a reader.

    Attributes
    ----------
    place : path
        Folder that holds all files of the upload on the server.
    presence : Presence
        Presence of the reader who waits.
    """

    job: UploadJob
    place: Path
    presence: Presence

    @property
    def abandoned(self) -> bool:
        """True if the reader has been away for longer than `GRACE`."""
        return self.presence.away() > GRACE

    def close(self) -> None:
        """End the upload if it is still running, and remove its files from the server."""
        self.job.cancel()
        shutil.rmtree(self.place, ignore_errors=True)
