"""Permissions and signatures of the person who is signed in to this session."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.decisions.entry import Recorded
from dashboard.decisions.people import Roles
from dashboard.decisions.proposal import refusal
from dashboard.decisions.signature import Act, Rollout, Signature, now
from dashboard.server import server_resources
from dashboard.session import session
from metrics import ScoreError


def _roles() -> Roles | None:
    """Roles of people on this server; `None` without sign-in."""
    return server_resources.roles(tuple(sys.argv[1:]))


def signs_in() -> bool:
    """True if people sign in to this server."""
    return _roles() is not None


def stakeholders() -> tuple[str, ...]:
    """Stakeholders that the person may sign for; empty without sign-in, or if the roles cannot be read."""
    roles = _roles()
    with suppress(ScoreError):
        return () if roles is None else roles.stakeholders_of(session.visitor())
    return ()


def signature(
    decision: str,
    act: Act,
    *,
    stakeholder: str = "",
    waits_for: tuple[str, ...] = (),
    words: str = "",
    rollout: Rollout | None = None,
) -> Signature:
    """Sealed signature of the person on a decision, which is named by its hash.

    Raises
    ------
    ScoreError
        ``E_SIGNATURE`` if nobody is signed in, ``E_REGISTER`` if the key of the seals cannot be read.
    """
    roles, identity = _roles(), session.signed_in()
    if roles is None or not identity:
        raise refusal("a signature must be of a person who is signed in, got nobody")
    return Signature(
        at=now(),
        decision=decision,
        act=act,
        stakeholder=stakeholder,
        waits_for=waits_for,
        words=words,
        issuer=roles.issuer,
        subject=identity,
        email=identity if "@" in identity else "",
        rollout=rollout,
    ).sealed(read_or_create_seal_key())


def proposer(stakeholders: Iterable[str]) -> Callable[[Recorded], Signature] | None:
    """Function that signs a decision as its proposer; `None` without sign-in.

    Parameters
    ----------
    stakeholders : iterable of str
        Stakeholders of the decision. A stakeholder must sign if the roles allow somebody to sign for it.

    Raises
    ------
    ScoreError
        ``E_PEOPLE`` if the roles cannot be read.
    """
    roles = _roles()
    if roles is None:
        return None
    signers = roles.signable_stakeholders()
    waits_for = tuple(name for name in stakeholders if name in signers)
    return lambda recorded: signature(recorded.hash, "proposes", waits_for=waits_for)


def has_signed(signature: Signature) -> bool:
    """True if a signature is by the person of this session."""
    roles = _roles()
    return roles is not None and signature.person == (session.signed_in(), roles.issuer)


def may_record() -> bool:
    """True if the person may record a decision: anyone without sign-in, else those who may sign."""
    return not signs_in() or bool(stakeholders())


def has_roles() -> bool:
    """False if the roles cannot be read, so that nobody may do anything."""
    roles = _roles()
    with suppress(ScoreError):
        if roles is not None:
            roles.signable_stakeholders()
        return True
    return False


def may_administer() -> bool:
    """True if the person may delete the uploads of others."""
    roles = _roles()
    with suppress(ScoreError):
        return roles is not None and roles.may_administer(session.visitor())
    return False
