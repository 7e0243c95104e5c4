"""Decisions of the register with the signatures that bear the seal of this server."""

from __future__ import annotations

from dashboard.data.installation_keys import kept_seal_key
from dashboard.decisions.facts import DecisionFacts, facts_of
from dashboard.decisions.proposal import proposals
from dashboard.decisions.register import Register, RegisterReading
from dashboard.decisions.rollouts import rollouts_of
from dashboard.session import person


def facts_by_number(reading: RegisterReading) -> dict[int, DecisionFacts]:
    """Facts of all decisions of a register by number, with the signatures that this server made.

    Raises
    ------
    ScoreError
        If the key of the seals cannot be read, without which nobody can tell who signed.
    """
    if not (reading.signatures or person.signs_in()):  # all names are as typed
        return {one.number: facts_of(one) for one in reading.decisions}
    key = kept_seal_key()
    found = proposals(reading.decisions, reading.signatures, key)
    return {one.recorded.number: facts_of(one.recorded, one) for one in found}


def live_points(register: Register) -> list[tuple[str, str, float]]:
    """Place, model and threshold of all that is live.

    Raises
    ------
    ScoreError
        If the register or the key of the seals cannot be read.
    """
    every = facts_by_number(register.read())
    live = rollouts_of(f.proposal for f in every.values() if f.proposal is not None).live
    return [
        (place, every[number].decision.chosen.model or "", step.rollout.threshold)
        for place, (number, step) in sorted(live.items())
    ]
