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


@dataclass
class Upload:
    """Uploaded files that are being read for a reader.

    Attributes
    ----------
    place : path
        Folder that holds all files of the upload on the server.
    is_connected : callable
        True if the reader's browser is connected now. It is called from any thread.

    Notes
    -----
    The connection is polled, because events would be misleading: a page that is still drawn after its browser
    has left would look like a browser that has come back.
    """

    job: UploadJob
    place: Path
    is_connected: Callable[[], bool]
    _away_since: float | None = None

    @property
    def abandoned(self) -> bool:
        """True if the reader was first seen to be away longer than `GRACE` ago, and not connected since."""
        if self.is_connected():
            self._away_since = None
            return False
        now = time.monotonic()
        self._away_since = now if self._away_since is None else self._away_since
        return now - self._away_since > GRACE

    def close(self) -> None:
        """End the upload if it is still running, and remove its files from the server."""
        self.job.cancel()
        shutil.rmtree(self.place, ignore_errors=True)
