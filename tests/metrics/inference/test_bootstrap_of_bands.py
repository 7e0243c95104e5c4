"""Tests that replicates and intervals use the inspection bands of the file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import operating_points
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.intervals_along_curves import uncertainty
from metrics.scenario.inspection import Inspection
from metrics.scenario.scenario import Payoff, Scenario
from tests.metrics.samples import units
from tests.metrics.tallied import tally_of

MISSED = OBJECTIVES["missed_defects"]
FIGURES = [
    OBJECTIVES[name]
    for name in ("missed_defects", "false_alarms", "cost_of_errors", "revenue_impact", "recall",
                 "units_inspected", "inspection_cost", "missed_after_inspection")
]  # fmt: skip


@pytest.fixture(scope="module")
def bootstrap() -> Bootstrap:
    payoff = Payoff(ship_good=4.0, reject_good=-1.0, ship_defect=-21.0, reject_defect=-1.0)
    scenario = Scenario(payoff=payoff, inspection=Inspection(price=0.2))
    evaluation = evaluate(tally_of(units(400, 0.3, seed=7)), scenario)
    return Bootstrap.draw(evaluation, replicates=200)


@pytest.fixture(scope="module")
def points(bootstrap: Bootstrap) -> pd.DataFrame:
    return operating_points(bootstrap.evaluation, FIGURES)


def test_a_replicate_that_draws_each_bucket_once_equals_the_file(
    bootstrap: Bootstrap, points: pd.DataFrame
) -> None:
    drawn = replace(bootstrap.drawn, weights=np.ones((1, bootstrap.drawn.weights.shape[1])))
    once = replace(bootstrap, drawn=drawn)
    positions = np.flatnonzero(bootstrap.evaluation.curves[0].distinct)
    for o in FIGURES:
        figures = once.values(o, 0, positions)[0]
        assert figures == pytest.approx(points[o.id].to_numpy(), rel=1e-9, abs=1e-9)


def test_intervals_of_bands_hold_the_figures_of_the_file(
    bootstrap: Bootstrap, points: pd.DataFrame
) -> None:
    ends = uncertainty(bootstrap, [MISSED]).range_of(MISSED, 0)
    missed = points[MISSED.id].to_numpy()
    known = ~np.isnan(ends.low)
    assert known.mean() > 0.9
    assert ((ends.low <= missed + 1e-9) & (missed <= ends.high + 1e-9))[known].all()
