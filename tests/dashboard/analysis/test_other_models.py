"""Tests of the comparison with the other models: thresholds by the rows, differences by a bootstrap."""

from __future__ import annotations

import pytest

from dashboard.analysis.decide.exchange import exchange_for
from dashboard.analysis.differences import chance_of_difference, difference
from dashboard.analysis.models import other_models
from dashboard.analysis.models.best_points import (
    attainable_limits,
    best_points_of,
    comparing_stakeholder,
)
from dashboard.analysis.models.other_models import compared_objectives, current_as_other_model
from dashboard.analysis.points_table import point_of
from dashboard.analysis.rankings import places
from dashboard.analysis.resampled_figures import gap as gap_alone
from dashboard.session.choices import Choices, Point
from dashboard.words.decide.cheapest_model import other_models_words
from dashboard.words.models.model_against_model import limits_headline
from metrics import OBJECTIVES, OperatingPoint, Scenario
from metrics.inference.comparison.paired_difference import Chance
from tests.dashboard.built import built_table
from tests.dashboard.overlapping_models import AT, HERE, MISS, ROWS, cheapest, overlapping

AT_ONCE = "A difference is clear only if it stays clear with all models judged at once."


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    def build(*limits, gaps="cost"):
        choices = Choices(point=Point(HERE, AT), limits=limits, gaps=gaps)
        folder = tmp_path_factory.mktemp("others")
        return built_table(folder, ROWS, Scenario(miss_cost=MISS), choices, resampled=True)

    return build


def judged(page):
    return comparing_stakeholder(page.analysis, page.choices.gaps)


def others_of(page):
    return other_models.other_models(page.selection, judged(page))


def standing_words(page, others):
    return other_models_words(page.selection, page.names, judged(page), others)


def test_each_other_model_is_shown_at_its_cheapest_threshold(built):
    page = built()
    others = others_of(page)
    assert {one.point.model: one.point.threshold for one in others} == {
        model: cheapest(model) for model in ROWS.models if model != HERE
    }
    costs = [one.point.figures["cost_of_errors"] for one in others]
    assert costs == sorted(costs)
    assert standing_words(page, others) == (
        f"Each at its cheapest threshold, by lowest cost of errors. {AT_ONCE}"
    )


def test_the_current_system_is_listed_with_the_gaps_of_the_cards(built):
    page = built()
    found = current_as_other_model(page.selection)
    assert found.point == page.analysis.current
    for o, gap in zip(compared_objectives(page.analysis), found.gaps, strict=True):
        on_card = difference(page.analysis, o, page.selection.point, page.analysis.current)
        assert (gap is None) == (on_card is None)
        if gap is not None and on_card is not None:
            assert gap.size == pytest.approx(-on_card.size, nan_ok=True)
            assert gap.chance is on_card.chance


SHARE = 0.05
"""Share of the units that may be flagged. The models then catch different shares of the defects."""


def most_recall(model):
    """Highest recall of a model at a threshold that flags at most `SHARE` of the units."""
    return max(
        counts["tp"] / ROWS.labels.sum()
        for threshold in ROWS.thresholds(model)[1:-1]
        if (counts := ROWS.counts(model, threshold))["tp"] + counts["fp"]
        <= SHARE * len(ROWS.labels)
    )


def test_a_model_that_cannot_meet_the_limits_is_last_at_its_cheapest_threshold(built):
    last, *able = sorted((model for model in ROWS.models if model != HERE), key=most_recall)
    least = (most_recall(last) + most_recall(able[0])) / 2
    page = built(("share_flagged", SHARE), ("recall", least))
    found = others_of(page)
    assert {one.point.model: one.meets_limits for one in found} == {
        last: False,
        **dict.fromkeys([HERE, *able], True),
    }
    assert (found[-1].point.model, found[-1].point.threshold) == (last, cheapest(last))
    for one in found[:-1]:
        assert one.point.figures["share_flagged"] <= SHARE
        assert one.point.figures["recall"] >= least
    assert standing_words(page, found) == (
        "2 of 3 other models can meet the limits in this file. "
        f"Each at its cheapest threshold within the limits, by lowest cost of errors. {AT_ONCE}"
    )


def test_the_headline_names_the_only_model_that_can_meet_the_limits(built):
    *_, second, first = sorted(ROWS.models, key=most_recall)
    least = (most_recall(first) + most_recall(second)) / 2
    page = built(("share_flagged", SHARE), ("recall", least))
    headline = limits_headline(page.selection, page.names, judged(page))
    assert headline.startswith(f"In this file only {first} meets the limits (on new data: met in ")
    page = built(("share_flagged", SHARE), ("recall", 1.0))
    headline = limits_headline(page.selection, page.names, judged(page))
    nearest, sure = headline.split(" (on new data: met in ")
    assert nearest == f"In this file no model meets the limits; {first} comes nearest to them"
    assert sure.endswith("% of simulations)")


def test_each_model_is_at_the_best_threshold_of_a_stakeholder_within_the_limits(built):
    """The selected model is listed too, at its own best threshold."""
    share = 0.2
    page = built(("share_flagged", share), gaps="product")
    by, found = judged(page), others_of(page)
    assert by.objective.id == "missed_defects"
    best = {}
    for model in ROWS.models:
        misses = [
            counts["fn"]
            for threshold in ROWS.thresholds(model)[1:-1]
            if (counts := ROWS.counts(model, threshold))
            and counts["tp"] + counts["fp"] <= share * len(ROWS.labels)
            and MISS * counts["fn"] + counts["fp"] <= MISS * ROWS.labels.sum()
        ]
        best[model] = min(misses)
    assert {one.point.model: one.point.fn for one in found} == best
    assert [one.point.fn for one in found] == sorted(best.values())
    assert "Each at the product manager’s best threshold" in standing_words(page, found)
    page = built(("recall", 0.97), gaps="product")
    count = sum(one.meets_limits for one in others_of(page) if one.point.model != HERE)
    assert 0 < count < 3
    assert standing_words(page, others_of(page)).startswith(
        f"{count} of 3 other models can meet the limit in this file"
        " while errors cost no more than with no checks."
    )


def test_a_stakeholder_with_a_condition_compares_best_thresholds_though_no_model_meets_the_limits(
    built,
):
    unlimited = others_of(built(gaps="product"))
    page = built(("share_flagged", SHARE), ("recall", 1.0), gaps="product")
    assert [one.point.place for one in others_of(page)] == [one.point.place for one in unlimited]
    assert standing_words(page, others_of(page)).startswith(
        "Ignoring the limits, each at the product manager’s best threshold while errors cost no more "
    )


def test_rows_and_headline_judge_the_best_points_alike(built):
    """With the best point selected, the table and the headline agree on which models could be first."""
    for limits in ((), (("recall", 0.9),)):
        page = built(*limits)
        by = judged(page)
        within = attainable_limits(page.analysis, by)
        assert bool(within) == bool(limits)
        gaps = best_points_of(page.analysis, by, within)
        points = page.analysis.points_of(gaps.picks[0].model)
        page = page.select(point_of(points, gaps.picks[0].row))
        cost = [o.is_against_current for o in compared_objectives(page.analysis)].index(True)
        rows = {one.point.model: one.is_open[cost] for one in others_of(page) if one.meets_limits}
        together = zip(gaps.picks[1:], gaps.may_lead[1:], strict=True)
        assert rows == {p.model: is_open for p, is_open in together}


LOG_LOSS = OBJECTIVES["log_loss"]


@pytest.fixture(scope="module")
def similar(tmp_path_factory):
    """Page on models with similar log losses."""
    folder, choices = tmp_path_factory.mktemp("similar"), Choices(gaps="cost")
    return built_table(folder, overlapping(12), Scenario(miss_cost=MISS), choices, resampled=True)


def test_two_models_are_judged_with_all_models_at_once(similar):
    """As a pair, the best model is clearly ahead of another. Among all models, the other could be first."""
    o, analysis, ranked = LOG_LOSS, similar.analysis, places(similar.analysis, LOG_LOSS)
    points = {m: OperatingPoint.from_points(analysis.points_of(m), 5) for m in analysis.models}
    order = sorted(points, key=lambda m: points[m].figures[o.id])
    alone = [gap_alone(analysis, o, points[order[0]], points[m]) for m in order]
    assert any(
        gap is not None and gap.chance is Chance.CLEAR and ranked[m][0] == 1
        for m, gap in zip(order[1:], alone[1:], strict=True)
    )
    for k, better in enumerate(order):
        for worse in order[k + 1 :]:
            for pair in ((better, worse), (worse, better)):
                first, second = (points[m] for m in pair)
                gap = gap_alone(analysis, o, first, second)
                is_even = ranked[worse][0] <= k + 1 or gap is None or gap.chance is Chance.POSSIBLE
                chance = chance_of_difference(analysis, o, first, second)
                assert chance is (Chance.POSSIBLE if is_even else Chance.CLEAR)


def test_the_exchange_and_the_table_judge_a_model_alike(similar):
    column = compared_objectives(similar.analysis).index(LOG_LOSS)
    for one in others_of(similar):
        assert one.point.model != similar.selection.point.model
        exchange = exchange_for(similar.selection, one.point)
        [change] = [change for change in exchange.changes if change.objective is LOG_LOSS]
        assert change.chance is one.gaps[column].chance
        assert not one.is_open[column]


def test_there_is_no_difference_if_the_models_were_trained_on_the_rows(built):
    page = built()
    others_of(page)  # is cached, and must not be reused
    seen = others_of(page.analysed(held_out="training"))
    assert {gap for one in seen for gap in one.gaps} == {None}
