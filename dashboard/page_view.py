"""State of a page: an analysis with its selected operating point, and the reader's names and colours."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.cache import computed_once
from dashboard.analysis.decide.answer import Answer, answers_at
from dashboard.analysis.decide.decision import DecisionValues, decision_values
from dashboard.analysis.decide.verdict import verdict_facts
from dashboard.analysis.resampled_figures import resample
from dashboard.analysis.scarcity import scarcities_of
from dashboard.analysis.selection import Selection
from dashboard.data.confusable_names import unique_names
from dashboard.data.dataset import Dataset
from dashboard.figures.model_styles import ModelStyle, styles
from dashboard.figures.palette import Palette, palette_of
from dashboard.session.choices import Choices, Point
from dashboard.session.inspection_numbers import numbers_of
from dashboard.session.url import to_query
from dashboard.words.decide.verdict import verdict_of
from dashboard.words.names import Names
from dashboard.words.notices import (
    audit_notice,
    data_notices,
    scarcity_notices,
    training_notice,
    unavailable_words,
)
from metrics import OperatingPoint, Scenario


@dataclass(frozen=True)
class PageView:
    """Selected operating point of an analysis, as a reader sees it.

    Attributes
    ----------
    selection : Selection
        The selected point and its analysis, which have all figures.
    names : Names
        Names that the reader gave to models.
    """

    selection: Selection
    choices: Choices
    names: Names
    palette: Palette

    def select(self, point: OperatingPoint) -> PageView:
        """The same page with another selected point."""
        return replace(self, selection=self.selection.at(point))

    def analysed(self, **changes: Any) -> PageView:
        """The same page with other attributes of its analysis."""
        return replace(
            self, selection=replace(self.selection, analysis=replace(self.analysis, **changes))
        )

    @property
    def in_full(self) -> PageView:
        """The same page with full names: the given name of a model followed by its own.

        Reports, slides and other exports use full names.
        """
        return replace(self, names=self.names.in_full)

    @computed_once
    def notices(self) -> tuple[str, ...]:
        """Sentences for the top of the page, which the reader should see before any figure."""
        analysis = self.analysis
        return (
            *training_notice(analysis.held_out),
            *audit_notice(analysis.labels_from),
            *unavailable_words(self.choices, analysis, self.names),
            *self.scarcity,
            *data_notices(analysis.dataset),
        )

    @property
    def scarcity(self) -> list[str]:
        """Sentence about all that is scarce in the data; empty if nothing is."""
        scarcities, is_sure = scarcities_of(self.analysis), self.analysis.shows_intervals
        return scarcity_notices(scarcities, with_intervals=is_sure)

    @computed_once
    def verdict(self) -> tuple[str, ...]:
        """Sentences of the verdict on the selected point: the advice first."""
        facts, scenario = verdict_facts(self.selection), self.analysis.scenario
        return verdict_of(facts, scenario, self.names, self.point_words)

    @computed_once
    def answer(self) -> Answer:
        """Answer at the selected point while it is not dragged."""
        [answer] = answers_at(self.selection, [self.selection.point], at_rest=True)
        return answer

    @computed_once
    def styles(self) -> dict[str, ModelStyle]:
        """Colour and shape of each model."""
        return styles(self.analysis.dataset.scores.models)

    def label(self, model: str) -> str:
        """Name of a model on the screen."""
        return self.names.model(model)

    def words(
        self, model: str | None, at: float, *, alone: bool = False, lower: float | None = None
    ) -> str:
        """An operating point as text: ``gradient boosting at 0.168``."""
        return self.names.at(self.analysis.evaluation, model, at, lower, alone=alone)

    def point_words(self, point: OperatingPoint) -> str:
        """An operating point as text: ``gradient boosting at 0.168``."""
        return self.names.point(self.analysis.evaluation, point)

    @property
    def analysis(self) -> Analysis:
        return self.selection.analysis

    @property
    def is_miss_cost_default(self) -> bool:
        """True if neither a price of a miss nor prices that imply it were entered."""
        is_entered = self.choices.miss_cost is not None or self.choices.payoff is not None
        return not is_entered and self.analysis.dataset.scenario == Scenario()

    @computed_once
    def decision_values(self) -> DecisionValues:
        """Values of a decision on the selected point."""
        return decision_values(self.selection)

    @property
    def query(self) -> str:
        """Query string that reopens this view under any scenario that the app is started with."""
        return urlencode(to_query(self.explicit))

    @property
    def explicit(self) -> Choices:
        """Choices in which every default of the data and of its scenario is written out."""
        dataset, scenario, chosen = (
            self.analysis.dataset,
            self.analysis.scenario,
            self.selection.point,
        )
        payoffs, today, people = scenario.payoffs, scenario.today, scenario.inspection
        implied = scenario.implied_miss_cost
        named = (payoffs.ship_good, payoffs.reject_good, payoffs.ship_defect, payoffs.reject_defect)
        kinds = tuple((scenario.miss_cost_by_type or {}).items())
        # Without inspectors in the scenario and in the data, there is no choice to write out.
        inspection = None if dataset.scenario.inspection is None else self.choices.inspection
        return replace(
            self.choices,
            data=dataset.fingerprint,
            point=Point.at(chosen),
            miss_cost=scenario.miss_cost if math.isnan(implied) else implied,
            miss_weight=None if math.isnan(implied) else scenario.miss_weight,
            miss_cost_by_type=kinds if dataset.names_kinds else None,
            defect_rate=scenario.defect_rate or 0.0,
            units_per_year=scenario.units_per_year or 0.0,
            currency=scenario.currency,
            payoff=None if scenario.payoff is None else named,  # type: ignore[arg-type]
            today="none" if today is None else Point(today.model, today.threshold),
            limits=tuple((bound.objective.id, bound.value) for bound in self.analysis.limits),
            inspection=inspection if people is None else numbers_of(people),
        )

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data set."""
        return self.analysis.fingerprint


def build(choices: Choices, dataset: Dataset, appearance: str) -> PageView:
    """Build the page of a reader's choices.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    # A link may give a model the name of another model.
    choices = replace(choices, names=unique_names(dataset.scores.models, choices.names))
    analysis = Analysis.of(choices, dataset)
    selection = Selection.of(choices, analysis)
    if selection.compare == "today":  # also if the requested point does not exist
        choices = replace(choices, compare="today")
    return PageView(selection, choices, Names(choices.names), palette_of(appearance))


def build_with_intervals(choices: Choices, dataset: Dataset, appearance: str) -> PageView:
    """Build the page of a reader's choices, and compute its intervals first if it shows any."""
    page = build(choices, dataset, appearance)
    return build(choices, dataset, appearance) if resample(page.analysis) else page
