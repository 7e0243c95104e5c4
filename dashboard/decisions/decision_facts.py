"""Facts of a decision: its scenario, limits and figures, from which every page, report and file is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dashboard.decisions.decision import Decision, Figure
from dashboard.decisions.entry import Recorded
from dashboard.decisions.proposal import Proposal
from metrics import OBJECTIVES, Bound, Scenario, ScoreError, scenario_from
from metrics.inference.certainty import NOT_KNOWN, LimitsMissed
from metrics.inference.certificates.certification import Standing
from metrics.scenario.scenario_file import without_removed_keys

_NOT_COUNTED = math.nextafter(0.5, 0.0)
"""Share of missed limits in older records that did not count how often a limit is missed."""


@dataclass(frozen=True)
class LimitFacts:
    """Limit, and whether the selected point met the limit.

    Attributes
    ----------
    name : str
        Objective id.
    bound : Bound or None
        `None` if this version does not know the objective.
    standing : Standing or None
        Standing of this limit alone; `None` if the limits were not certified.
    """

    name: str
    value: float
    bound: Bound | None
    standing: Standing | None


@dataclass(frozen=True)
class DecisionFacts:
    """A decision, its entry in the register, and values that follow from both.

    A record outlives the version that made it. The decision must stay readable even if this version does not
    know an objective or a key of the scenario.

    Attributes
    ----------
    recorded : Recorded or None
        `None` if nobody recorded the decision.
    proposal : Proposal or None
        `None` if the decision has no signatures.
    """

    decision: Decision
    recorded: Recorded | None = None
    proposal: Proposal | None = None

    @cached_property
    def scenario(self) -> Scenario | None:
        """Scenario of the decision; `None` if this version cannot read it."""
        try:
            return scenario_from(without_removed_keys(self.decision.scenario))
        except ScoreError:
            return None

    @property
    def limits(self) -> tuple[LimitFacts, ...]:
        """Limits in force."""
        certificate = self.decision.certificate
        limits = () if certificate is None else certificate.limits
        standings = {limit.objective: Standing(limit.standing) for limit in limits}
        return tuple(
            LimitFacts(
                name,
                float(value),
                Bound(OBJECTIVES[name], float(value)) if name in OBJECTIVES else None,
                standings.get(name),
            )
            for name, value in self.decision.scenario.get("limits", {}).items()
        )

    @property
    def standing(self) -> Standing | None:
        """Standing of all limits together; `None` if they were not certified."""
        certificate = self.decision.certificate
        return None if certificate is None else Standing(certificate.together)

    @property
    def missed(self) -> LimitsMissed:
        """Share of samples of new data that miss a limit; `NOT_KNOWN` if it was not counted."""
        share = self.decision.missed
        return NOT_KNOWN if share in (None, _NOT_COUNTED) else LimitsMissed(share)

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """Figures of the selected point by objective id."""
        return {figure.id: figure for figure in self.decision.figures}

    @property
    def shown(self) -> dict[str, float]:
        """Figures of the selected point as the page showed them."""
        return {name: figure.shown for name, figure in self.figures.items()}

    @property
    def current(self) -> dict[str, float]:
        """Figures of the current system."""
        return {figure.id: figure.value for figure in self.decision.figures_today}

    def is_signed(self, stakeholder: str) -> bool:
        """True if somebody signed for a stakeholder, so that the name is verified."""
        return self.proposal is not None and stakeholder in self.proposal.statements

    @property
    def has_statements(self) -> bool:
        """True if a stakeholder made a statement."""
        return any(s.name or s.verdict or s.words for s in self.decision.stakeholders)


def facts_of(recorded: Recorded, proposal: Proposal | None = None) -> DecisionFacts:
    """Facts of a recorded decision, with the statements of the people who signed it."""
    if proposal is None or not proposal.has_sign_in_facts:
        return DecisionFacts(recorded.decision, recorded)
    return DecisionFacts(proposal.decision, recorded, proposal)
