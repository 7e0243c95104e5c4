"""Rules by which an operating point or a compromise was chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from metrics.evaluation.evaluation import Evaluation
from metrics.evaluation.objective import Objective
from metrics.selection.default_bound import default_bound
from metrics.selection.limits import Bound


@dataclass(frozen=True)
class Choice:
    """Rule by which an operating point was chosen.

    Attributes
    ----------
    objective : Objective
        The chosen point has the best figure of this objective.
    bound : Bound or None
        Limits the search; a monotone objective has a default bound.
    limits : tuple of Bound
        Further limits that the point has to meet.
    models : tuple of str or None
        Models that compete; all if `None`.
    """

    objective: Objective
    bound: Bound | None = None
    limits: tuple[Bound, ...] = ()
    models: tuple[str, ...] | None = None

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objective in a tuple, as in `CompromiseChoice`."""
        return (self.objective,)


@dataclass(frozen=True)
class CompromiseChoice:
    """Rule by which a compromise of least regret was found.

    Attributes
    ----------
    picks : tuple of Choice
        Choices of the individual stakeholders. Regrets are measured from the figures of these choices.
    limits : tuple of Bound
        Limits that the compromise has to meet.
    weights : tuple of float
        Weight of each stakeholder.
    models : tuple of str or None
        Models that compete; all if `None`.
    """

    picks: tuple[Choice, ...]
    limits: tuple[Bound, ...]
    weights: tuple[float, ...]
    models: tuple[str, ...] | None = None

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """One objective for each stakeholder."""
        return tuple(choice.objective for choice in self.picks)


def without_limits(choice: Choice | CompromiseChoice) -> Choice | CompromiseChoice:
    """The same choice without the limits set in the meeting."""
    if isinstance(choice, CompromiseChoice):
        picks = tuple(replace(pick, limits=()) for pick in choice.picks)
        return replace(choice, picks=picks, limits=())
    return replace(choice, limits=())


def conditions_of(choice: Choice | CompromiseChoice, evaluation: Evaluation) -> list[Bound]:
    """All conditions of a choice: its limits and its own bound."""
    conditions = [*choice.limits]
    if isinstance(choice, Choice):
        bound = choice.bound or default_bound(choice.objective, evaluation)
        conditions += [] if bound is None else [bound]
    return conditions
