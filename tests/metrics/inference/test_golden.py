"""What version 0.1.0 said of made data under the same seed, to 12 digits."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metrics import (
    OBJECTIVES,
    Bound,
    Evaluation,
    Scenario,
    Scores,
    Today,
    evaluate,
    open_scores,
    operating_points,
    tally_scores,
)
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.comparison import Gap, compare_cheapest, model_confidence_set
from metrics.inference.cost_curve_stability import cost_curve_stability
from metrics.inference.cross_fitting import cross_fitted
from metrics.inference.front_stability import attainment_band, front_stability
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import count_intervals, intervals, uncertainty
from metrics.inference.optimism import optimism_corrected
from metrics.inference.transfer import CarriedPoint, assess_transfers
from metrics.selection.cost_curve import by_defect_rate, by_miss_cost

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())
SEED, REPLICATES = 7, 120
COST = OBJECTIVES["cost_of_errors"]
STAKEHOLDERS = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "revenue_impact")]


def made(kind: str, seed: int) -> Scores:
    """Two models with scores on a grid, so that the last bit of a score moves no row."""
    rng = np.random.default_rng(seed)
    n = 360
    label = (rng.random(n) < 0.2).astype(np.int8)
    columns = {}
    for name, shift in (("a", 1.2), ("b", 1.6)):
        steps = rng.integers(0, 20, n) + np.round(8 * shift * label * rng.random(n))
        columns[name] = np.clip(steps, 0, 39) / 40 + 0.0125
    frame = pd.DataFrame({"id": [f"u{k}" for k in range(n)], "label": label, **columns})
    options: dict[str, str] = {}
    if kind == "grouped":
        frame["batch"] = [f"g{k // 6}" for k in range(n)]
        options["group"] = "batch"
    if kind == "weighted":
        frame["weight"] = rng.integers(1, 9, n) / 2
        frame["value"] = rng.integers(10, 90, n) / 1.0
        options |= {"weight": "weight", "value": "value"}
    return open_scores(frame, label="label", id="id", models=["a", "b"], **options)  # type: ignore[arg-type]


@cache
def case(name: str) -> tuple[Bootstrap, Bootstrap]:
    """The data that a case is about, and other data of its kind, both resampled."""
    kind, _, rate = name.partition(", ")
    at_rate = {"defect_rate": 0.05, "units_per_year": 10_000.0} if rate == "at a set rate" else {}
    scenario = Scenario(miss_cost=4, today=Today("a", 0.5125), **at_rate)  # type: ignore[arg-type]
    here, other = (
        Bootstrap.draw(
            evaluate(tally_scores(made(kind, seed)), scenario),
            replicates=REPLICATES,
            seed=SEED,
        )
        for seed in (1, 2)
    )
    return here, other


def positions_of(evaluation: Evaluation) -> tuple[list[Any], list[Any]]:
    """Every position on each curve, and five of them."""
    where = [np.flatnonzero(curve.distinct) for curve in evaluation.curves]
    return where, [own[[0, 3, own.size // 2, -2, -1]] for own in where]


def ends(interval: Interval) -> list[Any]:
    return [interval.low, interval.high]


def numbers(gap: Gap) -> list[float]:
    return [gap.size, gap.low, gap.high, gap.better]


def found(name: str) -> Iterator[tuple[str, Any]]:
    """Every figure of a case, by what it is."""
    bootstrap, other = case(name)
    evaluation = bootstrap.evaluation
    points = operating_points(evaluation, list(OBJECTIVES.values()))
    where, at = positions_of(evaluation)
    golden = GOLDEN[name]
    yield (
        "intervals",
        {
            o: [ends(intervals(bootstrap, OBJECTIVES[o], m, at[m])) for m in (0, 1)]
            for o in golden["intervals"]
        },
    )
    counts = evaluation.curves[1].counts[at[1]]
    by_count = count_intervals(bootstrap, counts, bootstrap.counts(1, at[1]))
    yield "counts", {count: ends(interval) for count, interval in by_count.items()}
    yield "front stability", front_stability(bootstrap, STAKEHOLDERS).probabilities
    axes = OBJECTIVES["missed_defects"], OBJECTIVES["false_alarms"]
    band = attainment_band(bootstrap, *axes, where)
    assert band is not None
    yield "attainment", [band.easily[::6], band.hardly[::6]]
    cheapest = compare_cheapest(points, bootstrap)
    assert cheapest is not None
    yield (
        "cheapest",
        [
            cheapest.best.model == "b",
            *numbers(cheapest.gap),
            cheapest.error,
            cheapest.required_share,
            cheapest.is_clear,
        ],
    )
    corrected = optimism_corrected(bootstrap, COST, None, where)
    assert corrected is not None
    yield "optimism", [corrected.value, corrected.error]
    crossed = cross_fitted(evaluation, COST, "b", None)
    assert crossed is not None
    yield "cross-fitted", [crossed.value, *crossed.thresholds]
    by_cost, by_rate = by_miss_cost(points, evaluation), by_defect_rate(points, evaluation)
    yield (
        "cost curve stability",
        [
            cost_curve_stability(by_cost, points, bootstrap, grid=[0.5, 4, 30]).shares,
            cost_curve_stability(by_rate, points, bootstrap, grid=[0.01, 0.1, 0.3]).shares,
        ],
    )
    threshold = float(evaluation.curves[1].thresholds[at[1][2]])
    bound = Bound(OBJECTIVES["false_alarms"], 90.0)
    carried = [
        CarriedPoint(OBJECTIVES["missed_defects"], "b", threshold, bound),
        CarriedPoint(COST, "b", threshold, optimism={COST.id: -3.0}),
    ]
    moved, of_cost = assess_transfers(carried, bootstrap, other)
    assert of_cost.regret is not None
    yield (
        "transfer",
        [
            *(moved.here, moved.there, *moved.here_range, *moved.there_range),
            *(moved.best_threshold, moved.best, *numbers(of_cost.regret)),
            *(moved.worse, moved.kept, of_cost.expected, of_cost.misplaced),
        ],
    )
    drawn = np.column_stack([bootstrap.values(COST, m, at[m][2:3])[:, 0] for m in (0, 1)])
    own = [points[points["model"] == curve.model] for curve in evaluation.curves]
    figures = np.array([float(own[m]["cost_of_errors"].iloc[at[m][2]]) for m in (0, 1)])
    yield "confidence set", model_confidence_set(COST, figures, drawn, blocks=bootstrap.blocks)


def close(value: Any, golden: Any) -> None:
    """Compare nested numbers; undefined ones are null in the file."""
    if isinstance(golden, dict):
        assert list(value) == list(golden)
        for key, part in golden.items():
            close(value[key], part)
    elif isinstance(golden, list):
        assert len(value) == len(golden)
        for one, part in zip(value, golden, strict=True):
            close(one, part)
    elif golden is None:
        assert math.isnan(value)
    else:
        assert float(value) == pytest.approx(golden, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "uncertainty"])
def test_the_same_seed_gives_the_same_figures(name: str) -> None:
    figures = dict(found(name))
    assert figures.keys() == GOLDEN[name].keys()
    for what, golden in GOLDEN[name].items():
        close(figures[what], golden)


def test_the_same_seed_gives_the_same_uncertainty() -> None:
    evaluation = evaluate(tally_scores(made("grouped", 1)), Scenario())
    known = uncertainty(Bootstrap.draw(evaluation, seed=SEED), STAKEHOLDERS)
    ranges = {name: [side[::7] for side in ends(own)] for name, own in known.ranges.items()}
    close(ranges, GOLDEN["uncertainty"]["ranges"])


def test_the_object_carries_the_draws_to_another_evaluation() -> None:
    """What is made for one scenario serves another of the same tally, with its seed."""
    here, _ = case("grouped, as observed")
    scenario = Scenario(defect_rate=0.05)
    there = replace(here, evaluation=evaluate(here.evaluation.tally, scenario))
    anew = Bootstrap.draw(there.evaluation, replicates=REPLICATES, seed=SEED)
    assert there.drawn.seed == anew.drawn.seed == SEED
    where = np.array([3, 5])
    close(
        ends(intervals(there, COST, 1, where)),
        [x.tolist() for x in ends(intervals(anew, COST, 1, where))],
    )
