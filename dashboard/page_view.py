"""Page in view: an operating point of an analysis, with the names, colours and notices of its reader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.cache import Key
from dashboard.analysis.notices import unavailable
from dashboard.analysis.scenario_figures import ScenarioFigures
from dashboard.analysis.selection import Selection
from dashboard.data.confusable_names import unique_names
from dashboard.data.library import Dataset
from dashboard.figures.palette import ModelStyle, Palette, palette_of, styles
from dashboard.session.choices import Choices
from dashboard.words.names import Names, current_title
from dashboard.words.notices import (
    data_notices,
    scarcity_notices,
    training_notice,
    unavailable_words,
)
from metrics import Bound, Evaluation, Objective, OperatingPoint, Scenario
from metrics.inference.intervals import Uncertainty
from metrics.io.read_options import RowsHeldOut


@dataclass(frozen=True)
class PageView:
    """An operating point as a reader sees it.

    Attributes
    ----------
    selection : Selection
        The numbers.
    choices : Choices
    names : Names
        Names that the reader gave to models.
    palette : Palette
    notices : tuple of str
        Sentences that the reader should see before any figure.
    """

    selection: Selection
    choices: Choices
    names: Names
    palette: Palette
    notices: tuple[str, ...] = ()

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
        """The same page with given names followed by the models' own, for what leaves the page."""
        return replace(self, names=self.names.in_full)

    @cached_property
    def styles(self) -> dict[str, ModelStyle]:
        """Colour and shape of each model."""
        return styles(self.dataset.scores.models)

    def label(self, model: str) -> str:
        """Name of a model on the screen."""
        return self.names.model(model)

    def words(
        self, model: str | None, at: float, *, alone: bool = False, lower: float | None = None
    ) -> str:
        """An operating point as text: ``gradient boosting at 0.168``."""
        return self.names.at(self.analysis, model, at, lower, alone=alone)

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data set."""
        return self.analysis.fingerprint

    @property
    def analysis(self) -> Analysis:
        return self.selection.analysis

    @property
    def dataset(self) -> Dataset:
        return self.analysis.dataset

    @property
    def scenario(self) -> Scenario:
        return self.analysis.scenario

    @property
    def figures(self) -> ScenarioFigures:
        return self.analysis.figures

    @property
    def evaluation(self) -> Evaluation:
        return self.analysis.evaluation

    @property
    def objectives(self) -> dict[str, Objective]:
        return self.analysis.objectives

    @property
    def points(self) -> pd.DataFrame:
        return self.analysis.points

    @property
    def stakeholders(self) -> tuple[Stakeholder, ...]:
        return self.analysis.stakeholders

    def stakeholder(self, name: str) -> Stakeholder:
        return self.analysis.stakeholder(name)

    @property
    def limits(self) -> tuple[Bound, ...]:
        return self.analysis.limits

    @property
    def limits_in_force(self) -> tuple[tuple[str, float], ...]:
        return self.analysis.limits_in_force

    @property
    def unpriced_key(self) -> Key:
        return self.analysis.unpriced_key

    @property
    def intervals_key(self) -> Key:
        return self.analysis.intervals_key

    @property
    def uncertainty(self) -> Uncertainty | None:
        return self.analysis.uncertainty

    @property
    def held_out(self) -> RowsHeldOut:
        return self.analysis.held_out

    @property
    def chosen(self) -> OperatingPoint:
        return self.selection.point

    @property
    def today(self) -> OperatingPoint:
        return self.analysis.current

    @property
    def beside(self) -> OperatingPoint:
        return self.selection.compared

    @property
    def is_today_unsaid(self) -> bool:
        return self.analysis.is_current_unspecified

    @property
    def today_title(self) -> str:
        return current_title(self.analysis)

    def is_alone(self, point: OperatingPoint) -> bool:
        return self.analysis.is_alone(point)

    def ship_below(self, model: str | None, at: float, lower: float | None = None) -> float | None:
        return self.analysis.inspected_from(model, at, lower)


def build(choices: Choices, dataset: Dataset, appearance: str) -> PageView:
    """Page of what was chosen.

    Raises
    ------
    ScoreError
        If the scenario does not fit the data.
    """
    # A link may call a model by another's own name.
    choices = replace(choices, names=unique_names(dataset.scores.models, choices.names))
    analysis = Analysis.of(choices, dataset)
    selection = Selection.of(choices, analysis)
    if selection.compare == "today":  # also if the point that was asked for cannot be had
        choices = replace(choices, compare="today")
    names = Names(choices.names)
    notices = (
        *training_notice(analysis),
        *unavailable_words(unavailable(choices, analysis), names),
        *scarcity_notices(analysis),
        *data_notices(dataset),
    )
    return PageView(selection, choices, names, palette_of(appearance), notices)
