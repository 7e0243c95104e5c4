"""Names of stakeholders, models, operating points and the current system on the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.safe_text import one_way
from dashboard.words.numbers.thresholds import exact_threshold, threshold
from metrics import Evaluation, OperatingPoint, Scenario
from metrics.evaluation.objective import NO_CHECKS

STAKEHOLDER_TITLES = {
    "data": "Data scientist",
    "product": "Product manager",
    "executive": "Executive",
    "cost": "Everyone",
}
"""Title of each stakeholder by name. Everyone is concerned by the cost of errors."""

ROLES = {name: title.lower() for name, title in STAKEHOLDER_TITLES.items()}
"""Title of each stakeholder within a sentence: ``data scientist``."""


@dataclass(frozen=True)
class Names:
    """Names that a reader gave to models.

    Attributes
    ----------
    given : tuple of (str, str)
        Pairs of a model's own name and the name given to it.
    """

    given: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _by_model(self) -> dict[str, str]:
        return dict(self.given)

    def model(self, model: str) -> str:
        """Name of a model on the screen."""
        return one_way(self._by_model.get(model, model))

    @property
    def in_full(self) -> Names:
        """Full names for reports and exports: the given name of a model followed by its own."""
        return Names(
            tuple(
                (model, f"{name} (own name {model})" if name != model else name)
                for model, name in self.given
            )
        )

    def point(self, evaluation: Evaluation, point: OperatingPoint, **options: Any) -> str:
        """An operating point as text, with the other options of `at`."""
        return self.at(evaluation, *point.place, alone=point.is_alone, **options)

    def at(
        self,
        evaluation: Evaluation,
        model: str | None,
        threshold: float,
        lower: float | None = None,
        *,
        alone: bool = False,
        exact: bool = False,
        joint: str = " at ",
    ) -> str:
        """A model and a threshold as text: ``gradient boosting at 0.168``; `NO_CHECKS` without a model.

        Parameters
        ----------
        lower : float, optional
            Lower threshold that a reader set.
        alone : bool
            Whether to leave out the lower threshold of inspectors.
        joint : str
            Words between the model and a single finite threshold.
        """
        if model is None:
            return NO_CHECKS
        name, written = self.model(model), threshold_of(evaluation, model, threshold, exact=exact)
        below = None if alone else evaluation.inspected_from(model, threshold, lower)
        if below is not None:
            start = threshold_of(evaluation, model, below, exact=exact)
            return f"{name}, inspected from {start} to {written}"
        return f"{name}{', ' if math.isinf(threshold) else joint}{written}"


def threshold_of(evaluation: Evaluation, model: str, at: float, *, exact: bool = False) -> str:
    """Threshold of a model with three digits if these flag the same units, else with more; or with all."""
    return exact_threshold(at) if exact else threshold(at, evaluation.highest_below(model, at))


def current_title(scenario: Scenario) -> str:
    """Title of the current system: "today", or `NO_CHECKS` if none is specified."""
    return NO_CHECKS if scenario.today is None else "today"


def current_system(scenario: Scenario) -> str:
    """The current system within a sentence: "today’s system", or `NO_CHECKS` if none is specified."""
    return NO_CHECKS if scenario.today is None else "today’s system"


def loss_words(scenario: Scenario, earned: float) -> str:
    """Verb for a current system that earns nothing or less: ``makes a loss``."""
    is_plural = scenario.today is None
    if earned < 0:
        return "make a loss" if is_plural else "makes a loss"
    return "earn nothing" if is_plural else "earns nothing"
