"""What a page shows of how sure the figures are, against its parts one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import Evaluation, evaluate
from metrics.inference.bootstrap import Resampled, draw
from metrics.inference.front_stability import standing
from metrics.inference.intervals import intervals
from metrics.inference.summary import (
    FEW_DEFECTS,
    FEW_GROUPS,
    _between,
    about_groups,
    cautions,
    uncertainty,
)
from metrics.scenario.scenario import Scenario
from metrics.tally.counting import tally_scores
from tests.metrics.samples import units
from tests.metrics.strategies import Rows, as_scores

STAKEHOLDERS = [OBJECTIVES[name] for name in ("log_loss", "missed_defects", "cost_of_errors")]


def evaluated(data: Rows, scenario: Scenario | None = None) -> Evaluation:
    return evaluate(tally_scores(as_scores(data)), scenario or Scenario())


def in_groups(count: int, size: int = 4) -> Rows:
    data = units(count * size, 0.3, 7)
    return Rows(
        data.labels, data.scores, groups=tuple(f"g{k // size}" for k in range(count * size))
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("rate", [None, 0.1])
def test_every_point_has_its_interval_and_its_standing(grouped: bool, rate: float | None) -> None:
    """With room for all of them nothing is interpolated."""
    evaluation = evaluated(units(300, 0.3, 4, models=3), Scenario(defect_rate=rate))
    found = uncertainty(evaluation, STAKEHOLDERS, seed=5, grouped=grouped)
    again = uncertainty(evaluation, STAKEHOLDERS, seed=5, grouped=grouped)
    of = Resampled(evaluation, draw(evaluation.tally, seed=5))
    where = [np.flatnonzero(own.distinct) for own in evaluation.curves]
    assert list(found.ranges) == [o.id for o in STAKEHOLDERS]
    for o in STAKEHOLDERS:
        parts = [intervals(of, o, m, own, grouped=grouped) for m, own in enumerate(where)]
        for side in ("low", "high"):
            wanted = [
                np.broadcast_to(getattr(ends, side), own.size)
                for ends, own in zip(parts, where, strict=True)
            ]
            ends = getattr(found.ranges[o.id], side)
            figures = np.concatenate(wanted)
            assert np.array_equal(ends, getattr(again.ranges[o.id], side), equal_nan=True)
            assert (np.isnan(ends) == np.isnan(figures)).all()
            known = ~np.isnan(ends)
            if o.of_model or not known.all():
                assert ends[known] == pytest.approx(figures[known])
    stood = standing(of, STAKEHOLDERS)
    assert found.stands == pytest.approx(np.concatenate(stood.points), nan_ok=True)
    assert (found.resampled.draws.weights == of.draws.weights).all()
    assert [own.tolist() for own in found.places] == [own.tolist() for own in where]


def test_every_interval_holds_its_figure_or_is_none() -> None:
    evaluation = evaluated(units(400, 0.1, 9, models=2))
    found = uncertainty(evaluation, STAKEHOLDERS)
    for o in STAKEHOLDERS:
        values = np.concatenate(
            [
                o.values(own.counts[own.distinct], evaluation.context(m))
                for m, own in enumerate(evaluation.curves)
            ]
        )
        ends = found.ranges[o.id]
        known = ~np.isnan(ends.low)
        assert known.mean() > 0.95
        assert (ends.low[known] <= values[known]).all()
        assert (values[known] <= ends.high[known]).all()
        assert (ends.low[known] < ends.high[known]).all()


def test_a_hidden_model_beats_nobody() -> None:
    """Its own points are not judged; those that only it beat stand always."""
    data = units(300, 0.3, 4, models=2)
    data.scores["better"] = np.clip(data.scores["m0"] + 0.4 * data.labels, 0, 1)
    evaluation = evaluated(data)
    every = uncertainty(evaluation, STAKEHOLDERS[1:])
    some = uncertainty(evaluation, STAKEHOLDERS[1:], hidden=["better"])
    sizes = np.cumsum([own.distinct.sum() for own in evaluation.curves])
    assert np.isnan(some.stands[sizes[1] :]).all()
    assert np.nanmean(some.stands[: sizes[1]]) > np.nanmean(every.stands[: sizes[1]]) + 0.1
    alone = uncertainty(evaluation, STAKEHOLDERS[1:], hidden=["better", "m1"])
    assert (alone.stands[: sizes[0]] == 1).all()


def test_the_points_asked_for_compete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.inference.front_stability.AT_MOST", 40)
    evaluation = evaluated(units(400, 0.3, 2, models=2))
    thresholds = evaluation.curves[1].thresholds[[11, 137, 260]]
    found = uncertainty(evaluation, STAKEHOLDERS, asked={"m1": thresholds.tolist()})
    assert {11, 137, 260} <= set(found.places[1].tolist())
    assert sum(own.size for own in found.places) < 60


def test_little_data_is_cautioned() -> None:
    few = evaluated(units(FEW_DEFECTS * 3, 0.2, 1)).tally
    assert few.rows[1] < FEW_DEFECTS
    (said,) = cautions(few, grouped=False)
    assert said.startswith(f"Only {few.rows[1]} defects:")
    many = evaluated(units(1000, 0.3, 1)).tally
    assert cautions(many, grouped=False) == ()
    grouped = evaluated(in_groups(FEW_GROUPS // 2)).tally
    (said,) = cautions(grouped, grouped=True)
    assert said.startswith("Only about 2")
    assert cautions(grouped, grouped=False) == ()
    assert cautions(evaluated(in_groups(4 * FEW_GROUPS)).tally, grouped=True) == ()
    assert (
        uncertainty(evaluated(in_groups(20)), STAKEHOLDERS, grouped=True)
        .cautions[0]
        .startswith("Only")
    )


def test_groups_are_counted_to_about_what_is_said() -> None:
    """Fifty groups, of which the buckets tell the number to 4."""
    tally = evaluated(in_groups(1)).tally
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        counts = np.zeros((100, 1, 1, 2), np.uint32)
        counts[np.unique(rng.integers(0, 100, 50))] = 1
        found.append(about_groups(replace(tally, counts=counts)))
    assert np.mean(found) == pytest.approx(50, rel=0.03)
    assert np.std(found) == pytest.approx(4, rel=0.15)
    full = replace(tally, counts=np.ones((100, 1, 1, 2), np.uint32))
    assert about_groups(full) == float("inf")


def test_an_undefined_end_says_nothing_of_its_neighbours():
    distinct = np.array([True, False, True, True, True, True, True])
    where, values = np.array([2, 4, 5]), np.array([1.0, np.nan, 4.0])
    # Six distinct points; the second, fourth and fifth competed.
    nan = np.nan
    assert_array_equal(_between(distinct, where, values), [nan, 1.0, 2.0, nan, 4.0, nan])
    assert_array_equal(_between(distinct, where, np.full(3, nan)), np.full(6, nan))
