"""Tests that tallies of any split of the rows, in any order, sum to the tally of all rows."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.evaluation.confusion import confusion_by_bucket, confusion_curve, errors_by_bucket
from metrics.inference.replicated_counts import ReplicatedCounts
from metrics.io.checked_columns import MOST_BYTES
from metrics.io.open import open_scores
from metrics.io.scores import Scores
from metrics.io.validation import duplicates
from metrics.io.validation.duplicates import RepeatedHashes
from metrics.tally import first_pass
from metrics.tally.kernel import LOG_LOSS, LOG_LOSS_CLIPPED, SQUARED_ERROR
from metrics.tally.row_order import OrderedRows, ordered
from metrics.tally.sparse_sums import SparseSums
from metrics.tally.tally import MOST_ROWS, Tally, empty_tally
from metrics.tally.tally_scores import tally_scores
from tests import oracles
from tests.metrics.made_rows import Rows, chosen_thresholds
from tests.metrics.opening import error_of
from tests.metrics.strategies import SCALES, many_rows, rows, rows_on
from tests.metrics.tallied import assert_same, blank, tally_batches, tally_of

VALUED = st.booleans().flatmap(lambda valued: rows(valued=valued))
SCALED = rows_on(*SCALES)


@given(VALUED | SCALED | many_rows(most=120), st.sampled_from([3, 4096]), st.data())
def test_tallies_of_parts_sum_to_the_tally_of_all_rows(
    data: Rows, limit: int, draw: st.DataObject
) -> None:
    thresholds = chosen_thresholds(data, max_thresholds=limit)
    whole = tally_of(data, thresholds=thresholds)
    n = data.labels.size
    part_of = np.array(draw.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    data = data.take(slice(None))  # every row keeps its id
    parts = []
    for k in range(3):
        part = data.take(np.flatnonzero(part_of == k))
        parts.append(tally_batches(blank(data, thresholds), part.batches(5), data.columns))
    before = [part.counts.copy() for part in parts]
    assert_same(parts[0] + parts[1] + parts[2], whole, data.mass().sum())
    assert_same(parts[2] + (parts[1] + parts[0]), whole, data.mass().sum())
    for added, counts in zip(parts, before, strict=True):
        np.testing.assert_array_equal(added.counts, counts)
    assert whole.rows.tolist() == [(data.labels == 0).sum(), (data.labels == 1).sum()]


@given(VALUED, st.sampled_from([1, 3, 100]), st.booleans(), st.sampled_from([0, 1]))
def test_every_cell_equals_a_count_row_by_row(
    data: Rows, buckets: int, grouped: bool, first: int
) -> None:
    """Bucket, model, bin and class of each row, one row at a time."""
    n = data.labels.size
    groups = tuple(f"batch {k % 4}" for k in range(n)) if grouped else None
    data = replace(data, groups=groups, ids=tuple(f"u{k}" for k in range(n)))
    thresholds = [t[first::2] for t in chosen_thresholds(data)]
    tally = tally_of(data, thresholds=thresholds, buckets=buckets)
    expected = np.zeros((*tally.counts.shape, 3))
    between = np.zeros((len(data.models), 2), np.int64)
    highest = np.full(tally.highest.shape, -np.inf)
    for row, (label, weight) in enumerate(zip(data.labels, data.mass(), strict=True)):
        bucket = oracles.bucket((groups or data.ids)[row], buckets)
        value = 0.0 if data.values is None else data.values[row]
        for m, scores in enumerate(data.scores.values()):
            b = int((thresholds[m] <= scores[row]).sum())
            expected[bucket, m, b, label] += [1, weight, weight * value]
            between[m, label] += scores[row] not in thresholds[m]
            highest[m, b] = max(highest[m, b], scores[row])
    np.testing.assert_array_equal(tally.counts, expected[..., 0])
    np.testing.assert_array_equal(tally.between, between)
    np.testing.assert_array_equal(tally.highest, highest)
    assert (tally.weights is None, tally.values is None) == (
        data.weights is None,
        data.values is None,
    )
    if tally.weights is not None:
        np.testing.assert_allclose(tally.weights, expected[..., 1], rtol=1e-12)
    if tally.dense_values is not None:
        np.testing.assert_allclose(tally.dense_values, expected[..., 2], rtol=1e-12)
    np.testing.assert_allclose(
        tally.class_mass, [data.mass()[data.labels == k].sum() for k in (0, 1)], rtol=1e-12
    )


@given(SCALED)
def test_losses_by_class(data: Rows) -> None:
    tally = tally_of(data)
    if data.scale == "rank":
        assert not any(part.any() for part in (tally.losses, tally.infinite, tally.calibration))
        return
    weights, epsilon = data.mass(), np.finfo(float).eps
    for m, scores in enumerate(data.scores.values()):
        p = oracles.probabilities(scores, data.scale)
        for label in (0, 1):
            of_class = data.labels == label
            w, likelihood = weights[of_class], (p if label else 1 - p)[of_class]
            clipped = np.clip(likelihood, epsilon, 1 - epsilon)
            found = tally.losses[:, m, label].sum(axis=0)
            close = {"rel": 1e-9, "abs": 1e-12 * w.sum()}
            assert found[LOG_LOSS_CLIPPED] == pytest.approx((w * -np.log(clipped)).sum(), **close)
            assert found[SQUARED_ERROR] == pytest.approx((w * (1 - likelihood) ** 2).sum(), **close)
            if data.scale == "logit":
                margin = scores[of_class] if label else -scores[of_class]
                with np.errstate(over="ignore"):  # 1e9 times 1e300 is more than a float64 holds
                    unclipped, infinite = (w * np.logaddexp(0, -margin)).sum(), 0
            else:
                possible = likelihood > 0
                unclipped = (w[possible] * -np.log(likelihood[possible])).sum()
                infinite = (~possible).sum()
            assert found[LOG_LOSS] == pytest.approx(unclipped, **close)
            assert tally.infinite[:, m, label].sum() == infinite


def small(**changes) -> Tally:
    given_ = {"scale": "probability", "weighted": False, "valued": False, **changes}
    names = given_.pop("models", ["a", "b"])
    thresholds = given_.pop("thresholds", [np.array([0.1, 0.5]), np.array([0.2])])
    return empty_tally(names, thresholds, **given_)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"thresholds": [np.array([0.1, 0.5]), np.array([0.3])]}, "equal thresholds"),
        ({"thresholds": [np.array([0.1, 0.5]), np.array([0.2, 0.3])]}, "equal thresholds"),
        ({"thresholds": [np.array([0.1]), np.array([0.2])]}, "equal thresholds"),
        ({"models": ["a", "c"]}, "same models"),
        ({"models": ["b", "a"]}, "same models"),
        ({"scale": "logit"}, "same scale"),
        ({"weighted": True}, "weights"),
        ({"valued": True}, "values"),
    ],
)
def test_different_tallies_do_not_add(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        small() + small(**changes)
    with pytest.raises(ValueError, match=said):
        small(**changes) + small()


def test_an_unknown_model_is_a_key_error() -> None:
    with pytest.raises(KeyError, match=r"^'c'$"):
        small().index("c")


def test_the_counts_of_very_many_models_stay_bounded() -> None:
    rng = np.random.default_rng(5)
    labels = (rng.random(3000) < 0.5).astype(np.int8)
    frame = {"label": labels} | {f"m{k}": rng.random(3000) for k in range(400)}
    scores = open_scores(frame)
    [note] = [p for p in scores.problems if p.code == "W_MANYMODELS"]
    most = scores.columns.most_thresholds
    assert f"{most:,} thresholds each" in note.message
    tally = tally_scores(scores)
    assert tally.counts.nbytes < 1.1 * MOST_BYTES
    assert most < labels.size  # fewer thresholds than scores
    assert tally.thresholds.shape[1] <= most + 1
    few = open_scores({name: frame[name] for name in ("label", "m0", "m1")})
    assert not [p for p in few.problems if p.code == "W_MANYMODELS"]
    assert tally_scores(few).thresholds.shape[1] == 3000


def test_a_count_that_would_overflow_is_an_error() -> None:
    scores = open_scores({"label": [1, 0, 1], "m": [0.5, 0.5, 0.7]})
    tally = empty_tally(("m",), [np.array([0.5])])
    batches = list(scores.batches())
    tally.counts[:, 0, 1, 1] = MOST_ROWS
    with pytest.raises(OverflowError, match="4,294,967,295 rows"):
        tally_batches(tally, batches, scores.columns)


@pytest.mark.parametrize(
    "room",
    [40_000, *(pytest.param(room, marks=pytest.mark.slow) for room in (0, 100_000, 10**9))],
)
def test_counts_do_not_depend_on_how_many_rows_are_cached(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows beyond the cache may arrive while workers still count the cached rows."""
    rng = np.random.default_rng(6)
    labels = (rng.random(4000) < 0.3).astype(np.int8)
    scores = {f"m{k}": np.round(rng.random(4000), 3) for k in range(3)}

    def slowly(*args: Any) -> OrderedRows:
        time.sleep(0.002)
        return ordered(*args)

    monkeypatch.setattr(first_pass, "ordered", slowly)
    monkeypatch.setattr(first_pass, "MAX_STORED_BYTES", room)
    data = Rows(labels, scores)
    object.__setattr__(data, "size", 500)
    tally = tally_of(data)
    counted = tally.counts.sum(axis=0)
    for m, of_model in enumerate(scores.values()):
        for k, threshold in enumerate(tally.thresholds[m]):
            flagged = of_model >= threshold
            wanted = [int((flagged & (labels == c)).sum()) for c in (0, 1)]
            assert counted[m, k + 1 :].sum(axis=0).tolist() == wanted


@pytest.mark.parametrize("buckets", [128, 129])
@pytest.mark.parametrize("kind", ["csv", "parquet", "joined", "long", "memory"])
def test_scores_read_a_second_time_belong_to_the_same_rows(
    kind: str, buckets: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source may have any form, and rows may have weights, values, segments and kinds."""
    rng = np.random.default_rng(11)
    count = 1_200
    frame = pd.DataFrame(
        {
            "m1": rng.random(count).round(4),
            "id": [f"u{k}" for k in rng.permutation(count)],
            "line": rng.integers(0, 40, count).astype(str),
            "weight": rng.random(count) + 0.5,
            "label": (rng.random(count) < 0.2).astype(int),
            "cost": rng.normal(10, 3, count).round(2),
            "m0": rng.random(count).round(4),
        }
    )
    sources: dict[str, Any] = {"memory": frame}
    if kind == "csv":
        frame.to_csv(tmp_path / "a.csv", index=False)
    elif kind == "parquet":
        frame.to_parquet(tmp_path / "a.parquet", row_group_size=350)
    elif kind == "joined":
        frame[["id", "label", "weight", "cost", "line", "m1"]].to_csv(
            tmp_path / "a.csv", index=False
        )
        frame[["id", "m0"]].sample(frac=1, random_state=1).to_csv(tmp_path / "b.csv", index=False)
    elif kind == "long":
        shared = ["id", "label", "weight", "cost", "line"]
        long = frame.melt(shared, ["m0", "m1"], var_name="model", value_name="score")
        long.to_csv(tmp_path / "a.csv", index=False)
    named: dict[str, Any] = {"weight": "weight", "value": "cost", "group": "line"}
    if kind != "long":
        named["models"] = ["m0", "m1"]

    def counted() -> Tally:
        source = sources[kind] if kind in sources else sorted(tmp_path.iterdir())
        return tally_scores(open_scores(source, **named), buckets=buckets)

    monkeypatch.setattr(Scores, "_usual_size", 400)
    whole = counted()
    monkeypatch.setattr(first_pass, "MAX_STORED_BYTES", 0)
    read_twice = counted()
    assert_same(whole, read_twice, 30 * count)
    assert whole.weights is not None
    assert whole.values is not None
    assert whole.class_mass.sum() == pytest.approx(frame["weight"].sum())


@pytest.mark.parametrize("rows_later", [999, 1_001])
def test_rows_whose_number_changes_between_two_passes_are_refused(
    rows_later: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_pass, "MAX_STORED_BYTES", 0)
    first, later = (
        open_scores({"label": np.resize([0, 1], size), "m": np.full(size, 0.5)}).check()
        for size in (1_000, rows_later)
    )
    passes = iter([first.labelled_rows(), later.labelled_rows()])
    object.__setattr__(first, "labelled_rows", lambda: next(passes))
    error = error_of(tally_scores, first)
    assert (error.code, f"got {rows_later:,} instead of 1,000" in str(error)) == ("E_FILE", True)


def test_errors_by_bucket_are_those_of_the_rows() -> None:
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 2, 600).astype(np.int8)
    scores = {f"m{m}": rng.integers(0, 9, 600) / 8 for m in range(2)}
    tally = tally_of(Rows(labels, scores, weights=rng.integers(1, 4, 600).astype(float)))
    for m in range(2):
        for threshold in (*tally.thresholds[m], -np.inf, np.inf):
            counts = confusion_by_bucket(tally, m, threshold)
            missed, alarms = errors_by_bucket(tally, m, threshold)
            np.testing.assert_array_equal(missed, counts.fn)
            np.testing.assert_array_equal(alarms, counts.fp)


def test_a_pass_leaves_no_file_open_and_no_hashes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A separate folder, so that other files of the process, such as libraries, are not counted.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(duplicates, "IN_MEMORY", 100)
    seen: list[int] = []
    search = RepeatedHashes.repeated

    def open_files() -> int:
        files = [file.resolve() for file in Path("/proc/self/fd").iterdir()]
        return sum(file.parent == tmp_path.resolve() for file in files)

    def counted(hashes: RepeatedHashes) -> Any:
        seen.append(open_files())
        return search(hashes)

    monkeypatch.setattr(RepeatedHashes, "repeated", counted)
    ids = [f"u{k}" for k in range(1000)]
    scores = open_scores({"id": ids, "label": [0, 1] * 500, "m": [0.5] * 1000})
    tally_scores(scores)
    assert max(seen) > 0
    assert open_files() == 0
    assert sum(rows.labels.size for rows in scores.labelled_rows()) == 1000


@pytest.mark.parametrize(("name", "value"), [("label", "good"), ("m", -1e13)])
def test_values_that_change_between_two_passes_are_refused(
    name: str, value: Any, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "label": ["1", "0"], "m": [0.5, 0.25]})
    path = tmp_path / "scores.parquet"
    frame.to_parquet(path)
    scores = open_scores(path)
    assert sum(rows.labels.size for rows in scores.labelled_rows()) == 2
    frame[name] = [value, frame[name][1]]
    rows = scores.labelled_rows()
    object.__setattr__(scores, "_refuse_changed_files", lambda: None)  # it was checked just before
    frame.to_parquet(path)
    assert error_of(list, rows).code in ("E_FILE", "E_RANGE")


@given(VALUED, st.data())
def test_a_threshold_between_scores_that_flags_the_same_units_is_exact(
    data: Rows, draw: st.DataObject
) -> None:
    """The tally has only some scores as thresholds. Any value above all scores of a bin is exact."""
    thresholds = [t[::3] for t in chosen_thresholds(data)]
    tally = tally_of(data, thresholds=thresholds)
    m = draw.draw(st.integers(0, len(data.models) - 1))
    scores = data.scores[data.models[m]]
    at = draw.draw(st.sampled_from([*scores.tolist(), *(np.nextafter(scores, np.inf)).tolist()]))
    k = tally.position(m, at)
    counted = tally.counts[:, m, k + 1 :].sum(axis=(0, 1)).tolist()
    flagged = [int((scores[data.labels == label] >= at).sum()) for label in (0, 1)]
    assert not tally.is_exact(m, at) or counted == flagged
    if counted == flagged:
        assert tally.is_exact(m, at)


@given(rows(), st.integers(1, 9))
def test_a_compact_tally_has_the_same_counts_and_still_adds(data: Rows, limit: int) -> None:
    tally = tally_of(data, max_thresholds=limit)
    small = tally.compact()
    assert_same(small, tally, data.mass().sum())
    assert small.counts.dtype.itemsize == 1
    twice = small + small
    assert_same(twice, tally + tally, 2 * data.mass().sum())
    assert twice.counts.dtype == np.uint32


def test_sparse_values_give_the_same_figures() -> None:
    rng = np.random.default_rng(20_265)
    label = (rng.random(500) < 0.2).astype(int)
    frame = pd.DataFrame({"id": range(500), "label": label, "value": rng.uniform(1, 9, 500)})
    for name in ("a", "b"):
        frame[name] = rng.random(500)
    tally = tally_scores(open_scores(frame))
    small = tally.compact()
    assert isinstance(small.values, SparseSums)
    assert isinstance(tally.values, np.ndarray)
    kept = sum(a.nbytes for a in small.values.places) + sum(a.nbytes for a in small.values.sums)
    assert kept < tally.values.nbytes / 50
    assert_same(small, tally, 5000.0)
    for m in range(2):
        at = tally.finite_thresholds(m)[7].item()
        for ours, theirs in (
            (confusion_by_bucket(small, m, at), confusion_by_bucket(tally, m, at)),
            (confusion_curve(small, m).counts, confusion_curve(tally, m).counts),
        ):
            np.testing.assert_array_equal(ours.missed_value, theirs.missed_value)
            np.testing.assert_array_equal(ours.flagged_good_value, theirs.flagged_good_value)
    np.testing.assert_array_equal(small.of_model(1).values, tally.of_model(1).values)
    replicated = [
        ReplicatedCounts.draw(
            counted, (confusion_curve(counted, 0), confusion_curve(counted, 1)), replicates=9
        ).counts(1, np.array([0, 9]))
        for counted in (small, tally)
    ]
    np.testing.assert_array_equal(replicated[0].missed_value, replicated[1].missed_value)


def test_a_compact_tally_is_as_wide_as_its_fullest_bin() -> None:
    empty = empty_tally(["a"], [np.array([0.5])], buckets=2)
    for most, width in ((0, 1), (255, 1), (256, 2), (65_536, 4)):
        counts = empty.counts.copy()
        counts[1, 0, 1, 0] = most
        small = replace(empty, counts=counts).compact()
        assert small.counts.dtype.itemsize == width
        assert small.counts[1, 0, 1, 0] == most
