"""What a page shows of how sure the figures are, against its parts one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from metrics.evaluation.confusion import curve
from metrics.evaluation.objective import OBJECTIVES
from metrics.evaluation.operating_points import Evaluation, evaluate
from metrics.inference.bootstrap import Bootstrap
from metrics.inference.intervals import intervals
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.inference.uncertainty import (
    FEW_DEFECTS,
    FEW_GROUPS,
    Scarce,
    Scarcity,
    _between,
    about_groups,
    scarcities,
    uncertainty,
)
from metrics.narrative.phrases import scarcity_words
from metrics.scenario.scenario import Scenario
from metrics.tally.threaded_counting import tally_scores
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
    tally = tally_scores(as_scores(units(300, 0.3, 4, models=3)))
    evaluation = evaluate(replace(tally, grouped=grouped), Scenario(defect_rate=rate))
    of = Bootstrap.draw(evaluation, seed=5)
    found = uncertainty(of, STAKEHOLDERS)
    again = uncertainty(Bootstrap.draw(evaluation, seed=5), STAKEHOLDERS)
    where = [np.flatnonzero(own.distinct) for own in evaluation.curves]
    assert list(found.ranges) == [o.id for o in STAKEHOLDERS]
    for o in STAKEHOLDERS:
        parts = [intervals(of, o, m, own) for m, own in enumerate(where)]
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
    assert (again.bootstrap.weights == of.weights).all()
    assert [own.tolist() for own in found.positions] == [own.tolist() for own in where]


def test_every_interval_holds_its_figure_or_is_none() -> None:
    evaluation = evaluated(units(400, 0.1, 9, models=2))
    found = uncertainty(Bootstrap.draw(evaluation), STAKEHOLDERS)
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


def test_the_points_asked_for_compete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.inference.replicated_counts.AT_MOST", 40)
    evaluation = evaluated(units(400, 0.3, 2, models=2))
    thresholds = evaluation.curves[1].thresholds[[11, 137, 260]]
    required = {"m1": thresholds.tolist()}
    found = uncertainty(Bootstrap.draw(evaluation), STAKEHOLDERS, required=required)
    assert {11, 137, 260} <= set(found.positions[1].tolist())
    assert sum(own.size for own in found.positions) < 60


def test_little_data_is_told() -> None:
    few = evaluated(units(FEW_DEFECTS * 3, 0.2, 1)).tally
    assert few.rows[1] < FEW_DEFECTS
    assert scarcities(few) == (Scarcity(Scarce.DEFECTS, few.rows[1]),)
    many = evaluated(units(1000, 0.3, 1)).tally
    assert many.rows[1] >= FEW_DEFECTS
    assert scarcities(many) == ()
    grouped = evaluated(in_groups(FEW_GROUPS // 2, size=20)).tally
    (scarcity,) = scarcities(grouped)
    assert scarcity.of is Scarce.GROUPS
    assert 20 <= scarcity.count < 30
    assert scarcities(replace(grouped, grouped=False)) == ()
    assert scarcities(evaluated(in_groups(4 * FEW_GROUPS)).tally) == ()


def test_groups_of_unlike_sizes_are_fewer_than_they_are() -> None:
    """Of 201 groups one holds 30 % of the units: by Kish they tell as much as 11."""
    data = units(2010, 0.3, 7)
    lots = [k if k < 200 else 200 for k in [*np.repeat(np.arange(200), 7), *[200] * 610]]
    tally = evaluated(Rows(data.labels, data.scores, groups=tuple(f"g{k}" for k in lots))).tally
    (scarcity,) = scarcities(tally)
    kish = 2010**2 / (610**2 + 200 * 7**2)
    assert scarcity.of is Scarce.GROUPS
    assert scarcity.count == pytest.approx(kish, rel=0.35)


def test_defects_of_unlike_value_or_weight_tell_as_much_as_fewer() -> None:
    """Of 300 defects one in thirty weighs a hundred times as much as another: by Kish they are some 15."""
    data = units(1000, 0.3, 3)
    defects = np.flatnonzero(data.labels)
    uneven = np.ones(data.labels.size)
    uneven[defects[::30]] = 100.0
    kish = uneven[defects].sum() ** 2 / (uneven[defects] ** 2).sum()
    valued = evaluated(replace(data, values=uneven)).tally
    assert scarcities(valued) == ()
    (scarcity,) = scarcities(valued, of_values=True)
    assert scarcity.of is Scarce.VALUES
    assert scarcity.count == pytest.approx(kish, rel=0.35)
    even = evaluated(replace(data, values=np.full(data.labels.size, 7.0))).tally
    assert scarcities(even, of_values=True) == ()
    (scarcity,) = scarcities(evaluated(replace(data, weights=uneven)).tally)
    assert scarcity.of is Scarce.WEIGHTS
    assert scarcity.count == pytest.approx(kish, rel=0.35)


@pytest.mark.parametrize("seed", range(4))
def test_few_defects_of_equal_weight_are_as_many_as_they_are(seed: int) -> None:
    data = units(60, 0.3, seed)
    alike, defects = np.full(60, 0.3), int(data.labels.sum())
    told = (Scarcity(Scarce.DEFECTS, defects),)
    tally = evaluated(replace(data, weights=alike, values=alike)).tally
    assert scarcities(tally, of_values=True) == told
    # Buckets with one defect each tell Kish's number to the last digit, others about.
    uneven = np.where(np.cumsum(data.labels) == 1, 30.0, 1.0)
    own = uneven[data.labels == 1]
    few, weights = scarcities(evaluated(replace(data, weights=uneven)).tally)
    assert (few, weights.of) == (told[0], Scarce.WEIGHTS)
    assert weights.count == pytest.approx(own.sum() ** 2 / (own**2).sum(), rel=0.1)


@pytest.mark.parametrize(
    ("scarcity", "words"),
    [
        (Scarcity(Scarce.DEFECTS, 1), "Only 1 defect"),
        (Scarcity(Scarce.DEFECTS, 7), "Only 7 defects"),
        (
            Scarcity(Scarce.WEIGHTS, 9.2),
            "With their weights the defects tell only as much as about 9 defects of equal weight",
        ),
        (Scarcity(Scarce.GROUPS, 1.2), "Only about 1 group of units"),
        (Scarcity(Scarce.GROUPS, 11.6), "Only about 12 groups of units"),
        (
            Scarcity(Scarce.VALUES, 17.6),
            "A few defects hold most of the value, which tells as much as about 18 defects of equal value",
        ),
    ],
)
def test_scarcity_in_words(scarcity: Scarcity, words: str) -> None:
    assert scarcity_words(scarcity) == words


@pytest.mark.parametrize(("most", "more"), [(2**16, 0), (2**16, 1), (2**32, 1)])
def test_no_count_of_a_resample_is_cut_however_narrow_it_is_kept(most: int, more: int) -> None:
    """Where one bucket is drawn every time, and holds as many rows as any."""
    tally = tally_scores(as_scores(units(300, 0.3, 4)))
    buckets, here = len(tally.counts), int(tally.bucket_mass.sum(axis=1).argmax())
    counts = tally.counts.astype(np.uint64)
    counts *= most // (buckets * int(tally.bucket_mass.max())) + more
    tally = replace(tally, counts=counts)
    always = np.zeros((1, buckets))
    always[0, here] = buckets
    drawn = ReplicatedCounts(tally, (curve(tally, 0),), always)
    positions = drawn.positions[0]
    shipped = counts[here, 0].cumsum(axis=0)[positions] * float(buckets)
    found = drawn.counts(0, positions)
    assert_allclose(
        np.stack([found.tn[0], found.fn[0]], axis=1), shipped * drawn.size[0], rtol=1e-15
    )


def test_groups_are_counted_to_about_what_is_said() -> None:
    """Fifty groups, of which the buckets tell the number to 4."""
    tally = evaluated(in_groups(1)).tally
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        of_bucket = np.bincount(rng.integers(0, 100, 50), minlength=100)
        counts = np.tile(of_bucket[:, None, None, None], (1, 1, 1, 2)).astype(np.uint32)
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
