"""Tests of the comparison of all models: its finding, and the places that models may have."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dashboard.analysis.models.best_points import (
    attainable_limits,
    best_points_of,
    comparing_stakeholder,
)
from dashboard.analysis.models.table import rows_of
from dashboard.session.choices import Choices
from dashboard.views.models import model_against_model
from dashboard.words.models.columns import columns_of
from dashboard.words.models.model_against_model import ROWS_SEEN, limits_headline
from metrics import Scenario
from tests.dashboard.built import built_table, ranks
from tests.dashboard.close_models import ROWS
from tests.dashboard.pages import FOUR, page_text, words
from tests.dashboard.tables import NASTY

ALIKE = replace(ROWS, scores={**ROWS.scores, "twin": ROWS.scores[NASTY[0]]})


@pytest.fixture(scope="module")
def comparison_of(tmp_path_factory):
    """Page, stakeholder and best points of a file, as the comparison of models takes them."""

    def find(rows, stakeholder="product", scenario=None):
        folder = tmp_path_factory.mktemp("gaps")
        page = built_table(folder, rows, scenario or Scenario(), Choices(), resampled=True)
        by = comparing_stakeholder(page.analysis, stakeholder)
        return page, by, best_points_of(page.analysis, by)

    return find


@pytest.mark.parametrize(
    ("most", "said_first"),
    [
        (1.0, "Within the limit, {} has the fewest missed defects"),
        (-1.0, "In this file no model meets the limit"),
    ],
)
def test_the_best_of_all_models_meets_the_limits_if_a_model_can(tmp_path, most, said_first):
    limits = (("false_alarms", most),)
    page = built_table(tmp_path, ROWS, Scenario(), Choices(limits=limits), resampled=True)
    by = page.analysis.stakeholder("product")
    within = attainable_limits(page.analysis, by)
    gaps = best_points_of(page.analysis, by, within)
    assert bool(within) == (by.pick is not None)
    if by.pick is not None:
        assert gaps.picks[0].value == by.pick.value
    said = words(model_against_model.headline_markup(page, by, gaps))
    assert said.startswith(said_first.format(gaps.picks[0].model))
    assert ("has the fewest" in said) == bool(within)


def test_the_only_model_within_limits_and_an_own_condition_is_named(tmp_path):
    """Several models meet the limit alone, at thresholds that the product manager would not pick."""
    choices = Choices(limits=(("recall", 0.85),)).with_bound("product", ("false_alarms", 4.0))
    page = built_table(tmp_path, FOUR, Scenario(), choices, resampled=True)
    everyone, product = (comparing_stakeholder(page.analysis, who) for who in ("cost", "product"))
    assert limits_headline(page.selection, page.names, everyone) == ""
    said = limits_headline(page.selection, page.names, product)
    assert re.match(r"In this file only .+ meets the limit with false alarms at most 4 \(", said)


def test_equal_figures_tie_in_every_ranking(comparison_of):
    page, stakeholder, known = comparison_of(ALIKE, "data")
    pair = {NASTY[0], "twin"}
    places = [k for k, p in enumerate(known.picks) if p.model in pair]
    assert places == [0, 1]
    said = words(model_against_model.headline_markup(page, stakeholder, known))
    assert re.search(r"(twin and .*|.* and twin) tie on log loss", said)


def test_two_equal_models_alone_are_a_tie(comparison_of):
    two = replace(ALIKE, scores={m: ALIKE.scores[m] for m in (NASTY[0], "twin")})
    said = words(model_against_model.headline_markup(*comparison_of(two, "data")))
    assert said.count("tie on log loss") == 1
    assert "clear" not in said.split("tie on log loss")[1]
    assert "may be chance" not in said


def test_no_pair_is_judged_on_rows_that_trained_the_models(open_page):
    page = open_page("four", Choices(gaps="cost", rows="training"))
    page.turn("gaps")
    said = page_text(page)
    assert ROWS_SEEN in said
    assert "that is clear" not in said


def places(page):
    """Ranks of the models in each ranking of the table."""
    columns = columns_of(page.selection, page.names, rows_of(page.analysis))
    return {column.id: column.texts for column in columns if column.id.startswith("rank ")}


@pytest.mark.parametrize("wish", ["average_precision", "calibration_error"])
def test_a_rank_that_is_not_judged_is_not_shown(tmp_path, wish):
    """Both the table on Models and the card omit it. Without intervals both show it."""
    choices = Choices(objectives=(wish, "missed_defects", "cost_of_errors"))
    page = built_table(tmp_path, ROWS, Scenario(), choices, resampled=True)
    by = page.analysis.stakeholder("data")
    assert by.objective.id == wish
    assert ranks(page.analysis, by.objective) == {}
    assert list(places(page)) == ["rank product", "rank executive"]
    (tmp_path / "bare").mkdir()
    bare = built_table(tmp_path / "bare", ROWS, Scenario(), choices)
    assert set(ranks(bare.analysis, by.objective).values()) == {
        f"{k} of 4" for k in ("1st", "2nd", "3rd", "4th")
    }
    assert sorted(places(bare)["rank data"]) == ["1", "2", "3", "4"]


def test_the_table_has_no_rank_until_it_is_known(tmp_path):
    page = built_table(tmp_path, ROWS, Scenario(), Choices(), resampled=True)
    early = page.analysed(has_intervals=False)
    assert set(places(early)["rank data"]) == {""}
    assert "" not in places(page)["rank data"]


def test_the_cost_of_errors_is_judged_like_a_stakeholders_objective(comparison_of):
    page, everyone, known = comparison_of(ROWS, "cost")
    assert everyone.objective.id == "cost_of_errors"
    least = [
        min(
            p["cost_of_errors"]
            for p in ROWS.points({"cost_of_errors"}, Scenario())
            if p["model"] == m
        )
        for m in ROWS.models
    ]
    assert [p.value for p in known.picks] == sorted(least)
    said = words(model_against_model.headline_markup(page, everyone, known))
    assert f"{known.picks[0].model} has the lowest cost of errors" in said


def test_a_link_to_the_differences_shows_them_first(open_page):
    page = open_page("four", Choices(gaps="cost"))
    page.turn("gaps")
    said = page_text(page)
    assert said.index("lowest cost of errors") < said.index("What is the best that each model")
