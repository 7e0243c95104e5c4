"""Tests that a tally file is read back unchanged, and that other files are not read as tallies."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import ScoreError, load_tally, open_scores, save_tally, tally_scores
from metrics.errors import OneOf, Quantity, warning, with_option
from metrics.evaluation.confusion import confusion_curve
from metrics.io.formats.file_on_disk import is_tally
from metrics.io.scores import TRAINING
from metrics.tally.file.archive import read_archive
from metrics.tally.file.packed_tally import pack_tally, unpack_tally
from metrics.tally.file.tally_file import TallyFile, with_description
from tests.metrics.made_rows import Rows
from tests.metrics.opening import error_of
from tests.metrics.strategies import SCALES, many_rows, rows, rows_on
from tests.metrics.tallied import (
    PLAIN,
    as_bytes,
    assert_equal,
    empty_tally_of,
    save_in,
    tally_file_of,
    tally_of,
)

ROWS = st.booleans().flatmap(lambda valued: rows(valued=valued)) | rows_on(*SCALES)


@given(ROWS | many_rows(most=120), st.sampled_from([2, 5, 4096]), st.sampled_from([1, 3, 100]))
def test_a_tally_is_read_back_bit_for_bit(data: Rows, limit: int, buckets: int) -> None:
    tally = tally_of(data, max_thresholds=limit, buckets=buckets)
    assert_equal(unpack_tally(read_archive(as_bytes(tally_file_of(data, tally)))), tally)


def test_an_infinite_loss_is_read_back() -> None:
    """A log-odd of -1e300 on a defect that counts a billion times."""
    labels, scores = np.array([0, 1, 0], np.int8), np.array([0.0, -1e300, 0.5])
    data = Rows(labels, {"m": scores}, weights=np.array([1.0, 1e9, 1.0]), scale="logit")
    tally = tally_of(data)
    assert np.isinf(tally.losses).any()
    assert_equal(unpack_tally(read_archive(as_bytes(tally_file_of(data, tally)))), tally)


@given(ROWS)
def test_equal_tallies_give_equal_bytes(data: Rows) -> None:
    again = tally_of(data)
    assert as_bytes(tally_file_of(data)) == as_bytes(tally_file_of(data, again))


def test_the_arrays_are_readable_with_numpy_alone(tmp_path: Path) -> None:
    path = save_in(tally_file_of(PLAIN), tmp_path)
    tally = tally_of(PLAIN)
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["thresholds"], tally.thresholds)
        np.testing.assert_array_equal(arrays["losses"], tally.losses)
        assert arrays["counts"].sum() == tally.counts.sum()


def test_the_header_is_read_back(tmp_path: Path) -> None:
    kept: dict[str, Any] = {
        "held_out": "out-of-fold",
        "problems": (warning("W_TRIM", "some ids", file="rows.csv", row=3, value="é\ud83d"[0]),),
        "counted": ("sha256:1", "sha256:2"),
        "max_thresholds": 7,
    }
    described = tally_file_of(PLAIN, **kept)
    path = save_in(described, tmp_path)
    found = load_tally(path)
    assert found.header == described.header
    assert (found.rows, found.positives, found.models) == (4, 2, ("a", "b"))
    assert found.files == (str(path),)
    assert found.fingerprint.startswith("sha256:")
    assert load_tally(path, rows="training").held_out == "training"
    assert TRAINING in load_tally(path, rows="training").problems
    assert TRAINING not in found.problems


@given(many_rows(most=60), st.sampled_from([3, 4096]))
def test_a_tally_that_holds_every_score_has_a_warning(data: Rows, limit: int) -> None:
    tally = tally_of(data, max_thresholds=limit)
    codes = [p.code for p in tally_file_of(data, tally).problems]
    every = all(
        np.isin(data.scores[m], tally.thresholds[k]).all() for k, m in enumerate(tally.models)
    )
    assert codes == (["W_TALLY", "W_SCORESINSIDE"] if every else ["W_TALLY"])


@given(many_rows(most=60), st.sampled_from([3, 4096]), st.data())
def test_a_threshold_is_counted_exactly_or_refused(
    data: Rows, limit: int, draw: st.DataObject
) -> None:
    tally = tally_file_of(data, tally_of(data, max_thresholds=limit))
    m = draw.draw(st.integers(0, len(data.models) - 1))
    model = data.models[m]
    threshold = draw.draw(
        st.sampled_from(tally.tally.finite_thresholds(m).tolist())
        | st.sampled_from(data.scores[model].tolist())
        | st.floats(-0.5, 1.5)
    )
    flagged = data.scores[model] >= threshold
    expected = [int((flagged & (data.labels == k)).sum()) for k in (1, 0)]
    if tally.tally.is_exact(m, threshold):
        counts = confusion_curve(tally.at([(model, threshold)]), m).at(threshold)
        assert [int(counts.tp), int(counts.fp)] == expected
    else:
        assert error_of(tally.at, [(model, threshold)]).code == "E_THRESHOLD"
        assert not np.isin(threshold, tally.tally.thresholds[m])
        nearest, units = tally.nearest(model, threshold)
        assert nearest in tally.tally.thresholds[m]
        near = confusion_curve(tally.at([(model, nearest)]), m).at(nearest)
        assert abs(int(near.tp + near.fp) - sum(expected)) <= units


@pytest.mark.parametrize("label", [0, 1])
def test_a_tally_of_one_class_can_be_added_and_not_opened(tmp_path: Path, label: int) -> None:
    alone = PLAIN.take(np.flatnonzero(PLAIN.labels == label))
    with pytest.raises(ScoreError, match="good units and defects, got") as refused:
        load_tally(save_in(tally_file_of(alone), tmp_path))
    assert refused.value.code == "E_TALLY"


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"id,label,a\n1,1,0.5\n", b"PK\x03\x04" + b"x" * 99]
)
def test_other_files_are_not_read_as_tallies(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.tally"
    path.write_bytes(content)
    assert not is_tally(path)
    assert error_of(load_tally, path).code == "E_TALLY"


def test_a_tally_is_recognised_by_its_first_bytes(tmp_path: Path) -> None:
    path = save_in(tally_file_of(PLAIN), tmp_path)
    other = path.rename(tmp_path / "scores.csv")
    assert is_tally(other)
    assert error_of(open_scores, other).code == "E_TALLY"
    assert error_of(load_tally, path).code == "E_FILE"


def test_an_existing_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = save_in(tally_file_of(PLAIN), tmp_path)
    before = path.read_bytes()
    broken = tally_file_of(PLAIN)
    with pytest.raises(AttributeError):
        save_tally(replace(broken, tally=None), path)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        save_tally(replace(broken, header=replace(broken.header, files=object())), path)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_process_are_removed_after_an_hour(tmp_path: Path) -> None:
    target = tmp_path / "line [3].tally"
    left, writing, other = (
        tmp_path / f".{name}.new"
        for name in ("line [3].tally.a", "line [3].tally.b", "line 3.tally.a")
    )
    for path in (left, writing, other):
        path.touch()
    for path in (left, other):
        os.utime(path, (1e9, 1e9))
    save_tally(tally_file_of(PLAIN), target)
    assert set(tmp_path.iterdir()) == {target, writing, other}


def test_counts_of_every_integer_width_are_read_back(tmp_path: Path) -> None:
    for most in (1, 255, 256, 65_535, 65_536, 2**32 - 1):
        tally = empty_tally_of(replace(PLAIN, weights=None, values=None), [np.array([0.5])] * 2)
        tally.counts[3, :, 1, 1] = most
        tally.counts[4, :, 0, 0] = 1
        tally.highest[:] = np.nan  # no row was read
        found = read_archive(
            as_bytes(tally_file_of(replace(PLAIN, weights=None, values=None), tally))
        )
        assert_equal(unpack_tally(found), tally)
        assert found.rows.tolist() == [1, most]
    assert pack_tally(tally).arrays["counts"].dtype == np.uint32


def test_the_description_names_files_without_their_folders(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("id,label,a\nu,1,0.5\nv,0,1\n")
    scores = open_scores(path)
    tally = with_description(tally_scores(scores), scores, max_thresholds=9)
    assert isinstance(tally, TallyFile)
    assert tally.header.files == ("scores.csv",)
    assert {p.file for p in tally.header.problems} == {"scores.csv"}
    assert tally.header.counted == (scores.fingerprint,)
    assert str(tmp_path).encode() not in as_bytes(tally)


def test_warnings_keep_their_typed_parts(tmp_path: Path) -> None:
    path, kept = tmp_path / "scores.csv", tmp_path / "scores.tally"
    path.write_text("id,label,a,b\nu,1,0.5,7\nv,0,1,8\n")
    scores = open_scores(path)
    save_tally(with_description(tally_scores(scores), scores, max_thresholds=9), kept)
    parts = [p.parts for p in load_tally(kept).problems if p.code in ("W_UNUSED", "W_LOGLOSS_INF")]
    assert [[part for part in line if not isinstance(part, str)] for line in parts] == [
        [with_option("models")],
        [Quantity(1, "score is", "scores are"), OneOf(("0", "1"))],
    ]


def test_values_that_cancel_are_accepted() -> None:
    """The sum of amounts and their reversals in a cell is only rounding error."""
    amounts = np.geomspace(1e5, 1e8, 400)
    values = np.column_stack([np.full(400, 0.1), amounts, -amounts]).ravel()
    alike = np.repeat(np.linspace(0.1, 0.9, 400), 3)
    data = Rows(
        labels=np.repeat(np.arange(400) % 2, 3).astype(np.int8),
        scores={"apart": alike + np.tile([0.0, 0.03, 0.06], 400), "alike": alike},
        values=values,
        groups=tuple(str(k // 3) for k in range(1200)),
    )
    found = unpack_tally(read_archive(as_bytes(tally_file_of(data))))
    assert found.rows.tolist() == [600, 600]


@pytest.mark.parametrize("groups", [None, ("p", "p", "q", "q")])
def test_a_tally_file_stores_whether_rows_come_in_groups(
    tmp_path: Path, groups: tuple[str, ...] | None
) -> None:
    data = replace(PLAIN, groups=groups)
    counted = tally_of(data)
    assert counted.grouped == (groups is not None)
    back = load_tally(save_in(tally_file_of(data, counted), tmp_path)).tally
    assert (back.grouped, (back + back).grouped) == (counted.grouped, counted.grouped)
    with pytest.raises(ValueError, match="in groups"):
        back + replace(back, grouped=groups is None)
