"""Tests that damaged and forged tally files are refused."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import ScoreError, load_tally
from metrics.errors import warning
from metrics.io.formats.file_on_disk import TALLY_SIGN
from metrics.tally.file.archive import read_archive
from metrics.tally.file.packed_tally import PackedTally, unpack_tally
from tests.metrics.opening import error_of
from tests.metrics.tallied import PLAIN, as_bytes, assert_equal, forge, tally_file_of


@pytest.fixture(scope="module")
def original() -> bytes:
    return as_bytes(tally_file_of(PLAIN))


@pytest.fixture(scope="module")
def whole(original: bytes) -> PackedTally:
    return read_archive(original)


@settings(max_examples=150)
@given(st.data(), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_no_value(
    original: bytes, whole: PackedTally, draw: st.DataObject, by: int
) -> None:
    changed = bytearray(original)
    changed[draw.draw(st.integers(0, len(original) - 1))] ^= by
    with contextlib.suppress(ScoreError):
        found = read_archive(bytes(changed))  # the changed byte may be in a member's date
        assert (found.header, found.about) == (whole.header, whole.about)
        assert_equal(unpack_tally(found), unpack_tally(whole))


@given(st.data())
def test_a_truncated_tally_is_refused(original: bytes, draw: st.DataObject) -> None:
    length = draw.draw(st.integers(0, len(original) - 1))
    assert error_of(read_archive, original[:length]).code == "E_TALLY"


HEADERS: dict[str, dict[str, Any]] = {
    "other sizes": {"buckets": 99},
    "no buckets": {"buckets": 0},
    "a size that is no number": {"cells": "8"},
    "a size that is a truth value": {"bins": True},
    "a size below 0": {"cells": -1},
    "a format that is a truth value": {"format": True},
    "no scale": {"scale": None},
    "a flag that is a number": {"weighted": 1},
    "a type that runs code": {"count_type": "|O"},
    "no models": {"models": []},
    "another scale": {"scale": "parsec"},
    "a model twice": {"models": ["a", "a"]},
    "a model that is no text": {"models": ["a", ["b"]]},
    "more cells than there are": {"cells": 10**9},
}
"""Changes of the header."""
MEMBERS: dict[str, dict[str, bytes | None]] = {
    "no arrays": {"counts": None},
    "an empty array": {"losses": b""},
    "a header that is no JSON": {"header": b"{"},
    "a header that is a list": {"header": b"[]"},
    "a deep header": {"header": b"[" * 100_000},
    "many members": {f"x{k}": b"" for k in range(30)},
}
"""Members that are replaced, left out or added."""
ARRAYS: dict[str, tuple[str, Any, float]] = {
    "thresholds that fall": ("thresholds", (0, 0), 2.0),
    "a threshold that is no number": ("thresholds", (0, 1), np.nan),
    "a threshold of minus infinity": ("thresholds", (0, 0), -np.inf),
    "a count of 0": ("counts", 0, 0),
    "a weight below 0": ("weights", 0, -1.0),
    "no weight": ("weights", 0, 0.0),
    "more weight in one model": ("weights", 0, 7.0),
    "weights beyond all numbers": ("weights", slice(None), 1.7e308),
    "an infinite loss although no score can have one": ("losses", (0, 0, 0, 0), np.inf),
    "an infinite clipped loss": ("losses", (0, 0, 0, 1), np.inf),
    "a loss that is no number": ("losses", (0, 0, 0, 0), np.nan),
    "a loss of minus infinity": ("losses", (0, 0, 0, 0), -np.inf),
    "a value that is no number": ("values", 0, np.nan),
    "models with different rows": ("counts", 0, 7),
    "cells without counts": ("occupied", (0, 0), 255),
    "all cells without counts": ("occupied", slice(None), 255),
    "more infinite rows than rows": ("infinite", (0, 0, 0), 9),
    "more rows between than rows": ("between", (0, 0), 9),
    "a highest score of no row": ("highest", (0, 1), -np.inf),
    "a highest score of another bin": ("highest", (0, 1), 2.0),
}
"""An array, an index into it, and the value to put there."""


@pytest.mark.parametrize("what", [*HEADERS, *MEMBERS, *ARRAYS])
def test_a_forged_tally_is_refused(original: bytes, whole: PackedTally, what: str) -> None:
    members = MEMBERS.get(what, {})
    if what in ARRAYS:
        name, index, value = ARRAYS[what]
        values = np.array(whole.arrays[name])
        values[index] = value
        with zipfile.ZipFile(io.BytesIO(original)) as source:
            head = source.read(f"{name}.npy")[: -values.nbytes]
        members = {name: head + values.tobytes()}
    error = error_of(read_archive, forge(original, HEADERS.get(what), **members), "forged.tally")
    assert error.code == "E_TALLY"
    assert error.file == "forged.tally"
    assert error.hint


def test_a_tally_that_is_too_large_is_refused_before_it_is_read(original: bytes) -> None:
    """A header that claims terabytes costs nothing."""
    assert error_of(read_archive, forge(original, {"bins": 1 << 40})).code == "E_SIZE"


def test_parts_that_overlap_are_refused(original: bytes) -> None:
    """Two entries of the archive's list have the same position."""
    with zipfile.ZipFile(io.BytesIO(original)) as source:
        first, second = (info.header_offset for info in source.infolist()[2:4])
        start = source.start_dir
    data = original[:start] + original[start:].replace(
        second.to_bytes(4, "little"), first.to_bytes(4, "little")
    )
    assert data != original
    with pytest.raises(ScoreError, match="overlap"):
        read_archive(data)


def test_a_file_that_is_forged_without_a_change_is_read(
    original: bytes, whole: PackedTally
) -> None:
    assert_equal(unpack_tally(read_archive(forge(original))), unpack_tally(whole))


WARNING = warning("W", "w").as_dict()


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
        ({"problems": [WARNING | {"severity": "error"}]}, "problems.0", None),
        ({"problems": [WARNING | {"row": "1"}]}, "problems.0.row", "1"),
        ({"problems": [WARNING | {"weight": 1}]}, "problems.0.weight", "1"),
        ({"max_thresholds": -1}, "max_thresholds", "-1"),
        ({"max_thresholds": None}, "max_thresholds", None),
        ({"max_thresholds": True}, "max_thresholds", "True"),
        ({"colour": "red"}, "colour", "red"),
        (
            {"problems": [WARNING | {"hint": [{"option": {"keyword": "it"}}]}]},
            "problems.0.hint",
            None,
        ),
        ({"files": ["x" * 10_001]}, "a text", "x" * 59 + "…"),
        ({"problems": [WARNING | {"message": ["x" * 6_000] * 2}]}, "a text", "x" * 59 + "…"),
    ],
)
def test_an_invalid_header_is_refused_with_its_key(
    original: bytes, tmp_path: Path, header: dict[str, Any], column: str, value: str | None
) -> None:
    path = tmp_path / "forged.tally"
    path.write_bytes(forge(original, header))
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
    original: bytes, whole: PackedTally, tmp_path: Path, columns: dict[str, Any]
) -> None:
    path = tmp_path / "forged.tally"
    path.write_bytes(forge(original, {"columns": whole.about["columns"] | columns}))
    error = error_of(load_tally, path)
    [key] = columns
    assert (error.code, error.column) == ("E_TALLY", f"columns.{key}")


@pytest.mark.parametrize(("header", "sign"), [({"counting": 2}, None), ({}, b"5"), ({}, b"999")])
def test_tallies_of_a_newer_version_are_refused(
    original: bytes, tmp_path: Path, header: dict[str, Any], sign: bytes | None
) -> None:
    path = tmp_path / "newer.tally"
    path.write_bytes(forge(original, header, **({TALLY_SIGN.decode(): sign} if sign else {})))
    assert error_of(load_tally, path).code == "E_VERSION"
