"""Tests of the model that meets the limits at the least serving cost, against a search of all models."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.scenario.scenario import Payoff, Scenario
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
    ranks = []
    for k, model in enumerate(data.models):
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
        ranks.append((serving.cost_a_year, -net, serving.seconds_per_unit, k, model))
    table = serving_table(points, scenario, limits)
    assert cheapest_to_serve(table) == (min(ranks)[-1] if ranks else None)
