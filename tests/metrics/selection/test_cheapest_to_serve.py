"""Tests of the cheapest model that meets the limits, against trying all, and of its sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.words.numbers.amounts import SPACE
from dashboard.words.serving import serving_finding
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.scenario.scenario import Payoff, Scenario
from metrics.scenario.serving import Serving, Worker
from metrics.scenario.serving_cost import cost_of_serving
from metrics.selection.cheapest_to_serve import cheapest_to_serve, serving_table
from metrics.selection.limits import Bound
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import rows, servings
from tests.metrics.tallied import evaluation_of

NAMES = (
    "revenue_impact",
    "revenue_impact_net",
    "recall",
    "share_flagged",
    "serving_cost",
    "scoring_time",
)
WANTED = [OBJECTIVES[name] for name in NAMES]


@settings(max_examples=30)
@given(rows(weights=None, models=4), st.data())
def test_the_cheapest_model_equals_a_search_of_all(data: Rows, choose: st.DataObject) -> None:
    scenario = Scenario(
        payoff=choose.draw(st.none() | st.just(Payoff(1.0, -1.0, -5.0, -1.0))),
        units_per_year=1e4,
        serving=choose.draw(servings(data.models)),
    )
    limits = [
        Bound(OBJECTIVES[name], choose.draw(values))
        for name, values in {
            "recall": st.sampled_from([0.0, 0.5, 1.0]),
            "serving_cost": st.sampled_from([100.0, 5000.0]),
            "share_flagged": st.sampled_from([0.2, 0.7]),
        }.items()
        if choose.draw(st.booleans())
    ]
    points = operating_points(evaluation_of(data, scenario), WANTED)
    best: tuple[float, float, float] | None = None
    wanted = None
    for model in data.models:
        nets, kept = [], False
        for p in points[points["model"] == model].to_dict("records"):
            if p["tp"] + p["fp"] == 0 or p["fn"] + p["tn"] == 0:
                continue
            nets.append(p["revenue_impact_net"])
            kept |= all(
                p[b.objective.id] >= b.value
                if b.objective.id == "recall"
                else p[b.objective.id] <= b.value
                for b in limits
            )
        serving = cost_of_serving(scenario, model)
        if not kept or math.isnan(serving.cost_a_year):
            continue
        net = max((n for n in nets if n == n), default=-math.inf)
        rank = (serving.cost_a_year, -net, serving.seconds_per_unit)
        if best is None or rank < best:
            best, wanted = rank, model
    table = serving_table(points, scenario, limits)
    assert cheapest_to_serve(table) == wanted
    said = serving_finding(table, scenario, limits)
    if wanted is not None:
        assert f": {wanted}, " in said


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


def finding(scenario: Scenario, *limits: Bound) -> str:
    points = operating_points(evaluation_of(DATA, scenario), WANTED)
    table = serving_table(points, scenario, limits)
    return serving_finding(table, scenario, limits).replace(SPACE, " ")


RECALL = Bound(OBJECTIVES["recall"], 1.0)
FLAGGED = Bound(OBJECTIVES["share_flagged"], 0.4)


def test_the_finding_in_words() -> None:
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
