"""Words of operating points that the live component shows: answer, cards, threshold and pointer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dashboard.analysis.analysis import Stakeholder
from dashboard.analysis.decide.answer import answers_at
from dashboard.analysis.decide.cards import StakeholderCard, card_basis, stakeholder_card
from dashboard.analysis.decide.stops import points_at
from dashboard.live.marks import tradeoff_objectives
from dashboard.live.records import Record
from dashboard.page_view import PageView
from dashboard.words.decide.answer import answer_words
from dashboard.words.decide.cards import CardWords, card_words, fixed_words
from dashboard.words.decide.threshold_handle import (
    FLAGGED,
    figure_line,
    limits_line,
    pointed_interval,
    threshold_words,
)
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.objective_units import unit_words
from metrics import Objective, OperatingPoint

Cards = tuple[tuple[StakeholderCard, CardWords], ...]
"""Cards of an operating point, each with its words."""
WithCards = tuple[OperatingPoint, Cards]


class PointWords:
    """Words of operating points on a page.

    Parameters
    ----------
    stakeholders : sequence of Stakeholder, optional
        Stakeholders whose cards are needed; all by default.
    """

    def __init__(self, page: PageView, stakeholders: Sequence[Stakeholder] | None = None) -> None:
        self.page, self.bases = page, []
        self.objectives = tradeoff_objectives(page)
        for stakeholder in page.analysis.stakeholders if stakeholders is None else stakeholders:
            basis = card_basis(page.analysis, stakeholder)
            fixed = fixed_words(page.analysis, page.names, stakeholder, basis.best)
            self.bases.append((basis, fixed))

    def cards_with_words(
        self, points: Sequence[OperatingPoint], **options: bool
    ) -> list[WithCards]:
        """Operating points with their cards, with the options of `stakeholder_card`."""
        selection, names = self.page.selection, self.page.names
        columns = []
        for basis, fixed in self.bases:
            # An objective that ranks models has the same card at all points of a model.
            of_model = basis.stakeholder.objective.of_model
            keys = [point.model if of_model else k for k, point in enumerate(points)]
            cards = {
                key: stakeholder_card(selection, basis, point, **options)
                for key, point in dict(zip(keys, points, strict=True)).items()
            }
            words = {k: card_words(selection.analysis, names, c, fixed) for k, c in cards.items()}
            columns.append([(cards[key], words[key]) for key in keys])
        return [(point, tuple(c[k] for c in columns)) for k, point in enumerate(points)]

    def at(self, points: Sequence[WithCards], *, at_rest: bool = False) -> list[Record]:
        """Words of the answer, cards and threshold at some points; ``at_rest`` at the selected one alone."""
        selection, names, x = self.page.selection, self.page.names, self.page.choices.x
        alone = [point for point, _ in points]
        answers = [self.page.answer] if at_rest else answers_at(selection, alone)
        answer_texts = [answer_words(selection.analysis, names, answer) for answer in answers]
        return [
            {
                "answer": answer,
                "cards": {card.stakeholder.name: words for card, words in cards},
                "threshold": threshold_words(selection, names, point, x, at_rest=at_rest),
                "labels": tuple(
                    self._written(o, point, cards) if math.isfinite(point.figures[o.id]) else ""
                    for o in self.objectives
                ),
            }
            for (point, cards), answer in zip(points, answer_texts, strict=True)
        ]

    def _written(self, o: Objective, point: OperatingPoint, cards: Cards) -> str:
        """Figure of a point, from a card if one shows it."""
        for card, words in cards:
            if card.stakeholder.objective is o:
                return words.figure
        return figure(o, point.figures[o.id], self.page.analysis.scenario)

    def lines(
        self, points: Sequence[WithCards], objectives: Sequence[Objective]
    ) -> Iterator[tuple[tuple[str | None, ...], ...]]:
        """Hover texts of operating points: a title, then one line per objective."""
        selection, analysis = self.page.selection, self.page.analysis
        units = {o.id: unit_words(o, analysis.scenario) for o in objectives}
        for point, cards in points:
            intervals = {
                card.stakeholder.objective.id: pointed_interval(selection, card, words)
                for card, words in cards
            }
            figures = (
                figure_line(o, self._written(o, point, cards), units[o.id], intervals.get(o.id, ""))
                for o in objectives
            )
            title = self.page.words(point.model, point.threshold, alone=True)
            yield (title,), *figures

    def stops(self, points: Sequence[OperatingPoint], *, is_upper: bool) -> list[Record]:
        """Words of stops of a handle. Only stops of the upper handle have the lines for the pointer."""
        selection, with_cards = self.page.selection, self.cards_with_words(points)
        records = self.at(with_cards)
        if not is_upper or not points:
            return records
        limits = [record["answer"].limits for record in records]
        if selection.analysis.scenario.inspection is not None:
            # The curves show the bands of least cost.
            curve = selection.analysis.evaluation.curve_of(str(selection.point.model))
            rows = np.array([curve.row(point.threshold) for point in points])
            points = points_at(selection.analysis, curve.model, rows)
            with_cards = self.cards_with_words(points)
            limits = [limits_line(selection, point) for point in points]
        lines = self.lines(with_cards, [*self.objectives, FLAGGED])
        for record, line, status in zip(records, lines, limits, strict=True):
            record["pointed"] = (*line, (status,)) if status else line
        return records
