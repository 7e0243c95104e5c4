"""Signature of a person on a decision, with a seal of the server.

A signature is an entry of the register. It names the hash of the decision, so it holds for exactly the
figures of that decision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from dashboard.decisions.canonical_json import Hash, canonical
from dashboard.decisions.decision import IF_GIVEN, VERDICTS, Verdict
from dashboard.decisions.seal import is_seal, seal
from metrics import strict_mapping
from metrics.strict_mapping import STRICT, Number, Text, Whole, not_below

NO_SEAL = "0" * 64
Act = Literal["proposes", "agrees", "accepts", "objects", "withdraws", "goes live", "rolls back"]
"""Statements that a signature can make about a decision."""
ROLLOUT_ACTS: tuple[Act, ...] = ("goes live", "rolls back")
"""Acts that report a rollout."""


def now() -> str:
    """Time in UTC, such as ``2026-11-25T14:03:11.120456Z``."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Rollout:
    """Place in which the model of a decision went live or was rolled back.

    Attributes
    ----------
    place : str
        Name of the place, such as a production line.
    earlier : int
        Number of earlier signatures about this place, so that each attempt is recorded once.
    """

    __pydantic_config__ = STRICT

    place: Text
    model_version: Text
    threshold: Number
    earlier: Annotated[Whole, not_below(0)]


@dataclass(frozen=True)
class Signature:
    """Statement of a person about a decision.

    Attributes
    ----------
    at : str
        Time in UTC.
    decision : str
        Hash of the decision.
    act : {"proposes", "agrees", "accepts", "objects", "withdraws", "goes live", "rolls back"}
    stakeholder : str
        Stakeholder for whom the person speaks; empty for a proposal and its withdrawal.
    waits_for : tuple of str
        Stakeholders who must sign a proposal; empty for other signatures.
    words : str
        Reason.
    issuer : str
        Source of the identity, such as ``proxy header x-forwarded-email``.
    subject, email : str
        Identity of the person; e-mail address if the identity is one, else empty.
    seal : str
        HMAC-SHA256 of the other attributes, as 64 hexadecimal digits.
    rollout : Rollout or None
        Rollout that the signature reports. Other signatures have `None`, which is not written.
    """

    __pydantic_config__ = STRICT

    at: Text
    decision: Hash
    act: Act
    stakeholder: Text
    waits_for: tuple[Text, ...]
    words: Text
    issuer: Text
    subject: Text
    email: Text
    seal: Hash = NO_SEAL
    rollout: Annotated[Rollout | None, IF_GIVEN] = None

    def as_dict(self) -> dict[str, Any]:
        """Written form of the signature."""
        written: dict[str, Any] = strict_mapping.dump(self)
        return written | {"waits_for": list(self.waits_for)}

    @property
    def verdict(self) -> Verdict:
        """Verdict of the stakeholder; empty if the signature is no statement."""
        return cast(Verdict, self.act) if self.act in VERDICTS else ""

    @property
    def person(self) -> tuple[str, str]:
        """Identity of the person, and its source, because two sources may give two people the same name."""
        return self.subject, self.issuer

    @property
    def part(self) -> tuple[str, str]:
        """Kind of the signature and stakeholder; a decision has at most one signature for each such pair.

        For a rollout, the pair is the number of earlier signatures about the place, and the place.
        """
        if self.rollout is not None:
            return str(self.rollout.earlier), self.rollout.place
        return "signs" if self.verdict else self.act, self.stakeholder

    def says_the_same(self, other: Signature) -> bool:
        """True if two signatures differ only in their times and seals."""
        return self == replace(other, at=self.at, seal=self.seal)

    def sealed(self, key: bytes) -> Signature:
        """Copy of the signature with its seal."""
        return replace(self, seal=seal(self._unsealed(), key))

    def is_sealed(self, key: bytes) -> bool:
        """True if the seal was made with the key."""
        return is_seal(self.seal, self._unsealed(), key)

    def _unsealed(self) -> str:
        return canonical(replace(self, seal=NO_SEAL).as_dict())
