"""Tests that tallies of days sum to the tally of the week exactly, or are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, Tally, add_tallies
from metrics.errors import warning
from metrics.evaluation.confusion import confusion_curve
from metrics.io.read_options import RowsHeldOut
from metrics.tally.file.add_files import thresholds_like
from metrics.tally.subset import at_fewer_thresholds, with_models
from tests.metrics.made_rows import Rows
from tests.metrics.opening import error_of
from tests.metrics.strategies import many_rows
from tests.metrics.tallied import assert_same, tally_file_of, tally_of

DAY = Rows(
    labels=np.array([0, 1, 0, 1], np.int8),
    scores={"a": np.array([0.1, 0.9, 0.4, 0.5]), "b": np.array([0.2, 0.2, 0.8, 0.6])},
)


@given(many_rows(most=120), st.integers(1, 28), st.sampled_from([3, 4096]))
def test_tallies_of_days_with_equal_thresholds_sum_to_the_week(
    data: Rows, cut: int, limit: int
) -> None:
    first, second = data.take(slice(cut)), data.take(slice(cut, None))
    monday = tally_file_of(first, tally_of(first, max_thresholds=limit), "monday")
    chosen = thresholds_like(monday, second.models, second.scale, "second")
    tuesday = tally_file_of(second, tally_of(second, thresholds=chosen), "tuesday")
    week = tally_of(data, thresholds=chosen)
    added = add_tallies([monday, tuesday])
    assert_same(added.tally, week, data.mass().sum())
    assert added.header.files == ("monday.csv", "tuesday.csv")
    assert added.header.counted == ("sha256:monday", "sha256:tuesday")
    few = ["W_FEWPOSITIVES"] if data.labels.sum() < 30 else []
    assert [p.code for p in added.header.problems] == ["W_ADDED", *few]
    assert "twice" in str(added.header.problems[0])


@given(many_rows(most=120), st.data(), st.sampled_from([3, 4096]))
def test_counts_at_common_thresholds_equal_those_of_the_rows(
    data: Rows, draw: st.DataObject, limit: int
) -> None:
    tally = tally_of(data, max_thresholds=limit)
    kept = []
    for m in range(len(data.models)):
        observed = tally.finite_thresholds(m).tolist()
        chosen = draw.draw(st.sets(st.sampled_from(observed), min_size=1, max_size=6))
        kept.append(np.array(sorted(chosen)))
    found = at_fewer_thresholds(tally, kept)
    direct = tally_of(data, thresholds=kept)
    assert_same(replace(found, between=direct.between), direct, data.mass().sum())
    assert (found.between >= direct.between).all()
    if tally.is_complete:
        np.testing.assert_array_equal(found.between, direct.between)


@given(many_rows(most=60), many_rows(most=60), st.integers(0, 2**32 - 1))
def test_tallies_with_different_thresholds_add_at_the_common_ones(
    one: Rows, two: Rows, seed: int
) -> None:
    """Some thresholds are in both tallies, because scores are rounded."""
    days = []
    for k, data in enumerate((one, two)):
        rng = np.random.default_rng(seed + k)
        rounded = np.append([0.5, 0.25], rng.random(data.labels.size - 2)).round(1)
        days.append(replace(data, scores={"m": rounded}))
    tallies = [tally_file_of(data, name=f"day {k}") for k, data in enumerate(days)]
    first, second = (np.unique(data.scores["m"]) for data in days)
    common, every = np.intersect1d(first, second), np.union1d(first, second)
    added = add_tallies(tallies, common_thresholds=True)
    np.testing.assert_array_equal(added.tally.finite_thresholds(0), common)
    scores = np.concatenate([data.scores["m"] for data in days])
    labels = np.concatenate([data.labels for data in days])
    curve = confusion_curve(added.tally, 0)
    for threshold in common:
        flagged = scores >= threshold
        counts = curve.at(threshold)
        assert int(counts.tp) == int((flagged & (labels == 1)).sum())
        assert int(counts.fp) == int((flagged & (labels == 0)).sum())
    codes = [p.code for p in added.header.problems if p.code != "W_FEWPOSITIVES"]
    if every.size == common.size:
        assert codes == ["W_ADDED"]
    else:
        assert codes == ["W_ADDED", "W_COMMONTHRESHOLDS"]
        assert f"{every.size - common.size} dropped" in added.header.problems[1].message
        error = error_of(add_tallies, tallies)
        assert error.code == "E_ADD"
        assert error.file == "day 1.tally"
        assert "--common-thresholds" in str(error)


def test_models_may_be_in_another_order() -> None:
    monday = tally_file_of(DAY, name="monday")
    tuesday = tally_file_of(DAY.only(("b", "a")), name="tuesday")
    week = add_tallies([monday, tuesday])
    assert week.models == ("a", "b")
    assert_same(week.tally, monday.tally + monday.tally, 8.0)
    assert with_models(monday.tally, monday.models) is monday.tally


RENAMED = replace(DAY, scores={"a": DAY.scores["a"], "c": DAY.scores["b"]})
WEIGHTED = replace(DAY, weights=np.ones(4))
GROUPED = replace(DAY, groups=("x", "x", "y", "y"))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (RENAMED, "the same models to add, got b, c in one of"),
        (DAY.only(("a",)), "the same models to add, got b in one of"),
        (replace(DAY, scale="logit"), "the same scale to add, got probability and logit"),
        (WEIGHTED, "the same weight, value and group"),
        (GROUPED, "the same weight, value and group"),
    ],
)
def test_different_models_columns_or_scales_are_refused(other: Rows, message: str) -> None:
    with pytest.raises(ScoreError, match=message) as refused:
        add_tallies(
            [tally_file_of(DAY, name="one"), tally_file_of(other, name="two")],
            common_thresholds=True,
        )
    assert (refused.value.code, refused.value.file) == ("E_ADD", "two.tally")


def test_another_number_of_buckets_is_refused() -> None:
    ten = tally_of(DAY, buckets=10)
    with pytest.raises(ScoreError, match="number of buckets to add, got 100 and 10"):
        add_tallies([tally_file_of(DAY, name="one"), tally_file_of(DAY, ten, name="two")])


def test_tallies_without_a_common_threshold_are_refused() -> None:
    apart = replace(DAY, scores={m: s / 3 for m, s in DAY.scores.items()})
    with pytest.raises(ScoreError, match="got none") as refused:
        add_tallies(
            [tally_file_of(DAY, name="one"), tally_file_of(apart, name="two")],
            common_thresholds=True,
        )
    assert refused.value.code == "E_ADD"


def test_the_same_rows_are_refused_a_second_time() -> None:
    """A sum of tallies contains the rows of all its parts."""
    one, two, three = (tally_file_of(DAY, name=name) for name in ("one", "two", "three"))
    both = add_tallies([one, two])
    assert add_tallies([both, three]).rows == 12
    for again in ([one, one], [both, two], [both, both], [three, both, one]):
        assert error_of(add_tallies, again).code == "E_DUPFILE"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("held-out", "held-out"), "held-out"),
        (("held-out", "out-of-fold"), "unknown"),
        (("held-out", "unknown"), "unknown"),
        (("held-out", "training"), "training"),
        (("unknown", "training"), "training"),
    ],
)
def test_the_sum_is_held_out_only_if_all_parts_are(
    parts: tuple[RowsHeldOut, RowsHeldOut], whole: str
) -> None:
    tallies = [tally_file_of(DAY, name=str(k), held_out=part) for k, part in enumerate(parts)]
    assert add_tallies(tallies).held_out == whole


def test_warnings_about_counts_are_computed_again_for_the_sum() -> None:
    few, spaces = warning("W_FEWPOSITIVES", "only 2 defects"), warning("W_TRIM", "spaces")
    parts = [tally_file_of(DAY, name=str(k), problems=(few, spaces)) for k in range(3)]
    week = add_tallies([add_tallies(parts[:2]), parts[2]])
    assert [p.code for p in week.header.problems] == ["W_TRIM", "W_ADDED", "W_FEWPOSITIVES"]
    assert "only 6 defects" in week.header.problems[-1].message
    many = replace(DAY, labels=np.ones(100, np.int8), scores={"a": np.linspace(0.1, 0.9, 100)})
    many.labels[0] = 0
    halves = [tally_file_of(many, name=str(k), problems=(few,)) for k in range(2)]
    assert [p.code for p in add_tallies(halves).header.problems] == ["W_ADDED"]


def test_a_single_tally_is_its_own_sum() -> None:
    one = tally_file_of(DAY)
    assert add_tallies([one]) is one


def test_too_many_rows_in_a_bin_are_refused() -> None:
    def crowded(name: str) -> Tally:
        tally = tally_of(DAY)
        tally.counts[tally.counts > 0] = 2**31
        return tally

    with pytest.raises(ScoreError, match="4,294,967,295") as refused:
        add_tallies([tally_file_of(DAY, crowded(name), name) for name in ("one", "two")])
    assert refused.value.code == "E_SIZE"
    tally = crowded("one")
    tally.counts[0] = 2**31  # bins of one bucket that become one
    with pytest.raises(OverflowError):
        at_fewer_thresholds(tally, [np.array([0.1]), np.array([0.2])])


@pytest.mark.parametrize(
    ("models", "scale", "message"),
    [
        (("a", "c"), "probability", "must have its models, got c, b"),
        (("a", "b"), "percent", "must have its scale, got percent"),
    ],
)
def test_other_models_or_scales_cannot_use_the_thresholds(
    models: tuple[str, ...], scale, message: str
) -> None:
    with pytest.raises(ScoreError, match=message):
        thresholds_like(tally_file_of(DAY), models, scale, "other.csv")


def test_thresholds_go_to_the_models_by_name() -> None:
    like = tally_file_of(DAY)
    thresholds = thresholds_like(like, ("b", "a"), "probability", "other.csv")
    assert [t.tolist() for t in thresholds] == [[0.2, 0.6, 0.8], [0.1, 0.4, 0.5, 0.9]]
