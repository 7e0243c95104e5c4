"""Proposal: a decision with the signatures of people, and those that are missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from dashboard.decisions.decision import Decision
from dashboard.decisions.entry import Recorded, Signed
from dashboard.decisions.signature import ROLLOUT_ACTS, Signature
from metrics.errors import ScoreError


@dataclass(frozen=True)
class Proposal:
    """Decision with its signatures.

    Attributes
    ----------
    signatures : tuple of Signed
        Signatures on the decision that the server sealed, oldest first.
    unsealed : int
        Number of signatures on the decision that the server did not seal.
    is_sealed : bool
        False if the decision lacks the seal of the server. It can then neither be signed nor replace another.
    """

    recorded: Recorded
    signatures: tuple[Signed, ...]
    unsealed: int = 0
    is_sealed: bool = True

    @property
    def has_sign_in_facts(self) -> bool:
        """Whether the decision has signatures, or lacks the seal that a server with sign-in gives."""
        return bool(self.signatures or self.unsealed) or not self.is_sealed

    def _act(self, act: str) -> Signature | None:
        return next((s.signature for s in self.signatures if s.signature.act == act), None)

    @property
    def proposed(self) -> Signature | None:
        """Signature that proposes the decision; `None` if it was recorded without sign-in."""
        return self._act("proposes")

    @property
    def withdrawn(self) -> Signature | None:
        """Signature that withdraws the proposal, if there is one."""
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
        statements = self.statements
        return replace(
            self.recorded.decision,
            stakeholders=tuple(
                replace(s, name=signed.subject, verdict=signed.verdict, words=signed.words)
                if (signed := statements.get(s.stakeholder)) is not None
                else s
                for s in self.recorded.decision.stakeholders
            ),
        )

    @property
    def is_signed(self) -> bool:
        """True if all required stakeholders have signed the proposal."""
        return self.proposed is not None and self.withdrawn is None and not self.waits_for

    def check(self, signature: Signature) -> None:
        """Check that a signature is allowed now.

        Raises
        ------
        ScoreError
            ``E_SIGNATURE`` if the decision is no pending proposal, if the person may not withdraw the
            proposal, or if it is rolled out before all have signed.
        """
        proposed = self.proposed
        if not self.is_sealed:
            raise refusal("a signature must be on a decision with the seal of this server")
        if (signature.rollout is None) != (signature.act not in ROLLOUT_ACTS):
            raise refusal("a signature must name a place exactly if it says what happened there")
        if signature.rollout is not None:
            if not self.is_signed:
                raise refusal("a decision must be signed by all before it goes live")
            return
        if proposed is None:
            raise refusal("a signature must be on a proposal, got a decision that was not proposed")
        if not self.waits_for:
            done = "signed by all" if self.withdrawn is None else "withdrawn"
            raise refusal(
                f"a signature must be on a proposal that waits for it, got one that was {done}"
            )
        if signature.act == "withdraws" and signature.person != proposed.person:
            proposer, got = " of ".join(proposed.person), " of ".join(signature.person)
            raise refusal(f"a proposal must be withdrawn by {proposer}, got {got}")
        if signature.act != "withdraws" and signature.stakeholder not in self.waits_for:
            raise refusal("a signature must be of a stakeholder whom the proposal waits for")


def refusal(message: str) -> ScoreError:
    """Error about a signature that is refused."""
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
    lacking_seal = unsealed(decisions, key)
    sealed: defaultdict[str, list[Signed]] = defaultdict(list)
    others: Counter[str] = Counter()
    for signed in signatures:
        if signed.is_sealed(key):
            sealed[signed.signature.decision].append(signed)
        else:
            others[signed.signature.decision] += 1
    return [
        Proposal(d, tuple(sealed[d.hash]), others[d.hash], d.number not in lacking_seal)
        for d in decisions
    ]


def unsealed(decisions: Iterable[Recorded], key: bytes) -> set[int]:
    """Numbers of the decisions that lack the seal of the server.

    Decisions before the first sealed decision are older than seals, and need none.
    """
    numbers, is_older = set(), True
    for recorded in decisions:
        is_older = is_older and not recorded.seal
        if not is_older and not recorded.is_sealed(key):
            numbers.add(recorded.number)
    return numbers


def successors(proposals: Iterable[Proposal]) -> dict[int, int]:
    """Number of the decision that supersedes another, by the number of the superseded decision.

    A proposal that was withdrawn, or that lacks the seal of the server, supersedes nothing.
    """
    return {
        p.recorded.decision.supersedes: p.recorded.number
        for p in proposals
        if p.recorded.decision.supersedes is not None and p.withdrawn is None and p.is_sealed
    }
