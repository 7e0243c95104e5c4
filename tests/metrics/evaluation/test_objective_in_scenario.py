"""Tests of the scenario inputs that an objective reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.objective_in_scenario import scenario_read_by
from metrics.evaluation.operating_points import operating_points
from metrics.scenario.scenario import Payoff, Scenario
from metrics.scenario.serving import Serving, Worker
from tests.metrics.made_rows import Rows
from tests.metrics.strategies import rows, scenarios
from tests.metrics.tallied import tally_of


@settings(max_examples=20)
@given(rows(most=9, models=2), st.data())
def test_a_figure_depends_only_on_what_its_objective_reads(data: Rows, draw: st.DataObject) -> None:
    worker = Worker(0.01, 0.5)
    serving = Serving(900.0, models=dict.fromkeys(data.models, worker), price_per_worker_hour=2.0)
    scenario = replace(
        draw.draw(scenarios(data)),
        serving=serving,
        miss_cost=draw.draw(st.sampled_from([5.0, 7.5])),
    )
    tally = tally_of(data)
    points = operating_points(tally, list(OBJECTIVES.values()), scenario)
    for o in OBJECTIVES.values():
        read = scenario_read_by(scenario, [o])
        alone = operating_points(tally, [o], read)
        np.testing.assert_array_equal(alone[o.id], points[o.id], err_msg=f"{o.id} {read}")


def test_two_prices_differ_only_for_objectives_that_read_the_price() -> None:
    """A figure that depends on the price of a miss is not shared between two prices."""
    payoff = Payoff(1.0, 0.0, -9.0, 0.0)
    cheap, dear = (Scenario(miss_cost=cost, payoff=payoff) for cost in (5.0, 50.0))
    known = [OBJECTIVES[name] for name in ("missed_defects", "revenue_impact")]
    assert scenario_read_by(cheap, known) == scenario_read_by(dear, known)
    assert scenario_read_by(cheap, known).payoff == payoff
    for more in (
        [OBJECTIVES["cost_of_errors"]],
        [replace(known[0], compute=lambda counts, context: counts.fn)],
    ):
        assert scenario_read_by(cheap, [*known, *more]) != scenario_read_by(dear, [*known, *more])
    without = [replace(one, payoff=Payoff(ship_defect=None)) for one in (cheap, dear)]
    assert scenario_read_by(without[0], known) != scenario_read_by(without[1], known)
