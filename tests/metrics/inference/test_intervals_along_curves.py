"""Tests of the intervals along whole curves against the intervals of single points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from metrics.evaluation.evaluation import evaluate
from metrics.evaluation.objective import OBJECTIVES, Objective
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.interval_formulas import Interval
from metrics.inference.intervals import intervals
from metrics.inference.intervals_along_curves import Uncertainty, _interpolated, uncertainty
from metrics.scenario.scenario import Scenario
from tests.metrics.samples import units
from tests.metrics.tallied import evaluation_of, tally_of

STAKEHOLDERS = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "cost_of_errors")]


def at_every_point(found: Uncertainty, o: Objective) -> Interval:
    """Intervals of an objective at every point of all models."""
    every = [found.range_of(o, m) for m in range(len(found.bootstrap.evaluation.curves))]
    return Interval(
        np.concatenate([ends.low for ends in every]), np.concatenate([ends.high for ends in every])
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("rate", [None, 0.1])
def test_cached_points_have_their_exact_intervals(grouped: bool, rate: float | None) -> None:
    """Nothing is interpolated if all points are cached."""
    tally = tally_of(units(300, 0.3, 4, models=3))
    evaluation = evaluate(replace(tally, grouped=grouped), Scenario(defect_rate=rate))
    of = Bootstrap.draw(evaluation, seed=5)
    found = uncertainty(of, STAKEHOLDERS)
    again = uncertainty(Bootstrap.draw(evaluation, seed=5), STAKEHOLDERS)
    where = [np.flatnonzero(curve.distinct) for curve in evaluation.curves]
    for o in STAKEHOLDERS:
        parts = [intervals(of, o, m, indices) for m, indices in enumerate(where)]
        for side in ("low", "high"):
            wanted = [
                np.broadcast_to(getattr(ends, side), indices.size)
                for ends, indices in zip(parts, where, strict=True)
            ]
            ends = getattr(at_every_point(found, o), side)
            figures = np.concatenate(wanted)
            assert np.array_equal(ends, getattr(at_every_point(again, o), side), equal_nan=True)
            assert (np.isnan(ends) == np.isnan(figures)).all()
            known = ~np.isnan(ends)
            if o.of_model or not known.all():
                assert ends[known] == pytest.approx(figures[known])
    assert (again.bootstrap.drawn.weights == of.drawn.weights).all()
    assert [indices.tolist() for indices in found.positions] == [
        indices.tolist() for indices in where
    ]


def test_required_points_are_among_the_cached_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 40
    monkeypatch.setattr("metrics.inference.replicated_counts.AT_MOST", limit)
    evaluation = evaluation_of(units(400, 0.3, 2, models=2))
    thresholds = evaluation.curves[1].thresholds[[11, 137, 260]]
    required = {"m1": thresholds.tolist()}
    found = uncertainty(Bootstrap.draw(evaluation), STAKEHOLDERS, required=required)
    assert {11, 137, 260} <= set(found.positions[1].tolist())
    assert sum(indices.size for indices in found.positions) < 1.5 * limit


def test_an_undefined_end_does_not_spread_to_its_neighbours():
    at, values = np.array([1, 3, 4]), np.array([1.0, np.nan, 4.0])
    nan = np.nan
    assert_array_equal(_interpolated(6, at, values), [nan, 1.0, 2.0, nan, 4.0, nan])
    assert_array_equal(_interpolated(6, at, np.full(3, nan)), np.full(6, nan))


@pytest.mark.parametrize("name", ["cost_of_errors", "f1", "revenue_impact"])
def test_between_cached_points_the_distance_from_figure_to_end_is_interpolated(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figure may have a steep step there, so its own position between the points is not used."""
    o = OBJECTIVES[name]
    data = units(400, 0.3, 2)
    # All have one score, so that the figure falls or rises in one step between two cached thresholds.
    steps = {m: np.where((s > 0.31) & (s < 0.5), 0.4, s) for m, s in data.scores.items()}
    monkeypatch.setattr("metrics.inference.replicated_counts.AT_MOST", 12)
    evaluation = evaluation_of(replace(data, scores=steps))
    known = uncertainty(Bootstrap.draw(evaluation), [o])
    curve = evaluation.curves[0]
    value = o.values(curve.counts[curve.distinct], evaluation.context(0))
    ends = known.range_of(o, 0)
    kept = np.searchsorted(np.flatnonzero(curve.distinct), known.positions[0])
    exact = intervals(known.bootstrap, o, 0, known.positions[0])
    between = np.setdiff1d(np.arange(value.size), kept)
    between = between[np.isfinite(ends.low[between])]
    assert between.size > 100
    assert np.abs(np.diff(value))[between[:-1]].max() > 5 * np.median(np.abs(np.diff(value)))
    for side, sign in (("low", -1), ("high", 1)):
        found, there = getattr(ends, side), getattr(exact, side)
        defined = np.isfinite(there)
        assert_array_equal(found[kept[defined]], there[defined])
        apart = sign * (found - value)
        assert (apart[between] >= 0).all()
        far = sign * (there - value[kept])
        slack = 1e-9 * np.abs(value).max()
        for k in between:
            left = kept[defined][kept[defined] < k].max()
            right = kept[defined][kept[defined] > k].min()
            most = max(far[np.flatnonzero(kept == p)[0]] for p in (left, right))
            assert apart[k] <= most + slack
