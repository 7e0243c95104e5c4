"""Tests of pages with prices by kind of defect, against the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard import page_view
from dashboard.analysis import resampled_figures
from dashboard.analysis.counts import dataset_counts
from dashboard.analysis.counts.counts_at_points import counted_at
from dashboard.analysis.decide.verdict import verdict_facts
from dashboard.analysis.evidence import transfer
from dashboard.session.choices import Choices
from dashboard.session.url import from_query, to_query
from dashboard.words.decide.verdict import verdict_of
from dashboard.words.decisions.record_texts import basis
from dashboard.words.phrases import payoff_alignment
from metrics import Scenario
from metrics.scenario.scenario import Payoff
from metrics.selection.cost_curve import cost_curve_by_defect_rate, cost_curve_by_miss_cost
from tests.dashboard.priced_kinds import OTHERWISE, PRICES, SCENARIO, costs, make_units, open_units


@pytest.fixture(scope="module")
def frame():
    return make_units(weighted=False)


@pytest.fixture(scope="module")
def page(frame):
    return page_view.build(Choices(), open_units(frame), "light")


def test_figures_and_the_cheapest_point_equal_those_of_the_rows(frame, page):
    wanted = {model: costs(frame, model) for model in ("a", "b")}
    for point in page.analysis.points.itertuples():
        assert point.cost_of_errors == pytest.approx(wanted[point.model][point.threshold])
    least = min(cost for own in wanted.values() for cost in own.values())
    assert page.selection.point.figures["cost_of_errors"] == pytest.approx(least)
    # The current threshold is no score of the file, so it is counted separately, with the same prices.
    at = min(score for score in wanted["b"] if score >= 0.512)
    assert page.analysis.current.figures["cost_of_errors"] == pytest.approx(wanted["b"][at])


def test_intervals_use_the_prices_by_kind(page):
    assert resampled_figures.resample(page.analysis)
    known = page_view.build(page.choices, page.analysis.dataset, "light")
    plain = page_view.build(Choices(miss_cost_by_type=()), page.analysis.dataset, "light")
    assert known.analysis.uncertainty is not None
    assert plain.analysis.uncertainty is None  # other prices need new resamples
    cost = known.analysis.objectives["cost_of_errors"]
    low, high = resampled_figures.interval(known.analysis, cost, known.selection.point)
    assert low < known.selection.point.figures["cost_of_errors"] < high


def test_another_model_wins_if_all_prices_are_scaled(frame, page):
    defects = frame[frame["label"] == 1]
    average = defects["kind"].map(PRICES).fillna(OTHERWISE).mean()
    assert page.analysis.evaluation.miss_cost == pytest.approx(average)
    curve = cost_curve_by_miss_cost(page.analysis.points, page.analysis.evaluation)
    assert curve.at(average).point.figures["cost_of_errors"] == pytest.approx(
        page.analysis.points["cost_of_errors"].min()
    )
    alarms = page.analysis.points["false_alarms"].to_numpy()
    missed = page.analysis.points["cost_of_errors"].to_numpy() - alarms
    for stretched in (0.1, 0.6, 1.7, 8.0):
        cost = stretched * missed + alarms
        there = curve.at(stretched * average).point
        assert there.row is not None
        assert cost[there.row] == pytest.approx(cost.min())
    rate = float(
        page.analysis.evaluation.tally.class_mass[1]
        / page.analysis.evaluation.tally.class_mass.sum()
    )
    assert (
        cost_curve_by_defect_rate(page.analysis.points, page.analysis.evaluation).at(rate).point
        == curve.at(average).point
    )
    assert verdict_of(
        verdict_facts(page.selection), page.analysis.scenario, page.names, page.point_words
    )


def test_the_check_of_payoffs_uses_the_average_price(page):
    dear = replace(page.analysis.scenario, payoff=Payoff(ship_defect=-50))
    odd = payoff_alignment(replace(page.analysis.evaluation, scenario=dear))
    assert (
        odd
        == f"Your prices imply 50, those by kind are {page.analysis.evaluation.miss_cost:.3g} on average."
    )
    assert payoff_alignment(page.analysis.evaluation) is None
    close = replace(
        page.analysis.scenario, payoff=Payoff(ship_defect=-page.analysis.evaluation.miss_cost)
    )
    assert payoff_alignment(replace(page.analysis.evaluation, scenario=close)) is None


def test_prices_by_kind_are_entered_and_shown(page):
    choices = Choices().with_price_of("dent", None, PRICES).with_price_of("chip", 2.0, PRICES)
    scenario = choices.scenario(page.analysis.dataset.scenario)
    assert scenario.miss_cost_by_type == {"crack": 0.25, "": 3.0, "chip": 2.0}
    assert from_query(to_query(choices)) == (choices, ())
    none = Choices(miss_cost_by_type=())
    assert none.scenario(page.analysis.dataset.scenario).miss_cost_by_type is None
    assert from_query(to_query(none)) == (none, ())
    assert basis(page.analysis.evaluation).endswith(
        "A miss costs 5 false alarms (dent: 9, crack: 0.25, (empty): 3)."
    )


def test_data_without_kinds_has_one_price(frame, page):
    without = open_units(frame.rename(columns={"kind": "note"}), kind=None)
    plain = page_view.build(Choices(), without, "light")
    assert plain.analysis.scenario.miss_cost_by_type is None
    assert any("of which kind a defect is" in notice for notice in plain.notices)
    assert dataset_counts.kinds(without) == {}
    # Costs of the other data cannot be compared with those of this data.
    assert transfer.transfer_scenario(page.analysis, without) is None
    later = make_units(weighted=False).assign(id=lambda rows: rows["id"] + 1000)
    scenario = transfer.transfer_scenario(page.analysis, open_units(later))
    assert scenario is not None
    [found] = transfer.transfer_selected(page.selection, open_units(later), scenario)[:1]
    assert found.transfer is not None


def test_a_threshold_between_two_scores_is_priced(frame):
    """The picks' thresholds are counted separately on other data, with the prices."""
    dataset = replace(open_units(frame), fingerprint="few thresholds", max_thresholds=8)
    at = [("a", 0.543216)]
    apart = counted_at(dataset, at, SCENARIO)
    assert apart is not None
    assert apart.miss_prices is not None
    missed = frame[(frame["a"] < 0.543216) & (frame["label"] == 1)]
    wanted = missed["kind"].map(PRICES).fillna(OTHERWISE).sum()
    k = int(np.searchsorted(apart.finite_thresholds(0), 0.543216))
    assert apart.miss_prices[:, 0, : k + 1].sum() == pytest.approx(wanted)


def test_if_no_kind_costs_anything_flagging_no_good_unit_is_cheapest_at_any_rate(frame):
    kinds = frame.loc[frame["label"] == 1, "kind"].unique()
    free = Scenario(miss_cost_by_type=dict.fromkeys(kinds, 0.0))
    page = page_view.build(Choices(), open_units(frame, free), "light")
    assert page.analysis.evaluation.miss_cost == 0
    for curve in (cost_curve_by_miss_cost, cost_curve_by_defect_rate):
        [segment] = curve(page.analysis.points, page.analysis.evaluation).segments
        assert segment.point.fp == 0


def test_the_price_of_a_kind_without_its_own_decides_between_equal_figures():
    """Both models miss one of two defects, each of another kind."""
    frame = pd.DataFrame(
        {
            "id": range(6),
            "label": [1, 1, 0, 0, 0, 0],
            "kind": ["dent", "scratch", "", "", "", ""],
            "a": [0.9, 0.1, 0.2, 0.3, 0.4, 0.2],
            "b": [0.1, 0.9, 0.2, 0.3, 0.4, 0.2],
        }
    )
    dataset = open_units(frame, Scenario(miss_cost=1.0, miss_cost_by_type={"dent": 3.0}))
    wanted = Choices(objectives=("f1", "missed_defects", "cost_of_errors"), intervals=False)
    for price, model in ((1.0, "a"), (9.0, "b")):
        page = page_view.build(replace(wanted, miss_cost=price), dataset, "light")
        pick = page.analysis.stakeholder("data").pick
        assert pick is not None
        assert pick.model == model
