"""Audit log: one JSON line for each act of a person, through the standard logging module.

A line holds the time, the person, and the fingerprint of the data or the number and hash of a decision. It
holds no score, no note, and no name that a reader typed.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import Literal

from dashboard.arguments.app_options import app_options
from dashboard.arguments.parser import UsageError

LOG = logging.getLogger("common_ground.audit")
"""Logger of the lines. It has no limit on floods (`log_lines`), so that no act is left out."""
Act = Literal[
    "opened", "uploaded", "recorded", "proposed", "signed", "renewed", "deleted", "exported"
]


@dataclass(frozen=True)
class Actor:
    """Person and session that act.

    Attributes
    ----------
    identity : str
        Identity of the person who is signed in; empty without sign-in.
    session : str
        Identifier of the session, which gives no access to it.
    """

    identity: str
    session: str

    def log(self, act: Act, **facts: str | int) -> None:
        """Write the line of an act.

        Parameters
        ----------
        **facts
            Identifiers of the object of the act: fingerprints, hashes, numbers, names of files for download.
        """
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"at": at, "act": act, "identity": self.identity, "session": self.session, **facts}
        LOG.info("%s", json.dumps(line))


def begin(arguments: Sequence[str]) -> None:
    """Start the audit log if the command line of the app names a file for it.

    If another program moves the file away, the next line goes to a new file.
    """
    place = None
    with suppress(UsageError):  # the page shows the error
        place = app_options(arguments).audit_log
    if place is None:
        return
    handler = logging.StreamHandler(sys.stdout) if place == "-" else WatchedFileHandler(place)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
