"""Builds the page of a small file under a scenario, without the app around it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.analysis import Analysis, Stakeholder
from dashboard.analysis.decide.answer import answers_at
from dashboard.analysis.decide.cards import card_basis, stakeholder_card
from dashboard.analysis.rankings import places
from dashboard.data.dataset import Dataset
from dashboard.session.choices import Choices
from dashboard.words.decide.answer import AnswerWords, answer_words
from dashboard.words.decide.cards import CardWords, card_words, fixed_words, rank_words
from metrics import Objective, OperatingPoint, Scenario, open_scores
from tests.dashboard.tables import Rows


def built_table(
    folder: Path, rows: Rows, scenario: Scenario, choices: Choices, *, resampled: bool = False
) -> page_view.PageView:
    """Page of rows under a scenario; with intervals on request."""
    path = rows.write(folder / "scores.csv")
    scores = open_scores(path, scale=rows.scale)  # type: ignore[arg-type]
    dataset = Dataset(
        scores.fingerprint, "scores", ("scores.csv",), scores, scenario, 2000, "command line"
    )
    choices = replace(choices, intervals=resampled)
    page = page_view.build(choices, dataset, "light")
    if resampled:
        resampled_figures.resample(page.analysis)
        page = page_view.build(choices, dataset, "light")
        assert page.analysis.uncertainty is not None
    return page


def card_of(
    page: page_view.PageView,
    stakeholder: Stakeholder,
    point: OperatingPoint,
    *,
    at_rest: bool = False,
) -> CardWords:
    """Texts of a stakeholder's card at a point of a page."""
    basis = card_basis(page.analysis, stakeholder)
    card = stakeholder_card(page.selection, basis, point, at_rest=at_rest)
    fixed = fixed_words(page.analysis, page.names, stakeholder, card.best)
    return card_words(page.analysis, page.names, card, fixed)


def answer_of(
    page: page_view.PageView, point: OperatingPoint, *, at_rest: bool = False
) -> AnswerWords:
    """Texts of the answer at a point of a page."""
    [answer] = answers_at(page.selection, [point], at_rest=at_rest)
    return answer_words(page.analysis, page.names, answer)


def ranks(analysis: Analysis, objective: Objective) -> dict[str, str]:
    """Place of each model by an objective that ranks models, in words."""
    found = places(analysis, objective)
    return {model: rank_words(place, len(found)) for model, place in found.items()}
