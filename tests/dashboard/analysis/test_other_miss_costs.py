"""Tests of the cheapest points at other prices of a miss, against all thresholds of all models."""

from __future__ import annotations

import pytest

from dashboard import page_view
from dashboard.analysis.decide.alternatives import other_miss_costs
from dashboard.session.choices import Choices
from metrics import Scenario
from metrics.selection.limits import meets_all
from metrics.selection.picks import cheapest
from tests.dashboard.analysis.test_other_models import ROWS
from tests.dashboard.analysis.test_prices_by_kind import opened
from tests.dashboard.built import built_table
from tests.dashboard.cli.test_evaluate_priced import OTHERWISE, PRICES, made


def least(miss: float, most_flagged: float = 1.0) -> tuple[float, float]:
    """Missed defects and false alarms at the lowest cost; of equal costs those with the fewest misses."""
    every = [ROWS.counts(m, t) for m in ROWS.models for t in ROWS.thresholds(m)]
    able = [c for c in every if c["tp"] + c["fp"] <= most_flagged * len(ROWS.labels)]
    best = min(able, key=lambda c: (miss * c["fn"] + c["fp"], c["fn"]))
    return best["fn"], best["fp"]


def counted(point):
    return point.counts["fn"], point.counts["fp"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    def build(scenario, *limits):
        return built_table(tmp_path_factory.mktemp("costs"), ROWS, scenario, Choices(limits=limits))

    return build


@pytest.mark.parametrize("share", [1.0, 0.06])
def test_half_the_price_and_twice_are_each_at_their_cheapest_point(built, share):
    found = other_miss_costs(built(Scenario(miss_cost=5.0), ("share_flagged", share)).analysis)
    assert found is not None
    assert [price for price, _ in found.cheapest] == [2.5, 5.0, 10.0]
    for price, point in found.cheapest:
        assert counted(point) == least(price, share)


def test_the_cheapest_of_now_holds_just_so_far(built):
    found = other_miss_costs(built(Scenario(miss_cost=5.0)).analysis)
    assert found is not None
    now = counted(found.cheapest[1][1])
    assert found.holds is not None
    low, high = found.holds.low, found.holds.high
    assert low < 5 < high
    for price in (low * 1.0001, high * 0.9999):
        assert least(price) == now
    for price in (low * 0.9999, high * 1.0001):
        assert least(price) != now


@pytest.mark.parametrize("limit", [("revenue_impact", 200.0), ("cost_of_errors", 100.0)])
def test_a_limit_that_depends_on_the_price_is_that_of_each_price(built, limit):
    found = other_miss_costs(built(Scenario(miss_cost=5.0), limit).analysis)
    assert found is not None
    assert found.holds is None
    for price, point in found.cheapest:
        at_price = built(Scenario(miss_cost=price), limit).analysis
        row = cheapest(at_price.points, meets_all(at_price.points, at_price.limits))
        expected = None if row is None else tuple(at_price.points.loc[row, ["fn", "fp"]])
        assert (None if point is None else counted(point)) == expected
    assert sum(point is None for _, point in found.cheapest) == 1


def test_nothing_is_said_where_no_point_meets_the_limits(built):
    assert other_miss_costs(built(Scenario(miss_cost=5.0), ("precision", 2.0)).analysis) is None


def test_prices_by_kind_are_all_halved_and_doubled():
    frame = made(weighted=False)

    def page(times: float):
        prices = {kind: times * price for kind, price in PRICES.items()}
        scenario = Scenario(miss_cost=times * OTHERWISE, miss_cost_by_type=prices)
        return page_view.build(Choices(), opened(frame, scenario), "light")

    found = other_miss_costs(page(1.0).analysis)
    assert found is not None
    for times, (price, point) in zip((0.5, 1.0, 2.0), found.cheapest, strict=True):
        other = page(times)
        assert price == pytest.approx(other.analysis.evaluation.miss_cost)
        assert point is not None
        assert point.place == other.selection.point.place
