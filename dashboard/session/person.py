"""Person of this session, and what the person may do on this server."""

from __future__ import annotations

import sys
from contextlib import suppress

from dashboard.server import server_resources
from dashboard.session import session
from metrics import ScoreError


def stakeholders() -> tuple[str, ...]:
    """Stakeholders that the person may sign for; none without sign-in, or if the roles cannot be read."""
    roles = server_resources.roles(tuple(sys.argv[1:]))
    with suppress(ScoreError):
        return () if roles is None else roles.stakeholders_of(session.signed_in())
    return ()


def may_record() -> bool:
    """True if the person may record a decision: anyone without sign-in, else those who may sign."""
    return server_resources.roles(tuple(sys.argv[1:])) is None or bool(stakeholders())


def may_administer() -> bool:
    """True if the person may delete the uploads of others."""
    roles = server_resources.roles(tuple(sys.argv[1:]))
    with suppress(ScoreError):
        return roles is not None and roles.may_administer(session.signed_in())
    return False
