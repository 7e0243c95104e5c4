"""Decisions of the register with the signatures that this server sealed."""

from __future__ import annotations

from dashboard.data.installation_keys import read_or_create_seal_key
from dashboard.decisions.decision_facts import DecisionFacts, facts_of
from dashboard.decisions.proposal import proposals
from dashboard.decisions.register import Register, RegisterReading
from dashboard.decisions.rollouts import rollouts_of
from dashboard.session import person


def facts_by_number(reading: RegisterReading) -> dict[int, DecisionFacts]:
    """Facts of all decisions of a register by number, with the signatures that this server made.

    Raises
    ------
    ScoreError
        If the key of the seals cannot be read, so that signatures cannot be verified.
    """
    if not (reading.signatures or person.signs_in()):  # nobody could sign
        return {recorded.number: facts_of(recorded) for recorded in reading.decisions}
    key = read_or_create_seal_key()
    return {
        proposal.recorded.number: facts_of(proposal.recorded, proposal)
        for proposal in proposals(reading.decisions, reading.signatures, key)
    }


def live_points(register: Register) -> list[tuple[str, str, float]]:
    """Place, model and threshold of each model that is live.

    Raises
    ------
    ScoreError
        If the register or the key of the seals cannot be read.
    """
    facts = facts_by_number(register.read())
    live = rollouts_of(f.proposal for f in facts.values() if f.proposal is not None).live
    return [
        (place, facts[number].decision.chosen.model or "", step.rollout.threshold)
        for place, (number, step) in sorted(live.items())
    ]
