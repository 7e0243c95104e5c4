"""Tests of the sentence about the model with the least serving cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.words.numbers.amounts import SPACE
from dashboard.words.serving import serving_finding
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.scenario.scenario import Payoff, Scenario
from metrics.scenario.serving import Serving, Worker
from metrics.selection.cheapest_to_serve import serving_table
from metrics.selection.limits import Bound
from tests.metrics.made_rows import Rows
from tests.metrics.tallied import evaluation_of

DATA = Rows(
    np.array([1, 1, 0, 0, 0, 0], np.int8),
    {
        "sharp": np.array([0.9, 0.8, 0.3, 0.2, 0.1, 0.0]),
        "blunt": np.array([0.9, 0.2, 0.3, 0.2, 0.1, 0.0]),
    },
)
SCENARIO = Scenario(
    payoff=Payoff(1.0, -1.0, -5.0, -1.0),
    units_per_year=6000,
    serving=Serving(5e6, 0.4, 0.045, {"sharp": Worker(5.34e-4), "blunt": Worker(2e-5)}),
)


OBJECTIVES_READ = [
    OBJECTIVES[name] for name in ("revenue_impact", "revenue_impact_net", "recall", "share_flagged")
]


def finding(scenario: Scenario, *limits: Bound) -> str:
    points = operating_points(evaluation_of(DATA, scenario), OBJECTIVES_READ)
    table = serving_table(points, scenario, limits)
    return serving_finding(table, scenario, limits).replace(SPACE, " ")


RECALL = Bound(OBJECTIVES["recall"], 1.0)
FLAGGED = Bound(OBJECTIVES["share_flagged"], 0.4)


def test_the_finding_names_the_cheapest_model_that_meets_the_limits() -> None:
    assert finding(SCENARIO) == (
        "Cheapest model at 5 m requests an hour: blunt, 1 worker for EUR 394 a year."
    )
    assert finding(SCENARIO, RECALL, FLAGGED) == (
        "Cheapest model that meets both limits at 5 m requests an hour: "
        "sharp, 2 workers for EUR 788 a year."
    )
    none = Bound(OBJECTIVES["share_flagged"], 0.01)
    assert finding(SCENARIO, none) == "No model meets the limit at 5 m requests an hour."
    target = Bound(OBJECTIVES["revenue_impact"], 1e9)
    assert finding(SCENARIO, target) == "No model meets the target at 5 m requests an hour."


def with_serving(**changes: object) -> Scenario:
    assert SCENARIO.serving is not None
    return replace(SCENARIO, serving=replace(SCENARIO.serving, **changes))  # type: ignore[arg-type]


def test_unknown_serving_costs_give_no_finding() -> None:
    assert finding(replace(SCENARIO, serving=None)) == ""
    assert finding(with_serving(models={})) == (
        "No model has a known serving cost at 5 m requests an hour."
    )
    only = with_serving(models={"blunt": Worker(2e-5)})
    assert finding(only, RECALL, FLAGGED).startswith("No model that meets both limits has a known")


def test_between_equal_costs_the_model_that_earns_more_is_named() -> None:
    same = with_serving(models={"blunt": Worker(2e-5), "sharp": Worker(2.1e-5)})
    assert finding(same) == (
        "Cheapest model at 5 m requests an hour: sharp, 1 worker for EUR 394 a year; "
        "of the two models that cost so, it earns most."
    )
    unpaid = replace(same, payoff=None)
    assert finding(unpaid).endswith("of the two models that cost so, it is quickest.")
