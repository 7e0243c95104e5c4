"""Uploads on their way, and whether anybody still waits for them."""

from __future__ import annotations

import shutil
import time
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
    """Whether the reader's browser is connected.

    Attributes
    ----------
    left : float or None
        When it went, in seconds of a clock that only rises; None while it is there.
    """

    left: float | None = None

    def leave(self) -> None:
        """Note that the browser has gone; it may come back."""
        self.left = time.monotonic()


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
        left = self.presence.left
        return left is not None and time.monotonic() - left > GRACE

    def close(self) -> None:
        """End it where it still runs, and remove what it left on the server."""
        self.job.cancel()
        shutil.rmtree(self.place, ignore_errors=True)
