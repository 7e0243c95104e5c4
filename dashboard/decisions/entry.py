"""Entry of a register: a decision or a signature, with its place in the hash chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from dashboard.decisions.canonical_json import Hash, canonical, hash_of
from dashboard.decisions.decision import Decision
from dashboard.decisions.seal import is_seal, seal
from dashboard.decisions.signature import Signature
from metrics import strict_mapping
from metrics.strict_mapping import STRICT, Text, Whole, not_below

ORIGIN = "0" * 64
"""Placeholder for the previous hash of the first entry."""


class Row(NamedTuple):
    """Row of a register: an entry as the file stores it.

    Attributes
    ----------
    previous : str
        Hash of the row before.
    entry : str
        Canonical text.
    """

    number: int
    key: str
    previous: str
    hash: str
    entry: str


def hashed_content(
    number: int,
    key: str,
    previous: str,
    content: Mapping[str, Any],
    kind: str = "decision",
    seal: str = "",
) -> dict[str, Any]:
    """Content that the hash of an entry is computed from: a decision with its seal, or a signature."""
    entry = {"number": number, "key": key, "previous": previous, kind: dict(content)}
    return {**entry, "seal": seal} if seal else entry


@dataclass(frozen=True)
class Recorded:
    """Decision with its place in the register.

    Attributes
    ----------
    number : int
        Number in the register, from 1.
    key : str
        Key that repeated attempts to record the same decision share.
    previous, hash : str
        Hash of the decision before, and of this entry, as 64 hexadecimal digits.
    seal : str
        Seal of the server on the hash of the entry without the seal; empty for decisions that are older than
        seals.
    """

    __pydantic_config__ = STRICT

    number: Annotated[Whole, not_below(1)]
    key: Text
    previous: Hash
    hash: Hash
    decision: Decision
    seal: Hash | Literal[""] = ""

    @classmethod
    def sealed(
        cls, number: int, key: str, previous: str, decision: Decision, seal_key: bytes | None
    ) -> Recorded:
        """Decision at its place, with its hash, and with its seal if there is a key."""
        written = decision.as_dict()
        unsealed = hashed_content(number, key, previous, written)
        seal_text = "" if seal_key is None else seal(hash_of(canonical(unsealed)), seal_key)
        content = hashed_content(number, key, previous, written, seal=seal_text)
        return cls(number, key, previous, hash_of(canonical(content)), decision, seal_text)

    @cached_property
    def _unsealed_hash(self) -> str:
        return hash_of(canonical(replace(self, seal="").hashed))

    def is_sealed(self, key: bytes) -> bool:
        """True if the server sealed this entry."""
        return self.seal != "" and is_seal(self.seal, self._unsealed_hash, key)

    @property
    def hashed(self) -> dict[str, Any]:
        """Content of the entry without its hash."""
        written = self.decision.as_dict()
        return hashed_content(self.number, self.key, self.previous, written, seal=self.seal)

    def as_dict(self) -> dict[str, Any]:
        """Content of an export, from which the hash can be computed again."""
        return {**self.hashed, "hash": self.hash}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Recorded:
        """Read the result of `as_dict`.

        Raises
        ------
        ScoreError
            ``E_DECISION`` if there is no decision of this form.
        StructureError
            If the other parts are invalid.
        """
        decision = Decision.read(written.get("decision", {}))
        return strict_mapping.read(cls, {**written, "decision": decision})


@dataclass(frozen=True)
class Signed:
    """Signature with its place in the register.

    The number and the hashes are those of `Recorded`. The key is the seal, so nobody else can write a row
    with this key before the server does.
    """

    __pydantic_config__ = STRICT

    number: Whole
    key: Text
    previous: Hash
    hash: Hash
    signature: Signature

    @classmethod
    def placed(cls, number: int, previous: str, signature: Signature) -> Signed:
        """Signature at its place, with its hash."""
        key, written = signature.seal, signature.as_dict()
        content = hashed_content(number, key, previous, written, "signature")
        return cls(number, key, previous, hash_of(canonical(content)), signature)

    def is_sealed(self, key: bytes) -> bool:
        """True if the server sealed the signature, and the key of the row is the seal."""
        return self.key == self.signature.seal and self.signature.is_sealed(key)

    @property
    def hashed(self) -> dict[str, Any]:
        """Content of the entry without its hash."""
        written = self.signature.as_dict()
        return hashed_content(self.number, self.key, self.previous, written, "signature")

    def as_dict(self) -> dict[str, Any]:
        """Content of an export, from which the hash can be computed again."""
        return {**self.hashed, "hash": self.hash}


Entry = Recorded | Signed


def read_entry(row: Row, content: Mapping[str, Any]) -> Entry:
    """Entry of a row, from the parsed text of the row.

    Raises
    ------
    ScoreError, metrics.strict_mapping.StructureError, KeyError
        If the content is no decision and no signature.
    """
    place = row[:4]
    if "signature" in content:
        signature = strict_mapping.read(Signature, content["signature"])
        return Signed(*place, signature)
    decision = Decision.read(content["decision"])
    return Recorded(*place, decision, content.get("seal", ""))
