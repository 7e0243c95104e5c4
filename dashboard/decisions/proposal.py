"""Proposal: a decision that people sign, and how far they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from dashboard.decisions.decision import Decision, Recorded
from dashboard.decisions.signature import ROLLOUT_ACTS, Signature, Signed
from metrics.errors import ScoreError


@dataclass(frozen=True)
class Proposal:
    """Decision that waits for signatures, or has them.

    Attributes
    ----------
    recorded : Recorded
    signatures : tuple of Signed
        All signatures on the decision whose seal is the server's, oldest first.
    unsealed : int
        Number of entries that look like signatures on the decision but bear another seal.
    is_sealed : bool
        False if the decision lacks the seal of the server. It can then neither be signed nor replace another.
    """

    recorded: Recorded
    signatures: tuple[Signed, ...]
    unsealed: int = 0
    is_sealed: bool = True

    def _act(self, act: str) -> Signature | None:
        return next((s.signature for s in self.signatures if s.signature.act == act), None)

    @property
    def proposed(self) -> Signature | None:
        """Signature of who proposed the decision; `None` if it was recorded without sign-in."""
        return self._act("proposes")

    @property
    def withdrawn(self) -> Signature | None:
        """Signature of who withdrew the proposal."""
        return self._act("withdraws")

    def before(self, signature: Signature) -> Signed | None:
        """Earlier signature of the same kind for the same stakeholder."""
        return next((s for s in self.signatures if s.signature.part == signature.part), None)

    @cached_property
    def statements(self) -> dict[str, Signature]:
        """Signatures by stakeholder."""
        return {
            s.signature.stakeholder: s.signature for s in self.signatures if s.signature.stakeholder
        }

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Stakeholders who must still sign; empty if the decision is signed or withdrawn."""
        if self.proposed is None or self.withdrawn is not None:
            return ()
        return tuple(name for name in self.proposed.waits_for if name not in self.statements)

    @property
    def decision(self) -> Decision:
        """Decision with the statements of the people who signed."""
        said = self.statements
        return replace(
            self.recorded.decision,
            stakeholders=tuple(
                replace(s, name=one.subject, verdict=one.verdict, words=one.words)
                if (one := said.get(s.stakeholder)) is not None
                else s
                for s in self.recorded.decision.stakeholders
            ),
        )

    @property
    def is_signed(self) -> bool:
        """True if all who must sign a proposal have done so."""
        return self.proposed is not None and self.withdrawn is None and not self.waits_for

    def check(self, signature: Signature) -> None:
        """Check that a signature may follow now.

        Raises
        ------
        ScoreError
            ``E_SIGNATURE`` if it signs no pending proposal, if the person may not withdraw it, or if it says
            what happened to a decision that is not signed by all.
        """
        made = self.proposed
        if not self.is_sealed:
            raise refusal("a signature must be on a decision with the seal of this server")
        if (signature.rollout is None) != (signature.act not in ROLLOUT_ACTS):
            raise refusal("a signature must name a place exactly if it says what happened there")
        if signature.rollout is not None:
            if not self.is_signed:
                raise refusal("a decision must be signed by all before it goes live")
            return
        if made is None:
            raise refusal("a signature must be on a proposal, got a decision that was not proposed")
        if not self.waits_for:
            done = "signed by all" if self.withdrawn is None else "withdrawn"
            raise refusal(
                f"a signature must be on a proposal that waits for it, got one that was {done}"
            )
        if signature.act == "withdraws" and signature.person != made.person:
            own, got = " of ".join(made.person), " of ".join(signature.person)
            raise refusal(f"a proposal must be withdrawn by {own}, got {got}")
        if signature.act != "withdraws" and signature.stakeholder not in self.waits_for:
            raise refusal("a signature must be of a stakeholder whom the proposal waits for")


def refusal(message: str) -> ScoreError:
    """Error of a signature that is not taken."""
    hint = "Load the page again: it shows how far the proposal is."
    return ScoreError("E_SIGNATURE", message, hint=hint)


def proposals(
    decisions: Iterable[Recorded], signatures: Iterable[Signed], key: bytes
) -> list[Proposal]:
    """Proposal of each decision of a register.

    Parameters
    ----------
    decisions : iterable of Recorded
        The oldest first.
    key : bytes
        Key of the seals.
    """
    decisions = list(decisions)
    bad = unsealed(decisions, key)
    sealed: defaultdict[str, list[Signed]] = defaultdict(list)
    others: Counter[str] = Counter()
    for signed in signatures:
        if signed.is_sealed(key):
            sealed[signed.signature.decision].append(signed)
        else:
            others[signed.signature.decision] += 1
    return [
        Proposal(one, tuple(sealed[one.hash]), others[one.hash], one.number not in bad)
        for one in decisions
    ]


def unsealed(decisions: Iterable[Recorded], key: bytes) -> set[int]:
    """Numbers of the decisions that lack the seal of the server.

    Decisions before the first one with a seal are older than seals, and so need none.
    """
    found, is_older = set(), True
    for one in decisions:
        is_older = is_older and not one.seal
        if not is_older and not one.is_sealed(key):
            found.add(one.number)
    return found


def successors(found: Iterable[Proposal]) -> dict[int, int]:
    """Number of the decision that took the place of another, by the number of the other.

    A proposal that was withdrawn, or that lacks the seal of the server, takes the place of none.
    """
    return {
        one.recorded.decision.supersedes: one.recorded.number
        for one in found
        if one.recorded.decision.supersedes is not None and one.withdrawn is None and one.is_sealed
    }
