"""State of a page: an analysis with its selected operating point, and the reader's names and colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from dashboard.analysis.analysis import Analysis
from dashboard.analysis.selection import Selection
from dashboard.data.confusable_names import unique_names
from dashboard.data.library import Dataset
from dashboard.figures.palette import ModelStyle, Palette, palette_of, styles
from dashboard.session.choices import Choices
from dashboard.words.names import Names
from dashboard.words.notices import (
    data_notices,
    scarcity_notices,
    training_notice,
    unavailable_words,
)
from metrics import OperatingPoint


@dataclass(frozen=True)
class PageView:
    """Selected operating point of an analysis, as a reader sees it.

    Attributes
    ----------
    selection : Selection
        The selected point and its analysis, which have all figures.
    choices : Choices
    names : Names
        Names that the reader gave to models.
    palette : Palette
    notices : tuple of str
        Sentences for the top of the page, which the reader should see before any figure.
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
        """The same page with full names: the given name of a model followed by its own.

        Reports, slides and other exports use full names.
        """
        return replace(self, names=self.names.in_full)

    @cached_property
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
        return self.names.at(self.analysis, model, at, lower, alone=alone)

    @property
    def analysis(self) -> Analysis:
        return self.selection.analysis

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
    names = Names(choices.names)
    notices = (
        *training_notice(analysis),
        *unavailable_words(choices, analysis, names),
        *scarcity_notices(analysis),
        *data_notices(dataset),
    )
    return PageView(selection, choices, names, palette_of(appearance), notices)
