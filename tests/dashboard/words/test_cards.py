"""Tests of the texts about points of every model, against computations from the rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.decide.compromises import fair_option_of
from dashboard.analysis.evidence import transfer
from dashboard.analysis.models.table import chances_of_best
from dashboard.analysis.picked_points import pick_like
from dashboard.export.decision_to_record import decision_of
from dashboard.session.choices import Choices, Point
from dashboard.words.decide.cards import details
from dashboard.words.decisions.record_texts import PICKED
from dashboard.words.numbers.figures import figure
from dashboard.words.numbers.intervals import ends
from dashboard.words.phrases import ordinal, place_words
from dashboard.words.resampling import expected_words
from metrics import OBJECTIVES, Payoff, Scenario, Today
from metrics.inference.choice.optimism import AtChoice
from metrics.inference.comparison.paired_difference import Chance
from metrics.inference.comparison.rank_ranges import rank_ranges
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.selection.choice import Choice
from tests.dashboard.built import answer_of, built_table, card_of, ranks
from tests.dashboard.slides import plain
from tests.dashboard.tables import NASTY, Rows, made
from tests.metrics.interval_at_choice import interval_at_choice

FOUR = made(rows=120)
ONE = made(("the only one",), rows=120, seed=13)
WEIGHTED = made(rows=120, weighted=True, seed=17)
PRICED = Scenario(
    miss_cost=12.5,
    defect_rate=0.02,
    units_per_year=1_200_000,
    currency="CHF",
    payoff=Payoff(4.0, -1.5, -20.0, -2.5),
    today=Today(NASTY[2], 0.2),
)
TODAYS = Scenario(today=Today(NASTY[3], 0.7))
PRICED_ONE = replace(PRICED, today=None)


def limited(of: str, value: float) -> tuple[tuple[str, float], ...]:
    return ((of, value),) * 3


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Page of a file under a scenario."""

    def build(
        rows: Rows, scenario: Scenario, choices: Choices, *, resampled: bool = False
    ) -> page_view.PageView:
        folder = tmp_path_factory.mktemp("said")
        return built_table(folder, rows, scenario, choices, resampled=resampled)

    return build


def test_a_rank_that_could_be_chance_is_a_range(built):
    """The first rank is clear if Models says so. Nothing is shown until this is computed."""
    said: set[str] = set()
    for wish in ("log_loss", "brier"):
        choices = Choices(objectives=(wish, "missed_defects", "revenue_impact"))
        page = built(FOUR, PRICED, choices, resampled=True)
        stakeholder = page.analysis.stakeholder("data")
        o, known = stakeholder.objective, page.analysis.uncertainty
        models = [str(model) for model in page.analysis.points["model"].unique()]
        index = [page.analysis.evaluation.tally.index(model) for model in models]
        drawn = np.hstack([known.bootstrap.values(o, m, np.array([0])) for m in index])
        figures = np.array(
            [page.analysis.points[o.id][page.analysis.points["model"] == m].iloc[0] for m in models]
        )
        places = ranks(page.analysis, o)
        for model, first, last in zip(
            models, *rank_ranges(o, figures, drawn, blocks=known.bootstrap.blocks), strict=True
        ):
            could = "could rank " if first < last else ""
            assert places[model] == f"{could}{place_words(int(first), int(last))} of {len(models)}"
        is_clear = chances_of_best(page.analysis)[0] is Chance.CLEAR
        best = models[int(figures.argmin())]
        assert is_clear == (places[best] == f"1st of {len(models)}")
        said.update(places.values())
        early = page.analysed(has_intervals=False)
        assert card_of(early, stakeholder, page.selection.point, at_rest=True).rank == ""
    assert any(" to " in one for one in said)
    assert place_words(2, 4) == "2nd to 4th"


def test_areas_under_roc_curves_are_resampled_once_in_the_background(built, monkeypatch):
    asked: list[int] = []
    draw = ReplicatedCounts._area

    def area(self, model):
        asked.append(model)
        return draw(self, model)

    monkeypatch.setattr(ReplicatedCounts, "_area", area)
    choices = Choices(objectives=("roc_auc", "missed_defects", "revenue_impact"), seed=9)
    page = built(FOUR, PRICED, choices, resampled=True)
    models = [str(model) for model in page.analysis.points["model"].unique()]
    assert sorted(asked) == sorted(page.analysis.evaluation.tally.index(model) for model in models)
    o = page.analysis.stakeholder("data").objective
    assert set(ranks(page.analysis, o)) == set(models)
    assert resampled_figures.intervals_of_models(page.analysis, o, models) is not None
    choices = replace(choices, hidden=(models[0],))
    fewer = built(FOUR, replace(PRICED, defect_rate=0.5), choices, resampled=True)
    assert len(ranks(fewer.analysis, o)) == len(models) - 1
    assert len(asked) == len(models)


def test_a_rank_is_written_as_it_is_spoken():
    assert [ordinal(k) for k in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip


def test_nothing_is_picked_if_every_threshold_flags_all_or_no_units(built):
    rows = replace(ONE, scores={"level": np.full(len(ONE.labels), 0.5)})
    page = built(rows, PRICED_ONE, Choices())
    for stakeholder in page.analysis.stakeholders:
        card = card_of(page, stakeholder, page.selection.point)
        assert card.best == "no choice left"
    assert details(
        page.selection, page.names, page.analysis.stakeholder("executive"), page.selection.point
    )[-1] == ("No threshold flags some units and not all.")


@pytest.mark.parametrize(("less", "is_said"), [(0.0004, False), (0.1, True)])
def test_expected_figure_is_shown_only_if_it_reads_differently(less, is_said):
    found = AtChoice(11_460_000.0, 11_460_000.0 * (1 - less), 1e6, 2e7)
    assert bool(expected_words(OBJECTIVES["revenue_impact"], found, PRICED)) == is_said


@pytest.mark.parametrize("rows", [WEIGHTED], ids=["weighted"])
def test_a_pick_has_its_figures_and_intervals_that_allow_for_the_choice(built, rows):
    """Card, answer and record agree for any point of comparison, also before intervals are computed."""
    opening = built(rows, PRICED, Choices(), resampled=True)
    pin = Point(NASTY[2], rows.thresholds(NASTY[2])[-2])
    for stakeholder in opening.analysis.stakeholders[1:]:
        best = stakeholder.pick
        given = Choices(point=Point(best.model, best.threshold))
        page = built(rows, PRICED, given, resampled=True)
        choice = Choice(stakeholder.objective, stakeholder.bound, models=tuple(rows.models))
        if answer_of(page, page.selection.point).reason.startswith("Lowest error cost of"):
            choice = Choice(OBJECTIVES["cost_of_errors"], models=tuple(rows.models))
        headline = OBJECTIVES["revenue_impact_percent"]
        wanted = [*(s.objective for s in page.analysis.stakeholders), headline]
        found = interval_at_choice(
            page.analysis.uncertainty.bootstrap, choice, best.model, best.threshold, wanted
        )
        assert any(one.expected != one.value for one in found.values())
        recorded = {f.id: f for f in decision_of(page, {}).figures}
        pinned = built(rows, PRICED, replace(given, compare="pin", pin=pin), resampled=True)
        before = built(rows, PRICED, given)
        for other in page.analysis.stakeholders:
            o, one = other.objective, found[other.objective.id]
            if o.of_model:  # which is equal at all thresholds
                low, high = resampled_figures.interval(page.analysis, o, page.selection.point)
                one = AtChoice(one.value, math.nan, low, high)
            card = card_of(page, other, page.selection.point, at_rest=True)
            counted = rows.text(o.id, best.model, best.threshold, PRICED)
            assert plain(card.figure) == counted
            assert (
                plain(card_of(before, other, before.selection.point, at_rest=True).figure)
                == counted
            )
            between = ends(o, one.value, one.low, one.high, PRICED)
            assert card.interval == between
            beside = card_of(pinned, other, pinned.selection.point, at_rest=True)
            assert (beside.figure, beside.interval) == (card.figure, card.interval)
            assert (recorded[o.id].text, recorded[o.id].expected) == (card.figure, None)
            assert recorded[o.id].low == pytest.approx(one.low)
            detail = details(page.selection, page.names, other, page.selection.point)[1]
            about, here = (
                figure(o, float(f"{value:.3g}"), PRICED) for value in (one.expected, one.value)
            )
            is_seen = not o.of_model and about != here
            assert detail.startswith(f"On new data about {about}, ") == is_seen
        said = answer_of(page, page.selection.point, at_rest=True)
        o, one = headline, found[headline.id]
        assert said.headline.endswith(f" {figure(o, one.value, PRICED)}")
        assert said.interval == ends(o, one.value, one.low, one.high, PRICED)
        assert PICKED in decision_of(page, {}).basis
        pair = (decision_of(one, {}).as_dict()["figures"] for one in (pinned, page))
        assert next(pair) == next(pair)


def test_a_limit_changes_no_figure_of_a_point(built):
    """Optimism depends on the limits; counted figures do not."""
    best = built(FOUR, PRICED, Choices(), resampled=True).analysis.stakeholder("executive").pick
    given = Choices(point=Point(best.model, best.threshold))
    cards = []
    for limits in ((), (("recall", 0.3),), (("share_flagged", 0.9), ("recall", 0.5))):
        page = built(FOUR, PRICED, replace(given, limits=limits), resampled=True)
        said = [
            card_of(page, s, page.selection.point, at_rest=True).figure
            for s in page.analysis.stakeholders
        ]
        answer = answer_of(page, page.selection.point, at_rest=True)
        cards.append((*said, answer.effect))
    assert len(set(cards)) == 1


def test_current_system_against_itself_has_no_interval(built):
    at = Point(NASTY[2], FOUR.thresholds(NASTY[2])[-3])
    given = replace(PRICED, today=Today(at.model, at.threshold))
    page = built(FOUR, given, Choices(point=at), resampled=True)
    card = card_of(page, page.analysis.stakeholder("executive"), page.selection.point, at_rest=True)
    assert (plain(card.figure), card.interval) == ("CHF 0", "")
    answer = answer_of(page, page.selection.point, at_rest=True)
    assert (answer.headline, answer.interval) == ("Revenue against today unchanged", "")


def test_a_best_that_is_worse_than_the_chosen_point_names_its_condition(built):
    cheap = Scenario(miss_cost=0.1)
    pick = built(FOUR, cheap, Choices()).analysis.stakeholder("product").pick
    assert pick.value > 0
    for threshold, is_broken in ((FOUR.thresholds(pick.model)[0], True), (pick.threshold, False)):
        page = built(FOUR, cheap, Choices(point=Point(pick.model, threshold)))
        assert (page.selection.point.figures["missed_defects"] < pick.value) == is_broken
        card = card_of(page, page.analysis.stakeholder("product"), page.selection.point)
        condition = " while errors cost no more than with no checks"
        assert card.best.endswith(condition) == is_broken


def test_chance_allows_for_the_choice(built):
    """On this file the pick clearly beats a similar system, but on new data it may be worse."""
    rows = made(rows=120, seed=17)
    of = Scenario(miss_cost=5, payoff=PRICED.payoff)
    pick = built(rows, of, Choices(), resampled=True).analysis.stakeholder("executive").pick
    every = list(rows.thresholds(pick.model))
    near = every[every.index(pick.threshold) - 2]
    given = replace(of, today=Today(pick.model, float(near)))
    page = built(rows, given, Choices(point=Point(pick.model, pick.threshold)), resampled=True)
    executive = page.analysis.stakeholder("executive")
    counted = resampled_figures.gap(
        page.analysis, executive.objective, page.selection.point, page.analysis.current
    )
    assert counted is not None
    assert counted.chance is Chance.CLEAR
    card = card_of(page, executive, page.selection.point, at_rest=True)
    assert card.figure.startswith("+")
    assert card.comparison.startswith("added to today’s")
    assert card.chance == "may be chance"


def test_the_compromise_is_judged_on_other_data_by_its_own_choice(built):
    fair = fair_option_of(built(FOUR, PRICED, Choices(), resampled=True).analysis).point
    assert fair is not None
    at = Point.at(fair, lower=False)
    page = built(FOUR, PRICED, Choices(point=at), resampled=True)
    picked = pick_like(page.analysis, page.selection.point)
    assert picked is not None
    assert {one.choice for one in transfer.selected_to_transfer(page.selection)} == {picked.choice}


def test_a_role_without_a_pick_is_not_recorded(built):
    choices = Choices(bounds=limited("recall", 2.0))
    of = decision_of(built(FOUR, PRICED, choices, resampled=True), {}).stakeholders[1]
    assert of.pick is None
    assert math.isnan(of.own.shown)


def test_an_expected_count_on_new_data_is_whole():
    missed = OBJECTIVES["missed_defects"]
    found = [AtChoice(80.0, expected, 60.0, 108.0) for expected in (87.4, 80.3)]
    assert [expected_words(missed, each, Scenario()) for each in found] == ["87", ""]
