"""Tests of the table of other models: what it says before intervals, and when a difference is clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.analysis.models.best_points import comparing_stakeholder
from dashboard.analysis.models.other_models import other_models
from dashboard.session.choices import Choices, Point
from dashboard.views.models import chosen_against_others
from dashboard.views.models.chosen_against_others import other_models_table
from dashboard.words.phrases import CHANCE
from metrics import Scenario, Today
from metrics.inference.comparison.paired_difference import Chance
from tests.dashboard.built import built_table
from tests.dashboard.overlapping_models import AT, HERE, ROWS

SCENARIO = Scenario(miss_cost=5.0, today=Today("worst", 0.3))


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    def build(*, scenario: Scenario = SCENARIO, resampled: bool = True):
        choices = Choices(point=Point(HERE, AT))
        folder = tmp_path_factory.mktemp("others")
        return built_table(folder, ROWS, scenario, choices, resampled=resampled)

    return build


def test_unknown_intervals_are_shown_as_checking(build):
    assert "checking" not in other_models_table(build())
    page = build(resampled=False)
    assert "checking" not in other_models_table(page)  # nobody asked for it
    markup = other_models_table(page.analysed(shows_intervals=True))
    assert "checking" in markup
    assert not any(CHANCE[chance] in markup for chance in (Chance.CLEAR, Chance.POSSIBLE))


def test_a_difference_is_clear_only_with_all_models_judged_at_once(build, monkeypatch):
    page = build()
    assert "clear" in other_models_table(page)
    others = tuple(
        replace(other, is_open=(True,) * len(other.is_open))
        for other in other_models(page.selection, comparing_stakeholder(page.analysis, "cost"))
    )
    monkeypatch.setattr(chosen_against_others, "other_models", lambda *_: others)
    monkeypatch.setattr(chosen_against_others, "current_as_other_model", lambda _: others[0])
    table = other_models_table(page).partition("<table")[2]
    assert CHANCE[Chance.POSSIBLE] in table
    assert not any(f"{side}, clear" in table for side in ("better", "worse"))
