"""Rollouts of signed decisions: the places in which a model went live, was rolled back or superseded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dashboard.decisions.proposal import Proposal, refusal
from dashboard.decisions.signature import Rollout, Signature

MORE_HAPPENED = "a place must be as the page showed it, got one where more happened since"


@dataclass(frozen=True)
class Step:
    """Event in the rollout of a decision.

    Attributes
    ----------
    signature : Signature
        Signature on the event. If a later decision went live in the same place, the signature is on the later
        decision.
    superseded_by : int or None
        Number of the later decision; `None` if the signature is on the decision itself.
    """

    signature: Signature
    rollout: Rollout
    superseded_by: int | None = None


@dataclass(frozen=True)
class Rollouts:
    """Rollouts of the decisions of a register.

    Attributes
    ----------
    steps : mapping of int to list of Step
        Steps of each decision by its number, oldest first.
    live : mapping of str to (int, Step)
        Number of the decision that is live, and the step in which it went live, by place.
    counts : mapping of str to int
        Number of signatures about each place.
    """

    steps: Mapping[int, list[Step]] = field(default_factory=dict)
    live: Mapping[str, tuple[int, Step]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def check(self, number: int, signature: Signature) -> None:
        """Check that a signature on a rollout of a decision is allowed now.

        Raises
        ------
        ScoreError
            ``E_SIGNATURE`` if something else happened in this place meanwhile, if the decision is live there
            already in the same way, or if it is not live in the place where it is rolled back.
        """
        rollout = signature.rollout
        assert rollout is not None
        if rollout.earlier != self.counts.get(rollout.place, 0):
            raise refusal(MORE_HAPPENED)
        entry = self.live.get(rollout.place)
        live = entry[1].rollout if entry is not None and entry[0] == number else None
        if signature.act == "rolls back" and live is None:
            raise refusal("a decision must be live where it is rolled back, got one that is not")
        is_same = live is not None and replace(live, earlier=rollout.earlier) == rollout
        if signature.act == "goes live" and is_same:
            raise refusal("an entry must say something new, got what is live there already")


def rollouts_of(proposals: Iterable[Proposal]) -> Rollouts:
    """Find the rollouts of all decisions of a register."""
    signed_rollouts = [
        (signed, proposal.recorded.number, signed.signature.rollout)
        for proposal in proposals
        for signed in proposal.signatures
        if signed.signature.rollout is not None
    ]
    steps: dict[int, list[Step]] = {}
    live: dict[str, tuple[int, Step]] = {}
    counts: dict[str, int] = {}
    for signed, number, rollout in sorted(signed_rollouts, key=lambda row: row[0].number):
        assert rollout is not None
        step = Step(signed.signature, rollout)
        steps.setdefault(number, []).append(step)
        counts[rollout.place] = counts.get(rollout.place, 0) + 1
        before = live.pop(rollout.place, None)
        if signed.signature.act == "goes live":
            live[rollout.place] = number, step
            if before is not None and before[0] != number:
                steps[before[0]].append(Step(signed.signature, rollout, number))
    return Rollouts(steps, live, counts)
