"""Tests that a tally file is read back unchanged, or is refused."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import ScoreError, load_tally, open_scores, save_tally, tally_scores
from metrics.errors import OneOf, Quantity, warning, with_option
from metrics.evaluation.confusion import confusion_curve
from metrics.io.formats.file_on_disk import TALLY_SIGN, is_tally
from metrics.io.scores import TRAINING
from metrics.tally.file.archive import read_archive
from metrics.tally.file.packed_tally import pack_tally, unpack_tally
from metrics.tally.file.tally_file import TallyFile, with_description
from tests.metrics.made_rows import Rows
from tests.metrics.opening import error_of
from tests.metrics.strategies import SCALES, many_rows, rows, rows_on
from tests.metrics.tallied import (
    BYTES,
    PLAIN,
    as_bytes,
    assert_equal,
    blank,
    forged,
    tallied,
    tally_of,
    written,
)

ROWS = st.booleans().flatmap(lambda valued: rows(valued=valued)) | rows_on(*SCALES)


@given(ROWS | many_rows(most=120), st.sampled_from([2, 5, 4096]), st.sampled_from([1, 3, 100]))
def test_a_tally_is_read_back_bit_for_bit(data: Rows, limit: int, buckets: int) -> None:
    tally = tally_of(data, max_thresholds=limit, buckets=buckets)
    assert_equal(unpack_tally(read_archive(as_bytes(tallied(data, tally)))), tally)


def test_an_infinite_loss_is_read_back() -> None:
    """A log-odd of -1e300 on a defect that counts a billion times."""
    labels, scores = np.array([0, 1, 0], np.int8), np.array([0.0, -1e300, 0.5])
    data = Rows(labels, {"m": scores}, weights=np.array([1.0, 1e9, 1.0]), scale="logit")
    tally = tally_of(data)
    assert np.isinf(tally.losses).any()
    assert_equal(unpack_tally(read_archive(as_bytes(tallied(data, tally)))), tally)


@given(ROWS)
def test_equal_tallies_give_equal_bytes(data: Rows) -> None:
    again = tally_of(data)
    assert as_bytes(tallied(data)) == as_bytes(tallied(data, again))


def test_the_arrays_are_readable_with_numpy_alone(tmp_path: Path) -> None:
    path = written(tallied(PLAIN), tmp_path)
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
    given_ = tallied(PLAIN, **kept)
    path = written(given_, tmp_path)
    found = load_tally(path)
    assert found.header == given_.header
    assert (found.rows, found.positives, found.models) == (4, 2, ("a", "b"))
    assert found.files == (str(path),)
    assert found.fingerprint.startswith("sha256:")
    assert load_tally(path, rows="training").held_out == "training"
    assert TRAINING in load_tally(path, rows="training").problems
    assert TRAINING not in found.problems


@given(many_rows(most=60), st.sampled_from([3, 4096]))
def test_a_tally_that_holds_every_score_has_a_warning(data: Rows, limit: int) -> None:
    tally = tally_of(data, max_thresholds=limit)
    said = [p.code for p in tallied(data, tally).problems]
    every = all(
        np.isin(data.scores[m], tally.thresholds[k]).all() for k, m in enumerate(tally.models)
    )
    assert said == (["W_TALLY", "W_SCORESINSIDE"] if every else ["W_TALLY"])


@given(many_rows(most=60), st.sampled_from([3, 4096]), st.data())
def test_a_threshold_is_counted_exactly_or_refused(
    data: Rows, limit: int, draw: st.DataObject
) -> None:
    tally = tallied(data, tally_of(data, max_thresholds=limit))
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


WHOLE = read_archive(BYTES)


@settings(max_examples=150)
@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_no_value(at: int, by: int) -> None:
    changed = bytearray(BYTES)
    changed[at] ^= by
    with contextlib.suppress(ScoreError):
        found = read_archive(bytes(changed))  # the changed byte may be in a member's date
        assert (found.header, found.about) == (WHOLE.header, WHOLE.about)
        assert_equal(unpack_tally(found), unpack_tally(WHOLE))


@given(st.integers(0, len(BYTES) - 1))
def test_a_truncated_tally_is_refused(length: int) -> None:
    assert error_of(read_archive, BYTES[:length]).code == "E_TALLY"


def array(name: str, change: Any) -> dict[str, bytes | None]:
    """Change one array of the file."""
    values = np.array(WHOLE.arrays[name])
    change(values)
    with zipfile.ZipFile(io.BytesIO(BYTES)) as source:
        head = source.read(f"{name}.npy")
    return {name: head[: len(head) - values.nbytes] + values.tobytes()}


def put(where: Any, value: Any) -> Any:
    return lambda values: values.__setitem__(where, value)


HOSTILE: dict[str, tuple[dict[str, Any], dict[str, bytes | None]]] = {
    "other sizes": ({"buckets": 99}, {}),
    "no buckets": ({"buckets": 0}, {}),
    "a size that is no number": ({"cells": "8"}, {}),
    "a size that is a truth value": ({"bins": True}, {}),
    "a size below 0": ({"cells": -1}, {}),
    "a format that is a truth value": ({"format": True}, {}),
    "no scale": ({"scale": None}, {}),
    "a flag that is a number": ({"weighted": 1}, {}),
    "a type that runs code": ({"count_type": "|O"}, {}),
    "no models": ({"models": []}, {}),
    "another scale": ({"scale": "parsec"}, {}),
    "a model twice": ({"models": ["a", "a"]}, {}),
    "a model that is no text": ({"models": ["a", ["b"]]}, {}),
    "more cells than there are": ({"cells": 10**9}, {}),
    "no arrays": ({}, {"counts": None}),
    "an empty array": ({}, {"losses": b""}),
    "a header that is no JSON": ({}, {"header": b"{"}),
    "a header that is a list": ({}, {"header": b"[]"}),
    "a deep header": ({}, {"header": b"[" * 100_000}),
    "many members": ({}, {f"x{k}": b"" for k in range(30)}),
    "thresholds that fall": ({}, array("thresholds", lambda values: values[0].sort() or values.sort())
                             | array("thresholds", put((0, 0), 2.0))),
    "a threshold that is no number": ({}, array("thresholds", put((0, 1), np.nan))),
    "a threshold of minus infinity": ({}, array("thresholds", put((0, 0), -np.inf))),
    "a count of 0": ({}, array("counts", put(0, 0))),
    "a weight below 0": ({}, array("weights", put(0, -1.0))),
    "no weight": ({}, array("weights", put(0, 0.0))),
    "more weight in one model": ({}, array("weights", put(0, 7.0))),
    "weights beyond all numbers": ({}, array("weights", put(slice(None), 1.7e308))),
    "an infinite loss where no score can have one": (
        {},
        array("losses", put((0, 0, 0, 0), np.inf)),
    ),
    "an infinite clipped loss": ({}, array("losses", put((0, 0, 0, 1), np.inf))),
    "a loss that is no number": ({}, array("losses", put((0, 0, 0, 0), np.nan))),
    "a value that is no number": ({}, array("values", put(0, np.nan))),
    "a loss of minus infinity": ({}, array("losses", put((0, 0, 0, 0), -np.inf))),
    "models with different rows": ({}, array("counts", put(0, 7))),
    "a cell that nothing fills": ({}, array("occupied", lambda values: values.__ior__(255))),
    "cells without counts": ({}, array("occupied", put((0, 0), 255))),
    "more infinite rows than rows": ({}, array("infinite", put((0, 0, 0), 9))),
    "more rows between than rows": ({}, array("between", put((0, 0), 9))),
    "a highest score of no row": ({}, array("highest", put((0, 1), -np.inf))),
    "a highest score of another bin": ({}, array("highest", put((0, 1), 2.0))),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_forged_tally_is_refused(what: str) -> None:
    header, members = HOSTILE[what]
    error = error_of(lambda: read_archive(forged(header, **members), "forged.tally"))
    assert error.code == "E_TALLY"
    assert error.file == "forged.tally"
    assert error.hint


def test_a_tally_that_is_too_large_is_refused_before_it_is_read() -> None:
    """A header that claims terabytes costs nothing."""
    assert error_of(lambda: read_archive(forged({"bins": 1 << 40}))).code == "E_SIZE"


def test_parts_that_overlap_are_refused() -> None:
    """Two entries of the archive's list have the same position."""
    with zipfile.ZipFile(io.BytesIO(BYTES)) as source:
        first, second = (info.header_offset for info in source.infolist()[2:4])
        start = source.start_dir
    data = BYTES[:start] + BYTES[start:].replace(
        second.to_bytes(4, "little"), first.to_bytes(4, "little")
    )
    assert data != BYTES
    with pytest.raises(ScoreError, match="overlap"):
        read_archive(data)


def test_a_file_written_by_the_forger_without_a_change_is_read() -> None:
    assert_equal(unpack_tally(read_archive(forged())), unpack_tally(WHOLE))


OF_GATE = warning("W", "w").as_dict()


@pytest.mark.parametrize(
    ("header", "column", "value"),
    [
        ({"held_out": "perhaps"}, "held_out", "perhaps"),
        ({"files": []}, "files", "[]"),
        ({"files": "rows.csv"}, "files", "rows.csv"),
        ({"files": ["rows.csv", 3]}, "files.1", "3"),
        ({"counted": []}, "counted", "[]"),
        ({"columns": None}, "columns", None),
        ({"columns": {}}, "columns.id", None),
        ({"problems": [{"code": "E_X"}]}, "problems.0.severity", None),
        ({"problems": [OF_GATE | {"severity": "error"}]}, "problems.0", None),
        ({"problems": [OF_GATE | {"row": "1"}]}, "problems.0.row", "1"),
        ({"problems": [OF_GATE | {"weight": 1}]}, "problems.0.weight", "1"),
        ({"max_thresholds": -1}, "max_thresholds", "-1"),
        ({"max_thresholds": None}, "max_thresholds", None),
        ({"max_thresholds": True}, "max_thresholds", "True"),
        ({"colour": "red"}, "colour", "red"),
        (
            {"problems": [OF_GATE | {"hint": [{"option": {"keyword": "it"}}]}]},
            "problems.0.hint",
            None,
        ),
        ({"files": ["x" * 10_001]}, "a text", "x" * 59 + "…"),
        ({"problems": [OF_GATE | {"message": ["x" * 6_000] * 2}]}, "a text", "x" * 59 + "…"),
    ],
)
def test_an_invalid_header_is_refused_with_its_key(
    tmp_path: Path, header: dict[str, Any], column: str, value: str | None
) -> None:
    path = tmp_path / "forged.tally"
    path.write_bytes(forged(header))
    error = error_of(load_tally, path)
    assert (error.code, error.column) == ("E_TALLY", column)
    if value is not None:
        assert error.value == value


@pytest.mark.parametrize(
    "columns",
    [{"models": ["a", "c"]}, {"weight": None}, {"value": None}, {"label": 3}, {"colour": "red"}],
    ids=str,
)
def test_columns_that_contradict_the_counts_are_refused(
    tmp_path: Path, columns: dict[str, Any]
) -> None:
    path = tmp_path / "forged.tally"
    path.write_bytes(forged({"columns": WHOLE.about["columns"] | columns}))
    error = error_of(load_tally, path)
    [key] = columns
    assert (error.code, error.column) == ("E_TALLY", f"columns.{key}")


@pytest.mark.parametrize("label", [0, 1])
def test_a_tally_of_one_class_can_be_added_and_not_opened(tmp_path: Path, label: int) -> None:
    alone = PLAIN.take(np.flatnonzero(PLAIN.labels == label))
    with pytest.raises(ScoreError, match="good units and defects, got") as refused:
        load_tally(written(tallied(alone), tmp_path))
    assert refused.value.code == "E_TALLY"


@pytest.mark.parametrize(("header", "sign"), [({"counting": 2}, None), ({}, b"5"), ({}, b"999")])
def test_tallies_of_a_newer_version_are_refused(
    tmp_path: Path, header: dict[str, Any], sign: bytes | None
) -> None:
    path = tmp_path / "newer.tally"
    path.write_bytes(forged(header, **({TALLY_SIGN.decode(): sign} if sign else {})))
    assert error_of(load_tally, path).code == "E_VERSION"


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"id,label,a\n1,1,0.5\n", b"PK\x03\x04" + b"x" * 99]
)
def test_other_files_are_not_read_as_tallies(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.tally"
    path.write_bytes(content)
    assert not is_tally(path)
    assert error_of(load_tally, path).code == "E_TALLY"


def test_a_tally_is_recognised_by_its_first_bytes(tmp_path: Path) -> None:
    path = written(tallied(PLAIN), tmp_path)
    other = path.rename(tmp_path / "scores.csv")
    assert is_tally(other)
    assert error_of(open_scores, other).code == "E_TALLY"
    assert error_of(load_tally, path).code == "E_FILE"


def test_an_existing_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = written(tallied(PLAIN), tmp_path)
    before = path.read_bytes()
    broken = tallied(PLAIN)
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
    save_tally(tallied(PLAIN), target)
    assert set(tmp_path.iterdir()) == {target, writing, other}


def test_counts_of_every_integer_width_are_read_back(tmp_path: Path) -> None:
    for most in (1, 255, 256, 65_535, 65_536, 2**32 - 1):
        tally = blank(replace(PLAIN, weights=None, values=None), [np.array([0.5])] * 2)
        tally.counts[3, :, 1, 1] = most
        tally.counts[4, :, 0, 0] = 1
        tally.highest[:] = np.nan  # no row was read
        found = read_archive(as_bytes(tallied(replace(PLAIN, weights=None, values=None), tally)))
        assert_equal(unpack_tally(found), tally)
        assert found.rows.tolist() == [1, most]
    assert pack_tally(tally).arrays["counts"].dtype == np.uint32


def test_described_names_files_without_their_folders(tmp_path: Path) -> None:
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
    """Amounts and their reversals leave only rounding errors in a cell."""
    amounts = np.geomspace(1e5, 1e8, 400)
    values = np.column_stack([np.full(400, 0.1), amounts, -amounts]).ravel()
    alike = np.repeat(np.linspace(0.1, 0.9, 400), 3)
    data = Rows(
        labels=np.repeat(np.arange(400) % 2, 3).astype(np.int8),
        scores={"apart": alike + np.tile([0.0, 0.03, 0.06], 400), "alike": alike},
        values=values,
        groups=tuple(str(k // 3) for k in range(1200)),
    )
    found = unpack_tally(read_archive(as_bytes(tallied(data))))
    assert found.rows.tolist() == [600, 600]


@pytest.mark.parametrize("groups", [None, ("p", "p", "q", "q")])
def test_a_tally_file_stores_whether_rows_come_in_groups(
    tmp_path: Path, groups: tuple[str, ...] | None
) -> None:
    data = replace(PLAIN, groups=groups)
    counted = tally_of(data)
    assert counted.grouped == (groups is not None)
    back = load_tally(written(tallied(data, counted), tmp_path)).tally
    assert (back.grouped, (back + back).grouped) == (counted.grouped, counted.grouped)
    with pytest.raises(ValueError, match="in groups"):
        back + replace(back, grouped=groups is None)
