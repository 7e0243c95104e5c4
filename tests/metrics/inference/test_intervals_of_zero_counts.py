"""Tests that a count of zero has an interval of positive width, unless it is zero by construction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.intervals import intervals
from metrics.scenario.scenario import Payoff, Scenario, Today
from tests.metrics.made_rows import Rows
from tests.metrics.samples import resample
from tests.metrics.strategies import rows, scenarios
from tests.metrics.tallied import tally_of

NET = "revenue_impact_net"
"""Left out: it needs a load, and its interval is that of the revenue."""
POINTS = [
    o
    for o in OBJECTIVES.values()
    if not o.of_model and o.is_standard and o.id != NET
    # Figures of parts of the rows have no interval.
    if "inspection" not in o.reads and "worst" not in o.id
]
RATE = Scenario(defect_rate=0.02, units_per_year=1000)


def rows_with_errors(missed: int, alarms: int, *, values: bool = False) -> Rows:
    """Rows of 200 defects and 1,800 good units with given numbers of misses and false alarms."""
    labels = np.repeat(np.array([1, 0], np.int8), [200, 1800])
    scores = np.repeat([0.9, 0.1, 0.9, 0.1], [200 - missed, missed, alarms, 1800 - alarms])
    worth = np.where(labels == 1, np.where(np.arange(2000) % 2, 5.0, 9.0), 1.0) if values else None
    return Rows(labels, {"a": scores}, values=worth)


def ends(data: Rows, name: str, scenario: Scenario | None = None, at: float = 0.9) -> list[float]:
    of = resample(data, scenario)
    found = intervals(of, OBJECTIVES[name], 0, of.evaluation.curves[0].positions([at]))
    return [found.low.item(), found.high.item()]


def test_costs_without_any_error_reach_the_rule_of_three_of_both_errors() -> None:
    """Without errors the limit is about 3 misses at 5 and 3 false alarms at 1, combined."""
    three = 200 * (1 - 0.05 ** (1 / 200)), 1800 * (1 - 0.05 ** (1 / 1800))
    low, high = ends(rows_with_errors(0, 0), "cost_of_errors")
    assert [low, high] == pytest.approx([0, np.hypot(5 * three[0], three[1])])
    assert high == pytest.approx(3 * np.hypot(5, 1), rel=0.01)
    low, high = ends(rows_with_errors(0, 0), "cost_of_errors", RATE)
    wanted = np.hypot(5 * three[0] * 20 / 200, three[1] * 980 / 1800)
    assert [low, high] == pytest.approx([0, wanted])
    low, high = ends(rows_with_errors(0, 0, values=True), "missed_value")
    assert [low, high] == pytest.approx([0, 7 * three[0]])
    low, high = ends(rows_with_errors(0, 0), "f1")
    assert low < 0.99
    assert high == 1
    # Compared with shipping everything, 5 for every caught defect. At a set rate this is the maximum.
    low, high = ends(rows_with_errors(0, 0), "revenue_impact", RATE)
    assert [low, high] == pytest.approx([100 - wanted, 100])


def test_errors_that_occurred_determine_the_interval() -> None:
    """With 90 false alarms, possible unseen misses add little, and only at the far end."""
    seen = ends(rows_with_errors(0, 90), "false_alarms")
    low, high = ends(rows_with_errors(0, 90), "cost_of_errors")
    assert low == pytest.approx(seen[0], rel=0.05)
    assert high - 90 == pytest.approx(np.hypot(seen[1] - 90, 15), rel=0.2)
    assert ends(rows_with_errors(10, 90), "cost_of_errors")[0] > 5 * 3 + 60


CERTAIN = {
    "flag nothing": {"recall", "missed_defects_per_1000_defects", "false_alarms", "share_flagged",
                     "flagged_per_day", "f1", "revenue_impact", "revenue_impact_percent"},
    "flag everything": {"recall", "missed_defects_per_1000_defects", "missed_defects", "share_flagged",
                        "flagged_per_day", "missed_defects_per_1000_units", "missed_value"},
}  # fmt: skip
UNDEFINED = {
    "flag nothing": {"precision", "mcc"},
    "flag everything": {"shipped_defects_per_million", "mcc"},
}


@pytest.mark.parametrize("extreme", CERTAIN)
@pytest.mark.parametrize("given_rate", [False, True])
def test_figures_that_are_fixed_by_construction_have_no_interval(
    extreme: str, given_rate: bool
) -> None:
    """At a set defect rate and volume, flagging all or none fixes all figures but the missed value."""
    scenario = Scenario(defect_rate=0.02 if given_rate else None, units_per_year=1000)
    payoff = Payoff(ship_good=9.0, reject_good=-1.0, ship_defect=-5.0)
    scenario = Scenario(**{**vars(scenario), "payoff": payoff})
    at = np.inf if extreme == "flag nothing" else 0.1
    data = rows_with_errors(40, 40, values=True)
    for one in POINTS:
        low, high = ends(data, one.id, scenario, at)
        assert np.isnan(low) == np.isnan(high)
        certain = one.id in CERTAIN[extreme] | UNDEFINED[extreme]
        if given_rate:
            certain |= not (one.id == "missed_value" and extreme == "flag nothing")
        assert np.isnan(low) == certain, one.id
        assert certain or low < high


def test_a_threshold_that_flags_no_row_by_chance_has_an_interval() -> None:
    """The threshold comes from other data, and with more rows it may flag some."""
    data = rows_with_errors(40, 40)
    thresholds = [np.array([0.05, 0.1, 0.9, 0.95])]
    tally = tally_of(data, thresholds=thresholds)
    of = Bootstrap.draw(evaluate(tally, RATE))
    recall = intervals(of, OBJECTIVES["recall"], 0, np.array([3, 4]))
    assert [recall.low[0], recall.high[0]] == pytest.approx([0, 3 / 200], rel=0.02)
    assert np.isnan(recall.high[1])
    missed = intervals(of, OBJECTIVES["missed_defects"], 0, np.array([0, 1]))
    assert [missed.low[0], missed.high[0]] == pytest.approx([0, 20 * 3 / 200], rel=0.02)
    assert np.isnan(missed.high[1])
    cost = intervals(of, OBJECTIVES["cost_of_errors"], 0, np.array([0, 1, 3, 4]))
    assert np.isnan(cost.low).tolist() == [False, True, False, True]


def test_the_gain_of_the_current_system_is_exactly_zero() -> None:
    data = rows_with_errors(0, 0)
    scenario = Scenario(today=Today("a", 0.9))
    assert np.isnan(ends(data, "revenue_impact", scenario)).all()
    # This point ships everything. Possible unseen misses of the current system count in favour of the point.
    low, high = ends(data, "revenue_impact", scenario, np.inf)
    assert low < -5 * 200 < high


def test_a_difference_of_two_models_without_errors_has_an_interval() -> None:
    """Unseen errors may make either of two models without errors the better one."""
    data = rows_with_errors(0, 0)
    both = Rows(data.labels, {"a": data.scores["a"], "b": data.scores["a"]})
    low, high = ends(both, "revenue_impact", Scenario(today=Today("b", 0.9)))
    three = 3 * np.hypot(5, 1)
    assert [low, high] == pytest.approx([-three, three], rel=0.01)


def test_figures_of_a_model_that_never_vary_have_no_interval() -> None:
    """The next unit may break a perfect order of a few units by an unknown amount."""
    for name in ("roc_auc", "average_precision"):
        assert np.isnan(ends(rows_with_errors(0, 0), name)).all()
        low, high = ends(rows_with_errors(3, 5), name)
        assert low < high


def test_the_calibration_error_has_no_interval() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(2000)
    data = Rows((rng.random(2000) < p).astype(np.int8), {"a": p})
    assert np.isnan(ends(data, "calibration_error")).all()
    low, high = ends(data, "brier")
    assert low < 1 / 6 < high


def hours_of_misses(counts: object, context: object) -> object:
    return 0.5 * counts.fn  # type: ignore[attr-defined]


def test_the_interval_of_a_user_defined_objective_is_extended() -> None:
    objective_in_hours = replace(OBJECTIVES["missed_defects"], id="hours", compute=hours_of_misses)
    of = resample(rows_with_errors(0, 5), replicates=200)
    found = intervals(of, objective_in_hours, 0, np.array([0, 1, 2]))
    assert [found.low[1], found.high[1]] == pytest.approx([0, 1.5], rel=0.01)
    assert np.isnan(found.low[0])
    assert found.low[2] < 100 < found.high[2]


@settings(max_examples=40)
@given(rows(most=14, valued=True), st.booleans(), st.data())
def test_every_interval_has_positive_width(data: Rows, grouped: bool, draws: st.DataObject) -> None:
    tally = replace(tally_of(data), grouped=grouped)
    of = Bootstrap.draw(evaluate(tally, draws.draw(scenarios(data))), replicates=60)
    for m, curve in enumerate(of.evaluation.curves):
        where = np.arange(curve.thresholds.size)
        for one in POINTS:
            found = intervals(of, one, m, where)
            known = ~np.isnan(found.low)
            assert (known == ~np.isnan(found.high)).all()
            assert (found.low[known] < found.high[known]).all(), one.id
